//! What really arrived: reports of carriers and mailboxes, and what they change in the ledger.
//!
//! Reports come twice, late and out of order, so they move a recipient forward only: sent, then delivered or undelivered,
//! then read. They prove more than any answer of a provider: one about a recipient who is in doubt, waits to be sent to
//! again or failed shows that the message went out after all.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AddressPrint, Batch, CampaignId, Channel, LedgerByte, RecipientIndex, Redis, State, Status, StoreError,
    catalog,
    keys::Keys,
    ledger,
    outbox::{self, Arrived, Tracked},
    queue, script,
};

/// How far a message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Arrival {
    /// It is on its way: the provider did take it.
    Sent,
    /// It did not arrive, and will not.
    Undelivered,
    /// It arrived.
    Delivered,
    /// It arrived and was opened.
    Read,
}

impl Arrival {
    /// The state of a recipient whose message came so far.
    #[must_use]
    pub const fn state(self) -> State {
        match self {
            Self::Sent => State::Sent,
            Self::Undelivered => State::Undelivered,
            Self::Delivered => State::Delivered,
            Self::Read => State::Read,
        }
    }

    /// The states that a sent message may be in for this to be news. What comes later in this order wins, however the
    /// reports arrive. A mail server that took an email may send it back afterwards, so there a bounce comes behind the
    /// delivery; a phone that got a message did get it, whatever was said before.
    #[must_use]
    pub const fn follows(self, channel: Channel) -> &'static [State] {
        match (self, channel) {
            (Self::Sent, _) => &[],
            (Self::Undelivered, Channel::Sms | Channel::Whatsapp) | (Self::Delivered, Channel::Email) => {
                &[State::Sent]
            }
            (Self::Undelivered, Channel::Email) => &[State::Sent, State::Delivered],
            (Self::Delivered, Channel::Sms | Channel::Whatsapp) => &[State::Sent, State::Undelivered],
            (Self::Read, _) => &[State::Sent, State::Undelivered, State::Delivered],
        }
    }
}

/// What a report says against the sender: providers look at the sum of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// The address does not exist, or refuses for good.
    Bounce,
    /// The person called the message spam.
    Complaint,
}

/// A report about the message to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Whom the message was for.
    pub index: RecipientIndex,
    /// By which channel it went.
    pub channel: Channel,
    /// A name of the message.
    pub message_id: String,
    /// Whether the provider gave it that name when it took it. Meta reports by names of its own, which no sender was told.
    pub is_providers: bool,
    /// How far it came.
    pub arrival: Arrival,
    /// What is held against the sender.
    pub harm: Option<Harm>,
    /// The provider's word for it, such as `TEXT_DELIVERED`.
    pub code: String,
    /// When that was, by the provider's clock.
    pub at: Timestamp,
}

/// How much harm a campaign's emails may do before it pauses by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReputationLimits {
    /// Permanent bounces, in per cent of the emails sent.
    pub bounces: f64,
    /// Complaints, in per cent of the emails sent.
    pub complaints: f64,
    /// Fewer emails than these tell nothing.
    pub after: u32,
}

impl Default for ReputationLimits {
    /// From there on AWS reviews an account ("Using the reputation metrics", SES developer guide).
    fn default() -> Self {
        Self { bounces: 5.0, complaints: 0.1, after: 200 }
    }
}

/// What a receipt changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// Something: it was news.
    News,
    /// Nothing: as much or more was known.
    Known,
    /// Nothing yet: the recipient is being sent to, and its answer, or the doubt about it, comes first. Tell it again
    /// later than [`crate::ledger::OVERDUE`].
    Early,
    /// Nothing: there is no such recipient, or it uses another channel.
    Unknown,
}

/// What came of a group of receipts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reception {
    /// What each of them changed, in order.
    pub received: Vec<Received>,
    /// The status that the campaign got by them: completed, or paused for the harm that its emails do.
    pub status: Option<Status>,
}

/// Takes receipts of one campaign, all in one step. Told twice, they count once. Where there is a delivery table
/// (`tracks`), what is news goes into the campaign's outbox in the same step.
///
/// # Errors
/// When Redis is away: tell them again, until it is back.
pub async fn receive(
    redis: &Redis,
    campaign: CampaignId,
    receipts: &[Receipt],
    limits: ReputationLimits,
    tracks: bool,
) -> Result<Reception, StoreError> {
    if receipts.is_empty() {
        return Ok(Reception { received: Vec::new(), status: None });
    }
    if tracks {
        outbox::note(redis, campaign).await?;
    }
    let (mut received, mut status) = tell(redis, campaign, receipts, &[], limits, tracks).await?;
    let unproven: Vec<_> = (0..receipts.len()).filter(|place| received[*place].is_none()).collect();
    if !unproven.is_empty() {
        let again: Vec<_> = unproven.iter().map(|place| receipts[*place].clone()).collect();
        let proofs = proofs(redis, campaign, &again).await?;
        let (answers, later) = tell(redis, campaign, &again, &proofs, limits, tracks).await?;
        for (place, answer) in unproven.into_iter().zip(answers) {
            received[place] = answer;
        }
        status = later.or(status);
    }
    let received = received.into_iter().map(|answer| answer.unwrap_or(Received::Early)).collect();
    Ok(Reception { received, status })
}

/// Tells the ledger of receipts, with the proofs that belong to them, if any. Answers none for each that needs one first.
async fn tell(
    redis: &Redis,
    campaign: CampaignId,
    receipts: &[Receipt],
    proofs: &[Tracked],
    limits: ReputationLimits,
    tracks: bool,
) -> Result<(Vec<Option<Received>>, Option<Status>), StoreError> {
    let keys = Keys(campaign);
    let mut call = script::RECEIVE.key(keys.campaign());
    call.key(keys.ledger()).key(keys.progress()).key(keys.claims()).key(keys.failures());
    call.key(keys.done_batches()).key(keys.outbox()).key(keys.bounces()).key(keys.complaints());
    for key in queue::batch_keys(campaign) {
        call.key(key);
    }
    call.arg(Batch::SIZE).arg(limits.bounces).arg(limits.complaints).arg(limits.after);
    for (place, receipt) in receipts.iter().enumerate() {
        let Receipt { index, channel, arrival, harm, .. } = receipt;
        let base = LedgerByte { channel: *channel, state: State::Pending }.encode();
        call.arg(index.get()).arg(base).arg(arrival.state() as u8).arg(digits(arrival.follows(*channel)));
        call.arg(match harm {
            Some(Harm::Bounce) => "bounce",
            Some(Harm::Complaint) => "complaint",
            None => "",
        });
        call.arg(proofs.get(place).map(Tracked::pack).unwrap_or_default());
        call.arg(if tracks { Arrived::from(receipt).pack() } else { Vec::new() });
    }
    let (words, status): (Vec<String>, String) = call.invoke_async(&mut redis.connection()).await?;
    let received = words.iter().map(|word| parse(word)).collect::<Result<_, _>>()?;
    if status.is_empty() {
        return Ok((received, None));
    }
    let status = status.parse().map_err(StoreError::corrupt)?;
    catalog::announce(redis, campaign, status).await?;
    Ok((received, Some(status)))
}

fn parse(word: &str) -> Result<Option<Received>, StoreError> {
    match word {
        "news" => Ok(Some(Received::News)),
        "known" => Ok(Some(Received::Known)),
        "early" => Ok(Some(Received::Early)),
        "unknown" => Ok(Some(Received::Unknown)),
        "unproven" => Ok(None),
        _ => Err(StoreError::corrupt("an unknown answer about a receipt")),
    }
}

/// The digits of states, as the scripts look for them.
fn digits(states: &[State]) -> String {
    states.iter().map(|state| char::from(b'0' + *state as u8)).collect()
}

/// What the delivery table is to hold of the messages: the answers that would have told it never came.
async fn proofs(
    redis: &Redis,
    campaign: CampaignId,
    receipts: &[Receipt],
) -> Result<Vec<Tracked>, StoreError> {
    let mut proofs = Vec::with_capacity(receipts.len());
    for receipt in receipts {
        proofs.push(proof(redis, campaign, receipt).await?);
    }
    Ok(proofs)
}

async fn proof(redis: &Redis, campaign: CampaignId, receipt: &Receipt) -> Result<Tracked, StoreError> {
    let batch = queue::batch(redis, campaign, receipt.index.batch()).await?;
    let recipient = batch.as_ref().and_then(|batch| batch.recipient(receipt.index));
    let claimed_at = ledger::claimed_at(redis, campaign, &[receipt.index]).await?;
    Ok(Tracked {
        message_id: receipt.message_id.clone(),
        index: receipt.index,
        channel: receipt.channel,
        customer_id: recipient.map(|recipient| recipient.customer_id.clone()).unwrap_or_default(),
        address: recipient.map(|recipient| recipient.address.masked()).unwrap_or_default(),
        address_print: recipient.map(|recipient| AddressPrint::of(campaign, &recipient.address)),
        claimed_at: claimed_at.into_iter().next().flatten(),
    })
}

impl From<&Receipt> for Arrived {
    fn from(receipt: &Receipt) -> Self {
        let Receipt { index, channel, message_id, is_providers, arrival, harm: _, code, at } =
            receipt.clone();
        Self { message_id: is_providers.then_some(message_id), index, channel, arrival, code, at }
    }
}
