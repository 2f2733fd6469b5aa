use std::borrow::Cow;

use drumbeat_common::Channel;
use hyper::StatusCode;
use serde::Serialize;

/// A service's refusal, as its SDKs read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AwsError {
    pub(crate) status: StatusCode,
    /// Empty for an answer that names no error.
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: String,
    /// Only SMS has these.
    pub(crate) details: Details,
    pub(crate) verdict: Verdict,
}

/// What SMS tells beside code and message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Details {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) fields: Vec<Field>,
    #[serde(flatten)]
    pub(crate) resource: Option<Box<Resource>>,
}

/// A thing that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Resource {
    pub(crate) resource_type: &'static str,
    pub(crate) resource_id: String,
}

/// A request field at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) message: String,
}

/// What a refusal counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Rejected,
    Throttled,
    ServerError,
}

impl AwsError {
    pub(crate) fn rejected(
        service: Channel,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        let code = code.into();
        Self {
            status: rejection_status(service, &code),
            code,
            message: message.into(),
            details: Details::default(),
            verdict: Verdict::Rejected,
        }
    }

    pub(crate) fn throttled(service: Channel) -> Self {
        let (status, code, message) = match service {
            // The AWS JSON protocol has 400 for all that is not the service's own failure.
            Channel::Sms => (StatusCode::BAD_REQUEST, "ThrottlingException", "Rate exceeded"),
            Channel::Whatsapp => {
                (StatusCode::TOO_MANY_REQUESTS, "ThrottledRequestException", "Too many requests")
            }
            Channel::Email => {
                (StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", "Maximum sending rate exceeded.")
            }
        };
        Self {
            status,
            code: code.into(),
            message: message.into(),
            details: Details::default(),
            verdict: Verdict::Throttled,
        }
    }

    pub(crate) fn server_error(service: Channel, status: u16, code: Option<&str>) -> Self {
        let own_name = match service {
            Channel::Sms => "InternalServerException",
            Channel::Whatsapp => "InternalServiceException",
            Channel::Email => "InternalServiceErrorException",
        };
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            code: code.map_or(own_name.into(), |code| code.to_owned().into()),
            message: "The service failed on demand of a fault rule.".into(),
            details: Details::default(),
            verdict: Verdict::ServerError,
        }
    }

    /// The refusal of a recipient that a fault rule asks for.
    pub(crate) fn refused_recipient(service: Channel, code: Option<&str>, reason: Option<&str>) -> Self {
        let (own_code, own_reason) = match service {
            Channel::Sms => ("ConflictException", Some("DESTINATION_PHONE_NUMBER_OPTED_OUT")),
            Channel::Whatsapp => ("ValidationException", None),
            Channel::Email => ("MessageRejected", None),
        };
        let mut error = Self::rejected(
            service,
            code.map_or(own_code.into(), |code| Cow::Owned(code.to_owned())),
            "The recipient was refused on demand of a fault rule.",
        );
        // The reason by default belongs to the code by default.
        let own_reason = own_reason.filter(|_| error.code == own_code).map(Cow::Borrowed);
        error.details.reason = match service {
            Channel::Sms => reason.map(|reason| Cow::Owned(reason.to_owned())).or(own_reason),
            Channel::Whatsapp | Channel::Email => None,
        };
        error
    }

    /// The body is not the JSON that the operation takes.
    pub(crate) fn serialization(service: Channel, error: &serde_json::Error) -> Self {
        Self::rejected(service, "SerializationException", format!("The request body cannot be read: {error}"))
    }

    pub(crate) fn missing_token(service: Channel) -> Self {
        let mut error =
            Self::rejected(service, "MissingAuthenticationTokenException", "Missing Authentication Token");
        error.status = StatusCode::FORBIDDEN;
        error
    }
}

/// REST services give each error a status of its own; SMS speaks AWS JSON, which does not.
fn rejection_status(service: Channel, code: &str) -> StatusCode {
    match (service, code) {
        (Channel::Sms, _) => StatusCode::BAD_REQUEST,
        (_, "AccessDeniedException" | "AccessDeniedByMetaException") => StatusCode::FORBIDDEN,
        (_, "ResourceNotFoundException" | "NotFoundException") => StatusCode::NOT_FOUND,
        _ => StatusCode::BAD_REQUEST,
    }
}
