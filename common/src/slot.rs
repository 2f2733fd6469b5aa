//! The beat: moments at which one message may be sent, reserved from the campaign's token bucket.

use std::time::Duration;

use jiff::Timestamp;

use crate::StoreError;

/// Slots lie so many times further apart than the rate says, as `beat.lua` has it.
pub const STRETCH: f64 = 1.002;

/// A moment by Redis's clock, in microseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SlotTime(u64);

impl SlotTime {
    /// The moment so many microseconds after the Unix epoch.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// The moment as microseconds since the Unix epoch.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The moment as calendars know it; the last one of all where it lies beyond them.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        let micros = i64::try_from(self.0).unwrap_or(i64::MAX);
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }

    pub(crate) fn parse(microseconds: &str) -> Result<Self, StoreError> {
        microseconds.parse().map(Self).map_err(StoreError::corrupt)
    }
}

impl From<Timestamp> for SlotTime {
    /// What lies before the Unix epoch has passed as much as the epoch itself.
    fn from(timestamp: Timestamp) -> Self {
        Self(u64::try_from(timestamp.as_microsecond()).unwrap_or_default())
    }
}

/// Slots in a row, reserved for the caller alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lease {
    /// The first slot.
    pub first: SlotTime,
    /// The time between two slots.
    pub interval: Duration,
    /// How many there are.
    pub slots: usize,
    /// Whether the provider throttled within the last minute: it takes no two messages for one.
    pub is_strict: bool,
    /// For how long after the first slot messages of another worker may still leave.
    pub overlap: Duration,
}

impl Lease {
    /// The slots, in order.
    pub fn iter(&self) -> impl Iterator<Item = SlotTime> + use<> {
        let Self { first, interval, slots, .. } = *self;
        (0..slots).map(move |i| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "microseconds of seconds"
            )]
            let offset = (interval.as_secs_f64() * 1e6 * i as f64) as u64;
            SlotTime(first.0 + offset)
        })
    }
}

/// The time between two slots, from microseconds.
pub(crate) fn parse_interval(microseconds: &str) -> Result<Duration, StoreError> {
    let seconds = microseconds.parse::<f64>().map_err(StoreError::corrupt)? / 1e6;
    Duration::try_from_secs_f64(seconds).map_err(StoreError::corrupt)
}
