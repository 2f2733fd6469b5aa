use super::config;
use crate::{Batch, CampaignId, Redis, StoreError, catalog, keys::Keys, script, slot::SlotTime};

/// Batches woken in one call: their recipients are copied, and nobody else is served meanwhile.
const WAKE: usize = 20;
/// While so many jobs are queued, no batch is woken: that is enough for every rate, and a job holds a copy of its batch.
const LONGEST_QUEUE: usize = 1_000;

/// Parks a batch in which only people in quiet hours are left: from then on its job may be acknowledged, and
/// [`wake`] brings it back. Does nothing where everybody in it is in a final state.
///
/// # Errors
/// When Redis is away: it may be parked all the same, and parking it again does no harm.
pub async fn park(
    redis: &Redis,
    campaign: CampaignId,
    batch: u32,
    until: SlotTime,
) -> Result<(), StoreError> {
    let keys = Keys(campaign);
    let mut call = script::PARK.key(keys.ledger());
    call.key(keys.parked()).arg(batch).arg(Batch::SIZE).arg(until.as_micros());
    Ok(call.invoke_async(&mut redis.connection()).await?)
}

/// What came of looking for parked batches whose time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Woken {
    /// How many are parked no more.
    pub batches: usize,
    /// When the next one's time comes. Those whose time has come, but for whom there is no room yet, do not count.
    pub next: Option<SlotTime>,
}

/// Puts parked batches whose time has come back into the queue, in small groups, as far as there is room. Any number may
/// do so at once: each batch is woken once.
///
/// # Errors
/// When Redis is away: some may be woken all the same.
pub async fn wake(redis: &Redis, campaign: CampaignId) -> Result<Woken, StoreError> {
    let mut batches = 0;
    loop {
        let (woken, next) = call(redis, campaign).await?;
        batches += woken;
        if woken < WAKE {
            if batches > 0 {
                catalog::ring(redis, campaign).await?;
            }
            let next = Some(SlotTime::parse(&next)?).filter(|next| next.as_micros() > 0);
            return Ok(Woken { batches, next });
        }
    }
}

async fn call(redis: &Redis, campaign: CampaignId) -> Result<(usize, String), StoreError> {
    let (keys, queue) = (Keys(campaign), config(campaign));
    let mut call = script::WAKE.key(keys.campaign());
    call.key(keys.ledger()).key(keys.parked());
    call.key(queue.job_data_hash()).key(queue.active_jobs_list()).key(queue.job_meta_hash());
    call.arg(WAKE).arg(LONGEST_QUEUE).arg(Batch::SIZE);
    Ok(call.invoke_async(&mut redis.connection()).await?)
}
