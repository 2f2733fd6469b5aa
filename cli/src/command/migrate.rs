use anyhow::Result;
use drumbeat_tracking::{
    InvalidTableName, Migration, MigrationError, Mode, Step, Table, TableName, Tables, access, client,
};

use crate::{
    command::worker::set,
    exit::{Exit, WrongValue},
    say::say,
};

/// AWS's own settings (region, credentials, endpoints) come from where every AWS program takes them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Say what would be done, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Answer in JSON, an object a line for each step.
    #[arg(long)]
    json: bool,
    /// The DynamoDB table that tells what became of each message.
    #[arg(long, env)]
    dynamodb_delivery_tracking_table: Option<String>,
    /// The DynamoDB table with the account's quotas.
    #[arg(long, env)]
    dynamodb_rate_limits_table: Option<String>,
}

pub(crate) async fn execute(args: Args) -> Result<Exit> {
    let tables = Tables {
        delivery_tracking: name(Table::DeliveryTracking, args.dynamodb_delivery_tracking_table)?,
        rate_limits: name(Table::RateLimits, args.dynamodb_rate_limits_table)?,
    };
    if tables.delivery_tracking.is_none() && tables.rate_limits.is_none() {
        let (tracking, limits) = (Table::DeliveryTracking.variable(), Table::RateLimits.variable());
        let why = format!("neither {tracking} nor {limits} is set: name the tables there");
        return Err(WrongValue::sentence(why).into());
    }
    let client = client(&access().await?);
    let mode = if args.dry_run { Mode::DryRun } else { Mode::Apply };
    for migration in Migration::all() {
        for step in migration.bring_up(&client, &tables, mode).await.map_err(refusal)? {
            say(&line(&step, args.json)?)?;
        }
    }
    Ok(Exit::Done)
}

fn name(table: Table, value: Option<String>) -> Result<Option<TableName>, WrongValue> {
    let name = set(value).map(|name| name.parse()).transpose();
    name.map_err(|error: InvalidTableName| WrongValue::new(table.variable(), error))
}

/// A table that is another one is one that should not have been named.
fn refusal(error: MigrationError) -> anyhow::Error {
    match error {
        MigrationError::Misfit(misfit) => WrongValue::sentence(misfit).into(),
        error @ (MigrationError::Call(_)
        | MigrationError::Unusable { .. }
        | MigrationError::OtherExpiry { .. }
        | MigrationError::Unready { .. }) => error.into(),
    }
}

fn line(step: &Step, json: bool) -> serde_json::Result<String> {
    if json { serde_json::to_string(step) } else { Ok(step.to_string()) }
}
