//! Drumbeat as its users have it: real Redis, real processes, real HTTP. Each test has a stack of its own.

#![expect(clippy::unwrap_used, reason = "a test fails where something is not as it should be")]

mod account_quota;
mod again;
mod answers;
mod arrivals;
mod beat;
mod compose;
mod control;
mod counts;
mod delivery;
mod house;
mod idle;
mod lists;
mod people;
mod quiet;
mod quota_table;
mod schedule;
mod start;
mod suppressed;
