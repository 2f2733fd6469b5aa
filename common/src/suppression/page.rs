use serde::{Deserialize, Serialize};

use super::{
    Suppression,
    name::{Name, PARTS, part_of},
    parse,
};
use crate::{Redis, StoreError, keys, script};

/// Parts looked through in one call, most of them empty where the list is short: a few milliseconds of Redis's time.
const STRETCH: u16 = 2_048;

/// A place in the list's order, after which a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(u32);

/// Some of those who are suppressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// They.
    pub suppressions: Vec<Suppression>,
    /// What to ask for the next page with; none on the last one.
    pub next: Option<Cursor>,
}

/// Reads up to `limit` of the list, after a place in it; one or two more where those share the last one's place.
///
/// # Errors
/// When Redis is away, or holds what Drumbeat did not write.
pub async fn page(redis: &Redis, after: Option<Cursor>, limit: usize) -> Result<Page, StoreError> {
    let mut part = after.map_or(0, |Cursor(place)| part_of(place));
    let mut entries: Vec<(u32, Name, String)> = Vec::new();
    // One more than asked for tells whether there is a next page.
    while entries.len() <= limit && part < PARTS {
        let end = part.saturating_add(STRETCH).min(PARTS);
        let mut call = script::SUPPRESSIONS.key(keys::SUPPRESSED);
        call.arg(part).arg(end).arg(limit + 1 - entries.len());
        let (next, read): (u16, Vec<(String, String)>) = call.invoke_async(&mut redis.connection()).await?;
        let read = read.into_iter().map(|(name, kept)| {
            let name = Name::from_redis(name);
            (name.place(), name, kept)
        });
        entries.extend(read.filter(|(place, ..)| after.is_none_or(|Cursor(after)| *place > after)));
        part = next;
    }
    entries
        .sort_unstable_by(|(a, name_a, _), (b, name_b, _)| (a, name_a.as_str()).cmp(&(b, name_b.as_str())));
    let last = entries.get(limit.saturating_sub(1)).map(|(place, ..)| *place);
    let length = entries.partition_point(|(place, ..)| last.is_none_or(|last| *place <= last));
    let next = last.filter(|_| length < entries.len()).map(Cursor);
    let page = entries.iter().take(length);
    let suppressions = page.map(|(_, name, kept)| parse(name, kept)).collect::<Result<_, _>>()?;
    Ok(Page { suppressions, next })
}
