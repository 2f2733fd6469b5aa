use std::ops::Range;

use super::config;
use crate::{Address, Batch, CampaignId, RecipientIndex, Redis, StoreError};

/// Batches in one call: less than a megabyte.
const PIECE: usize = 200;

/// Where in a campaign's list people have an address, in order, among the recipients in `range`: up to `most` places. Only
/// of those in whose batch somebody may have to be sent to: the addresses of the others are forgotten.
///
/// # Errors
/// When Redis is away.
pub(crate) async fn reached(
    redis: &Redis,
    campaign: CampaignId,
    address: &Address,
    range: Range<u32>,
    most: usize,
) -> Result<Vec<RecipientIndex>, StoreError> {
    let (jobs, (_, text)) = (config(campaign), address.key());
    let (mut batches, mut found) = (range.start / Batch::SIZE..range.end.div_ceil(Batch::SIZE), Vec::new());
    while !batches.is_empty() && found.len() < most {
        let piece: Vec<u32> = batches.by_ref().take(PIECE).collect();
        let packed: Vec<Option<Vec<u8>>> = redis::cmd("HMGET")
            .arg(jobs.job_data_hash())
            .arg(piece)
            .query_async(&mut redis.connection())
            .await?;
        let batches = packed.iter().flatten().filter_map(|packed| Batch::unpack(packed).ok());
        for batch in batches {
            let places = (batch.first().get()..).zip(&batch.recipients);
            let reached = places.filter(|(_, recipient)| recipient.address.key().1 == text);
            found.extend(reached.map(|(index, _)| RecipientIndex::new(index)));
        }
        // Thousands of batches take seconds: others get their turn.
        tokio::task::yield_now().await;
    }
    found.retain(|index| range.contains(&index.get()));
    found.truncate(most);
    Ok(found)
}
