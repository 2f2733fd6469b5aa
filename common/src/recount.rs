use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    CampaignId, Redis, StoreError,
    keys::Keys,
    progress::{Tally, counted_byte},
};

/// A campaign counted twice, at one moment: by its ledger, person by person, and by its counters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Recount {
    /// The campaign.
    #[schema(value_type = String, example = "01KAPZ3V9C6J2M5Q8R1T4W7Y0B")]
    pub campaign_id: CampaignId,
    /// Whether both are the same.
    pub equal: bool,
    /// By the ledger, which is the truth.
    pub ledger: Tally,
    /// By the counters, which is what the progress shows.
    pub counters: Tally,
}

/// Counts a campaign's recipients in its ledger, beside its counters; none where there is no such campaign. A megabyte
/// for a million recipients is read.
///
/// # Errors
/// When Redis is away, or holds what Drumbeat did not write.
pub async fn recount(redis: &Redis, id: CampaignId) -> Result<Option<Recount>, StoreError> {
    let keys = Keys(id);
    let (exists, ledger, counters): (bool, Vec<u8>, HashMap<Vec<u8>, i64>) = redis::pipe()
        .atomic()
        .exists(keys.campaign())
        .get(keys.ledger())
        .hgetall(keys.progress())
        .query_async(&mut redis.connection())
        .await?;
    if !exists {
        return Ok(None);
    }
    let ledger = Tally::of(histogram(&ledger))?;
    let counters = counters
        .into_iter()
        // One that is below nothing is as wrong as any other, and shown as nothing.
        .map(|(name, count)| Ok((counted_byte(&name)?, u64::try_from(count).unwrap_or_default())))
        .collect::<Result<Vec<_>, StoreError>>()?;
    let counters = Tally::of(counters)?;
    Ok(Some(Recount { campaign_id: id, equal: ledger == counters, ledger, counters }))
}

/// How often each byte occurs.
fn histogram(bytes: &[u8]) -> impl Iterator<Item = (u8, u64)> {
    let mut counts = [0_u64; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    (0..=u8::MAX).zip(counts).filter(|(_, count)| *count > 0)
}
