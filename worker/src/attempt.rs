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
    slot::Slot,
};

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
    pub(crate) slot: Slot,
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
    /// Makes the message ready, sends it at its slot, and settles.
    pub(crate) async fn run(self) -> (RecipientIndex, Left) {
        self.slot.nears().await;
        let outcome = self.send().await;
        let (settled, left) = self.judge(outcome).await;
        let settlement = Settlement { index: self.index, claimer: Some(self.claimer), to: settled };
        self.batches.settler.settle(settlement).await;
        (self.index, left)
    }

    async fn send(&self) -> Outcome {
        let message = match self.message() {
            Ok(message) => message,
            Err(cause) => return Outcome::Rejected(cause),
        };
        if self.batches.options.dry_run {
            return if self.slot.clone().comes().await { provider::dry_run() } else { Outcome::Missed };
        }
        let recipient = RecipientRef { campaign: self.batch.campaign, index: self.index };
        self.batches.process.providers.send(message, recipient, self.slot.departure()).await
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
            Outcome::Missed => {
                trace!(campaign = %self.batch.campaign, index = self.index.get(), late = ?self.slot.at.elapsed(), "slot given up");
                (Settled::Pending, Left::Pending)
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
