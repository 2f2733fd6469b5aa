//! What happened to each recipient: claimed before a message leaves, settled when its answer is in.

use std::{fmt, time::Duration};

use redis::AsyncCommands;
use ulid::Ulid;

use crate::{
    Batch, CampaignId, Channel, Failure, LedgerByte, RecipientIndex, Redis, State, Status, StoreError,
    catalog,
    keys::Keys,
    outbox::Tracked,
    script,
    slot::{self, Lease, SlotTime},
};

/// Who claims: one worker's hold of one batch.
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

/// One claim: who made it, and when. A recipient that is being sent to can be settled only by the claim that holds it,
/// so that a settlement that was held up on its way never undoes a later claim, not even one of the same claimer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimId {
    claimer: Claimer,
    at: SlotTime,
}

impl fmt::Display for ClaimId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}", self.claimer, self.at.as_micros())
    }
}

/// From this age on no answer to a claim can come any more: a claim is sent within 3 s or not at all, and an answer is
/// waited for no longer than 10 s. Whoever sends has to keep both.
pub const OVERDUE: Duration = Duration::from_secs(13);

/// What came of asking for recipients to send to.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// These are claimed, each with its slot, in order.
    Claimed {
        /// What settles them.
        id: ClaimId,
        /// The slots, as many as recipients.
        lease: Lease,
        /// The recipients.
        recipients: Vec<RecipientIndex>,
    },
    /// All slots near enough are taken.
    Wait {
        /// Ask again then.
        until: SlotTime,
        /// The time between two slots at the rate in force.
        interval: Duration,
    },
    /// Those who are pending, apart from those left alone, are of channels of which none was to be claimed.
    Full,
    /// Nobody in the batch is pending, apart from those left alone.
    Empty {
        /// Claimed by the caller, and not settled.
        mine: Vec<(RecipientIndex, ClaimId)>,
        /// Claimed by others who can get no answer any more.
        overdue: Vec<RecipientIndex>,
        /// When the next claim of others is overdue, if there is any.
        next_overdue: Option<SlotTime>,
    },
    /// The campaign does not run: its status, or none where it is gone.
    Stopped(Option<Status>),
}

/// How many recipients to claim at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Most {
    total: usize,
    /// In the order of [`Channel::ALL`].
    of_channels: [usize; 3],
}

impl Most {
    /// No more than so many of a channel either.
    #[must_use]
    pub const fn of(mut self, channel: Channel, most: usize) -> Self {
        self.of_channels[channel as usize] = most;
        self
    }
}

impl From<usize> for Most {
    fn from(total: usize) -> Self {
        Self { total, of_channels: [total; 3] }
    }
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
    most: impl Into<Most>,
    except: impl IntoIterator<Item = RecipientIndex>,
) -> Result<(Claim, SlotTime), StoreError> {
    let Most { total, of_channels } = most.into();
    let keys = Keys(batch.campaign);
    let mut call = script::CLAIM.key(keys.campaign());
    call.key(keys.ledger()).key(keys.progress()).key(keys.claims());
    call.arg(claimer.to_string()).arg(batch.first().get()).arg(batch.len()).arg(overdue_us());
    call.arg(total).arg(&of_channels);
    for index in except {
        call.arg(index.get());
    }
    let answer: Answer = call.invoke_async(&mut redis.connection()).await?;
    let now = SlotTime::parse(&answer.3)?;
    Ok((parse_claim(answer, claimer, now)?, now))
}

/// As `claim.lua` has it: verdict, time, interval, Redis's time, indexes, overdue.
type Answer = (String, String, String, String, Vec<u64>, Vec<u32>);

fn parse_claim(
    (verdict, at, interval_us, _, indexes, overdue): Answer,
    claimer: Claimer,
    now: SlotTime,
) -> Result<Claim, StoreError> {
    Ok(match verdict.as_str() {
        "slots" => Claim::Claimed {
            id: ClaimId { claimer, at: now },
            lease: Lease::parse(&at, &interval_us, indexes.len())?,
            recipients: indexes.into_iter().map(index).collect::<Result<_, _>>()?,
        },
        "wait" => Claim::Wait { until: SlotTime::parse(&at)?, interval: slot::parse_interval(&interval_us)? },
        "full" => Claim::Full,
        "empty" => Claim::Empty {
            mine: indexes
                .as_chunks()
                .0
                .iter()
                .map(|[i, at]| Ok((index(*i)?, ClaimId { claimer, at: SlotTime::from_micros(*at) })))
                .collect::<Result<_, StoreError>>()?,
            overdue: overdue.into_iter().map(RecipientIndex::new).collect(),
            next_overdue: Some(SlotTime::parse(&at)?).filter(|at| at.as_micros() > 0),
        },
        "gone" => Claim::Stopped(None),
        status => Claim::Stopped(Some(status.parse().map_err(StoreError::corrupt)?)),
    })
}

fn index(number: u64) -> Result<RecipientIndex, StoreError> {
    number.try_into().map(RecipientIndex::new).map_err(StoreError::corrupt)
}

/// What became of one recipient.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// Who.
    pub index: RecipientIndex,
    /// Which claim it is about.
    pub hold: Hold,
    /// Where to.
    pub to: Settled,
    /// What the provider's answer tells about the provider.
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

/// What an answer tells about the provider, whatever became of the recipient. Codes are the provider's, or Drumbeat's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: the provider was not asked.
    None,
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

const fn overdue_us() -> u64 {
    OVERDUE.as_secs() * 1_000_000
}

/// Up to `most` of those who are being sent to by claims that are [`OVERDUE`], wherever in the campaign.
///
/// # Errors
/// When Redis is away.
pub async fn overdue(
    redis: &Redis,
    campaign: CampaignId,
    most: usize,
) -> Result<Vec<(RecipientIndex, Channel)>, StoreError> {
    let keys = Keys(campaign);
    let mut call = script::OVERDUE.key(keys.ledger());
    call.key(keys.claims()).arg(overdue_us()).arg(most);
    let (indexes, bytes): (Vec<u32>, Vec<u8>) = call.invoke_async(&mut redis.connection()).await?;
    let channels = decode(bytes)?.into_iter().map(|byte| byte.channel);
    Ok(indexes.into_iter().map(RecipientIndex::new).zip(channels).collect())
}

/// Where the recipients of a batch stand, in order; fewer than a batch's size at the end of the campaign.
///
/// # Errors
/// When Redis is away, or the ledger holds a byte that stands for no recipient.
pub async fn read_batch(
    redis: &Redis,
    campaign: CampaignId,
    batch: u32,
) -> Result<Vec<LedgerByte>, StoreError> {
    let first = (batch * Batch::SIZE) as isize;
    let last = first + Batch::SIZE as isize - 1;
    decode(redis.connection().getrange(Keys(campaign).ledger(), first, last).await?)
}

/// The whole ledger of a campaign, by index: one byte a recipient.
///
/// # Errors
/// When Redis is away, or the ledger holds a byte that stands for no recipient.
pub async fn read(redis: &Redis, campaign: CampaignId) -> Result<Vec<LedgerByte>, StoreError> {
    decode(redis.connection().get(Keys(campaign).ledger()).await?)
}

fn decode(bytes: Vec<u8>) -> Result<Vec<LedgerByte>, StoreError> {
    bytes.into_iter().map(|byte| LedgerByte::decode(byte).map_err(StoreError::corrupt)).collect()
}
