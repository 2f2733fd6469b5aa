use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use drumbeat_common::RecipientRef;
use drumbeat_tracking::DeliveryTable;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A delivery table that holds what it is given, and can be away.
#[derive(Clone, Default)]
pub(crate) struct Table(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    items: Vec<(String, RecipientRef)>,
    is_away: bool,
    asked: usize,
}

impl Table {
    /// Serves it, and answers with what reads it.
    pub(crate) async fn serve(&self) -> DeliveryTable {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().route("/", post(answer)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-west-1"))
            .credentials_provider(Credentials::for_tests())
            .retry_config(RetryConfig::disabled())
            .endpoint_url(endpoint)
            .build();
        DeliveryTable::new(aws_sdk_dynamodb::Client::from_conf(config), "deliveries")
    }

    pub(crate) fn put(&self, message_id: &str, recipient: RecipientRef) {
        self.0.lock().unwrap().items.push((message_id.to_owned(), recipient));
    }

    pub(crate) fn set_away(&self, is_away: bool) {
        self.0.lock().unwrap().is_away = is_away;
    }

    pub(crate) fn asked(&self) -> usize {
        self.0.lock().unwrap().asked
    }
}

async fn answer(State(Table(content)): State<Table>, headers: HeaderMap, body: String) -> Response {
    let mut content = content.lock().unwrap();
    content.asked += 1;
    if content.is_away {
        let body = json!({ "__type": "AccessDeniedException", "message": "no" });
        return (StatusCode::BAD_REQUEST, body.to_string()).into_response();
    }
    let request: Value = serde_json::from_str(&body).unwrap();
    let chosen = |is_chosen: &dyn Fn(&str, RecipientRef) -> bool| -> Vec<Value> {
        let chosen = content.items.iter().filter(|(id, recipient)| is_chosen(id, *recipient));
        chosen.map(|(id, recipient)| item(id, *recipient)).collect()
    };
    let answer = if headers["x-amz-target"].to_str().unwrap().ends_with("Query") {
        let values = &request["ExpressionAttributeValues"];
        let campaign = values[":campaign"]["S"].as_str().unwrap();
        let wanted = RecipientRef::from_parts(campaign, values[":recipient"]["N"].as_str().unwrap()).unwrap();
        json!({ "Items": chosen(&|_, recipient| recipient == wanted) })
    } else {
        let keys = request["RequestItems"]["deliveries"]["Keys"].as_array().unwrap();
        json!({ "Responses": { "deliveries": chosen(&|id, _| keys.iter().any(|key| key["message_id"]["S"] == id)) } })
    };
    answer.to_string().into_response()
}

fn item(id: &str, recipient: RecipientRef) -> Value {
    json!({
        "message_id": { "S": id }, "campaign_id": { "S": recipient.campaign.to_string() },
        "recipient": { "N": recipient.index.to_string() }, "sent_at": { "S": "2026-11-02T10:00:00Z" },
    })
}
