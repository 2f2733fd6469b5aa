use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Late messages leave at twice the rate: spread, and yet soon over.
const FASTER: u32 = 2;

/// Keeps a worker that is late from firing all its late slots at once: a leaky bucket that holds one message.
#[derive(Debug, Default)]
pub(crate) struct Spread {
    last: Mutex<Option<Instant>>,
}

impl Spread {
    /// The moment at which a message that is ready now may leave; slots are an interval apart.
    pub(crate) fn next(&self, now: Instant, interval: Duration) -> Instant {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let next = last.map_or(now, |last| now.max(last + interval / FASTER));
        *last = Some(next);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_messages_leave_one_after_the_other_and_punctual_ones_at_once() {
        let (spread, start, ms) = (Spread::default(), Instant::now(), Duration::from_millis);
        let left: Vec<_> = (0..4).map(|_| spread.next(start, ms(10)) - start).collect();
        assert_eq!(left, [ms(0), ms(5), ms(10), ms(15)]);
        for slot in [30, 40, 50] {
            assert_eq!(spread.next(start + ms(slot), ms(10)), start + ms(slot));
        }
    }
}
