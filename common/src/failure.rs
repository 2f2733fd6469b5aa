use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Batch, CampaignId, Channel, LedgerByte, RecipientIndex, Redis, State, StoreError, keys::Keys, script,
};

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

/// A page of failures, in the order of the campaign's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FailurePage {
    /// The failures.
    pub failures: Vec<Failure>,
    /// What to ask for the next page with; none on the last one.
    #[schema(value_type = Option<u32>)]
    pub next: Option<RecipientIndex>,
}

type Answer = (i64, Vec<u32>, Vec<u8>, Vec<Option<String>>);

/// Reads up to `limit` failures of a campaign, of recipients after `after`. Who is listed is read from the ledger, so
/// that all pages together are exactly those who failed or are in doubt.
///
/// # Errors
/// When Redis is away, or holds what Drumbeat did not write.
pub async fn failures(
    redis: &Redis,
    id: CampaignId,
    after: Option<RecipientIndex>,
    limit: usize,
) -> Result<FailurePage, StoreError> {
    let keys = Keys(id);
    let mut start = Some(after.map_or(0, |index| i64::from(index.get()) + 1));
    let mut failures = Vec::new();
    // One more than asked for tells whether there is a next page.
    while let Some(index) = start.filter(|_| failures.len() <= limit) {
        let mut call = script::FAILURES.key(keys.ledger());
        call.key(keys.failures()).arg(index).arg(limit + 1 - failures.len());
        let (next, indexes, bytes, entries): Answer = call.invoke_async(&mut redis.connection()).await?;
        for ((index, byte), entry) in indexes.into_iter().zip(bytes).zip(entries) {
            failures.push(match entry {
                Some(json) => serde_json::from_str(&json).map_err(StoreError::corrupt)?,
                None => unknown(index, byte)?,
            });
        }
        start = (next >= 0).then_some(next);
    }
    let more = failures.len() > limit;
    failures.truncate(limit);
    let next = failures.last().filter(|_| more).map(|failure| RecipientIndex::new(failure.index));
    Ok(FailurePage { failures, next })
}

/// A person of whom the ledger alone knows is not hidden.
fn unknown(index: u32, byte: u8) -> Result<Failure, StoreError> {
    let LedgerByte { channel, state } = LedgerByte::decode(byte).map_err(StoreError::corrupt)?;
    Ok(Failure {
        batch: index / Batch::SIZE,
        index,
        customer_id: String::new(),
        channel,
        state: if state == State::InDoubt { FailureState::InDoubt } else { FailureState::Failed },
        code: "Unknown".to_owned(),
        message: "nothing is kept about why".to_owned(),
        attempts: 0,
        at: Timestamp::UNIX_EPOCH,
    })
}
