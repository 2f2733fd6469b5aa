//! The calls that read the delivery table.

use std::{collections::HashMap, ops::RangeInclusive};

use aws_sdk_dynamodb::types::AttributeValue;
use drumbeat_common::{Address, AddressPrint, CampaignId, RecipientIndex};
use futures_util::{StreamExt, TryStreamExt, stream};
use tracing::warn;

use crate::{
    DeliveryTable, Item, LookupError,
    item::{ADDRESS_PRINT, text},
};

/// The index of the table by campaign and recipient.
const BY_CAMPAIGN: &str = "by-campaign";
/// The index of the table by print of the address.
const BY_ADDRESS: &str = "by-address";
/// The longest key that DynamoDB has, in bytes.
const LONGEST_KEY: usize = 2_048;
/// Recipients who stand no further apart are asked for in one call: the items between them cost less than another call.
const NEAR: u32 = 20;
/// Calls at once.
const AT_ONCE: usize = 16;

impl DeliveryTable {
    /// What is known of a message, just now; none where the table does not have it.
    ///
    /// # Errors
    /// When DynamoDB is away or refuses, or somebody else wrote the item.
    pub async fn message(&self, message_id: &str) -> Result<Option<Item>, LookupError> {
        if message_id.is_empty() || message_id.len() > LONGEST_KEY {
            return Ok(None);
        }
        let call = self.client.get_item().table_name(&self.name).key("message_id", text(message_id));
        let answer = call.consistent_read(true).send().await;
        let item = answer.map_err(|error| LookupError::of(&self.name, "GetItem", &error))?.item;
        Ok(item.as_ref().map(Item::from_attributes).transpose()?)
    }

    /// What is known of the messages to these recipients of a campaign, given in the order of its list; of whoever got
    /// several, the last one. A message that was written within the last second may be missing yet.
    ///
    /// # Errors
    /// When DynamoDB is away or refuses.
    pub async fn of_recipients(
        &self,
        campaign: CampaignId,
        recipients: &[RecipientIndex],
    ) -> Result<HashMap<RecipientIndex, Item>, LookupError> {
        let mut last = HashMap::with_capacity(recipients.len());
        let mut calls =
            stream::iter(runs(recipients)).map(|run| self.of_run(campaign, run)).buffer_unordered(AT_ONCE);
        while let Some(items) = calls.try_next().await? {
            for item in items {
                if recipients.binary_search(&item.recipient).is_ok() {
                    keep_last(&mut last, item);
                }
            }
        }
        Ok(last)
    }

    /// Where in a campaign's list somebody was sent to at this address, by whichever channel, in order; up to `most` places.
    ///
    /// # Errors
    /// When DynamoDB is away or refuses.
    pub async fn reached(
        &self,
        campaign: CampaignId,
        address: &Address,
        most: usize,
    ) -> Result<Vec<RecipientIndex>, LookupError> {
        let call = self.client.query().table_name(&self.name).index_name(BY_ADDRESS);
        let call = call
            .key_condition_expression("#print = :print")
            .expression_attribute_names("#print", ADDRESS_PRINT)
            .expression_attribute_values(":print", text(AddressPrint::of(campaign, address)))
            .limit(i32::try_from(most).unwrap_or(i32::MAX));
        let answer = call.send().await.map_err(|error| LookupError::of(&self.name, "Query", &error))?;
        let mut places: Vec<_> = answer.items().iter().filter_map(place).collect();
        places.dedup();
        Ok(places)
    }

    async fn of_run(&self, campaign: CampaignId, run: RangeInclusive<u32>) -> Result<Vec<Item>, LookupError> {
        let number = |index: &u32| AttributeValue::N(index.to_string());
        let items: Vec<_> = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(BY_CAMPAIGN)
            .key_condition_expression("campaign_id = :campaign AND recipient BETWEEN :first AND :last")
            .expression_attribute_values(":campaign", text(campaign))
            .expression_attribute_values(":first", number(run.start()))
            .expression_attribute_values(":last", number(run.end()))
            .into_paginator()
            .items()
            .send()
            .try_collect()
            .await
            .map_err(|error| LookupError::of(&self.name, "Query", &error))?;
        Ok(items.iter().filter_map(readable).collect())
    }
}

fn place(attributes: &HashMap<String, AttributeValue>) -> Option<RecipientIndex> {
    attributes.get("recipient")?.as_n().ok()?.parse().ok().map(RecipientIndex::new)
}

/// One item that somebody else wrote must not hide the others.
fn readable(attributes: &HashMap<String, AttributeValue>) -> Option<Item> {
    Item::from_attributes(attributes).inspect_err(|error| warn!(%error, "passing an item over")).ok()
}

fn keep_last(last: &mut HashMap<RecipientIndex, Item>, item: Item) {
    match last.get(&item.recipient) {
        Some(other) if other.sent_at >= item.sent_at => {}
        _ => drop(last.insert(item.recipient, item)),
    }
}

/// Those who stand near each other, together.
fn runs(recipients: &[RecipientIndex]) -> Vec<RangeInclusive<u32>> {
    let runs = recipients.chunk_by(|one, next| next.get() - one.get() <= NEAR);
    runs.filter_map(|run| Some(run.first()?.get()..=run.last()?.get())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_recipients_are_asked_for_together_and_far_ones_apart() {
        let runs =
            |places: &[u32]| runs(&places.iter().copied().map(RecipientIndex::new).collect::<Vec<_>>());
        assert_eq!(runs(&[]), []);
        assert_eq!(runs(&[7]), [7..=7]);
        assert_eq!(runs(&[0, 1, 2, 20, 40, 61, u32::MAX]), [0..=40, 61..=61, u32::MAX..=u32::MAX]);
    }
}
