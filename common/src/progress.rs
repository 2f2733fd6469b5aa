use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Campaign, CampaignId, Channel, Event, LedgerByte, Redis, SentInSecond, State, Status, StoreError,
    Watched, catalog, keys::Keys, script,
};

/// The actual rate is the mean over this many whole seconds.
const RATE_WINDOW_SECONDS: u32 = 5;

/// Where a campaign stands, at one moment: the counters are the histogram of its ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Progress {
    /// The campaign.
    #[schema(value_type = String, example = "01KAPZ3V9C6J2M5Q8R1T4W7Y0B")]
    pub campaign_id: CampaignId,
    /// Its name.
    pub name: String,
    /// What it is doing.
    pub status: Status,
    /// Why, where somebody or something decided that.
    pub status_reason: Option<String>,
    /// Whether AWS is left out: everything happens but the calls to it.
    pub dry_run: bool,
    /// The rate asked for, in messages per second.
    pub tps: f64,
    /// The rate in force, in messages per second: less than asked for while AWS throttles.
    pub effective_tps: f64,
    /// Messages accepted per second, over the last 5 whole seconds.
    pub actual_tps: f64,
    /// All channels together.
    #[serde(flatten)]
    pub counts: Counts,
    /// The same by channel.
    pub channels: ChannelCounts,
    /// Jobs of 100 recipients.
    pub batches: BatchCounts,
    /// What the delivery table is still to be told: messages, and what is known of their arrival.
    pub untracked: u64,
    /// Emails that bounced for good.
    pub bounces: u64,
    /// Emails that were called spam.
    pub complaints: u64,
    /// When it was to start; none where that was at once.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub start_at: Option<Timestamp>,
    /// When it started to run.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    /// When it completed or was cancelled.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
    /// Seconds until everybody is sent to at the rate in force, from the start on where that lies ahead; none where the
    /// campaign does not run, or has quiet hours: nobody can tell how long they last for those who are left.
    pub eta_seconds: Option<u64>,
}

/// Recipients by state. `pending + sending + sent + failed + in_doubt + skipped + cancelled == total`, always;
/// `delivered` and `undelivered` are parts of `sent`, and `read` is a part of `delivered`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    /// Everybody.
    pub total: u64,
    /// Wait for their slot.
    pub pending: u64,
    /// Claimed by a worker.
    pub sending: u64,
    /// Accepted by a provider, delivered or not.
    pub sent: u64,
    /// Refused for good, or given up.
    pub failed: u64,
    /// May or may not have gone out.
    pub in_doubt: u64,
    /// Left out for good: suppressed, or a duplicate address.
    pub skipped: u64,
    /// Were pending when the campaign was cancelled.
    pub cancelled: u64,
    /// Reported as delivered.
    pub delivered: u64,
    /// Reported as not delivered.
    pub undelivered: u64,
    /// Reported as opened.
    pub read: u64,
}

impl Counts {
    fn add(&mut self, state: State, count: u64) {
        self.total += count;
        match state {
            State::Pending => self.pending += count,
            State::Sending => self.sending += count,
            State::Sent => self.sent += count,
            State::Failed => self.failed += count,
            State::InDoubt => self.in_doubt += count,
            State::Skipped => self.skipped += count,
            State::Cancelled => self.cancelled += count,
            State::Delivered => {
                self.sent += count;
                self.delivered += count;
            }
            State::Undelivered => {
                self.sent += count;
                self.undelivered += count;
            }
            State::Read => {
                self.sent += count;
                self.delivered += count;
                self.read += count;
            }
        }
    }

    /// Those of one state; `sent` counts those who are delivered or undelivered too, and `delivered` those who read it.
    #[must_use]
    pub const fn get(&self, state: State) -> u64 {
        match state {
            State::Pending => self.pending,
            State::Sending => self.sending,
            State::Sent => self.sent,
            State::Failed => self.failed,
            State::InDoubt => self.in_doubt,
            State::Skipped => self.skipped,
            State::Cancelled => self.cancelled,
            State::Delivered => self.delivered,
            State::Undelivered => self.undelivered,
            State::Read => self.read,
        }
    }

    /// Those who are still to be sent to.
    #[must_use]
    pub const fn open(&self) -> u64 {
        self.pending + self.sending
    }
}

/// Counts for each channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelCounts {
    /// Text messages.
    pub sms: Counts,
    /// WhatsApp messages.
    pub whatsapp: Counts,
    /// Emails.
    pub email: Counts,
}

impl ChannelCounts {
    /// The counts of one channel.
    #[must_use]
    pub const fn get(&self, channel: Channel) -> &Counts {
        match channel {
            Channel::Sms => &self.sms,
            Channel::Whatsapp => &self.whatsapp,
            Channel::Email => &self.email,
        }
    }

    const fn get_mut(&mut self, channel: Channel) -> &mut Counts {
        match channel {
            Channel::Sms => &mut self.sms,
            Channel::Whatsapp => &mut self.whatsapp,
            Channel::Email => &mut self.email,
        }
    }
}

/// Recipients by state: all together, and by channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tally {
    /// All channels together.
    #[serde(flatten)]
    pub counts: Counts,
    /// The same by channel.
    pub channels: ChannelCounts,
}

impl Tally {
    /// Adds up how many recipients stand at each ledger byte.
    pub(crate) fn of(bytes: impl IntoIterator<Item = (u8, u64)>) -> Result<Self, StoreError> {
        let mut tally = Self::default();
        for (byte, count) in bytes {
            let LedgerByte { channel, state } = LedgerByte::decode(byte).map_err(StoreError::corrupt)?;
            tally.counts.add(state, count);
            tally.channels.get_mut(channel).add(state, count);
        }
        Ok(tally)
    }
}

/// Batches, all and done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchCounts {
    /// All of them.
    pub total: u64,
    /// Those in which nobody is left to be sent to.
    pub done: u64,
}

/// As `progress.lua` has it: Redis's time, the campaign, the counters, sent in the window, batches done, the rate in
/// force, batches parked, when the first of them is due, and the lengths of the outbox, the bounces and the complaints,
/// and the rate second by second.
type Answer = (
    i64,
    HashMap<String, String>,
    HashMap<Vec<u8>, u64>,
    u64,
    u64,
    f64,
    u64,
    i64,
    (u64, u64, u64),
    Vec<(i64, u64)>,
);

/// Reads where a campaign stands; none where there is no such campaign.
///
/// # Errors
/// When Redis is away, or holds what Drumbeat did not write.
pub async fn progress(redis: &Redis, id: CampaignId) -> Result<Option<Progress>, StoreError> {
    Ok(watch(redis, id, None).await?.map(|watched| watched.progress))
}

/// The same, with what happened to it, and, where a second is named, its rate in each second after that.
///
/// # Errors
/// When Redis is away, or holds what Drumbeat did not write.
pub async fn watch(
    redis: &Redis,
    id: CampaignId,
    rate_after: Option<i64>,
) -> Result<Option<Watched>, StoreError> {
    let keys = Keys(id);
    let answer: Answer = script::PROGRESS
        .key(keys.campaign())
        .key(keys.progress())
        .key(keys.rate())
        .key(keys.done_batches())
        .key(keys.parked())
        .key(keys.outbox())
        .key(keys.bounces())
        .key(keys.complaints())
        .arg(RATE_WINDOW_SECONDS)
        .arg(rate_after.map(|second| second.to_string()).unwrap_or_default())
        .invoke_async(&mut redis.connection())
        .await?;
    let (
        now_us,
        fields,
        counters,
        sent_in_window,
        batches_done,
        effective_tps,
        parked,
        due_us,
        lengths,
        rate,
    ) = answer;
    let rate = rate.into_iter().map(|(second, sent)| SentInSecond { second, sent }).collect();
    let events = Event::parse_all(fields.get("events").map_or("", String::as_str))?;
    let (untracked, bounces, complaints) = lengths;
    let Some(campaign) = catalog::parse(id, &fields)? else { return Ok(None) };
    let counters: Vec<_> = counters
        .into_iter()
        .map(|(name, count)| Ok((counted_byte(&name)?, count)))
        .collect::<Result<_, StoreError>>()?;
    let Tally { counts, channels } = Tally::of(counters)?;
    let actual_tps = rate_of(&campaign, now_us, sent_in_window);
    let tps = campaign.options.tps.get();
    let is_running = campaign.status == Status::Running;
    let is_foreseeable =
        (is_running || campaign.status == Status::Scheduled) && campaign.options.quiet_hours.is_none();
    let slowed = fields
        .get("throttled_by")
        .filter(|_| is_running && effective_tps < tps)
        .map(|by| slowed(by, effective_tps, tps));
    let quiet = (is_running && parked > 0).then(|| quiet(parked, due_us));
    let progress = Progress {
        campaign_id: id,
        name: campaign.options.name,
        status: campaign.status,
        status_reason: campaign.status_reason.or(slowed).or(quiet),
        dry_run: campaign.options.dry_run,
        tps,
        effective_tps,
        actual_tps,
        counts,
        channels,
        batches: batch_counts(campaign.batches.into(), batches_done, &counts),
        untracked,
        bounces,
        complaints,
        start_at: campaign.options.start_at,
        started_at: campaign.started_at,
        finished_at: campaign.finished_at,
        eta_seconds: is_foreseeable.then(|| seconds_for(counts.open(), effective_tps)),
    };
    Ok(Some(Watched { progress, rate, events }))
}

fn slowed(by: &str, effective_tps: f64, tps: f64) -> String {
    format!("throttled by AWS ({by}): running at {effective_tps:.0} of {tps} messages a second")
}

fn quiet(batches: u64, due_us: i64) -> String {
    let mut text = format!("batches that wait for the end of quiet hours: {batches}");
    if let Ok(due) = Timestamp::from_microsecond(due_us) {
        text += &format!(", the first until {due:.0}");
    }
    text
}

/// Batches are marked as done when somebody in them is settled; a cancelled campaign has others that are done too.
fn batch_counts(total: u64, marked: u64, counts: &Counts) -> BatchCounts {
    BatchCounts { total, done: if counts.open() == 0 { total } else { marked } }
}

/// The ledger byte that a counter is named by.
pub(crate) fn counted_byte(name: &[u8]) -> Result<u8, StoreError> {
    match name {
        [byte] => Ok(*byte),
        _ => Err(StoreError::corrupt("a counter that is no ledger byte")),
    }
}

/// The mean over the window, or over the campaign's age while that is shorter.
fn rate_of(campaign: &Campaign, now_us: i64, sent_in_window: u64) -> f64 {
    /// A younger campaign is too young for a mean.
    const YOUNGEST: f64 = 0.5;
    let Some(started_at) = campaign.started_at.filter(|_| !campaign.status.is_final()) else { return 0.0 };
    // Only whole seconds are in the window, so its end lies up to a second back.
    let window_end = now_us.div_euclid(1_000_000) * 1_000_000;
    let age = (window_end - started_at.as_microsecond()) as f64 / 1e6;
    sent_in_window as f64 / age.clamp(YOUNGEST, RATE_WINDOW_SECONDS.into())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive, small number of seconds"
)]
fn seconds_for(messages: u64, tps: f64) -> u64 {
    (messages as f64 / tps).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CampaignOptions;

    fn campaign(status: Status) -> Campaign {
        Campaign {
            id: CampaignId::generate(),
            options: CampaignOptions::new("spring"),
            status,
            status_reason: None,
            total: 0,
            batches: 0,
            created_at: Timestamp::UNIX_EPOCH,
            started_at: Timestamp::from_microsecond(700_000).ok(),
            finished_at: None,
        }
    }

    #[test]
    fn the_actual_rate_is_a_mean_over_the_time_that_was_sent_in() {
        let rate = |now_us, sent| rate_of(&campaign(Status::Running), now_us, sent);
        // 1.3 s into the campaign when the last whole second ended, then 9.3 s.
        assert!((rate(2_900_000, 130) - 100.0).abs() < 0.01);
        assert!((rate(10_100_000, 500) - 100.0).abs() < 0.01);
        assert!(rate(900_000, 0).abs() < 0.01);
        assert!(rate_of(&campaign(Status::Completed), 2_900_000, 130).abs() < 0.01);
    }
}
