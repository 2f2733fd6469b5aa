//! The campaigns themselves: what was asked for, and which status they have.

mod find;
mod open;

use std::collections::HashMap;

use jiff::Timestamp;
use redis::AsyncCommands;

use crate::{
    Campaign, CampaignId, CampaignOptions, InDoubtPolicy, Redis, Status, StoreError, Template, Tps, keys,
    keys::Keys, script,
};

pub use find::{Filter, Found, find};
pub use open::{OpenCampaigns, announcements, open};
pub(crate) use open::{announce, give_up_loading, put_on_list, ring};

/// Writes a campaign down as `loading`. Its texts come with it: what it sends is fixed from here on. Done twice with
/// one id, it is done once.
///
/// # Errors
/// When Redis is away.
pub async fn create(
    redis: &Redis,
    id: CampaignId,
    options: &CampaignOptions,
    templates: &[&Template],
) -> Result<(), StoreError> {
    let mut connection = redis.connection();
    let (seconds, micros): (i64, i64) = redis::cmd("TIME").query_async(&mut connection).await?;
    // The lists first: a campaign in a list without a record is passed over, a record in no list is never seen.
    let mut lists = redis::pipe();
    lists.sadd(keys::OPEN, id.to_string()).ignore();
    lists.zadd(keys::CAMPAIGNS, id.to_string(), seconds * 1_000 + micros / 1_000).ignore();
    lists.exec_async(&mut connection).await?;

    let key = Keys(id).campaign();
    let mut record = redis::pipe();
    record.atomic();
    record.hset_nx(&key, "created_us", seconds * 1_000_000 + micros).ignore();
    record.hset_nx(&key, "status", Status::Loading.as_str()).ignore();
    record.hset_nx(&key, "tps", options.tps.get()).ignore();
    record.hset_nx(&key, "name", &options.name).ignore();
    record.hset_nx(&key, "dry_run", u8::from(options.dry_run)).ignore();
    record.hset_nx(&key, "in_doubt", options.in_doubt.as_str()).ignore();
    if let Some(start_at) = options.start_at {
        record.hset_nx(&key, "start_us", start_at.as_microsecond()).ignore();
    }
    if let Some(quiet_hours) = options.quiet_hours {
        record.hset_nx(&key, "quiet_hours", quiet_hours.to_string()).ignore();
    }
    let templates = serde_json::to_string(templates).map_err(StoreError::corrupt)?;
    record.hset_nx(&key, "templates", templates).ignore();
    Ok(record.exec_async(&mut connection).await?)
}

/// A campaign; none where there is none of that id.
///
/// # Errors
/// When Redis is away, or holds what Drumbeat did not write.
pub async fn get(redis: &Redis, id: CampaignId) -> Result<Option<Campaign>, StoreError> {
    let fields: HashMap<String, String> = redis.connection().hgetall(Keys(id).campaign()).await?;
    parse(id, &fields)
}

/// Gives a campaign that is loading the texts that it takes along: what it sends is fixed from here on.
///
/// # Errors
/// When Redis is away.
pub async fn set_templates(redis: &Redis, id: CampaignId, templates: &[&Template]) -> Result<(), StoreError> {
    let json = serde_json::to_string(templates).map_err(StoreError::corrupt)?;
    Ok(redis.connection().hset(Keys(id).campaign(), "templates", json).await?)
}

/// The texts that a campaign took along.
///
/// # Errors
/// When Redis is away, or holds what Drumbeat did not write.
pub async fn templates(redis: &Redis, id: CampaignId) -> Result<Vec<Template>, StoreError> {
    let json: Option<String> = redis.connection().hget(Keys(id).campaign(), "templates").await?;
    serde_json::from_str(json.as_deref().unwrap_or("[]")).map_err(StoreError::corrupt)
}

/// Up to `limit` campaigns, newest first, after the first `offset`.
///
/// # Errors
/// When Redis is away, or holds what Drumbeat did not write.
pub async fn list(redis: &Redis, offset: usize, limit: usize) -> Result<Vec<Campaign>, StoreError> {
    let mut connection = redis.connection();
    let last = offset.saturating_add(limit).saturating_sub(1);
    let ids: Vec<String> = connection.zrevrange(keys::CAMPAIGNS, index_of(offset)?, index_of(last)?).await?;
    let ids: Vec<CampaignId> = parse_ids(&ids)?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut records = redis::pipe();
    for id in &ids {
        records.hmget(Keys(*id).campaign(), FIELDS);
    }
    let records: Vec<Vec<Option<String>>> = records.query_async(&mut connection).await?;
    ids.into_iter().zip(records).filter_map(|(id, values)| parse(id, &named(values)).transpose()).collect()
}

/// What of a campaign's record is asked for where many are read: its texts are by far the most of it.
const FIELDS: &[&str] = &[
    "status",
    "tps",
    "name",
    "dry_run",
    "in_doubt",
    "start_us",
    "quiet_hours",
    "reason",
    "total",
    "batches",
    "created_us",
    "started_us",
    "finished_us",
];

fn named(values: Vec<Option<String>>) -> HashMap<String, String> {
    FIELDS.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), value?))).collect()
}

fn index_of(position: usize) -> Result<isize, StoreError> {
    position.try_into().map_err(StoreError::corrupt)
}

/// How many campaigns there are.
///
/// # Errors
/// When Redis is away.
pub async fn count(redis: &Redis) -> Result<u64, StoreError> {
    Ok(redis.connection().zcard(keys::CAMPAIGNS).await?)
}

fn parse_ids(ids: &[String]) -> Result<Vec<CampaignId>, StoreError> {
    ids.iter().map(|id| id.parse().map_err(StoreError::corrupt)).collect()
}

/// What came of asking for another status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// The campaign has the status now.
    Done(Status),
    /// The campaign cannot go there from the status it has.
    Refused(Status),
    /// There is no such campaign.
    Unknown,
}

/// Starts a loaded campaign: it runs now, or is scheduled where its start lies ahead by Redis's clock.
///
/// # Errors
/// When Redis is away.
pub async fn start(redis: &Redis, id: CampaignId) -> Result<Transition, StoreError> {
    transition(redis, id, Status::Running, None, &[Status::Loading]).await
}

/// Pauses a running campaign; a paused one stays so. What is in its slot within the next 200 ms still goes out.
///
/// # Errors
/// When Redis is away.
pub async fn pause(redis: &Redis, id: CampaignId, reason: Option<&str>) -> Result<Transition, StoreError> {
    transition(redis, id, Status::Paused, reason, &[Status::Running, Status::Paused]).await
}

/// Resumes a paused campaign; a running one stays so, and a scheduled one starts now.
///
/// # Errors
/// When Redis is away.
pub async fn resume(redis: &Redis, id: CampaignId) -> Result<Transition, StoreError> {
    let from = [Status::Paused, Status::Running, Status::Scheduled];
    transition(redis, id, Status::Running, None, &from).await
}

/// Cancels a campaign: all pending recipients are cancelled in the same step, and what is in flight is settled.
///
/// # Errors
/// When Redis is away.
pub async fn cancel(redis: &Redis, id: CampaignId) -> Result<Transition, StoreError> {
    transition(
        redis,
        id,
        Status::Cancelled,
        None,
        &[Status::Loading, Status::Scheduled, Status::Running, Status::Paused, Status::Cancelled],
    )
    .await
}

async fn transition(
    redis: &Redis,
    id: CampaignId,
    to: Status,
    reason: Option<&str>,
    from: &[Status],
) -> Result<Transition, StoreError> {
    let keys = Keys(id);
    let mut call = script::TRANSITION.key(keys.campaign());
    call.key(keys.ledger()).key(keys.progress()).arg(to.as_str()).arg(reason.unwrap_or_default());
    for status in from {
        call.arg(status.as_str());
    }
    let answer = call.invoke_async(&mut redis.connection()).await?;
    conclude(redis, id, answer).await
}

/// Gives a campaign that is not final another rate: it holds from the next slot that is reserved.
///
/// # Errors
/// When Redis is away.
pub async fn set_tps(redis: &Redis, id: CampaignId, tps: Tps) -> Result<Transition, StoreError> {
    let answer: (bool, String) =
        script::SET_TPS.key(Keys(id).campaign()).arg(tps.get()).invoke_async(&mut redis.connection()).await?;
    conclude(redis, id, answer).await
}

/// What a script's answer, whether it did and the status there is now, comes to.
async fn conclude(
    redis: &Redis,
    id: CampaignId,
    (done, status): (bool, String),
) -> Result<Transition, StoreError> {
    if status.is_empty() {
        return Ok(Transition::Unknown);
    }
    let status: Status = status.parse().map_err(StoreError::corrupt)?;
    if !done {
        return Ok(Transition::Refused(status));
    }
    announce(redis, id, status).await?;
    Ok(Transition::Done(status))
}

/// What a campaign is doing; none where there is no such campaign.
pub(crate) async fn status(redis: &Redis, id: CampaignId) -> Result<Option<Status>, StoreError> {
    let status: Option<String> = redis.connection().hget(Keys(id).campaign(), "status").await?;
    status.map(|status| status.parse().map_err(StoreError::corrupt)).transpose()
}

/// Reads a campaign's record; none where it is empty or half-written.
pub(crate) fn parse(
    id: CampaignId,
    fields: &HashMap<String, String>,
) -> Result<Option<Campaign>, StoreError> {
    let (Some(status), Some(tps), Some(name)) = (fields.get("status"), fields.get("tps"), fields.get("name"))
    else {
        return Ok(None);
    };
    let number = |name: &str| -> Result<u32, StoreError> {
        fields.get(name).map_or(Ok(0), |text| text.parse().map_err(StoreError::corrupt))
    };
    let time = |name: &str| -> Result<Option<Timestamp>, StoreError> {
        fields.get(name).map(|text| parse_time(text)).transpose()
    };
    Ok(Some(Campaign {
        id,
        options: CampaignOptions {
            name: name.clone(),
            tps: tps.parse().map_err(StoreError::corrupt)?,
            dry_run: number("dry_run")? == 1,
            in_doubt: match fields.get("in_doubt").map(String::as_str) {
                Some("resend") => InDoubtPolicy::Resend,
                _ => InDoubtPolicy::Hold,
            },
            start_at: time("start_us")?,
            quiet_hours: fields
                .get("quiet_hours")
                .map(|text| text.parse().map_err(StoreError::corrupt))
                .transpose()?,
        },
        status: status.parse().map_err(StoreError::corrupt)?,
        status_reason: fields.get("reason").cloned(),
        total: number("total")?,
        batches: number("batches")?,
        created_at: time("created_us")?.unwrap_or(Timestamp::UNIX_EPOCH),
        started_at: time("started_us")?,
        finished_at: time("finished_us")?,
    }))
}

pub(crate) fn parse_time(microseconds: &str) -> Result<Timestamp, StoreError> {
    let microseconds = microseconds.parse().map_err(StoreError::corrupt)?;
    Timestamp::from_microsecond(microseconds).map_err(StoreError::corrupt)
}
