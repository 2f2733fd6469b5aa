use std::{fmt, path::Path};

use anyhow::{Context, Result, anyhow};
use bytes::Bytes;
use serde::{
    Deserialize,
    de::{Deserializer, MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

/// The body of a send, as the user wrote it. What the command line overrides is put in its place without touching a
/// line break, so that the lines which the API complains about are those of the user's file.
#[derive(Debug)]
pub(crate) struct CampaignFile {
    text: String,
}

impl CampaignFile {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the campaign from {}", path.display()))?;
        Ok(Self { text })
    }

    /// A body that was read.
    pub(crate) const fn new(text: String) -> Self {
        Self { text }
    }

    /// Sets a field, whatever the file says about it.
    pub(crate) fn set(&mut self, field: &str, value: &Value) -> Result<()> {
        let fields: Fields<'_> = serde_json::from_str(&self.text)
            .map_err(|error| anyhow!("the campaign is no JSON object: {error}"))?;
        match fields.place_of(field, &self.text) {
            Some(place) => self.text.replace_range(place, &value.to_string()),
            None => {
                let open = self.text.find('{').context("the campaign is no JSON object")? + 1;
                let comma = if fields.0.is_empty() { "" } else { "," };
                self.text.insert_str(open, &format!("{}:{value}{comma}", Value::from(field)));
            }
        }
        Ok(())
    }

    /// The body to send.
    pub(crate) fn into_body(self) -> Bytes {
        self.text.into()
    }
}

/// An object's fields with their values as they stand in the text: a million recipients are passed over, not built.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl Fields<'_> {
    fn place_of(&self, field: &str, text: &str) -> Option<std::ops::Range<usize>> {
        let (_, value) = self.0.iter().find(|(name, _)| name == field)?;
        // The value is borrowed from the text, so the difference of their addresses is its offset.
        let start = value.get().as_ptr().addr() - text.as_ptr().addr();
        Some(start..start + value.get().len())
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a campaign, as {\"name\": …, \"recipients\": […]}")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str, field: &str, value: impl Into<Value>) -> String {
        let mut file = CampaignFile { text: text.to_owned() };
        file.set(field, &value.into()).unwrap();
        file.text
    }

    #[test]
    fn a_field_is_replaced_where_it_stands() {
        let text = "{\n\"name\": \"a \\\"tps\\\": 3\",\n\"tps\" :  50 ,\n\"recipients\": [{\"tps\": 1}]\n}";
        assert_eq!(
            with(text, "tps", 80.5),
            "{\n\"name\": \"a \\\"tps\\\": 3\",\n\"tps\" :  80.5 ,\n\"recipients\": [{\"tps\": 1}]\n}"
        );
        assert_eq!(with("{\"name\":\"x\"}", "name", "a\nb"), "{\"name\":\"a\\nb\"}");
    }

    #[test]
    fn a_missing_field_joins_the_first_line() {
        assert_eq!(
            with("\n{\n\"name\":\"x\"\n}", "dry_run", true),
            "\n{\"dry_run\":true,\n\"name\":\"x\"\n}"
        );
        assert_eq!(with("{ }", "tps", 1), "{\"tps\":1 }");
    }

    #[test]
    fn what_is_no_object_is_refused_with_the_place() {
        let mut file = CampaignFile { text: "{\n\"tps\": ,\n}".to_owned() };
        assert!(file.set("tps", &1.into()).unwrap_err().to_string().contains("line 2"));
        let mut file = CampaignFile { text: "[1]".to_owned() };
        assert!(file.set("tps", &1.into()).is_err());
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = CampaignFile::read(Path::new("/nowhere/campaign.json")).unwrap_err();
        assert_eq!(error.to_string(), "cannot read the campaign from /nowhere/campaign.json");
    }
}
