use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use drumbeat_common::{
    Batch, Channel, FailureState, RecipientIndex, StoreError,
    ledger::{self, Claim, ClaimId, Claimer, Hold, Most, Settled, Settlement, Verdict},
    queue::{self, Handled},
    slot::{Lease, SlotTime},
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    attempt::{Attempt, Left},
    campaign_run::Batches,
    doubt, failure,
    outcome::{Cause, Outcome},
    quiet::Quiet,
    quota::{Place, places},
    screening::Screening,
    slot::Slot,
};

/// How soon a batch asks again after Redis failed, or while the campaign is about to be stopped.
const ASK_AGAIN: Duration = Duration::from_millis(200);
/// How long a batch waits at most before it asks for slots again: a new rate is felt within that.
const LONGEST_WAIT: Duration = Duration::from_millis(100);
/// How long a batch that only waits for the account's quota stays in hand while others wait in the queue.
const GIVE_WAY: Duration = Duration::from_secs(1);
/// How long it waits at most for claims of others: they may be settled long before they are overdue.
const LONGEST_WAIT_FOR_OTHERS: Duration = Duration::from_secs(1);

/// One batch in the hands of this process: claim, screen, slot, send, settle, until nobody in it is left to be sent to.
pub(crate) struct BatchRun {
    batches: Arc<Batches>,
    batch: Arc<Batch>,
    stop: CancellationToken,
    claimer: Claimer,
    attempts: JoinSet<(RecipientIndex, Left)>,
    in_flight: HashMap<RecipientIndex, ClaimId>,
    resting: HashMap<RecipientIndex, Instant>,
    tries: HashMap<RecipientIndex, u32>,
    quiet: Quiet,
    /// Nobody was pending, when Redis was asked last, but those whose channel's quota is used up.
    is_full: bool,
    /// Since when that is all that the batch was held up by.
    full_since: Option<Instant>,
    /// Not after a call to Redis failed: whom it may have claimed, only this claimer can find.
    may_give_way: bool,
}

impl BatchRun {
    pub(crate) fn new(batches: Arc<Batches>, batch: Batch, stop: CancellationToken) -> Self {
        Self {
            quiet: Quiet::new(&batch, batches.options.quiet_hours),
            claimer: batches.claimer(),
            batches,
            batch: Arc::new(batch),
            stop,
            attempts: JoinSet::new(),
            in_flight: HashMap::new(),
            resting: HashMap::new(),
            tries: HashMap::new(),
            is_full: false,
            full_since: None,
            may_give_way: true,
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
                    self.may_give_way = false;
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
        let batches = self.batches.clone();
        let turn = batches.turn.lock().await;
        match self.claim().await? {
            Claim::Claimed { id, lease, recipients } => self.send(id, &lease, recipients, asked).await?,
            Claim::Wait { .. } => {}
            Claim::Full => {
                drop(turn);
                return self.wait_for_room().await;
            }
            Claim::Empty { mine, overdue, next_overdue } => {
                drop(turn);
                return self.finish(mine, overdue, next_overdue).await;
            }
            Claim::Stopped(None) => return Ok(true),
            // The supervisor hears of it too; a campaign that runs again before that just goes on.
            Claim::Stopped(Some(_)) => {
                drop(turn);
                self.pause_for(ASK_AGAIN).await;
            }
        }
        Ok(false)
    }

    /// Asks for recipients and slots; where all slots near enough are taken, also waits for the time to ask again.
    async fn claim(&mut self) -> Result<Claim, StoreError> {
        let batches = self.batches.clone();
        let process = &batches.process;
        let now = Instant::now();
        self.resting.retain(|_, until| *until > now);
        self.quiet.look(process.clock.now());
        if self.is_full && self.resting.is_empty() && self.reopens().is_some() {
            // Another batch has found the channel full again: no need to ask.
            return Ok(Claim::Full);
        }
        let most = match batches.quotas() {
            Some(quotas) => quotas.most(process, &self.batch).await?,
            None => Most::from(Batch::SIZE as usize),
        };
        // Nor anybody in flight: who is pending again in the ledger, but not yet noted here, would be taken for a claim
        // whose answer was lost, and sent to twice.
        let except = self.resting.keys().chain(self.in_flight.keys()).chain(self.quiet.resting()).copied();
        let sent = Instant::now();
        let (claim, redis_now) =
            ledger::claim(&process.redis, &self.batch, self.claimer.lagging(batches.lag.get()), most, except)
                .await?;
        process.clock.observe(sent, redis_now, Instant::now());
        self.is_full = claim == Claim::Full;
        match claim {
            Claim::Claimed { lease, .. } => batches.pace.observe(lease.interval),
            Claim::Wait { until, interval } => {
                batches.pace.observe(interval);
                self.wait_until(until, LONGEST_WAIT).await;
            }
            Claim::Full | Claim::Empty { .. } | Claim::Stopped(_) => {}
        }
        Ok(claim)
    }

    async fn send(
        &mut self,
        claim: ClaimId,
        lease: &Lease,
        recipients: Vec<RecipientIndex>,
        claimed_at: Instant,
    ) -> Result<(), StoreError> {
        // Who is not sent to is settled all the same, however long Redis is away: nobody is left behind as claimed.
        let screening = Screening::of(&self.batches.process.redis, &self.batch, &recipients).await;
        let (stopped, clear): (Vec<_>, Vec<_>) = recipients
            .into_iter()
            .map(|index| (index, screening.outcome(index)))
            .partition(|(_, outcome)| outcome.is_some());
        let clear: Vec<_> = clear.into_iter().map(|(index, _)| index).collect();
        let places = places(&self.batches, &self.batch, lease, clear.clone()).await;
        let missed = if places.is_err() { clear } else { Vec::new() };
        let missed = missed.into_iter().map(|index| (index, Some(Outcome::Missed)));
        for (index, outcome) in stopped.into_iter().chain(missed) {
            let place = Place { index, at: Some(lease.first), message: None };
            if let (Some(attempt), Some(outcome)) = (self.attempt(claim, lease, place, claimed_at), outcome) {
                self.in_flight.insert(index, claim);
                self.attempts.spawn(attempt.end(outcome));
            }
        }
        let places = places?;
        if !lease.overlap.is_zero() {
            self.follow(lease, &places);
        }
        let mut without_room = Vec::new();
        for place in places {
            let index = place.index;
            match self.attempt(claim, lease, place, claimed_at) {
                Some(attempt) => {
                    self.in_flight.insert(index, claim);
                    let lane = attempt.slot.lane.runtime.clone();
                    self.attempts.spawn_on(attempt.run(), &lane);
                }
                None => without_room.push((index, Hold::By(claim))),
            }
        }
        self.settle(without_room, |_| Settled::Pending).await?;
        screening.into_result()
    }

    /// Another worker's messages are still to leave: ours leave after them.
    fn follow(&self, lease: &Lease, places: &[Place]) {
        for channel in Channel::ALL {
            let mut its = places.iter().filter(|place| failure::channel(&self.batch, place.index) == channel);
            if let Some(first) = its.find_map(|place| place.at) {
                self.batches.beat(channel, lease).follows(self.moment(first) + lease.overlap);
            }
        }
    }

    /// None where there is no place for it.
    fn attempt(&self, claim: ClaimId, lease: &Lease, place: Place, claimed_at: Instant) -> Option<Attempt> {
        let Place { index, at, message } = place;
        Some(Attempt {
            batches: self.batches.clone(),
            batch: self.batch.clone(),
            claim,
            index,
            slot: Slot {
                batches: self.batches.clone(),
                lane: self.batches.process.lanes.of(index.get() as usize).clone(),
                at: self.moment(at?),
                interval: lease.interval,
                beat: self.batches.beat(failure::channel(&self.batch, index), lease),
                claimed_at,
            },
            message,
            tries: self.tries.get(&index).copied().unwrap_or_default(),
        })
    }

    /// Nobody is pending but on channels whose quota is used up for now: waits for room, but not for long where other
    /// batches could be in hand instead. Answers whether the batch gave way to them.
    async fn wait_for_room(&mut self) -> Result<bool, StoreError> {
        while let Some(ended) = self.attempts.try_join_next() {
            self.is_full &= self.note(ended) == Some(Left::Final);
        }
        let full_since = *self.full_since.get_or_insert_with(Instant::now);
        // Who rests would be sent to too soon.
        if self.may_give_way && full_since.elapsed() > GIVE_WAY && self.resting.is_empty() {
            self.full_since = None;
            let Batch { campaign, number, .. } = *self.batch;
            if queue::give_way(&self.batches.process.redis, campaign, number).await? {
                return Ok(true);
            }
        }
        let until = self.reopens().unwrap_or_else(Instant::now);
        self.pause_for(until.saturating_duration_since(Instant::now()).min(LONGEST_WAIT)).await;
        Ok(false)
    }

    fn reopens(&self) -> Option<Instant> {
        self.batches.quotas()?.reopens(&self.batch)
    }

    /// Waits for a moment of Redis's clock, but no longer than so.
    async fn wait_until(&self, moment: SlotTime, longest: Duration) {
        let until = self.moment(moment).min(Instant::now() + longest);
        self.pause_for(until.saturating_duration_since(Instant::now())).await;
    }

    fn moment(&self, slot: SlotTime) -> Instant {
        self.batches.process.clock.instant(slot)
    }

    /// Nobody is pending but those who rest: waits for what is still open. Answers whether nothing is.
    async fn finish(
        &mut self,
        mine: Vec<(RecipientIndex, ClaimId)>,
        overdue: Vec<RecipientIndex>,
        next_overdue: Option<SlotTime>,
    ) -> Result<bool, StoreError> {
        let lost: Vec<_> = mine
            .into_iter()
            .filter(|(index, _)| !self.in_flight.contains_key(index))
            .map(|(index, claim)| (index, Hold::By(claim)))
            .collect();
        if !lost.is_empty() {
            // Claimed by a call whose answer never came: nobody sent to them, and nobody will.
            self.settle(lost, |_| Settled::Pending).await?;
        } else if !self.attempts.is_empty() {
            self.wait_for_attempts().await;
        } else if !self.in_flight.is_empty() {
            let cause = Cause::new("WorkerPanicked", "the worker failed while it was sending this");
            let panicked = self.in_flight.iter().map(|(index, claim)| (*index, Hold::By(*claim))).collect();
            self.settle(panicked, |index| self.doubt(index, &cause)).await?;
            self.in_flight.clear();
        } else if !overdue.is_empty() {
            // An earlier holder of the batch was sending to them.
            let cause = Cause::worker_lost();
            let overdue = overdue.into_iter().map(|index| (index, Hold::Overdue)).collect();
            self.settle(overdue, |index| self.doubt(index, &cause)).await?;
        } else if let Some(until) = self.resting.values().min() {
            self.pause_for(until.saturating_duration_since(Instant::now())).await;
        } else if let Some(overdue_at) = next_overdue {
            // The earlier holder may be alive and its answers on the way.
            self.wait_until(overdue_at, LONGEST_WAIT_FOR_OTHERS).await;
        } else {
            if let Some(until) = self.quiet.until() {
                // Not to hold a place that others could use.
                let Batch { campaign, number, .. } = *self.batch;
                queue::park(&self.batches.process.redis, campaign, number, until.into()).await?;
            }
            return Ok(true);
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

    fn doubt(&self, index: RecipientIndex, cause: &Cause) -> Settled {
        let failure = failure::in_batch(&self.batch, index, FailureState::InDoubt, cause.clone(), 1);
        doubt::settled(self.batches.options.in_doubt, failure)
    }

    async fn settle(
        &self,
        recipients: Vec<(RecipientIndex, Hold)>,
        to: impl Fn(RecipientIndex) -> Settled,
    ) -> Result<(), StoreError> {
        let settlements: Vec<_> = recipients
            .into_iter()
            .map(|(index, hold)| Settlement { index, hold, to: to(index), verdict: Verdict::None })
            .collect();
        ledger::settle(&self.batches.process.redis, self.batch.campaign, &settlements).await?;
        Ok(())
    }

    async fn pause_for(&self, time: Duration) {
        self.stop.run_until_cancelled(tokio::time::sleep(time)).await;
    }
}
