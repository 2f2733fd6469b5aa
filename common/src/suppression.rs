//! Who must not be sent to, in any campaign: addresses that bounced, complained or opted out, or that somebody put here.
//!
//! A million addresses are to be cheap. So the list is cut into parts, by the checksum of an address: Redis keeps a hash
//! of up to 512 short fields as one packed string, which takes half of what one large hash would. The order of
//! the list is that of the checksums; a reader who goes through it by pages therefore sees everybody once who is there
//! all the time, whoever comes and goes meanwhile.
//!
//! The list is in a Redis Cluster slot of its own, so no script can read it together with a campaign.

mod name;
mod page;
mod reason;

use futures_util::future::try_join_all;
use jiff::Timestamp;
use redis::AsyncCommands;

use crate::{Address, Redis, StoreError, keys, script};
use name::Name;

pub use page::{Cursor, Page, page};
pub use reason::{InvalidReason, Reason};

/// Addresses in one call: a few milliseconds of Redis's time, which a claim that comes behind it does not feel.
const MOST: usize = 1_000;

/// An address that is to be suppressed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSuppression {
    /// The address.
    pub address: Address,
    /// Why.
    pub reason: Reason,
}

/// An address that must not be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// The address, as it is compared.
    pub address: Address,
    /// Why.
    pub reason: Reason,
    /// Since when, in whole seconds.
    pub added_at: Timestamp,
}

/// Puts addresses on the list. Who is there already keeps the reason and the time of the first call. Answers how many are
/// new.
///
/// # Errors
/// When Redis is away. Some may be on the list then; the same call puts the others there too.
pub async fn add(redis: &Redis, suppressions: &[NewSuppression]) -> Result<u64, StoreError> {
    let mut added = 0;
    for group in suppressions.chunks(MOST) {
        let mut call = script::SUPPRESS.key(keys::SUPPRESSED);
        call.key(keys::suppressed_count());
        for NewSuppression { address, reason } in group {
            let name = Name::of(address);
            call.arg(name.part()).arg(name.as_str()).arg(reason.as_str());
        }
        let new: u64 = call.invoke_async(&mut redis.connection()).await?;
        added += new;
    }
    Ok(added)
}

/// Takes an address off the list. Answers what was there.
///
/// # Errors
/// When Redis is away, or holds what Drumbeat did not write.
pub async fn remove(redis: &Redis, address: &Address) -> Result<Option<Suppression>, StoreError> {
    let name = Name::of(address);
    let mut call = script::UNSUPPRESS.key(keys::suppressed(name.part()));
    call.key(keys::suppressed_count()).arg(name.as_str());
    let kept: Option<String> = call.invoke_async(&mut redis.connection()).await?;
    kept.map(|kept| parse(&name, &kept)).transpose()
}

/// Looks for one address.
///
/// # Errors
/// When Redis is away, or holds what Drumbeat did not write.
pub async fn get(redis: &Redis, address: &Address) -> Result<Option<Suppression>, StoreError> {
    let name = Name::of(address);
    let kept: Option<String> = redis.connection().hget(keys::suppressed(name.part()), name.as_str()).await?;
    kept.map(|kept| parse(&name, &kept)).transpose()
}

/// How many addresses are on the list.
///
/// # Errors
/// When Redis is away.
pub async fn count(redis: &Redis) -> Result<u64, StoreError> {
    let count: Option<u64> = redis.connection().get(keys::suppressed_count()).await?;
    Ok(count.unwrap_or_default())
}

/// Which of these addresses must not be sent to: their places, from 0, in order. One round trip for up to 1,000, and two
/// for any more, whose calls go out together; where the list is empty, the first tells so and is the only one.
///
/// # Errors
/// When Redis is away: then nobody may be sent to.
pub async fn suppressed<'a>(
    redis: &Redis,
    addresses: impl IntoIterator<Item = &'a Address>,
) -> Result<Vec<usize>, StoreError> {
    let names: Vec<Name> = addresses.into_iter().map(Name::of).collect();
    let (first, others) = names.split_at(names.len().min(MOST));
    if first.is_empty() {
        return Ok(Vec::new());
    }
    let Some(mut places) = look(redis, first).await? else { return Ok(Vec::new()) };
    let looks = try_join_all(others.chunks(MOST).map(|group| look(redis, group))).await?;
    for (more, group) in looks.into_iter().zip(1..) {
        places.extend(more.into_iter().flatten().map(|place| group * MOST + place));
    }
    Ok(places)
}

/// Which of a group are on the list; none where nobody at all is.
async fn look(redis: &Redis, group: &[Name]) -> Result<Option<Vec<usize>>, StoreError> {
    let mut call = script::SUPPRESSED.key(keys::SUPPRESSED);
    call.key(keys::suppressed_count());
    for name in group {
        call.arg(name.part()).arg(name.as_str());
    }
    Ok(call.invoke_async(&mut redis.connection()).await?)
}

/// Reads what `suppress.lua` keeps of an address.
fn parse(name: &Name, kept: &str) -> Result<Suppression, StoreError> {
    let (seconds, reason) =
        kept.split_once(' ').ok_or_else(|| StoreError::corrupt("a suppressed address without a time"))?;
    let seconds = seconds.parse().map_err(StoreError::corrupt)?;
    Ok(Suppression {
        address: name.address()?,
        reason: reason.to_owned().try_into().map_err(StoreError::corrupt)?,
        added_at: Timestamp::from_second(seconds).map_err(StoreError::corrupt)?,
    })
}
