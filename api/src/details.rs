use std::{collections::HashMap, time::Duration};

use drumbeat_common::{CampaignId, RecipientIndex};
use drumbeat_tracking::{DeliveryTable, Item};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use tracing::warn;
use utoipa::ToSchema;

/// The longest that a page waits for the table: who stands where is known without it.
const PATIENCE: Duration = Duration::from_secs(3);

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
pub(crate) async fn details(
    table: Option<&DeliveryTable>,
    campaign: CampaignId,
    recipients: &[RecipientIndex],
) -> (Details, HashMap<RecipientIndex, Item>) {
    let Some(table) = table else { return (Details::None, HashMap::new()) };
    match timeout(PATIENCE, table.of_recipients(campaign, recipients)).await {
        Ok(Ok(items)) => return (Details::Table, items),
        Ok(Err(error)) => warn!(%campaign, %error, "details are missing"),
        Err(_) => warn!(%campaign, "details are missing: the delivery table does not answer"),
    }
    (Details::Unavailable, HashMap::new())
}
