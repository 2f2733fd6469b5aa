//! How many reports of each kind came in, over all processes and campaigns.

use std::collections::BTreeMap;

use redis::AsyncCommands;

use crate::{Redis, StoreError, keys, script};

/// Kinds that are told apart: four times as many as there are.
const MOST_KINDS: usize = 200;

/// Counts reports, by the name of their kind.
///
/// # Errors
/// When Redis is away.
pub async fn count(redis: &Redis, reports: &BTreeMap<String, u64>) -> Result<(), StoreError> {
    if reports.is_empty() {
        return Ok(());
    }
    let mut call = script::COUNT_RECEIPTS.key(keys::RECEIPTS);
    call.arg(MOST_KINDS);
    for (kind, number) in reports {
        call.arg(kind).arg(number);
    }
    Ok(call.invoke_async(&mut redis.connection()).await?)
}

/// How many there were of each kind.
///
/// # Errors
/// When Redis is away.
pub async fn counts(redis: &Redis) -> Result<BTreeMap<String, u64>, StoreError> {
    Ok(redis.connection().hgetall(keys::RECEIPTS).await?)
}
