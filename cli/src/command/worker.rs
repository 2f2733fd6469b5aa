use anyhow::Context;
use drumbeat_common::{Redis, ReputationLimits};
use drumbeat_tracking::TrackingDays;
use drumbeat_worker::{Config, Error};

use crate::{
    announcement,
    command::api::connect,
    exit::{Exit, WrongValue},
    say::say,
    shutdown::Shutdown,
};

/// AWS's own settings (region, credentials, endpoints) come from where every AWS program takes them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The Redis that holds everything.
    #[arg(long, env, default_value = "redis://127.0.0.1:6379", hide_env_values = true)]
    redis_url: String,
    /// The pool, phone number or sender ID that text messages come from.
    #[arg(long, env)]
    phone_pool_id: Option<String>,
    /// The configuration set that says where events of text messages go.
    #[arg(long, env)]
    sms_configuration_set: Option<String>,
    /// The number that WhatsApp messages come from, as AWS names it.
    #[arg(long, env)]
    whatsapp_phone_number_id: Option<String>,
    /// The WhatsApp Business Account that the number belongs to, as AWS names it.
    #[arg(long, env)]
    whatsapp_account_id: Option<String>,
    /// The verified address that email comes from.
    #[arg(long, env)]
    ses_from_address: Option<String>,
    /// The configuration set that says where events of email go.
    #[arg(long, env)]
    ses_configuration_set: Option<String>,
    /// The DynamoDB table with the account's quotas: a row a channel, with its `max_per_second`.
    #[arg(long, env)]
    dynamodb_rate_limits_table: Option<String>,
    /// The DynamoDB table that is told what became of each message.
    #[arg(long, env)]
    dynamodb_delivery_tracking_table: Option<String>,
    /// How many days an item is kept there.
    #[arg(long, env, default_value = "90")]
    delivery_tracking_days: TrackingDays,
    /// The SQS queue to which reports about messages come.
    #[arg(long, env)]
    receipts_queue_url: Option<String>,
    /// A campaign pauses when more than so many per cent of its emails bounced for good.
    #[arg(long, env, default_value_t = ReputationLimits::default().bounces, value_parser = parse_percent)]
    bounce_limit_percent: f64,
    /// A campaign pauses when more than so many per cent of its emails were called spam.
    #[arg(long, env, default_value_t = ReputationLimits::default().complaints, value_parser = parse_percent)]
    complaint_limit_percent: f64,
    /// Fewer emails than these tell nothing about bounces and complaints.
    #[arg(long, env, default_value_t = ReputationLimits::default().after)]
    reputation_after_emails: u32,
}

fn parse_percent(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err(format!("must be a number from 0 to 100, not {text:?}")),
    }
}

/// An empty variable, as in a `.env` file that lists them all, is one that is not set.
pub(super) fn set(value: Option<String>) -> Option<String> {
    value.filter(|value| !value.trim().is_empty())
}

pub(crate) async fn execute(args: Args) -> anyhow::Result<Exit> {
    let shutdown = Shutdown::listen()?;
    let redis: Redis = connect(&args.redis_url).await?;
    let config = Config {
        phone_pool_id: set(args.phone_pool_id),
        sms_configuration_set: set(args.sms_configuration_set),
        whatsapp_phone_number_id: set(args.whatsapp_phone_number_id),
        ses_from_address: set(args.ses_from_address),
        ses_configuration_set: set(args.ses_configuration_set),
        rate_limits_table: set(args.dynamodb_rate_limits_table),
        tracking_table: set(args.dynamodb_delivery_tracking_table),
        tracking_days: args.delivery_tracking_days,
        receipts_queue_url: set(args.receipts_queue_url),
        reputation: ReputationLimits {
            bounces: args.bounce_limit_percent,
            complaints: args.complaint_limit_percent,
            after: args.reputation_after_emails,
        },
    };
    say(announcement::WORKER)?;
    match drumbeat_worker::run(redis, config, shutdown.first()).await {
        Ok(()) => Ok(Exit::Done),
        Err(Error::Table(wrong)) => Err(WrongValue::sentence(wrong).into()),
        Err(error @ Error::Lanes(_)) => Err(error).context("the worker stopped"),
    }
}
