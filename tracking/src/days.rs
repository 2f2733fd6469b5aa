use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

/// How long an item of the delivery table is kept: 1 to 3,650 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrackingDays(u16);

/// The text is no number of days that items can be kept.
#[derive(Debug, thiserror::Error)]
#[error("must be a whole number of days from 1 to 3650, not {0:?}")]
pub struct InvalidTrackingDays(String);

impl TrackingDays {
    /// When an item that is written now expires.
    #[must_use]
    pub fn after(self, now: Timestamp) -> Timestamp {
        let kept = SignedDuration::from_hours(i64::from(self.0) * 24);
        now.checked_add(kept).unwrap_or(Timestamp::MAX)
    }
}

impl Default for TrackingDays {
    fn default() -> Self {
        Self(90)
    }
}

impl FromStr for TrackingDays {
    type Err = InvalidTrackingDays;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(days @ 1..=3650) => Ok(Self(days)),
            _ => Err(InvalidTrackingDays(text.to_owned())),
        }
    }
}
