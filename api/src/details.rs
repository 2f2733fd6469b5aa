use std::{collections::HashMap, time::Duration};

use drumbeat_common::{CampaignId, RecipientIndex, Whom};
use drumbeat_tracking::{DeliveryTable, Item, LookupError};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use tracing::warn;
use utoipa::ToSchema;

/// The longest that a page waits for the table: who stands where is known without it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Places of one address that are looked for: it is in a list once for each channel, and again where a list allows it.
const MOST_PLACES: usize = 1_000;

/// Where message ids, masked addresses and times come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Details {
    /// From the delivery table, which may be a few seconds behind.
    Table,
    /// From nowhere: this server has no delivery table.
    None,
    /// From nowhere: the delivery table did not answer. Ask again later.
    Unavailable,
}

/// What is known of the messages to these recipients, given in the order of the list. A table that is away is no error.
pub(crate) async fn of(
    table: Option<&DeliveryTable>,
    campaign: CampaignId,
    recipients: &[RecipientIndex],
) -> (Details, HashMap<RecipientIndex, Item>) {
    let Some(table) = table else { return (Details::None, HashMap::new()) };
    ask(campaign, table.of_recipients(campaign, recipients)).await
}

/// Where in the list somebody was sent to at the address that is looked for.
pub(crate) async fn reached(
    table: Option<&DeliveryTable>,
    campaign: CampaignId,
    whom: Option<&Whom>,
) -> (Details, Vec<RecipientIndex>) {
    let Some(table) = table else { return (Details::None, Vec::new()) };
    let Some(address) = whom.and_then(Whom::address) else { return (Details::Table, Vec::new()) };
    ask(campaign, table.reached(campaign, address, MOST_PLACES)).await
}

async fn ask<T: Default>(
    campaign: CampaignId,
    call: impl Future<Output = Result<T, LookupError>>,
) -> (Details, T) {
    match timeout(PATIENCE, call).await {
        Ok(Ok(known)) => return (Details::Table, known),
        Ok(Err(error)) => warn!(%campaign, %error, "details are missing"),
        Err(_) => warn!(%campaign, "details are missing: the delivery table does not answer"),
    }
    (Details::Unavailable, T::default())
}
