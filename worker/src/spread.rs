use std::time::Duration;

use leaky_bucket::RateLimiter;

/// At longer intervals no two messages are late at once.
const LONGEST_INTERVAL: Duration = Duration::from_millis(20);
/// Late messages leave at twice the rate: spread, and yet soon over.
const FASTER: f64 = 2.0;
/// The limiter's own grain.
const REFILL: Duration = Duration::from_millis(1);

/// Keeps a worker that is late from firing all its late slots at once.
#[derive(Debug)]
pub(crate) struct Spread(Option<RateLimiter>);

impl Spread {
    /// For slots an interval apart.
    pub(crate) fn new(interval: Duration) -> Self {
        if interval >= LONGEST_INTERVAL {
            return Self(None);
        }
        let every = interval.div_f64(FASTER).max(REFILL);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 20")]
        let refill = (every.as_secs_f64() * FASTER / interval.as_secs_f64()).round() as usize;
        Self(Some(
            RateLimiter::builder().interval(every).refill(refill).max(2 * refill).initial(2 * refill).build(),
        ))
    }

    /// Returns when one more may leave.
    pub(crate) async fn one(&self) {
        if let Some(limiter) = &self.0 {
            limiter.acquire_one().await;
        }
    }
}
