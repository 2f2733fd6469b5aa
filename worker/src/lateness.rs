use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::provider_bucket::ProviderBucket;

/// Late by more than that, and what a provider's bucket forgives, and a message is never sent. What is late falls into
/// one second with what is on time, and a fiftieth of a second's messages, and one, is what that may hold too much; a part
/// of it is left for the way there.
const WORST: Duration = Duration::from_millis(12);
/// The share of the slots that may be given up, so that the rate holds on a machine that is often late.
const SHARE: f64 = 0.004;
/// Slots that may be given up at once, after a long time without any.
const MOST: f64 = 5.0;

/// How long a throttle makes this process strict by itself: slots that are reserved later tell of it.
const UNTIL_TOLD: Duration = Duration::from_secs(1);

/// Decides on the messages of one stream when their slots come. To send one that is late bunches messages; to give its
/// slot up costs the rate. Towards a provider that forgives nothing the first is never right, and else the second is better
/// as long as it is rare.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lateness(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    bucket: ProviderBucket,
    /// How many slots may be given up now; a message on time earns a share of one.
    allowance: f64,
    strict_until: Option<Instant>,
}

impl Default for State {
    fn default() -> Self {
        Self { bucket: ProviderBucket::full(Instant::now()), allowance: MOST, strict_until: None }
    }
}

/// What is decided on a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It leaves now.
    Leave,
    /// It is late, and leaves all the same, but not at once with others.
    Bunch,
    /// Its slot passes.
    GiveUp,
}

impl Lateness {
    /// Whether there is still something to decide when a message is to be made ready; its slot passes where not. On a
    /// machine that cannot keep up, not to make ready what will not leave is what lets the next ones be on time.
    pub(crate) fn is_hopeless(
        &self,
        slot: Instant,
        now: Instant,
        interval: Duration,
        is_strict: bool,
    ) -> bool {
        let mut state = self.lock();
        let is_hopeless = state.is_too_late(slot, now, interval, is_strict);
        if is_hopeless {
            state.bucket.comes_to(slot, interval);
        }
        is_hopeless
    }

    /// Decides on a message; slots are an interval apart. One that leaves now is said to have left with [`Self::left`].
    pub(crate) fn decide(
        &self,
        slot: Instant,
        now: Instant,
        interval: Duration,
        is_strict: bool,
    ) -> Decision {
        let mut state = self.lock();
        state.bucket.comes_to(slot, interval);
        if state.is_too_late(slot, now, interval, is_strict) {
            return Decision::GiveUp;
        }
        let is_late = now.saturating_duration_since(slot) > ProviderBucket::harmless(interval);
        if !is_late && state.bucket.takes(now, interval) {
            state.allowance = (state.allowance + SHARE).min(MOST);
            state.bucket.lets_go(slot);
            return Decision::Leave;
        }
        if state.is_strict(now, is_strict) {
            return Decision::GiveUp;
        }
        if state.allowance >= 1.0 {
            state.allowance -= 1.0;
            return Decision::GiveUp;
        }
        state.bucket.is_forgiven(now);
        Decision::Bunch
    }

    /// Takes note of a slot that is not used for another reason.
    pub(crate) fn give_up(&self, slot: Instant, interval: Duration) {
        self.lock().bucket.comes_to(slot, interval);
    }

    /// Takes note that a message which was let go was written to its connection.
    pub(crate) fn left(&self, slot: Instant, now: Instant, interval: Duration) {
        self.lock().bucket.loses(slot, now, interval);
    }

    /// Takes note of a throttle.
    pub(crate) fn throttled(&self, now: Instant, interval: Duration) {
        let mut state = self.lock();
        state.strict_until = Some(now + UNTIL_TOLD);
        state.bucket.is_empty(interval);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_strict(&self, now: Instant, is_strict: bool) -> bool {
        is_strict || self.strict_until.is_some_and(|until| now < until)
    }

    fn is_too_late(&self, slot: Instant, now: Instant, interval: Duration, is_strict: bool) -> bool {
        let bunched = if self.is_strict(now, is_strict) { Duration::ZERO } else { WORST };
        now.saturating_duration_since(slot) > ProviderBucket::harmless(interval) + bunched
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_millis(2);
    const LATE: Duration = Duration::from_millis(5);

    /// Messages of a stream, each at its slot or later.
    struct Stream {
        lateness: Lateness,
        slot: Instant,
    }

    impl Stream {
        fn new() -> Self {
            Self { lateness: Lateness::default(), slot: Instant::now() }
        }

        fn decide(&mut self, late: Duration, is_strict: bool) -> Decision {
            self.slot += INTERVAL;
            let now = self.slot + late;
            let decision = self.lateness.decide(self.slot, now, INTERVAL, is_strict);
            if decision == Decision::Leave {
                self.lateness.left(self.slot, now, INTERVAL);
            }
            decision
        }

        fn given_up(&mut self, of: usize, late: Duration, is_strict: bool) -> usize {
            (0..of).filter(|_| self.decide(late, is_strict) == Decision::GiveUp).count()
        }
    }

    #[test]
    fn what_a_bucket_of_two_takes_is_sent() {
        assert_eq!(Stream::new().given_up(1_000, INTERVAL.mul_f64(0.6), true), 0);
    }

    #[test]
    fn what_is_far_too_late_gives_its_slot_up() {
        let (mut stream, late) = (Stream::new(), INTERVAL + WORST);
        assert_eq!(stream.given_up(1_000, late, false), 1_000);
        assert!(stream.lateness.is_hopeless(stream.slot, stream.slot + late, INTERVAL, false));
        assert!(!stream.lateness.is_hopeless(stream.slot, stream.slot + LATE, INTERVAL, false));
    }

    #[test]
    fn slots_are_given_up_only_while_that_is_rare() {
        let mut stream = Stream::new();
        assert_eq!(stream.given_up(100, LATE, false), 5);
        assert_eq!(stream.decide(LATE, false), Decision::Bunch);
        stream.given_up(1_000, Duration::ZERO, false);
        assert_eq!(stream.decide(Duration::ZERO, false), Decision::Leave);
        assert!((3..=4).contains(&stream.given_up(100, LATE, false)));
    }

    #[test]
    fn nothing_is_bunched_where_the_provider_forgives_nothing() {
        let mut stream = Stream::new();
        assert_eq!(stream.given_up(1_000, LATE, true), 1_000);
        stream.lateness.throttled(stream.slot, INTERVAL);
        assert_eq!(stream.given_up(100, LATE, false), 100);
        assert_eq!(stream.decide(Duration::ZERO, false), Decision::Leave);
    }
}
