use std::{env, str::FromStr};

use anyhow::anyhow;
use drumbeat_common::ReputationLimits;

/// The same environment variables as a worker has.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) redis_url: String,
    pub(crate) tracking_table: Option<String>,
    pub(crate) reputation: ReputationLimits,
}

impl Config {
    pub(crate) fn from_env() -> anyhow::Result<Self> {
        let default = ReputationLimits::default();
        Ok(Self {
            redis_url: set("REDIS_URL").ok_or_else(|| anyhow!("REDIS_URL is not set"))?,
            tracking_table: set("DYNAMODB_DELIVERY_TRACKING_TABLE"),
            reputation: ReputationLimits {
                bounces: percent("BOUNCE_LIMIT_PERCENT")?.unwrap_or(default.bounces),
                complaints: percent("COMPLAINT_LIMIT_PERCENT")?.unwrap_or(default.complaints),
                after: number("REPUTATION_AFTER_EMAILS")?.unwrap_or(default.after),
            },
        })
    }
}

/// An empty variable is one that is not set.
fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn percent(name: &str) -> anyhow::Result<Option<f64>> {
    match number(name)? {
        Some(percent) if !(0.0..=100.0).contains(&percent) => {
            Err(anyhow!("{name} must be a number from 0 to 100, not {percent}"))
        }
        percent => Ok(percent),
    }
}

fn number<T: FromStr>(name: &str) -> anyhow::Result<Option<T>> {
    let parse = |value: String| value.parse().map_err(|_| anyhow!("{name} must be a number, not {value:?}"));
    set(name).map(parse).transpose()
}
