use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Slots this near to the rate in force are all used.
const NEAR: f64 = 0.99;
/// A few throttles tell of messages that came early, not of a rate that is too fast: fewer than so many at once, and this
/// share of all answers, are borne. Redis, which hears of all workers' throttles, then has the last word.
const BORNE: f64 = 2.0;
const BORNE_SHARE: f64 = 0.01;
/// Throttles of this time are one: the answers to messages that were on their way at the first.
const ONE_THROTTLE: Duration = Duration::from_millis(150);

/// Thins out slots that were reserved at a faster rate than the one in force by now: a slow-down is felt at once, and
/// not only by slots that are reserved after it.
#[derive(Debug, Default)]
pub(crate) struct Pace(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The time between two slots at the rate in force; zero before it is known.
    interval: Duration,
    /// Until then a throttle counts that Redis need not have heard of yet.
    throttled_until: Option<Instant>,
    /// Throttles of late, less the share that is borne.
    throttled: f64,
    /// The part of a message that was held back so far.
    credit: f64,
}

impl Pace {
    /// Takes note of the time between two slots that Redis reserves now.
    pub(crate) fn observe(&self, interval: Duration) {
        let mut state = self.lock();
        if interval >= state.interval || !state.is_throttled() {
            state.interval = interval;
        }
    }

    /// Takes note of a message that the provider accepted.
    pub(crate) fn accepted(&self) {
        let mut state = self.lock();
        state.throttled = (state.throttled - BORNE_SHARE).max(0.0);
    }

    /// Takes note of a throttle. Too many halve the rate at once: by the time that Redis has heard of them, many more slots
    /// would have been used.
    pub(crate) fn throttled(&self) {
        let mut state = self.lock();
        state.throttled += 1.0;
        if state.throttled < BORNE {
            return;
        }
        state.throttled = 0.0;
        if !state.is_throttled() {
            state.interval *= 2;
            state.throttled_until = Some(Instant::now() + ONE_THROTTLE);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a slot may be used that was reserved at a rate of one in `interval`.
    pub(crate) fn allows(&self, interval: Duration) -> bool {
        let mut state = self.lock();
        if interval >= state.interval.mul_f64(NEAR) {
            return true;
        }
        state.credit += interval.as_secs_f64() / state.interval.as_secs_f64();
        let whole = state.credit >= 1.0;
        if whole {
            state.credit -= 1.0;
        }
        whole
    }
}

impl State {
    fn is_throttled(&self) -> bool {
        self.throttled_until.is_some_and(|until| Instant::now() < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn allowed(pace: &Pace, interval: Duration) -> usize {
        (0..100).filter(|_| pace.allows(interval)).count()
    }

    #[test]
    fn slots_of_a_faster_rate_are_thinned_to_the_one_in_force() {
        let pace = Pace::default();
        assert_eq!(allowed(&pace, ms(2)), 100);
        pace.observe(ms(2));
        assert_eq!(allowed(&pace, ms(2)), 100);
        pace.observe(ms(8));
        assert_eq!(allowed(&pace, ms(2)), 25);
        assert_eq!(allowed(&pace, ms(8)), 100);
        pace.observe(ms(1));
        assert_eq!(allowed(&pace, ms(2)), 100);
    }

    #[test]
    fn throttles_halve_the_rate_before_redis_knows() {
        let pace = Pace::default();
        pace.observe(ms(2));
        for _ in 0..2 {
            pace.throttled();
        }
        // Reserved before Redis heard of it.
        pace.observe(ms(2));
        assert_eq!(allowed(&pace, ms(2)), 50);
        pace.observe(ms(8));
        assert_eq!(allowed(&pace, ms(2)), 25);
    }

    #[test]
    fn a_few_throttles_change_nothing() {
        let pace = Pace::default();
        pace.observe(ms(2));
        for _ in 0..10 {
            pace.throttled();
            (0..100).for_each(|_| pace.accepted());
        }
        assert_eq!(allowed(&pace, ms(2)), 100);
    }
}
