use std::time::{Duration, Instant};

use drumbeat_common::{
    Channel, FailureState, InDoubtPolicy,
    ledger::{Settled, Verdict},
};
use rand::RngExt;
use tracing::trace;

use crate::{
    attempt::{Attempt, Left},
    doubt,
    outcome::{Cause, Outcome},
};

/// After this many tries of a provider that could not be reached, the recipient failed.
const TRIES: u32 = 5;
/// The wait before the second try; it doubles from there.
const FIRST_BACKOFF: Duration = Duration::from_millis(500);
/// The wait after a throttle.
const THROTTLE_BACKOFF: Duration = Duration::from_millis(250);

/// A slot that was given up this late was not just missed: the process was stopped, or its machine was.
const STALL: Duration = Duration::from_millis(100);

/// What an outcome comes to: for the recipient, for the campaign, and for the batch in hand.
pub(crate) struct Judgement {
    pub(crate) to: Settled,
    pub(crate) verdict: Verdict,
    pub(crate) left: Left,
}

/// Judges an attempt by its outcome. A fatal one pauses the campaign before its recipient is pending again.
pub(crate) async fn judge(attempt: &Attempt, outcome: Outcome) -> Judgement {
    let channel = attempt.channel();
    let tries = attempt.tries;
    match outcome {
        Outcome::Accepted { message_id } => {
            attempt.batches.pace.accepted();
            attempt.slot.beat.accepted(attempt.slot.at);
            Judgement {
                to: Settled::Sent(attempt.tracked(message_id)),
                verdict: Verdict::Accepted,
                left: Left::Final,
            }
        }
        Outcome::Suppressed => Judgement { to: Settled::Skipped, verdict: Verdict::None, left: Left::Final },
        Outcome::Missed => {
            let (campaign, index) = (attempt.batch.campaign, attempt.index.get());
            let late = attempt.slot.at.elapsed();
            trace!(%campaign, index, ?late, "slot given up");
            let verdict = if late > STALL { Verdict::Stalled } else { Verdict::None };
            Judgement { to: Settled::Pending, verdict, left: Left::Pending }
        }
        Outcome::Rejected(cause) => failed(attempt, cause),
        Outcome::Unavailable(cause) if tries + 1 >= TRIES => failed(attempt, cause),
        Outcome::Unavailable(cause) => Judgement {
            to: Settled::Pending,
            verdict: Verdict::Failed(told(&cause, channel)),
            left: rest(FIRST_BACKOFF * 2_u32.pow(tries), tries + 1),
        },
        Outcome::Throttled(cause) => {
            attempt.batches.pace.throttled();
            attempt.slot.beat.throttled(attempt.slot.at);
            Judgement {
                to: Settled::Pending,
                verdict: Verdict::Throttled(told(&cause, channel)),
                left: rest(THROTTLE_BACKOFF, tries),
            }
        }
        Outcome::InDoubt(cause) => {
            let verdict = Verdict::Failed(told(&cause, channel));
            let policy = attempt.batches.options.in_doubt;
            let left = match policy {
                InDoubtPolicy::Hold => Left::Final,
                InDoubtPolicy::Resend => rest(FIRST_BACKOFF, tries),
            };
            let to = doubt::settled(policy, attempt.failure(FailureState::InDoubt, cause));
            Judgement { to, verdict, left }
        }
        Outcome::Fatal(cause) => {
            let reason = format!("{}: {}", cause.code, cause.message);
            attempt.batches.process.pause(attempt.batch.campaign, &reason).await;
            Judgement { to: Settled::Pending, verdict: Verdict::None, left: rest(THROTTLE_BACKOFF, tries) }
        }
    }
}

fn failed(attempt: &Attempt, cause: Cause) -> Judgement {
    Judgement {
        verdict: Verdict::Failed(told(&cause, attempt.channel())),
        to: Settled::Failed(attempt.failure(FailureState::Failed, cause)),
        left: Left::Final,
    }
}

/// The cause as a campaign's status tells it: never its words, which may name an address.
fn told(cause: &Cause, channel: Channel) -> String {
    format!("{} for {channel}", cause.code)
}

/// Half to one and a half times the wait, so that recipients that met one fault do not all come back at once.
fn rest(wait: Duration, tries: u32) -> Left {
    let jitter = rand::rng().random_range(0.5..1.5);
    Left::Resting { until: Instant::now() + wait.mul_f64(jitter), tries }
}
