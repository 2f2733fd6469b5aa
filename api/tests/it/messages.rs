use aws_sdk_dynamodb::types::AttributeValue;
use drumbeat_common::{CampaignId, State};
use serde_json::json;

use crate::{
    server::{Api, problem},
    table::{Tracked, item},
};

#[tokio::test]
async fn a_message_is_found_by_its_id() {
    let tracked = Tracked::start().await;
    let id = CampaignId::generate();
    let mut odd = item(id, 7, State::Read);
    odd.insert("message_id".to_owned(), AttributeValue::S("wamid.a/b c+d=?".to_owned()));
    tracked.put([odd]).await;
    assert_eq!(
        tracked.api.get_json("/api/messages/wamid.a%2Fb%20c+d=%3F").await,
        json!({
            "message_id": "wamid.a/b c+d=?", "campaign_id": id, "recipient": 7, "customer_id": "CUST-7",
            "channel": "sms", "address": "+1415***00", "status": "read", "code": "TEXT_read",
            "claimed_at": "2026-05-01T09:59:59Z", "sent_at": "2026-05-01T10:00:00Z", "read_at": "2026-05-01T10:00:09Z",
            "expires_at": "2027-01-15T08:00:00Z",
        })
    );
}

#[tokio::test]
async fn what_names_no_message_is_not_found() {
    let tracked = Tracked::start().await;
    for id in ["m-1", "%FF", &"x".repeat(2_048), &"x".repeat(10_000)] {
        let problem = problem(tracked.api.get(&format!("/api/messages/{id}")).await).await;
        assert_eq!((problem.status, problem.kind.as_str()), (404, "/problems/unknown-message"), "{id:.5}");
    }
}

#[tokio::test]
async fn without_a_table_the_problem_names_the_variable() {
    let problem = problem(Api::start().await.get("/api/messages/m-1").await).await;
    assert_eq!((problem.status, problem.kind.as_str()), (501, "/problems/no-delivery-table"));
    assert!(problem.detail.contains("DYNAMODB_DELIVERY_TRACKING_TABLE"), "{}", problem.detail);
}

#[tokio::test]
async fn a_table_that_is_away_is_told_with_what_was_asked_of_it() {
    let tracked = Tracked::start().await;
    tracked.lose_table().await;
    let problem = problem(tracked.api.get("/api/messages/m-1").await).await;
    assert_eq!((problem.status, problem.kind.as_str()), (503, "/problems/delivery-table-away"));
    assert!(problem.detail.contains("drumbeat-tracking (dynamodb:GetItem)"), "{}", problem.detail);
}
