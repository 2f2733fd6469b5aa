//! Brings an account's tables to what Drumbeat needs.
//!
//! In reading order: a [`Migration`] is one file of `migrations/`, the input of one call, read as a `definition`. It is
//! held against what the account has (`fit`, `key`), and `upgrade` does what is lacking, a [`Step`] at a time. Nothing is
//! kept of what was done before: the tables themselves tell.

mod definition;
mod expiry;
mod fit;
mod key;
mod step;
mod table;
mod upgrade;

use std::sync::LazyLock;

use aws_sdk_dynamodb::Client;

pub use fit::{Misfit, Shape};
pub use key::Key;
pub use step::{Outcome, Step};
pub use table::{InvalidTableName, Place, Table, TableName, Tables};
pub use upgrade::MigrationError;

pub(crate) use fit::lacking;
pub(crate) use upgrade::look;

use definition::{Definition, TableDefinition};

use upgrade::Upgrade;

/// The files, in order.
const FILES: [(&str, &str); 3] = [
    ("0001_delivery_tracking", include_str!("../../../migrations/0001_delivery_tracking.json")),
    ("0002_rate_limits", include_str!("../../../migrations/0002_rate_limits.json")),
    ("0003_delivery_tracking_ttl", include_str!("../../../migrations/0003_delivery_tracking_ttl.json")),
];

static MIGRATIONS: LazyLock<Vec<Migration>> = LazyLock::new(|| {
    let read = |(name, file)| Migration {
        name,
        definition: serde_json::from_str(file)
            .expect("the files are part of the program, and a test reads them"),
    };
    FILES.into_iter().map(read).collect()
});

/// Whether things are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// What is lacking is done.
    Apply,
    /// What would be done is told, and nothing is changed.
    DryRun,
}

/// One of the numbered files of `migrations/`.
#[derive(Debug)]
pub struct Migration {
    name: &'static str,
    definition: Definition,
}

impl Migration {
    /// All of them, in order.
    pub fn all() -> &'static [Self] {
        &MIGRATIONS
    }

    /// Does what is lacking of it, and waits until it is there. To do it twice, or at once with somebody else, is the same
    /// as once.
    ///
    /// # Errors
    /// When the table is another one, or AWS did not do what was asked. Done again later, it goes on where it stopped.
    pub async fn bring_up(
        &self,
        client: &Client,
        tables: &Tables,
        mode: Mode,
    ) -> Result<Vec<Step>, MigrationError> {
        let table = self.table();
        let Some(name) = tables.name(table) else { return Ok(vec![self.skipped()]) };
        let place = Place::new(table, name.clone(), client);
        let upgrade = Upgrade::new(client, self.name, place, mode);
        match &self.definition {
            Definition::Table(definition) => upgrade.table(definition).await,
            Definition::Expiry(definition) => Ok(vec![upgrade.expiry(definition).await?]),
        }
    }

    fn table(&self) -> Table {
        match &self.definition {
            Definition::Table(definition) => definition.table_name,
            Definition::Expiry(definition) => definition.table_name,
        }
    }

    fn skipped(&self) -> Step {
        let text = format!("skipped: {} is not set", self.table().variable());
        Step { migration: self.name, table: None, outcome: Outcome::Skipped, text }
    }
}

/// What a table has to be.
pub(crate) fn definition(table: Table) -> &'static TableDefinition {
    let of_table = |migration: &'static Migration| match &migration.definition {
        Definition::Table(definition) if definition.table_name == table => Some(definition),
        Definition::Table(_) | Definition::Expiry(_) => None,
    };
    MIGRATIONS.iter().find_map(of_table).expect("each table has a file, and a test looks for it")
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn every_file_of_the_folder_is_a_migration_in_the_order_of_its_number() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let json = files.filter(|file| file.extension().is_some_and(|extension| extension == "json"));
        let mut names: Vec<_> =
            json.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
        names.sort();
        assert_eq!(Migration::all().iter().map(|migration| migration.name).collect::<Vec<_>>(), names);
    }

    #[test]
    fn each_table_is_defined() {
        assert_eq!(definition(Table::DeliveryTracking).key().to_string(), "message_id (S)");
        assert_eq!(definition(Table::RateLimits).key().to_string(), "channel (S)");
        let tracking = definition(Table::DeliveryTracking);
        let keys: Vec<_> = tracking
            .indexes()
            .iter()
            .map(|index| (index.index_name.as_str(), tracking.index_key(index).to_string()))
            .collect();
        assert_eq!(
            keys,
            [
                ("by-campaign", "campaign_id (S) and recipient (N)".to_owned()),
                ("by-address", "address_print (S) and recipient (N)".to_owned())
            ]
        );
    }
}
