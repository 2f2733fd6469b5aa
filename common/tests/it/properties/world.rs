use std::{
    collections::{BTreeSet, HashMap},
    num::NonZero,
};

use drumbeat_common::{
    Batch, CampaignId, Failure, FailureState, RecipientIndex, State, Status, catalog, failures,
    ledger::{self, Claim, ClaimId, Claimer, Hold, Settlement, Verdict},
    queue::{self, Again, Requeued, requeue},
    recount,
    slot::SlotTime,
};
use redis::AsyncCommands;

use super::{
    model::{Model, may_follow},
    step::Step,
};
use crate::server::{Server, new_claimer, settled};

/// One full batch, and one of a few: whole batches end and come back.
pub(super) const TOTAL: u32 = 107;
pub(super) const BATCHES: usize = 2;
pub(super) const CLAIMERS: usize = 3;

/// A campaign in Redis, beside the model of it.
pub(super) struct World<'a> {
    server: &'a Server,
    id: CampaignId,
    batches: Vec<Batch>,
    claimers: [Claimer; CLAIMERS],
    model: Model,
    /// The last claim of each claimer of each recipient.
    claims: HashMap<(usize, u32), ClaimId>,
    /// The jobs that are in a worker's hands.
    in_flight: Vec<String>,
    /// The states before the last step.
    before: Vec<State>,
}

impl<'a> World<'a> {
    pub(super) async fn new(server: &'a Server) -> Self {
        let (id, batches) = server.campaign(TOTAL, 10_000.0).await;
        let model = Model::new(TOTAL);
        let before = model.states();
        let claimers = std::array::from_fn(|_| new_claimer());
        let (claims, in_flight) = (HashMap::new(), Vec::new());
        Self { server, id, batches, claimers, model, claims, in_flight, before }
    }

    /// Does one thing to both.
    pub(super) async fn take(&mut self, step: Step) {
        let redis = &self.server.redis;
        match step {
            Step::Claim { batch, claimer, most, except } => self.claim(batch, claimer, most, &except).await,
            Step::Answers { claimer, count, to } => {
                let held: Vec<_> =
                    self.batches.iter().flat_map(|b| self.model.sending(b, claimer).0).collect();
                let answered = held.iter().take(count).map(|index| {
                    (*index, Hold::By(self.model.claim_of(*index).expect("who is being sent to was claimed")))
                });
                self.settle(answered.collect(), to).await;
            }
            Step::LateAnswers { claimer, indexes, to } => {
                let once = |index| Some((index, Hold::By(*self.claims.get(&(claimer, index))?)));
                self.settle(indexes.into_iter().filter_map(once).collect(), to).await;
            }
            Step::TakeOver { batch, claimer } => {
                let (_, others) = self.model.sending(&self.batches[batch], claimer);
                self.settle(whoever_holds(others), State::InDoubt).await;
            }
            Step::Receipts { indexes, arrival } => {
                self.server.receive(self.id, &indexes, arrival).await;
                self.server.receive(self.id, &indexes, arrival).await;
                self.model.receive(&indexes, arrival);
            }
            Step::Pause => {
                catalog::pause(redis, self.id, None).await.unwrap();
                self.model.pause();
            }
            Step::Resume => {
                catalog::resume(redis, self.id).await.unwrap();
                self.model.resume();
            }
            Step::Cancel => {
                catalog::cancel(redis, self.id).await.unwrap();
                self.model.cancel();
            }
            Step::TakeUp(again) => self.take_up(again).await,
            Step::Fetch { count } => {
                let count = NonZero::new(count);
                let jobs: Option<Vec<String>> =
                    self.server.connection().lpop(self.key("active"), count).await.unwrap();
                self.in_flight.extend(jobs.unwrap_or_default());
            }
            Step::Leave => self.leave().await,
            Step::Park => self.park().await,
            Step::Wake => drop(queue::wake(redis, self.id).await.unwrap()),
            Step::Clean => self.clean().await,
        }
    }

    async fn claim(&mut self, batch: usize, claimer: usize, most: usize, except: &[u32]) {
        let batch = &self.batches[batch];
        let resting = except.iter().copied().map(RecipientIndex::new);
        let claim =
            ledger::claim(&self.server.redis, batch, self.claimers[claimer], most, resting).await.unwrap().0;
        let mut pending = self.model.pending(batch);
        pending.retain(|index| !except.contains(index));
        match claim {
            Claim::Claimed { id, lease, recipients } => {
                assert_eq!(lease.slots, recipients.len());
                assert_eq!(self.model.status, Status::Running);
                assert!((1..=most).contains(&recipients.len()));
                assert_eq!(numbers(&recipients), pending[..recipients.len()]);
                for index in numbers(&recipients) {
                    self.model.claim(index, claimer, id);
                    self.claims.insert((claimer, index), id);
                }
            }
            Claim::Wait { .. } => assert_eq!(self.model.status, Status::Running),
            Claim::Full => panic!("every channel has room here"),
            Claim::Empty { mine, overdue, next_overdue } => {
                assert!(pending.is_empty());
                let (expected, others) = self.model.sending(batch, claimer);
                let told: Vec<_> = mine.iter().map(|(index, claim)| (index.get(), Some(*claim))).collect();
                let expected = expected.into_iter().map(|index| (index, self.model.claim_of(index)));
                assert_eq!(told, expected.collect::<Vec<_>>());
                // Nothing here is old enough.
                assert_eq!((overdue, next_overdue.is_some()), (vec![], !others.is_empty()));
            }
            Claim::Stopped(status) => {
                assert_eq!(status, Some(self.model.status));
                assert_ne!(status, Some(Status::Running));
            }
        }
    }

    /// Settles twice, as one does who heard no answer: it counts once.
    async fn settle(&mut self, who: Vec<(u32, Hold)>, to: State) {
        let settlement = |(index, hold): &(u32, Hold)| {
            let index = RecipientIndex::new(*index);
            Settlement { index, hold: *hold, to: settled(index, to), verdict: Verdict::None }
        };
        let settlements: Vec<_> = who.iter().map(settlement).collect();
        for _ in 0..2 {
            ledger::settle(&self.server.redis, self.id, &settlements).await.unwrap();
        }
        for (index, hold) in who {
            self.model.settle(index, hold, to);
        }
    }

    async fn take_up(&mut self, again: Again) {
        let before = self.model.status;
        let expected = match self.model.take_up(again) {
            Some(recipients) => Requeued::Moved { recipients, next: None },
            None => Requeued::Refused(before),
        };
        assert_eq!(requeue(&self.server.redis, self.id, again, 0).await.unwrap(), expected);
        // Asked for twice, nobody is left.
        if self.model.take_up(again).is_some() {
            let nobody = Requeued::Moved { recipients: 0, next: None };
            assert_eq!(requeue(&self.server.redis, self.id, again, 0).await.unwrap(), nobody);
        }
    }

    async fn leave(&mut self) {
        let mut connection = self.server.connection();
        for job in std::mem::take(&mut self.in_flight) {
            let left = self.anybody(self.batch_of(&job), &[State::Pending, State::Sending]);
            let () = if left {
                connection.rpush(self.key("active"), job).await.unwrap()
            } else {
                connection.sadd(self.key("done"), job).await.unwrap()
            };
        }
    }

    async fn park(&mut self) {
        for job in std::mem::take(&mut self.in_flight) {
            let mut connection = self.server.connection();
            let batch = self.batch_of(&job);
            let () = if self.anybody(batch, &[State::Sending]) {
                connection.rpush(self.key("active"), job).await.unwrap()
            } else {
                let passed = SlotTime::from_micros(1);
                queue::park(&self.server.redis, self.id, batch.number, passed).await.unwrap();
                connection.sadd(self.key("done"), job).await.unwrap()
            };
        }
    }

    /// What a job left behind goes with the job, but for the recipients of a batch that may be needed again.
    async fn clean(&self) {
        queue::clean(&self.server.redis, self.id).await.unwrap();
        let mut connection = self.server.connection();
        let prefix = self.key("meta:");
        let metadata: Vec<String> = connection.keys(format!("{prefix}*")).await.unwrap();
        let unfinished: BTreeSet<String> = self.jobs().await.into_iter().collect();
        assert_eq!(
            metadata.iter().map(|key| key[prefix.len()..].to_owned()).collect::<BTreeSet<_>>(),
            unfinished
        );
        let kept: Vec<String> = connection.hkeys(self.key("data")).await.unwrap();
        assert!(kept.iter().all(|job| !job.contains('-') || unfinished.contains(job)), "{kept:?}");
    }

    /// The jobs that are not finished: queued, or in somebody's hands.
    async fn jobs(&self) -> Vec<String> {
        let mut jobs: Vec<String> = self.server.connection().lrange(self.key("active"), 0, -1).await.unwrap();
        jobs.extend_from_slice(&self.in_flight);
        jobs
    }

    /// What has to hold after every step.
    pub(super) async fn check(&mut self) {
        self.check_ledger().await;
        self.check_progress().await;
        self.check_failures().await;
        self.check_queue().await;
    }

    async fn check_ledger(&mut self) {
        let ledger = ledger::read(&self.server.redis, self.id).await.unwrap();
        let states: Vec<_> = ledger.iter().map(|byte| byte.state).collect();
        assert_eq!(states, self.model.states());
        let channels = self.batches.iter().flat_map(Batch::channels);
        assert!(channels.eq(ledger.iter().map(|byte| byte.channel)));
        for (index, (before, now)) in self.before.iter().zip(&states).enumerate() {
            assert!(may_follow(*before, *now), "recipient {index} was {before} and is {now}");
        }
        self.before = states;
        let claims: BTreeSet<u32> = self.server.connection().hkeys(self.key("claims")).await.unwrap();
        assert_eq!(claims, self.model.those_in(&[State::Sending, State::InDoubt]));
    }

    async fn check_progress(&self) {
        let recount = recount(&self.server.redis, self.id).await.unwrap().unwrap();
        assert!(recount.equal, "{recount:?}");
        let progress = self.server.progress(self.id).await;
        assert_eq!((progress.counts, progress.channels), (recount.ledger.counts, recount.ledger.channels));
        assert_eq!(progress.counts.total, u64::from(TOTAL));
        assert_eq!(progress.status, self.model.status);
        assert_eq!(progress.finished_at.is_some(), progress.status.is_final());
        // As workers do all the time: it takes off the list what is over.
        catalog::open(&self.server.redis).await.unwrap();
        let is_open = !progress.status.is_final() || progress.counts.sending > 0;
        assert_eq!(self.server.is_on_list(self.id).await, is_open);
        if progress.status != Status::Cancelled {
            let over = |batch: &&Batch| !self.anybody(batch, &[State::Pending, State::Sending]);
            assert_eq!(progress.batches.done, self.batches.iter().filter(over).count() as u64);
        }
    }

    async fn check_failures(&self) {
        let page = failures(&self.server.redis, self.id, None, TOTAL as usize).await.unwrap();
        let listed = |state| {
            let of_state = |failure: &&Failure| failure.state == state;
            page.failures.iter().filter(of_state).map(|failure| failure.index).collect::<BTreeSet<_>>()
        };
        assert_eq!(listed(FailureState::Failed), self.model.those_in(&[State::Failed]));
        assert_eq!(listed(FailureState::InDoubt), self.model.those_in(&[State::InDoubt]));
        assert!(page.failures.is_sorted_by_key(|failure| failure.index));
        let kept: BTreeSet<u32> = self.server.connection().hkeys(self.key("reasons")).await.unwrap();
        assert_eq!(kept, self.model.those_in(&[State::Failed, State::InDoubt]));
    }

    /// Every job can be fetched, now or after it was handed back; who is pending has one or is parked; who may have to be sent to again
    /// is kept.
    async fn check_queue(&self) {
        let mut connection = self.server.connection();
        let jobs = self.jobs().await;
        let kept: BTreeSet<String> = connection.hkeys(self.key("data")).await.unwrap();
        let parked: Vec<String> = connection.zrange(self.key("parked"), 0, -1).await.unwrap();
        for job in &jobs {
            let attempts: Option<u32> =
                connection.hget(self.key(&format!("meta:{job}")), "attempts").await.unwrap();
            assert!(kept.contains(job) && attempts == Some(0), "job {job} cannot be fetched");
        }
        assert_eq!(jobs.iter().collect::<BTreeSet<_>>().len(), jobs.len(), "a job is queued twice");
        for batch in &self.batches {
            let number = batch.number.to_string();
            if self.anybody(batch, &[State::Pending]) {
                let has_job = jobs.iter().any(|job| self.batch_of(job) == batch);
                assert!(has_job || parked.contains(&number), "batch {number} is neither queued nor parked");
            }
            if self.anybody(batch, &[State::Pending, State::Sending, State::Failed, State::InDoubt]) {
                assert!(kept.contains(&number), "the recipients of batch {number} are gone");
            }
        }
    }

    fn batch_of(&self, job: &str) -> &Batch {
        let number: usize = job.split('-').next().unwrap().parse().unwrap();
        &self.batches[number]
    }

    fn anybody(&self, batch: &Batch, states: &[State]) -> bool {
        let range = batch.first().get()..batch.first().get() + batch.len();
        self.model.those_in(states).range(range).next().is_some()
    }

    fn key(&self, name: &str) -> String {
        format!("{{{}}}:{name}", self.id)
    }
}

fn whoever_holds(indexes: Vec<u32>) -> Vec<(u32, Hold)> {
    indexes.into_iter().map(|index| (index, Hold::Any)).collect()
}

fn numbers(indexes: &[RecipientIndex]) -> Vec<u32> {
    indexes.iter().map(|index| index.get()).collect()
}
