use serde_json::json;

use crate::{audit::Audit, house::House, scene::services, seed::Seed};

#[tokio::test]
async fn whoever_is_sent_to_through_every_fault_at_once_is_sent_to_once() {
    let seed = Seed::draw();
    let house = House::open(2).await;
    house
        .behave(json!({ "seed": seed.number(), "faults": [
            { "share": 0.05, "kind": "cut_after" },
            { "share": 0.05, "kind": "cut_before" },
            { "share": 0.10, "kind": "server_error" },
            { "share": 0.10, "kind": "late", "delay_ms": 1_500 },
        ] }))
        .await;
    let id = house.send(5_000, 1_000.0).await;
    let counts = house.completed(id).await.counts;
    assert_eq!((counts.sent + counts.in_doubt, counts.failed), (5_000, 0));
    let audit = Audit::of(&house, id).await;
    audit.pass();
    assert_eq!(audit.reached() as u64, counts.sent + audit.in_doubt_and_reached() as u64);
    let met = services(&house).await;
    assert!(met.iter().all(|service| service.cut > 0 && service.server_errors > 0), "{met:?}");
    // Nothing else makes a doubt.
    let doubts: u64 = met.iter().map(|service| service.cut + service.server_errors).sum();
    assert_eq!(counts.in_doubt, doubts);
    house.stack.stop().await;
}
