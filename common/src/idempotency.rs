//! A caller's word that two posts with one key are one campaign.

use redis::AsyncCommands;

use crate::{CampaignId, Redis, StoreError, keys};

/// A key is remembered for a day: longer than any caller retries.
const SECONDS: u64 = 24 * 60 * 60;

/// What an idempotency key is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The campaign.
    pub campaign: CampaignId,
    /// The fingerprint of the body that it came with; none as long as nobody has read one to its end.
    pub body: Option<String>,
}

/// Binds a key to a campaign, unless it is bound already; answers what it is bound to.
///
/// # Errors
/// When Redis is away, or holds what Drumbeat did not write.
pub async fn bind(redis: &Redis, key: &str, campaign: CampaignId) -> Result<Binding, StoreError> {
    let mut connection = redis.connection();
    let key = keys::idempotency(key);
    loop {
        let options = options().conditional_set(redis::ExistenceCheck::NX);
        let new: bool = connection.set_options(&key, campaign.to_string(), options).await?;
        if new {
            return Ok(Binding { campaign, body: None });
        }
        let bound: Option<String> = connection.get(&key).await?;
        // It expired between the two calls.
        let Some(bound) = bound else { continue };
        let mut words = bound.split(' ');
        let campaign = words.next().unwrap_or_default().parse().map_err(StoreError::corrupt)?;
        return Ok(Binding { campaign, body: words.next().map(str::to_owned) });
    }
}

/// Notes the fingerprint of the body that a key's campaign came with.
///
/// # Errors
/// When Redis is away.
pub async fn fix(redis: &Redis, key: &str, campaign: CampaignId, body: &str) -> Result<(), StoreError> {
    let binding = format!("{campaign} {body}");
    Ok(redis.connection().set_options(keys::idempotency(key), binding, options()).await?)
}

/// Forgets a key: nothing came of its campaign.
///
/// # Errors
/// When Redis is away.
pub async fn forget(redis: &Redis, key: &str) -> Result<(), StoreError> {
    Ok(redis.connection().del(keys::idempotency(key)).await?)
}

fn options() -> redis::SetOptions {
    redis::SetOptions::default().with_expiration(redis::SetExpiry::EX(SECONDS))
}
