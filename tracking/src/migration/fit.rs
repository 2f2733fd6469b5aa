use aws_sdk_dynamodb::types::{GlobalSecondaryIndexDescription, TableDescription};

use super::{
    definition::{IndexDefinition, TableDefinition},
    key::Key,
    table::Place,
};

/// A table that is there, but is another one: what it is cannot be changed in place.
#[derive(Debug, thiserror::Error)]
pub enum Misfit {
    /// DynamoDB finds an item by its key.
    #[error(
        "{place} has the key {has}, and Drumbeat needs {needs}: name another table, and run: drumbeat migrate"
    )]
    Key {
        /// The table.
        place: Place,
        /// Its key.
        has: Key,
        /// The key that it needs.
        needs: Key,
    },
    /// Another index has the name that is needed.
    #[error(
        "the index {index} of {place} has the key {has} and {shows} of an item, and Drumbeat needs {needs} and ALL: \
         delete the index, and run: drumbeat migrate"
    )]
    Index {
        /// The table.
        place: Place,
        /// The index.
        index: String,
        /// Its key.
        has: Key,
        /// What of an item it shows: `KEYS_ONLY` and so on.
        shows: String,
        /// The key that it needs.
        needs: Key,
    },
}

/// Answers the indexes that a table lacks.
///
/// # Errors
/// When it is another table.
pub(crate) fn lacking<'a>(
    definition: &'a TableDefinition,
    description: &TableDescription,
    place: &Place,
) -> Result<Vec<&'a IndexDefinition>, Misfit> {
    let (has, needs) =
        (Key::of(description.key_schema(), description.attribute_definitions()), definition.key());
    if has != needs {
        return Err(Misfit::Key { place: place.clone(), has, needs });
    }
    let mut lacking = Vec::new();
    for index in definition.indexes() {
        match there(description, &index.index_name) {
            Some(there) => fits(definition, index, there, description, place)?,
            None => lacking.push(index),
        }
    }
    Ok(lacking)
}

pub(super) fn there<'a>(
    description: &'a TableDescription,
    index: &str,
) -> Option<&'a GlobalSecondaryIndexDescription> {
    description.global_secondary_indexes().iter().find(|there| there.index_name() == Some(index))
}

fn fits(
    definition: &TableDefinition,
    index: &IndexDefinition,
    there: &GlobalSecondaryIndexDescription,
    description: &TableDescription,
    place: &Place,
) -> Result<(), Misfit> {
    let has = Key::of(there.key_schema(), description.attribute_definitions());
    let needs = definition.index_key(index);
    let shows = there.projection().and_then(|projection| projection.projection_type());
    if has == needs && shows == index.projection().projection_type() {
        return Ok(());
    }
    let shows = shows.map_or("none", |shows| shows.as_str()).to_owned();
    Err(Misfit::Index { place: place.clone(), index: index.index_name.clone(), has, shows, needs })
}
