use serde_json::{Map, Value};

use super::options::IntakeOptions;
use crate::{
    complaints::Complaints,
    error::ApiError,
    json::{self, Fields},
};

/// Fields whose value is no text in JSON.
const NUMBERS: [&str; 2] = ["tps", "max_rejected"];
const BOOLEANS: [&str; 1] = ["dry_run"];

/// Options that come beside a list: as query parameters, or as fields of a form. They mean what they mean in JSON.
pub(super) type Parameters = Vec<(String, String)>;

/// Reads options, or tells everything that is wrong with them.
pub(super) fn read(parameters: Parameters) -> Result<IntakeOptions, ApiError> {
    let object = object(parameters)?;
    let whole = json::parse(object.as_bytes())?;
    let mut complaints = Complaints::about(object.as_bytes());
    let fields = Fields::read(whole, IntakeOptions::FIELDS).map_err(ApiError::Parameters)?;
    for stranger in &fields.strangers {
        complaints.option(stranger.fault(IntakeOptions::KNOWN));
    }
    match IntakeOptions::read(whole, &fields, &mut complaints) {
        Some(options) if complaints.is_empty() => Ok(options),
        _ => Err(complaints.into_campaign_error()),
    }
}

/// Options as an object in JSON.
pub(super) fn object(parameters: Parameters) -> Result<String, ApiError> {
    let mut object = Map::new();
    let mut twice = None;
    for (name, text) in parameters {
        let value = value(&name, text);
        if object.insert(name.clone(), value).is_some() {
            twice = Some(name);
        }
    }
    if let Some(name) = twice {
        return Err(ApiError::Parameters(format!("parameter {name:?} is given twice")));
    }
    Ok(Value::Object(object).to_string())
}

fn value(name: &str, text: String) -> Value {
    if NUMBERS.contains(&name)
        && let Ok(number) = text.parse::<serde_json::Number>()
    {
        return Value::Number(number);
    }
    match text.as_str() {
        "true" if BOOLEANS.contains(&name) => Value::Bool(true),
        "false" if BOOLEANS.contains(&name) => Value::Bool(false),
        _ => Value::String(text),
    }
}
