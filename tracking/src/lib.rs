//! Who really got a message: the delivery table in DynamoDB, and the reports that carriers and mailboxes send.

mod client;
mod days;

pub use client::client;
pub use days::{InvalidTrackingDays, TrackingDays};
