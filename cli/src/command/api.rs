use std::{
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
};

use anyhow::Context;
use bytes::Bytes;
use drumbeat_api::{Account, ApiKey, Config, Prices, Senders, serve};
use drumbeat_common::{ConnectError, Redis, TemplateBook};
use drumbeat_tracking::{WrongTable, access, check_delivery_table, client};
use jiff::SignedDuration;
use tracing::{info, warn};

use crate::{
    announcement,
    command::worker::set,
    exit::{Exit, WrongValue},
    listen::{listen, local_url, parse_port},
    say::say,
    shutdown::Shutdown,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The port to listen on; 0 takes a free one.
    #[arg(long, env, default_value_t = 8080, value_parser = parse_port)]
    port: u16,
    /// The Redis that holds everything.
    #[arg(long, env, default_value = "redis://127.0.0.1:6379", hide_env_values = true)]
    redis_url: String,
    /// The folder with the templates, one TOML file each.
    #[arg(long, env, default_value = "data/demo/templates")]
    templates_dir: PathBuf,
    /// Who may call the API, separated by commas. Without a key only this machine can reach it.
    #[arg(long, env, default_value = "", hide_default_value = true, hide_env_values = true)]
    api_keys: String,
    /// What messages cost, as CSV; data/prices.csv where that is there. Without, no campaign's cost is known.
    #[arg(long, env)]
    prices_file: Option<PathBuf>,
    /// A campaign in JSON that the web page offers to try with; where there is one, the page proposes a dry run.
    #[arg(long, env)]
    sample_file: Option<PathBuf>,
    /// The pool, phone number or sender ID that text messages come from: what AWS says of it is told before a campaign.
    #[arg(long, env)]
    phone_pool_id: Option<String>,
    /// The WhatsApp Business Account that has the templates, as AWS names it: what AWS says of them is told.
    #[arg(long, env)]
    whatsapp_account_id: Option<String>,
    /// The address that email comes from: what AWS says of it, and of the email quota, is told.
    #[arg(long, env)]
    ses_from_address: Option<String>,
    /// The DynamoDB table that tells what became of each message.
    #[arg(long, env)]
    dynamodb_delivery_tracking_table: Option<String>,
    /// For how many hours after a campaign's end a report may still settle a doubt; carriers take up to 72.
    #[arg(long, env, default_value_t = 72, value_parser = clap::value_parser!(u16).range(1..=720))]
    doubt_window_hours: u16,
}

/// Where prices are looked for when no file is named.
const PRICES: &str = "data/prices.csv";

/// Not the argument's own parser: that one's complaint would quote the value, and this one is a secret.
fn parse_keys(text: &str) -> Result<Vec<ApiKey>, WrongValue> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    text.split(',')
        .map(|key| key.trim().parse())
        .collect::<Result<_, _>>()
        .map_err(|error| WrongValue::new("API_KEYS (--api-keys)", error))
}

/// A file that is named has to be there; the usual one may be missing.
fn load_prices(file: Option<PathBuf>) -> Result<Option<Prices>, WrongValue> {
    let usual = || Some(PathBuf::from(PRICES)).filter(|file| file.exists());
    let file = file.filter(|file| !file.as_os_str().is_empty()).or_else(usual);
    let prices = file.as_deref().map(Prices::load).transpose();
    prices.map_err(|error| WrongValue::new("PRICES_FILE (--prices-file)", error))
}

fn load_sample(file: Option<PathBuf>) -> Result<Option<Bytes>, WrongValue> {
    let file = file.filter(|file| !file.as_os_str().is_empty());
    let sample = file.map(std::fs::read).transpose();
    let sample = sample.map_err(|error| WrongValue::new("SAMPLE_FILE (--sample-file)", error))?;
    Ok(sample.map(Bytes::from))
}

pub(crate) async fn execute(args: Args) -> anyhow::Result<Exit> {
    let shutdown = Shutdown::listen()?;
    let templates = TemplateBook::load(&args.templates_dir)
        .map_err(|error| WrongValue::new("TEMPLATES_DIR (--templates-dir)", error))?;
    let prices = load_prices(args.prices_file)?;
    let sample = load_sample(args.sample_file)?;
    let account = Account::new(Senders {
        phone_pool_id: set(args.phone_pool_id),
        ses_from_address: set(args.ses_from_address),
        whatsapp_account_id: set(args.whatsapp_account_id),
    });
    let keys = parse_keys(&args.api_keys)?;
    let host = if keys.is_empty() { Ipv4Addr::LOCALHOST } else { Ipv4Addr::UNSPECIFIED };
    let listener = listen(IpAddr::V4(host), args.port, "--port or PORT").await?;
    let redis = connect(&args.redis_url).await?;
    if keys.is_empty() {
        info!("no API_KEYS: only this machine can reach the API");
    }
    if prices.is_none() {
        info!("no PRICES_FILE: what a campaign costs is not known");
    }
    let tracking_table = set(args.dynamodb_delivery_tracking_table);
    if let Some(table) = &tracking_table {
        check(table).await.map_err(WrongValue::sentence)?;
    }
    say(&format!("{}{}", announcement::API, local_url(&listener)?))?;
    let doubt_window = SignedDuration::from_hours(args.doubt_window_hours.into());
    let config = Config { templates, keys, account, prices, sample, tracking_table, doubt_window };
    serve(listener, redis, config, shutdown.first()).await.context("the API stopped")?;
    Ok(Exit::Done)
}

/// Whether the delivery table is as it has to be. Without AWS nothing is looked up there, and all else goes on.
async fn check(table: &str) -> Result<(), WrongTable> {
    match access().await {
        Ok(aws) => check_delivery_table(&client(&aws), table).await,
        Err(error) => {
            warn!("nothing can be looked up in the table {table}: {error}");
            Ok(())
        }
    }
}

/// Connects to Redis; its errors are sentences for people already.
pub(crate) async fn connect(url: &str) -> anyhow::Result<Redis> {
    match Redis::connect(url).await {
        Ok(redis) => Ok(redis),
        Err(error @ ConnectError::Url(_)) => Err(WrongValue::sentence(error).into()),
        Err(error @ (ConnectError::Unreachable { .. } | ConnectError::TooOld { .. })) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_with_commas_and_none_is_none() {
        for (text, count) in [("", 0), (" ", 0), ("one", 1), ("one, two", 2)] {
            assert_eq!(parse_keys(text).unwrap().len(), count, "{text:?}");
        }
        for bad in ["one,,two", "two words", ","] {
            assert!(parse_keys(bad).is_err(), "{bad:?}");
        }
    }
}
