use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use drumbeat_common::slot::SlotTime;

/// How far two clocks may drift apart, in parts of a second per second; NTP slews by at most half of this.
const DRIFT: f64 = 0.001;

/// Redis's clock, read from here. Every answer of Redis with its time in it bounds how far the two clocks are apart:
/// Redis took its time after the call left and before the answer came. The tightest bounds of late are kept, so one
/// slow answer does not make the slots jump.
#[derive(Debug)]
pub(crate) struct RedisClock {
    base: Instant,
    bounds: Mutex<Option<Bounds>>,
}

/// Microseconds to add to Redis's time for microseconds since `base`.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    low: f64,
    high: f64,
    at: Instant,
}

impl RedisClock {
    pub(crate) fn new() -> Self {
        Self { base: Instant::now(), bounds: Mutex::new(None) }
    }

    /// Takes note of an answer: when the call left, what Redis's clock said, when the answer came.
    pub(crate) fn observe(&self, sent: Instant, redis: SlotTime, received: Instant) {
        let low = self.micros(sent) - redis.as_micros() as f64;
        let high = self.micros(received) - redis.as_micros() as f64;
        let mut bounds = self.bounds.lock().unwrap_or_else(PoisonError::into_inner);
        let tightened = bounds.map(|old| {
            let slack = received.saturating_duration_since(old.at).as_secs_f64() * DRIFT * 1e6;
            Bounds { low: low.max(old.low - slack), high: high.min(old.high + slack), at: received }
        });
        *bounds = Some(match tightened {
            Some(bounds) if bounds.low <= bounds.high => bounds,
            // The first answer, or one of the clocks was set.
            _ => Bounds { low, high, at: received },
        });
    }

    /// The moment here at which Redis's clock shows a time. Now, if Redis never answered.
    pub(crate) fn instant(&self, time: SlotTime) -> Instant {
        let bounds = *self.bounds.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Bounds { low, high, .. }) = bounds else { return Instant::now() };
        let micros = time.as_micros() as f64 + f64::midpoint(low, high);
        self.base + Duration::try_from_secs_f64(micros / 1e6).unwrap_or_default()
    }

    fn micros(&self, instant: Instant) -> f64 {
        instant.saturating_duration_since(self.base).as_secs_f64() * 1e6
    }
}
