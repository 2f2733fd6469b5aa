use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A campaign's rate in messages per second, all channels together: from 0.01 to 10,000.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Tps(f64);

impl Tps {
    /// One message in 100 seconds.
    pub const MIN: f64 = 0.01;
    /// The most that a campaign may ask for.
    pub const MAX: f64 = 10_000.0;
    /// What a campaign gets that names no rate.
    pub const DEFAULT: Self = Self(10.0);

    /// Messages per second.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

/// The number is no rate that a campaign may have.
#[derive(Debug, thiserror::Error)]
#[error("tps must be a number from 0.01 to 10000 messages per second, not {0}")]
pub struct InvalidTps(String);

impl TryFrom<f64> for Tps {
    type Error = InvalidTps;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        // NaN is in no range, so it fails here too.
        if (Self::MIN..=Self::MAX).contains(&value) {
            Ok(Self(value))
        } else {
            Err(InvalidTps(value.to_string()))
        }
    }
}

impl FromStr for Tps {
    type Err = InvalidTps;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<f64>().map_err(|_| InvalidTps(format!("{text:?}")))?.try_into()
    }
}

impl From<Tps> for f64 {
    fn from(tps: Tps) -> Self {
        tps.0
    }
}

impl fmt::Display for Tps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_between_the_bounds_are_rates() {
        for good in ["0.01", "0.5", "10", "10000"] {
            assert_eq!(good.parse::<Tps>().unwrap().to_string(), good);
        }
        for bad in ["0", "-1", "NaN", "inf", "ten", "", "10000.1", "0.001"] {
            let error = bad.parse::<Tps>().unwrap_err().to_string();
            assert!(error.starts_with("tps must be a number from 0.01 to 10000"), "{error}");
        }
    }
}
