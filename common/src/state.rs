use std::{fmt, str::FromStr};

use crate::Channel;

/// What happened to one recipient. Every recipient is in exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum State {
    /// Waits for its slot.
    Pending = 0,
    /// Claimed by a worker: the request is about to leave, or has left.
    Sending = 1,
    /// A provider accepted it.
    Sent = 2,
    /// A provider refused it for good, or could not be reached in all tries.
    Failed = 3,
    /// May or may not have gone out.
    InDoubt = 4,
    /// Left out for good: suppressed, or a duplicate address.
    Skipped = 5,
    /// Was pending when the campaign was cancelled.
    Cancelled = 6,
    /// Sent, and the carrier or mailbox reported it delivered.
    Delivered = 7,
    /// Sent, and the carrier or mailbox reported that it did not arrive.
    Undelivered = 8,
    /// Delivered, and the person opened it.
    Read = 9,
}

impl State {
    /// Every state, in the order of its number.
    pub const ALL: [Self; 10] = [
        Self::Pending,
        Self::Sending,
        Self::Sent,
        Self::Failed,
        Self::InDoubt,
        Self::Skipped,
        Self::Cancelled,
        Self::Delivered,
        Self::Undelivered,
        Self::Read,
    ];

    /// The name used in the API, in tracking and in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::InDoubt => "in_doubt",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Read => "read",
        }
    }
}

/// One byte of the ledger: a recipient's channel and state. The scripts rely on this packing, `0x40 + 16 × channel +
/// state`: the state is the low nibble, so that a script can move a recipient without knowing its channel, and every
/// byte is a printable character, so that a ledger can be read with `GETRANGE`. It is also the name of its counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LedgerByte {
    /// The recipient's channel.
    pub channel: Channel,
    /// The recipient's state.
    pub state: State,
}

impl LedgerByte {
    /// The byte as it stands in Redis.
    #[must_use]
    pub const fn encode(self) -> u8 {
        let channel = match self.channel {
            Channel::Sms => 0,
            Channel::Whatsapp => 1,
            Channel::Email => 2,
        };
        0x40 + 16 * channel + self.state as u8
    }

    /// Reads a byte of a ledger.
    ///
    /// # Errors
    /// When no recipient can stand like that: something else wrote into the ledger.
    pub fn decode(byte: u8) -> Result<Self, InvalidLedgerByte> {
        let invalid = InvalidLedgerByte(byte);
        let channel = match byte >> 4 {
            4 => Channel::Sms,
            5 => Channel::Whatsapp,
            6 => Channel::Email,
            _ => return Err(invalid),
        };
        let state = *State::ALL.get(usize::from(byte & 0x0f)).ok_or(invalid)?;
        Ok(Self { channel, state })
    }
}

/// The byte stands for no recipient.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the ledger holds byte {0:#04x}, which is no state of a recipient")]
pub struct InvalidLedgerByte(u8);

/// The text names no state.
#[derive(Debug, thiserror::Error)]
#[error(
    "unknown state {0:?}: choose one of pending, sending, sent, failed, in_doubt, skipped, cancelled, delivered, undelivered, read"
)]
pub struct UnknownState(String);

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| UnknownState(text.to_owned()))
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_and_state_survives_the_byte() {
        for channel in Channel::ALL {
            for state in State::ALL {
                let byte = LedgerByte { channel, state };
                assert_eq!(LedgerByte::decode(byte.encode()).unwrap(), byte);
                assert!(byte.encode().is_ascii_graphic());
            }
        }
        for stranger in [0, b'0', 0x4a, 0x3f, 0x70, 0xff] {
            assert!(LedgerByte::decode(stranger).is_err(), "{stranger:#x}");
        }
    }
}
