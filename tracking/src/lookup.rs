use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    types::{AttributeValue, KeysAndAttributes},
};
use drumbeat_common::RecipientRef;

use crate::{DeliveryTable, UnreadableItem, item::text, why};

/// Keys in one call, as DynamoDB allows.
const MOST_KEYS: usize = 100;
/// How often keys that DynamoDB left over are asked for again at once.
const ROUNDS: usize = 4;

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

impl LookupError {
    pub(crate) fn of<E, R>(table: &str, action: &'static str, error: &SdkError<E, R>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
        R: std::fmt::Debug,
    {
        Self::Failed { table: table.to_owned(), action, why: why(error) }
    }
}

type Attributes = HashMap<String, AttributeValue>;

/// Whom messages were for.
impl DeliveryTable {
    /// The recipients of messages by the messages' names; those that the table knows.
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
            found.extend(self.addressees(ids).await?.iter().filter_map(recipient));
        }
        Ok(found)
    }

    async fn addressees(&self, ids: &[&str]) -> Result<Vec<Attributes>, LookupError> {
        let keys = KeysAndAttributes::builder()
            .set_keys(Some(ids.iter().map(|id| [("message_id".to_owned(), text(id))].into()).collect()))
            .projection_expression("message_id, campaign_id, recipient")
            .build()
            .expect("it has keys");
        let (mut left, mut items) = (HashMap::from([(self.name.clone(), keys)]), Vec::new());
        for _ in 0..ROUNDS {
            let answer = self.client.batch_get_item().set_request_items(Some(left)).send().await;
            let answer = answer.map_err(|error| LookupError::of(&self.name, "BatchGetItem", &error))?;
            items.extend(answer.responses.unwrap_or_default().remove(&self.name).unwrap_or_default());
            left = answer.unprocessed_keys.unwrap_or_default();
            if left.is_empty() {
                return Ok(items);
            }
        }
        Err(LookupError::Busy(self.name.clone()))
    }
}

fn recipient(item: &Attributes) -> Option<(String, RecipientRef)> {
    let text = |name| item.get(name)?.as_s().ok();
    let index = item.get("recipient")?.as_n().ok()?;
    let recipient = RecipientRef::from_parts(text("campaign_id")?, index).ok()?;
    Some((text("message_id")?.clone(), recipient))
}
