use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
};

/// What Lambda is to a function that it runs: it hands out events, and takes the answers.
pub(crate) struct Lambda {
    function: Child,
    events: mpsc::Sender<Value>,
    answers: mpsc::Receiver<(String, Value)>,
}

#[derive(Clone)]
struct Runtime {
    events: Arc<Mutex<mpsc::Receiver<Value>>>,
    answers: mpsc::Sender<(String, Value)>,
}

impl Lambda {
    /// Runs the function with these environment variables.
    pub(crate) async fn start(variables: &[(&str, &str)]) -> Self {
        let (events, to_hand_out) = mpsc::channel(1);
        let (taken, answers) = mpsc::channel(1);
        let runtime = Runtime { events: Arc::new(Mutex::new(to_hand_out)), answers: taken };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let invocation = "/2018-06-01/runtime/invocation";
        let app = Router::new()
            .route(&format!("{invocation}/next"), get(next))
            .route(&format!("{invocation}/{{id}}/{{what}}"), post(take))
            .with_state(runtime);
        tokio::spawn(async move { axum::serve(listener, app).await });
        let function = Command::new(env!("CARGO_BIN_EXE_drumbeat-receipts"))
            .env_clear()
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
                ("AWS_LAMBDA_FUNCTION_NAME", "receipts"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
                ("AWS_LAMBDA_LOG_GROUP_NAME", "receipts"),
                ("AWS_LAMBDA_LOG_STREAM_NAME", "receipts"),
            ])
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { function, events, answers }
    }

    /// What the function answers to an event, and whether it was a `response` or an `error`.
    pub(crate) async fn invoke(&mut self, event: Value) -> (String, Value) {
        self.events.send(event).await.unwrap();
        tokio::time::timeout(Duration::from_secs(30), self.answers.recv()).await.unwrap().unwrap()
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        let _ = self.function.kill();
        let _ = self.function.wait();
    }
}

async fn next(State(runtime): State<Runtime>) -> Response {
    match runtime.events.lock().await.recv().await {
        Some(event) => {
            let headers = [
                ("lambda-runtime-aws-request-id", "request-1"),
                ("lambda-runtime-deadline-ms", "4102444800000"),
                (
                    "lambda-runtime-invoked-function-arn",
                    "arn:aws:lambda:eu-west-1:111122223333:function:receipts",
                ),
            ];
            (headers, event.to_string()).into_response()
        }
        None => StatusCode::GONE.into_response(),
    }
}

async fn take(
    State(runtime): State<Runtime>,
    Path((_, what)): Path<(String, String)>,
    body: String,
) -> StatusCode {
    runtime.answers.send((what, serde_json::from_str(&body).unwrap())).await.unwrap();
    StatusCode::ACCEPTED
}
