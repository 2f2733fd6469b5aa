use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use drumbeat_common::{
    Batch, Channel, Failure, FailureState, Message, RecipientIndex, RecipientRef,
    ledger::{ClaimId, Hold, OVERDUE, Settled, Settlement, Verdict},
};
use tracing::trace;

use crate::{
    campaign_run::Batches,
    failure,
    judgement::{self, Judgement},
    outcome::{Cause, Outcome},
    provider::{self, READ_TIMEOUT},
};

/// A claim older than this is not sent any more: this process was frozen, and the batch may be another's by now.
pub(crate) const CLAIM_AGE: Duration = Duration::from_secs(3);
// Whoever takes a batch over relies on it.
const _: () = assert!(CLAIM_AGE.as_secs() + READ_TIMEOUT.as_secs() <= OVERDUE.as_secs());

/// One claimed recipient on the way to its slot, and what becomes of it.
pub(crate) struct Attempt {
    pub(crate) batches: Arc<Batches>,
    pub(crate) batch: Arc<Batch>,
    pub(crate) claim: ClaimId,
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
        let Judgement { to, verdict, left } = if self.slot_holds() && self.claim_holds_after_spread().await {
            let outcome = self.send().await;
            judgement::judge(&self, outcome).await
        } else {
            trace!(campaign = %self.batch.campaign, index = self.index.get(), late = ?self.slot.elapsed(), "slot given up");
            Judgement { to: Settled::Pending, verdict: Verdict::None, left: Left::Pending }
        };
        let settlement = Settlement { index: self.index, hold: Hold::By(self.claim), to, verdict };
        self.batches.settler.settle(settlement).await;
        (self.index, left)
    }

    fn slot_holds(&self) -> bool {
        self.batches.pace.allows(self.interval)
            && self.batches.lateness.allows(self.slot.elapsed(), self.interval)
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

    pub(crate) fn channel(&self) -> Channel {
        self.batch.recipient(self.index).map_or(Channel::Sms, |recipient| recipient.address.channel())
    }

    pub(crate) fn failure(&self, state: FailureState, cause: Cause) -> Failure {
        let recipient = self.batch.recipient(self.index);
        failure::of(self.index, self.channel(), recipient, state, cause, self.tries + 1)
    }
}
