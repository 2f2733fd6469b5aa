use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use drumbeat_common::{
    Batch, FailureState, RecipientIndex, StoreError,
    ledger::{self, Claim, Claimer, Settled, Settlement},
    queue::Handled,
    slot::{Lease, SlotTime},
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::{
    attempt::{self, Attempt, Left},
    campaign_run::Batches,
    outcome::Cause,
    provider::READ_TIMEOUT,
    slot::{CLAIM_AGE, Slot},
};

/// The longest that a send can take: after it, no answer comes to a claim of another holder of this batch.
const LAST_ANSWER: Duration = CLAIM_AGE.saturating_add(READ_TIMEOUT);
/// How soon a batch asks again after Redis failed, or while the campaign is about to be stopped.
const ASK_AGAIN: Duration = Duration::from_millis(200);
/// How long a batch waits at most before it asks for slots again: a new rate is felt within that.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// One batch in the hands of this process: claim, slot, send, settle, until nobody in it is left to be sent to.
pub(crate) struct BatchRun {
    batches: Arc<Batches>,
    batch: Arc<Batch>,
    stop: CancellationToken,
    claimer: Claimer,
    started: Instant,
    attempts: JoinSet<(RecipientIndex, Left)>,
    in_flight: HashSet<RecipientIndex>,
    resting: HashMap<RecipientIndex, Instant>,
    tries: HashMap<RecipientIndex, u32>,
}

impl BatchRun {
    pub(crate) fn new(batches: Arc<Batches>, batch: Batch, stop: CancellationToken) -> Self {
        Self {
            batches,
            batch: Arc::new(batch),
            stop,
            claimer: Claimer::generate(),
            started: Instant::now(),
            attempts: JoinSet::new(),
            in_flight: HashSet::new(),
            resting: HashMap::new(),
            tries: HashMap::new(),
        }
    }

    /// Returns when the batch is done, or the stop came and all that was in flight is settled.
    pub(crate) async fn run(mut self) -> Handled {
        let mut handled = Handled::HandBack;
        while handled != Handled::Done && !self.stop.is_cancelled() {
            match self.step().await {
                Ok(true) => handled = Handled::Done,
                Ok(false) => {}
                Err(error) => {
                    warn!(campaign = %self.batch.campaign, batch = self.batch.number, %error, "cannot go on yet");
                    self.pause_for(ASK_AGAIN).await;
                }
            }
        }
        // What has left is answered and settled, whatever ends the batch.
        while let Some(ended) = self.attempts.join_next().await {
            self.note(ended);
        }
        handled
    }

    /// Does the next thing there is to do; answers whether the batch is done.
    async fn step(&mut self) -> Result<bool, StoreError> {
        // The claim's age counts from here: the process may be frozen before it reads the answer.
        let asked = Instant::now();
        match self.claim().await? {
            Claim::Claimed { lease, recipients } => self.send(&lease, recipients, asked),
            Claim::Wait(_) => {}
            Claim::Empty { mine, others } => return self.finish(mine, others).await,
            Claim::Stopped(None) => return Ok(true),
            // The supervisor hears of it too; a campaign that runs again before that just goes on.
            Claim::Stopped(Some(_)) => self.pause_for(ASK_AGAIN).await,
        }
        Ok(false)
    }

    /// Asks for recipients and slots; where all slots near enough are taken, also waits for the time to ask again.
    async fn claim(&mut self) -> Result<Claim, StoreError> {
        let batches = self.batches.clone();
        let _turn = batches.turn.lock().await;
        let now = Instant::now();
        self.resting.retain(|_, until| *until > now);
        let process = &batches.process;
        // Nor anybody in flight: who is pending again in the ledger, but not yet noted here, would be taken for a claim
        // whose answer was lost, and sent to twice.
        let except = self.resting.keys().chain(&self.in_flight).copied();
        let sent = Instant::now();
        let (claim, redis_now) =
            ledger::claim(&process.redis, &self.batch, self.claimer, Batch::SIZE as usize, except).await?;
        process.clock.observe(sent, redis_now, Instant::now());
        if let Claim::Wait(until) = claim {
            let until = process.clock.instant(until).min(Instant::now() + LONGEST_WAIT);
            self.stop.run_until_cancelled(process.metronome.wait(until)).await;
        }
        Ok(claim)
    }

    fn send(&mut self, lease: &Lease, recipients: Vec<RecipientIndex>, claimed_at: Instant) {
        for (slot, index) in lease.iter().zip(recipients) {
            self.in_flight.insert(index);
            let attempt = Attempt {
                batches: self.batches.clone(),
                batch: self.batch.clone(),
                claimer: self.claimer,
                index,
                slot: Slot {
                    batches: self.batches.clone(),
                    at: self.moment(slot),
                    interval: lease.interval,
                    claimed_at,
                },
                tries: self.tries.get(&index).copied().unwrap_or_default(),
            };
            self.attempts.spawn(attempt.run());
        }
    }

    fn moment(&self, slot: SlotTime) -> Instant {
        self.batches.process.clock.instant(slot)
    }

    /// Nobody is pending but those who rest: waits for what is still open. Answers whether nothing is.
    async fn finish(
        &mut self,
        mine: Vec<RecipientIndex>,
        others: Vec<RecipientIndex>,
    ) -> Result<bool, StoreError> {
        let lost: Vec<_> = mine.into_iter().filter(|index| !self.in_flight.contains(index)).collect();
        if !lost.is_empty() {
            // Claimed by a call whose answer never came: nobody sent to them, and nobody will.
            self.settle(lost, Some(self.claimer), |_| Settled::Pending).await?;
        } else if !self.attempts.is_empty() {
            self.wait_for_attempts().await;
        } else if !self.in_flight.is_empty() {
            let cause = Cause::new("WorkerPanicked", "the worker failed while it was sending this");
            let panicked = self.in_flight.iter().copied().collect();
            self.settle(panicked, Some(self.claimer), |index| self.doubt(index, &cause)).await?;
            self.in_flight.clear();
        } else if let Some(until) = self.resting.values().min() {
            self.pause_for(until.saturating_duration_since(Instant::now())).await;
        } else if others.is_empty() {
            return Ok(true);
        } else {
            self.wait_out(others).await?;
        }
        Ok(false)
    }

    /// Until all are settled, or one is pending again.
    async fn wait_for_attempts(&mut self) {
        let stop = self.stop.clone();
        while let Some(Some(ended)) = stop.run_until_cancelled(self.attempts.join_next()).await {
            if self.note(ended) != Some(Left::Final) {
                break;
            }
        }
    }

    fn note(&mut self, ended: Result<(RecipientIndex, Left), tokio::task::JoinError>) -> Option<Left> {
        let Ok((index, left)) = ended else {
            // Its recipient stays in flight, and is in doubt once nobody else is: it may have been sent to.
            warn!(campaign = %self.batch.campaign, batch = self.batch.number, "an attempt panicked");
            return None;
        };
        self.in_flight.remove(&index);
        if let Left::Resting { until, tries } = left {
            self.resting.insert(index, until);
            self.tries.insert(index, tries);
        }
        Some(left)
    }

    /// Recipients that an earlier holder of the batch was sending to. It may be alive and its answers on the way: only
    /// when none can come any more are they in doubt.
    async fn wait_out(&mut self, others: Vec<RecipientIndex>) -> Result<(), StoreError> {
        let left = (self.started + LAST_ANSWER).saturating_duration_since(Instant::now());
        if !left.is_zero() {
            debug!(campaign = %self.batch.campaign, batch = self.batch.number, recipients = others.len(),
                "waiting {left:?} for the answers to an earlier holder");
            self.pause_for(left.min(Duration::from_secs(1))).await;
            return Ok(());
        }
        let cause = Cause::new(
            "WorkerLost",
            "the worker that was sending this died, or lost Redis, before the answer was in",
        );
        self.settle(others, None, |index| self.doubt(index, &cause)).await
    }

    fn doubt(&self, index: RecipientIndex, cause: &Cause) -> Settled {
        let failure = || attempt::failure(&self.batch, index, FailureState::InDoubt, cause.clone(), 1);
        self.batches.doubt(failure)
    }

    async fn settle(
        &self,
        recipients: Vec<RecipientIndex>,
        claimer: Option<Claimer>,
        to: impl Fn(RecipientIndex) -> Settled,
    ) -> Result<(), StoreError> {
        let settlements: Vec<_> =
            recipients.into_iter().map(|index| Settlement { index, claimer, to: to(index) }).collect();
        ledger::settle(&self.batches.process.redis, self.batch.campaign, &settlements).await
    }

    async fn pause_for(&self, time: Duration) {
        self.stop.run_until_cancelled(tokio::time::sleep(time)).await;
    }
}
