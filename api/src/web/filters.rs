//! How values are written in pages.

use std::borrow::Borrow;

use askama::{Result, Values, filter_fn};
use drumbeat_common::{Channel, State, Status};
use jiff::Timestamp;

use super::words;
use crate::{Cost, number};

/// `1,234,567`
#[filter_fn]
pub(super) fn grouped(number: impl Borrow<u64>, _: &dyn Values) -> Result<String> {
    Ok(number::grouped(*number.borrow()))
}

/// `26 Nov 2026, 14:32 UTC`: until a script writes it in the viewer's zone.
#[filter_fn]
pub(super) fn utc(time: impl Borrow<Timestamp>, _: &dyn Values) -> Result<String> {
    Ok(time.borrow().strftime("%-d %b %Y, %H:%M UTC").to_string())
}

/// For machines: to the second.
#[filter_fn]
pub(super) fn iso(time: impl Borrow<Timestamp>, _: &dyn Values) -> Result<String> {
    Ok(format!("{:.0}", time.borrow()))
}

/// `12.5`, and `12` where there is nothing behind the point.
#[filter_fn]
pub(super) fn rate(rate: impl Borrow<f64>, _: &dyn Values) -> Result<String> {
    Ok(words::rate(*rate.borrow()))
}

/// `3 h 20 min`
#[filter_fn]
pub(super) fn duration(seconds: impl Borrow<u64>, _: &dyn Values) -> Result<String> {
    Ok(words::duration(*seconds.borrow()))
}

/// `12.50 USD`
#[filter_fn]
pub(super) fn money(cost: &Cost, _: &dyn Values) -> Result<String> {
    Ok(words::money(cost))
}

/// A channel by its name for people.
#[filter_fn]
pub(super) fn channel(channel: impl Borrow<Channel>, _: &dyn Values) -> Result<&'static str> {
    Ok(words::channel(*channel.borrow()))
}

/// A status by its name for people.
#[filter_fn]
pub(super) fn status(status: impl Borrow<Status>, _: &dyn Values) -> Result<&'static str> {
    Ok(words::status(*status.borrow()))
}

/// A state by its name for people.
#[filter_fn]
pub(super) fn state(state: impl Borrow<State>, _: &dyn Values) -> Result<&'static str> {
    Ok(words::state(*state.borrow()))
}
