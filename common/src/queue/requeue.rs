use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::config;
use crate::{Batch, CampaignId, Redis, State, Status, StoreError, catalog, keys::Keys, script};

/// Batches changed in one call: two thousand recipients take some five milliseconds, in which nobody else is served.
const STRETCH: usize = 20;

/// What somebody in charge decides about everybody in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Resolve {
    /// They are sent to again: some may get the message twice.
    Resend,
    /// They count as sent: some may never get the message.
    Sent,
}

/// The text names no such decision.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is neither \"resend\" nor \"sent\"")]
pub struct UnknownResolve(String);

impl FromStr for Resolve {
    type Err = UnknownResolve;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "resend" => Ok(Self::Resend),
            "sent" => Ok(Self::Sent),
            _ => Err(UnknownResolve(text.to_owned())),
        }
    }
}

/// Whom to take up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Everybody who failed: they are sent to again.
    Failed,
    /// Everybody in doubt.
    InDoubt(Resolve),
}

impl Again {
    const fn from(self) -> State {
        match self {
            Self::Failed => State::Failed,
            Self::InDoubt(_) => State::InDoubt,
        }
    }

    const fn to(self) -> State {
        match self {
            Self::Failed | Self::InDoubt(Resolve::Resend) => State::Pending,
            Self::InDoubt(Resolve::Sent) => State::Sent,
        }
    }
}

/// What came of taking recipients up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requeued {
    /// A stretch of the campaign is done.
    Moved {
        /// How many recipients it was done for.
        recipients: u64,
        /// The batch to go on at; none at the campaign's end.
        next: Option<u32>,
    },
    /// The campaign's status does not allow it.
    Refused(Status),
    /// There is no such campaign.
    Unknown,
}

/// Takes recipients up again, in one stretch of a campaign from batch `start` on. Who is to be sent to again is pending
/// in the same step, and gets new jobs; a completed campaign runs again. Done twice, it is done once.
///
/// # Errors
/// When Redis is away: it may have been done all the same.
pub async fn requeue(
    redis: &Redis,
    campaign: CampaignId,
    again: Again,
    start: u32,
) -> Result<Requeued, StoreError> {
    match catalog::status(redis, campaign).await? {
        None => return Ok(Requeued::Unknown),
        // On the list before it runs, so that it is found even where this dies in between.
        Some(Status::Completed) if again.to() == State::Pending => {
            catalog::put_on_list(redis, campaign).await?;
        }
        Some(_) => {}
    }
    let (status, moved, next) = call(redis, campaign, again, start).await?;
    if status.is_empty() {
        return Ok(Requeued::Unknown);
    }
    let status: Status = status.parse().map_err(StoreError::corrupt)?;
    let Ok(recipients) = u64::try_from(moved) else { return Ok(Requeued::Refused(status)) };
    if recipients > 0 || status.is_final() {
        // This puts one that runs on the list once more, since whoever saw it completed may have taken it off just
        // before it ran; and takes one off that did not come to run.
        catalog::announce(redis, campaign, status).await?;
    }
    Ok(Requeued::Moved { recipients, next: u32::try_from(next).ok() })
}

async fn call(
    redis: &Redis,
    campaign: CampaignId,
    again: Again,
    start: u32,
) -> Result<(String, i64, i64), StoreError> {
    let (keys, queue) = (Keys(campaign), config(campaign));
    let mut call = script::REQUEUE.key(keys.campaign());
    call.key(keys.ledger()).key(keys.progress()).key(keys.failures()).key(keys.claims());
    call.key(keys.done_batches());
    call.key(queue.job_data_hash()).key(queue.active_jobs_list()).key(queue.job_meta_hash());
    call.arg(again.from() as u8).arg(again.to() as u8).arg(start).arg(STRETCH).arg(Batch::SIZE);
    Ok(call.invoke_async(&mut redis.connection()).await?)
}
