use drumbeat_api::{CampaignView, ChannelTotals};
use drumbeat_common::{InDoubtPolicy, Progress, Status, catalog};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::server::{Api, campaign_of, email, problem, sms, whatsapp};

#[tokio::test]
async fn a_campaign_is_taken_with_everybody_in_it() {
    let api = Api::start().await;
    let mut recipients: Vec<Value> = (0..120).map(sms).collect();
    recipients.extend((120..200).map(whatsapp));
    recipients.extend((200..250).map(email));
    let answer = api.send(&json!({"name": "Spring sale", "tps": 2.5, "dry_run": true, "in_doubt": "resend", "recipients": recipients})).await;
    assert_eq!((answer.total, answer.batches), (250, 3));
    assert_eq!(answer.channels, ChannelTotals { sms: 120, whatsapp: 80, email: 50 });
    assert!(answer.rejected.is_empty());

    let id = answer.campaign_id;
    let view: CampaignView = api.get(&format!("/api/campaigns/{id}")).await.json().await.unwrap();
    assert_eq!((view.campaign_id, view.name.as_str(), view.status), (id, "Spring sale", Status::Running));
    assert_eq!((view.tps, view.dry_run, view.in_doubt), (2.5, true, InDoubtPolicy::Resend));
    assert_eq!((view.total, view.batches), (250, 3));
    assert!(view.started_at.is_some() && view.finished_at.is_none() && view.status_reason.is_none());

    let progress: Progress = api.get(&format!("/api/campaigns/{id}/progress")).await.json().await.unwrap();
    assert_eq!((progress.counts.total, progress.counts.pending), (250, 250));
    assert_eq!(progress.channels.whatsapp.pending, 80);
    assert_eq!(progress.batches.total, 3);
    assert_eq!(progress.eta_seconds, Some(100));

    // Only what is used travels with the campaign: the email came with a finished message.
    let taken_along = catalog::templates(&api.store, id).await.unwrap();
    assert_eq!(taken_along.len(), 2);
}

#[tokio::test]
async fn what_is_not_asked_for_has_its_default() {
    let api = Api::start().await;
    let id = api.send(&campaign_of(1)).await.campaign_id;
    let view: CampaignView = api.get(&format!("/api/campaigns/{id}")).await.json().await.unwrap();
    assert_eq!((view.tps, view.dry_run, view.in_doubt), (10.0, false, InDoubtPolicy::Hold));
}

#[tokio::test]
async fn a_campaign_of_many_pushes_is_complete() {
    let api = Api::start().await;
    let answer = api.send(&campaign_of(10_001)).await;
    assert_eq!((answer.total, answer.batches), (10_001, 101));
    let progress = api.get_json(&format!("/api/campaigns/{}/progress", answer.campaign_id)).await;
    assert_eq!((&progress["total"], &progress["pending"]), (&json!(10_001), &json!(10_001)));
    assert_eq!(progress["batches"]["total"], 101);
}

#[tokio::test]
async fn variables_may_be_texts_numbers_and_booleans_and_null_is_absent() {
    let api = Api::start().await;
    let mut recipient = sms(1);
    recipient["variables"] = json!({"first_name": 12.5, "vip": true, "city": "Lima"});
    recipient["email"] = Value::Null;
    recipient["message"] = Value::Null;
    recipient["subject"] = Value::Null;
    let answer = api.send(&json!({"name": "n", "recipients": [recipient]})).await;
    assert_eq!(answer.total, 1);
}

#[tokio::test]
async fn a_body_must_say_what_it_is() {
    let api = Api::start().await;
    let body = campaign_of(1).to_string();
    for content_type in [Some("application/x-www-form-urlencoded"), Some("application/jsonp"), None] {
        let mut request = api.request(reqwest::Method::POST, "/api/send-campaign").body(body.clone());
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let problem = problem(request.send().await.unwrap()).await;
        assert_eq!(problem.status, 415, "{content_type:?}");
        assert!(
            problem.detail.contains("application/json, application/x-ndjson or text/csv"),
            "{}",
            problem.detail
        );
    }
    let request = api.request(reqwest::Method::POST, "/api/send-campaign").body(body);
    let taken = request.header("content-type", "Application/JSON; charset=utf-8").send().await.unwrap();
    assert_eq!(taken.status(), StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_in_words() {
    let api = Api::start().await;
    let body = vec![b' '; 64 * 1024 * 1024 + 1];
    for expect in [false, true] {
        let mut request = api.campaign(body.clone());
        if expect {
            request = request.header("expect", "100-continue");
        }
        let problem = problem(request.send().await.unwrap()).await;
        assert_eq!(problem.status, 413);
        assert!(problem.detail.contains("64 MiB"), "{}", problem.detail);
    }
    assert_eq!(api.keys_in_redis().await, 0);
}

#[tokio::test]
async fn a_body_as_large_as_allowed_is_read() {
    let api = Api::start().await;
    let campaign = campaign_of(2).to_string();
    let body = format!("{}{campaign}", "\n".repeat(64 * 1024 * 1024 - campaign.len()));
    let response = api.campaign(body).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_stop_lets_the_last_answer_out() {
    let api = Api::start().await;
    api.send(&campaign_of(1)).await;
    api.stop().await.unwrap();
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever_for_a_body_that_never_ends() {
    let api = Api::start().await;
    let mut caller = TcpStream::connect(api.address()).await.unwrap();
    let head = "POST /api/send-campaign HTTP/1.1\r\nhost: drumbeat\r\ncontent-type: application/json\r\n\
                content-length: 100\r\nexpect: 100-continue\r\n\r\n";
    caller.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the body: from here on, an answer is under way.
    let mut answer = [0; 12];
    caller.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100");
    api.stop().await.unwrap();
}
