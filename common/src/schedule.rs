use jiff::{SignedDuration, Timestamp};

/// The furthest ahead that a campaign may be scheduled: a year. What lies further ahead is a slip of the pen.
pub const FURTHEST_START: SignedDuration = SignedDuration::from_hours(366 * 24);

/// The start lies further ahead than [`FURTHEST_START`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is more than a year ahead")]
pub struct TooFarAhead(Timestamp);

/// Checks a start that somebody asks for. One that has passed is as good as now.
///
/// # Errors
/// When it is more than a year ahead.
pub fn check_start(start_at: Timestamp, now: Timestamp) -> Result<(), TooFarAhead> {
    if start_at.duration_since(now) > FURTHEST_START { Err(TooFarAhead(start_at)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_may_have_passed_and_be_a_year_ahead_but_no_further() {
        let now = Timestamp::UNIX_EPOCH;
        let check = |hours| check_start(now + SignedDuration::from_hours(hours), now);
        for near in [-1_000_000, 0, 1, 366 * 24] {
            assert_eq!(check(near), Ok(()));
        }
        assert_eq!(
            check(366 * 24 + 1).unwrap_err().to_string(),
            "1971-01-02T01:00:00Z is more than a year ahead"
        );
    }
}
