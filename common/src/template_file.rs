//! A template as a file: TOML with the keys of its channel and no others.

use serde::Deserialize;
use toml::{
    Spanned,
    de::{DeTable, DeValue, Error},
};

use crate::{Channel, Template, TemplateId, TemplateParts};

// One struct for each channel, since only a plain struct lets TOML refuse an unknown key and tell its line.

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SmsFile {
    id: TemplateId,
    #[serde(rename = "channel")]
    _channel: Channel,
    language: String,
    body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WhatsappFile {
    id: TemplateId,
    #[serde(rename = "channel")]
    _channel: Channel,
    language: String,
    name: String,
    #[serde(default)]
    header: Vec<String>,
    #[serde(default)]
    parameters: Vec<String>,
    body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EmailFile {
    id: TemplateId,
    #[serde(rename = "channel")]
    _channel: Channel,
    language: String,
    subject: String,
    body: String,
    html: String,
}

/// Reads a file's text.
///
/// # Errors
/// When it is no TOML, or a key is unknown, missing or of the wrong kind; with the line.
pub(crate) fn parse(text: &str) -> Result<Template, Error> {
    #[derive(Deserialize)]
    struct AnyFile {
        channel: Channel,
    }
    let (id, language, parts) = match toml::from_str::<AnyFile>(text)?.channel {
        Channel::Sms => {
            let SmsFile { id, language, body, .. } = toml::from_str(text)?;
            (id, language, TemplateParts::Sms { body })
        }
        Channel::Whatsapp => {
            let WhatsappFile { id, language, name, header, parameters, body, .. } = toml::from_str(text)?;
            (id, language, TemplateParts::Whatsapp { name, header, parameters, body })
        }
        Channel::Email => {
            let EmailFile { id, language, subject, body, html, .. } = toml::from_str(text)?;
            (id, language, TemplateParts::Email { subject, body, html })
        }
    };
    Ok(Template { id, language, parts })
}

/// The file's line in which a line of one of the template's parts stands, both from 1.
pub(crate) fn line_of(text: &str, part: &str, line: usize) -> Option<usize> {
    let table = DeTable::parse(text).ok()?;
    let span = value_of(table.get_ref(), part)?.span();
    let first = 1 + newlines(&text[..span.start]);
    let value = &text[span];
    // Only a text in triple quotes has lines of its own; the one that the quotes stand in belongs to it unless it ends
    // right there.
    let many = ["\"\"\"", "'''"].into_iter().find_map(|quotes| value.strip_prefix(quotes));
    let offset = match many {
        None => 0,
        Some(inside) if inside.starts_with(['\n', '\r']) => line,
        Some(_) => line.saturating_sub(1),
    };
    Some(first + offset.min(newlines(value)))
}

/// The value at a part's name: a key, or a key and the place in its list, as in `parameters.0`.
fn value_of<'a, 'i>(table: &'a DeTable<'i>, part: &str) -> Option<&'a Spanned<DeValue<'i>>> {
    match part.split_once('.') {
        None => table.get(part),
        Some((key, place)) => table.get(key)?.get_ref().as_array()?.get(place.parse::<usize>().ok()?),
    }
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|&byte| byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_part_is_found_in_the_file() {
        let text = "id = 'P'\nbody = \"\"\"\none\ntwo\n\"\"\"\nhtml = '''one\ntwo'''\nsubject = \"a\\nb\"\nheader = [\n'one',\n'two',\n]\n";
        for (part, line, expected) in [
            ("body", 1, 3),
            ("body", 2, 4),
            ("html", 1, 6),
            ("html", 2, 7),
            ("subject", 1, 8),
            ("subject", 2, 8),
            ("header.0", 1, 10),
            ("header.1", 1, 11),
        ] {
            assert_eq!(line_of(text, part, line), Some(expected), "{part} {line}");
        }
        assert_eq!(line_of(text, "parameters.0", 1), None);
    }
}
