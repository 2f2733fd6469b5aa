use serde_json::value::RawValue;

use crate::{
    complaints::{Complaints, Fault},
    error::ApiError,
    json::{self, Fields},
};

/// Reads a body that is an object of one field; `known` says to a stranger which that is. Everything that is wrong with
/// it becomes one error.
pub(crate) fn read<'a, T>(
    body: &'a [u8],
    name: &'static [&'static str; 1],
    known: &str,
    parse: impl Fn(&RawValue) -> Result<T, String>,
    error: impl FnOnce(Complaints<'a>) -> ApiError,
) -> Result<T, ApiError> {
    let whole = json::parse(body)?;
    let mut complaints = Complaints::about(body);
    let [field] = *name;
    let value = match Fields::read(whole, name) {
        Ok(fields) => {
            for stranger in &fields.strangers {
                complaints.option(stranger.fault(known));
            }
            match fields.get(field) {
                Some(raw) => parse(raw).map_err(|detail| Fault::of(field, raw, detail)),
                None => Err(Fault::of(field, whole, format!("{field} is missing"))),
            }
        }
        Err(detail) => Err(Fault::of_whole(whole, format!("the body {detail}"))),
    };
    let value = value.map_err(|fault| complaints.option(fault)).ok();
    value.filter(|_| complaints.is_empty()).ok_or_else(|| error(complaints))
}
