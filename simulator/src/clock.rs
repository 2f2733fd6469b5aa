use std::{
    ops::{Add, Sub},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

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

/// A moment by the simulator's clock, since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(Duration);

impl Clock {
    pub(crate) fn start() -> Self {
        let base_unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { base: Instant::now(), base_unix }
    }

    pub(crate) fn arrival(&self, at: Instant) -> Arrival {
        Arrival(at.saturating_duration_since(self.base))
    }

    pub(crate) fn now(&self) -> Moment {
        Moment(self.base_unix + self.base.elapsed())
    }

    /// The arrival in Unix microseconds.
    pub(crate) fn unix_micros(&self, arrival: Arrival) -> u64 {
        u64::try_from((self.base_unix + arrival.0).as_micros()).unwrap_or(u64::MAX)
    }
}

impl Moment {
    /// Milliseconds since 1970.
    pub(crate) fn unix_millis(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    fn add(self, time: Duration) -> Self {
        Self(self.0 + time)
    }
}

impl Sub for Moment {
    type Output = Duration;

    /// How much later this is; nothing where it is earlier.
    fn sub(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
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
