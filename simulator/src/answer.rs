use bytes::Bytes;
use drumbeat_common::Channel;
use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    header::{CONTENT_TYPE, HeaderName, HeaderValue},
};
use serde_json::{Map, Value, json};

use crate::{
    aws_error::{AwsError, Details},
    message_id::MessageId,
    uuid::Uuid,
};

/// What goes back over the connection.
pub(crate) type Answer = Response<Full<Bytes>>;

const AWS_JSON: &str = "application/x-amz-json-1.0";
const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// A service's answer to a message that it accepted.
pub(crate) fn accepted(service: Channel, id: MessageId) -> Answer {
    let name = match service {
        Channel::Sms | Channel::Email => "MessageId",
        Channel::Whatsapp => "messageId",
    };
    aws(StatusCode::OK, service, json!({ name: id.to_string() }))
}

/// A service's refusal.
pub(crate) fn refused(service: Channel, error: AwsError) -> Answer {
    let AwsError { status, code, message, details, verdict: _ } = error;
    if code.is_empty() {
        return with_request_id(body(status, content_type(service), Bytes::new()));
    }
    let mut answer = aws(status, service, error_body(service, &code, message, details));
    // REST JSON names the error in a header, AWS JSON in the body.
    if service != Channel::Sms
        && let Ok(code) = HeaderValue::from_str(&code)
    {
        answer.headers_mut().insert(ERROR_TYPE, code);
    }
    answer
}

fn error_body(service: Channel, code: &str, message: String, details: Details) -> Value {
    match service {
        Channel::Sms => {
            let mut fields = match serde_json::to_value(details) {
                Ok(Value::Object(fields)) => fields,
                _ => Map::new(),
            };
            fields.insert("__type".into(), format!("com.amazonaws.pinpointsmsvoicev2#{code}").into());
            fields.insert("Message".into(), message.into());
            fields.into()
        }
        Channel::Whatsapp | Channel::Email => json!({ "message": message }),
    }
}

/// The answer to a request that is meant for none of the services.
pub(crate) fn unknown_operation(status: StatusCode, content_type: &'static str) -> Answer {
    let name = "UnknownOperationException";
    let content = json!({ "__type": format!("com.amazon.coral.service#{name}") });
    let mut answer = with_request_id(body(status, content_type, content.to_string()));
    answer.headers_mut().insert(ERROR_TYPE, HeaderValue::from_static(name));
    answer
}

/// The answer to an AWS JSON call of an operation that is not here.
pub(crate) fn unknown_target() -> Answer {
    unknown_operation(StatusCode::BAD_REQUEST, AWS_JSON)
}

/// The answer to a REST call of an operation that is not here.
pub(crate) fn unknown_path() -> Answer {
    unknown_operation(StatusCode::NOT_FOUND, JSON)
}

/// JSON from the control API.
pub(crate) fn json(content: impl Into<Bytes>) -> Answer {
    body(StatusCode::OK, JSON, content)
}

/// Nothing to say but that it went well.
pub(crate) fn no_content() -> Answer {
    let mut answer = Answer::default();
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer
}

/// A complaint of the control API (RFC 9457).
pub(crate) fn problem(status: StatusCode, detail: &str) -> Answer {
    let title = status.canonical_reason().unwrap_or_default();
    body(status, PROBLEM, json!({ "title": title, "status": status.as_u16(), "detail": detail }).to_string())
}

/// What a service says that speaks AWS JSON.
pub(crate) fn aws_json(status: StatusCode, content: impl Into<Bytes>) -> Answer {
    with_request_id(body(status, AWS_JSON, content))
}

/// JSON from a service.
pub(crate) fn aws(status: StatusCode, service: Channel, content: Value) -> Answer {
    with_request_id(body(status, content_type(service), content.to_string()))
}

const fn content_type(service: Channel) -> &'static str {
    match service {
        Channel::Sms => AWS_JSON,
        Channel::Whatsapp | Channel::Email => JSON,
    }
}

fn body(status: StatusCode, content_type: &'static str, content: impl Into<Bytes>) -> Answer {
    let mut answer = Answer::new(Full::new(content.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

fn with_request_id(mut answer: Answer) -> Answer {
    if let Ok(id) = HeaderValue::from_str(&Uuid::random().to_string()) {
        answer.headers_mut().insert(REQUEST_ID, id);
    }
    answer
}
