//! The API over real HTTP with a real Redis, one of its own for each test.

#![expect(clippy::unwrap_used, reason = "a test fails where something is not as it should be")]

mod account;
mod again;
mod auth;
mod bad_input;
mod campaigns;
mod failures;
mod health;
mod idempotency;
mod lifecycle;
mod lists;
mod messages;
mod metrics;
mod openapi;
mod preflight;
mod progress;
mod recipients;
mod report;
mod send_campaign;
mod server;
mod suppressions;
mod table;
mod templates;
mod unread;
mod web;
