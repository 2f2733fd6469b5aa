use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    types::{AttributeValue, KeysAndAttributes},
};
use drumbeat_common::RecipientRef;

use crate::UnreadableItem;

/// Keys in one call, as DynamoDB allows.
const MOST_KEYS: usize = 100;
/// How often keys that DynamoDB left over are asked for again at once.
const ROUNDS: usize = 4;

/// Reads the delivery table.
#[derive(Debug, Clone)]
pub struct Lookup {
    client: Client,
    table: String,
}

/// The delivery table could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// The call failed.
    #[error("cannot read the delivery table {table} (dynamodb:{action}): {why}")]
    Failed {
        /// The table's name.
        table: String,
        /// The call, by the name that a permission for it has.
        action: &'static str,
        /// What happened.
        why: String,
    },
    /// It answered only a part each time.
    #[error("the delivery table {0} is too busy to be read")]
    Busy(String),
    /// Somebody else wrote into it.
    #[error(transparent)]
    Item(#[from] UnreadableItem),
}

type Item = HashMap<String, AttributeValue>;

impl Lookup {
    /// The table of this name.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// Whom messages were for, by their names; those that the table knows.
    ///
    /// # Errors
    /// When DynamoDB is away, or refuses.
    pub async fn recipients_of(
        &self,
        message_ids: impl IntoIterator<Item = &str>,
    ) -> Result<HashMap<String, RecipientRef>, LookupError> {
        let ids: Vec<&str> = BTreeSet::from_iter(message_ids).into_iter().collect();
        let mut found = HashMap::new();
        for ids in ids.chunks(MOST_KEYS) {
            found.extend(self.items(ids).await?.iter().filter_map(recipient));
        }
        Ok(found)
    }

    async fn items(&self, ids: &[&str]) -> Result<Vec<Item>, LookupError> {
        let key = |id: &&str| HashMap::from([("message_id".to_owned(), AttributeValue::S((*id).to_owned()))]);
        let keys = KeysAndAttributes::builder()
            .set_keys(Some(ids.iter().map(key).collect()))
            .projection_expression("message_id, campaign_id, recipient")
            .build()
            .expect("it has keys");
        let (mut left, mut items) = (HashMap::from([(self.table.clone(), keys)]), Vec::new());
        for _ in 0..ROUNDS {
            let answer = self.client.batch_get_item().set_request_items(Some(left)).send().await;
            let answer = answer.map_err(|error| LookupError::of(&self.table, "BatchGetItem", &error))?;
            items.extend(answer.responses.unwrap_or_default().remove(&self.table).unwrap_or_default());
            left = answer.unprocessed_keys.unwrap_or_default();
            if left.is_empty() {
                return Ok(items);
            }
        }
        Err(LookupError::Busy(self.table.clone()))
    }

    /// The name of the last message that went to a recipient, if the table knows one.
    ///
    /// # Errors
    /// When DynamoDB is away, or refuses.
    pub async fn last_message_of(&self, recipient: RecipientRef) -> Result<Option<String>, LookupError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("by-campaign")
            .key_condition_expression("campaign_id = :campaign AND recipient = :recipient")
            .expression_attribute_values(":campaign", AttributeValue::S(recipient.campaign.to_string()))
            .expression_attribute_values(":recipient", AttributeValue::N(recipient.index.to_string()))
            .send()
            .await
            .map_err(|error| LookupError::of(&self.table, "Query", &error))?;
        let last = answer.items().iter().max_by_key(|item| text(item, "sent_at"));
        Ok(last.and_then(|item| text(item, "message_id")).map(str::to_owned))
    }
}

impl LookupError {
    pub(crate) fn of<E, R>(table: &str, action: &'static str, error: &SdkError<E, R>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
        R: std::fmt::Debug,
    {
        let why = match error.as_service_error() {
            Some(service) => {
                format!("{}: {}", service.code().unwrap_or("no code"), service.message().unwrap_or_default())
            }
            None => DisplayErrorContext(error).to_string(),
        };
        Self::Failed { table: table.to_owned(), action, why }
    }
}

fn recipient(item: &Item) -> Option<(String, RecipientRef)> {
    let index = item.get("recipient")?.as_n().ok()?;
    let recipient = RecipientRef::from_parts(text(item, "campaign_id")?, index).ok()?;
    Some((text(item, "message_id")?.to_owned(), recipient))
}

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}
