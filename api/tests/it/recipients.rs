use drumbeat_common::State;
use redis::AsyncCommands;
use serde_json::{Value, json};

use crate::{
    server::{Api, campaign_of, problem, sms, whatsapp},
    table::{Tracked, each, item, put_failure, put_ledger},
};

#[tokio::test]
async fn who_stands_where_is_told_page_by_page_without_a_table() {
    let api = Api::start().await;
    let id = api.send(&campaign_of(5)).await.campaign_id;
    let (mut seen, mut query) = (Vec::new(), "limit=2".to_owned());
    loop {
        let page = api.get_json(&format!("/api/campaigns/{id}/recipients?{query}")).await;
        assert_eq!(page["details"], "none");
        seen.extend(page["recipients"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_u64() else { break };
        query = format!("limit=2&after={next}");
    }
    let expected = |index: usize| json!({"index": index, "customer_id": format!("CUST-{index}"), "channel": "sms", "state": "pending"});
    assert_eq!(seen, (0..5).map(expected).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_recipient_has_what_the_table_and_the_failures_know() {
    let tracked = Tracked::start().await;
    let api = &tracked.api;
    let id = api.send(&campaign_of(4)).await.campaign_id;
    put_ledger(api, id, [State::Delivered, State::Failed, State::Read, State::Skipped]).await;
    put_failure(api, id, 1, "no such number").await;
    // The table is behind: of the third it knows only that it was delivered.
    tracked.put([item(id, 0, State::Delivered), item(id, 2, State::Delivered)]).await;
    let page = api.get_json(&format!("/api/campaigns/{id}/recipients")).await;
    let tracked_so = |index: u32, state: &str| {
        json!({
            "index": index, "customer_id": format!("CUST-{index}"), "channel": "sms", "state": state,
            "message_id": format!("m-{index}"), "address": "+1415***00",
            "claimed_at": "2026-05-01T09:59:59Z", "sent_at": "2026-05-01T10:00:00Z", "delivered_at": "2026-05-01T10:00:09Z",
            "code": "TEXT_delivered",
        })
    };
    let failed = json!({
        "index": 1, "customer_id": "CUST-1", "channel": "sms", "state": "failed", "code": "ValidationException",
        "failed_at": "2026-05-01T10:00:00Z", "message": "no such number", "attempts": 2,
    });
    let skipped = json!({"index": 3, "customer_id": "CUST-3", "channel": "sms", "state": "skipped"});
    let expected = [tracked_so(0, "delivered"), failed, tracked_so(2, "read"), skipped];
    assert_eq!(page, json!({"recipients": expected, "next": null, "details": "table"}));
}

#[tokio::test]
async fn of_somebody_who_got_two_messages_the_last_is_shown() {
    let tracked = Tracked::start().await;
    let id = tracked.api.send(&campaign_of(1)).await.campaign_id;
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    let mut later = item(id, 0, State::Sent);
    later.insert("message_id".to_owned(), text("m-later"));
    later.insert("sent_at".to_owned(), text("2026-05-02T10:00:00Z"));
    tracked.put([item(id, 0, State::Sent), later]).await;
    let page = tracked.api.get_json(&format!("/api/campaigns/{id}/recipients")).await;
    assert_eq!(each(&page, "message_id"), ["m-later"]);
}

#[tokio::test]
async fn a_table_that_is_away_takes_the_details_with_it_and_nothing_else() {
    let tracked = Tracked::start().await;
    let api = &tracked.api;
    let id = api.send(&campaign_of(3)).await.campaign_id;
    put_ledger(api, id, [State::Delivered; 3]).await;
    tracked.put([item(id, 0, State::Delivered)]).await;
    tracked.lose_table().await;
    let page = api.get_json(&format!("/api/campaigns/{id}/recipients?state=delivered&limit=2")).await;
    assert_eq!(each(&page, "state"), ["delivered", "delivered"]);
    assert_eq!(each(&page, "message_id"), [&Value::Null, &Value::Null]);
    assert_eq!((&page["details"], &page["next"]), (&json!("unavailable"), &json!(1)));
}

#[tokio::test]
async fn two_who_stand_thousands_apart_come_with_their_details() {
    let tracked = Tracked::start().await;
    let api = &tracked.api;
    let id = api.send(&campaign_of(5_000)).await.campaign_id;
    let places = [0, 1, 21, 42, 4_999];
    put_ledger(
        api,
        id,
        (0..5_000).map(|index| if places.contains(&index) { State::Undelivered } else { State::Sent }),
    )
    .await;
    tracked.put(places.map(|index| item(id, index, State::Undelivered))).await;
    // They stand between those who are asked for, and are none of them.
    tracked.put([10, 2_000].map(|index| item(id, index, State::Sent))).await;
    let page = api.get_json(&format!("/api/campaigns/{id}/recipients?state=undelivered")).await;
    assert_eq!(each(&page, "index"), places);
    assert_eq!(each(&page, "message_id"), ["m-0", "m-1", "m-21", "m-42", "m-4999"]);
    let page =
        api.get_json(&format!("/api/campaigns/{id}/recipients?state=undelivered&after=42&limit=1")).await;
    assert_eq!((each(&page, "index"), &page["next"]), (vec![&json!(4_999)], &Value::Null));
}

#[tokio::test]
async fn a_filter_narrows_by_state_channel_and_person() {
    let api = Api::start().await;
    let mut campaign = campaign_of(0);
    campaign["recipients"] = json!([sms(0), whatsapp(1), sms(2), whatsapp(0)]);
    let id = api.send(&campaign).await.campaign_id;
    for (query, expected) in [
        ("channel=whatsapp", vec![1, 3]),
        ("customer=CUST-0", vec![0, 3]),
        ("customer=CUST-0&channel=sms", vec![0]),
        ("customer=CUST-9", vec![]),
        ("address=%2B14155550000", vec![0, 3]),
        ("address=+1%20(415)%20555-0001", vec![1]),
        ("address=%2B14155550000&channel=whatsapp", vec![3]),
        ("address=ana@example.com", vec![]),
        ("state=pending", vec![0, 1, 2, 3]),
        ("state=read", vec![]),
        ("after=3", vec![]),
        ("after=4294967295", vec![]),
    ] {
        let page = api.get_json(&format!("/api/campaigns/{id}/recipients?{query}")).await;
        assert_eq!(each(&page, "index"), expected, "{query}");
    }
}

#[tokio::test]
async fn an_address_that_is_forgotten_is_found_by_the_table_and_only_there() {
    let tracked = Tracked::start().await;
    let api = &tracked.api;
    let id = api.send(&campaign_of(3)).await.campaign_id;
    put_ledger(api, id, [State::Delivered; 3]).await;
    let _: () = api.store.connection().del(format!("{{{id}}}:data")).await.unwrap();
    tracked.put([item(id, 1, State::Delivered)]).await;
    let search =
        async |number| api.get_json(&format!("/api/campaigns/{id}/recipients?address=%2B1415{number}")).await;
    let page = search(5_550_001).await;
    assert_eq!((each(&page, "index"), each(&page, "message_id")), (vec![&json!(1)], vec![&json!("m-1")]));
    assert!(each(&search(5_550_002).await, "index").is_empty());
    tracked.lose_table().await;
    let page = search(5_550_001).await;
    assert_eq!((each(&page, "index").len(), &page["details"]), (0, &json!("unavailable")));
}

#[tokio::test]
async fn a_parameter_that_cannot_be_is_named_with_its_choices() {
    let api = Api::start().await;
    let id = api.send(&campaign_of(1)).await.campaign_id;
    for (query, words) in [
        ("state=arrived", ["state: ", "in_doubt, skipped, cancelled, delivered, undelivered, read"]),
        ("state=", ["state: ", "pending, sending, sent"]),
        ("channel=fax", ["channel: ", "\"sms\", \"whatsapp\" or \"email\""]),
        ("address=CUST-1", ["address: ", "+14155550100 or name@example.com"]),
        ("customer=CUST-1&address=ana@example.com", ["customer and address: ", "one of them"]),
        ("limit=0", ["limit", "1000"]),
        ("limit=1001", ["limit", "1000"]),
        ("after=x", ["after", "invalid digit"]),
        ("sate=sent", ["sate", "state"]),
    ] {
        let problem = problem(api.get(&format!("/api/campaigns/{id}/recipients?{query}")).await).await;
        assert_eq!((problem.status, problem.kind.as_str()), (400, "/problems/invalid-parameters"), "{query}");
        assert!(words.iter().all(|word| problem.detail.contains(word)), "{query}: {}", problem.detail);
    }
    let unknown = api.get("/api/campaigns/01KAPZ3V9C6J2M5Q8R1T4W7Y0B/recipients").await;
    assert_eq!(problem(unknown).await.status, 404);
}
