//! A counter in front of DynamoDB that can refuse to serve.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Response, StatusCode},
};
use serde_json::json;
use tokio::{net::TcpListener, sync::watch, task::AbortHandle};

/// How it serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// Every call goes through.
    Open,
    /// No call goes through: each is answered as by a service in trouble.
    Closed,
    /// Every other call is throttled.
    Crowded,
}

/// Every call to DynamoDB goes by here.
pub(crate) struct Counter {
    pub(crate) url: String,
    desk: Arc<Desk>,
    task: AbortHandle,
}

struct Desk {
    behind: String,
    http: reqwest::Client,
    service: watch::Sender<Service>,
    calls: AtomicU64,
    refused: AtomicU64,
}

impl Counter {
    pub(crate) async fn before(behind: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let desk = Arc::new(Desk {
            behind: behind.to_owned(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            service: watch::Sender::new(Service::Open),
            calls: AtomicU64::default(),
            refused: AtomicU64::default(),
        });
        let router = Router::new().fallback(serve).with_state(desk.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }).abort_handle();
        Self { url, desk, task }
    }

    pub(crate) fn becomes(&self, service: Service) {
        self.desk.service.send_replace(service);
    }

    /// Calls that did not go through so far.
    pub(crate) fn refused(&self) -> u64 {
        self.desk.refused.load(Relaxed)
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> Response<axum::body::Body> {
    let call = desk.calls.fetch_add(1, Relaxed);
    let refusal = match *desk.service.borrow() {
        Service::Open => None,
        Service::Closed => Some((StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError")),
        Service::Crowded if call.is_multiple_of(2) => {
            Some((StatusCode::BAD_REQUEST, "ProvisionedThroughputExceededException"))
        }
        Service::Crowded => None,
    };
    let answer = match refusal {
        Some((status, code)) => {
            desk.refused.fetch_add(1, Relaxed);
            let body = json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}") });
            (status, Bytes::from(body.to_string()))
        }
        None => {
            let mut call = desk.http.post(&desk.behind).body(body);
            for name in ["x-amz-target", "content-type", "authorization", "x-amz-date"] {
                call = call.header(name, headers[name].clone());
            }
            let answer = call.send().await.unwrap();
            (answer.status(), answer.bytes().await.unwrap())
        }
    };
    Response::builder()
        .status(answer.0)
        .header("content-type", "application/x-amz-json-1.0")
        .body(answer.1.into())
        .unwrap()
}
