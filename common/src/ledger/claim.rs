use std::{fmt, time::Duration};

use jiff::Timestamp;
use redis::AsyncCommands;
use ulid::Ulid;

use super::overdue_us;
use crate::{
    Batch, CampaignId, Channel, RecipientIndex, Redis, Status, StoreError,
    keys::Keys,
    script,
    slot::{self, Lease, SlotTime},
};

/// One worker's work on one campaign: what holds the campaign's bucket.
#[derive(Debug, Clone, Copy)]
pub struct Worker(Ulid);

impl Worker {
    /// A worker like no other.
    #[must_use]
    pub fn generate() -> Self {
        Self(Ulid::generate())
    }

    /// A claimer of this worker, like no other.
    #[must_use]
    pub fn claimer(self) -> Claimer {
        let hold = BatchHold { process: std::process::id(), id: Ulid::generate() };
        Claimer { hold, worker: self, lag: Duration::ZERO }
    }
}

/// Who claims: one worker that holds one batch.
#[derive(Debug, Clone, Copy)]
pub struct Claimer {
    hold: BatchHold,
    worker: Worker,
    lag: Duration,
}

impl Claimer {
    /// The same claimer, whose worker's messages leave so long after their slots.
    #[must_use]
    pub const fn lagging(mut self, lag: Duration) -> Self {
        self.lag = lag;
        self
    }
}

/// One worker's hold of one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct BatchHold {
    /// Tells people which process holds a claim.
    process: u32,
    id: Ulid,
}

impl fmt::Display for BatchHold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.process, self.id)
    }
}

/// One claim: who made it, and when. A recipient that is being sent to can be settled only by the claim that holds it,
/// so that a settlement that was held up on its way never undoes a later claim, not even one of the same claimer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimId {
    hold: BatchHold,
    at: SlotTime,
}

impl ClaimId {
    /// When it was made, by Redis's clock.
    #[must_use]
    pub fn at(self) -> Timestamp {
        self.at.timestamp()
    }
}

impl fmt::Display for ClaimId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}", self.hold, self.at.as_micros())
    }
}

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
    call.arg(claimer.hold.to_string()).arg(claimer.worker.0.to_string());
    call.arg(claimer.lag.as_micros() as u64);
    call.arg(batch.first().get()).arg(batch.len()).arg(overdue_us());
    call.arg(total).arg(&of_channels);
    for index in except {
        call.arg(index.get());
    }
    let answer: Answer = call.invoke_async(&mut redis.connection()).await?;
    let now = SlotTime::parse(&answer.3)?;
    Ok((parse_claim(answer, claimer.hold, now)?, now))
}

/// As `claim.lua` has it: verdict, time, interval, Redis's time, indexes, overdue, whether the provider is strict, how long
/// messages of others leave.
type Answer = (String, String, String, String, Vec<u64>, Vec<u32>, bool, u64);

fn parse_claim(
    (verdict, at, interval_us, _, indexes, overdue, is_strict, overlap_us): Answer,
    hold: BatchHold,
    now: SlotTime,
) -> Result<Claim, StoreError> {
    Ok(match verdict.as_str() {
        "slots" => Claim::Claimed {
            id: ClaimId { hold, at: now },
            lease: Lease {
                first: SlotTime::parse(&at)?,
                interval: slot::parse_interval(&interval_us)?,
                slots: indexes.len(),
                is_strict,
                overlap: Duration::from_micros(overlap_us),
            },
            recipients: indexes.into_iter().map(index).collect::<Result<_, _>>()?,
        },
        "wait" => Claim::Wait { until: SlotTime::parse(&at)?, interval: slot::parse_interval(&interval_us)? },
        "full" => Claim::Full,
        "empty" => Claim::Empty {
            mine: indexes
                .as_chunks()
                .0
                .iter()
                .map(|[i, at]| Ok((index(*i)?, ClaimId { hold, at: SlotTime::from_micros(*at) })))
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

/// When each of these was claimed; none for who is neither being sent to nor in doubt.
///
/// # Errors
/// When Redis is away, or holds what Drumbeat did not write.
pub(crate) async fn claimed_at(
    redis: &Redis,
    campaign: CampaignId,
    indexes: &[RecipientIndex],
) -> Result<Vec<Option<Timestamp>>, StoreError> {
    if indexes.is_empty() {
        return Ok(Vec::new());
    }
    let fields: Vec<_> = indexes.iter().map(|index| index.get()).collect();
    let claims: Vec<Option<String>> = redis.connection().hmget(Keys(campaign).claims(), &fields).await?;
    claims.into_iter().map(|claim| claim.as_deref().map(time_of).transpose()).collect()
}

fn time_of(claim: &str) -> Result<Timestamp, StoreError> {
    let (_, at) = claim.rsplit_once('|').ok_or_else(|| StoreError::corrupt("a claim without a time"))?;
    SlotTime::parse(at).map(SlotTime::timestamp)
}
