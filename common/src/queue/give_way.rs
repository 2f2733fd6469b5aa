use super::config;
use crate::{CampaignId, Redis, StoreError, keys::Keys, script};

/// Lets the batches that wait in the queue go before this one, which is then to be told as done. Answers whether it did:
/// where no other waits, the batch is best kept in hand.
///
/// # Errors
/// When Redis is away: it may have been done all the same, which does no harm.
pub async fn give_way(redis: &Redis, campaign: CampaignId, batch: u32) -> Result<bool, StoreError> {
    let queue = config(campaign);
    let mut call = script::GIVE_WAY.key(Keys(campaign).campaign());
    call.key(queue.job_data_hash()).key(queue.active_jobs_list()).key(queue.job_meta_hash());
    Ok(call.arg(batch).invoke_async(&mut redis.connection()).await?)
}
