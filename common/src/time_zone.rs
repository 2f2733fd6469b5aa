//! Interim.
/// Interim.
#[derive(Debug, thiserror::Error)]
#[error("there is no time zone {0:?}")]
pub struct UnknownTimeZone(String);
/// Interim.
pub fn check(name: &str) -> Result<(), UnknownTimeZone> {
    jiff::tz::TimeZone::get(name).map(|_| ()).map_err(|_| UnknownTimeZone(name.to_owned()))
}
