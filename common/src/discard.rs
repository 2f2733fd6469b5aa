use redis::AsyncCommands;

use crate::{
    CampaignId, Redis, StoreError,
    catalog::{self, Transition},
    keys::{self, Keys},
    queue,
};

/// Removes a campaign that is still loading, with everything that was taken of it: its list came to nothing. Answers
/// whether it did; one that runs stays. First it is cancelled, in one step, so that nobody can start or complete what is
/// being removed, and its record goes last: what a death in between leaves is a cancelled campaign.
///
/// # Errors
/// When Redis is away.
pub async fn discard(redis: &Redis, id: CampaignId) -> Result<bool, StoreError> {
    let reason = "its list was not taken";
    let Transition::Done(_) = catalog::give_up_loading(redis, id, reason).await? else { return Ok(false) };
    queue::clean(redis, id).await?;
    let (mut connection, of) = (redis.connection(), Keys(id));
    let _: () = connection
        .unlink(&[
            of.ledger(),
            of.progress(),
            of.done_batches(),
            of.customers(),
            of.rejected(),
            of.campaign(),
        ])
        .await?;
    let _: () = connection.srem(keys::OPEN, id.to_string()).await?;
    Ok(connection.zrem(keys::CAMPAIGNS, id.to_string()).await.map(|_: ()| true)?)
}
