use std::time::{Duration, Instant};

use drumbeat_common::{CampaignId, Status, Tps};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::sleep_until;

use crate::{people::people, shop::Shop};

/// The wanted rate of the campaign that runs on, in the end.
const TPS: u32 = 40;
/// How much of it is done when its picture is taken.
const DONE: f64 = 0.6;

/// Sends campaigns that are over, stopped or planned; answers with one of which everything is known.
pub(crate) async fn prepare(shop: &Shop) -> CampaignId {
    shop.behave(&as_in_life(&json!({}))).await;
    let rehearsal = json!({ "name": "Autumn sale, rehearsal", "tps": 500, "dry_run": true });
    shop.send(&with(rehearsal, people(0, 1_000))).await;
    let wrong = shop.send(&with(json!({ "name": "Flash sale", "tps": 20 }), people(1_000, 600))).await;
    shop.until(wrong, |progress| progress.counts.sent > 80).await;
    shop.client.cancel(wrong).await.unwrap();

    let over = json!({ "name": "Back in stock: the oak desk", "tps": 60 });
    let over = shop.send(&with(over, people(2_000, 1_800))).await;
    let paused = json!({ "name": "Loyalty rewards, October", "tps": 20 });
    let paused = shop.send(&with(paused, people(4_000, 1_600))).await;
    shop.until(paused, |progress| progress.counts.sent > 600).await;
    shop.client.pause(paused).await.unwrap();
    shop.until(over, |progress| {
        let counts = &progress.counts;
        progress.status == Status::Completed && counts.delivered + counts.undelivered == counts.sent
    })
    .await;
    let start = Timestamp::now() + SignedDuration::from_hours(20);
    let next = json!({ "name": "Winter collection, first look", "tps": 100, "start_at": start.to_string() });
    shop.send(&with(next, people(6_000, 1_500))).await;
    over
}

/// Lets a campaign run for so many minutes: faster after a while, and later for a while no faster than AWS takes it.
pub(crate) async fn run(shop: &Shop, minutes: f64) -> CampaignId {
    let total = (minutes * 60.0 * f64::from(TPS) / DONE) as u32;
    let id = shop.send(&with(json!({ "name": "Autumn sale", "tps": 30 }), people(8_000, total))).await;
    let tenth = Duration::from_secs_f64(minutes * 60.0 / 10.0);
    let start = Instant::now();
    let after = |tenths| sleep_until((start + tenth * tenths).into());
    after(3).await;
    shop.client.set_tps(id, Tps::try_from(f64::from(TPS)).unwrap()).await.unwrap();
    after(6).await;
    shop.behave(&as_in_life(&json!({ "sms": "6/6" }))).await;
    after(7).await;
    shop.behave(&as_in_life(&json!({}))).await;
    after(10).await;
    id
}

fn with(mut campaign: Value, people: Vec<Value>) -> Value {
    campaign["recipients"] = people.into();
    campaign
}

/// A few are refused, of a few it is never known, most messages arrive, and some are read.
fn as_in_life(quotas: &Value) -> Value {
    json!({
        "quotas": quotas,
        "latency": { "sms": "lognormal:60-200", "whatsapp": "lognormal:80-250", "email": "lognormal:40-120" },
        "faults": [
            { "service": "sms", "share": 0.015, "kind": "reject" },
            { "service": "whatsapp", "share": 0.005, "kind": "reject" },
            { "service": "email", "share": 0.006, "kind": "reject" },
            { "service": "sms", "share": 0.001, "kind": "cut_before" },
        ],
        "receipts": {
            "delay": "lognormal:800-5000", "failures": 0.015, "read": 0.4, "without_context": 0.1,
        },
    })
}
