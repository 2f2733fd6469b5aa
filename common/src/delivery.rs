//! How often a batch was delivered since it last got on: one that kills every worker that takes it shall not do so for
//! ever. The queue does not count that: to it, a batch that comes back from the dead was never tried.

use redis::AsyncCommands;

use crate::{CampaignId, Redis, StoreError, keys::Keys};

/// Counts a delivery before anything is done with the batch. Answers how many there were since the batch last got on:
/// since somebody in it was settled, or a worker gave it back in order.
///
/// # Errors
/// When Redis is away.
pub async fn begin(redis: &Redis, campaign: CampaignId, batch: u32) -> Result<u32, StoreError> {
    Ok(redis.connection().hincr(Keys(campaign).deliveries(), batch, 1).await?)
}

/// Notes that a worker survived the batch.
///
/// # Errors
/// When Redis is away.
pub async fn end(redis: &Redis, campaign: CampaignId, batch: u32) -> Result<(), StoreError> {
    Ok(redis.connection().hdel(Keys(campaign).deliveries(), batch).await?)
}
