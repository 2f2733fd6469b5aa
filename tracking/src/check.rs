use aws_sdk_dynamodb::Client;
use tracing::warn;

use crate::migration::{InvalidTableName, Misfit, Place, Table, definition, lacking, look};

/// A table that is not as Drumbeat needs it: whoever uses it would fail at each item.
#[derive(Debug, thiserror::Error)]
pub enum WrongTable {
    /// The variable names none.
    #[error("{variable}: {error}")]
    Name {
        /// The variable.
        variable: &'static str,
        /// What is wrong with the name.
        error: InvalidTableName,
    },
    /// The account has none of this name.
    #[error("{0} is missing; run: drumbeat migrate")]
    Missing(Place),
    /// It is older than what reads it.
    #[error("{place} has no index {index}; run: drumbeat migrate")]
    NoIndex {
        /// The table.
        place: Place,
        /// The index.
        index: String,
    },
    /// It is another table.
    #[error(transparent)]
    Misfit(#[from] Misfit),
}

/// Looks whether the delivery table is as it has to be. Where that cannot be known now, people are told, and it is taken
/// for granted: a start shall not depend on whether DynamoDB is there.
///
/// # Errors
/// When it is not.
pub async fn check_delivery_table(client: &Client, name: &str) -> Result<(), WrongTable> {
    check(client, Table::DeliveryTracking, name).await
}

/// The same for the table with the account's quotas.
///
/// # Errors
/// When it is not as it has to be.
pub async fn check_rate_limits_table(client: &Client, name: &str) -> Result<(), WrongTable> {
    check(client, Table::RateLimits, name).await
}

async fn check(client: &Client, table: Table, name: &str) -> Result<(), WrongTable> {
    let name = name.parse().map_err(|error| WrongTable::Name { variable: table.variable(), error })?;
    let place = Place::new(table, name, client);
    let description = match look(client, &place).await {
        Ok(Some(description)) => description,
        Ok(None) => return Err(WrongTable::Missing(place)),
        Err(error) => {
            warn!("cannot see whether a table is as it has to be; going on: {error}");
            return Ok(());
        }
    };
    match lacking(definition(table), &description, &place)?.first() {
        None => Ok(()),
        Some(index) => Err(WrongTable::NoIndex { place, index: index.index_name.clone() }),
    }
}
