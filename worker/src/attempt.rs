use std::{sync::Arc, time::Instant};

use drumbeat_common::{
    AddressPrint, Batch, Channel, Failure, FailureState, Message, RecipientIndex, RecipientRef,
    ledger::{ClaimId, Hold, Settlement},
    outbox::Tracked,
};

use crate::{
    campaign_run::Batches,
    failure,
    judgement::{self, Judgement},
    outcome::{Cause, Outcome},
    provider,
    slot::Slot,
};

/// One claimed recipient on the way to its slot, and what becomes of it.
pub(crate) struct Attempt {
    pub(crate) batches: Arc<Batches>,
    pub(crate) batch: Arc<Batch>,
    pub(crate) claim: ClaimId,
    pub(crate) index: RecipientIndex,
    pub(crate) slot: Slot,
    /// The message, where it was needed before.
    pub(crate) message: Option<Message>,
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
    pub(crate) async fn run(mut self) -> (RecipientIndex, Left) {
        let outcome = if self.slot.nears().await { self.send().await } else { Outcome::Missed };
        self.end(outcome).await
    }

    /// Settles by what it came to.
    pub(crate) async fn end(self, outcome: Outcome) -> (RecipientIndex, Left) {
        let Judgement { to, verdict, left } = judgement::judge(&self, outcome).await;
        let settlement = Settlement { index: self.index, hold: Hold::By(self.claim), to, verdict };
        self.batches.settler.settle(settlement).await;
        (self.index, left)
    }

    async fn send(&mut self) -> Outcome {
        let message = match self.message.take().map_or_else(|| self.render(), Ok) {
            Ok(message) => message,
            Err(cause) => return Outcome::Rejected(cause),
        };
        if self.batches.options.dry_run {
            return if self.slot.clone().comes().await.is_some() {
                provider::dry_run()
            } else {
                Outcome::Missed
            };
        }
        let recipient = RecipientRef { campaign: self.batch.campaign, index: self.index };
        self.slot.lane.providers.send(message, recipient, self.slot.departure()).await
    }

    fn render(&self) -> Result<Message, Cause> {
        let recipient = self.batch.recipient(self.index).ok_or_else(|| {
            Cause::new("NotInBatch", "the ledger names a recipient that its batch does not have")
        })?;
        self.batches
            .templates
            .render(recipient)
            .map_err(|error| Cause::new("TemplateFailed", error.to_string()))
    }

    /// What the delivery table is to hold of the message, where there is one. Nobody got anything of a dry run.
    pub(crate) fn tracked(&self, message_id: String) -> Option<Tracked> {
        let tracks = self.batches.process.tracks && !self.batches.options.dry_run;
        let recipient = self.batch.recipient(self.index).filter(|_| tracks)?;
        Some(Tracked {
            message_id,
            index: self.index,
            channel: recipient.address.channel(),
            customer_id: recipient.customer_id.clone(),
            address: recipient.address.masked(),
            address_print: Some(AddressPrint::of(self.batch.campaign, &recipient.address)),
            claimed_at: Some(self.claim.at()),
        })
    }

    pub(crate) fn channel(&self) -> Channel {
        failure::channel(&self.batch, self.index)
    }

    pub(crate) fn failure(&self, state: FailureState, cause: Cause) -> Failure {
        failure::in_batch(&self.batch, self.index, state, cause, self.tries + 1)
    }
}
