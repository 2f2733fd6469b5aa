//! The function as Lambda runs it, on a real Redis.

#![expect(clippy::unwrap_used, reason = "a test fails where something is not as it should be")]

mod lambda;
#[path = "../../../common/tests/it/server.rs"]
#[expect(dead_code, reason = "it is made for the tests of all that Redis holds")]
mod server;
mod taking;
