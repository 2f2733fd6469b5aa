//! What the scenarios have in common: a Drumbeat that writes a table and reads a queue.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::types::AttributeValue;
use drumbeat_common::{CampaignId, Counts, Recount};

use crate::{
    counter::Counter,
    house::{House, PATIENCE},
    migrate::{LIMITS, TRACKING, migrate},
    stand_in::StandIn,
};

pub(crate) struct Scene {
    pub(crate) house: House,
    pub(crate) stand_in: StandIn,
    /// Between the workers and DynamoDB.
    pub(crate) counter: Counter,
}

/// An item of the delivery table, as it stands there.
pub(crate) type Item = HashMap<String, AttributeValue>;

impl Scene {
    /// Tables as `drumbeat migrate` makes them, and so many workers.
    pub(crate) async fn open(workers: usize) -> Self {
        let stand_in = StandIn::start().await;
        migrate(&stand_in, &[]).await;
        let counter = Counter::before(&stand_in.url).await;
        let mut house = House::open(0).await;
        house.stack.worker_env("AWS_ENDPOINT_URL_DYNAMODB", &counter.url);
        house.stack.worker_env("AWS_ENDPOINT_URL_SQS", &stand_in.url);
        house.stack.worker_env("DYNAMODB_DELIVERY_TRACKING_TABLE", TRACKING);
        house.stack.worker_env("DYNAMODB_RATE_LIMITS_TABLE", LIMITS);
        house.stack.worker_env("RECEIPTS_QUEUE_URL", &stand_in.queue_url);
        for _ in 0..workers {
            house.stack.add_worker().await.unwrap();
        }
        Self { house, stand_in, counter }
    }

    /// Every item of the delivery table.
    pub(crate) async fn items(&self) -> Vec<Item> {
        let pages = self.stand_in.dynamodb.scan().table_name(TRACKING).consistent_read(true);
        let pages = pages.into_paginator().items().send();
        pages.collect::<Result<_, _>>().await.unwrap()
    }

    /// Waits until the table was told everything.
    pub(crate) async fn until_told(&self, id: CampaignId) {
        self.house.until(id, |progress| progress.untracked == 0).await;
    }

    /// Ledger, table and progress say the same of a campaign, and the table tells every message once.
    pub(crate) async fn check(&self, id: CampaignId) -> Counts {
        self.until_told(id).await;
        let recount: Recount = self.house.client.recount(id).await.unwrap();
        assert!(recount.equal, "{recount:?}");
        let progress = self.house.progress(id).await;
        assert_eq!(progress.counts, recount.ledger.counts);
        let counts = progress.counts;
        let items = self.items().await;
        let mut by_status = BTreeMap::<&str, u64>::new();
        for item in &items {
            *by_status.entry(item["status"].as_s().unwrap()).or_default() += 1;
        }
        let ledger = [
            ("delivered", counts.delivered - counts.read),
            ("read", counts.read),
            ("sent", counts.sent - counts.delivered - counts.undelivered),
            ("undelivered", counts.undelivered),
        ];
        let expected: BTreeMap<_, _> = ledger.into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(by_status, expected);
        let mut told: Vec<_> = items.iter().map(|item| item["message_id"].as_s().unwrap().clone()).collect();
        let messages = self.house.messages().await;
        let mut accepted: Vec<_> = messages.into_iter().map(|message| message.message_id).collect();
        told.sort_unstable();
        accepted.sort_unstable();
        assert!(told == accepted, "{} items of {} messages", told.len(), accepted.len());
        counts
    }
}

/// Looks until it is so.
pub(crate) async fn until(what: &str, mut wish: impl AsyncFnMut() -> bool) {
    let patience_ends = Instant::now() + PATIENCE;
    while !wish().await {
        assert!(Instant::now() < patience_ends, "never: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
