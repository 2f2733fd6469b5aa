//! JSON read a field at a time, so that every fault in it can be told at once, each with its place in the body.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{
    complaints::{Fault, MAX_LISTED},
    error::ApiError,
    lines::newlines,
};

/// A body as one JSON value; an error where it is none, or cut off.
pub(crate) fn parse(body: &[u8]) -> Result<&RawValue, ApiError> {
    let text = std::str::from_utf8(body).map_err(|error| {
        let before = &body[..error.valid_up_to()];
        let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        ApiError::MalformedJson {
            what: "it is not UTF-8".to_owned(),
            line: newlines(before) + 1,
            column: before.len() - line_start + 1,
        }
    })?;
    serde_json::from_str(text).map_err(|error| ApiError::MalformedJson {
        what: words_of(&error),
        line: error.line(),
        column: error.column(),
    })
}

/// What serde_json says without where: its lines count from the start of one field.
pub(crate) fn words_of(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words.split(" at line ").next().unwrap_or_default().to_owned()
}

/// The kind of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Boolean,
    Number,
    Text,
    List,
    Object,
}

impl Kind {
    pub(crate) fn of(raw: &RawValue) -> Self {
        match raw.get().as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b't' | b'f') => Self::Boolean,
            Some(b'"') => Self::Text,
            Some(b'[') => Self::List,
            Some(b'{') => Self::Object,
            _ => Self::Number,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Boolean => "true or false",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::List => "a list",
            Self::Object => "an object",
        })
    }
}

/// A text, or why it is none.
pub(crate) fn text(raw: &RawValue) -> Result<String, String> {
    match Kind::of(raw) {
        Kind::Text => {
            serde_json::from_str(raw.get()).map_err(|error| format!("is no valid text: {}", words_of(&error)))
        }
        other => Err(format!("must be a text, not {other}")),
    }
}

/// The fields of an object by name, each as it stands in the body.
pub(crate) struct Fields<'a> {
    names: &'static [&'static str],
    values: Vec<Option<&'a RawValue>>,
    /// What has no business there; no more than can be listed.
    pub(crate) strangers: Vec<Stranger<'a>>,
}

pub(crate) struct Stranger<'a> {
    pub(crate) name: String,
    pub(crate) value: &'a RawValue,
    pub(crate) twice: bool,
}

impl<'a> Stranger<'a> {
    /// What is wrong with it, and where; `known` says which fields there are.
    pub(crate) fn fault(&self, known: &str) -> Fault<'a> {
        Fault::of(&self.name, self.value, self.words(known))
    }

    /// What is wrong with it; `known` says which fields there are.
    pub(crate) fn words(&self, known: &str) -> String {
        let name = &self.name;
        if self.twice {
            format!("field {name:?} is given twice")
        } else {
            format!("unknown field {name:?}: {known}")
        }
    }
}

impl<'a> Fields<'a> {
    /// Reads an object that may have the fields of these names; tells what else the value is.
    pub(crate) fn read(raw: &'a RawValue, names: &'static [&'static str]) -> Result<Self, String> {
        match Kind::of(raw) {
            Kind::Object => {
                let mut deserializer = serde_json::Deserializer::from_str(raw.get());
                FieldsOf(names).deserialize(&mut deserializer).map_err(|error| words_of(&error))
            }
            other => Err(format!("must be an object, not {other}")),
        }
    }

    /// With those of another object of the same fields in place of these, where it has them.
    pub(crate) fn under(mut self, over: Self) -> Self {
        self.strangers.extend(over.strangers);
        self.values = over.values.into_iter().zip(self.values).map(|(over, under)| over.or(under)).collect();
        self
    }

    /// The field of a name, if it is there.
    pub(crate) fn get(&self, name: &str) -> Option<&'a RawValue> {
        let place = self.names.iter().position(|known| *known == name)?;
        self.values[place]
    }

    /// The field of a name, if it is there and not null: many a serializer writes null for what is not there.
    pub(crate) fn get_some(&self, name: &str) -> Option<&'a RawValue> {
        self.get(name).filter(|raw| Kind::of(raw) != Kind::Null)
    }
}

struct FieldsOf(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for FieldsOf {
    type Value = Fields<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FieldsOf {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Fields { names: self.0, values: vec![None; self.0.len()], strangers: Vec::new() };
        while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
            let place = self.0.iter().position(|known| *known == name);
            match place.map(|place| &mut fields.values[place]) {
                Some(slot @ None) => *slot = Some(value),
                known if fields.strangers.len() < MAX_LISTED => {
                    fields.strangers.push(Stranger {
                        name: name.into_owned(),
                        value,
                        twice: known.is_some(),
                    });
                }
                _ => {}
            }
        }
        Ok(fields)
    }
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Calls `visit` with each entry of an object; the value was read before, so it is one.
pub(crate) fn each_entry<'a>(
    raw: &'a RawValue,
    visit: impl FnMut(String, &'a RawValue),
) -> Result<(), String> {
    struct Entries<F>(F);
    impl<'de, F: FnMut(String, &'de RawValue)> Visitor<'de> for Entries<F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
            while let Some((name, value)) = map.next_entry()? {
                (self.0)(name, value);
            }
            Ok(())
        }
    }
    let mut deserializer = serde_json::Deserializer::from_str(raw.get());
    deserializer.deserialize_map(Entries(visit)).map_err(|error| words_of(&error))
}

/// Calls `visit` with each element of a list, without holding them all.
pub(crate) fn each_element<'a>(raw: &'a RawValue, visit: impl FnMut(&'a RawValue)) -> Result<(), String> {
    struct Elements<F>(F);
    impl<'de, F: FnMut(&'de RawValue)> Visitor<'de> for Elements<F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
            while let Some(value) = list.next_element()? {
                (self.0)(value);
            }
            Ok(())
        }
    }
    let mut deserializer = serde_json::Deserializer::from_str(raw.get());
    deserializer.deserialize_seq(Elements(visit)).map_err(|error| words_of(&error))
}
