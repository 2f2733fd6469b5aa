use std::{collections::BTreeMap, fmt, num::ParseIntError, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Address, Batch, CampaignId, LocalClock, TemplateId, campaign::InvalidCampaignId};

/// A recipient's place in its campaign, from 0 to one less than the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecipientIndex(u32);

impl RecipientIndex {
    /// The recipient at this place.
    #[must_use]
    pub const fn new(index: u32) -> Self {
        Self(index)
    }

    /// The place as a number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The number of the batch that it is in.
    #[must_use]
    pub const fn batch(self) -> u32 {
        self.0 / Batch::SIZE
    }
}

impl fmt::Display for RecipientIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A person in a campaign: who, where, and what to say.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// The caller's own name for the person; comes back in failures and tracking.
    pub customer_id: String,
    /// The channel with its address.
    pub address: Address,
    /// What the person is told.
    pub content: Content,
    /// By which clock the campaign's quiet hours are told; none where it has none.
    pub clock: Option<LocalClock>,
}

/// What one recipient is told.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// A template, filled with the person's own variables.
    Template {
        /// The template for the recipient's channel.
        id: TemplateId,
        /// Its variables by name.
        variables: BTreeMap<String, String>,
    },
    /// A finished message.
    Message {
        /// Needed for email; no other channel has one.
        subject: Option<String>,
        /// The text.
        body: String,
    },
}

/// Which recipient of which campaign a message was for. It travels with the message (SMS `Context`, SES
/// `EmailTags`, WhatsApp `biz_opaque_callback_data`) and comes back in receipts; as text, `CAMPAIGN/INDEX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecipientRef {
    /// The campaign.
    pub campaign: CampaignId,
    /// The recipient's place in it.
    pub index: RecipientIndex,
}

impl RecipientRef {
    /// The key under which SMS `Context` and SES `EmailTags` carry the campaign.
    pub const CAMPAIGN_KEY: &str = "campaign_id";
    /// The key under which SMS `Context` and SES `EmailTags` carry the index.
    pub const INDEX_KEY: &str = "recipient";

    /// Puts together what came back under the two keys.
    ///
    /// # Errors
    /// When the campaign is no id or the index no number.
    pub fn from_parts(campaign: &str, index: &str) -> Result<Self, InvalidRecipientRef> {
        Ok(Self { campaign: campaign.parse()?, index: RecipientIndex(index.parse()?) })
    }
}

/// The text refers to no recipient.
#[derive(Debug, thiserror::Error)]
pub enum InvalidRecipientRef {
    /// There is no `/` between campaign and index.
    #[error("not a recipient reference: expected CAMPAIGN/INDEX")]
    Form,
    /// The part before the `/`.
    #[error(transparent)]
    Campaign(#[from] InvalidCampaignId),
    /// The part after the `/`.
    #[error("not a recipient index: {0}")]
    Index(#[from] ParseIntError),
}

impl fmt::Display for RecipientRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.campaign, self.index)
    }
}

impl FromStr for RecipientRef {
    type Err = InvalidRecipientRef;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (campaign, index) = text.split_once('/').ok_or(InvalidRecipientRef::Form)?;
        Self::from_parts(campaign, index)
    }
}
