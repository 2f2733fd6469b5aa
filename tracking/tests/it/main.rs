//! Receipts on a real Redis, beside a table that answers as told.

#![expect(clippy::unwrap_used, reason = "a test fails where something is not as it should be")]

mod receipts;
#[path = "../../../common/tests/it/server.rs"]
#[expect(dead_code, reason = "it is made for the tests of all that Redis holds")]
mod server;
mod table;
