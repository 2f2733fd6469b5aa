use std::time::{Duration, Instant};

use reqwest::{Method, Response, StatusCode};
use serde_json::json;

use crate::server::{Api, PATIENCE, campaign_of, problem};

async fn is_away(response: Response) {
    assert_eq!(response.headers()["retry-after"], "1");
    let problem = problem(response).await;
    assert_eq!((problem.status, problem.kind.as_str()), (503, "/problems/redis-away"));
}

#[tokio::test]
async fn a_well_server_says_so() {
    let api = Api::start().await;
    assert_eq!(api.get_json("/healthz").await, json!({"status": "ok"}));
    assert_eq!(api.get_json("/readyz").await, json!({"status": "ok"}));
}

#[tokio::test]
async fn a_redis_that_goes_away_is_told_and_one_that_comes_back_is_used() {
    let mut api = Api::start().await;
    let id = api.send(&campaign_of(1)).await.campaign_id;
    api.redis.kill();

    let body = campaign_of(2).to_string();
    for (method, path) in [
        (Method::GET, "/readyz".to_owned()),
        (Method::GET, "/api/campaigns".to_owned()),
        (Method::GET, format!("/api/campaigns/{id}")),
        (Method::GET, format!("/api/campaigns/{id}/progress")),
        (Method::GET, format!("/api/campaigns/{id}/failures")),
        (Method::GET, format!("/api/campaigns/{id}/failures?format=csv")),
        (Method::GET, format!("/api/campaigns/{id}/recipients")),
        (Method::GET, format!("/api/campaigns/{id}/report.csv")),
        (Method::POST, format!("/api/campaigns/{id}/pause")),
        (Method::POST, format!("/api/campaigns/{id}/cancel")),
    ] {
        is_away(api.request(method, &path).send().await.unwrap()).await;
    }
    is_away(api.campaign(body.clone()).header("idempotency-key", "k").send().await.unwrap()).await;
    let unkeyed = problem(api.campaign(body.clone()).send().await.unwrap()).await;
    assert_eq!((unkeyed.status, unkeyed.kind.as_str()), (503, "/problems/interrupted"));
    assert!(unkeyed.campaign_id.is_some() && unkeyed.detail.contains("sends nothing"), "{}", unkeyed.detail);
    assert_eq!(api.get_json("/healthz").await, json!({"status": "ok"}));

    api.redis.restart().await;
    let deadline = Instant::now() + PATIENCE;
    while api.get("/readyz").await.status() != StatusCode::OK {
        assert!(Instant::now() < deadline, "the API does not come back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let response = api.campaign(body).header("idempotency-key", "k").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::ACCEPTED);
}

#[tokio::test]
async fn what_drumbeat_did_not_write_is_an_error_of_its_own() {
    let api = Api::start().await;
    let id = api.send(&campaign_of(1)).await.campaign_id;
    let mut hset = redis::cmd("HSET");
    hset.arg(format!("{{{id}}}:campaign")).arg("status").arg("dancing");
    hset.exec_async(&mut api.store.connection()).await.unwrap();
    let problem = problem(api.get(&format!("/api/campaigns/{id}")).await).await;
    assert_eq!(problem.status, 500);
}

#[tokio::test]
async fn a_redis_that_hangs_is_not_waited_for() {
    let api = Api::start().await;
    let mut pause = redis::cmd("CLIENT");
    pause.arg("PAUSE").arg(600_000).arg("ALL");
    pause.exec_async(&mut api.store.connection()).await.unwrap();
    let asked = Instant::now();
    is_away(api.get("/readyz").await).await;
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
    is_away(api.get("/api/campaigns").await).await;
    assert!(asked.elapsed() < PATIENCE, "{:?}", asked.elapsed());
    assert_eq!(api.get("/healthz").await.status(), StatusCode::OK);
}
