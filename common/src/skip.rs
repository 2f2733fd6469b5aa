use crate::{Batch, CampaignId, RecipientIndex, Redis, StoreError, keys::Keys, queue::PushError, script};

/// Recipients in one call to Redis: a few milliseconds of its time.
const GROUP: usize = 1_000;

/// Passes over recipients of a campaign that is still loading: an address that came before, or one that is suppressed.
/// They are never tried. Done twice, it is done once.
///
/// # Errors
/// When the campaign is not loading, or Redis is away.
pub async fn skip(
    redis: &Redis,
    campaign: CampaignId,
    recipients: &[RecipientIndex],
) -> Result<(), PushError> {
    let keys = Keys(campaign);
    for group in recipients.chunks(GROUP) {
        let mut call = script::SKIP.key(keys.campaign());
        call.key(keys.ledger()).key(keys.progress()).key(keys.done_batches()).arg(Batch::SIZE);
        for index in group {
            call.arg(index.get());
        }
        let moved: i64 = call.invoke_async(&mut redis.connection()).await.map_err(StoreError::from)?;
        if moved < 0 {
            return Err(PushError::NotLoading);
        }
    }
    Ok(())
}
