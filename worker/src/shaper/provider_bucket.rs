use std::time::{Duration, Instant};

use drumbeat_common::slot::STRETCH;

/// The share of an interval by which a message may come too soon after others: a provider whose bucket holds two still
/// takes it. What is left of the interval is for clocks that are not read at quite the same moment.
const HARMLESS: f64 = 0.95;
/// The shortest interval that a bucket of two is drawn for: no machine keeps time so well that faster messages could come
/// one by one, and quotas of so many a second bear more at once.
const FINEST: Duration = Duration::from_millis(2);
/// Messages that do not leave for so long wait for their connections: those after them go on, but leave room for one.
const STUCK: Duration = Duration::from_millis(8);

/// A picture of the token bucket that a provider keeps for a stream of messages: one that holds two tokens and gains one in
/// each interval (GCRA). It is drawn from what left here: one worker at a time holds a campaign's bucket.
#[derive(Debug)]
pub(crate) struct ProviderBucket {
    /// When it is full again.
    full_at: Instant,
    /// Messages that were let go and are not yet written to their connections.
    leaving: Vec<Leaving>,
}

#[derive(Debug)]
struct Leaving {
    slot: Instant,
    since: Instant,
}

impl ProviderBucket {
    pub(crate) fn full(now: Instant) -> Self {
        Self { full_at: now, leaving: Vec::new() }
    }

    /// The earliest moment at which the bucket takes a message. One that is on its way keeps a token, whenever it is written;
    /// while more are, it takes none.
    pub(crate) fn takes_from(&self, now: Instant, interval: Duration) -> Instant {
        let crowd = self.crowd(now);
        let full_at = if crowd == 0 { self.full_at } else { self.full_at.max(now) };
        let full_at = full_at + refill(interval).mul_f64((self.leaving.len().min(1) + crowd) as f64);
        full_at.checked_sub(harmless(interval)).unwrap_or(full_at)
    }

    /// How many messages have to be written before it takes another.
    pub(crate) fn crowd(&self, now: Instant) -> usize {
        let moving = self.leaving.iter().filter(|leaving| now < leaving.since + STUCK).count();
        if self.leaving.len() > 1 { moving } else { 0 }
    }

    /// Takes note that the message of that slot does not leave after all.
    pub(crate) fn keeps(&mut self, slot: Instant) {
        if let Some(place) = self.leaving.iter().position(|leaving| leaving.slot == slot) {
            self.leaving.swap_remove(place);
        }
    }

    /// Takes note that others' messages leave no room before that.
    pub(crate) fn takes_none_before(&mut self, moment: Instant, interval: Duration) {
        self.full_at = self.full_at.max(moment + harmless(interval));
    }

    /// Takes note that the message of that slot is on its way to its connection.
    pub(crate) fn lets_go(&mut self, slot: Instant, now: Instant) {
        self.leaving.push(Leaving { slot, since: now });
    }

    /// Takes note that the message of that slot was written to its connection.
    pub(crate) fn loses(&mut self, slot: Instant, now: Instant, interval: Duration) {
        self.keeps(slot);
        self.full_at = self.full_at.max(now) + refill(interval);
    }

    /// Takes note that a message comes which is one too many: what the provider makes of it, its answer tells.
    pub(crate) fn is_forgiven(&mut self, now: Instant) {
        self.full_at = self.full_at.min(now);
    }

    /// Takes note that the provider had no token left.
    pub(crate) fn is_empty(&mut self, now: Instant, interval: Duration) {
        self.full_at = self.full_at.max(now) + interval;
    }
}

/// How much later or earlier than the bucket asks for a message may come.
fn harmless(interval: Duration) -> Duration {
    interval.max(FINEST).mul_f64(HARMLESS)
}

/// How long the bucket takes to gain a token, where slots are an interval apart.
fn refill(interval: Duration) -> Duration {
    interval.div_f64(STRETCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = us(2_000);

    const fn us(us: u64) -> Duration {
        Duration::from_micros(us)
    }

    /// One bucket, and times in microseconds since its first slot.
    struct Stream {
        bucket: ProviderBucket,
        start: Instant,
    }

    impl Stream {
        fn new() -> Self {
            let start = Instant::now();
            Self { bucket: ProviderBucket::full(start), start }
        }

        fn takes(&self, now: u64) -> bool {
            let now = self.start + us(now);
            self.bucket.takes_from(now, INTERVAL) <= now
        }

        fn lets_go(&mut self, now: u64) {
            self.bucket.lets_go(self.start + us(now), self.start + us(now));
        }

        /// A message that was let go is written.
        fn loses(&mut self, let_go: u64, now: u64) {
            self.bucket.loses(self.start + us(let_go), self.start + us(now), INTERVAL);
        }

        fn sends(&mut self, now: u64) {
            assert!(self.takes(now), "at {now} us");
            self.lets_go(now);
            self.loses(now, now);
        }
    }

    #[test]
    fn takes_what_is_late_by_less_than_an_interval_again_and_again() {
        let mut stream = Stream::new();
        for slot in (0..20_000).step_by(2_000) {
            stream.sends(slot + 1_800 * (slot / 2_000 % 2));
        }
    }

    #[test]
    fn after_a_late_message_the_next_ones_wait_and_slots_make_up_for_it() {
        let mut stream = Stream::new();
        stream.sends(0);
        stream.sends(4_900);
        stream.sends(5_000);
        let late = |slot: u64| (slot..).find(|now| stream.takes(*now)).unwrap() - slot;
        assert!((990..=995).contains(&late(6_000)), "{}", late(6_000));
        let mut stream = Stream::new();
        let mut last = 4_900;
        stream.sends(last);
        for number in 1..=2_000 {
            let slot = number * 2_000;
            last = (slot.max(last)..).find(|now| stream.takes(*now)).unwrap();
            stream.sends(last);
        }
        assert_eq!(last, 2_000 * 2_000, "two in a thousand are made up for");
    }

    #[test]
    fn one_message_on_its_way_keeps_its_token_and_two_let_nothing_leave_beside_them() {
        let mut stream = Stream::new();
        stream.lets_go(0);
        assert!(!stream.takes(90) && stream.takes(2_000));
        stream.lets_go(2_000);
        assert!(!stream.takes(4_000));
        stream.loses(0, 4_100);
        assert!(!stream.takes(6_150));
        stream.sends(6_200);
    }

    #[test]
    fn what_is_stuck_keeps_only_one_token() {
        let mut stream = Stream::new();
        stream.sends(0);
        for now in [2_000, 2_100] {
            stream.lets_go(now);
        }
        assert!(!stream.takes(10_000));
        stream.sends(10_200);
        assert!(!stream.takes(12_200));
        stream.loses(2_000, 12_300);
        assert!(!stream.takes(14_350));
        stream.sends(14_400);
    }

    #[test]
    fn what_does_not_leave_after_all_takes_no_token() {
        let mut stream = Stream::new();
        stream.sends(0);
        stream.lets_go(2_000);
        stream.bucket.keeps(stream.start + us(2_000));
        stream.sends(2_000);
        stream.sends(2_100);
    }

    #[test]
    fn one_too_many_is_not_held_against_those_after_it() {
        let mut stream = Stream::new();
        stream.sends(0);
        stream.sends(100);
        assert!(!stream.takes(200));
        stream.bucket.is_forgiven(stream.start + us(200));
        stream.sends(200);
        stream.sends(300);
        assert!(!stream.takes(2_000));
    }

    #[test]
    fn a_throttle_and_the_messages_of_others_leave_no_room() {
        let mut stream = Stream::new();
        stream.sends(0);
        stream.bucket.is_empty(stream.start + us(500), INTERVAL);
        assert!(!stream.takes(2_000));
        stream.sends(2_100);
        stream.bucket.takes_none_before(stream.start + us(9_000), INTERVAL);
        assert!(!stream.takes(8_999));
        stream.sends(9_000);
    }
}
