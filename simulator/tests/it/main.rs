//! The simulator as its clients meet it: the AWS SDKs, and plain HTTP.

mod accepted;
mod control;
#[expect(clippy::unwrap_used, reason = "only tests call its helpers")]
mod dynamodb;
mod faults;
mod invalid;
mod looks;
mod quotas;
#[expect(clippy::unwrap_used, reason = "only tests call its helpers")]
mod receipts;
#[expect(clippy::unwrap_used, reason = "only tests call its helpers")]
mod sqs;
#[expect(clippy::unwrap_used, reason = "only tests call it")]
mod stand;
