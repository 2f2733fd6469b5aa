use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use drumbeat_common::{
    Batch, Campaign, CampaignId, CampaignOptions, Channel, StoreError, TemplateBook, Tps, catalog,
    ledger::{Claimer, Worker},
    outbox,
    queue::{self, Handled, HandlerError, Job},
    slot::Lease,
};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{debug, info, warn};

use crate::{
    Process, beat::Beat, delivery, lag::Lag, pace::Pace, quota::AccountQuotas, settler::Settler,
    shaper::Shaper, waking::wake,
};

/// The latency that a campaign's batches at once are reckoned with: several times what AWS usually takes.
const LATENCY_SECONDS: f64 = 1.0;
/// A queue worker that ended is started again at once; one that keeps ending, more and more slowly.
const FIRST_RESTART: Duration = Duration::from_millis(50);
const LAST_RESTART: Duration = Duration::from_secs(5);
/// One that lasted this long was healthy: the next restart is the first again.
const HEALTHY: Duration = Duration::from_secs(10);
/// How soon a campaign is read again after Redis failed.
const READ_AGAIN: Duration = Duration::from_millis(500);
/// How often finished batches are forgotten.
const CLEAN: Duration = Duration::from_secs(5);

/// One campaign's work in this process.
pub(crate) struct CampaignRun {
    pub(crate) process: Arc<Process>,
    pub(crate) campaign: CampaignId,
    /// Held so that announcements of this campaign make the queue be looked at.
    pub(crate) ring: Arc<Notify>,
    /// Cancelled when the campaign pauses or ends, or the process does.
    pub(crate) stop: CancellationToken,
    /// The process's tasks: a shutdown waits for them.
    tasks: TaskTracker,
}

/// What the batches of a campaign share.
pub(crate) struct Batches {
    pub(crate) process: Arc<Process>,
    pub(crate) options: CampaignOptions,
    pub(crate) templates: TemplateBook,
    pub(crate) settler: Settler,
    /// Held while asking for slots and quota, so that one batch asks at a time and the others do not all hear "wait".
    pub(crate) turn: tokio::sync::Mutex<()>,
    pub(crate) pace: Pace,
    shaper: Shaper,
    worker: Worker,
    pub(crate) lag: Lag,
}

impl Batches {
    /// The account's quotas; a dry run uses none of them.
    pub(crate) fn quotas(&self) -> Option<&AccountQuotas> {
        (!self.options.dry_run).then_some(&self.process.quotas)
    }

    /// A claimer for one batch.
    pub(crate) fn claimer(&self) -> Claimer {
        self.worker.claimer()
    }

    /// The beat of a slot: the campaign's, or that of the channel where its quota is what holds the campaign back.
    pub(crate) fn beat(&self, channel: Channel, lease: &Lease) -> Beat {
        let of_campaign =
            || Beat { shaper: self.shaper.clone(), interval: lease.interval, is_strict: lease.is_strict };
        self.quotas().and_then(|quotas| quotas.beat(channel, lease.interval)).unwrap_or_else(of_campaign)
    }
}

/// How many batches a worker has in hand at once: as many as are in flight at the rate, and one that is being started.
pub(crate) fn batches_at_once(tps: Tps) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 100")]
    let in_flight = (tps.get() * LATENCY_SECONDS / f64::from(Batch::SIZE)).ceil() as usize;
    in_flight + 1
}

impl CampaignRun {
    pub(crate) fn new(process: Arc<Process>, campaign: CampaignId, tasks: TaskTracker) -> Self {
        let (ring, stop) = (Arc::new(Notify::new()), CancellationToken::new());
        Self { process, campaign, ring, stop, tasks }
    }

    /// Works on the campaign's queue until the stop.
    pub(crate) async fn work(self: Arc<Self>, batches_at_once: usize) {
        let stop = self.stop.clone();
        let Some(batches) = stop.run_until_cancelled(self.load()).await.flatten() else { return };
        let janitor = tokio::spawn(self.clone().clean());
        let has_quiet_hours = batches.options.quiet_hours.is_some();
        let waker = has_quiet_hours.then(|| tokio::spawn(wake(self.process.clone(), self.campaign)));
        let mut restart = FIRST_RESTART;
        loop {
            let started = Instant::now();
            let handle = {
                let (run, batches) = (self.clone(), batches.clone());
                move |job| run.clone().handle(batches.clone(), job)
            };
            let result = queue::work(
                &self.process.redis,
                self.campaign,
                batches_at_once,
                self.ring.clone(),
                stop.clone(),
                handle,
            );
            let Err(ended) = result.await else { break };
            if started.elapsed() > HEALTHY {
                restart = FIRST_RESTART;
            }
            warn!(campaign = %self.campaign, %ended, "starting another queue worker in {restart:?}");
            if stop.run_until_cancelled(tokio::time::sleep(restart)).await.is_none() {
                break;
            }
            restart = (restart * 2).min(LAST_RESTART);
        }
        janitor.abort();
        if let Some(waker) = waker {
            waker.abort();
        }
        clean(self.process.clone(), self.campaign).await;
        info!(campaign = %self.campaign, "no longer working on campaign");
    }

    /// Reads what was asked for and the texts; tries until Redis answers. None where the campaign cannot be worked on.
    async fn load(&self) -> Option<Arc<Batches>> {
        loop {
            match self.read().await {
                Ok(Some((campaign, templates))) => {
                    return Some(Arc::new(Batches {
                        process: self.process.clone(),
                        options: campaign.options,
                        templates,
                        settler: Settler::start(self.process.redis.clone(), self.campaign),
                        turn: tokio::sync::Mutex::default(),
                        pace: Pace::default(),
                        shaper: Shaper::default(),
                        worker: Worker::generate(),
                        lag: Lag::default(),
                    }));
                }
                Ok(None) => return None,
                Err(StoreError::Redis(error)) => {
                    warn!(campaign = %self.campaign, %error, "cannot read campaign")
                }
                Err(error @ StoreError::Corrupt(_)) => {
                    self.process.pause(self.campaign, &error.to_string()).await;
                    return None;
                }
            }
            tokio::time::sleep(READ_AGAIN).await;
        }
    }

    async fn read(&self) -> Result<Option<(Campaign, TemplateBook)>, StoreError> {
        let redis = &self.process.redis;
        let Some(campaign) = catalog::get(redis, self.campaign).await? else { return Ok(None) };
        if self.process.tracks {
            outbox::note(redis, self.campaign).await?;
        }
        let templates = catalog::templates(redis, self.campaign).await?;
        let book = TemplateBook::new(templates).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        Ok(Some((campaign, book)))
    }

    /// Sends to everybody in a batch. Sending never lives in the queue library's future, which is dropped on any hiccup
    /// of Redis: it is a task of the process, told to stop when this is dropped.
    async fn handle(self: Arc<Self>, batches: Arc<Batches>, job: Job) -> Result<Handled, HandlerError> {
        let stop = self.stop.child_token();
        let _stop_when_dropped = stop.clone().drop_guard();
        Ok(self.tasks.spawn(delivery::take(batches, self.campaign, job, stop)).await?)
    }

    async fn clean(self: Arc<Self>) {
        loop {
            tokio::time::sleep(CLEAN).await;
            clean(self.process.clone(), self.campaign).await;
        }
    }
}

/// Forgets what a campaign's finished batches left behind.
pub(crate) async fn clean(process: Arc<Process>, campaign: CampaignId) {
    match queue::clean(&process.redis, campaign).await {
        Ok(0) => {}
        Ok(batches) => debug!(%campaign, batches, "forgot finished batches"),
        Err(error) => debug!(%campaign, %error, "cannot forget finished batches yet"),
    }
}
