use std::fmt;

use aws_sdk_dynamodb::types::{AttributeDefinition, KeySchemaElement, KeyType};

/// The key of a table or of an index: `campaign_id (S) and recipient (N)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    kind: KeyType,
    name: String,
    /// `S`, `N` or `B`; none where the account does not tell.
    attribute_type: Option<String>,
}

impl Key {
    /// `attributes` are those of all keys of the table.
    pub(crate) fn of(schema: &[KeySchemaElement], attributes: &[AttributeDefinition]) -> Self {
        let part = |element: &KeySchemaElement| Part {
            kind: element.key_type().clone(),
            name: element.attribute_name().to_owned(),
            attribute_type: attributes
                .iter()
                .find(|attribute| attribute.attribute_name() == element.attribute_name())
                .map(|attribute| attribute.attribute_type().as_str().to_owned()),
        };
        Self(schema.iter().map(part).collect())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, Part { name, attribute_type, .. }) in self.0.iter().enumerate() {
            let before = if number > 0 { " and " } else { "" };
            write!(f, "{before}{name} ({})", attribute_type.as_deref().unwrap_or("?"))?;
        }
        Ok(())
    }
}
