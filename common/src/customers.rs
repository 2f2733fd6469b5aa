//! The customers' ids of a campaign, kept for as long as the campaign: a batch's recipients, with their addresses and
//! texts, are forgotten once nobody in it can be sent to any more.
//!
//! The ids of a batch are front-coded, each as what it shares with the one before and what is its own, and then
//! deflated: of ids that count up, less than a byte is left of each, and of random UUIDs little more than what they
//! tell.

use std::{collections::HashMap, io::Read, ops::Range};

use flate2::{Compression, read::DeflateDecoder, read::DeflateEncoder};
use serde::{Deserialize, Serialize};

use crate::{Batch, CampaignId, RecipientIndex, Redis, StoreError, keys::Keys};

/// Batches in one call: some 20 KB of ids that count up, 400 KB of UUIDs.
const PIECE: usize = 200;

/// The ids of a batch side by side, as they are deflated: like stands beside like.
#[derive(Default, Serialize, Deserialize)]
struct FrontCoded {
    /// How many bytes each id has in common with the start of the one before.
    shared: Vec<u32>,
    /// How many bytes each has of its own.
    own: Vec<u32>,
    /// Those bytes, of one after the other.
    bytes: Vec<u8>,
}

/// Packs the ids of a batch's customers.
pub(crate) fn pack<'a>(ids: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let (mut coded, mut before) = (FrontCoded::default(), "");
    for id in ids {
        let shared = before.bytes().zip(id.bytes()).take_while(|(a, b)| a == b).count();
        let own = &id.as_bytes()[shared..];
        coded.shared.push(length(shared));
        coded.own.push(length(own.len()));
        coded.bytes.extend(own);
        before = id;
    }
    let plain = postcard::to_stdvec(&coded).expect("numbers and bytes can be packed");
    let mut packed = Vec::new();
    // A better compression takes twice the time, for a few bytes less in a hundred ids.
    DeflateEncoder::new(&plain[..], Compression::fast())
        .read_to_end(&mut packed)
        .expect("bytes in memory can be read");
    packed
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("an id has at most a few hundred characters")
}

/// Reads what [`pack`] wrote.
fn unpack(packed: &[u8]) -> Result<Vec<String>, StoreError> {
    let mut plain = Vec::new();
    DeflateDecoder::new(packed).read_to_end(&mut plain).map_err(StoreError::corrupt)?;
    let FrontCoded { shared, own, bytes } = postcard::from_bytes(&plain).map_err(StoreError::corrupt)?;
    let (mut ids, mut rest, mut id) = (Vec::with_capacity(shared.len()), &bytes[..], Vec::new());
    for (shared, own) in shared.into_iter().zip(own) {
        let Some((own, others)) = rest.split_at_checked(own as usize) else {
            return Err(StoreError::corrupt("ids of customers that are cut off"));
        };
        id.truncate(shared as usize);
        id.extend(own);
        ids.push(String::from_utf8(id.clone()).map_err(StoreError::corrupt)?);
        rest = others;
    }
    Ok(ids)
}

/// The customers of some batches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Customers(HashMap<u32, Vec<String>>);

impl Customers {
    /// The caller's name for the person at that place; none where it is in no batch that was read, or nothing is kept of
    /// its batch.
    #[must_use]
    pub fn get(&self, index: RecipientIndex) -> Option<&str> {
        self.0.get(&index.batch())?.get((index.get() % Batch::SIZE) as usize).map(String::as_str)
    }

    /// Where a customer stands in the list: once, or more often, in order.
    fn places_of<'a>(&'a self, customer: &'a str) -> impl Iterator<Item = RecipientIndex> {
        let mut batches: Vec<_> = self.0.iter().collect();
        batches.sort_unstable_by_key(|(number, _)| **number);
        batches.into_iter().flat_map(move |(number, ids)| {
            let places = (number * Batch::SIZE..).zip(ids).filter(move |(_, id)| *id == customer);
            places.map(|(index, _)| RecipientIndex::new(index))
        })
    }
}

/// The customers of these batches of a campaign.
///
/// # Errors
/// When Redis is away, or holds what Drumbeat did not write.
pub async fn read(
    redis: &Redis,
    campaign: CampaignId,
    batches: impl IntoIterator<Item = u32>,
) -> Result<Customers, StoreError> {
    let batches: Vec<u32> = batches.into_iter().collect();
    let mut customers = HashMap::with_capacity(batches.len());
    for piece in batches.chunks(PIECE) {
        let key = Keys(campaign).customers();
        let packed: Vec<Option<Vec<u8>>> =
            redis::cmd("HMGET").arg(key).arg(piece).query_async(&mut redis.connection()).await?;
        for (number, packed) in piece.iter().zip(packed) {
            if let Some(packed) = packed {
                customers.insert(*number, unpack(&packed)?);
            }
        }
    }
    Ok(Customers(customers))
}

/// Where a customer stands in a campaign's list, in order, among the recipients in `range`: up to `most` places.
///
/// # Errors
/// When Redis is away, or holds what Drumbeat did not write.
pub async fn find(
    redis: &Redis,
    campaign: CampaignId,
    customer: &str,
    range: Range<u32>,
    most: usize,
) -> Result<Vec<RecipientIndex>, StoreError> {
    let (mut batches, mut found) = (range.start / Batch::SIZE..range.end.div_ceil(Batch::SIZE), Vec::new());
    while !batches.is_empty() && found.len() < most {
        let piece = read(redis, campaign, batches.by_ref().take(PIECE)).await?;
        found.extend(piece.places_of(customer).filter(|index| range.contains(&index.get())));
    }
    found.truncate(most);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_each(ids: &[String]) -> f64 {
        let packed = pack(ids.iter().map(String::as_str));
        assert_eq!(unpack(&packed).unwrap(), ids);
        packed.len() as f64 / ids.len() as f64
    }

    #[test]
    fn ids_that_count_up_take_less_than_a_byte_each() {
        let ids: Vec<_> = (1..=100).map(|number| format!("CUST-{number:06}")).collect();
        assert!(bytes_each(&ids) < 1.0, "{}", bytes_each(&ids));
    }

    #[test]
    fn random_uuids_take_little_more_than_the_16_bytes_that_they_tell() {
        let mut state = 0x2545_f491_4f6c_dd1d_u128;
        let mut uuid = || {
            state = state.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645).wrapping_add(1);
            let hex = format!("{:032x}", state ^ (state >> 64));
            format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
        };
        let ids: Vec<_> = (0..100).map(|_| uuid()).collect();
        assert!(bytes_each(&ids) < 22.0, "{}", bytes_each(&ids));
    }

    #[test]
    fn any_ids_survive() {
        for ids in [&["\n,", "", "Zoë", "Zoé", "Zo", "Zo", "漢字", "漢", "😀\0"][..], &[], &[""]] {
            assert_eq!(unpack(&pack(ids.iter().copied())).unwrap(), ids);
        }
    }

    #[test]
    fn damaged_ids_are_an_error() {
        let packed = pack(["CUST-1", "CUST-2"]);
        for damaged in [&packed[..packed.len() / 2], b"", b"CUST-1"] {
            assert!(unpack(damaged).is_err(), "{damaged:?}");
        }
    }
}
