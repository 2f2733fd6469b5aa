use std::time::Duration;

use leaky_bucket::RateLimiter;

/// The shortest interval that a machine under load keeps. Below it a message in its slot and one a little late are the
/// same, so lateness is allowed up to [`LATE_AT_HIGH_RATES`] and spread.
const SHORTEST_EXACT_INTERVAL: Duration = Duration::from_millis(2);
const LATE_AT_HIGH_RATES: Duration = Duration::from_millis(10);

/// How late a message may leave after its slot. A provider whose bucket holds two takes a message that is late by less
/// than an interval; one that is later gives its slot up and gets another.
pub(crate) fn tolerance(interval: Duration) -> Duration {
    if interval < SHORTEST_EXACT_INTERVAL { LATE_AT_HIGH_RATES } else { interval.mul_f64(0.75) }
}

/// Keeps a worker that is a little late at a high rate from firing all its late slots at once.
#[derive(Debug)]
pub(crate) struct Spread(Option<RateLimiter>);

impl Spread {
    /// For slots an interval apart: nothing to do where one lateness ends before the next slot.
    pub(crate) fn new(interval: Duration) -> Self {
        Self((interval < SHORTEST_EXACT_INTERVAL).then(|| {
            // The limiter refills every millisecond, the runtime's own grain.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 10")]
            let a_millisecond = (0.001 / interval.as_secs_f64()).ceil() as usize;
            RateLimiter::builder()
                .interval(Duration::from_millis(1))
                .refill(a_millisecond)
                .max(2 * a_millisecond)
                .initial(2 * a_millisecond)
                .build()
        }))
    }

    /// Returns when one more may leave.
    pub(crate) async fn one(&self) {
        if let Some(limiter) = &self.0 {
            limiter.acquire_one().await;
        }
    }
}
