use std::time::{Duration, Instant};

/// The share of an interval by which a message may be late, or come too soon after others: a provider whose bucket holds
/// two still takes it, even if the way there takes a little longer than usual.
const HARMLESS: f64 = 0.8;
/// A message that does not leave for so long waits for its connection: those after it go on.
const STUCK: Duration = Duration::from_millis(12);

/// A picture of the token bucket that a provider keeps for a stream of messages: one that holds two tokens and gains one in
/// each interval (GCRA). It is drawn from what left here, as if all other workers used their slots, and on time. Those are
/// mostly not in between, since slots are leased in rows.
#[derive(Debug)]
pub(crate) struct ProviderBucket {
    /// When it is full again.
    full_at: Instant,
    /// The last slot that anything is known of.
    last_slot: Instant,
    /// Slots whose messages were let go, and are not yet written to their connections.
    leaving: Vec<Instant>,
}

impl ProviderBucket {
    pub(crate) fn full(now: Instant) -> Self {
        Self { full_at: now, last_slot: now, leaving: Vec::new() }
    }

    /// How late a message may be that the bucket takes.
    pub(crate) fn harmless(interval: Duration) -> Duration {
        interval.mul_f64(HARMLESS)
    }

    /// Takes note that one of our slots came; it is to be used or not. Slots in between are those of others.
    pub(crate) fn comes_to(&mut self, slot: Instant, interval: Duration) {
        let Some(gap) = slot.checked_duration_since(self.last_slot) else {
            // It was taken for one of others when a later slot came.
            self.full_at = self.full_at.checked_sub(interval).unwrap_or(self.full_at);
            return;
        };
        let of_others = (gap.as_secs_f64() / interval.as_secs_f64()).round() - 1.0;
        if of_others > 0.0 {
            self.full_at = slot.max(self.full_at + interval.mul_f64(of_others));
        }
        self.last_slot = slot;
    }

    /// Whether the bucket takes a message that leaves now.
    pub(crate) fn takes(&self, now: Instant, interval: Duration) -> bool {
        let stuck = now.checked_sub(STUCK);
        let leaving = self.leaving.iter().filter(|slot| stuck.is_none_or(|stuck| **slot > stuck)).count();
        let full_at = if leaving == 0 { self.full_at } else { self.full_at.max(now) };
        full_at + interval.mul_f64(leaving as f64) <= now + Self::harmless(interval)
    }

    /// Takes note that the message of that slot is on its way to its connection.
    pub(crate) fn lets_go(&mut self, slot: Instant) {
        self.leaving.push(slot);
    }

    /// Takes note that the message of that slot was written to its connection.
    pub(crate) fn loses(&mut self, slot: Instant, now: Instant, interval: Duration) {
        if let Some(place) = self.leaving.iter().position(|leaving| *leaving == slot) {
            self.leaving.swap_remove(place);
        }
        self.full_at = self.full_at.max(now) + interval;
    }

    /// Takes note that a message comes which is one too many: what the provider makes of it, its answer tells.
    pub(crate) fn is_forgiven(&mut self, now: Instant) {
        self.full_at = self.full_at.min(now);
    }

    /// Takes note that the provider had no token left.
    pub(crate) fn is_empty(&mut self, interval: Duration) {
        self.full_at = self.full_at.max(self.last_slot + interval * 2);
    }
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

        fn takes(&mut self, slot: u64, now: u64) -> bool {
            self.bucket.comes_to(self.start + us(slot), INTERVAL);
            self.bucket.takes(self.start + us(now), INTERVAL)
        }

        fn lets_go(&mut self, slot: u64) {
            self.bucket.lets_go(self.start + us(slot));
        }

        fn loses(&mut self, slot: u64, now: u64) {
            self.bucket.loses(self.start + us(slot), self.start + us(now), INTERVAL);
        }

        fn sends(&mut self, slot: u64, now: u64) {
            assert!(self.takes(slot, now), "the slot at {slot} us");
            self.lets_go(slot);
            self.loses(slot, now);
        }
    }

    #[test]
    fn takes_what_is_late_by_less_than_an_interval_again_and_again() {
        let mut stream = Stream::new();
        for slot in (0..20_000).step_by(2_000) {
            stream.sends(slot, slot + 1_500 * (slot / 2_000 % 2));
        }
    }

    #[test]
    fn after_a_message_that_was_held_up_a_slot_is_given_up() {
        let mut stream = Stream::new();
        stream.lets_go(0);
        stream.loses(0, 2_900);
        assert!(!stream.takes(2_000, 3_000));
        stream.sends(4_000, 4_000);
        stream.sends(6_000, 6_000);
    }

    #[test]
    fn nothing_leaves_beside_what_is_on_its_way_unless_that_is_stuck() {
        let mut stream = Stream::new();
        stream.lets_go(0);
        assert!(!stream.takes(2_000, 2_000));
        stream.sends(14_000, 14_000);
        // Now it comes, and is one too many.
        stream.loses(0, 15_000);
        assert!(!stream.takes(16_000, 16_000));
        stream.sends(18_000, 18_000);
    }

    #[test]
    fn slots_of_others_are_taken_to_be_used_on_time() {
        let mut stream = Stream::new();
        stream.sends(0, 0);
        stream.loses(0, 0);
        // One too many: nobody made up for it.
        assert!(!stream.takes(20_000, 20_000));
        stream.sends(22_000, 22_000);
        // An interval late, and nobody made up for that either.
        stream.lets_go(24_000);
        stream.loses(24_000, 26_000);
        assert!(!stream.takes(40_000, 40_000));
    }

    #[test]
    fn a_slot_that_comes_out_of_order_was_not_one_of_others() {
        let mut stream = Stream::new();
        stream.sends(0, 0);
        stream.sends(4_000, 4_000);
        // Nobody uses it.
        stream.takes(2_000, 4_100);
        stream.sends(6_000, 6_000);
        stream.sends(8_000, 8_000);
        stream.loses(8_000, 8_000);
        assert!(!stream.takes(10_000, 10_000));
    }

    #[test]
    fn one_too_many_is_not_held_against_those_after_it() {
        let mut stream = Stream::new();
        stream.sends(0, 0);
        stream.loses(0, 0);
        assert!(!stream.takes(2_000, 2_000));
        stream.bucket.is_forgiven(stream.start + us(2_000));
        stream.sends(4_000, 4_000);
    }

    #[test]
    fn after_a_throttle_a_slot_is_given_up() {
        let mut stream = Stream::new();
        stream.sends(0, 0);
        stream.bucket.is_empty(INTERVAL);
        assert!(!stream.takes(2_000, 2_000));
        stream.sends(4_000, 4_000);
    }
}
