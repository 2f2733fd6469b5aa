//! Who really got a message: the delivery table in DynamoDB, and the reports that carriers and mailboxes send.

mod account;
mod client;
mod days;
pub mod event;
mod lookup;
mod reason;
pub mod receipts;
mod why;

pub use account::{AccountId, InvalidAccountId};
pub use client::client;
pub use days::{InvalidTrackingDays, TrackingDays};
pub use lookup::{Lookup, LookupError};
pub use why::why;
