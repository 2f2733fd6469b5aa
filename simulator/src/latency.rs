use std::{fmt, str::FromStr, time::Duration};

use rand::{Rng, RngExt};
use rand_distr::{Distribution, LogNormal};
use serde::{Deserialize, Serialize};

/// How long a service takes to answer what it accepted.
///
/// As text, and in JSON, in milliseconds: `fixed:50`, `uniform:20-80`, or `lognormal:50-200` by the median and the
/// 99th percentile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Latency {
    /// Always the same.
    Fixed(Duration),
    /// Anything between the two, equally likely.
    Uniform {
        /// The shortest.
        min: Duration,
        /// The longest.
        max: Duration,
    },
    /// Mostly near the median, with a long tail, as services on a network are.
    LogNormal {
        /// Half of the answers are quicker.
        p50: Duration,
        /// One answer in a hundred is slower.
        p99: Duration,
    },
}

/// The text is no latency.
#[derive(Debug, thiserror::Error)]
#[error(
    "not a latency: {0:?}; write fixed:50, uniform:20-80 (shortest-longest) or lognormal:50-200 (median-99th percentile), in milliseconds up to 3600000"
)]
pub struct InvalidLatency(String);

/// The standard normal distribution's 99th percentile.
const Z_99: f64 = 2.326_347_874_040_841;
const LONGEST_MS: f64 = 3_600_000.0;

impl Latency {
    /// Draws the time for one answer.
    pub(crate) fn draw(self, random: &mut impl Rng) -> Duration {
        match self {
            Self::Fixed(duration) => duration,
            Self::Uniform { min, max } => random.random_range(min..=max),
            Self::LogNormal { p50, p99 } => {
                let (p50, p99) = (p50.as_secs_f64(), p99.as_secs_f64());
                // Parsing made sure that 0 < p50 <= p99, which is all that the distribution asks for.
                let seconds = LogNormal::new(p50.ln(), (p99 / p50).ln() / Z_99)
                    .map_or(p50, |distribution| distribution.sample(random));
                Duration::from_secs_f64(seconds.min(LONGEST_MS / 1e3))
            }
        }
    }
}

impl Default for Latency {
    fn default() -> Self {
        Self::Fixed(Duration::ZERO)
    }
}

fn millis(text: &str) -> Option<Duration> {
    let millis: f64 = text.trim().parse().ok()?;
    (0.0..=LONGEST_MS).contains(&millis).then(|| Duration::from_secs_f64(millis / 1e3))
}

fn parse(text: &str) -> Option<Latency> {
    let (kind, times) = text.split_once(':')?;
    if kind == "fixed" {
        return millis(times).map(Latency::Fixed);
    }
    let (low, high) = times.split_once('-')?;
    let (low, high) = (millis(low)?, millis(high)?);
    match kind {
        "uniform" if low <= high => Some(Latency::Uniform { min: low, max: high }),
        "lognormal" if !low.is_zero() && low <= high => Some(Latency::LogNormal { p50: low, p99: high }),
        _ => None,
    }
}

impl FromStr for Latency {
    type Err = InvalidLatency;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| InvalidLatency(text.to_owned()))
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |duration: Duration| duration.as_nanos() as f64 / 1e6;
        match self {
            Self::Fixed(duration) => write!(f, "fixed:{}", ms(*duration)),
            Self::Uniform { min, max } => write!(f, "uniform:{}-{}", ms(*min), ms(*max)),
            Self::LogNormal { p50, p99 } => write!(f, "lognormal:{}-{}", ms(*p50), ms(*p99)),
        }
    }
}

impl TryFrom<String> for Latency {
    type Error = InvalidLatency;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Latency> for String {
    fn from(latency: Latency) -> Self {
        latency.to_string()
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for text in ["fixed:0", "fixed:50", "uniform:20-80", "lognormal:50-200", "fixed:0.25"] {
            assert_eq!(text.parse::<Latency>().unwrap().to_string(), text);
        }
        for text in
            ["", "50", "fixed:", "fixed:-1", "uniform:80-20", "lognormal:0-10", "lognormal:50-20", "x:1"]
        {
            assert!(text.parse::<Latency>().is_err(), "{text}");
        }
    }

    #[test]
    fn lognormal_has_the_percentiles_it_was_given() {
        let latency: Latency = "lognormal:50-200".parse().unwrap();
        let mut random = StdRng::seed_from_u64(1);
        let mut drawn: Vec<_> = (0..100_000).map(|_| latency.draw(&mut random)).collect();
        drawn.sort_unstable();
        let near = |drawn: Duration, ms: f64| (drawn.as_secs_f64() * 1e3 / ms - 1.0).abs() < 0.05;
        assert!(near(drawn[50_000], 50.0), "{:?}", drawn[50_000]);
        assert!(near(drawn[99_000], 200.0), "{:?}", drawn[99_000]);
    }

    #[test]
    fn uniform_stays_within_its_bounds() {
        let latency: Latency = "uniform:20-80".parse().unwrap();
        let mut random = StdRng::seed_from_u64(1);
        let bounds = Duration::from_millis(20)..=Duration::from_millis(80);
        assert!((0..10_000).all(|_| bounds.contains(&latency.draw(&mut random))));
    }
}
