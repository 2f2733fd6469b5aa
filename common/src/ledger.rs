//! What happened to each recipient: claimed before a message leaves, settled when its answer is in.

mod claim;
mod settle;

use std::time::Duration;

use redis::AsyncCommands;

use crate::{Batch, CampaignId, Channel, LedgerByte, RecipientIndex, Redis, StoreError, keys::Keys, script};

pub(crate) use claim::claimed_at;
pub use claim::{Claim, ClaimId, Claimer, Most, Worker, claim};
pub use settle::{Hold, Settled, Settlement, Verdict, settle};

/// From this age on no answer to a claim can come any more: a claim is sent within 3 s or not at all, and an answer is
/// waited for no longer than 10 s. Whoever sends has to keep both.
pub const OVERDUE: Duration = Duration::from_secs(13);

const fn overdue_us() -> u64 {
    OVERDUE.as_secs() * 1_000_000
}

/// Up to `most` of those who are being sent to by claims that are [`OVERDUE`], wherever in the campaign.
///
/// # Errors
/// When Redis is away.
pub async fn overdue(
    redis: &Redis,
    campaign: CampaignId,
    most: usize,
) -> Result<Vec<(RecipientIndex, Channel)>, StoreError> {
    let keys = Keys(campaign);
    let mut call = script::OVERDUE.key(keys.ledger());
    call.key(keys.claims()).arg(overdue_us()).arg(most);
    let (indexes, bytes): (Vec<u32>, Vec<u8>) = call.invoke_async(&mut redis.connection()).await?;
    let channels = decode(bytes)?.into_iter().map(|byte| byte.channel);
    Ok(indexes.into_iter().map(RecipientIndex::new).zip(channels).collect())
}

/// Where the recipients of a batch stand, in order; fewer than a batch's size at the end of the campaign.
///
/// # Errors
/// When Redis is away, or the ledger holds a byte that stands for no recipient.
pub async fn read_batch(
    redis: &Redis,
    campaign: CampaignId,
    batch: u32,
) -> Result<Vec<LedgerByte>, StoreError> {
    let first = (batch * Batch::SIZE) as isize;
    let last = first + Batch::SIZE as isize - 1;
    decode(redis.connection().getrange(Keys(campaign).ledger(), first, last).await?)
}

/// The whole ledger of a campaign, by index: one byte a recipient.
///
/// # Errors
/// When Redis is away, or the ledger holds a byte that stands for no recipient.
pub async fn read(redis: &Redis, campaign: CampaignId) -> Result<Vec<LedgerByte>, StoreError> {
    decode(redis.connection().get(Keys(campaign).ledger()).await?)
}

fn decode(bytes: Vec<u8>) -> Result<Vec<LedgerByte>, StoreError> {
    bytes.into_iter().map(|byte| LedgerByte::decode(byte).map_err(StoreError::corrupt)).collect()
}
