use drumbeat_common::{Arrival, Channel, Harm, RecipientRef, suppression::NewSuppression};
use jiff::Timestamp;

use super::Kind;

/// What one event says of one message.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What it is counted as.
    pub kind: Kind,
    /// Whom the message was for, where the event carries what was sent along.
    pub recipient: Option<RecipientRef>,
    /// Which message.
    pub message: MessageName,
    /// By which channel it went.
    pub channel: Channel,
    /// How far it came.
    pub arrival: Arrival,
    /// What is held against the sender.
    pub harm: Option<Harm>,
    /// Who must not be sent to any more.
    pub suppress: Option<NewSuppression>,
    /// The provider's word for it.
    pub code: String,
    /// When that was, by the provider's clock.
    pub at: Timestamp,
}

/// What an event calls a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageName {
    /// As AWS did when it took the message; the delivery table knows it by that.
    Aws(String),
    /// As Meta does. Who sent it was never told.
    Meta(String),
}

impl MessageName {
    /// The longest name that any of them has, with room to spare.
    const MOST: usize = 256;

    pub(super) fn aws(id: String) -> Result<Self, Dropped> {
        Self::bounded(id).map(Self::Aws)
    }

    pub(super) fn meta(id: String) -> Result<Self, Dropped> {
        Self::bounded(id).map(Self::Meta)
    }

    fn bounded(id: String) -> Result<String, Dropped> {
        if (1..=Self::MOST).contains(&id.len()) { Ok(id) } else { Err(Dropped::Malformed) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Aws(id) | Self::Meta(id) => id,
        }
    }
}

/// Why something is no report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dropped {
    /// It is not JSON, or not in the form of its kind.
    Malformed,
    /// It comes from another AWS account than the queue.
    WrongAccount,
    /// Nobody here knows what it says.
    Unknown(Kind),
    /// It tells nothing about any message of ours.
    Beside(Kind),
}
