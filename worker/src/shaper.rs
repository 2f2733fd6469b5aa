use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use crate::{metronome::Metronome, provider_bucket::ProviderBucket};

/// A message waits until this long after its slot for room in the provider's bucket, or this share of an interval if that
/// is longer.
const PATIENCE: Duration = Duration::from_millis(40);
const PATIENCE_SHARE: f64 = 0.8;
/// Late by so much more, and it is never sent. What is sent late falls into one second with what is on time, and a fiftieth
/// of a second's messages, and one, is what that may hold too much; a part of it is left for the way there.
const WORST: Duration = Duration::from_millis(12);
/// Late by so much more than patience bears, a message shows that this process stood still. Another worker may have taken over meanwhile, so
/// what is to leave goes on at its slot, and nothing on top of it.
const STANDSTILL: Duration = Duration::from_millis(80);
/// The share of the slots that may be given up, so that the rate holds on a machine that is often late.
const SHARE: f64 = 0.004;
/// Slots that may be given up at once, after a long time without any.
const MOST: f64 = 5.0;
/// The shortest time there is.
const INSTANT: Duration = Duration::from_nanos(1);
/// For so long a provider that took one message too many is taken to go on like that.
const LENIENT: Duration = Duration::from_secs(60);
/// An answer that has not come by then does not come.
const ANSWERED: Duration = Duration::from_secs(1);
/// How long a throttle makes this process strict by itself: slots that are reserved later tell of it.
const UNTIL_TOLD: Duration = Duration::from_secs(1);

/// Shapes one stream of messages. Each leaves at its slot, or a little later, when those before it, some of which were late
/// themselves, have left room for it in the provider's bucket; what is lost by that is made up for by slots, which lie a
/// little further apart than the provider asks for. Where it is too much for that, to send a message all the same bunches
/// messages, and to give its slot up costs the rate. Towards a provider that forgives nothing the first is never right,
/// and else the second is better as long as it is rare.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shaper(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Held by the message that is next.
    next: tokio::sync::Mutex<()>,
    state: Mutex<State>,
    /// A message was written to its connection.
    written: Notify,
}

#[derive(Debug)]
struct State {
    bucket: ProviderBucket,
    /// How many slots may be given up now; a message that finds room earns a share of one.
    allowance: f64,
    strict_until: Option<Instant>,
    leniency: Leniency,
    /// When a standstill ended that was noticed last.
    stood_until: Option<Instant>,
}

/// What is known of what the provider makes of a message that its bucket should not take.
#[derive(Debug, Clone, Copy)]
enum Leniency {
    Unknown,
    /// The message of that slot is one too many; its answer will tell.
    Asked {
        slot: Instant,
        at: Instant,
    },
    /// It took one.
    ShownAt(Instant),
}

/// The slot of a message, as its stream has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Due {
    pub(crate) slot: Instant,
    /// The time between two slots.
    pub(crate) interval: Duration,
    /// Whether the provider is known to forgive nothing.
    pub(crate) is_strict: bool,
}

impl Due {
    fn patience(self) -> Duration {
        self.interval.mul_f64(PATIENCE_SHARE).max(PATIENCE)
    }
}

/// What there is to do about the message that is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// It leaves now.
    Leaves,
    /// There may be room for it then, or when another message was written.
    Again(Instant),
    /// Its slot passes.
    GivesUp,
}

impl Shaper {
    /// Whether it is too late to make a message ready. On a machine that cannot keep up, not to make ready what will not
    /// leave is what lets the next ones be on time.
    pub(crate) fn is_hopeless(&self, due: Due, now: Instant) -> bool {
        self.state().is_too_late(due, now)
    }

    /// Waits until a message may leave whose slot has come. Answers whether it may; [`Self::left`] is to be told then.
    pub(crate) async fn lets_go(&self, due: Due, metronome: &Metronome) -> bool {
        let _next = self.0.next.lock().await;
        loop {
            let look = self.state().look(due, Instant::now());
            match look {
                Look::Leaves => return true,
                Look::GivesUp => return false,
                Look::Again(at) => tokio::select! {
                    () = metronome.wait(at) => {}
                    () = self.0.written.notified() => {}
                },
            }
        }
    }

    /// Takes note that messages of another worker leave until then.
    pub(crate) fn follows(&self, others_end: Instant, interval: Duration) {
        self.state().bucket.takes_none_before(others_end, interval);
    }

    /// Takes note that a message which was let go was written to its connection.
    pub(crate) fn left(&self, due: Due, now: Instant) {
        self.state().bucket.loses(due.slot, now, due.interval);
        self.0.written.notify_one();
    }

    /// Takes note of a message that the provider accepted.
    pub(crate) fn accepted(&self, due: Due, now: Instant) {
        let mut state = self.state();
        if matches!(state.leniency, Leniency::Asked { slot, .. } if slot == due.slot) {
            state.leniency = Leniency::ShownAt(now);
        }
    }

    /// Takes note of a throttle.
    pub(crate) fn throttled(&self, due: Due, now: Instant) {
        let mut state = self.state();
        state.leniency = Leniency::Unknown;
        state.strict_until = Some(now + UNTIL_TOLD);
        state.bucket.is_empty(now, due.interval);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for State {
    fn default() -> Self {
        Self {
            bucket: ProviderBucket::full(Instant::now()),
            allowance: MOST,
            strict_until: None,
            leniency: Leniency::Unknown,
            stood_until: None,
        }
    }
}

impl State {
    /// Decides on the message that is next, and takes note of it if it leaves.
    fn look(&mut self, due: Due, now: Instant) -> Look {
        if self.is_too_late(due, now) {
            return Look::GivesUp;
        }
        let patience_ends = due.slot + due.patience();
        let takes_from = self.bucket.takes_from(now, due.interval);
        if now <= patience_ends {
            if takes_from > now {
                return Look::Again(takes_from.min(patience_ends + INSTANT));
            }
            self.allowance = (self.allowance + SHARE).min(MOST);
        } else if takes_from > now {
            if self.allowance >= 1.0 {
                self.allowance -= 1.0;
                return Look::GivesUp;
            }
            if !self.may_bunch(due.slot, now) {
                return Look::GivesUp;
            }
            self.bucket.is_forgiven(now);
        }
        self.bucket.lets_go(due.slot, now);
        Look::Leaves
    }

    /// Whether a message may be sent that is one too many; one has to show first that the provider takes such.
    fn may_bunch(&mut self, slot: Instant, now: Instant) -> bool {
        match self.leniency {
            Leniency::ShownAt(at) if now < at + LENIENT => return true,
            Leniency::Asked { at, .. } if now < at + ANSWERED => return false,
            Leniency::Unknown | Leniency::ShownAt(_) | Leniency::Asked { .. } => {}
        }
        self.leniency = Leniency::Asked { slot, at: now };
        true
    }

    /// Whether the slot of a message passes, whatever the bucket takes.
    fn is_too_late(&mut self, due: Due, now: Instant) -> bool {
        if now > due.slot + due.patience() + STANDSTILL {
            self.stood_until = Some(now);
        }
        let bunched = if self.is_strict(due, now) { Duration::ZERO } else { WORST };
        now > due.slot + due.patience() + bunched || self.stood_until.is_some_and(|until| due.slot < until)
    }

    fn is_strict(&self, due: Due, now: Instant) -> bool {
        due.is_strict || self.strict_until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_millis(2);

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Messages of a stream, whose connections take them at once.
    struct Stream {
        state: State,
        slot: Instant,
        now: Instant,
        is_strict: bool,
    }

    impl Stream {
        fn new(is_strict: bool) -> Self {
            let now = Instant::now();
            Self { state: State::default(), slot: now, now, is_strict }
        }

        /// The next message, which nothing but others of the stream holds up. Answers how late it leaves, if it does.
        fn send(&mut self) -> Option<Duration> {
            self.slot += INTERVAL;
            self.now = self.now.max(self.slot);
            let due = Due { slot: self.slot, interval: INTERVAL, is_strict: self.is_strict };
            loop {
                match self.state.look(due, self.now) {
                    Look::Leaves => break,
                    Look::GivesUp => return None,
                    Look::Again(at) => self.now = at,
                }
            }
            self.state.bucket.loses(self.slot, self.now, INTERVAL);
            Some(self.now - self.slot)
        }

        /// The process stands still.
        fn stall(&mut self, time: Duration) {
            self.now = self.now.max(self.slot) + time;
        }

        fn given_up(&mut self, of: usize) -> usize {
            (0..of).filter(|_| self.send().is_none()).count()
        }
    }

    #[test]
    fn what_a_stall_held_up_leaves_at_the_rate() {
        for is_strict in [false, true] {
            let mut stream = Stream::new(is_strict);
            assert_eq!(stream.given_up(100), 0);
            stream.stall(ms(20));
            let late: Vec<_> = (0..3).map(|_| stream.send().unwrap()).collect();
            assert!(late[0] == ms(18) && late[1] < late[0] && late[2] > ms(15), "{late:?}");
            assert_eq!(stream.given_up(1_000), 0);
        }
    }

    #[test]
    fn a_strict_provider_gets_no_more_than_its_rate_and_the_rest_gives_its_slots_up() {
        let mut stream = Stream::new(true);
        stream.stall(ms(95));
        let (from, given_up) = (stream.now, stream.given_up(1_000));
        assert!((25..=29).contains(&given_up), "{given_up}");
        let left = 1_000 - given_up as u32;
        assert!(stream.now - from >= INTERVAL.mul_f64(0.998) * (left - 2));
        assert!(stream.now - stream.slot <= PATIENCE);
    }

    /// A machine that stands still for 8 ms before every tenth message.
    fn limp(stream: &mut Stream, messages: u32) -> Vec<bool> {
        let send = |number| {
            if number % 10 == 0 {
                stream.stall(ms(8));
            }
            stream.send().is_some()
        };
        (0..messages).map(send).collect()
    }

    #[test]
    fn elsewhere_slots_are_given_up_while_that_is_rare_and_then_one_message_asks() {
        let mut stream = Stream::new(false);
        while matches!(stream.state.leniency, Leniency::Unknown) {
            limp(&mut stream, 10);
        }
        let Leniency::Asked { slot, .. } = stream.state.leniency else { panic!("{:?}", stream.state) };
        assert!(stream.state.allowance < 1.0);
        let given_up = limp(&mut stream, 100).iter().filter(|left| !**left).count();
        assert!(given_up >= 10, "as long as there is no answer: {given_up}");
        let shaper = Shaper(Arc::new(Shared { state: Mutex::new(stream.state), ..Shared::default() }));
        let due = Due { slot, interval: INTERVAL, is_strict: false };
        shaper.accepted(due, stream.now);
        assert!(matches!(shaper.state().leniency, Leniency::ShownAt(_)));
        shaper.throttled(due, stream.now);
        assert!(matches!(shaper.state().leniency, Leniency::Unknown));
    }

    #[test]
    fn a_lenient_provider_gets_what_is_late() {
        let mut stream = Stream::new(false);
        stream.state.leniency = Leniency::ShownAt(stream.now);
        let left = limp(&mut stream, 900).iter().filter(|left| **left).count();
        assert!(left >= 890, "{left}");
    }

    #[test]
    fn after_a_standstill_nothing_is_sent_late() {
        let mut stream = Stream::new(false);
        stream.stall(ms(150));
        assert_eq!(stream.given_up(74), 74);
        assert!((0..1_000).all(|_| stream.send().is_some_and(|late| late < INTERVAL)));
    }

    #[test]
    fn a_throttle_makes_strict() {
        let shaper = Shaper::default();
        let now = Instant::now();
        let due = Due { slot: now, interval: INTERVAL, is_strict: false };
        let late = now + PATIENCE + ms(5);
        assert!(!shaper.is_hopeless(due, late));
        shaper.throttled(due, now);
        assert!(shaper.is_hopeless(due, late));
        assert!(!shaper.is_hopeless(due, now + PATIENCE));
    }

    #[tokio::test]
    async fn messages_leave_one_after_the_other() {
        let (shaper, metronome, slot) = (Shaper::default(), Metronome::start().unwrap(), Instant::now());
        let due = |number| Due { slot: slot + INTERVAL * number, interval: INTERVAL, is_strict: true };
        assert!(shaper.lets_go(due(0), &metronome).await);
        let second = shaper.lets_go(due(1), &metronome);
        let written = async {
            tokio::task::yield_now().await;
            let now = Instant::now();
            shaper.left(due(0), now);
            now
        };
        let (second, written) = tokio::join!(second, written);
        assert!(second && Instant::now() > written);
    }

    #[tokio::test]
    async fn the_messages_of_another_worker_come_first() {
        let (shaper, metronome, slot) = (Shaper::default(), Metronome::start().unwrap(), Instant::now());
        let due = Due { slot, interval: INTERVAL, is_strict: true };
        shaper.follows(slot + ms(8), INTERVAL);
        assert!(shaper.lets_go(due, &metronome).await);
        assert!(slot.elapsed() >= ms(8));
    }
}
