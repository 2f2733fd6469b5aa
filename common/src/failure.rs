use jiff::Timestamp;
use redis::{AsyncCommands, streams::StreamRangeReply};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{CampaignId, Channel, Redis, StoreError, keys::Keys};

/// Why a recipient failed, or is in doubt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Failure {
    /// The batch, from 0.
    pub batch: u32,
    /// The recipient's place in the campaign, from 0.
    pub index: u32,
    /// The caller's name for the person.
    pub customer_id: String,
    /// The channel.
    pub channel: Channel,
    /// `failed`, or `in_doubt`.
    pub state: FailureState,
    /// AWS's code, or one of Drumbeat's own.
    pub code: String,
    /// AWS's words, or Drumbeat's.
    pub message: String,
    /// How many times it was tried.
    pub attempts: u32,
    /// When it was given up.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// What a failure left the recipient in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureState {
    /// It will not go out.
    Failed,
    /// It may or may not have gone out.
    InDoubt,
}

/// A page of failures, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FailurePage {
    /// The failures.
    pub failures: Vec<Failure>,
    /// What to ask for the next page with; none on the last one.
    pub next: Option<String>,
}

/// Reads up to `limit` failures of a campaign, after the place that an earlier page named.
///
/// # Errors
/// When Redis is away, or `after` is no such place.
pub async fn failures(
    redis: &Redis,
    id: CampaignId,
    after: Option<&str>,
    limit: usize,
) -> Result<FailurePage, StoreError> {
    let start = after.map_or_else(|| "-".to_owned(), |place| format!("({place}"));
    // One more than asked for tells whether there is a next page.
    let range: StreamRangeReply =
        redis.connection().xrange_count(Keys(id).failures(), start, "+", limit + 1).await?;
    let more = range.ids.len() > limit;
    let entries = &range.ids[..range.ids.len().min(limit)];
    let failures = entries
        .iter()
        .map(|entry| {
            let json: String =
                entry.get("failure").ok_or_else(|| StoreError::corrupt("an entry without a failure"))?;
            serde_json::from_str(&json).map_err(StoreError::corrupt)
        })
        .collect::<Result<_, _>>()?;
    let next = entries.last().filter(|_| more).map(|entry| entry.id.clone());
    Ok(FailurePage { failures, next })
}
