use std::collections::{BTreeMap, HashMap};

use redis::AsyncCommands;

use crate::{
    CampaignId, LedgerByte, Redis, Status, StoreError, catalog, keys, keys::Keys, progress::counted_byte,
};

/// Campaigns that are looked at: two small hashes of each, a few milliseconds of Redis's time in all.
const MOST: usize = 1_000;
/// Campaigns in one call.
const PIECE: usize = 100;

/// How much there is of everything, over all campaigns that are not over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// Campaigns by status, but for those that are over.
    pub open: BTreeMap<&'static str, u64>,
    /// Campaigns that are over.
    pub over: u64,
    /// Open campaigns that were not looked at, since there are so many: the oldest.
    pub left_out: u64,
    /// Their recipients by channel and state: each stands at one.
    pub recipients: BTreeMap<LedgerByte, u64>,
}

/// Counts campaigns, and the recipients of those that are not over. However many campaigns there are, it looks at no more
/// than the newest 1,000 of those that are open.
///
/// # Errors
/// When Redis is away, or holds what Drumbeat did not write.
pub async fn census(redis: &Redis) -> Result<Census, StoreError> {
    let mut census = Census::default();
    for status in Status::ALL.into_iter().filter(|status| !status.is_final()) {
        census.open.insert(status.as_str(), 0);
    }
    let ids: Vec<String> = redis.connection().smembers(keys::OPEN).await?;
    let mut ids: Vec<CampaignId> =
        ids.iter().map(|id| id.parse().map_err(StoreError::corrupt)).collect::<Result<_, _>>()?;
    ids.sort_unstable_by(|a, b| b.cmp(a));
    census.left_out = ids.len().saturating_sub(MOST) as u64;
    ids.truncate(MOST);
    for ids in ids.chunks(PIECE) {
        census.look(redis, ids).await?;
    }
    let open = census.open.values().sum::<u64>() + census.left_out;
    census.over = catalog::count(redis).await?.saturating_sub(open);
    Ok(census)
}

impl Census {
    async fn look(&mut self, redis: &Redis, ids: &[CampaignId]) -> Result<(), StoreError> {
        let (mut statuses, mut counters) = (redis::pipe(), redis::pipe());
        for id in ids {
            statuses.hget(Keys(*id).campaign(), "status");
            counters.hgetall(Keys(*id).progress());
        }
        let statuses: Vec<Option<String>> = statuses.query_async(&mut redis.connection()).await?;
        let counters: Vec<HashMap<Vec<u8>, u64>> = counters.query_async(&mut redis.connection()).await?;
        for (status, counters) in statuses.into_iter().zip(counters) {
            // One whose record is not written yet is none.
            let Some(status) = status else { continue };
            let status: Status = status.parse().map_err(StoreError::corrupt)?;
            // One that was just cancelled is on the list until nobody is sent to any more.
            let Some(open) = self.open.get_mut(status.as_str()) else { continue };
            *open += 1;
            for (name, count) in counters {
                let byte = LedgerByte::decode(counted_byte(&name)?).map_err(StoreError::corrupt)?;
                *self.recipients.entry(byte).or_default() += count;
            }
        }
        Ok(())
    }
}
