//! The variables of a template, as they stand in a body.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::{
    complaints::{Fault, MAX_LISTED},
    json::{self, Kind},
};

/// Reads an object of texts, numbers and booleans, or tells everything that is wrong with it.
pub(crate) fn read(raw: &RawValue) -> Result<BTreeMap<String, String>, Vec<Fault<'_>>> {
    if Kind::of(raw) != Kind::Object {
        return Err(vec![whole(raw, format!("must be an object, not {}", Kind::of(raw)))]);
    }
    let (mut variables, mut wrong) = (BTreeMap::new(), Vec::new());
    let read = json::each_entry(raw, |name, value| {
        let why = match variable(value) {
            Ok(_) if variables.contains_key(&name) => "is given twice".to_owned(),
            Ok(text) => return drop(variables.insert(name, text)),
            Err(why) => why,
        };
        if wrong.len() < MAX_LISTED {
            wrong.push(fault(&name, value, why));
        }
    });
    match read {
        Err(why) => Err(vec![whole(raw, why)]),
        Ok(()) if wrong.is_empty() => Ok(variables),
        Ok(()) => Err(wrong),
    }
}

/// What is wrong with one variable.
pub(crate) fn fault<'a>(name: &str, at: &'a RawValue, why: impl std::fmt::Display) -> Fault<'a> {
    let path = vec!["variables".to_owned(), name.to_owned()];
    Fault { path, at, detail: format!("variable {name:?} {why}") }
}

fn whole(raw: &RawValue, why: impl std::fmt::Display) -> Fault<'_> {
    Fault::of("variables", raw, format!("variables {why}"))
}

/// A variable as it is put into a text. A number stays as it was written: 12.50 is a price.
fn variable(raw: &RawValue) -> Result<String, String> {
    match Kind::of(raw) {
        Kind::Text => json::text(raw),
        Kind::Number | Kind::Boolean => Ok(raw.get().to_owned()),
        other => Err(format!("must be a text, a number or a boolean, not {other}")),
    }
}
