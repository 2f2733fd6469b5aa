//! Rows of a list that became no recipients, kept for whoever has to mend them.

use redis::AsyncCommands;
use serde::{Deserialize, Serialize};

use crate::{CampaignId, Redis, StoreError, keys::Keys};

/// The most rows in one block: a few kilobytes packed, since reasons repeat.
pub const BLOCK: usize = 1_000;

/// A row that became no recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// The line of the list on which it starts, from 1.
    pub line: u64,
    /// The caller's own name for the person, where that much could be read.
    pub customer_id: Option<String>,
    /// Everything that is wrong with it.
    pub reason: String,
}

/// Keeps a block of a campaign's rejected rows. A block kept twice is one block.
///
/// # Errors
/// When Redis is away.
pub async fn keep(
    redis: &Redis,
    campaign: CampaignId,
    number: u32,
    block: &[Rejected],
) -> Result<(), StoreError> {
    let plain = postcard::to_stdvec(block).map_err(StoreError::corrupt)?;
    let packed = lz4_flex::compress_prepend_size(&plain);
    Ok(redis.connection().hset(Keys(campaign).rejected(), number, packed).await?)
}

/// A block of a campaign's rejected rows, from 0; none behind the last.
///
/// # Errors
/// When Redis is away, or holds what Drumbeat did not write.
pub async fn block(
    redis: &Redis,
    campaign: CampaignId,
    number: u32,
) -> Result<Option<Vec<Rejected>>, StoreError> {
    let packed: Option<Vec<u8>> = redis.connection().hget(Keys(campaign).rejected(), number).await?;
    let Some(packed) = packed else { return Ok(None) };
    let plain = lz4_flex::decompress_size_prepended(&packed).map_err(StoreError::corrupt)?;
    postcard::from_bytes(&plain).map(Some).map_err(StoreError::corrupt)
}
