use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The way to a person, chosen upstream for each recipient and never by Drumbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// A text message through AWS End User Messaging SMS.
    Sms,
    /// A WhatsApp message through AWS End User Messaging Social.
    Whatsapp,
    /// An email through Amazon SES.
    Email,
}

impl Channel {
    /// Every channel, in the order in which people see them.
    pub const ALL: [Self; 3] = [Self::Sms, Self::Whatsapp, Self::Email];

    /// The name used in the API, in files and in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Whatsapp => "whatsapp",
            Self::Email => "email",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no channel.
#[derive(Debug, thiserror::Error)]
#[error("unknown channel {0:?}: use \"sms\", \"whatsapp\" or \"email\"")]
pub struct UnknownChannel(String);

impl FromStr for Channel {
    type Err = UnknownChannel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|channel| channel.as_str() == text)
            .ok_or_else(|| UnknownChannel(text.to_owned()))
    }
}
