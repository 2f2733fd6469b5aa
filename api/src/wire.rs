use std::{borrow::Cow, collections::BTreeMap};

use drumbeat_common::{
    Campaign, CampaignId, Channel, Country, InDoubtPolicy, QuietHours, Rejected, Resolve, Status, Tps,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A campaign to be sent.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct CampaignRequest {
    /// A name for people: 1 to 200 characters.
    #[schema(example = "Spring sale")]
    pub name: String,
    /// Messages per second, all channels together: 0.01 to 10,000.
    #[serde(default = "default_tps")]
    #[schema(default = default_tps, minimum = 0.01, maximum = 10_000)]
    pub tps: f64,
    /// Do everything but the calls to AWS.
    #[serde(default)]
    pub dry_run: bool,
    /// What to do for a person whose message may or may not have gone out: leave it to a receipt or to you (`hold`), or
    /// send again (`resend`).
    #[serde(default)]
    pub in_doubt: InDoubtPolicy,
    /// When to start (RFC 3339), up to a year ahead; at once where it is left out, or has passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub start_at: Option<Timestamp>,
    /// When nobody is sent to, by each person's own clock: from, and up to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "21:00-08:00")]
    pub quiet_hours: Option<QuietHours>,
    /// The time zone of those who have none of their own, nor a phone number that tells their country (IANA).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// The country of phone numbers that are written without one (ISO 3166-1 alpha-2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "DE")]
    pub default_country: Option<Country>,
    /// The share of recipients that may be rejected; where more are, nothing is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1, default = 0.2)]
    pub max_rejected: Option<f64>,
    /// Everybody who gets a message; at least one.
    #[schema(min_items = 1)]
    pub recipients: Vec<RecipientRequest>,
}

fn default_tps() -> f64 {
    Tps::DEFAULT.get()
}

/// A person in a campaign. `phone` for SMS and WhatsApp, `email` for email; `template_id` with `variables`, or a
/// finished `message`, with a `subject` for email.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct RecipientRequest {
    /// Your own name for the person: 1 to 200 characters; comes back in failures.
    #[schema(example = "CUST-456")]
    pub customer_id: String,
    /// The channel, as it was chosen upstream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// In place of a channel: how well each would do. The best one is taken that the person has an address for and has
    /// not declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_scores: Option<BTreeMap<Channel, f64>>,
    /// Which channels the person wants; `false` declines one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferences: Option<BTreeMap<Channel, bool>>,
    /// The number, best in E.164.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "+14155550100")]
    pub phone: Option<String>,
    /// The email address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// A template for the channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "PROMO_HIGH_DISCOUNT")]
    pub template_id: Option<String>,
    /// What the template needs: texts, numbers or booleans by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::HashMap<String, serde_json::Value>>)]
    pub variables: Option<BTreeMap<String, serde_json::Value>>,
    /// The finished text, in place of a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The subject that goes with it; for email only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The person's time zone, for quiet hours (IANA).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "America/New_York")]
    pub time_zone: Option<String>,
}

/// A campaign that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SendCampaignAnswer {
    /// Its id.
    #[schema(value_type = String, example = "01KAPZ3V9C6J2M5Q8R1T4W7Y0B")]
    pub campaign_id: CampaignId,
    /// How many people are in it.
    pub total: u64,
    /// In how many batches of 100.
    pub batches: u64,
    /// How many people by channel.
    pub channels: ChannelTotals,
    /// For how many of them the channel was chosen by score.
    pub channels_chosen: u64,
    /// How many of them are passed over.
    pub skipped: Skipped,
    /// How many rows were left out.
    pub rejected_total: u64,
    /// The first 1,000 of those; all are at `/api/campaigns/{id}/rejected`.
    pub rejected: Vec<RejectedRecipient>,
}

/// People of a list who get nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Skipped {
    /// Their address came before in the list, in the same channel.
    pub duplicates: u64,
    /// Their address is on the suppression list.
    pub suppressed: u64,
}

/// People by channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChannelTotals {
    /// Text messages.
    pub sms: u64,
    /// WhatsApp messages.
    pub whatsapp: u64,
    /// Emails.
    pub email: u64,
}

impl ChannelTotals {
    pub(crate) const fn get_mut(&mut self, channel: Channel) -> &mut u64 {
        match channel {
            Channel::Sms => &mut self.sms,
            Channel::Whatsapp => &mut self.whatsapp,
            Channel::Email => &mut self.email,
        }
    }
}

/// Somebody who was left out of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RejectedRecipient {
    /// The line of the body, from 1.
    pub line: u64,
    /// Your name for the person, where there is one.
    pub customer_id: Option<String>,
    /// Everything that is wrong with it.
    pub reason: String,
}

impl From<Rejected> for RejectedRecipient {
    fn from(Rejected { line, customer_id, reason }: Rejected) -> Self {
        Self { line, customer_id, reason }
    }
}

/// A campaign: what was asked for, and its state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CampaignView {
    /// Its id.
    #[schema(value_type = String, example = "01KAPZ3V9C6J2M5Q8R1T4W7Y0B")]
    pub campaign_id: CampaignId,
    /// Its name.
    pub name: String,
    /// What it is doing.
    pub status: Status,
    /// Why, where somebody or something decided that.
    pub status_reason: Option<String>,
    /// The rate in messages per second.
    pub tps: f64,
    /// Whether AWS is left out.
    pub dry_run: bool,
    /// What it does with doubts.
    pub in_doubt: InDoubtPolicy,
    /// When it was to start; none where that was at once.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub start_at: Option<Timestamp>,
    /// When nobody is sent to, by each recipient's own clock.
    #[schema(value_type = Option<String>, example = "21:00-08:00")]
    pub quiet_hours: Option<QuietHours>,
    /// Its recipients; still growing while it is loading.
    pub total: u64,
    /// Its batches of 100 recipients.
    pub batches: u64,
    /// When it was posted.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it started to run.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    /// When it completed or was cancelled.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
}

impl From<Campaign> for CampaignView {
    fn from(campaign: Campaign) -> Self {
        Self {
            campaign_id: campaign.id,
            name: campaign.options.name,
            status: campaign.status,
            status_reason: campaign.status_reason,
            tps: campaign.options.tps.get(),
            dry_run: campaign.options.dry_run,
            in_doubt: campaign.options.in_doubt,
            start_at: campaign.options.start_at,
            quiet_hours: campaign.options.quiet_hours,
            total: campaign.total.into(),
            batches: campaign.batches.into(),
            created_at: campaign.created_at,
            started_at: campaign.started_at,
            finished_at: campaign.finished_at,
        }
    }
}

/// A page of campaigns, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CampaignList {
    /// The campaigns.
    pub campaigns: Vec<CampaignView>,
    /// How many there are in all.
    pub total: u64,
    /// Where the next page starts; none on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_offset: Option<u64>,
}

/// Another rate for a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RateRequest {
    /// Messages per second, all channels together: 0.01 to 10,000.
    #[schema(minimum = 0.01, maximum = 10_000, example = 80)]
    pub tps: f64,
}

/// What to do for everybody in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResolveRequest {
    /// `resend` or `sent`.
    #[serde(rename = "as")]
    pub resolve: Resolve,
}

/// A campaign of which recipients were taken up again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecipientsMoved {
    /// How many.
    pub recipients: u64,
    /// The campaign as it stands now.
    #[serde(flatten)]
    pub campaign: CampaignView,
}

/// The server is well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// Always `ok`.
    #[schema(example = "ok")]
    pub status: Cow<'static, str>,
}
