use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    CampaignId, Channel, LedgerByte, RecipientIndex, Redis, State, StoreError,
    people::{self, Standing},
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
    let standing_so = Channel::ALL
        .map(|channel| [State::Failed, State::InDoubt].map(|state| LedgerByte { channel, state }));
    // One more than asked for tells whether there is a next page.
    let mut standing = people::standing(redis, id, standing_so.as_flattened(), after, limit + 1).await?;
    let more = standing.len() > limit;
    standing.truncate(limit);
    let next = standing.last().filter(|_| more).map(|standing| standing.index);
    let failures = standing.into_iter().map(Failure::of).collect();
    Ok(FailurePage { failures, next })
}

impl Failure {
    /// A person of whom the ledger alone knows is not hidden.
    fn of(Standing { index, byte: LedgerByte { channel, state }, failure }: Standing) -> Self {
        failure.unwrap_or_else(|| Self {
            batch: index.batch(),
            index: index.get(),
            customer_id: String::new(),
            channel,
            state: if state == State::InDoubt { FailureState::InDoubt } else { FailureState::Failed },
            code: "Unknown".to_owned(),
            message: "nothing is kept about why".to_owned(),
            attempts: 0,
            at: Timestamp::UNIX_EPOCH,
        })
    }
}
