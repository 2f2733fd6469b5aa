use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::clock::Arrival;

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

/// The token bucket of a quota, full at first.
#[derive(Debug)]
pub(crate) struct Bucket {
    quota: Quota,
    /// In units of [`TOKEN`].
    level: u128,
    /// Nanoseconds of the clock up to which the level counts refills; none before the first call.
    filled_at: Option<u128>,
}

/// One token: nanoseconds times millionths a second, the product that a refill is.
const TOKEN: u128 = 1_000_000_000 * 1_000_000;

impl Bucket {
    pub(crate) const fn new(quota: Quota) -> Self {
        Self { quota, level: quota.burst as u128 * TOKEN, filled_at: None }
    }

    /// Whether a call that arrived then finds a token.
    pub(crate) fn has_token(&mut self, arrival: Arrival) -> bool {
        let now = arrival.nanos();
        // A call may be charged after one that arrived a moment later: nothing has been refilled in between.
        let elapsed = self.filled_at.map_or(0, |filled_at| now.saturating_sub(filled_at));
        self.level = self.capped(self.level + elapsed * u128::from(self.quota.micro_rate));
        self.filled_at = self.filled_at.max(Some(now));
        self.level >= TOKEN
    }

    /// Takes a token that [`Self::has_token`] found.
    pub(crate) fn take(&mut self) {
        self.level = self.level.saturating_sub(TOKEN);
    }

    /// Puts a token back that turned out not to be due.
    pub(crate) fn give_back(&mut self) {
        self.level = self.capped(self.level + TOKEN);
    }

    fn capped(&self, level: u128) -> u128 {
        level.min(u128::from(self.quota.burst) * TOKEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn bucket(quota: &str) -> Bucket {
        Bucket::new(quota.parse().unwrap())
    }

    fn call(bucket: &mut Bucket, nanos: u64) -> bool {
        let passes = bucket.has_token(Arrival::at_nanos(nanos));
        if passes {
            bucket.take();
        }
        passes
    }

    #[test]
    fn holds_burst_and_no_more() {
        let mut bucket = bucket("10/2");
        assert!(call(&mut bucket, 5));
        assert!(call(&mut bucket, 5));
        assert!(!call(&mut bucket, 5));
    }

    #[test]
    fn refills_to_the_nanosecond() {
        let mut bucket = bucket("10/1");
        assert!(call(&mut bucket, 0));
        assert!(!call(&mut bucket, SECOND / 10 - 1));
        assert!(call(&mut bucket, SECOND / 10));
    }

    #[test]
    fn gains_nothing_beyond_its_burst_however_long_it_rests() {
        let mut bucket = bucket("10/2");
        assert!(call(&mut bucket, 0));
        let later = 3600 * SECOND;
        assert!(call(&mut bucket, later));
        assert!(call(&mut bucket, later));
        assert!(!call(&mut bucket, later));
    }

    #[test]
    fn lets_exactly_rate_times_seconds_through_a_flood() {
        let mut bucket = bucket("7/2");
        // 1,000 calls a second for 1,000 s: 7 a second pass, and the two that the bucket held at first.
        let passed = (0..=1_000_000).filter(|ms| call(&mut bucket, ms * 1_000_000)).count();
        assert_eq!(passed, 7_002);
    }

    #[test]
    fn a_call_charged_late_refills_nothing_twice() {
        let mut bucket = bucket("10/1");
        assert!(call(&mut bucket, SECOND));
        assert!(!call(&mut bucket, SECOND / 2));
        assert!(!call(&mut bucket, SECOND + SECOND / 10 - 1));
        assert!(call(&mut bucket, SECOND + SECOND / 10));
    }

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
