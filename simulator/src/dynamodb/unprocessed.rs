//! What a `BatchWriteItem` gives back undone, as a table does that is written to faster than it can take.

use bytes::Bytes;
use rand::Rng;
use serde_json::{Map, Value};

use crate::Share;

/// A call of which a part is not done.
#[derive(Debug, PartialEq)]
pub(crate) struct HeldBack {
    /// The call without that part; none where nothing is left of it.
    pub(super) rest: Option<Bytes>,
    /// That part, by table.
    pub(super) unprocessed: Map<String, Value>,
}

impl HeldBack {
    /// Parts a call by chance. None where all of it is to be done, or where it is for the engine to say what is wrong
    /// with it.
    pub(crate) fn of(body: &[u8], share: Share, random: &mut impl Rng) -> Option<Self> {
        let mut call: Value = serde_json::from_slice(body).ok()?;
        let tables = call.get_mut("RequestItems")?.as_object_mut()?;
        let mut unprocessed = Map::new();
        for (table, writes) in tables.iter_mut() {
            let writes = writes.as_array_mut()?;
            let held: Vec<_> = writes.extract_if(.., |_| share.takes(random)).collect();
            if !held.is_empty() {
                unprocessed.insert(table.clone(), held.into());
            }
        }
        if unprocessed.is_empty() {
            return None;
        }
        tables.retain(|_, writes| writes.as_array().is_some_and(|writes| !writes.is_empty()));
        let rest = (!tables.is_empty()).then(|| call.to_string().into());
        Some(Self { rest, unprocessed })
    }
}

/// The engine's answer with what was held back from it.
pub(super) fn tell(answer: &[u8], unprocessed: Map<String, Value>) -> Vec<u8> {
    let mut answer: Map<String, Value> = serde_json::from_slice(answer).unwrap_or_default();
    answer.insert("UnprocessedItems".into(), unprocessed.into());
    Value::from(answer).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};
    use serde_json::json;

    use super::*;

    fn part(share: f64, writes: &Value) -> Option<HeldBack> {
        let call = json!({ "RequestItems": { "table": writes } }).to_string();
        HeldBack::of(call.as_bytes(), share.try_into().unwrap(), &mut StdRng::seed_from_u64(7))
    }

    #[test]
    fn each_write_is_either_done_or_given_back() {
        let writes = Value::from((0..25).collect::<Vec<_>>());
        let HeldBack { rest, unprocessed } = part(0.5, &writes).unwrap();
        let rest: Value = serde_json::from_slice(&rest.unwrap()).unwrap();
        let of = |value: &Value| value["table"].as_array().unwrap().clone();
        let (rest, unprocessed) = (of(&rest["RequestItems"]), of(&unprocessed.into()));
        assert!(!rest.is_empty() && !unprocessed.is_empty());
        let mut all: Vec<_> = rest.iter().chain(&unprocessed).map(|write| write.as_u64().unwrap()).collect();
        all.sort_unstable();
        assert_eq!(all, (0..25).collect::<Vec<_>>());
    }

    #[test]
    fn all_or_nothing_held_back_is_said_so() {
        assert_eq!(part(0.0, &json!([1, 2])), None);
        assert_eq!(part(1.0, &json!([1, 2])).unwrap().rest, None);
        assert_eq!(part(1.0, &json!("no list")), None);
    }
}
