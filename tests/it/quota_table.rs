//! The account's table of quotas, as workers see it.

use axum::{Router, http::HeaderMap, routing};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::house::House;

/// Starts workers that read their quotas from a table with these rows.
pub(crate) async fn start_workers(house: &mut House, workers: usize, rows: Value) {
    let table = table_of(rows).await;
    house.stack.worker_env("AWS_ENDPOINT_URL_DYNAMODB", table);
    house.stack.worker_env("DYNAMODB_RATE_LIMITS_TABLE", "rate-limits");
    for _ in 0..workers {
        house.stack.add_worker().await.unwrap();
    }
}

/// DynamoDB's answers to who uses the table of quotas, on a port of its own.
async fn table_of(rows: Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = async move |headers: HeaderMap, call: String| {
        assert!(call.contains(r#""TableName":"rate-limits""#), "{call}");
        match headers["x-amz-target"].to_str().unwrap() {
            "DynamoDB_20120810.DescribeTable" => {
                let key = json!([{ "AttributeName": "channel", "KeyType": "HASH" }]);
                let attributes = json!([{ "AttributeName": "channel", "AttributeType": "S" }]);
                json!({ "Table": { "KeySchema": key, "AttributeDefinitions": attributes } }).to_string()
            }
            "DynamoDB_20120810.Scan" => {
                let count = rows.as_array().unwrap().len();
                json!({ "Items": rows, "Count": count, "ScannedCount": count }).to_string()
            }
            other => panic!("{other}"),
        }
    };
    let router = Router::new().route("/", routing::post(answer));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}
