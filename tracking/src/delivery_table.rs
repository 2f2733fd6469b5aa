use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;

use crate::client;

/// The delivery table: an item for each message that a provider took.
#[derive(Debug, Clone)]
pub struct DeliveryTable {
    pub(crate) client: Client,
    pub(crate) name: String,
}

impl DeliveryTable {
    /// The table of this name, in the account and region of the configuration.
    #[must_use]
    pub fn new(aws: &SdkConfig, name: impl Into<String>) -> Self {
        Self { client: client::client(aws), name: name.into() }
    }
}
