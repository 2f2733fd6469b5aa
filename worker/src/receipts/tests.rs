//! Reading the receipts queue, against a stand-in for it and a real Redis.

use std::{
    collections::VecDeque,
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::config::Credentials;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use drumbeat_common::{CampaignId, RecipientIndex, State as Place, ledger};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Notify};
use tokio_util::sync::CancellationToken;

use super::{FIRST_REST, LONGEST_REST, MOST_ROUNDS, Pace, reader, round::Found, run};
use crate::Config;

#[path = "../../../common/tests/it/server.rs"]
#[expect(dead_code, reason = "it is made for the tests of all that Redis holds")]
mod server;

use server::Server;

const QUEUE: &str = "https://sqs.eu-west-1.amazonaws.com/111122223333/receipts";

/// A queue that gives out what it is given, and notes what becomes of it.
#[derive(Clone, Default)]
struct Sqs(Arc<Inner>);

#[derive(Default)]
struct Inner {
    content: Mutex<Content>,
    changed: Notify,
}

#[derive(Default)]
struct Content {
    batches: VecDeque<Vec<String>>,
    refuses: Option<&'static str>,
    polls: usize,
    deleted: Vec<String>,
    postponed: Vec<(String, u64)>,
}

impl Sqs {
    async fn serve(&self) -> SdkConfig {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().route("/", post(answer)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
            .endpoint_url(endpoint)
            .load()
            .await
    }

    /// Waits until the content is as it should be.
    async fn until(&self, is_so: impl Fn(&Content) -> bool) {
        let so = async {
            loop {
                let changed = self.0.changed.notified();
                if is_so(&self.0.content.lock().unwrap()) {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), so).await.unwrap();
    }
}

async fn answer(State(Sqs(inner)): State<Sqs>, headers: HeaderMap, body: String) -> Response {
    let request: Value = serde_json::from_str(&body).unwrap();
    let entries = || request["Entries"].as_array().unwrap().clone();
    let handle = |entry: &Value| entry["ReceiptHandle"].as_str().unwrap().to_owned();
    let answer = {
        let mut content = inner.content.lock().unwrap();
        if let Some(code) = content.refuses {
            content.polls += 1;
            inner.changed.notify_waiters();
            let body = json!({ "__type": code, "message": "no" });
            return (StatusCode::BAD_REQUEST, body.to_string()).into_response();
        }
        match headers["x-amz-target"].to_str().unwrap() {
            "AmazonSQS.ReceiveMessage" => {
                content.polls += 1;
                content
                    .batches
                    .pop_front()
                    .map(|batch| json!({ "Messages": batch.iter().map(message).collect::<Vec<_>>() }))
            }
            "AmazonSQS.DeleteMessageBatch" => {
                content.deleted.extend(entries().iter().map(handle));
                Some(json!({ "Successful": [], "Failed": [] }))
            }
            "AmazonSQS.ChangeMessageVisibilityBatch" => {
                let wait = |entry: &Value| entry["VisibilityTimeout"].as_u64().unwrap();
                content.postponed.extend(entries().iter().map(|entry| (handle(entry), wait(entry))));
                Some(json!({ "Successful": [], "Failed": [] }))
            }
            other => panic!("{other}"),
        }
    };
    inner.changed.notify_waiters();
    match answer {
        Some(answer) => answer.to_string().into_response(),
        // A long poll of an empty queue.
        None => pending().await,
    }
}

fn message(body: &String) -> Value {
    json!({
        "MessageId": "m", "ReceiptHandle": body, "Body": body, "Attributes": { "ApproximateReceiveCount": "1" },
    })
}

fn sms(campaign: CampaignId, index: u32) -> String {
    json!({
        "source": "aws.sms-voice", "detail-type": "Text Message Delivery Status Updated", "account": "111122223333",
        "detail": {
            "eventType": "TEXT_DELIVERED", "eventTimestamp": 1_793_613_600_000_u64, "messageId": format!("sms-{index}"),
            "context": { "campaign_id": campaign.to_string(), "recipient": index.to_string() },
        },
    })
    .to_string()
}

fn config() -> Config {
    Config { receipts_queue_url: Some(QUEUE.to_owned()), ..Config::default() }
}

#[tokio::test]
async fn what_is_taken_is_deleted_and_what_is_early_comes_again() {
    let (server, sqs) = (Server::start().await, Sqs::default());
    let (campaign, batches) = server.campaign(6, 10_000.0).await;
    let held = server::claim_all(&server.redis, &batches[0], server::new_claimer()).await;
    let sent: Vec<_> = held.into_iter().filter(|(index, _)| *index != RecipientIndex::new(3)).collect();
    let settled = server::settlements(&sent, |index| server::settled(index, Place::Sent));
    ledger::settle(&server.redis, campaign, &settled).await.unwrap();

    let (delivered, early) = (sms(campaign, 0), sms(campaign, 3));
    sqs.0.content.lock().unwrap().batches.push_back(vec![delivered.clone(), early.clone(), "{".to_owned()]);
    let reader = reader(&sqs.serve().await, &config(), &server.redis, None).unwrap();
    let stop = CancellationToken::new();
    let reading = tokio::spawn(run(reader, stop.clone()));
    sqs.until(|content| content.deleted.len() == 2 && content.postponed.len() == 1).await;
    {
        let content = sqs.0.content.lock().unwrap();
        assert_eq!(content.deleted, [delivered, "{".to_owned()]);
        assert_eq!(content.postponed, [(early, 15)]);
    }
    let ledger = ledger::read(&server.redis, campaign).await.unwrap();
    assert_eq!(ledger[0].state, Place::Delivered);
    assert_eq!(ledger[3].state, Place::Sending);

    // The next long poll would last, and a stop does not wait for it.
    sqs.until(|content| content.polls == 2).await;
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(5), reading).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_queue_that_cannot_be_used_is_told_in_words_and_asked_again() {
    let (server, sqs) = (Server::start().await, Sqs::default());
    let aws = sqs.serve().await;
    let stop = CancellationToken::new();
    for (code, words) in [
        ("AccessDeniedException", "allow sqs:ReceiveMessage"),
        ("AWS.SimpleQueueService.NonExistentQueue", "there is no queue at RECEIPTS_QUEUE_URL"),
        ("SomethingElse", "cannot call sqs:ReceiveMessage"),
    ] {
        sqs.0.content.lock().unwrap().refuses = Some(code);
        let found = reader(&aws, &config(), &server.redis, None).unwrap().round(&stop).await;
        let Found::Trouble(told) = found else { panic!("{found:?}") };
        assert!(told.contains(words), "{told}");
    }
    let reading = tokio::spawn(run(reader(&aws, &config(), &server.redis, None).unwrap(), stop.clone()));
    sqs.until(|content| content.polls == 5).await;
    sqs.0.content.lock().unwrap().refuses = None;
    sqs.0.content.lock().unwrap().batches.push_back(vec!["{".to_owned()]);
    sqs.until(|content| !content.deleted.is_empty()).await;
    stop.cancel();
    reading.await.unwrap();
}

#[tokio::test]
async fn without_a_queue_nothing_is_read() {
    let server = Server::start().await;
    let aws = Sqs::default().serve().await;
    assert!(reader(&aws, &Config::default(), &server.redis, None).is_none());
}

#[test]
fn rounds_follow_what_is_in_the_queue() {
    let mut pace = Pace::default();
    for _ in 0..20 {
        assert_eq!(pace.follow(Ok(Found::Full)), None);
    }
    assert_eq!(pace.rounds, MOST_ROUNDS);
    pace.follow(Ok(Found::Some));
    assert_eq!(pace.rounds, MOST_ROUNDS);
    for _ in 0..20 {
        pace.follow(Ok(Found::Nothing));
    }
    assert_eq!(pace.rounds, 1);
}

#[test]
fn trouble_lengthens_the_rest_until_it_is_over() {
    let mut pace = Pace::default();
    pace.follow(Ok(Found::Full));
    let mut trouble = || pace.follow(Ok(Found::Trouble("away".to_owned()))).unwrap();
    assert_eq!([trouble(), trouble()], [FIRST_REST, FIRST_REST * 2]);
    for _ in 0..9 {
        trouble();
    }
    assert_eq!(trouble(), LONGEST_REST);
    assert_eq!(pace.rounds, 1);
    pace.follow(Ok(Found::Nothing));
    assert_eq!(pace.follow(Ok(Found::Trouble("away".to_owned()))), Some(FIRST_REST));
}
