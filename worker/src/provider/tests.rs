//! What each answer of AWS comes to, against servers on this machine that give just that answer.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_pinpointsmsvoicev2::types::{
    AccessDeniedExceptionReason, ConflictExceptionReason, ServiceQuotaExceededExceptionReason,
    ValidationExceptionReason,
};
use aws_sdk_sesv2::config::Credentials;
use drumbeat_common::{Channel, Message, RecipientRef, WhatsappContent};
use futures_util::FutureExt as _;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, oneshot},
};

use super::{Departure, Providers, aws, sms::Sms};
use crate::{Config, outcome::Outcome};

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Kind {
    Accepted,
    Rejected,
    Throttled,
    Unavailable,
    InDoubt,
    Fatal,
    Missed,
}

fn kind(outcome: &Outcome) -> Kind {
    match outcome {
        Outcome::Accepted { .. } => Kind::Accepted,
        Outcome::Rejected(_) => Kind::Rejected,
        Outcome::Throttled(_) => Kind::Throttled,
        Outcome::Unavailable(_) => Kind::Unavailable,
        Outcome::InDoubt(_) => Kind::InDoubt,
        Outcome::Fatal(_) => Kind::Fatal,
        Outcome::Missed => Kind::Missed,
        Outcome::Suppressed => panic!("no provider knows who is suppressed"),
    }
}

/// What the server does with a request.
#[derive(Debug, Clone)]
enum Answer {
    Whole {
        status: u16,
        code: &'static str,
        body: String,
    },
    /// Closes when it has read the request.
    Nothing,
    /// Closes in the middle of the body.
    Half,
    /// Reads, and stays silent.
    Silence,
}

async fn sdk_config(endpoint: &str) -> SdkConfig {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .endpoint_url(endpoint);
    aws::once(config, Duration::from_millis(500), Duration::from_millis(600)).load().await
}

async fn providers(endpoint: &str) -> Providers {
    let aws = sdk_config(endpoint).await;
    let set = |name: &str| Some(name.to_owned());
    let config = Config {
        phone_pool_id: set("pool"),
        whatsapp_phone_number_id: set("number"),
        ses_from_address: set("news@example.com"),
        ..Config::default()
    };
    Providers::new(&aws, &config)
}

fn at_once() -> Departure {
    Departure::when(|| std::future::ready(Some(())))
}

async fn send(channel: Channel, endpoint: &str, departure: Departure) -> Outcome {
    let providers = providers(endpoint).await;
    let number = || "+14155550100".to_owned().try_into().unwrap();
    let message = match channel {
        Channel::Sms => Message::Sms { to: number(), text: "Hello".to_owned() },
        Channel::Whatsapp => {
            Message::Whatsapp { to: number(), content: WhatsappContent::Text("Hello".to_owned()) }
        }
        Channel::Email => Message::Email {
            to: "success@simulator.amazonses.com".parse().unwrap(),
            subject: "Hello".to_owned(),
            text: "Hello".to_owned(),
            html: None,
        },
    };
    let recipient: RecipientRef = "01KAPZ3V9C6J2M5Q8R1T4W7Y0B/7".parse().unwrap();
    providers.send(message, recipient, departure).await
}

/// Sends one message to a server that answers so.
async fn outcome(channel: Channel, answer: Answer) -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(stream, answer.clone()));
        }
    });
    let outcome = send(channel, &endpoint, at_once()).await;
    server.abort();
    outcome
}

async fn serve(mut stream: TcpStream, answer: Answer) {
    read_request(&mut stream).await;
    let whole = |status: u16, code: &str, body: &str, length: usize| {
        let code = if code.is_empty() { String::new() } else { format!("x-amzn-errortype: {code}\r\n") };
        format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{code}content-length: {length}\r\n\r\n{body}"
        )
    };
    let bytes = match answer {
        Answer::Whole { status, code, body } => whole(status, code, &body, body.len()),
        Answer::Half => whole(200, "", r#"{"Mess"#, 100),
        Answer::Nothing => return,
        Answer::Silence => return std::future::pending().await,
    };
    stream.write_all(bytes.as_bytes()).await.unwrap();
}

async fn read_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).await.unwrap();
        request.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&request).to_lowercase();
        let Some(head) = text.find("\r\n\r\n") else { continue };
        let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
        let length: usize = length.map_or(0, |length| length.parse().unwrap());
        if request.len() >= head + 4 + length {
            return;
        }
    }
}

fn whole(status: u16, code: &'static str, body: impl Into<String>) -> Answer {
    Answer::Whole { status, code, body: body.into() }
}

fn error(status: u16, code: &'static str) -> Answer {
    whole(status, code, r#"{"message":"words"}"#)
}

/// An error of SMS, that says more than its code.
fn reasoned(code: &'static str, reason: &str) -> Answer {
    whole(400, code, format!(r#"{{"Reason":"{reason}"}}"#))
}

async fn expect(channel: Channel, answer: Answer, expected: Kind) {
    let outcome = outcome(channel, answer.clone()).await;
    assert_eq!(kind(&outcome), expected, "{channel} {answer:?} {outcome:?}");
}

/// If this fails, the `hyper-util` here is not the SDK's own any more.
#[tokio::test]
async fn a_refused_connection_proves_that_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for channel in Channel::ALL {
        let outcome = send(channel, &endpoint, at_once()).await;
        assert_eq!(kind(&outcome), Kind::Unavailable, "{outcome:?}");
    }
}

#[tokio::test]
async fn no_request_leaves_before_its_departure_and_none_whose_departure_forbids_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    for channel in Channel::ALL {
        assert_eq!(send(channel, &endpoint, Departure::never()).await, Outcome::Missed);

        let (ready, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let departure = {
            let (ready, go) = (ready.clone(), go.clone());
            Departure::when(move || {
                let (ready, go) = (ready.clone(), go.clone());
                async move {
                    ready.notify_one();
                    go.notified().await;
                    Some(())
                }
            })
        };
        let endpoint = endpoint.clone();
        let sending = tokio::spawn(async move { send(channel, &endpoint, departure).await });
        ready.notified().await;
        assert!(listener.accept().now_or_never().is_none());
        go.notify_one();
        read_request(&mut listener.accept().await.unwrap().0).await;
        assert_eq!(kind(&sending.await.unwrap()), Kind::InDoubt);
    }
}

#[tokio::test]
async fn a_departure_is_over_when_the_request_is_written_and_not_only_when_it_is_answered() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    for channel in Channel::ALL {
        let (escort, mut over) = oneshot::channel::<()>();
        let escort = Mutex::new(Some(escort));
        let departure = Departure::when(move || std::future::ready(escort.lock().unwrap().take()));
        let endpoint = endpoint.clone();
        let sending = tokio::spawn(async move { send(channel, &endpoint, departure).await });
        let mut connection = listener.accept().await.unwrap().0;
        assert!((&mut over).await.is_err());
        assert!(!sending.is_finished());
        read_request(&mut connection).await;
        drop(connection);
        assert_eq!(kind(&sending.await.unwrap()), Kind::InDoubt);
    }
}

#[tokio::test]
async fn a_rehearsal_sends_nothing_and_bears_that_nothing_is_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    providers(&endpoint).await.rehearse().await;
    assert!(listener.accept().now_or_never().is_none());
    drop(listener);
    providers(&endpoint).await.rehearse().await;
}

#[tokio::test]
async fn an_answer_that_does_not_come_or_does_not_tell_is_a_doubt() {
    for channel in Channel::ALL {
        for answer in [
            Answer::Nothing,
            Answer::Half,
            Answer::Silence,
            whole(200, "", "{}"),
            whole(200, "", "<html>"),
            whole(500, "", ""),
            whole(503, "", "<html>"),
            error(500, "NeverSeenBefore"),
            error(400, "NeverSeenBefore"),
        ] {
            expect(channel, answer, Kind::InDoubt).await;
        }
        expect(channel, whole(429, "", ""), Kind::Throttled).await;
    }
}

#[tokio::test]
async fn a_message_id_means_accepted() {
    for (channel, body) in [
        (Channel::Sms, r#"{"MessageId":"m-1"}"#),
        (Channel::Whatsapp, r#"{"messageId":"m-1"}"#),
        (Channel::Email, r#"{"MessageId":"m-1"}"#),
    ] {
        let outcome = outcome(channel, whole(200, "", body)).await;
        assert_eq!(outcome, Outcome::Accepted { message_id: "m-1".to_owned() });
    }
}

#[tokio::test]
async fn every_code_of_sms_is_placed() {
    for (status, code, expected) in [
        (400, "ThrottlingException", Kind::Throttled),
        (400, "AccessDeniedException", Kind::Fatal),
        (400, "ConflictException", Kind::Fatal),
        (400, "ResourceNotFoundException", Kind::Fatal),
        (400, "ServiceQuotaExceededException", Kind::Fatal),
        (400, "ValidationException", Kind::Fatal),
        (500, "InternalServerException", Kind::InDoubt),
        (403, "UnrecognizedClientException", Kind::Fatal),
        (403, "ExpiredTokenException", Kind::Fatal),
        (400, "SerializationException", Kind::Fatal),
    ] {
        expect(Channel::Sms, error(status, code), expected).await;
    }
}

#[tokio::test]
async fn every_reason_of_sms_is_placed() {
    let rejected = [
        "CANNOT_PARSE",
        "COUNTRY_CODE_MISMATCH",
        "COUNTRY_NOT_ENABLED",
        "DESTINATION_COUNTRY_BLOCKED",
        "FIELD_VALIDATION_FAILED",
        "INTERNATIONAL_SENDING_NOT_SUPPORTED",
        "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY",
        "INVALID_PARAMETER",
        "MAXIMUM_SIZE_EXCEEDED",
        "PRICE_OVER_THRESHOLD",
        "SENDER_ID_NOT_REGISTERED",
        "SENDER_ID_NOT_SUPPORTED",
        "SENDER_ID_REQUIRES_REGISTRATION",
    ];
    expect_reasons("ValidationException", ValidationExceptionReason::values(), &rejected).await;
    let rejected = [
        "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
        "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",
        "DESTINATION_PHONE_NUMBER_NOT_VERIFIED",
        "DESTINATION_PHONE_NUMBER_OPTED_OUT",
        "NO_ORIGINATION_IDENTITIES_FOUND",
    ];
    expect_reasons("ConflictException", ConflictExceptionReason::values(), &rejected).await;
    let quotas = ServiceQuotaExceededExceptionReason::values();
    expect_reasons("ServiceQuotaExceededException", quotas, &[]).await;
    expect_reasons("AccessDeniedException", AccessDeniedExceptionReason::values(), &[]).await;
}

/// Those reasons reject the recipient; all others that there are stop everybody.
async fn expect_reasons(code: &'static str, all: &[&str], rejected: &[&str]) {
    assert!(rejected.iter().all(|reason| all.contains(reason)), "{code} has other reasons");
    for reason in all {
        let expected = if rejected.contains(reason) { Kind::Rejected } else { Kind::Fatal };
        expect(Channel::Sms, reasoned(code, reason), expected).await;
    }
}

#[tokio::test]
async fn every_code_of_whatsapp_is_placed() {
    for (status, code, expected) in [
        (429, "ThrottledRequestException", Kind::Throttled),
        (400, "InvalidParametersException", Kind::Rejected),
        (400, "ValidationException", Kind::Rejected),
        (403, "AccessDeniedException", Kind::Fatal),
        (403, "AccessDeniedByMetaException", Kind::Fatal),
        (404, "ResourceNotFoundException", Kind::Fatal),
        (502, "DependencyException", Kind::InDoubt),
        (500, "InternalServiceException", Kind::InDoubt),
        (403, "UnrecognizedClientException", Kind::Fatal),
    ] {
        expect(Channel::Whatsapp, error(status, code), expected).await;
    }
}

#[tokio::test]
async fn every_code_of_email_is_placed() {
    for (status, code, expected) in [
        (429, "TooManyRequestsException", Kind::Throttled),
        (400, "BadRequestException", Kind::Rejected),
        (400, "MessageRejected", Kind::Rejected),
        (400, "AccountSuspendedException", Kind::Fatal),
        (400, "LimitExceededException", Kind::Fatal),
        (400, "MailFromDomainNotVerifiedException", Kind::Fatal),
        (404, "NotFoundException", Kind::Fatal),
        (400, "SendingPausedException", Kind::Fatal),
        (500, "InternalServiceErrorException", Kind::InDoubt),
        (403, "SignatureDoesNotMatch", Kind::Fatal),
    ] {
        expect(Channel::Email, error(status, code), expected).await;
    }
    let daily = r#"{"message":"Daily message quota exceeded."}"#;
    expect(Channel::Email, whole(429, "TooManyRequestsException", daily), Kind::Fatal).await;
}

#[tokio::test]
async fn a_sender_that_is_not_set_stops_everybody() {
    let aws = sdk_config("http://127.0.0.1:9").await;
    let recipient: RecipientRef = "01KAPZ3V9C6J2M5Q8R1T4W7Y0B/7".parse().unwrap();
    let number = "+14155550100".to_owned().try_into().unwrap();
    let sms = Sms::new(&aws, None, None);
    let Outcome::Fatal(cause) = sms.send(number, "Hello".to_owned(), recipient, at_once()).await else {
        panic!("not fatal")
    };
    assert_eq!(cause.message, "PHONE_POOL_ID is not set, so no SMS can be sent");
}
