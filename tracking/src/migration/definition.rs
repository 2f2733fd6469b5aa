use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, CreateGlobalSecondaryIndexAction, GlobalSecondaryIndex,
    KeySchemaElement, Projection, ProvisionedThroughput, TimeToLiveSpecification,
};
use serde::Deserialize;

use super::{key::Key, table::Table};

/// What the SDK's builders ask for is there, since a definition that lacks it is not read.
const WHOLE: &str = "a definition is whole";

/// One file: the input of one call.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Definition {
    /// Of `CreateTable`.
    Table(TableDefinition),
    /// Of `UpdateTimeToLive`.
    Expiry(ExpiryDefinition),
}

/// A table as it has to be.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct TableDefinition {
    pub(crate) table_name: Table,
    billing_mode: String,
    attribute_definitions: Vec<Attribute>,
    key_schema: Vec<KeyPart>,
    #[serde(default)]
    global_secondary_indexes: Vec<IndexDefinition>,
}

/// By which attribute a table's items expire.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ExpiryDefinition {
    pub(crate) table_name: Table,
    time_to_live_specification: Expiry,
}

/// A global secondary index as it has to be.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct IndexDefinition {
    pub(crate) index_name: String,
    key_schema: Vec<KeyPart>,
    projection: IndexProjection,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Attribute {
    attribute_name: String,
    attribute_type: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct KeyPart {
    attribute_name: String,
    key_type: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct IndexProjection {
    projection_type: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Expiry {
    enabled: bool,
    attribute_name: String,
}

impl TableDefinition {
    pub(crate) fn billing_mode(&self) -> BillingMode {
        self.billing_mode.as_str().into()
    }

    pub(crate) fn attributes(&self) -> Vec<AttributeDefinition> {
        self.attribute_definitions.iter().map(Attribute::to_sdk).collect()
    }

    pub(crate) fn key_schema(&self) -> Vec<KeySchemaElement> {
        key_schema(&self.key_schema)
    }

    pub(crate) fn key(&self) -> Key {
        Key::of(&self.key_schema(), &self.attributes())
    }

    pub(crate) fn indexes(&self) -> &[IndexDefinition] {
        &self.global_secondary_indexes
    }

    /// Those in an index's key.
    pub(crate) fn attributes_of(&self, index: &IndexDefinition) -> impl Iterator<Item = AttributeDefinition> {
        let is_in_key = |attribute: &&Attribute| {
            index.key_schema.iter().any(|part| part.attribute_name == attribute.attribute_name)
        };
        self.attribute_definitions.iter().filter(is_in_key).map(Attribute::to_sdk)
    }

    pub(crate) fn index_key(&self, index: &IndexDefinition) -> Key {
        Key::of(&index.key_schema(), &self.attributes())
    }
}

impl IndexDefinition {
    fn key_schema(&self) -> Vec<KeySchemaElement> {
        key_schema(&self.key_schema)
    }

    pub(crate) fn projection(&self) -> Projection {
        Projection::builder().projection_type(self.projection.projection_type.as_str().into()).build()
    }

    /// As a part of `CreateTable`.
    pub(crate) fn of_new_table(&self) -> GlobalSecondaryIndex {
        GlobalSecondaryIndex::builder()
            .index_name(&self.index_name)
            .set_key_schema(Some(self.key_schema()))
            .projection(self.projection())
            .build()
            .expect(WHOLE)
    }

    /// As a part of `UpdateTable`; with a capacity where the table has one.
    pub(crate) fn of_older_table(
        &self,
        capacity: Option<ProvisionedThroughput>,
    ) -> CreateGlobalSecondaryIndexAction {
        CreateGlobalSecondaryIndexAction::builder()
            .index_name(&self.index_name)
            .set_key_schema(Some(self.key_schema()))
            .projection(self.projection())
            .set_provisioned_throughput(capacity)
            .build()
            .expect(WHOLE)
    }
}

impl ExpiryDefinition {
    pub(crate) fn attribute(&self) -> &str {
        &self.time_to_live_specification.attribute_name
    }

    pub(crate) fn to_sdk(&self) -> TimeToLiveSpecification {
        TimeToLiveSpecification::builder()
            .enabled(self.time_to_live_specification.enabled)
            .attribute_name(self.attribute())
            .build()
            .expect(WHOLE)
    }
}

impl Attribute {
    fn to_sdk(&self) -> AttributeDefinition {
        AttributeDefinition::builder()
            .attribute_name(&self.attribute_name)
            .attribute_type(self.attribute_type.as_str().into())
            .build()
            .expect(WHOLE)
    }
}

fn key_schema(parts: &[KeyPart]) -> Vec<KeySchemaElement> {
    let part = |part: &KeyPart| {
        KeySchemaElement::builder()
            .attribute_name(&part.attribute_name)
            .key_type(part.key_type.as_str().into())
            .build()
            .expect(WHOLE)
    };
    parts.iter().map(part).collect()
}
