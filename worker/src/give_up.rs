use std::{sync::Arc, time::Duration};

use drumbeat_common::{
    Batch, CampaignId, FailureState, LedgerByte, RecipientIndex, State, StoreError,
    ledger::{self, Hold, Settled, Settlement, Verdict},
    queue::Handled,
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{Process, failure, outcome::Cause};

/// How often those are looked at whom an earlier worker was sending to, and how soon Redis is asked again after it failed.
const LOOK: Duration = Duration::from_secs(1);

/// A batch that cannot be sent: whoever waits in it fails, and whom an earlier worker was sending to is in doubt, once
/// no answer can come any more.
pub(crate) struct GiveUp {
    process: Arc<Process>,
    campaign: CampaignId,
    number: u32,
    /// Names the people, where it can be read.
    batch: Option<Batch>,
    cause: Cause,
}

impl GiveUp {
    pub(crate) const fn new(
        process: Arc<Process>,
        campaign: CampaignId,
        number: u32,
        batch: Option<Batch>,
        cause: Cause,
    ) -> Self {
        Self { process, campaign, number, batch, cause }
    }

    /// Returns when nobody in the batch is left, or at the stop.
    pub(crate) async fn run(self, stop: &CancellationToken) -> Handled {
        while !stop.is_cancelled() {
            match self.step().await {
                Ok(true) => return Handled::Done,
                Ok(false) => {}
                Err(error) => {
                    warn!(campaign = %self.campaign, batch = self.number, %error, "cannot give a batch up yet");
                }
            }
            stop.run_until_cancelled(tokio::time::sleep(LOOK)).await;
        }
        Handled::HandBack
    }

    /// Settles whom it can; answers whether nobody is left.
    async fn step(&self) -> Result<bool, StoreError> {
        let redis = &self.process.redis;
        let ledger = ledger::read_batch(redis, self.campaign, self.number).await?;
        let open: Vec<_> = (self.number * Batch::SIZE..)
            .zip(ledger)
            .filter_map(|(i, byte)| self.settlement(i, byte))
            .collect();
        ledger::settle(redis, self.campaign, &open).await?;
        Ok(open.is_empty())
    }

    fn settlement(&self, index: u32, LedgerByte { channel, state }: LedgerByte) -> Option<Settlement> {
        let index = RecipientIndex::new(index);
        let recipient = self.batch.as_ref().and_then(|batch| batch.recipient(index));
        let failure = |state, cause| failure::of(index, channel, recipient, state, cause, 0);
        let (hold, to) = match state {
            State::Pending => {
                (Hold::Any, Settled::GivenUp(failure(FailureState::Failed, self.cause.clone())))
            }
            State::Sending => {
                (Hold::Overdue, Settled::InDoubt(failure(FailureState::InDoubt, Cause::worker_lost())))
            }
            State::Sent
            | State::Failed
            | State::InDoubt
            | State::Skipped
            | State::Cancelled
            | State::Delivered
            | State::Undelivered
            | State::Read => return None,
        };
        Some(Settlement { index, hold, to, verdict: Verdict::None })
    }
}
