//! Who really got a message: the delivery table in DynamoDB, and the reports that carriers and mailboxes send.
//!
//! In reading order: an [`Item`] is what the [`Table`] holds of a message; a [`Drain`] tells it what a campaign's outbox
//! holds. An [`event`] is what a message of the receipts queue says, and [`receipts`] takes it to the ledger.

mod account;
mod client;
mod days;
mod drain;
pub mod event;
mod item;
mod lookup;
mod reason;
pub mod receipts;
mod table;
mod write;

pub use account::{AccountId, InvalidAccountId};
pub use client::client;
pub use days::{InvalidTrackingDays, TrackingDays};
pub use drain::{Drain, Drained};
pub use item::{Item, UnreadableItem};
pub use lookup::{Lookup, LookupError};
pub use table::Table;
