use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use drumbeat_common::{
    Batch, Failure, FailureState, Message, RecipientIndex, RecipientRef,
    ledger::{Claimer, Settled, Settlement},
};
use jiff::Timestamp;
use rand::RngExt;
use tracing::trace;

use crate::{
    campaign_run::Batches,
    outcome::{Cause, Outcome},
    provider,
};

/// A claim older than this is not sent any more: this process was frozen, and the batch may be another's by now.
pub(crate) const CLAIM_AGE: Duration = Duration::from_secs(3);
/// After this many tries of a provider that could not be reached, the recipient failed.
const TRIES: u32 = 5;
/// The wait before the second try; it doubles from there.
const FIRST_BACKOFF: Duration = Duration::from_millis(500);
/// The wait after a throttle.
const THROTTLE_BACKOFF: Duration = Duration::from_millis(250);

/// One claimed recipient on the way to its slot, and what becomes of it.
pub(crate) struct Attempt {
    pub(crate) batches: Arc<Batches>,
    pub(crate) batch: Arc<Batch>,
    pub(crate) claimer: Claimer,
    pub(crate) index: RecipientIndex,
    pub(crate) claimed_at: Instant,
    /// The moment of the slot, and the time to the next one.
    pub(crate) slot: Instant,
    pub(crate) interval: Duration,
    /// Tries of this recipient before this one that a provider could not be reached for.
    pub(crate) tries: u32,
}

/// How an attempt left its recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    /// In a state that this batch does not change any more.
    Final,
    /// Pending: its slot passed.
    Pending,
    /// Pending, and to be left alone for a while; with the tries so far.
    Resting { until: Instant, tries: u32 },
}

impl Attempt {
    /// Waits for the slot, sends, and settles.
    pub(crate) async fn run(self) -> (RecipientIndex, Left) {
        self.batches.process.metronome.wait(self.slot).await;
        let (settled, left) = if self.slot_holds() && self.claim_holds_after_spread().await {
            let outcome = self.send().await;
            self.judge(outcome).await
        } else {
            trace!(campaign = %self.batch.campaign, index = self.index.get(), late = ?self.slot.elapsed(), "slot given up");
            (Settled::Pending, Left::Pending)
        };
        let settlement = Settlement { index: self.index, claimer: Some(self.claimer), to: settled };
        self.batches.settler.settle(settlement).await;
        (self.index, left)
    }

    fn slot_holds(&self) -> bool {
        self.batches.lateness.allows(self.slot.elapsed(), self.interval)
    }

    /// Waits for its turn among late messages, and looks at the claim as the last thing before the message leaves.
    async fn claim_holds_after_spread(&self) -> bool {
        let leaves = self.batches.spread.next(Instant::now(), self.interval);
        self.batches.process.metronome.wait(leaves).await;
        self.claimed_at.elapsed() < CLAIM_AGE
    }

    async fn send(&self) -> Outcome {
        let message = match self.message() {
            Ok(message) => message,
            Err(cause) => return Outcome::Rejected(cause),
        };
        if self.batches.options.dry_run {
            return provider::dry_run();
        }
        let recipient = RecipientRef { campaign: self.batch.campaign, index: self.index };
        self.batches.process.providers.send(message, recipient).await
    }

    fn message(&self) -> Result<Message, Cause> {
        let recipient = self.batch.recipient(self.index).ok_or_else(|| {
            Cause::new("NotInBatch", "the ledger names a recipient that its batch does not have")
        })?;
        self.batches
            .templates
            .render(recipient)
            .map_err(|error| Cause::new("TemplateFailed", error.to_string()))
    }

    async fn judge(&self, outcome: Outcome) -> (Settled, Left) {
        match outcome {
            Outcome::Accepted { .. } => (Settled::Sent, Left::Final),
            Outcome::Rejected(cause) => {
                (Settled::Failed(self.failure(FailureState::Failed, cause)), Left::Final)
            }
            Outcome::Throttled(_) => (Settled::Pending, rest(THROTTLE_BACKOFF, self.tries)),
            Outcome::Unavailable(cause) if self.tries + 1 >= TRIES => {
                (Settled::Failed(self.failure(FailureState::Failed, cause)), Left::Final)
            }
            Outcome::Unavailable(_) => {
                (Settled::Pending, rest(FIRST_BACKOFF * 2_u32.pow(self.tries), self.tries + 1))
            }
            Outcome::InDoubt(cause) => {
                let settled = self.batches.doubt(|| self.failure(FailureState::InDoubt, cause));
                let left =
                    if settled == Settled::Pending { rest(FIRST_BACKOFF, self.tries) } else { Left::Final };
                (settled, left)
            }
            Outcome::Fatal(cause) => {
                let reason = format!("{}: {}", cause.code, cause.message);
                self.batches.process.pause(self.batch.campaign, &reason).await;
                (Settled::Pending, rest(THROTTLE_BACKOFF, self.tries))
            }
        }
    }

    fn failure(&self, state: FailureState, cause: Cause) -> Failure {
        failure(&self.batch, self.index, state, cause, self.tries + 1)
    }
}

/// Half to one and a half times the wait, so that recipients that met one fault do not all come back at once.
fn rest(wait: Duration, tries: u32) -> Left {
    let jitter = rand::rng().random_range(0.5..1.5);
    Left::Resting { until: Instant::now() + wait.mul_f64(jitter), tries }
}

pub(crate) fn failure(
    batch: &Batch,
    index: RecipientIndex,
    state: FailureState,
    cause: Cause,
    attempts: u32,
) -> Failure {
    let recipient = batch.recipient(index);
    Failure {
        batch: batch.number,
        index: index.get(),
        customer_id: recipient.map(|recipient| recipient.customer_id.clone()).unwrap_or_default(),
        channel: recipient.map_or(drumbeat_common::Channel::Sms, |recipient| recipient.address.channel()),
        state,
        code: cause.code,
        message: cause.message,
        attempts,
        at: Timestamp::now(),
    }
}
