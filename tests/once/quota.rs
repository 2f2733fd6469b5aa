use drumbeat_common::Counts;
use serde_json::json;

use crate::{audit::Audit, house::House, scene::services};

#[tokio::test]
async fn a_quota_of_half_the_rate_is_used_up_and_hardly_run_into() {
    // Of the campaign's rate, which has to be within reach: the quota alone is to be the limit.
    const QUOTA: f64 = if cfg!(debug_assertions) { 200.0 } else { 500.0 };
    let house = House::open_alone(2).await;
    house.behave(json!({ "quotas": { "all": QUOTA.to_string() } })).await;
    let id = house.send(5_000, QUOTA * 2.0).await;
    let counts = house.completed(id).await.counts;
    assert_eq!(counts, Counts { total: 5_000, sent: 5_000, ..Counts::default() });
    Audit::of(&house, id).await.pass();
    let services = services(&house).await;
    let calls: u64 = services.iter().map(|service| service.calls).sum();
    let throttled: u64 = services.iter().map(|service| service.throttled).sum();
    assert!(throttled * 50 < calls, "{throttled} of {calls} calls were throttled");
    let rate = house.stats().await.campaigns[&id.to_string()].rate.unwrap();
    assert!(rate >= QUOTA * 0.9, "{rate} a second of {QUOTA}");
    house.stack.stop().await;
}
