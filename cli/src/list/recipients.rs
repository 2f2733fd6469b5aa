use std::{
    fmt,
    io::{self, Read, Write},
};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, value::RawValue};

/// Everything in a campaign but its recipients, which are passed over.
pub(super) fn options(campaign: impl Read) -> serde_json::Result<Vec<(String, Value)>> {
    let mut reader = serde_json::Deserializer::from_reader(campaign);
    let options = Campaign { recipients: None }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(options)
}

/// Writes a campaign's recipients, each on a line of its own.
pub(super) fn write_lines(campaign: impl Read, into: &mut dyn Write) -> io::Result<()> {
    let mut reader = serde_json::Deserializer::from_reader(campaign);
    Campaign { recipients: Some(into) }.deserialize(&mut reader)?;
    Ok(())
}

/// Goes through a campaign once, at constant memory.
struct Campaign<'a> {
    /// Where its recipients go, if anywhere.
    recipients: Option<&'a mut dyn Write>,
}

impl<'de> DeserializeSeed<'de> for Campaign<'_> {
    type Value = Vec<(String, Value)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Campaign<'_> {
    type Value = Vec<(String, Value)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a campaign, as {\"name\": …, \"recipients\": […]}")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut options, mut has_recipients) = (Vec::new(), false);
        while let Some(name) = map.next_key::<String>()? {
            if name != "recipients" {
                options.push((name, map.next_value()?));
            } else if has_recipients {
                return Err(A::Error::duplicate_field("recipients"));
            } else {
                has_recipients = true;
                map.next_value_seed(Recipients(&mut self.recipients))?;
            }
        }
        if has_recipients { Ok(options) } else { Err(A::Error::missing_field("recipients")) }
    }
}

struct Recipients<'a, 'b>(&'a mut Option<&'b mut dyn Write>);

impl<'de> DeserializeSeed<'de> for Recipients<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Recipients<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of recipients")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut recipients: A) -> Result<(), A::Error> {
        let Some(lines) = self.0 else {
            while recipients.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        };
        while let Some(recipient) = recipients.next_element::<Box<RawValue>>()? {
            write_line(recipient.get(), lines).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

/// JSON has line breaks only where they mean nothing.
fn write_line(recipient: &str, lines: &mut dyn Write) -> io::Result<()> {
    for piece in recipient.split(['\n', '\r']) {
        lines.write_all(piece.as_bytes())?;
    }
    lines.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAMPAIGN: &str =
        "{\"name\":\"Spring\",\"recipients\":[{\"a\":\"1\\n\"},\n{\r\n \"a\":12.50\n}, 7 ],\"tps\":80}";

    #[test]
    fn options_are_found_before_and_after_the_recipients() {
        let options = options(CAMPAIGN.as_bytes()).unwrap();
        assert_eq!(options, [("name".to_owned(), "Spring".into()), ("tps".to_owned(), 80.into())]);
    }

    #[test]
    fn each_recipient_is_a_line_as_it_was_written() {
        let mut lines = Vec::new();
        write_lines(CAMPAIGN.as_bytes(), &mut lines).unwrap();
        assert_eq!(String::from_utf8(lines).unwrap(), "{\"a\":\"1\\n\"}\n{ \"a\":12.50}\n7\n");
    }

    #[test]
    fn what_is_no_campaign_is_refused_before_anything_is_sent() {
        for (text, words) in [
            ("[]", "expected a campaign"),
            ("{\"name\":\"x\"}", "missing field `recipients`"),
            ("{\"recipients\":5}", "expected a list of recipients"),
            ("{\"recipients\":[],\"recipients\":[]}", "duplicate field `recipients`"),
            ("{\n\"recipients\":[{]}", "line 2"),
            ("{\"recipients\":[]} x", "trailing characters"),
        ] {
            let error = options(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
