//! Where quotas come from, against a stand-in on this machine for the two calls that tell them.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sesv2::config::Credentials;
use axum::{Router, http::StatusCode, routing};
use drumbeat_common::Channel;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{AccountQuotas, QuotaSource};
use crate::Config;

/// What AWS answers now; none where it refuses.
#[derive(Default)]
struct Answers {
    rows: Option<Value>,
    max_send_rate: Option<f64>,
}

struct Stand {
    answers: Arc<Mutex<Answers>>,
    source: QuotaSource,
    quotas: AccountQuotas,
}

impl Stand {
    async fn start() -> Self {
        let answers = Arc::new(Mutex::new(Answers::default()));
        let (scan, account) = (answers.clone(), answers.clone());
        let scan = async move || {
            let rows = scan.lock().unwrap().rows.clone();
            answer(rows.map(|rows| json!({ "Count": 0, "ScannedCount": 0, "Items": rows })))
        };
        let account = async move || {
            let rate = account.lock().unwrap().max_send_rate;
            answer(rate.map(|rate| json!({ "SendQuota": { "MaxSendRate": rate } })))
        };
        let router =
            Router::new().route("/", routing::post(scan)).route("/v2/email/account", routing::get(account));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let config = Config {
            ses_from_address: Some("news@example.com".to_owned()),
            rate_limits_table: Some("rate-limits".to_owned()),
            ..Config::default()
        };
        let source = QuotaSource::new(&sdk_config(&endpoint).await, &config);
        Self { answers, source, quotas: AccountQuotas::default() }
    }

    /// Has the quotas read while AWS answers so; those in force then: SMS, WhatsApp, email.
    async fn read(&mut self, rows: Option<Value>, max_send_rate: Option<f64>) -> [Option<f64>; 3] {
        *self.answers.lock().unwrap() = Answers { rows, max_send_rate };
        self.source.start(&self.quotas).await;
        Channel::ALL.map(|channel| self.quotas.of(channel).map(|quota| quota.get()))
    }
}

async fn sdk_config(endpoint: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .endpoint_url(endpoint)
        .load()
        .await
}

fn answer(content: Option<Value>) -> (StatusCode, String) {
    match content {
        Some(content) => (StatusCode::OK, content.to_string()),
        None => (StatusCode::BAD_REQUEST, json!({ "__type": "AccessDeniedException" }).to_string()),
    }
}

fn row(channel: &str, max_per_second: &str) -> Value {
    json!({ "channel": { "S": channel }, "max_per_second": { "N": max_per_second } })
}

#[tokio::test]
async fn the_table_tells_quotas_and_ses_that_of_email_where_the_table_does_not() {
    let mut stand = Stand::start().await;
    let quotas = stand.read(Some(json!([row("sms", "20")])), Some(14.0)).await;
    assert_eq!(quotas, [Some(20.0), None, Some(14.0)]);
    let rows = json!([row("sms", "30"), row("whatsapp", "80"), row("email", "10")]);
    assert_eq!(stand.read(Some(rows), Some(14.0)).await, [Some(30.0), Some(80.0), Some(10.0)]);
    assert_eq!(stand.read(Some(json!([])), Some(14.0)).await, [None, None, Some(14.0)]);
}

#[tokio::test]
async fn what_cannot_be_read_any_more_holds_as_it_was() {
    let mut stand = Stand::start().await;
    assert_eq!(stand.read(None, Some(14.0)).await, [None, None, Some(14.0)]);
    let known = [Some(20.0), None, Some(14.0)];
    assert_eq!(stand.read(Some(json!([row("sms", "20")])), None).await, known);
    assert_eq!(stand.read(None, None).await, known);
}

#[tokio::test]
async fn a_bad_row_changes_nothing_and_keeps_no_other_from_being_read() {
    let mut stand = Stand::start().await;
    stand.read(Some(json!([row("sms", "20"), row("email", "10")])), None).await;
    let rows = json!([row("sms", "-1"), row("whatsapp", "80"), row("telex", "1")]);
    assert_eq!(stand.read(Some(rows), None).await, [Some(20.0), Some(80.0), None]);
    assert_eq!(stand.source.told.len(), 3);
}

#[tokio::test]
async fn a_rate_that_nobody_reaches_is_no_quota() {
    let mut stand = Stand::start().await;
    assert_eq!(stand.read(Some(json!([])), Some(1e6)).await, [None; 3]);
}

#[tokio::test]
async fn a_campaign_near_a_quota_keeps_the_quotas_beat_and_a_slow_one_its_own() {
    let mut stand = Stand::start().await;
    stand.read(Some(json!([row("sms", "100")])), None).await;
    let beat = |channel, tps| stand.quotas.beat(channel, Duration::from_secs_f64(1.0 / tps));
    let near = beat(Channel::Sms, 90.0).unwrap();
    assert!(near.is_strict && near.interval == Duration::from_secs_f64(1.0 / 90.0), "{near:?}");
    assert_eq!(beat(Channel::Sms, 500.0).unwrap().interval, Duration::from_micros(10_020), "as moments lie");
    assert!(beat(Channel::Sms, 50.0).is_none());
    assert!(beat(Channel::Whatsapp, 500.0).is_none());
}
