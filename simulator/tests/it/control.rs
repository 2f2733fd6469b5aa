use serde_json::{Value, json};

use crate::stand::{PHONE, Stand};

#[tokio::test]
async fn settings_are_replaced_whole() {
    let stand = Stand::start(json!({ "quotas": { "sms": "50/2" }, "seed": 7 })).await;
    let path = format!("{}/simulator/settings", stand.url);
    assert_eq!(stand.get("/simulator/settings").await["quotas"]["sms"], "50/2");
    let put = stand.http.put(&path).json(&json!({ "faults": [{ "kind": "reject" }] }));
    assert_eq!(put.send().await.unwrap().status(), 200);
    let settings = stand.get("/simulator/settings").await;
    assert_eq!((&settings["quotas"]["sms"], &settings["seed"]), (&Value::Null, &Value::Null));
    assert_eq!(settings["faults"], json!([{ "kind": "reject" }]));
    assert!(stand.text(PHONE).await.is_err());
}

#[tokio::test]
async fn settings_that_are_wrong_are_refused_and_change_nothing() {
    let stand = Stand::start(json!({ "seed": 7 })).await;
    let path = format!("{}/simulator/settings", stand.url);
    for (settings, why) in [
        (json!({ "quota": "50/2" }), "unknown field `quota`"),
        (json!({ "quotas": { "sms": "fast" } }), "not a quota: \"fast\""),
        (json!({ "latency": { "email": "50" } }), "write fixed:50"),
        (json!({ "faults": [{ "kind": "late" }] }), "needs delay_ms"),
        (json!({ "faults": [{ "kind": "explode" }] }), "unknown variant `explode`"),
    ] {
        let answer = stand.http.put(&path).json(&settings).send().await.unwrap();
        assert_eq!(answer.status(), 400);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let problem: Value = answer.json().await.unwrap();
        assert!(problem["detail"].as_str().unwrap().contains(why), "{problem}");
    }
    assert_eq!(stand.get("/simulator/settings").await["seed"], 7);
}

#[tokio::test]
async fn messages_come_in_pages_and_can_be_forgotten() {
    let stand = Stand::start(json!({})).await;
    for _ in 0..5 {
        stand.text(PHONE).await.unwrap();
    }
    let seqs = |page: Value| {
        page.as_array().unwrap().iter().map(|message| message["seq"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(seqs(stand.get("/simulator/messages?limit=2").await), [1, 2]);
    assert_eq!(seqs(stand.get("/simulator/messages?after=2&limit=2").await), [3, 4]);
    assert_eq!(seqs(stand.get("/simulator/messages?after=4").await), [5]);
    let delete = stand.http.delete(format!("{}/simulator/messages", stand.url));
    assert_eq!(delete.send().await.unwrap().status(), 204);
    assert_eq!(stand.get("/simulator/messages").await, json!([]));
    let stats = stand.stats().await;
    assert_eq!((stats.total, stats.services.sms.calls, stats.services.sms.first_at_us), (0, 0, None));
    stand.text(PHONE).await.unwrap();
    assert_eq!(stand.get("/simulator/messages").await[0]["seq"], 1);
}

#[tokio::test]
async fn health_is_one_call_and_the_rest_says_what_there_is() {
    let stand = Stand::start(json!({})).await;
    assert_eq!(stand.get("/healthz").await["status"], "ok");
    let there_is_not = stand.get("/simulator/nothing").await;
    assert_eq!(there_is_not["status"], 404);
    assert_eq!(stand.get("/simulator/messages?limit=0").await["status"], 400);
    let answer = stand.post("/simulator/stats", &[], "").await;
    assert_eq!(answer.status(), 405);
}

#[tokio::test]
async fn shutting_down_answers_calls_in_flight_and_ends() {
    let stand = Stand::start(json!({ "latency": { "sms": "fixed:200" } })).await;
    let call = stand.sms.send_text_message().destination_phone_number(PHONE).message_body("Hello").send();
    let call = tokio::spawn(call);
    while stand.stats().await.total == 0 {
        tokio::task::yield_now().await;
    }
    stand.stop.send(()).unwrap();
    assert!(call.await.unwrap().is_ok());
    stand.serving.await.unwrap().unwrap();
    assert!(stand.http.get(format!("{}/healthz", stand.url)).send().await.is_err());
}
