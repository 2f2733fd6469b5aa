//! The calls that write the delivery table.

use std::{collections::HashMap, error::Error};

use aws_sdk_dynamodb::{
    error::{BuildError, ProvideErrorMetadata, SdkError},
    operation::{put_item::PutItemError, transact_write_items::TransactWriteItemsError},
    types::{AttributeValue, CancellationReason, PutRequest, TransactWriteItem, Update, WriteRequest},
};
use drumbeat_common::outbox::Arrived;

use crate::{
    DeliveryTable, Item,
    item::{text, time_attribute},
    why,
};

/// What `BatchWriteItem` takes at once.
pub(crate) const BATCH: usize = 25;
/// What goes into one transaction: half of what DynamoDB takes, since one conflict has all of them tried again.
pub(crate) const TRANSACTION: usize = 50;

/// What became of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// The table tells it, or something newer.
    Done,
    /// DynamoDB had no room for it: to be tried again, later.
    Later,
    /// DynamoDB will never take it.
    Refused,
}

/// Nothing of a call is known to be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// DynamoDB does not take the call as it is: an item is at fault.
    #[error("DynamoDB refuses an item: {0}")]
    Invalid(String),
    /// Throttled, away, or closed to us: a later try may work.
    #[error("{action}: {why}")]
    Failed {
        /// The permission that the call takes.
        action: &'static str,
        /// AWS's words.
        why: String,
    },
}

impl WriteError {
    fn of<E, R>(action: &'static str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: std::fmt::Debug,
    {
        match error.as_service_error() {
            Some(service) if service.code() == Some("ValidationException") => {
                Self::Invalid(service.message().unwrap_or_default().to_owned())
            }
            _ => Self::Failed { action, why: why(error) },
        }
    }
}

impl DeliveryTable {
    /// Writes up to [`BATCH`] items over whatever is there. Answers what became of each.
    pub(crate) async fn put_batch(&self, items: &[Item]) -> Result<Vec<Written>, WriteError> {
        let puts = items.iter().map(|item| {
            let put = PutRequest::builder().set_item(Some(item.to_attributes())).build();
            put.map(|put| WriteRequest::builder().put_request(put).build())
        });
        let puts =
            puts.collect::<Result<Vec<_>, _>>().map_err(|error| WriteError::Invalid(error.to_string()))?;
        let call = self.client.batch_write_item().request_items(&self.name, puts);
        let answer = call.send().await.map_err(|error| WriteError::of("dynamodb:BatchWriteItem", &error))?;
        let unprocessed = answer.unprocessed_items.and_then(|mut tables| tables.remove(&self.name));
        let unprocessed: Vec<_> = unprocessed.iter().flatten().filter_map(key).collect();
        let later = |item: &Item| unprocessed.contains(&item.message_id.as_str());
        Ok(items.iter().map(|item| if later(item) { Written::Later } else { Written::Done }).collect())
    }

    /// Writes an item where there is none of that message. What is there knows as much, or more.
    pub(crate) async fn put_new(&self, item: &Item) -> Result<Written, WriteError> {
        let call = self.client.put_item().table_name(&self.name).set_item(Some(item.to_attributes()));
        match call.condition_expression("attribute_not_exists(message_id)").send().await {
            Ok(_) => Ok(Written::Done),
            Err(error) => match (error.as_service_error(), WriteError::of("dynamodb:PutItem", &error)) {
                (Some(PutItemError::ConditionalCheckFailedException(_)), _) => Ok(Written::Done),
                (_, WriteError::Invalid(_)) => Ok(Written::Refused),
                (_, error) => Err(error),
            },
        }
    }

    /// Moves the items of up to [`TRANSACTION`] messages forward, no two of one message; one that is there no more, or
    /// came as far already, stays as it is. Answers what became of each.
    pub(crate) async fn arrive(&self, told: &[(&str, &Arrived)]) -> Result<Vec<Written>, WriteError> {
        let updates =
            told.iter().map(|(id, arrived)| self.update(id, arrived)).collect::<Result<Vec<_>, _>>();
        let updates = updates.map_err(|error| WriteError::Invalid(error.to_string()))?;
        let call = self.client.transact_write_items().set_transact_items(Some(updates));
        match call.send().await {
            Ok(_) => Ok(vec![Written::Done; told.len()]),
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    Ok(cancelled.cancellation_reasons().iter().map(reason).collect())
                }
                _ => Err(WriteError::of("dynamodb:UpdateItem", &error)),
            },
        }
    }

    fn update(&self, message_id: &str, arrived: &Arrived) -> Result<TransactWriteItem, BuildError> {
        let Arrived { message_id: _, index: _, channel, arrival, code, at } = arrived;
        let follows: Vec<_> = arrival.follows(*channel).iter().zip(0..).collect();
        let names: Vec<_> = follows.iter().map(|(_, n)| format!(":from{n}")).collect();
        let mut update = Update::builder()
            .table_name(&self.name)
            .key("message_id", text(message_id))
            .update_expression("SET #status = :to, #code = :code, #time = :at")
            .condition_expression(format!("#status IN ({})", names.join(", ")))
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#code", "code")
            .expression_attribute_names("#time", time_attribute(*arrival))
            .expression_attribute_values(":to", text(arrival.state()))
            .expression_attribute_values(":code", text(code))
            .expression_attribute_values(":at", text(at));
        for (state, n) in follows {
            update = update.expression_attribute_values(format!(":from{n}"), text(state));
        }
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }
}

fn key(request: &WriteRequest) -> Option<&str> {
    let item: &HashMap<String, AttributeValue> = request.put_request()?.item();
    item.get("message_id")?.as_s().ok().map(String::as_str)
}

/// Why one update of a cancelled transaction was not done; `None` where another one's fault it was.
fn reason(reason: &CancellationReason) -> Written {
    match reason.code() {
        Some("ConditionalCheckFailed") => Written::Done,
        Some("ValidationError" | "ItemCollectionSizeLimitExceeded") => Written::Refused,
        _ => Written::Later,
    }
}
