//! What a campaign makes of providers that throttle or refuse, and of batches that cannot be sent.

use drumbeat_common::{Counts, Status};
use redis::AsyncCommands;
use serde_json::json;

use crate::house::House;

#[tokio::test]
async fn a_provider_that_throttles_slows_the_campaign_down_and_loses_nobody() {
    let house = House::open(2).await;
    house.behave(json!({ "quotas": { "all": "40/5" } })).await;
    let id = house.send(300, 80.0).await;
    let slowed = house.until(id, |progress| progress.effective_tps < 80.0).await;
    assert!(slowed.effective_tps >= 1.0);
    let reason = slowed.status_reason.unwrap();
    assert!(reason.starts_with("throttled by AWS ("), "{reason}");

    let counts = house.completed(id).await.counts;
    assert_eq!(counts, Counts { total: 300, sent: 300, ..Counts::default() });
    let stats = house.stats().await;
    assert_eq!((stats.total, stats.duplicates), (300, 0));
}

#[tokio::test]
async fn a_campaign_that_fails_nearly_everybody_pauses_itself_and_can_go_on() {
    let house = House::open(2).await;
    house.behave(json!({ "faults": [{ "kind": "reject" }] })).await;
    let id = house.send(600, 300.0).await;
    let paused = house.until(id, |p| p.status == Status::Paused && p.counts.sending == 0).await;
    let reason = paused.status_reason.unwrap();
    assert!(reason.contains(" of the last 100 attempts failed, the last with "), "{reason}");
    assert!((51..300).contains(&paused.counts.failed), "{:?}", paused.counts);

    house.behave(json!({})).await;
    house.client.resume(id).await.unwrap();
    let counts = house.completed(id).await.counts;
    assert_eq!(counts.failed, paused.counts.failed);
    assert_eq!(counts.sent + counts.failed, 600);
    assert_eq!(house.stats().await.total, counts.sent);
}

#[tokio::test]
async fn batches_that_cannot_be_read_or_kill_their_workers_fail_and_the_others_go_out() {
    let mut house = House::open(0).await;
    let id = house.send(350, 1_000.0).await;
    let redis = redis::Client::open(house.stack.redis_url()).unwrap();
    let mut redis = redis.get_multiplexed_async_connection().await.unwrap();
    let jobs = format!("{{{id}}}:data");
    let mut packed: Vec<u8> = redis.hget(&jobs, 1).await.unwrap();
    packed[20] ^= 1;
    let _: () = redis.hset(&jobs, 1, packed).await.unwrap();
    // As if five workers had died of it.
    let _: () = redis.hset(format!("{{{id}}}:deliveries"), 3, 5).await.unwrap();

    house.stack.add_worker().await.unwrap();
    let counts = house.completed(id).await.counts;
    assert_eq!(counts, Counts { total: 350, sent: 200, failed: 150, ..Counts::default() });
    let failures = house.failures(id).await;
    for (failure, index) in failures.iter().zip((100..200).chain(300..350)) {
        let crashed = index >= 300;
        assert_eq!(failure.index, index);
        assert_eq!(failure.code, if crashed { "BatchCrashed" } else { "BatchUnreadable" });
        assert_eq!(failure.customer_id.is_empty(), !crashed);
    }
    assert_eq!(failures.len(), 150);
    assert_eq!(house.stats().await.total, 200);
}
