use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Progress, StoreError, catalog};

/// Where a campaign stands, and how it came there: for those who watch it.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// Where it stands.
    pub progress: Progress,
    /// Messages sent by second: of the seconds that are over, at most the last 600, those in which any were.
    pub rate: Vec<SentInSecond>,
    /// What happened to it, newest first, at most the last 30 things.
    pub events: Vec<Event>,
}

/// What was sent within a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SentInSecond {
    /// The second, since the Unix epoch.
    pub second: i64,
    /// Messages that a provider accepted in it.
    pub sent: u64,
}

/// Something that happened to a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What, in words.
    #[schema(example = "paused")]
    pub what: String,
}

impl Event {
    /// The lines of a campaign's record, as `note_event` in `ledger.lua` writes them.
    pub(crate) fn parse_all(lines: &str) -> Result<Vec<Self>, StoreError> {
        lines.lines().map(Self::parse).collect()
    }

    fn parse(line: &str) -> Result<Self, StoreError> {
        let (at, what) =
            line.split_once(' ').ok_or_else(|| StoreError::corrupt("an event without a time"))?;
        Ok(Self { at: catalog::parse_time(at)?, what: what.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_lines_with_their_time() {
        let events = Event::parse_all("1700000000000000 paused: why not\n1600000000000000 started").unwrap();
        assert_eq!(events[0].at.as_second(), 1_700_000_000);
        assert_eq!(
            events.iter().map(|event| event.what.as_str()).collect::<Vec<_>>(),
            ["paused: why not", "started"]
        );
        assert!(Event::parse_all("").unwrap().is_empty());
        assert!(Event::parse_all("yesterday started").is_err());
    }
}
