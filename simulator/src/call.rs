//! The way of one request: `arrive → admit → read → check → fault → accept → answer`.

use std::time::{Duration, Instant};

use bytes::Bytes;
use drumbeat_common::Channel;
use http_body_util::{BodyExt, Limited};
use hyper::{
    Request,
    body::Incoming,
    header::AUTHORIZATION,
    http::{HeaderMap, request::Parts},
};

use crate::{
    Fault,
    answer::{self, Answer},
    aws_error::AwsError,
    behaviour::Behaviour,
    clock::Arrival,
    control, dynamodb, email, look,
    message_id::MessageId,
    message_log::Message,
    route::Route,
    simulator::Simulator,
    sms, sqs,
    submission::Submission,
    whatsapp,
};

/// The connection has to be closed without an answer; hyper does so when a service fails.
#[derive(Debug, thiserror::Error)]
#[error("the connection was closed without an answer")]
pub(crate) struct Cut;

/// SES takes messages of up to 40 MB (Service quotas, "Maximum message size"); base64 makes them a third longer.
const LARGEST_BODY: usize = 54 * 1024 * 1024;

/// Answers one request. The moment at which it arrived is what quotas are charged with and pacing is measured by.
pub(crate) async fn answer(
    simulator: &Simulator,
    arrived: Instant,
    request: Request<Incoming>,
) -> Result<Answer, Cut> {
    let arrival = simulator.clock.arrival(arrived);
    let (head, body) = request.into_parts();
    match Route::of(&head) {
        Route::Send(service) => send(simulator, service, arrival, &head, body).await,
        Route::Control => Ok(control::answer(simulator, &head, read(body).await?).await),
        Route::Look(look) => Ok(look::answer(simulator, look, &head, &read(body).await?)),
        Route::DynamoDb(operation) => {
            Ok(dynamodb::answer(simulator, operation, &head.headers, read(body).await?).await)
        }
        Route::Sqs(operation) => {
            Ok(sqs::answer(simulator, operation, &head.headers, read(body).await?).await)
        }
        Route::UnknownTarget => read(body).await.map(|_| answer::unknown_target()),
        Route::UnknownPath => read(body).await.map(|_| answer::unknown_path()),
    }
}

async fn send(
    simulator: &Simulator,
    service: Channel,
    arrival: Arrival,
    head: &Parts,
    body: Incoming,
) -> Result<Answer, Cut> {
    let behaviour = simulator.behaviour();
    let admitted = admit(&behaviour, service, arrival, &head.headers);
    let body = read(body).await?;
    let submission = match admitted.and_then(|()| check(service, &body)) {
        Ok(submission) => submission,
        Err(error) => return Ok(refuse(simulator, service, error)),
    };
    if submission.dry_run {
        behaviour.give_back(service, arrival);
        return Ok(answer::accepted(service, MessageId::new(service, simulator.clock.unix_micros(arrival))));
    }
    let (delay, cut) = match behaviour.fault(service, &submission.to) {
        Some(Fault::Reject { code, reason }) => {
            let error = AwsError::refused_recipient(service, code.as_deref(), reason.as_deref());
            return Ok(refuse(simulator, service, error));
        }
        Some(Fault::ServerError { status, code }) => {
            return Ok(refuse(simulator, service, AwsError::server_error(service, *status, code.as_deref())));
        }
        Some(Fault::Throttle) => return Ok(refuse(simulator, service, AwsError::throttled(service))),
        Some(Fault::CutBefore) => {
            simulator.note(|record| record.tallies.get_mut(service).cut_before());
            return Err(Cut);
        }
        Some(Fault::CutAfter) => (Duration::ZERO, true),
        Some(Fault::Late(delay)) => (*delay, false),
        None => (Duration::ZERO, false),
    };
    let id = accept(simulator, &behaviour, service, arrival, submission, !cut);
    wait(behaviour.latency(service) + delay).await;
    if cut { Err(Cut) } else { Ok(answer::accepted(service, id)) }
}

/// Signatures are not verified, but there has to be one.
pub(crate) fn signed(headers: &HeaderMap) -> bool {
    headers.contains_key(AUTHORIZATION)
}

/// What a service decides by a request's head alone.
fn admit(
    behaviour: &Behaviour,
    service: Channel,
    arrival: Arrival,
    headers: &HeaderMap,
) -> Result<(), AwsError> {
    if !signed(headers) {
        return Err(AwsError::missing_token(service));
    }
    behaviour.admit(service, arrival).map_err(|_| AwsError::throttled(service))
}

fn check(service: Channel, body: &[u8]) -> Result<Submission, AwsError> {
    match service {
        Channel::Sms => sms::read(body),
        Channel::Whatsapp => whatsapp::read(body),
        Channel::Email => email::read(body),
    }
}

fn accept(
    simulator: &Simulator,
    behaviour: &Behaviour,
    service: Channel,
    arrival: Arrival,
    submission: Submission,
    answered: bool,
) -> MessageId {
    let at_us = simulator.clock.unix_micros(arrival);
    let id = MessageId::new(service, at_us);
    let message = Message::new(service, id, submission, at_us);
    simulator.post.take(behaviour.receipts(&message, simulator.clock.now()));
    simulator.note(|record| {
        record.messages.push(message);
        record.tallies.get_mut(service).accept(answered);
    });
    id
}

fn refuse(simulator: &Simulator, service: Channel, error: AwsError) -> Answer {
    simulator.note(|record| record.tallies.get_mut(service).refuse(error.verdict));
    answer::refused(service, error)
}

/// Reads the whole body, so that the connection can be used again whatever the answer is.
async fn read(body: Incoming) -> Result<Bytes, Cut> {
    match Limited::new(body, LARGEST_BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) => {
            tracing::debug!(error, "a request's body did not arrive whole");
            Err(Cut)
        }
    }
}

async fn wait(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}
