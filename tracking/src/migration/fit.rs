use std::fmt;

use aws_sdk_dynamodb::types::{
    GlobalSecondaryIndexDescription, Projection, ProjectionType, TableDescription,
};

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
        "the index {index} of {place} has the key {has}, and Drumbeat needs {needs}: delete the index, and run: \
         drumbeat migrate"
    )]
    Index {
        /// The table.
        place: Place,
        /// The index.
        index: String,
        /// What it is like.
        has: Box<Shape>,
        /// What it has to be like.
        needs: Box<Shape>,
    },
}

/// What an index is like: `campaign_id (S) and recipient (N), and ALL of an item`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    key: Key,
    shows: Option<ProjectionType>,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shows = self.shows.as_ref().map_or("nothing", ProjectionType::as_str);
        write!(f, "{}, and {shows} of an item", self.key)
    }
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
    let shape = |key, projection: Option<&Projection>| Shape {
        key,
        shows: projection.and_then(Projection::projection_type).cloned(),
    };
    let key = Key::of(there.key_schema(), description.attribute_definitions());
    let (has, needs) =
        (shape(key, there.projection()), shape(definition.index_key(index), Some(&index.projection())));
    if has == needs {
        return Ok(());
    }
    let (has, needs) = (Box::new(has), Box::new(needs));
    Err(Misfit::Index { place: place.clone(), index: index.index_name.clone(), has, needs })
}
