//! A delivery table, as the simulator keeps it, and what stands in it.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use drumbeat_common::{Address, AddressPrint, CampaignId, Channel, State};
use drumbeat_tracking::{Migration, Mode, Tables};
use redis::AsyncCommands;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    account::{self, Aws},
    server::{Api, PATIENCE},
};

const NAME: &str = "drumbeat-tracking";
/// What `BatchWriteItem` takes.
const BATCH: usize = 25;

/// An api with a delivery table.
pub(crate) struct Tracked {
    pub(crate) api: Api,
    aws: Aws,
    table: Client,
}

impl Tracked {
    pub(crate) async fn start() -> Self {
        let aws = Aws::with(json!({})).await;
        let config = account::config(&aws.url).await;
        let table = drumbeat_tracking::client(&config);
        let tables = Tables { delivery_tracking: Some(NAME.parse().unwrap()), rate_limits: None };
        for migration in Migration::all() {
            migration.bring_up(&table, &tables, Mode::Apply).await.unwrap();
        }
        Self { api: Api::with_table(config, NAME).await, aws, table }
    }

    pub(crate) async fn put(&self, items: impl IntoIterator<Item = HashMap<String, AttributeValue>>) {
        let items: Vec<_> = items.into_iter().collect();
        for items in items.chunks(BATCH) {
            let put =
                |item: &HashMap<_, _>| PutRequest::builder().set_item(Some(item.clone())).build().unwrap();
            let puts =
                items.iter().map(|item| WriteRequest::builder().put_request(put(item)).build()).collect();
            let call = self.table.batch_write_item().request_items(NAME, puts);
            let left = call.send().await.unwrap().unprocessed_items.unwrap_or_default();
            assert!(left.is_empty());
        }
    }

    /// From now on DynamoDB refuses everything.
    pub(crate) async fn lose_table(&self) {
        let settings = json!({"dynamodb": {"refuse": {"with": "server_error"}}}).to_string();
        let url = format!("{}/simulator/settings", self.aws.url);
        let answer = reqwest::Client::new().request(Method::PUT, url).body(settings).timeout(PATIENCE);
        answer.send().await.unwrap().error_for_status().unwrap();
    }
}

/// An item as the worker writes it: of a message that came so far.
pub(crate) fn item(campaign: CampaignId, index: u32, status: State) -> HashMap<String, AttributeValue> {
    let text = |text: String| AttributeValue::S(text);
    let number = |number: u32| AttributeValue::N(number.to_string());
    let mut item = HashMap::from([
        ("message_id".to_owned(), text(format!("m-{index}"))),
        ("campaign_id".to_owned(), text(campaign.to_string())),
        ("recipient".to_owned(), number(index)),
        ("customer_id".to_owned(), text(format!("CUST-{index}"))),
        ("channel".to_owned(), text("sms".to_owned())),
        ("address".to_owned(), text("+1415***00".to_owned())),
        ("status".to_owned(), text(status.to_string())),
        ("claimed_at".to_owned(), text("2026-05-01T09:59:59Z".to_owned())),
        ("sent_at".to_owned(), text("2026-05-01T10:00:00Z".to_owned())),
        ("expires_at".to_owned(), number(1_800_000_000)),
    ]);
    let reached = Address::new(Channel::Sms, format!("+1415{}", 5_550_000 + index)).unwrap();
    let print = AddressPrint::of(campaign, &reached).to_string();
    item.insert("address_print".to_owned(), text(print));
    if status != State::Sent {
        item.insert("code".to_owned(), text(format!("TEXT_{status}")));
        item.insert(format!("{status}_at"), text("2026-05-01T10:00:09Z".to_owned()));
    }
    item
}

/// Has everybody stand as told, whatever they did; `states` by index.
pub(crate) async fn put_ledger(api: &Api, id: CampaignId, states: impl IntoIterator<Item = State>) {
    // All of them are of the channel SMS.
    let bytes: Vec<u8> = states.into_iter().map(|state| 0x40 + state as u8).collect();
    let _: () = api.store.connection().set(format!("{{{id}}}:ledger"), bytes).await.unwrap();
}

/// Notes why somebody failed.
pub(crate) async fn put_failure(api: &Api, id: CampaignId, index: u32, message: &str) {
    let failure = json!({
        "batch": index / 100, "index": index, "customer_id": format!("CUST-{index}"), "channel": "sms",
        "state": "failed", "code": "ValidationException", "message": message, "attempts": 2,
        "at": "2026-05-01T10:00:00Z",
    });
    let key = format!("{{{id}}}:reasons");
    let _: () = api.store.connection().hset(key, index, failure.to_string()).await.unwrap();
}

/// The field of each recipient of a page.
pub(crate) fn each<'a>(page: &'a Value, field: &str) -> Vec<&'a Value> {
    page["recipients"].as_array().unwrap().iter().map(|recipient| &recipient[field]).collect()
}
