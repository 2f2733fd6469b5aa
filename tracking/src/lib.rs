//! Who really got a message: the delivery table in DynamoDB, and the reports that carriers and mailboxes send.
//!
//! In reading order: an [`Item`] is what the [`Table`] holds of a message; a `drain` writes what a campaign's outbox
//! holds by `write`.

mod client;
mod days;
mod drain;
mod item;
mod table;
mod write;

pub use client::client;
pub use days::{InvalidTrackingDays, TrackingDays};
pub use drain::{Drain, Drained};
pub use item::{Item, UnreadableItem};
pub use table::Table;
