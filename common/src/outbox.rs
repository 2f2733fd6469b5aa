//! What the delivery table is still to be told: a stream for each campaign, appended to in the same step that moves the
//! ledger, and trimmed only of what is written. So the table may be away for an hour, and nothing is lost.
//!
//! Who writes takes a [`Chunk`] of a campaign's oldest entries, and nobody else gets any of that campaign before these
//! are done: a message is written before what is known of its arrival. A chunk whose writer died is another's after
//! [`TAKE_OVER`].

use std::{collections::HashMap, fmt, time::Duration};

use jiff::Timestamp;
use redis::AsyncCommands;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use ulid::Ulid;

use crate::{
    AddressPrint, Arrival, CampaignId, Channel, RecipientIndex, Redis, StoreError,
    keys::{self, Keys},
    script,
};

/// A chunk that its writer did not [`keep`] for so long is another's. A writer has to stop well before.
pub const TAKE_OVER: Duration = Duration::from_secs(30);
/// Entries in one chunk.
pub const CHUNK: usize = 500;
/// An empty outbox of a campaign to which nothing was added for so long is no longer looked at.
const FORGET: Duration = Duration::from_secs(60 * 60);

/// A message that a provider took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracked {
    /// The provider's name for it.
    pub message_id: String,
    /// Whom it was for.
    pub index: RecipientIndex,
    /// By which channel it went.
    pub channel: Channel,
    /// The caller's name for the person.
    pub customer_id: String,
    /// The address, masked.
    pub address: String,
    /// What the address is searched by; none where nobody knows it any more.
    pub address_print: Option<AddressPrint>,
    /// When the attempt that the provider took began; none where nobody knows any more.
    pub claimed_at: Option<Timestamp>,
}

impl Tracked {
    pub(crate) fn pack(&self) -> Vec<u8> {
        pack(self)
    }
}

/// What became known of a message's arrival.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrived {
    /// The provider's name for the message; where the report has another, it is the last message to the recipient.
    pub message_id: Option<String>,
    /// Whom the message was for.
    pub index: RecipientIndex,
    /// By which channel it went.
    pub channel: Channel,
    /// How far it came.
    pub arrival: Arrival,
    /// The provider's word for it.
    pub code: String,
    /// When that was, by the provider's clock.
    pub at: Timestamp,
}

impl Arrived {
    pub(crate) fn pack(&self) -> Vec<u8> {
        pack(self)
    }
}

/// One thing that the table is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A message went out, at this time.
    Sent(Tracked, Timestamp),
    /// Something is known of its arrival.
    Arrived(Arrived),
}

/// An entry's place in its outbox.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EntryId(String);

/// The oldest entries of a campaign's outbox, held by one writer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The entries, oldest first.
    pub entries: Vec<(EntryId, Entry)>,
    /// Entries that nobody can read: they are no use to anybody, and to be let go.
    pub unreadable: Vec<EntryId>,
    /// Somebody had them before, and may have written any of them.
    pub again: bool,
}

/// Who writes: one process, as long as it lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer(String);

impl Writer {
    /// A writer like no other.
    #[must_use]
    pub fn generate() -> Self {
        Self(Ulid::generate().to_string())
    }
}

impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Notes that something may be added to a campaign's outbox from now on: to be called before that is.
///
/// # Errors
/// When Redis is away.
pub async fn note(redis: &Redis, campaign: CampaignId) -> Result<(), StoreError> {
    let mut call = script::OUTBOX_NOTE.key(keys::OUTBOXES);
    call.arg(campaign.to_string()).invoke_async::<()>(&mut redis.connection()).await?;
    Ok(())
}

/// The campaigns whose outbox is not empty, each with the number of its entries.
///
/// # Errors
/// When Redis is away.
pub async fn waiting(redis: &Redis) -> Result<Vec<(CampaignId, u64)>, StoreError> {
    let noted: Vec<String> = redis.connection().zrange(keys::OUTBOXES, 0, -1).await?;
    if noted.is_empty() {
        return Ok(Vec::new());
    }
    let noted: Vec<CampaignId> =
        noted.iter().map(|id| id.parse().map_err(StoreError::corrupt)).collect::<Result<_, _>>()?;
    let mut lengths = redis::pipe();
    for campaign in &noted {
        lengths.xlen(Keys(*campaign).outbox());
    }
    let lengths: Vec<u64> = lengths.query_async(&mut redis.connection()).await?;
    Ok(noted.into_iter().zip(lengths).filter(|(_, length)| *length > 0).collect())
}

/// Takes the oldest entries of a campaign's outbox; none where there are none, or another holds some.
///
/// # Errors
/// When Redis is away. What was taken all the same is the writer's own, and the next call answers with it.
pub async fn take(redis: &Redis, campaign: CampaignId, writer: &Writer) -> Result<Option<Chunk>, StoreError> {
    let mut call = script::OUTBOX_TAKE.key(Keys(campaign).outbox());
    call.arg(&writer.0).arg(CHUNK).arg(TAKE_OVER.as_millis() as u64);
    let (again, entries): (bool, Vec<(String, Fields)>) = call.invoke_async(&mut redis.connection()).await?;
    if entries.is_empty() {
        return Ok(None);
    }
    let mut chunk = Chunk { entries: Vec::with_capacity(entries.len()), unreadable: Vec::new(), again };
    for (id, fields) in entries {
        match parse(&id, &fields) {
            Some(entry) => chunk.entries.push((EntryId(id), entry)),
            None => chunk.unreadable.push(EntryId(id)),
        }
    }
    Ok(Some(chunk))
}

fn parse(id: &str, fields: &Fields) -> Option<Entry> {
    let ms = id.split('-').next()?.parse().ok()?;
    if let Some(sent) = fields.get("sent") {
        return Some(Entry::Sent(unpack(sent)?, Timestamp::from_millisecond(ms).ok()?));
    }
    Some(Entry::Arrived(unpack(fields.get("arrived")?)?))
}

/// Keeps what the writer holds for another [`TAKE_OVER`]. Answers whether it still did.
///
/// # Errors
/// When Redis is away: then nobody knows.
pub async fn keep(redis: &Redis, campaign: CampaignId, writer: &Writer) -> Result<bool, StoreError> {
    let mut call = script::OUTBOX_KEEP.key(Keys(campaign).outbox());
    let held: u64 = call.arg(&writer.0).arg(CHUNK).arg(0).invoke_async(&mut redis.connection()).await?;
    Ok(held > 0)
}

/// Gives back what the writer holds, so that another has it at once.
///
/// # Errors
/// When Redis is away: another then has it after [`TAKE_OVER`].
pub async fn give_back(redis: &Redis, campaign: CampaignId, writer: &Writer) -> Result<(), StoreError> {
    let mut call = script::OUTBOX_KEEP.key(Keys(campaign).outbox());
    call.arg(&writer.0).arg(CHUNK).arg(TAKE_OVER.as_millis() as u64);
    call.invoke_async::<u64>(&mut redis.connection()).await?;
    Ok(())
}

/// Lets go of entries that are written.
///
/// # Errors
/// When Redis is away: they are then written once more.
pub async fn written(redis: &Redis, campaign: CampaignId, ids: &[EntryId]) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    let (outbox, ids) = (Keys(campaign).outbox(), ids.iter().map(|id| id.0.as_str()).collect::<Vec<_>>());
    let mut both = redis::pipe();
    both.atomic().xack(&outbox, GROUP, &ids).ignore().xdel(&outbox, &ids).ignore();
    both.query_async::<()>(&mut redis.connection()).await?;
    Ok(())
}

/// No longer looks at the empty outboxes of campaigns that are over and to which nothing was added for an hour.
///
/// # Errors
/// When Redis is away.
pub async fn forget_idle(redis: &Redis) -> Result<(), StoreError> {
    let mut connection = redis.connection();
    let mut call = script::OUTBOX_IDLE.key(keys::OUTBOXES);
    let idle: Vec<(String, String)> = call.arg(FORGET.as_secs()).invoke_async(&mut connection).await?;
    for (id, noted) in idle {
        let keys = Keys(id.parse().map_err(StoreError::corrupt)?);
        let mut call = script::OUTBOX_DROP.key(keys.campaign());
        if call.key(keys.outbox()).invoke_async(&mut connection).await? {
            let mut call = script::OUTBOX_FORGET.key(keys::OUTBOXES);
            call.arg(id).arg(noted).invoke_async::<()>(&mut connection).await?;
        }
    }
    Ok(())
}

/// What one entry of the stream holds.
type Fields = HashMap<String, Vec<u8>>;

/// The consumer group of every outbox.
const GROUP: &str = "table";

fn pack(value: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).expect("a plain structure can be packed")
}

fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    postcard::from_bytes(bytes).ok()
}
