use drumbeat_common::{
    Channel,
    suppression::{Cursor, Suppression},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An address that is to be suppressed, or several of them.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum SuppressionsRequest {
    /// Several.
    Many {
        /// They.
        suppressions: Vec<SuppressionRequest>,
    },
    /// One.
    One(SuppressionRequest),
}

/// An address that is to be suppressed.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct SuppressionRequest {
    /// The channel.
    pub channel: Channel,
    /// A phone number in E.164, or an email address, as the channel needs it.
    #[schema(example = "+14155550100")]
    pub address: String,
    /// Why: a code such as `bounce`, `complaint` or `opt_out`, or your own words; up to 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "opt_out", max_length = 200)]
    pub reason: Option<String>,
}

/// An address that must not be sent to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SuppressionView {
    /// The channel.
    pub channel: Channel,
    /// The address as it is compared: an email address in lower case.
    #[schema(example = "+14155550100")]
    pub address: String,
    /// Why; empty where nobody said.
    #[schema(example = "opt_out")]
    pub reason: String,
    /// Since when, in whole seconds.
    #[schema(value_type = String, format = DateTime)]
    pub added_at: Timestamp,
}

impl From<Suppression> for SuppressionView {
    fn from(Suppression { address, reason, added_at }: Suppression) -> Self {
        Self {
            channel: address.channel(),
            address: address.as_str().to_owned(),
            reason: reason.to_string(),
            added_at,
        }
    }
}

/// A page of those who are suppressed, in no order that means anything.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SuppressionPage {
    /// They.
    pub suppressions: Vec<SuppressionView>,
    /// How many there are on all pages.
    pub total: u64,
    /// What to ask for the next page with; none on the last one.
    #[schema(value_type = Option<u32>)]
    pub next: Option<Cursor>,
}

/// What became of addresses that were to be suppressed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SuppressionsAdded {
    /// How many are new.
    pub added: u64,
    /// How many were suppressed already; they keep their reason and time.
    pub already_there: u64,
    /// The lines of a CSV file that could not be read, the first 1,000 of them. A JSON body is taken as a whole or not at
    /// all, so there it is empty.
    pub rejected: Vec<RejectedSuppression>,
    /// How many lines could not be read.
    pub rejected_total: u64,
}

/// A line of a CSV file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RejectedSuppression {
    /// The line of the body, from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}
