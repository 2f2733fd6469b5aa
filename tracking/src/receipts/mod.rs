//! Takes the messages of the receipts queue, whoever reads them from it: tells what they say to the ledger, and says what
//! is to become of each.
//!
//! In reading order: the [`Receiver`] has a `batch` of messages read, suppresses whom they name, finds the `recipients` of
//! those that name none, and has each campaign take its own.

mod batch;
mod receiver;
mod recipients;
mod trouble;

use std::time::Duration;

use crate::AccountId;

pub use receiver::{Receiver, Reception};
pub use trouble::Trouble;

/// A message of the queue.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// What it says.
    pub body: &'a str,
    /// How often the queue gave it out, this time included.
    pub times: u32,
    /// Whose queue it is, where that is known: events of other accounts are dropped.
    pub account: Option<&'a AccountId>,
}

/// What is to become of a message of the queue. What is greater wins, where a message says several things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Everything it says is done: delete it.
    Done,
    /// Too early, or something is away: give it out again after that.
    Later(Duration),
    /// Nobody here can decide it: leave it. The queue gives up on it after a while, and keeps it for people.
    Poison,
}
