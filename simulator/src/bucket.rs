use std::{collections::VecDeque, iter};

use crate::{Quota, clock::Arrival};

/// The token bucket of a quota, full at first. Calls are charged in the order in which they arrived, even where the
/// simulator gets to them in another: what was taken of late is kept, and a call finds its place in it.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    quota: Quota,
    /// Before those that are kept.
    level: Level,
    /// Nanoseconds of the clock at which tokens were taken of late, in order.
    taken: VecDeque<u128>,
}

/// What a bucket holds at a moment.
#[derive(Debug, Clone, Copy)]
struct Level {
    /// In units of [`TOKEN`].
    tokens: u128,
    /// Nanoseconds of the clock; none before the first call.
    at: Option<u128>,
}

/// One token: nanoseconds times millionths a second, the product that a refill is.
const TOKEN: u128 = 1_000_000_000 * 1_000_000;
/// What is taken is kept for so many nanoseconds: far longer than a call waits for the simulator, unless the machine is
/// so busy that it measures nothing.
const KEPT: u128 = 50_000_000;

impl Bucket {
    pub(crate) const fn new(quota: Quota) -> Self {
        let full = Level { tokens: quota.burst() as u128 * TOKEN, at: None };
        Self { quota, level: full, taken: VecDeque::new() }
    }

    /// Whether a call that arrived then finds a token, and leaves theirs to those that arrived later and were let pass.
    pub(crate) fn has_token(&self, arrival: Arrival) -> bool {
        let place = self.place(arrival);
        let (before, after) = (self.taken.range(..place), self.taken.range(place..));
        let mut calls = before.copied().chain(iter::once(arrival.nanos())).chain(after.copied());
        calls.try_fold(self.level, |level, at| level.refilled(self.quota, at).less_one()).is_some()
    }

    /// Takes a token that [`Self::has_token`] found.
    pub(crate) fn take(&mut self, arrival: Arrival) {
        self.taken.insert(self.place(arrival), arrival.nanos());
        let newest = self.taken.back().copied().unwrap_or_default();
        while let Some(oldest) = self.taken.pop_front_if(|at| *at + KEPT < newest) {
            let level = self.level.refilled(self.quota, oldest);
            self.level = level.less_one().unwrap_or(level);
        }
    }

    /// Puts a token back that turned out not to be due.
    pub(crate) fn give_back(&mut self, arrival: Arrival) {
        match self.taken.binary_search(&arrival.nanos()) {
            Ok(place) => drop(self.taken.remove(place)),
            Err(_) => self.level.tokens = capped(self.quota, self.level.tokens + TOKEN),
        }
    }

    fn place(&self, arrival: Arrival) -> usize {
        self.taken.partition_point(|at| *at <= arrival.nanos())
    }
}

impl Level {
    fn refilled(self, quota: Quota, at: u128) -> Self {
        // A call that was kept waiting for too long is charged as if it came now.
        let elapsed = self.at.map_or(0, |last| at.saturating_sub(last));
        let tokens = capped(quota, self.tokens + elapsed * u128::from(quota.micro_rate()));
        Self { tokens, at: self.at.max(Some(at)) }
    }

    fn less_one(self) -> Option<Self> {
        Some(Self { tokens: self.tokens.checked_sub(TOKEN)?, ..self })
    }
}

fn capped(quota: Quota, tokens: u128) -> u128 {
    tokens.min(u128::from(quota.burst()) * TOKEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn bucket(quota: &str) -> Bucket {
        Bucket::new(quota.parse().unwrap())
    }

    fn call(bucket: &mut Bucket, nanos: u64) -> bool {
        let passes = bucket.has_token(Arrival::at_nanos(nanos));
        if passes {
            bucket.take(Arrival::at_nanos(nanos));
        }
        passes
    }

    #[test]
    fn holds_burst_and_no_more() {
        let mut bucket = bucket("10/2");
        assert!(call(&mut bucket, 5));
        assert!(call(&mut bucket, 5));
        assert!(!call(&mut bucket, 5));
    }

    #[test]
    fn refills_to_the_nanosecond() {
        let mut bucket = bucket("10/1");
        assert!(call(&mut bucket, 0));
        assert!(!call(&mut bucket, SECOND / 10 - 1));
        assert!(call(&mut bucket, SECOND / 10));
    }

    #[test]
    fn gains_nothing_beyond_its_burst_however_long_it_rests() {
        let mut bucket = bucket("10/2");
        assert!(call(&mut bucket, 0));
        let later = 3600 * SECOND;
        assert!(call(&mut bucket, later));
        assert!(call(&mut bucket, later));
        assert!(!call(&mut bucket, later));
    }

    #[test]
    fn lets_exactly_rate_times_seconds_through_a_flood() {
        let mut bucket = bucket("7/2");
        // 1,000 calls a second for 1,000 s: 7 a second pass, and the two that the bucket held at first.
        let passed = (0..=1_000_000).filter(|ms| call(&mut bucket, ms * 1_000_000)).count();
        assert_eq!(passed, 7_002);
    }

    #[test]
    fn the_order_of_charging_does_not_matter() {
        let ms = SECOND / 1_000;
        let arrivals = [1_000, 1_001, 1_004, 1_005, 1_006, 1_013].map(|at| at * ms);
        let mut in_order = bucket("500/2");
        assert!(arrivals.iter().all(|at| call(&mut in_order, *at)));
        for swapped in 1..arrivals.len() {
            let mut late = arrivals;
            late.swap(swapped - 1, swapped);
            let mut bucket = bucket("500/2");
            assert!(late.iter().all(|at| call(&mut bucket, *at)), "{late:?}");
            assert_eq!(call(&mut bucket, 1_013 * ms), call(&mut in_order.clone(), 1_013 * ms));
        }
    }

    #[test]
    fn a_call_charged_late_takes_nothing_from_those_that_passed() {
        let mut bucket = bucket("10/1");
        assert!(call(&mut bucket, SECOND));
        assert!(!call(&mut bucket, SECOND - SECOND / 10 + 1));
        assert!(!call(&mut bucket, SECOND + SECOND / 10 - 1));
        assert!(call(&mut bucket, SECOND + SECOND / 10));
    }

    #[test]
    fn a_call_charged_far_too_late_refills_nothing() {
        let mut bucket = bucket("10/2");
        for at in [1, 2, 3] {
            assert!(call(&mut bucket, at * SECOND));
        }
        assert!(call(&mut bucket, SECOND / 2));
        assert!(!call(&mut bucket, SECOND / 2));
    }

    #[test]
    fn what_is_given_back_was_never_taken() {
        let mut bucket = bucket("10/1");
        assert!(call(&mut bucket, SECOND));
        bucket.give_back(Arrival::at_nanos(SECOND));
        assert!(call(&mut bucket, SECOND));
        assert!(!call(&mut bucket, SECOND));
    }
}
