use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The simulator's own clock: it reads the wall clock once, at the start, and counts monotonic time from there. So
/// times of different messages can be subtracted whatever is done to the machine's clock.
#[derive(Debug)]
pub(crate) struct Clock {
    base: Instant,
    base_unix: Duration,
}

/// The moment at which a request arrived, since the start of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrival(Duration);

impl Clock {
    pub(crate) fn start() -> Self {
        let base_unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { base: Instant::now(), base_unix }
    }

    pub(crate) fn arrival(&self, at: Instant) -> Arrival {
        Arrival(at.saturating_duration_since(self.base))
    }

    /// The arrival in Unix microseconds.
    pub(crate) fn unix_micros(&self, arrival: Arrival) -> u64 {
        u64::try_from((self.base_unix + arrival.0).as_micros()).unwrap_or(u64::MAX)
    }
}

impl Arrival {
    /// Nanoseconds since the start of the clock.
    pub(crate) const fn nanos(self) -> u128 {
        self.0.as_nanos()
    }

    #[cfg(test)]
    pub(crate) const fn at_nanos(nanos: u64) -> Self {
        Self(Duration::from_nanos(nanos))
    }
}
