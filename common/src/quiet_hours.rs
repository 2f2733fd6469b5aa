use std::{fmt, str::FromStr};

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use crate::Country;

/// A window of the day, by the recipient's own clock, in which nobody is sent to: from its start up to, and without, its
/// end; `21:00-08:00` goes over midnight. Whole minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct QuietHours {
    from: Time,
    to: Time,
}

/// The text is no window of the day.
#[derive(Debug, thiserror::Error)]
#[error("not quiet hours: {0:?} is not a start and an end that differ, written as 21:00-08:00")]
pub struct InvalidQuietHours(String);

impl FromStr for QuietHours {
    type Err = InvalidQuietHours;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidQuietHours(text.to_owned());
        let time = |text: &str| match text.trim().as_bytes() {
            [_, _, b':', _, _] => Time::strptime("%H:%M", text.trim()).map_err(|_| invalid()),
            _ => Err(invalid()),
        };
        let (from, to) = text.split_once('-').ok_or_else(invalid)?;
        let (from, to) = (time(from)?, time(to)?);
        // A day without an hour for anybody would keep a campaign for ever.
        if from == to { Err(invalid()) } else { Ok(Self { from, to }) }
    }
}

impl TryFrom<String> for QuietHours {
    type Error = InvalidQuietHours;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<QuietHours> for String {
    fn from(hours: QuietHours) -> Self {
        hours.to_string()
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from.strftime("%H:%M"), self.to.strftime("%H:%M"))
    }
}

/// By which clock a recipient's quiet hours are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LocalClock {
    /// The person's own time zone, by its IANA name, such as `Europe/Berlin`.
    Zone(Box<str>),
    /// The person's country: where that has several zones, it is quiet while it is quiet in one of them.
    Country(Country),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_are_two_times_that_differ() {
        for good in ["21:00-08:00", "12:30-14:00", "00:00-23:59"] {
            assert_eq!(good.parse::<QuietHours>().unwrap().to_string(), good);
        }
        for bad in ["", "21:00", "21-8", "9:00-10:00", "21:00-21:00", "24:00-08:00", "21:60-08:00"] {
            assert!(bad.parse::<QuietHours>().is_err(), "{bad}");
        }
    }
}
