use std::{
    mem,
    time::{Duration, Instant},
};

use super::{
    open_slots::{OpenSlot, OpenSlots},
    provider_bucket::ProviderBucket,
};

/// A message waits until this long after its slot for room in the provider's bucket, or this share of an interval if that
/// is longer.
const PATIENCE: Duration = Duration::from_millis(40);
const PATIENCE_SHARE: f64 = 0.8;
/// Late by so much more, and it is never sent. What is sent late falls into one second with what is on time, and a fiftieth
/// of a second's messages, and one, is what that may hold too much; a part of it is left for the way there.
const WORST: Duration = Duration::from_millis(12);
/// Late by so much more than patience bears, a message shows that this process stood still. Another worker may have taken
/// over meanwhile, so what is to leave goes on at its slot, and nothing on top of it.
const STANDSTILL: Duration = Duration::from_millis(80);
/// The share of its time that a stream may lose by giving slots up, so that the rate holds on a machine that is often late.
const SHARE: f64 = 0.003;
/// The time that it may lose at once, after a long while without that.
const MOST: Duration = Duration::from_millis(40);
/// A message leaves so much after its moment where another lane has one whose turn it is: that one comes first if its lane
/// is awake, and lanes stay equally far.
const GRACE: Duration = Duration::from_micros(500);
/// The shortest time there is.
const INSTANT: Duration = Duration::from_nanos(1);
/// For so long a provider that took one message too many is taken to go on like that.
const LENIENT: Duration = Duration::from_secs(60);
/// An answer that has not come by then does not come.
const ANSWERED: Duration = Duration::from_secs(1);
/// How long a throttle makes this process strict by itself: slots that are reserved later tell of it.
const UNTIL_TOLD: Duration = Duration::from_secs(1);

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
pub(super) enum Look {
    /// It leaves now.
    Leaves,
    /// There may be room for it then, or when another message was written.
    Again(Instant),
    /// Its slot passes.
    GivesUp,
}

/// What left, what is ready, and what is known of the provider.
#[derive(Debug)]
pub(crate) struct Stream {
    bucket: ProviderBucket,
    open: OpenSlots,
    /// Whether a message waits for others to be written.
    is_crowded: bool,
    /// How much of its time the stream may lose now; a message that finds room earns a share of an interval.
    allowance: Duration,
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

impl Default for Stream {
    fn default() -> Self {
        Self {
            bucket: ProviderBucket::full(Instant::now()),
            open: OpenSlots::default(),
            is_crowded: false,
            allowance: MOST,
            strict_until: None,
            leniency: Leniency::Unknown,
            stood_until: None,
        }
    }
}

impl Stream {
    /// A message is ready whose slot that is.
    pub(super) fn open(&mut self, slot: Instant) -> OpenSlot {
        self.open.open(slot)
    }

    /// A message is gone that used no slot.
    pub(super) fn close(&mut self, message: OpenSlot) {
        self.open.close(message);
    }

    /// Decides on a message that is next in its lane, and takes note of it if it leaves or gives up.
    pub(super) fn look(&mut self, due: Due, message: OpenSlot, now: Instant) -> Look {
        let first = self.open.first().unwrap_or(due.slot);
        let look = self.judge(Due { slot: first, ..due }, message, now);
        match look {
            Look::Again(_) => self.is_crowded |= self.bucket.crowd(now) > 0,
            Look::Leaves => {
                self.open.use_first(message);
                self.bucket.lets_go(message.at, now);
            }
            Look::GivesUp => self.open.use_first(message),
        }
        look
    }

    /// Decides on a message that would use that slot.
    fn judge(&mut self, due: Due, message: OpenSlot, now: Instant) -> Look {
        if self.is_too_late(due, now) {
            return Look::GivesUp;
        }
        let patience_ends = due.slot + due.patience();
        let takes_from = self.bucket.takes_from(now, due.interval).max(due.slot);
        if now <= patience_ends {
            let grace = if self.open.is_turn_of(message) { Duration::ZERO } else { GRACE };
            if takes_from + grace > now {
                return Look::Again((takes_from + grace).min(patience_ends + INSTANT));
            }
            self.allowance = (self.allowance + due.interval.mul_f64(SHARE)).min(MOST.max(due.interval));
        } else if takes_from > now && !self.is_shown_lenient(now) {
            if let Some(left) = self.allowance.checked_sub(due.interval) {
                self.allowance = left;
                return Look::GivesUp;
            }
            if !self.may_ask(message.at, now) {
                return Look::GivesUp;
            }
        }
        if takes_from > now {
            self.bucket.is_forgiven(now);
        }
        Look::Leaves
    }

    fn is_shown_lenient(&self, now: Instant) -> bool {
        matches!(self.leniency, Leniency::ShownAt(at) if now < at + LENIENT)
    }

    /// Whether a message may be sent that is one too many, to learn whether the provider takes such; one at a time.
    fn may_ask(&mut self, slot: Instant, now: Instant) -> bool {
        if matches!(self.leniency, Leniency::Asked { at, .. } if now < at + ANSWERED) {
            return false;
        }
        self.leniency = Leniency::Asked { slot, at: now };
        true
    }

    /// Takes note that a message which was let go was written to its connection. Answers whether others wait for that.
    pub(super) fn left(&mut self, due: Due, now: Instant) -> bool {
        self.bucket.loses(due.slot, now, due.interval);
        mem::take(&mut self.is_crowded)
    }

    /// Takes note that a message which was let go does not leave. Answers whether others wait for that.
    pub(super) fn stays(&mut self, due: Due) -> bool {
        self.bucket.keeps(due.slot);
        mem::take(&mut self.is_crowded)
    }

    /// Takes note that messages of another worker leave until then.
    pub(crate) fn follows(&mut self, others_end: Instant, interval: Duration) {
        self.bucket.takes_none_before(others_end, interval);
    }

    /// Takes note of a message that the provider accepted.
    pub(crate) fn accepted(&mut self, due: Due, now: Instant) {
        if matches!(self.leniency, Leniency::Asked { slot, .. } if slot == due.slot) {
            self.leniency = Leniency::ShownAt(now);
        }
    }

    /// Takes note of a throttle.
    pub(crate) fn throttled(&mut self, due: Due, now: Instant) {
        self.leniency = Leniency::Unknown;
        self.strict_until = Some(now + UNTIL_TOLD);
        self.bucket.is_empty(now, due.interval);
    }

    /// Whether the slot of a message passes, whatever the bucket takes. On a machine that cannot keep up, not to make ready
    /// what will not leave is what lets the next ones be on time.
    pub(crate) fn is_too_late(&mut self, due: Due, now: Instant) -> bool {
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
impl Stream {
    /// Whether no message is ready.
    pub(super) fn is_empty(&self) -> bool {
        self.open.first().is_none()
    }

    pub(super) fn first_slot(&self) -> Option<Instant> {
        self.open.first()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_millis(2);

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Sends the messages of a stream, whose connections take them at once.
    struct Sender {
        stream: Stream,
        slot: Instant,
        now: Instant,
        is_strict: bool,
    }

    impl Sender {
        fn new(is_strict: bool) -> Self {
            let now = Instant::now();
            Self { stream: Stream::default(), slot: now, now, is_strict }
        }

        fn due(&self, slot: Instant) -> Due {
            Due { slot, interval: INTERVAL, is_strict: self.is_strict }
        }

        /// The next message, which nothing but others of the stream holds up. Answers how late it leaves, if it does.
        fn send(&mut self) -> Option<Duration> {
            self.slot += INTERVAL;
            self.now = self.now.max(self.slot);
            let (due, message) = (self.due(self.slot), self.stream.open(self.slot));
            loop {
                match self.stream.look(due, message, self.now) {
                    Look::Leaves => break,
                    Look::GivesUp => return None,
                    Look::Again(at) => self.now = at,
                }
            }
            self.stream.left(due, self.now);
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
            let mut sender = Sender::new(is_strict);
            assert_eq!(sender.given_up(100), 0);
            sender.stall(ms(20));
            let late: Vec<_> = (0..3).map(|_| sender.send().unwrap()).collect();
            assert!(late[0] == ms(18) && late[1] < late[0] && late[2] > ms(15), "{late:?}");
            assert_eq!(sender.given_up(1_000), 0);
        }
    }

    #[test]
    fn a_strict_provider_gets_no_more_than_its_rate_and_the_rest_gives_its_slots_up() {
        let mut sender = Sender::new(true);
        sender.stall(ms(95));
        let (from, given_up) = (sender.now, sender.given_up(1_000));
        assert!((25..=29).contains(&given_up), "{given_up}");
        let left = 1_000 - given_up as u32;
        assert!(sender.now - from >= INTERVAL.mul_f64(0.998) * (left - 2));
        assert!(sender.now - sender.slot <= PATIENCE);
    }

    /// A machine that stands still for 8 ms before every tenth message.
    fn limp(sender: &mut Sender, messages: u32) -> Vec<bool> {
        let send = |number| {
            if number % 10 == 0 {
                sender.stall(ms(8));
            }
            sender.send().is_some()
        };
        (0..messages).map(send).collect()
    }

    #[test]
    fn elsewhere_slots_are_given_up_while_that_is_rare_and_then_one_message_asks() {
        let mut sender = Sender::new(false);
        let mut given_up = 0;
        while matches!(sender.stream.leniency, Leniency::Unknown) {
            given_up += limp(&mut sender, 10).iter().filter(|left| !**left).count();
        }
        let Leniency::Asked { slot, .. } = sender.stream.leniency else { panic!("{:?}", sender.stream) };
        assert!((20..=30).contains(&given_up), "40 ms and a little: {given_up}");
        let given_up = limp(&mut sender, 100).iter().filter(|left| !**left).count();
        assert!(given_up >= 10, "as long as there is no answer: {given_up}");
        sender.stream.accepted(sender.due(slot), sender.now);
        assert!(matches!(sender.stream.leniency, Leniency::ShownAt(_)));
        sender.stream.throttled(sender.due(slot), sender.now);
        assert!(matches!(sender.stream.leniency, Leniency::Unknown));
    }

    #[test]
    fn a_lenient_provider_gets_what_is_late() {
        let mut sender = Sender::new(false);
        sender.stream.leniency = Leniency::ShownAt(sender.now);
        assert!(limp(&mut sender, 900).iter().all(|left| *left));
    }

    #[test]
    fn after_a_standstill_nothing_is_sent_late() {
        let mut sender = Sender::new(false);
        sender.stall(ms(150));
        assert_eq!(sender.given_up(74), 74);
        assert!((0..1_000).all(|_| sender.send().is_some_and(|late| late < INTERVAL)));
    }

    #[test]
    fn a_throttle_makes_strict() {
        let (mut stream, now) = (Stream::default(), Instant::now());
        let due = Due { slot: now, interval: INTERVAL, is_strict: false };
        let late = now + PATIENCE + ms(5);
        assert!(!stream.is_too_late(due, late));
        stream.throttled(due, now);
        assert!(stream.is_too_late(due, late));
        assert!(!stream.is_too_late(due, now + PATIENCE));
    }

    #[test]
    fn a_message_uses_the_slot_of_one_that_does_not_come_but_leaves_it_a_little_time() {
        let (mut sender, start) = (Sender::new(true), Instant::now());
        let [first, second] = [start, start + INTERVAL].map(|slot| sender.stream.open(slot));
        let due = sender.due(start + INTERVAL);
        assert_eq!(sender.stream.look(due, second, start), Look::Again(start + GRACE));
        assert_eq!(sender.stream.look(due, second, start + GRACE), Look::Leaves);
        sender.stream.left(due, start + GRACE);
        let due = sender.due(start);
        assert_eq!(sender.stream.look(due, first, start + ms(1)), Look::Again(start + INTERVAL));
        assert_eq!(sender.stream.look(due, first, start + INTERVAL), Look::Leaves);
    }
}
