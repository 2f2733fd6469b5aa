use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    operation::{create_table::CreateTableError, describe_table::DescribeTableError},
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndexUpdate, IndexStatus, ProvisionedThroughput,
        TableDescription, TableStatus,
    },
};
use tokio::time::{Instant, sleep};
use tracing::info;

use super::{
    Misfit, Mode, Outcome, Place, Step,
    definition::{IndexDefinition, TableDefinition},
    fit::{lacking, there},
};
use crate::CallError;

/// AWS builds an empty table in seconds and an index in minutes; that of a large table takes longer than anybody waits at
/// a terminal, and goes on by itself.
const PATIENCE: Duration = Duration::from_secs(30 * 60);
/// A table that was made is seen after a moment; one that is not was deleted again.
const UNSEEN: Duration = Duration::from_secs(30);
/// How often is looked whether it is there.
const LOOK: Duration = Duration::from_secs(1);
/// How often is told that it is still waited for.
const TELL: Duration = Duration::from_secs(10);

/// A migration did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The table is another one.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// AWS did not do what was asked.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The table can be neither used nor changed.
    #[error("{place} is {status}: run drumbeat migrate again when it is ACTIVE, or gone")]
    Unusable {
        /// The table.
        place: Place,
        /// As DynamoDB names it: `DELETING` and so on.
        status: String,
    },
    /// Items expire by another attribute, and a table has but one.
    #[error(
        "the items of {place} expire by the attribute {has}, and Drumbeat needs {needs}: turn that off with \
         aws dynamodb update-time-to-live, and run: drumbeat migrate"
    )]
    OtherExpiry {
        /// The table.
        place: Place,
        /// The attribute.
        has: String,
        /// The attribute that it needs.
        needs: String,
    },
    /// It takes long.
    #[error(
        "{place} is not ready after {seconds} s: AWS goes on by itself; run drumbeat migrate again to wait for it"
    )]
    Unready {
        /// The table.
        place: Place,
        /// How long it was waited for.
        seconds: u64,
    },
}

/// One migration on its way.
pub(super) struct Upgrade<'a> {
    pub(super) client: &'a Client,
    pub(super) place: Place,
    pub(super) mode: Mode,
    migration: &'static str,
}

impl<'a> Upgrade<'a> {
    pub(super) fn new(client: &'a Client, migration: &'static str, place: Place, mode: Mode) -> Self {
        Self { client, place, mode, migration }
    }

    pub(super) fn step(&self, outcome: Outcome, text: String) -> Step {
        Step { migration: self.migration, table: Some(self.place.name().to_string()), outcome, text }
    }

    /// Makes the table, or what it lacks.
    pub(super) async fn table(&self, definition: &TableDefinition) -> Result<Vec<Step>, MigrationError> {
        let name = self.place.name();
        match (look(self.client, &self.place).await?, self.mode) {
            (None, Mode::DryRun) => {
                Ok(vec![self.step(Outcome::WouldBeDone, format!("would create the table {name}"))])
            }
            (Some(description), Mode::DryRun) => self.complete(definition, &description).await,
            (Some(_), Mode::Apply) => self.complete(definition, &self.ready().await?).await,
            (None, Mode::Apply) => {
                let is_ours = self.create(definition).await?;
                let description = self.ready().await?;
                if is_ours {
                    return Ok(vec![self.step(Outcome::Done, format!("created the table {name}"))]);
                }
                self.complete(definition, &description).await
            }
        }
    }

    /// Answers whether it was us: somebody else may have been faster.
    async fn create(&self, definition: &TableDefinition) -> Result<bool, CallError> {
        let indexes: Vec<_> = definition.indexes().iter().map(IndexDefinition::of_new_table).collect();
        let call = self
            .client
            .create_table()
            .table_name(self.place.name().as_str())
            .billing_mode(definition.billing_mode())
            .set_attribute_definitions(Some(definition.attributes()))
            .set_key_schema(Some(definition.key_schema()))
            .set_global_secondary_indexes((!indexes.is_empty()).then_some(indexes));
        match call.send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(CallError::of("dynamodb:CreateTable", &self.place, &error)),
        }
    }

    async fn complete(
        &self,
        definition: &TableDefinition,
        description: &TableDescription,
    ) -> Result<Vec<Step>, MigrationError> {
        let name = self.place.name();
        let lacking = lacking(definition, description, &self.place)?;
        let mut steps = vec![self.step(Outcome::There, format!("the table {name} is there"))];
        let billing = billing_mode(description);
        if billing != definition.billing_mode() {
            let text = format!(
                "left the billing of the table {name} as it is: {billing}, while the definition has {}",
                definition.billing_mode()
            );
            steps.push(self.step(Outcome::LeftAlone, text));
        }
        for index in lacking {
            steps.push(self.index(index, definition).await?);
        }
        Ok(steps)
    }

    async fn index(
        &self,
        index: &IndexDefinition,
        definition: &TableDefinition,
    ) -> Result<Step, MigrationError> {
        let (name, table) = (&index.index_name, self.place.name());
        if self.mode == Mode::DryRun {
            let text = format!("would add the index {name} to the table {table}");
            return Ok(self.step(Outcome::WouldBeDone, text));
        }
        // As it is by now: DynamoDB adds one index at a time, and takes no attribute that is in no key.
        let description = self.ready().await?;
        let creation = index.of_older_table(capacity(&description));
        let call = self
            .client
            .update_table()
            .table_name(table.as_str())
            .set_attribute_definitions(Some(attributes(index, definition, &description)))
            .global_secondary_index_updates(GlobalSecondaryIndexUpdate::builder().create(creation).build());
        let answer = call.send().await;
        match answer {
            Ok(_) => {
                self.ready().await?;
                Ok(self.step(Outcome::Done, format!("added the index {name} to the table {table}")))
            }
            // What DynamoDB answers to the slower of two depends on how far the faster one is.
            Err(_) if there(&self.ready().await?, name).is_some() => {
                Ok(self.step(Outcome::There, format!("the index {name} of the table {table} is there")))
            }
            Err(error) => Err(CallError::of("dynamodb:UpdateTable", &self.place, &error).into()),
        }
    }

    /// Waits until the table can be used, with all its indexes.
    async fn ready(&self) -> Result<TableDescription, MigrationError> {
        let (started, mut told) = (Instant::now(), None::<Instant>);
        loop {
            let looked = look(self.client, &self.place).await?;
            let patience = if looked.is_some() { PATIENCE } else { UNSEEN };
            if let Some(description) = looked
                && is_ready(&description, &self.place)?
            {
                return Ok(description);
            }
            if started.elapsed() > patience {
                return Err(MigrationError::Unready {
                    place: self.place.clone(),
                    seconds: patience.as_secs(),
                });
            }
            if told.is_none_or(|told| told.elapsed() >= TELL) {
                info!("waiting for {} to be ready, for {} s now", self.place, started.elapsed().as_secs());
                told = Some(Instant::now());
            }
            sleep(LOOK).await;
        }
    }
}

/// What the account has under this name.
pub(crate) async fn look(client: &Client, place: &Place) -> Result<Option<TableDescription>, CallError> {
    match client.describe_table().table_name(place.name().as_str()).send().await {
        Ok(answer) => Ok(answer.table),
        Err(error)
            if error.as_service_error().is_some_and(DescribeTableError::is_resource_not_found_exception) =>
        {
            Ok(None)
        }
        Err(error) => Err(CallError::of("dynamodb:DescribeTable", place, &error)),
    }
}

fn is_ready(description: &TableDescription, place: &Place) -> Result<bool, MigrationError> {
    match description.table_status() {
        Some(TableStatus::Active) => Ok(description
            .global_secondary_indexes()
            .iter()
            .all(|index| index.index_status() == Some(&IndexStatus::Active))),
        Some(TableStatus::Creating | TableStatus::Updating) => Ok(false),
        other => {
            let status = other.map_or("in no state", TableStatus::as_str).to_owned();
            Err(MigrationError::Unusable { place: place.clone(), status })
        }
    }
}

/// A table that never was on demand has no summary.
fn billing_mode(description: &TableDescription) -> BillingMode {
    let mode = description.billing_mode_summary().and_then(|summary| summary.billing_mode());
    mode.cloned().unwrap_or(BillingMode::Provisioned)
}

/// An index of a table with a capacity needs one of its own: as much as the table has.
fn capacity(description: &TableDescription) -> Option<ProvisionedThroughput> {
    let table = description.provisioned_throughput()?;
    if billing_mode(description) != BillingMode::Provisioned {
        return None;
    }
    ProvisionedThroughput::builder()
        .set_read_capacity_units(table.read_capacity_units())
        .set_write_capacity_units(table.write_capacity_units())
        .build()
        .ok()
}

/// Those of the keys that are there, and of the new index.
fn attributes(
    index: &IndexDefinition,
    definition: &TableDefinition,
    description: &TableDescription,
) -> Vec<AttributeDefinition> {
    let mut attributes = description.attribute_definitions().to_vec();
    for needed in definition.attributes_of(index) {
        if attributes.iter().all(|there| there.attribute_name() != needed.attribute_name()) {
            attributes.push(needed);
        }
    }
    attributes
}
