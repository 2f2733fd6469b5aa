use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The share of an interval by which a message may be late: a provider whose bucket holds two still takes it, even if the
/// way there takes a little longer than usual.
const HARMLESS: f64 = 0.8;
/// Late by more than that and this is never sent. What is late falls into one second with what is on time, and a fiftieth
/// of a second's messages, and one, is what that may hold too much; a part of it is left for the way there.
const WORST: Duration = Duration::from_millis(12);
/// The share of the slots that may be given up, so that the rate holds on a machine that is often late.
const SHARE: f64 = 0.004;
/// Slots that may be given up at once, after a long time without any.
const MOST: f64 = 5.0;

/// After a throttle the provider is known to forgive nothing: for so long no message is bunched with others, and every
/// slot that was missed is given up.
const STRICT: Duration = Duration::from_secs(10);

/// Decides on messages that are ready only after their slot. To send one late bunches messages; to give its slot up
/// costs the rate. The second is better as long as it is rare.
#[derive(Debug)]
pub(crate) struct Lateness {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// How many slots may be given up now; a message on time earns a share of one.
    allowance: f64,
    /// Until then, all of them may.
    strict_until: Option<Instant>,
}

impl Lateness {
    pub(crate) fn new() -> Self {
        Self { state: Mutex::new(State { allowance: MOST, strict_until: None }) }
    }

    /// Whether a message this late can still use its slot at all. On a machine that cannot keep up, not to make ready
    /// what will not leave is what lets the next ones be on time.
    pub(crate) fn is_hopeless(late: Duration, interval: Duration) -> bool {
        late > WORST + interval.mul_f64(HARMLESS)
    }

    /// Whether a message this late may still use its slot; slots are an interval apart.
    pub(crate) fn allows(&self, late: Duration, interval: Duration) -> bool {
        if Self::is_hopeless(late, interval) {
            return false;
        }
        let harmless = interval.mul_f64(HARMLESS);
        let mut state = self.lock();
        if late <= harmless {
            state.allowance = (state.allowance + SHARE).min(MOST);
            return true;
        }
        if state.strict_until.is_some_and(|until| Instant::now() < until) {
            return false;
        }
        let may_give_up = state.allowance >= 1.0;
        if may_give_up {
            state.allowance -= 1.0;
        }
        !may_give_up
    }

    /// Takes note of a throttle.
    pub(crate) fn throttled(&self) {
        self.lock().strict_until = Some(Instant::now() + STRICT);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn what_a_bucket_of_two_takes_is_sent() {
        let lateness = Lateness::new();
        assert!((0..1_000).all(|_| lateness.allows(ms(60), ms(100))));
    }

    #[test]
    fn what_is_far_too_late_gives_its_slot_up() {
        let lateness = Lateness::new();
        assert!((0..1_000).all(|_| !lateness.allows(ms(17), ms(2))));
    }

    #[test]
    fn slots_are_given_up_only_while_that_is_rare() {
        let lateness = Lateness::new();
        let given_up = |count: u32| (0..count).filter(|_| !lateness.allows(ms(5), ms(2))).count();
        assert_eq!(given_up(100), 5);
        for _ in 0..1_000 {
            assert!(lateness.allows(ms(0), ms(2)));
        }
        assert!((3..=4).contains(&given_up(100)));
    }

    #[test]
    fn after_a_throttle_nothing_is_bunched() {
        let lateness = Lateness::new();
        lateness.throttled();
        assert!((0..1_000).all(|_| !lateness.allows(ms(5), ms(2))));
        assert!(lateness.allows(ms(1), ms(2)));
    }
}
