use std::fmt;

use super::{ClaimId, overdue_us};
use crate::{
    Batch, CampaignId, Failure, RecipientIndex, Redis, State, Status, StoreError, catalog, keys::Keys,
    outbox::Tracked, script,
};

/// What became of one recipient.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// Who.
    pub index: RecipientIndex,
    /// Which claim it is about.
    pub hold: Hold,
    /// Where to.
    pub to: Settled,
    /// What the attempt tells about the provider or the worker.
    pub verdict: Verdict,
}

/// Which claim of a recipient a settlement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// This one, and no other.
    By(ClaimId),
    /// Any that is [`OVERDUE`].
    Overdue,
    /// Whatever there is, or none.
    Any,
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::By(claim) => claim.fmt(f),
            Self::Overdue => f.write_str("overdue"),
            Self::Any => f.write_str("*"),
        }
    }
}

/// The state a recipient is settled in.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled {
    /// A provider accepted the message; what the delivery table is to hold of it, where there is one.
    Sent(Option<Tracked>),
    /// It will not go out.
    Failed(Failure),
    /// Nobody tried to send it, and nobody will.
    GivenUp(Failure),
    /// It may or may not have gone out.
    InDoubt(Failure),
    /// It did not go out, and will not: the address is suppressed.
    Skipped,
    /// It did not go out and is to be sent later.
    Pending,
    /// It may or may not have gone out, and is sent again all the same; in a cancelled campaign it is in doubt.
    Resend(Failure),
}

impl Settled {
    const fn state(&self) -> State {
        match self {
            Self::Sent(_) => State::Sent,
            Self::Failed(_) | Self::GivenUp(_) => State::Failed,
            Self::InDoubt(_) => State::InDoubt,
            Self::Skipped => State::Skipped,
            Self::Pending | Self::Resend(_) => State::Pending,
        }
    }

    /// The states from which the settlement is accepted. An answer that comes after its recipient was put in doubt
    /// is still the truth; nothing else here may overwrite a doubt.
    const fn from(&self) -> &'static [State] {
        match self {
            Self::Sent(_) | Self::Failed(_) => &[State::Sending, State::InDoubt],
            Self::GivenUp(_) => &[State::Pending],
            Self::InDoubt(_) | Self::Skipped | Self::Pending | Self::Resend(_) => &[State::Sending],
        }
    }

    const fn tracked(&self) -> Option<&Tracked> {
        match self {
            Self::Sent(tracked) => tracked.as_ref(),
            _ => None,
        }
    }

    const fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure)
            | Self::GivenUp(failure)
            | Self::InDoubt(failure)
            | Self::Resend(failure) => Some(failure),
            Self::Sent(_) | Self::Skipped | Self::Pending => None,
        }
    }
}

/// What an attempt tells about the provider or the worker, whatever became of the recipient. Codes are the provider's, or Drumbeat's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: the provider was not asked.
    None,
    /// The provider was not asked, since the worker stood still when it was time: the slot is made up for.
    Stalled,
    /// It takes messages.
    Accepted,
    /// It did not take this one, or nobody knows: too many of these pause the campaign.
    Failed(String),
    /// It was asked too often: the campaign slows down.
    Throttled(String),
}

impl Verdict {
    fn words(&self) -> (&'static str, &str) {
        match self {
            Self::None => ("", ""),
            Self::Stalled => ("stalled", ""),
            Self::Accepted => ("accepted", ""),
            Self::Failed(code) => ("failed", code),
            Self::Throttled(code) => ("throttled", code),
        }
    }
}

/// Settles recipients, all in one step. Done twice, it counts once. Answers the status that the campaign got by it:
/// completed, or paused where too many attempts failed.
///
/// # Errors
/// When Redis is away: settle again, until it is back.
pub async fn settle(
    redis: &Redis,
    campaign: CampaignId,
    settlements: &[Settlement],
) -> Result<Option<Status>, StoreError> {
    if settlements.is_empty() {
        return Ok(None);
    }
    let keys = Keys(campaign);
    let mut call = script::SETTLE.key(keys.campaign());
    call.key(keys.ledger()).key(keys.progress()).key(keys.claims()).key(keys.rate());
    call.key(keys.failures()).key(keys.done_batches()).key(keys.deliveries()).key(keys.outbox());
    call.arg(Batch::SIZE).arg(overdue_us());
    for Settlement { index, hold, to, verdict } in settlements {
        let from: String = to.from().iter().map(|state| char::from(b'0' + *state as u8)).collect();
        let failure = to.failure().map(serde_json::to_string).transpose().map_err(StoreError::corrupt)?;
        let (verdict, why) = verdict.words();
        call.arg(index.get()).arg(hold.to_string()).arg(from).arg(to.state() as u8);
        call.arg(failure.unwrap_or_default()).arg(verdict).arg(why);
        call.arg(to.tracked().map(Tracked::pack).unwrap_or_default());
    }
    let status: String = call.invoke_async(&mut redis.connection()).await?;
    if status.is_empty() {
        return Ok(None);
    }
    let status = status.parse().map_err(StoreError::corrupt)?;
    catalog::announce(redis, campaign, status).await?;
    Ok(Some(status))
}
