use std::collections::{BTreeMap, HashMap};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use drumbeat_common::{Channel, account_quota::MaxPerSecond};
use drumbeat_tracking::why;

/// A row a channel; more than this is another table.
const MOST_ROWS: i32 = 100;

/// The table of quotas: key `channel`, number `max_per_second`.
#[derive(Debug)]
pub(super) struct RateLimitsTable {
    client: Client,
    name: String,
}

/// What the table says.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) quotas: BTreeMap<Channel, MaxPerSecond>,
    pub(super) bad: Vec<BadRow>,
}

/// A row that tells no quota.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the row of {name:?} tells no quota: {why}")]
pub(super) struct BadRow {
    name: String,
    why: String,
}

impl BadRow {
    /// The channel that the row is about, if it is one.
    pub(super) fn channel(&self) -> Option<Channel> {
        self.name.parse().ok()
    }
}

impl RateLimitsTable {
    pub(super) fn new(aws: &SdkConfig, name: String) -> Self {
        Self { client: drumbeat_tracking::client(aws), name }
    }

    /// Reads all of it; why, where it cannot be read.
    pub(super) async fn read(&self) -> Result<Rows, String> {
        let scan = self.client.scan().table_name(&self.name).consistent_read(true).limit(MOST_ROWS);
        let answer = scan.send().await;
        let items =
            answer.map_err(|error| format!("cannot read the table {}: {}", self.name, why(&error)))?;
        let mut rows = Rows::default();
        for item in items.items() {
            match quota(item) {
                Ok((channel, quota)) => drop(rows.quotas.insert(channel, quota)),
                Err(bad) => rows.bad.push(bad),
            }
        }
        Ok(rows)
    }
}

fn quota(row: &HashMap<String, AttributeValue>) -> Result<(Channel, MaxPerSecond), BadRow> {
    let name = row.get("channel").and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
    let bad = |why: String| BadRow { name: name.clone(), why };
    let channel = name.parse().map_err(|error: drumbeat_common::UnknownChannel| bad(error.to_string()))?;
    let number = row.get("max_per_second").and_then(|value| value.as_n().ok());
    let number = number.ok_or_else(|| bad("max_per_second is no number".to_owned()))?;
    let quota = number.parse::<MaxPerSecond>().map_err(|error| bad(error.to_string()))?;
    Ok((channel, quota))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(channel: &str, max_per_second: AttributeValue) -> HashMap<String, AttributeValue> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        [("channel".to_owned(), text(channel)), ("max_per_second".to_owned(), max_per_second)].into()
    }

    #[test]
    fn a_row_is_a_channel_and_a_number() {
        let number = |text: &str| AttributeValue::N(text.to_owned());
        assert_eq!(quota(&row("sms", number("20"))), Ok((Channel::Sms, "20".parse().unwrap())));
        for (name, value, why) in [
            ("sms", number("-5"), "must be a number from 0.01 to 100000, not -5"),
            ("sms", AttributeValue::S("ten".to_owned()), "max_per_second is no number"),
            ("SMS", number("20"), "unknown channel"),
        ] {
            let bad = quota(&row(name, value)).unwrap_err();
            let words = bad.to_string();
            assert!(words.contains(name) && words.contains(why), "{words}");
            assert_eq!(bad.channel(), name.parse().ok());
        }
        assert!(quota(&HashMap::new()).is_err());
    }
}
