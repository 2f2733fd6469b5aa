use drumbeat_common::Channel;
use hyper::{Method, header::HeaderValue, http::request::Parts};

use crate::{Look, dynamodb, sqs};

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// To send a message.
    Send(Channel),
    /// To learn something about the account.
    Look(Look),
    /// To read or write a table.
    DynamoDb(dynamodb::Operation),
    /// To use a queue.
    Sqs(sqs::Operation),
    /// An AWS JSON operation that is not simulated.
    UnknownTarget,
    /// A REST operation that is not simulated.
    UnknownPath,
    /// The simulator itself.
    Control,
}

const SMS_TARGET: &str = "PinpointSMSVoiceV2.";
const WHATSAPP_PATH: &str = "/v1/whatsapp/send";
const EMAIL_PATH: &str = "/v2/email/outbound-emails";

impl Route {
    pub(crate) fn of(head: &Parts) -> Self {
        match head.uri.path() {
            "/" if head.method == Method::POST => Self::of_target(head.headers.get("x-amz-target")),
            WHATSAPP_PATH if head.method == Method::POST => Self::Send(Channel::Whatsapp),
            EMAIL_PATH if head.method == Method::POST => Self::Send(Channel::Email),
            path if path == "/healthz" || path.starts_with("/simulator/") => Self::Control,
            path if head.method == Method::GET => Look::of_path(path).map_or(Self::UnknownPath, Self::Look),
            _ => Self::UnknownPath,
        }
    }

    fn of_target(target: Option<&HeaderValue>) -> Self {
        target
            .and_then(|target| {
                let target = target.to_str().ok()?;
                if let Some(operation) = target.strip_prefix(SMS_TARGET) {
                    Self::of_sms(operation)
                } else if let Some(operation) = target.strip_prefix(dynamodb::TARGET) {
                    dynamodb::Operation::named(operation).map(Self::DynamoDb)
                } else {
                    sqs::Operation::named(target.strip_prefix(sqs::TARGET)?).map(Self::Sqs)
                }
            })
            .unwrap_or(Self::UnknownTarget)
    }

    fn of_sms(operation: &str) -> Option<Self> {
        match operation {
            "SendTextMessage" => Some(Self::Send(Channel::Sms)),
            operation => Look::of_sms(operation).map(Self::Look),
        }
    }
}
