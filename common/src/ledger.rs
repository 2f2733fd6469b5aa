//! What happened to each recipient: claimed before a message leaves, settled when its answer is in.

use std::fmt;

use redis::AsyncCommands;
use ulid::Ulid;

use crate::{
    Batch, CampaignId, Failure, LedgerByte, RecipientIndex, Redis, State, Status, StoreError, catalog,
    keys::Keys,
    script,
    slot::{Lease, SlotTime},
};

/// Who claims: one worker's hold of one batch. A recipient that is being sent to can be settled only by the claimer
/// that holds it, so that an answer to a call that was held up never undoes a later claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimer {
    /// Tells people which process holds a claim.
    process: u32,
    hold: Ulid,
}

impl Claimer {
    /// A claimer of this process, like no other.
    #[must_use]
    pub fn generate() -> Self {
        Self { process: std::process::id(), hold: Ulid::generate() }
    }
}

impl fmt::Display for Claimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.process, self.hold)
    }
}

/// What came of asking for recipients to send to.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// These are claimed, each with its slot, in order.
    Claimed {
        /// The slots, as many as recipients.
        lease: Lease,
        /// The recipients.
        recipients: Vec<RecipientIndex>,
    },
    /// All slots near enough are taken: ask again at that time.
    Wait(SlotTime),
    /// Nobody in the batch is pending, apart from those left alone.
    Empty {
        /// Claimed by the caller, and not settled.
        mine: Vec<RecipientIndex>,
        /// Claimed by somebody else, and not settled.
        others: Vec<RecipientIndex>,
    },
    /// The campaign does not run: its status, or none where it is gone.
    Stopped(Option<Status>),
}

/// Claims up to `most` pending recipients of a batch, each with a slot, but none of `except`. Before it answers
/// `Claimed`, everybody named in it is `sending`: they may be sent to, by the caller alone. Answers Redis's time too.
///
/// # Errors
/// When Redis is away. The claim may have happened all the same; those it took are then found as the caller's own.
pub async fn claim(
    redis: &Redis,
    batch: &Batch,
    claimer: Claimer,
    most: usize,
    except: impl IntoIterator<Item = RecipientIndex>,
) -> Result<(Claim, SlotTime), StoreError> {
    let keys = Keys(batch.campaign);
    let mut call = script::CLAIM.key(keys.campaign());
    call.key(keys.ledger()).key(keys.progress()).key(keys.claims());
    call.arg(claimer.to_string()).arg(batch.first().get()).arg(batch.len()).arg(most);
    for index in except {
        call.arg(index.get());
    }
    let (verdict, at, interval_us, now, indexes, others): (
        String,
        String,
        String,
        String,
        Vec<u32>,
        Vec<u32>,
    ) = call.invoke_async(&mut redis.connection()).await?;
    let recipients = |indexes: Vec<u32>| indexes.into_iter().map(RecipientIndex::new).collect();
    let claim = match verdict.as_str() {
        "slots" => Claim::Claimed {
            lease: Lease::parse(&at, &interval_us, indexes.len())?,
            recipients: recipients(indexes),
        },
        "wait" => Claim::Wait(SlotTime::parse(&at)?),
        "empty" => Claim::Empty { mine: recipients(indexes), others: recipients(others) },
        "gone" => Claim::Stopped(None),
        status => Claim::Stopped(Some(status.parse().map_err(StoreError::corrupt)?)),
    };
    Ok((claim, SlotTime::parse(&now)?))
}

/// What became of one recipient.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// Who.
    pub index: RecipientIndex,
    /// Who holds the claim; none settles whoever holds it, once no answer to them can come any more.
    pub claimer: Option<Claimer>,
    /// Where to.
    pub to: Settled,
}

/// The state a recipient is settled in.
#[derive(Debug, Clone, PartialEq)]
pub enum Settled {
    /// A provider accepted the message.
    Sent,
    /// It will not go out.
    Failed(Failure),
    /// It may or may not have gone out.
    InDoubt(Failure),
    /// It did not go out and is to be sent later.
    Pending,
    /// A receipt says that it arrived. It proves more than any answer, so no claimer is asked for.
    Delivered,
    /// A receipt says that it went out and did not arrive.
    Undelivered,
}

impl Settled {
    const fn state(&self) -> State {
        match self {
            Self::Sent => State::Sent,
            Self::Failed(_) => State::Failed,
            Self::InDoubt(_) => State::InDoubt,
            Self::Pending => State::Pending,
            Self::Delivered => State::Delivered,
            Self::Undelivered => State::Undelivered,
        }
    }

    /// The states from which the settlement is accepted. An answer that comes after its recipient was put in doubt
    /// is still the truth; but for receipts, nothing else may overwrite a doubt. Receipts come twice, late and out of
    /// order, so they move forward only, and `Delivered` is the last of all.
    const fn from(&self) -> &'static [State] {
        match self {
            Self::Sent | Self::Failed(_) => &[State::Sending, State::InDoubt],
            Self::InDoubt(_) | Self::Pending => &[State::Sending],
            Self::Delivered => &[State::Sending, State::Sent, State::InDoubt, State::Undelivered],
            Self::Undelivered => &[State::Sending, State::Sent, State::InDoubt],
        }
    }

    const fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) | Self::InDoubt(failure) => Some(failure),
            Self::Sent | Self::Pending | Self::Delivered | Self::Undelivered => None,
        }
    }
}

/// Settles recipients, all in one step. Done twice, it counts once.
///
/// # Errors
/// When Redis is away: settle again, until it is back.
pub async fn settle(
    redis: &Redis,
    campaign: CampaignId,
    settlements: &[Settlement],
) -> Result<(), StoreError> {
    if settlements.is_empty() {
        return Ok(());
    }
    let keys = Keys(campaign);
    let mut call = script::SETTLE.key(keys.campaign());
    call.key(keys.ledger()).key(keys.progress()).key(keys.claims()).key(keys.rate());
    call.key(keys.failures()).key(keys.done_batches()).arg(Batch::SIZE);
    for Settlement { index, claimer, to } in settlements {
        let claimer = claimer.map_or_else(|| "*".to_owned(), |claimer| claimer.to_string());
        let from: String = to.from().iter().map(|state| char::from(b'0' + *state as u8)).collect();
        let failure = to.failure().map(serde_json::to_string).transpose().map_err(StoreError::corrupt)?;
        call.arg(index.get()).arg(claimer).arg(from).arg(to.state() as u8).arg(failure.unwrap_or_default());
    }
    let completed: bool = call.invoke_async(&mut redis.connection()).await?;
    if completed {
        catalog::announce(redis, campaign, Status::Completed).await?;
    }
    Ok(())
}

/// The whole ledger of a campaign, by index: one byte a recipient.
///
/// # Errors
/// When Redis is away, or the ledger holds a byte that stands for no recipient.
pub async fn read(redis: &Redis, campaign: CampaignId) -> Result<Vec<LedgerByte>, StoreError> {
    let bytes: Vec<u8> = redis.connection().get(Keys(campaign).ledger()).await?;
    bytes.into_iter().map(|byte| LedgerByte::decode(byte).map_err(StoreError::corrupt)).collect()
}
