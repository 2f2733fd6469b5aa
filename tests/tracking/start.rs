//! The start of who uses the tables.

use std::process::Output;

use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    routing,
};
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::Command,
    time::timeout,
};

use crate::{
    house::{House, PATIENCE},
    migrate::{TRACKING, drumbeat, migrate, older_table, refused},
    stand_in::StandIn,
};

fn role(stand_in: &StandIn, house: &House, role: &str) -> Command {
    let mut command = drumbeat(stand_in, &[role]);
    command.env("REDIS_URL", house.stack.redis_url()).env("PORT", "0");
    command
}

async fn ends(mut command: Command) -> Output {
    timeout(PATIENCE, command.output()).await.expect("it goes on without its table").unwrap()
}

/// It goes on, after it has warned with these words.
async fn warns(mut command: Command, words: &[&str]) {
    let mut process =
        command.stderr(std::process::Stdio::piped()).stdout(std::process::Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let warned = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if words.iter().all(|words| line.contains(words)) {
                return true;
            }
        }
        false
    };
    assert!(timeout(PATIENCE, warned).await.expect("it does not warn"), "it ended without {words:?}");
    assert!(process.try_wait().unwrap().is_none(), "it ended");
}

/// DynamoDB that has no table, and permits nothing but what is named here.
async fn permitting(call: Option<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = async move |headers: HeaderMap| {
        let asked = headers["x-amz-target"].to_str().unwrap().trim_start_matches("DynamoDB_20120810.");
        let code = if call == Some(asked) { "ResourceNotFoundException" } else { "AccessDeniedException" };
        let error = json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "no" });
        (StatusCode::BAD_REQUEST, error.to_string())
    };
    let router = Router::new().route("/", routing::post(answer));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

#[tokio::test]
async fn a_missing_table_stops_the_start_and_migrating_is_the_way_on() {
    let (stand_in, house) = (StandIn::start().await, House::open(0).await);
    for name in ["api", "worker"] {
        let words = [
            "the table spring-tracking in us-east-1 (DYNAMODB_DELIVERY_TRACKING_TABLE) is missing",
            "run: drumbeat migrate",
        ];
        refused(&ends(role(&stand_in, &house, name)).await, 2, &words);
    }
    migrate(&stand_in, &["--dynamodb-rate-limits-table", ""]).await;
    let words = ["the table spring-limits in us-east-1 (DYNAMODB_RATE_LIMITS_TABLE) is missing"];
    refused(&ends(role(&stand_in, &house, "worker")).await, 2, &words);
    migrate(&stand_in, &[]).await;
    warns(role(&stand_in, &house, "api"), &["the API listens"]).await;
    house.stack.stop().await;
}

#[tokio::test]
async fn a_table_without_the_index_or_with_another_key_stops_the_start() {
    let (stand_in, house) = (StandIn::start().await, House::open(0).await);
    older_table(&stand_in, TRACKING, "message_id").await;
    older_table(&stand_in, "customers", "customer_id").await;
    for name in ["api", "worker"] {
        let words = ["spring-tracking", "has no index by-campaign; run: drumbeat migrate"];
        refused(&ends(role(&stand_in, &house, name)).await, 2, &words);
        let mut other = role(&stand_in, &house, name);
        other.env("DYNAMODB_DELIVERY_TRACKING_TABLE", "customers");
        let words = ["the table customers", "has the key customer_id (S)", "needs message_id (S)"];
        refused(&ends(other).await, 2, &words);
    }
    house.stack.stop().await;
}

#[tokio::test]
async fn a_start_goes_on_where_nothing_can_be_known_of_the_table() {
    let (stand_in, house) = (StandIn::start().await, House::open(0).await);
    let forbidding = permitting(None).await;
    for name in ["api", "worker"] {
        let mut forbidden = role(&stand_in, &house, name);
        forbidden.env("AWS_ENDPOINT_URL_DYNAMODB", &forbidding);
        warns(forbidden, &["WARN", "not permitted: dynamodb:DescribeTable", TRACKING]).await;
        let mut away = role(&stand_in, &house, name);
        away.env("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1");
        warns(away, &["WARN", "does not answer dynamodb:DescribeTable", TRACKING]).await;
    }
    house.stack.stop().await;
}

#[tokio::test]
async fn migrating_without_permission_or_without_dynamodb_says_what_is_missing() {
    let stand_in = StandIn::start().await;
    for (permitted, missing) in [(None, "DescribeTable"), (Some("DescribeTable"), "CreateTable")] {
        let mut forbidden = drumbeat(&stand_in, &["migrate"]);
        forbidden.env("AWS_ENDPOINT_URL_DYNAMODB", permitting(permitted).await);
        let words = format!("not permitted: dynamodb:{missing} on the table spring-tracking in us-east-1");
        refused(&ends(forbidden).await, 1, &[&words]);
    }
    // Nothing listens on the one, and what listens on the other never answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_url = format!("http://{}", silent.local_addr().unwrap());
    for url in [silent_url.as_str(), "http://127.0.0.1:1"] {
        let mut away = drumbeat(&stand_in, &["migrate"]);
        away.env("AWS_ENDPOINT_URL_DYNAMODB", url);
        refused(&ends(away).await, 1, &["DynamoDB does not answer dynamodb:DescribeTable"]);
    }
}
