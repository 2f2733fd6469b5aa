use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ulid::Ulid;
use utoipa::ToSchema;

use crate::{QuietHours, Tps};

/// A campaign's id, a ULID: ids sort by the time at which the campaigns were posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CampaignId(Ulid);

impl CampaignId {
    /// A new id, of now.
    #[must_use]
    pub fn generate() -> Self {
        Self(Ulid::generate())
    }
}

impl fmt::Display for CampaignId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is no campaign id.
#[derive(Debug, thiserror::Error)]
#[error("not a campaign id: {0:?} is no ULID")]
pub struct InvalidCampaignId(String);

impl FromStr for CampaignId {
    type Err = InvalidCampaignId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| InvalidCampaignId(text.to_owned()))
    }
}

/// What a campaign is doing: `loading → running ⇄ paused → completed | cancelled`, with `scheduled` before `running` where
/// it starts later, and from completed to running again where somebody is sent to again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Its recipients are still being put into the queue.
    Loading,
    /// It waits for its time to start.
    Scheduled,
    /// Its messages go out.
    Running,
    /// Nothing goes out until somebody resumes it.
    Paused,
    /// Nobody is pending or sending any more; some may be in doubt.
    Completed,
    /// Stopped for good; who was pending then gets nothing.
    Cancelled,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 6] =
        [Self::Loading, Self::Scheduled, Self::Running, Self::Paused, Self::Completed, Self::Cancelled];

    /// The name used in the API and in Redis.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the campaign is over: nothing more goes out, unless somebody has a completed one send again.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Completed | Self::Cancelled => true,
            Self::Loading | Self::Scheduled | Self::Running | Self::Paused => false,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no status.
#[derive(Debug, thiserror::Error)]
#[error("unknown campaign status {0:?}")]
pub struct UnknownStatus(String);

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| UnknownStatus(text.to_owned()))
    }
}

/// What happens to a recipient whose message may or may not have gone out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum InDoubtPolicy {
    /// Held until a receipt or a person decides: at most once.
    #[default]
    Hold,
    /// Sent again: at least once.
    Resend,
}

impl InDoubtPolicy {
    /// The name used in the API and in Redis.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Resend => "resend",
        }
    }
}

/// What the caller asked for, apart from the recipients.
#[derive(Debug, Clone, PartialEq)]
pub struct CampaignOptions {
    /// A name for people.
    pub name: String,
    /// The rate, all channels together.
    pub tps: Tps,
    /// Everything but the call to AWS.
    pub dry_run: bool,
    /// What to do with doubts.
    pub in_doubt: InDoubtPolicy,
    /// When to start; at once where there is none.
    pub start_at: Option<Timestamp>,
    /// When nobody is sent to, by each recipient's own clock.
    pub quiet_hours: Option<QuietHours>,
}

impl CampaignOptions {
    /// What a campaign has that asks for nothing but a name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            tps: Tps::DEFAULT,
            dry_run: false,
            in_doubt: InDoubtPolicy::default(),
            start_at: None,
            quiet_hours: None,
        }
    }
}

/// A campaign as it is kept: what was asked, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// What was asked for; the rate is the one in force now.
    pub options: CampaignOptions,
    /// What it is doing.
    pub status: Status,
    /// Why it is in this status, where somebody or something decided that.
    pub status_reason: Option<String>,
    /// Recipients taken so far: all of them once it is no longer loading.
    pub total: u32,
    /// Batches taken so far.
    pub batches: u32,
    /// When it was posted, by Redis's clock like every time here.
    pub created_at: Timestamp,
    /// When it started to run.
    pub started_at: Option<Timestamp>,
    /// When it completed or was cancelled.
    pub finished_at: Option<Timestamp>,
}
