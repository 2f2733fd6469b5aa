use aws_sdk_dynamodb::Client;

/// The delivery table: an item for each message that a provider took.
#[derive(Debug, Clone)]
pub struct DeliveryTable {
    pub(crate) client: Client,
    pub(crate) name: String,
}

impl DeliveryTable {
    /// The table of this name, where the client looks.
    #[must_use]
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }
}
