//! What carriers and mailboxes report, as AWS puts it into the queue: one file for each kind of event, and the `envelope`
//! that tells them apart.

mod email;
mod envelope;
mod kind;
mod report;
mod sms;
#[cfg(test)]
mod tests;
mod whatsapp;

pub use envelope::read;
pub use kind::Kind;
pub use report::{Dropped, MessageName, Report};
