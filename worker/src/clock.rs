use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use drumbeat_common::slot::SlotTime;
use jiff::Timestamp;

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

    /// What Redis's clock shows now. This machine's, if Redis never answered.
    pub(crate) fn now(&self) -> Timestamp {
        let bounds = *self.bounds.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Bounds { low, high, .. }) = bounds else { return Timestamp::now() };
        let micros = self.micros(Instant::now()) - f64::midpoint(low, high);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "microseconds since 1970"
        )]
        let micros = micros as u64;
        SlotTime::from_micros(micros).timestamp()
    }

    fn micros(&self, instant: Instant) -> f64 {
        instant.saturating_duration_since(self.base).as_secs_f64() * 1e6
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const OFFSET: u64 = 1_700_000_000_000_000;

    /// Redis's time when the clock here is so many microseconds past its base.
    fn redis(micros: u64) -> SlotTime {
        SlotTime::from_micros(OFFSET + micros)
    }

    fn error_us(clock: &RedisClock, micros: u64) -> f64 {
        let here = clock.instant(redis(micros)).duration_since(clock.base).as_secs_f64() * 1e6;
        (here - micros as f64).abs()
    }

    #[test]
    fn one_slow_answer_does_not_move_the_clock() {
        let clock = RedisClock::new();
        let at = |micros| clock.base + Duration::from_micros(micros);
        clock.observe(at(1_000), redis(1_100), at(1_200));
        assert!(error_us(&clock, 50_000) < 101.0);
        clock.observe(at(10_000), redis(10_050), at(60_000));
        assert!(error_us(&clock, 50_000) < 101.0);
        clock.observe(at(70_000), redis(89_900), at(90_000));
        assert!(error_us(&clock, 100_000) < 101.0);
    }

    #[test]
    fn redis_time_can_be_told_at_any_moment() {
        let clock = RedisClock::new();
        let day = Duration::from_secs(86_400);
        assert!(clock.now().duration_until(Timestamp::now()) < SignedDuration::from_secs(5));
        clock.observe(Instant::now(), SlotTime::from_micros(OFFSET), Instant::now());
        let now = clock.now();
        let ago = SlotTime::from_micros(OFFSET).timestamp().duration_until(now);
        assert!((SignedDuration::ZERO..SignedDuration::from_secs(5)).contains(&ago), "{ago:?}");
        let later = clock.instant(SlotTime::from(now + day)).saturating_duration_since(Instant::now());
        assert!(later.abs_diff(day) < Duration::from_secs(5), "{later:?}");
    }

    #[test]
    fn a_clock_that_was_set_is_followed() {
        let clock = RedisClock::new();
        let at = |micros| clock.base + Duration::from_micros(micros);
        clock.observe(at(1_000), redis(1_100), at(1_200));
        let jumped = |micros| SlotTime::from_micros(OFFSET + 3_600_000_000 + micros);
        clock.observe(at(2_000), jumped(2_100), at(2_200));
        let here = clock.instant(jumped(5_000)).duration_since(clock.base);
        assert!(here.abs_diff(Duration::from_micros(5_000)) < Duration::from_micros(101));
    }
}
