//! Who really got a message: the delivery table in DynamoDB, and the reports that carriers and mailboxes send.
//!
//! `migration` brings the tables up, and `check` looks at them at a start; both speak through the `client`.

mod access;
mod call_error;
mod check;
mod client;
mod days;
mod migration;

pub use access::{NoAccess, access};
pub use call_error::CallError;
pub use check::{WrongTable, check_delivery_table, check_rate_limits_table};
pub use client::client;
pub use days::{InvalidTrackingDays, TrackingDays};
pub use migration::{
    InvalidTableName, Key, Migration, MigrationError, Misfit, Mode, Outcome, Place, Step, Table, TableName,
    Tables,
};
