//! Who really got a message: the delivery table in DynamoDB, and the reports that carriers and mailboxes send.
//!
//! In reading order: `migration` brings the tables up, and `check` looks at them at a start. An [`Item`] is what the
//! [`DeliveryTable`] holds of a message, and `read` looks it up; a [`Drain`] tells the table what a campaign's outbox
//! holds. An [`event`] is what a message of the receipts queue says, and [`receipts`] takes it to the ledger.

mod access;
mod account;
mod call_error;
mod check;
mod client;
mod days;
mod delivery_table;
mod drain;
pub mod event;
mod item;
mod lookup;
mod migration;
mod read;
mod reason;
pub mod receipts;
mod why;
mod write;

pub use access::{NoAccess, access};
pub use account::{AccountId, InvalidAccountId};
pub use call_error::CallError;
pub use check::{WrongTable, check_delivery_table, check_rate_limits_table};
pub use client::client;
pub use days::{InvalidTrackingDays, TrackingDays};
pub use delivery_table::DeliveryTable;
pub use drain::{Drain, Drained};
pub use item::{Item, UnreadableItem};
pub use lookup::LookupError;
pub use migration::{
    InvalidTableName, Key, Migration, MigrationError, Misfit, Mode, Outcome, Place, Shape, Step, Table,
    TableName, Tables,
};
pub use why::why;
