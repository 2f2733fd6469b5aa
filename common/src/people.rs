//! Who stands where: the people of a campaign one by one, in the order of its list, as the ledger has them.

use std::{collections::HashMap, ops::Range};

use jiff::Timestamp;
use redis::AsyncCommands;

use crate::{
    CampaignId, Channel, Failure, LedgerByte, RecipientIndex, Redis, State, StoreError, Whom, customers,
    keys::Keys, ledger, queue, script,
};

/// Whom to show: those for whom all of it is so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// In this very state. The counts of the progress add up more: there, whoever is delivered was sent to.
    pub state: Option<State>,
    /// Of this channel.
    pub channel: Option<Channel>,
    /// This person.
    pub whom: Option<Whom>,
}

/// Where one person stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The place in the campaign's list.
    pub index: RecipientIndex,
    /// Channel and state.
    pub standing: LedgerByte,
    /// The caller's name for the person; none where nothing is kept of it.
    pub customer_id: Option<String>,
    /// When the attempt began that is under way, or of which nobody knows how it ended.
    pub claimed_at: Option<Timestamp>,
    /// Why, where the person failed or is in doubt.
    pub failure: Option<Failure>,
}

/// A page of people, in the order of the campaign's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct People {
    /// The people.
    pub people: Vec<Person>,
    /// What to ask for the next page with; none on the last one.
    pub next: Option<RecipientIndex>,
}

/// Reads up to `limit` people of a campaign, after `after`. Who is on a page is read from the ledger, so that all pages
/// together are exactly those who stand like that, as long as nobody moves.
///
/// # Errors
/// When Redis is away, or holds what Drumbeat did not write.
pub async fn people(
    redis: &Redis,
    id: CampaignId,
    filter: &Filter,
    after: Option<RecipientIndex>,
    limit: usize,
) -> Result<People, StoreError> {
    // One more than asked for tells whether there is a next page.
    let mut standing = match &filter.whom {
        Some(whom) => of_person(redis, id, whom, &filter.bytes(), after, limit + 1).await?,
        None => standing(redis, id, &filter.bytes(), after, limit + 1).await?,
    };
    let more = standing.len() > limit;
    standing.truncate(limit);
    let mut batches: Vec<u32> = standing.iter().map(|standing| standing.index.batch()).collect();
    batches.dedup();
    let customers = customers::read(redis, id, batches).await?;
    let claimed_at = claims(redis, id, &standing).await?;
    let people: Vec<_> = standing
        .into_iter()
        .map(|Standing { index, byte, failure }| Person {
            index,
            standing: byte,
            customer_id: customers.get(index).map(str::to_owned),
            claimed_at: claimed_at.get(&index).copied(),
            failure,
        })
        .collect();
    let next = people.last().filter(|_| more).map(|person| person.index);
    Ok(People { people, next })
}

/// When those were claimed who are being sent to or are in doubt: few, and often none.
async fn claims(
    redis: &Redis,
    id: CampaignId,
    standing: &[Standing],
) -> Result<HashMap<RecipientIndex, Timestamp>, StoreError> {
    let is_claimed = |one: &&Standing| matches!(one.byte.state, State::Sending | State::InDoubt);
    let claimed: Vec<_> = standing.iter().filter(is_claimed).map(|one| one.index).collect();
    let times = ledger::claimed_at(redis, id, &claimed).await?;
    Ok(claimed.into_iter().zip(times).filter_map(|(index, time)| Some((index, time?))).collect())
}

impl Filter {
    /// The ledger bytes of those who are meant.
    fn bytes(&self) -> Vec<LedgerByte> {
        let of = |channel: Channel| State::ALL.map(|state| LedgerByte { channel, state });
        let is_meant = |byte: &LedgerByte| {
            self.state.is_none_or(|state| byte.state == state)
                && self.channel.is_none_or(|channel| byte.channel == channel)
        };
        Channel::ALL.into_iter().flat_map(of).filter(is_meant).collect()
    }
}

/// What the ledger alone tells of a person, and why.
pub(crate) struct Standing {
    pub(crate) index: RecipientIndex,
    pub(crate) byte: LedgerByte,
    pub(crate) failure: Option<Failure>,
}

/// As `people.lua` has it: index to go on at, indexes, ledger bytes, failures.
type Answer = (i64, Vec<u32>, Vec<u8>, Vec<Option<String>>);

/// The first `most` people after `after` who stand at one of these bytes, in order.
pub(crate) async fn standing(
    redis: &Redis,
    id: CampaignId,
    bytes: &[LedgerByte],
    after: Option<RecipientIndex>,
    most: usize,
) -> Result<Vec<Standing>, StoreError> {
    let keys = Keys(id);
    let bytes: Vec<u8> = bytes.iter().map(|byte| byte.encode()).collect();
    let (mut start, mut found) = (first_after(after), Vec::new());
    while start >= 0 && found.len() < most {
        let mut call = script::PEOPLE.key(keys.ledger());
        call.key(keys.failures()).arg(start).arg(most - found.len()).arg(&bytes);
        let (next, indexes, bytes, failures): Answer = call.invoke_async(&mut redis.connection()).await?;
        for ((index, byte), failure) in indexes.into_iter().zip(bytes).zip(failures) {
            found.push(Standing::parse(RecipientIndex::new(index), byte, failure.as_deref())?);
        }
        start = next;
    }
    Ok(found)
}

/// The first `most` places of somebody after `after` that stand at one of these bytes, in order.
async fn of_person(
    redis: &Redis,
    id: CampaignId,
    whom: &Whom,
    bytes: &[LedgerByte],
    after: Option<RecipientIndex>,
    most: usize,
) -> Result<Vec<Standing>, StoreError> {
    let total: i64 = redis.connection().strlen(Keys(id).ledger()).await?;
    let (mut start, mut found) = (first_after(after), Vec::new());
    while start < total && found.len() < most {
        let range = place(start)?..place(total)?;
        let places = places(redis, id, whom, range, most - found.len()).await?;
        let Some(last) = places.last().copied() else { break };
        let standing = at(redis, id, &places).await?;
        found.extend(standing.into_iter().filter(|standing| bytes.contains(&standing.byte)));
        start = first_after(Some(last));
    }
    Ok(found)
}

/// Where somebody stands in the list, in order, among those in `range`: up to `most` places.
async fn places(
    redis: &Redis,
    id: CampaignId,
    whom: &Whom,
    range: Range<u32>,
    most: usize,
) -> Result<Vec<RecipientIndex>, StoreError> {
    let Whom { customer_id, address, told } = whom;
    let mut places: Vec<_> = told.iter().copied().filter(|index| range.contains(&index.get())).collect();
    if let Some(customer) = customer_id {
        places.extend(customers::find(redis, id, customer, range.clone(), most).await?);
    }
    if let Some(address) = address {
        places.extend(queue::reached(redis, id, address, range, most).await?);
    }
    places.sort_unstable();
    places.dedup();
    places.truncate(most);
    Ok(places)
}

fn first_after(after: Option<RecipientIndex>) -> i64 {
    after.map_or(0, |index| i64::from(index.get()) + 1)
}

fn place(index: i64) -> Result<u32, StoreError> {
    index.try_into().map_err(StoreError::corrupt)
}

/// Those at these places, which the ledger has, at one moment.
async fn at(redis: &Redis, id: CampaignId, places: &[RecipientIndex]) -> Result<Vec<Standing>, StoreError> {
    let (keys, mut both) = (Keys(id), redis::pipe());
    both.atomic();
    for index in places {
        both.getrange(keys.ledger(), index.get() as isize, index.get() as isize);
        both.hget(keys.failures(), index.get());
    }
    let answers: Vec<Option<Vec<u8>>> = both.query_async(&mut redis.connection()).await?;
    places
        .iter()
        .zip(answers.as_chunks().0)
        .map(|(index, [byte, failure])| {
            let byte = byte.as_deref().and_then(<[u8]>::first).copied().unwrap_or_default();
            let failure = failure.as_deref().map(str::from_utf8).transpose().map_err(StoreError::corrupt)?;
            Standing::parse(*index, byte, failure)
        })
        .collect()
}

impl Standing {
    fn parse(index: RecipientIndex, byte: u8, failure: Option<&str>) -> Result<Self, StoreError> {
        let byte = LedgerByte::decode(byte).map_err(StoreError::corrupt)?;
        let failure = failure.map(serde_json::from_str).transpose().map_err(StoreError::corrupt)?;
        Ok(Self { index, byte, failure })
    }
}
