//! DynamoDB, as an embedded engine has it: AWS JSON 1.0. Its tables are in memory, and forgotten with the simulator.
//!
//! The engine is called as a library, not through the HTTP server that comes with it: one way into the simulator, no
//! second listener, and faults where all other faults are.

mod engine;
mod operation;
mod unprocessed;

use bytes::Bytes;
use dynoxide::DynoxideError;
use hyper::{StatusCode, http::HeaderMap};
use serde_json::json;

pub(crate) use self::{engine::Engine, operation::Operation, unprocessed::HeldBack};
use crate::{
    RefusedWith,
    answer::{self, Answer},
    behaviour::Behaviour,
    call::signed,
    simulator::Simulator,
};

pub(crate) const TARGET: &str = "DynamoDB_20120810.";

pub(crate) async fn answer(
    simulator: &Simulator,
    operation: Operation,
    headers: &HeaderMap,
    body: Bytes,
) -> Answer {
    if !signed(headers) {
        return unsigned();
    }
    let behaviour = simulator.behaviour();
    match behaviour.refuses_dynamodb() {
        Some(RefusedWith::ServerError) => {
            told(Err(DynoxideError::InternalServerError("The service failed on demand.".into())))
        }
        Some(RefusedWith::Throttled) => throttled(),
        None => match operation {
            Operation::BatchWriteItem => batch_write(&simulator.dynamodb, &behaviour, body).await,
            operation => told(simulator.dynamodb.run(operation, body).await),
        },
    }
}

async fn batch_write(engine: &Engine, behaviour: &Behaviour, body: Bytes) -> Answer {
    let run = |body| engine.run(Operation::BatchWriteItem, body);
    match behaviour.hold_back(&body) {
        None => told(run(body).await),
        // API reference, `BatchWriteItem`: where nothing at all can be processed, the call itself is refused.
        Some(HeldBack { rest: None, .. }) => throttled(),
        Some(HeldBack { rest: Some(rest), unprocessed }) => {
            let answer = run(rest).await.map(|answer| unprocessed::tell(&answer, unprocessed));
            told(answer)
        }
    }
}

fn told(answer: Result<Vec<u8>, DynoxideError>) -> Answer {
    match answer {
        Ok(content) => answer::aws_json(StatusCode::OK, content),
        Err(error) => {
            let status = StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::BAD_REQUEST);
            answer::aws_json(status, error.to_json())
        }
    }
}

fn throttled() -> Answer {
    refused(
        "com.amazonaws.dynamodb.v20120810#ThrottlingException",
        "Throughput exceeds the current capacity of your table or index. Please retry after some time.",
    )
}

fn unsigned() -> Answer {
    refused(
        "com.amazon.coral.service#MissingAuthenticationTokenException",
        "Request is missing Authentication Token",
    )
}

fn refused(kind: &str, message: &str) -> Answer {
    answer::aws_json(StatusCode::BAD_REQUEST, json!({ "__type": kind, "message": message }).to_string())
}
