//! The ledger, the bucket and the queue on a real Redis.

#![expect(clippy::unwrap_used, reason = "a test fails where something is not as it should be")]

mod account_quota;
mod again;
mod answers;
mod campaigns;
mod deliveries;
mod failures;
mod ledger;
mod outbox;
mod parked;
mod people;
mod phone_numbers;
mod properties;
mod queue;
mod receipts;
mod recount;
mod schedule;
mod server;
mod slots;
mod suppression;
mod taking;
mod templates;
