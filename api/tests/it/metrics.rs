use std::collections::BTreeMap;

use drumbeat_common::{Channel, suppression::NewSuppression};
use redis::AsyncCommands;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::server::{Api, campaign_of, problem, sms, whatsapp};

/// The value of each series, by its name and labels.
async fn scrape(api: &Api) -> BTreeMap<String, f64> {
    let response = api.get("/metrics").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("application/openmetrics-text"));
    let text = response.text().await.unwrap();
    assert!(text.ends_with("# EOF\n"), "{text}");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap();
            (series.to_owned(), value.parse().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn an_empty_drumbeat_has_metrics_of_nothing() {
    let metrics = scrape(&Api::start().await).await;
    for status in ["loading", "scheduled", "running", "paused", "over"] {
        assert_eq!(metrics[&format!("drumbeat_campaigns{{status=\"{status}\"}}")], 0.0);
    }
    for series in ["drumbeat_outbox_entries", "drumbeat_suppressed_addresses", "drumbeat_campaigns_left_out"]
    {
        assert_eq!(metrics[series], 0.0, "{series}");
    }
    assert!(metrics.keys().any(|series| series.starts_with("drumbeat_build_info{version=")), "{metrics:?}");
}

#[tokio::test]
async fn campaigns_people_and_reports_are_counted() {
    let api = Api::start().await;
    let mut mixed = campaign_of(0);
    mixed["recipients"] = json!([sms(0), sms(1), whatsapp(2)]);
    api.send(&mixed).await;
    let paused = api.send(&campaign_of(4)).await.campaign_id;
    let over = api.send(&campaign_of(9)).await.campaign_id;
    assert!(api.post(&format!("/api/campaigns/{paused}/pause")).await.status().is_success());
    assert!(api.post(&format!("/api/campaigns/{over}/cancel")).await.status().is_success());

    let mut connection = api.store.connection();
    let kinds = [("TEXT_DELIVERED", 7), ("odd \"kind\"\\", 1)];
    let _: () = connection.hset_multiple("drumbeat:receipts", &kinds).await.unwrap();
    let outbox = format!("{{{paused}}}:outbox");
    let _: () = connection.xadd(outbox, "*", &[("sent", "x")]).await.unwrap();
    let _: () = connection.zadd("drumbeat:outboxes", paused.to_string(), 1).await.unwrap();
    let address = drumbeat_common::Address::new(Channel::Sms, "+14155550100".to_owned());
    let suppressed =
        NewSuppression { address: address.unwrap(), reason: "bounce".to_owned().try_into().unwrap() };
    drumbeat_common::suppression::add(&api.store, &[suppressed]).await.unwrap();

    let metrics = scrape(&api).await;
    for (series, value) in [
        ("drumbeat_campaigns{status=\"running\"}", 1.0),
        ("drumbeat_campaigns{status=\"paused\"}", 1.0),
        ("drumbeat_campaigns{status=\"over\"}", 1.0),
        ("drumbeat_recipients{channel=\"sms\",state=\"pending\"}", 6.0),
        ("drumbeat_recipients{channel=\"whatsapp\",state=\"pending\"}", 1.0),
        ("drumbeat_outbox_entries", 1.0),
        ("drumbeat_suppressed_addresses", 1.0),
        ("drumbeat_receipts_total{kind=\"TEXT_DELIVERED\"}", 7.0),
        ("drumbeat_receipts_total{kind=\"odd \\\"kind\\\"\\\\\"}", 1.0),
    ] {
        assert_eq!(metrics.get(series), Some(&value), "{series}: {metrics:?}");
    }
}

#[tokio::test]
async fn with_keys_metrics_need_one() {
    let api = Api::with_keys(&["key"]).await;
    assert_eq!(problem(api.get("/metrics").await).await.status, 401);
    let answer = api.request(Method::GET, "/metrics").bearer_auth("key").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn without_redis_there_are_none() {
    let mut api = Api::start().await;
    api.redis.kill();
    assert_eq!(problem(api.get("/metrics").await).await.kind, "/problems/redis-away");
}
