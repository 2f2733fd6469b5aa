use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use drumbeat_common::{
    Batch, Campaign, CampaignId, Channel, FailureState, RecipientIndex, StoreError, catalog,
    ledger::{self, Hold, Settlement, Verdict},
    queue,
};
use tracing::{info, warn};

use crate::{Process, doubt, failure, outcome::Cause};

/// Recipients settled in one go; whoever is left is found by the next sweep.
const MOST: usize = 1_000;

/// Settles those whom a worker was sending to when it died, in campaigns that nobody works on: a campaign that is paused
/// or cancelled has no other worker to take its batches over.
pub(crate) async fn sweep(process: Arc<Process>, campaigns: Vec<CampaignId>) {
    for campaign in campaigns {
        match settle_overdue(&process, campaign).await {
            Ok(0) => {}
            Ok(recipients) => info!(%campaign, recipients, "nobody can tell any more what became of these"),
            Err(error) => warn!(%campaign, %error, "cannot settle what a dead worker left behind yet"),
        }
    }
}

async fn settle_overdue(process: &Process, campaign: CampaignId) -> Result<usize, StoreError> {
    let redis = &process.redis;
    let overdue = ledger::overdue(redis, campaign, MOST).await?;
    if overdue.is_empty() {
        return Ok(0);
    }
    let Some(Campaign { options, .. }) = catalog::get(redis, campaign).await? else { return Ok(0) };
    let mut batches: HashMap<u32, Option<Batch>> = HashMap::new();
    for number in overdue.iter().map(|(index, _)| index.batch()) {
        if let Entry::Vacant(unread) = batches.entry(number) {
            unread.insert(queue::batch(redis, campaign, number).await?);
        }
    }
    let settlement = |(index, channel): (RecipientIndex, Channel)| {
        let recipient = batches.get(&index.batch()).and_then(|batch| batch.as_ref()?.recipient(index));
        let failure = failure::of(index, channel, recipient, FailureState::InDoubt, Cause::worker_lost(), 1);
        let to = doubt::settled(options.in_doubt, failure);
        Settlement { index, hold: Hold::Overdue, to, verdict: Verdict::None }
    };
    let settlements: Vec<_> = overdue.into_iter().map(settlement).collect();
    ledger::settle(redis, campaign, &settlements).await?;
    Ok(settlements.len())
}
