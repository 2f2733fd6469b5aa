//! The campaign's queue of batches: the only file that knows apalis-redis.
//!
//! Each campaign has a queue of its own. Pushing and cleaning are scripts of ours over the library's public key names;
//! fetching, heartbeats and the take-over of a dead worker's batches are the library's.

mod give_way;
mod parked;
mod reached;
mod requeue;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use apalis::prelude::*;
use apalis_redis::{Config, RedisStorage};
use futures_util::{Stream, stream};
use redis::AsyncCommands;
use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};
use ulid::Ulid;

use crate::{
    Batch, CampaignId, LedgerByte, Redis, State, StoreError, catalog, customers, keys::Keys, script,
};

pub use give_way::give_way;
pub use parked::{Woken, park, wake};
pub(crate) use reached::reached;
pub use requeue::{Again, Requeued, Resolve, UnknownResolve, requeue};

/// Batches in one push: a few megabytes, and a few milliseconds of Redis's time.
pub const MAX_PUSH: usize = 100;

/// A worker that missed five heartbeats is dead: its batches are then another's. Shorter settings expire live workers
/// on a busy machine.
const HEARTBEAT: Duration = Duration::from_secs(1);
const MISSED_HEARTBEATS: usize = 5;
/// How often an idle queue is looked at when nobody rings: a hundred idle queues then cost 1 % of a core.
const POLL: Duration = Duration::from_secs(1);
/// How long a stop waits for batches to be handed back; longer than any send can take.
const DRAIN: Duration = Duration::from_secs(20);
/// Finished jobs forgotten in one call.
const CLEAN: usize = 50;

/// Batches could not be pushed.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The campaign takes no more batches: somebody cancelled it meanwhile.
    #[error("the campaign is not loading any more")]
    NotLoading,
    /// A batch of one of these numbers is there, with other recipients.
    #[error("the campaign holds another batch of that number")]
    Differs,
    /// Redis failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Puts up to [`MAX_PUSH`] batches of one campaign into its queue and ledger, in one step. A batch pushed twice is one
/// batch.
///
/// # Errors
/// When the campaign is not loading, a batch is there that is another, or Redis is away.
pub async fn push(redis: &Redis, campaign: CampaignId, batches: &[Batch]) -> Result<(), PushError> {
    debug_assert!(batches.len() <= MAX_PUSH);
    let (keys, queue) = (Keys(campaign), config(campaign));
    let mut call = script::PUSH.key(keys.campaign());
    call.key(keys.ledger()).key(keys.progress());
    call.key(queue.job_data_hash()).key(queue.active_jobs_list()).key(queue.job_meta_hash());
    call.key(keys.customers());
    for batch in batches {
        let bytes: Vec<u8> =
            batch.channels().map(|channel| LedgerByte { channel, state: State::Pending }.encode()).collect();
        call.arg(batch.number).arg(batch.first().get()).arg(bytes).arg(batch.pack());
        call.arg(customers::pack(batch.recipients.iter().map(|recipient| recipient.customer_id.as_str())));
    }
    let pushed: i64 = call.invoke_async(&mut redis.connection()).await.map_err(StoreError::from)?;
    match pushed {
        -1 => Err(PushError::NotLoading),
        -2 => Err(PushError::Differs),
        _ => Ok(()),
    }
}

/// The batch of that number, as long as somebody in it may have to be sent to; none where it cannot be read.
///
/// # Errors
/// When Redis is away.
pub async fn batch(redis: &Redis, campaign: CampaignId, number: u32) -> Result<Option<Batch>, StoreError> {
    let jobs = config(campaign).job_data_hash();
    let packed: Option<Vec<u8>> = redis.connection().hget(jobs, number).await?;
    Ok(packed.and_then(|packed| Batch::unpack(&packed).ok()))
}

/// Where the recipients of batches are kept, and what the keys of their jobs' metadata begin with.
pub(crate) fn batch_keys(campaign: CampaignId) -> [String; 2] {
    let queue = config(campaign);
    [queue.job_data_hash().to_owned(), queue.job_meta_hash()]
}

/// Forgets what jobs left behind that are finished, or that a final campaign will never send, in small groups, and what
/// is parked in one; keeps the recipients of a batch in which somebody may have to be sent to again. Answers how many jobs
/// and parked batches it forgot.
///
/// # Errors
/// When Redis is away.
pub async fn clean(redis: &Redis, campaign: CampaignId) -> Result<usize, StoreError> {
    let queue = config(campaign);
    let mut forgotten = 0;
    loop {
        let count: usize = script::CLEAN
            .key(Keys(campaign).campaign())
            .key(queue.done_jobs_set())
            .key(queue.active_jobs_list())
            .key(queue.job_data_hash())
            .key(queue.job_meta_hash())
            .key(Keys(campaign).ledger())
            .key(Keys(campaign).parked())
            .arg(CLEAN)
            .arg(Batch::SIZE)
            .invoke_async(&mut redis.connection())
            .await?;
        forgotten += count;
        if count < CLEAN {
            return Ok(forgotten);
        }
    }
}

/// A batch as the queue delivers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Which batch it is.
    pub batch: u32,
    /// What [`Batch::pack`] wrote, if nobody touched it since.
    pub packed: Vec<u8>,
}

/// How a handler left its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handled {
    /// Nobody in it is left to be sent to.
    Done,
    /// The stop came first: the batch goes back to the front of the queue.
    HandBack,
}

/// A queue worker ended by itself: start another, under a new name.
#[derive(Debug, thiserror::Error)]
#[error("the queue worker ended: {0}")]
pub struct WorkerEnded(String);

/// What a handler could not do with a job.
pub type HandlerError = Box<dyn std::error::Error + Send + Sync>;

/// Works on a campaign's queue until `stop`: fetches batches, up to `concurrency` at once, and gives each to `handle`.
/// `ring` makes it look for batches at once. After the stop no batch is started, those in hand are waited for, and
/// what is not done goes back.
///
/// # Errors
/// The library's worker ends on any hiccup of Redis; its handlers are then dropped, and its batches given back.
pub async fn work<H, F>(
    redis: &Redis,
    campaign: CampaignId,
    concurrency: usize,
    ring: Arc<Notify>,
    stop: CancellationToken,
    handle: H,
) -> Result<(), WorkerEnded>
where
    H: Fn(Job) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Handled, HandlerError>> + Send + 'static,
{
    // A name is an identity in Redis: two workers of one name would share their batches in flight.
    let name = format!("{}-{}", std::process::id(), Ulid::generate());
    let gate = Arc::new(Gate::default());
    let handler = {
        let (gate, handle, stop) = (gate.clone(), Arc::new(handle), stop.clone());
        move |packed: Vec<u8>, id: TaskId| {
            let (gate, handle, stop) = (gate.clone(), handle.clone(), stop.clone());
            async move {
                let Some(batch) = batch_of(&id) else {
                    warn!(%campaign, job = %id, "this job is no batch: it is dropped");
                    return Ok(());
                };
                gate.pass(&stop, || handle(Job { batch, packed })).await
            }
        }
    };
    let storage = RedisStorage::<Vec<u8>>::new(redis.connection())
        .with_config(config(campaign))
        .with_codec(Packed)
        .poll_with_stream(Box::pin(polls(ring)));
    let worker = WorkerBuilder::new(name.as_str())
        .backend(storage)
        .concurrency(concurrency)
        .catch_panic()
        .build(handler);
    let mut running = tokio::spawn(worker.run());
    debug!(%campaign, worker = name, concurrency, "queue worker started");

    let outcome = tokio::select! {
        ended = &mut running => Err(WorkerEnded(match ended {
            Ok(Ok(())) => "without a reason".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(panic) => panic.to_string(),
        })),
        () = stop.cancelled() => {
            drain(redis, campaign, &name, &gate, &mut running).await;
            Ok(())
        }
    };
    release(redis, campaign, &name).await;
    outcome
}

/// Waits until every batch in hand is either done and acknowledged, or parked; then ends the library's worker. Its own
/// stop hangs when its channel of acknowledgements is full, and ends the heartbeat first.
async fn drain(
    redis: &Redis,
    campaign: CampaignId,
    name: &str,
    gate: &Gate,
    running: &mut JoinHandle<Result<(), WorkerError>>,
) {
    let in_flight = in_flight_key(campaign, name);
    let drained = async {
        loop {
            let held: u64 = redis.connection().scard(&in_flight).await.unwrap_or(u64::MAX);
            if gate.handling.load(SeqCst) == 0 && held <= gate.parked.load(SeqCst) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        result = tokio::time::timeout(DRAIN, drained) => if result.is_err() {
            warn!(%campaign, worker = name, "batches still in hand after {DRAIN:?}: they are handed back as they are");
        },
        _ = &mut *running => {}
    }
    running.abort();
}

async fn release(redis: &Redis, campaign: CampaignId, name: &str) {
    let queue = config(campaign);
    let released: Result<u64, _> = script::RELEASE
        .key(in_flight_key(campaign, name))
        .key(queue.active_jobs_list())
        .key(queue.workers_set())
        .key(format!("{}:workers:metadata:{name}", queue.queue))
        .arg(name)
        .invoke_async(&mut redis.connection())
        .await;
    match released {
        Ok(0) => {}
        Ok(batches) => {
            debug!(%campaign, worker = name, batches, "batches handed back");
            // Others may be waiting for just these.
            if let Err(error) = catalog::ring(redis, campaign).await {
                debug!(%campaign, %error, "cannot announce batches; others find them within {POLL:?}");
            }
        }
        Err(error) => {
            warn!(%campaign, worker = name, %error, "cannot hand batches back; others take them over");
        }
    }
}

/// A job's id is its batch's number, and where it is not the batch's first job, what tells it apart from that one.
fn batch_of(id: &TaskId) -> Option<u32> {
    let id = id.to_string();
    id.split('-').next()?.parse().ok()
}

fn config(campaign: CampaignId) -> Config {
    Config::default()
        .queue(Keys(campaign).queue())
        .batch_size(1)
        .heartbeat_interval(HEARTBEAT)
        .missed_heartbeats(MISSED_HEARTBEATS)
        .lock_tasks(false)
        .persist_results(true)
        .emit_events(false)
}

fn in_flight_key(campaign: CampaignId, name: &str) -> String {
    format!("{}:{name}", config(campaign).inflight_jobs_set())
}

fn polls(ring: Arc<Notify>) -> impl Stream<Item = ()> + Send {
    stream::unfold(ring, |ring| async {
        let _ = tokio::time::timeout(POLL, ring.notified()).await;
        Some(((), ring))
    })
}

/// Lets batches through until the stop, and counts those that are in hand.
#[derive(Default)]
struct Gate {
    handling: AtomicU64,
    parked: AtomicU64,
}

impl Gate {
    async fn pass<F>(&self, stop: &CancellationToken, handle: impl FnOnce() -> F) -> Result<(), HandlerError>
    where
        F: Future<Output = Result<Handled, HandlerError>>,
    {
        self.handling.fetch_add(1, SeqCst);
        let handling = Handling(&self.handling);
        if !stop.is_cancelled() && handle().await? == Handled::Done {
            return Ok(());
        }
        // Neither acknowledged nor failed: the batch stays in flight until the worker is ended and releases it.
        self.parked.fetch_add(1, SeqCst);
        drop(handling);
        std::future::pending().await
    }
}

struct Handling<'a>(&'a AtomicU64);

impl Drop for Handling<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

/// The queue holds batches as they were packed; unpacking them is the handler's, which can say what is wrong.
#[derive(Debug, Clone, Copy)]
struct Packed;

impl apalis::prelude::Codec<Vec<u8>> for Packed {
    type Error = std::convert::Infallible;
    type Compact = Vec<u8>;

    fn encode(&self, packed: &Vec<u8>) -> Result<Vec<u8>, Self::Error> {
        Ok(packed.clone())
    }

    fn decode(&self, packed: &Vec<u8>) -> Result<Vec<u8>, Self::Error> {
        Ok(packed.clone())
    }
}
