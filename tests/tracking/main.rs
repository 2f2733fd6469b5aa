//! The tables and the receipts, against DynamoDB and SQS as the simulator plays them; `make test-moto` has moto play
//! them. Each test has a stand-in of its own.

#![expect(clippy::unwrap_used, reason = "a test fails where something is not as it should be")]

mod counter;
mod courier;
#[expect(dead_code, reason = "these tests need less of it than others")]
#[path = "../it/house.rs"]
mod house;
mod migrate;
mod outage;
mod poison;
mod receipts;
mod scene;
mod stand_in;
mod start;
