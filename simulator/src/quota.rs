use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// How many calls a service takes: a token bucket that holds `burst` tokens and gains `rate` of them a second.
///
/// As text, and in JSON, `RATE/BURST`, such as `50/2`; `RATE` alone has a burst of one second's worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Quota {
    /// Millionths of a token a second: whole numbers, so that no refill is ever rounded.
    micro_rate: u64,
    burst: u32,
}

/// The text is no quota.
#[derive(Debug, thiserror::Error)]
#[error(
    "not a quota: {0:?}; write RATE or RATE/BURST, such as 50/2: messages a second, 0.000001 to 1000000, and a burst of at least 1"
)]
pub struct InvalidQuota(String);

const MICRO: f64 = 1e6;

impl Quota {
    /// Messages a second.
    #[must_use]
    pub fn rate(self) -> f64 {
        self.micro_rate as f64 / MICRO
    }

    /// Millionths of a message a second.
    pub(crate) const fn micro_rate(self) -> u64 {
        self.micro_rate
    }

    /// The most messages that pass at one moment.
    #[must_use]
    pub const fn burst(self) -> u32 {
        self.burst
    }
}

impl FromStr for Quota {
    type Err = InvalidQuota;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidQuota(text.to_owned());
        let (rate, burst) = match text.split_once('/') {
            Some((rate, burst)) => (rate, Some(burst)),
            None => (text, None),
        };
        let rate: f64 = rate.trim().parse().map_err(|_| invalid())?;
        if !(1.0 / MICRO..=MICRO).contains(&rate) {
            return Err(invalid());
        }
        let burst = match burst {
            Some(burst) => burst.trim().parse().map_err(|_| invalid())?,
            None => rate.ceil() as u32,
        };
        if burst == 0 {
            return Err(invalid());
        }
        Ok(Self { micro_rate: (rate * MICRO).round() as u64, burst })
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.rate(), self.burst)
    }
}

impl TryFrom<String> for Quota {
    type Error = InvalidQuota;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Quota> for String {
    fn from(quota: Quota) -> Self {
        quota.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for text in ["50/2", "0.5/1", "14/14"] {
            assert_eq!(text.parse::<Quota>().unwrap().to_string(), text);
        }
        assert_eq!("12.5".parse::<Quota>().unwrap().burst(), 13);
        for text in ["", "0", "-1", "nan", "inf", "1/0", "1/x", "2000000"] {
            assert!(text.parse::<Quota>().is_err(), "{text}");
        }
    }
}
