//! The list of campaigns that are not over: what workers look through, and how they hear of changes.

use std::collections::HashMap;

use futures_util::{Stream, StreamExt};
use jiff::{SignedDuration, Timestamp};
use redis::AsyncCommands;
use tracing::{info, warn};

use super::{Transition, parse_ids, parse_time, status, transition};
use crate::{
    CampaignId, Channel, LedgerByte, Redis, State, Status, StoreError, Tps, keys, keys::Keys, slot::SlotTime,
};

/// By then nobody can complete a campaign that was not taken in full.
const LONGEST_LOADING: SignedDuration = SignedDuration::from_hours(25);
/// The api that was taking it is dead, and its idempotency key, if it had one, is forgotten.
const NEVER_TAKEN: &str = "it was never taken in full, and nobody can complete it any more";

/// The campaigns that workers have something to do with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OpenCampaigns {
    /// Those that run, each with its rate.
    pub running: HashMap<CampaignId, Tps>,
    /// Those that do not run, and in which somebody is being sent to all the same. That is over in a moment, or the
    /// worker that was sending is dead.
    pub stranded: Vec<CampaignId>,
    /// When the next of those that are scheduled is to start.
    pub next_start: Option<SlotTime>,
}

/// Looks through the campaigns that are not over: one round trip for the list, one for all records. Takes off the list
/// what is, and starts what is scheduled and due. A record that Drumbeat did not write is passed over: it must not stop
/// the others. Answers Redis's time too, as it was before.
///
/// # Errors
/// When Redis is away.
pub async fn open(redis: &Redis) -> Result<(OpenCampaigns, SlotTime), StoreError> {
    let mut connection = redis.connection();
    let ((seconds, micros), ids): ((u64, u64), Vec<String>) =
        redis::pipe().cmd("TIME").smembers(keys::OPEN).query_async(&mut connection).await?;
    let now = SlotTime::from_micros(seconds * 1_000_000 + micros);
    let ids = parse_ids(&ids)?;
    let mut open = OpenCampaigns::default();
    if ids.is_empty() {
        return Ok((open, now));
    }
    let sending = Channel::ALL.map(|channel| LedgerByte { channel, state: State::Sending }.encode());
    let sending = sending.each_ref().map(std::slice::from_ref);
    let mut records = redis::pipe();
    for id in &ids {
        let keys = Keys(*id);
        records.hmget(keys.campaign(), &["status", "tps", "created_us", "start_us"]);
        records.hmget(keys.progress(), &sending);
    }
    let answers: Vec<Vec<Option<String>>> = records.query_async(&mut connection).await?;
    for (id, record) in ids.into_iter().zip(answers.as_chunks().0) {
        match OpenCampaign::parse(record) {
            Ok(None) => {}
            Ok(Some(OpenCampaign { status: Status::Running, tps, .. })) => {
                open.running.insert(id, tps);
            }
            Ok(Some(OpenCampaign { is_sending: true, .. })) => open.stranded.push(id),
            Ok(Some(campaign)) => match campaign.status {
                Status::Completed | Status::Cancelled => take_off_list(redis, id).await?,
                Status::Loading if campaign.age() > LONGEST_LOADING => {
                    give_up_loading(redis, id, NEVER_TAKEN).await?;
                }
                Status::Scheduled if campaign.starts_at() <= now => {
                    if start_scheduled(redis, id).await? {
                        open.running.insert(id, campaign.tps);
                    }
                }
                Status::Scheduled => {
                    let starts_at = campaign.starts_at();
                    open.next_start = Some(open.next_start.map_or(starts_at, |next| next.min(starts_at)));
                }
                Status::Loading | Status::Running | Status::Paused => {}
            },
            Err(error) => warn!(campaign = %id, %error, "cannot read campaign: passing it over"),
        }
    }
    Ok((open, now))
}

struct OpenCampaign {
    status: Status,
    tps: Tps,
    created_at: Timestamp,
    start_at: Option<Timestamp>,
    is_sending: bool,
}

impl OpenCampaign {
    /// None where the record is not written yet.
    fn parse([record, sending]: &[Vec<Option<String>>; 2]) -> Result<Option<Self>, StoreError> {
        let [Some(status), Some(tps), Some(created_us), start_us] = &record[..] else { return Ok(None) };
        Ok(Some(Self {
            status: status.parse().map_err(StoreError::corrupt)?,
            tps: tps.parse().map_err(StoreError::corrupt)?,
            created_at: parse_time(created_us)?,
            start_at: start_us.as_deref().map(parse_time).transpose()?,
            is_sending: sending.iter().flatten().any(|count| count != "0"),
        }))
    }

    /// Long ago where nobody asked for a time.
    fn starts_at(&self) -> SlotTime {
        self.start_at.unwrap_or(Timestamp::UNIX_EPOCH).into()
    }

    /// By this machine's clock: only days matter.
    fn age(&self) -> SignedDuration {
        Timestamp::now().duration_since(self.created_at)
    }
}

/// Cancels a campaign that will never be taken in full.
pub(crate) async fn give_up_loading(
    redis: &Redis,
    id: CampaignId,
    reason: &str,
) -> Result<Transition, StoreError> {
    transition(redis, id, Status::Cancelled, Some(reason), &[Status::Loading]).await
}

/// Starts a campaign whose time has come; of all who look, one does. Answers whether it runs by that.
async fn start_scheduled(redis: &Redis, id: CampaignId) -> Result<bool, StoreError> {
    let started = transition(redis, id, Status::Running, None, &[Status::Scheduled]).await?;
    let runs = started == Transition::Done(Status::Running);
    if runs {
        info!(campaign = %id, "a scheduled campaign starts");
    }
    Ok(runs)
}

/// Tells the workers to look at a campaign now, and sees to it that it is on their list, or off it where it is over. In
/// one that was just cancelled somebody may still be sent to: workers take it off when that is over too.
pub(crate) async fn announce(redis: &Redis, id: CampaignId, status: Status) -> Result<(), StoreError> {
    match status {
        Status::Completed => take_off_list(redis, id).await?,
        Status::Loading | Status::Scheduled | Status::Running | Status::Paused | Status::Cancelled => {
            put_on_list(redis, id).await?;
        }
    }
    ring(redis, id).await
}

/// Puts a campaign on the list that workers look through.
pub(crate) async fn put_on_list(redis: &Redis, id: CampaignId) -> Result<(), StoreError> {
    Ok(redis.connection().sadd(keys::OPEN, id.to_string()).await?)
}

/// Takes a campaign that was final off the list. Somebody may have made it run again just before: what it is now, with
/// its place on the list gone, decides whether it gets that back.
async fn take_off_list(redis: &Redis, id: CampaignId) -> Result<(), StoreError> {
    let _: () = redis.connection().srem(keys::OPEN, id.to_string()).await?;
    match status(redis, id).await? {
        Some(status) if !status.is_final() => put_on_list(redis, id).await,
        _ => Ok(()),
    }
}

/// Tells the workers to look at a campaign now.
pub(crate) async fn ring(redis: &Redis, id: CampaignId) -> Result<(), StoreError> {
    Ok(redis.connection().publish(keys::CHANGES, id.to_string()).await?)
}

/// The campaigns that were announced as changed, as they are, until the connection breaks.
///
/// # Errors
/// When Redis is away.
pub async fn announcements(redis: &Redis) -> Result<impl Stream<Item = CampaignId> + use<>, StoreError> {
    let messages = redis.subscribe(keys::CHANGES).await?;
    Ok(messages.filter_map(async |id| id.parse().ok()))
}
