//! SQS's standard queues, in memory: AWS JSON 1.0.
//!
//! In reading order: `operation` is what can be asked, `queue` is one queue and its messages, `broker` is all of them,
//! `call` is what is done with messages one by one or in batches, `receive` waits for them, `administration` is for the
//! queues themselves.

mod administration;
mod attributes;
mod broker;
mod call;
mod error;
mod handle;
mod operation;
mod queue;
mod receive;

use bytes::Bytes;
use hyper::{
    StatusCode,
    header::{HOST, HeaderName, HeaderValue},
    http::HeaderMap,
};
use serde_json::Value;

use self::{
    administration::QueueUrl,
    call::{ChangeVisibility, Delete, Send},
    error::SqsError,
};
pub(crate) use self::{
    broker::{Broker, RECEIPTS},
    operation::Operation,
};
use crate::{
    RefusedWith,
    answer::{self, Answer},
    call::signed,
    simulator::Simulator,
};

pub(crate) const TARGET: &str = "AmazonSQS.";
const ACCOUNT: &str = "000000000000";

/// The name that an error had in the older protocol, by which SDKs still know it.
const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");

pub(crate) async fn answer(
    simulator: &Simulator,
    operation: Operation,
    headers: &HeaderMap,
    body: Bytes,
) -> Answer {
    match tell(simulator, operation, headers, &body).await {
        Ok(content) => answer::aws_json(StatusCode::OK, content.to_string()),
        Err(error) => refused(&error),
    }
}

async fn tell(
    simulator: &Simulator,
    operation: Operation,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Value, SqsError> {
    if !signed(headers) {
        return Err(SqsError::missing_token());
    }
    match simulator.behaviour().refuses_sqs() {
        Some(RefusedWith::ServerError) => return Err(SqsError::failed()),
        Some(RefusedWith::Throttled) => return Err(SqsError::throttled()),
        None => {}
    }
    let broker = &simulator.sqs;
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    match operation {
        Operation::CreateQueue => administration::create(broker, QueueUrl::at(host), body),
        Operation::GetQueueUrl => administration::url(broker, QueueUrl::at(host), body),
        Operation::ListQueues => administration::list(broker, QueueUrl::at(host), body),
        Operation::GetQueueAttributes => administration::attributes(broker, &simulator.clock, body),
        Operation::PurgeQueue => administration::purge(broker, body),
        Operation::DeleteQueue => administration::delete(broker, body),
        Operation::SendMessage => call::one::<Send>(broker, &simulator.clock, body),
        Operation::SendMessageBatch => call::batch::<Send>(broker, &simulator.clock, body),
        Operation::ReceiveMessage => receive::receive(broker, &simulator.clock, body).await,
        Operation::DeleteMessage => call::one::<Delete>(broker, &simulator.clock, body),
        Operation::DeleteMessageBatch => call::batch::<Delete>(broker, &simulator.clock, body),
        Operation::ChangeMessageVisibility => call::one::<ChangeVisibility>(broker, &simulator.clock, body),
        Operation::ChangeMessageVisibilityBatch => {
            call::batch::<ChangeVisibility>(broker, &simulator.clock, body)
        }
    }
}

fn refused(error: &SqsError) -> Answer {
    let mut answer = answer::aws_json(error.status(), error.body().to_string());
    if let Ok(name) = HeaderValue::from_str(&error.query_error()) {
        answer.headers_mut().insert(QUERY_ERROR, name);
    }
    answer
}
