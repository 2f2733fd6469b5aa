use std::{fmt, str::FromStr, sync::Arc};

use aws_sdk_dynamodb::Client;
use serde::{Deserialize, Serialize};

/// A table that Drumbeat uses, named here as in the definitions. How an account calls it is in a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Table {
    /// What became of each message.
    #[serde(rename = "delivery-tracking")]
    DeliveryTracking,
    /// The account's quotas.
    #[serde(rename = "rate-limits")]
    RateLimits,
}

impl Table {
    /// The variable that says how the account calls it.
    #[must_use]
    pub const fn variable(self) -> &'static str {
        match self {
            Self::DeliveryTracking => "DYNAMODB_DELIVERY_TRACKING_TABLE",
            Self::RateLimits => "DYNAMODB_RATE_LIMITS_TABLE",
        }
    }
}

/// How an account calls a table: 3 to 255 letters of `a-z`, `A-Z`, `0-9`, `_`, `.` and `-`, as DynamoDB has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct TableName(String);

/// The text names no table.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no name of a table: it takes 3 to 255 of a-z, A-Z, 0-9, '_', '.' and '-'")]
pub struct InvalidTableName(String);

impl TableName {
    /// As DynamoDB takes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TableName {
    type Err = InvalidTableName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_of_a_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        if (3..=255).contains(&text.len()) && text.chars().all(is_of_a_name) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidTableName(text.chars().take(300).collect()))
        }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The tables of an account. One that is not named is not used.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// `DYNAMODB_DELIVERY_TRACKING_TABLE`.
    pub delivery_tracking: Option<TableName>,
    /// `DYNAMODB_RATE_LIMITS_TABLE`.
    pub rate_limits: Option<TableName>,
}

impl Tables {
    pub(crate) fn name(&self, table: Table) -> Option<&TableName> {
        match table {
            Table::DeliveryTracking => self.delivery_tracking.as_ref(),
            Table::RateLimits => self.rate_limits.as_ref(),
        }
    }
}

/// A table of an account, as a sentence names it. Shared, since every error about it has it.
#[derive(Debug, Clone)]
pub struct Place(Arc<Located>);

#[derive(Debug)]
struct Located {
    table: Table,
    name: TableName,
    region: String,
}

impl Place {
    pub(crate) fn new(table: Table, name: TableName, client: &Client) -> Self {
        let region = client.config().region().map_or("no region", |region| region.as_ref());
        Self(Arc::new(Located { table, name, region: region.to_owned() }))
    }

    pub(crate) fn name(&self) -> &TableName {
        &self.0.name
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Located { table, name, region } = &*self.0;
        write!(f, "the table {name} in {region} ({})", table.variable())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_dynamodb_takes() {
        for good in ["abc", "delivery-tracking", "Prod_1.delivery", &"t".repeat(255)] {
            assert_eq!(good.parse::<TableName>().unwrap().as_str(), good);
        }
        for bad in ["", "ab", "a table", "tracking/1", "té-ble", &"t".repeat(256), &"t".repeat(10_000)] {
            let words = bad.parse::<TableName>().unwrap_err().to_string();
            assert!(words.contains("3 to 255") && words.len() < 500, "{words}");
        }
    }
}
