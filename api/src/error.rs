use std::fmt;

use axum::{
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use drumbeat_common::{CampaignId, Status, StoreError};
use drumbeat_tracking::LookupError;
use tracing::{error, warn};

use crate::{FieldProblem, Problem};

/// Why a request came to nothing. Each says what was wrong and what the caller may do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("this server needs a key: send it as Authorization: Bearer KEY")]
    Unauthorized,
    #[error("another site's page asked for this: nothing was done")]
    OtherSite,
    #[error("there is nothing at this path; /api/openapi.json lists what there is")]
    NoRoute,
    #[error("this path does not take this method; the Allow header lists those it takes")]
    Method,
    #[error("there is no such campaign")]
    NoCampaign,
    #[error("this address is not on the suppression list")]
    NotSuppressed,
    #[error("there is no such template; /api/templates lists what there is")]
    NoTemplate,
    #[error("no message of this id is known")]
    NoMessage,
    #[error(
        "this server keeps no record of messages: DYNAMODB_DELIVERY_TRACKING_TABLE is not set; name the table there that \
         `drumbeat migrate` made"
    )]
    NoTable,
    #[error("{0}; try again")]
    TableAway(String),
    #[error("{0}")]
    Parameters(String),
    #[error("the body must be JSON: send it with Content-Type: application/json")]
    MediaType,
    #[error("the body must be JSON or CSV: send it with Content-Type: application/json or text/csv")]
    SuppressionsMediaType,
    #[error(
        "the list must be JSON, NDJSON or CSV: send it with Content-Type: application/json, application/x-ndjson or \
         text/csv, or as a file in a form"
    )]
    ListMediaType,
    #[error("the body may be packed with gzip (Content-Encoding: gzip), and in no other way")]
    Encoding,
    #[error(
        "the body is larger than {limit}; send the recipients as CSV or NDJSON, or split them over several campaigns"
    )]
    TooLarge { limit: String },
    #[error("the body did not arrive within {seconds} s")]
    SlowBody { seconds: u64 },
    #[error("the body did not arrive in full")]
    CutBody,
    #[error("the body is no JSON: {what} (line {line}, column {column})")]
    MalformedJson { what: String, line: usize, column: usize },
    #[error("{detail}")]
    InvalidCampaign { detail: String, errors: Vec<FieldProblem> },
    #[error("{detail}")]
    InvalidRate { detail: String, errors: Vec<FieldProblem> },
    #[error("{detail}")]
    InvalidResolution { detail: String, errors: Vec<FieldProblem> },
    #[error("{detail}")]
    InvalidSuppressions { detail: String, errors: Vec<FieldProblem> },
    #[error("{detail}")]
    InvalidRendering { detail: String, errors: Vec<FieldProblem> },
    #[error("an Idempotency-Key is one header of 1 to 255 visible ASCII characters")]
    IdempotencyKey,
    #[error(
        "this Idempotency-Key came before with another body; send a new campaign with a new key, or the same body again"
    )]
    IdempotencyConflict,
    #[error("the campaign is {status}: {rule}")]
    NotPossible { status: Status, rule: &'static str },
    #[error("{0}")]
    Nobody(&'static str),
    #[error(
        "after {seconds} s it is done for {recipients} recipients, and not yet for all: repeat the call, and it goes on \
         where it stopped"
    )]
    Unfinished { recipients: u64, seconds: u64 },
    #[error(
        "campaign {0} was cancelled before all of it was taken; nothing of it is sent. Post it again with another \
         Idempotency-Key if it is wanted after all"
    )]
    CancelledMeanwhile(CampaignId),
    #[error(
        "campaign {0} was lost while it was being taken: Redis forgot it. Nothing of it is sent; post it again"
    )]
    Lost(CampaignId),
    #[error("campaign {id} was not taken in full: it stays loading and sends nothing. {}", again(*keyed))]
    NotTaken { id: CampaignId, keyed: bool },
    #[error(
        "campaign {id} was taken, but Redis went away before it said whether the campaign started. {}",
        look(*keyed)
    )]
    PerhapsStarted { id: CampaignId, keyed: bool },
    #[error("Redis did not answer in time; try again")]
    Late,
    #[error("Redis is away; try again")]
    Away,
    #[error("Redis holds what Drumbeat did not write; the log says what")]
    Corrupt,
    #[error("this failed inside Drumbeat; the log says why")]
    Internal,
}

fn again(keyed: bool) -> &'static str {
    if keyed {
        "Send the same body with the same Idempotency-Key to complete it"
    } else {
        "Post it again; an Idempotency-Key would let it be completed instead"
    }
}

// Posting again without looking could send to everybody twice.
fn look(keyed: bool) -> &'static str {
    if keyed {
        "Send the same body with the same Idempotency-Key to make sure of it"
    } else {
        "Do not post it again before you have looked at it: it may be running"
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Redis(error) => {
                warn!(%error, "Redis is away");
                Self::Away
            }
            StoreError::Corrupt(what) => {
                error!(what, "Redis holds what Drumbeat did not write");
                Self::Corrupt
            }
        }
    }
}

impl From<LookupError> for ApiError {
    fn from(error: LookupError) -> Self {
        warn!(%error, "the delivery table is away");
        Self::TableAway(error.to_string())
    }
}

impl ApiError {
    /// A list that is wrong as a whole.
    pub(crate) fn invalid_list(why: impl fmt::Display) -> Self {
        Self::InvalidCampaign { detail: format!("{why}; nothing was sent"), errors: Vec::new() }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::Parameters(_) | Self::CutBody | Self::MalformedJson { .. } | Self::IdempotencyKey => {
                StatusCode::BAD_REQUEST
            }
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::OtherSite => StatusCode::FORBIDDEN,
            Self::NoCampaign | Self::NoMessage | Self::NoRoute | Self::NoTemplate | Self::NotSuppressed => {
                StatusCode::NOT_FOUND
            }
            Self::NoTable => StatusCode::NOT_IMPLEMENTED,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::SlowBody { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::IdempotencyConflict
            | Self::NotPossible { .. }
            | Self::Nobody(_)
            | Self::CancelledMeanwhile(_) => StatusCode::CONFLICT,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType | Self::ListMediaType | Self::SuppressionsMediaType | Self::Encoding => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Self::InvalidCampaign { .. }
            | Self::InvalidRate { .. }
            | Self::InvalidRendering { .. }
            | Self::InvalidResolution { .. }
            | Self::InvalidSuppressions { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Lost(_)
            | Self::NotTaken { .. }
            | Self::PerhapsStarted { .. }
            | Self::Unfinished { .. }
            | Self::TableAway(_)
            | Self::Late
            | Self::Away => StatusCode::SERVICE_UNAVAILABLE,
            Self::Corrupt | Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The problem's type, and its title where the status does not say it all.
    const fn kind(&self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Unauthorized
            | Self::OtherSite
            | Self::NoRoute
            | Self::Method
            | Self::TooLarge { .. }
            | Self::MediaType
            | Self::ListMediaType
            | Self::Encoding
            | Self::SuppressionsMediaType
            | Self::SlowBody { .. }
            | Self::CutBody
            | Self::Corrupt
            | Self::Internal => ("about:blank", None),
            Self::NoCampaign => ("/problems/unknown-campaign", Some("There is no such campaign")),
            Self::NotSuppressed => ("/problems/not-suppressed", Some("The address is not suppressed")),
            Self::NoMessage => ("/problems/unknown-message", Some("There is no such message")),
            Self::NoTable => ("/problems/no-delivery-table", Some("There is no delivery table")),
            Self::TableAway(_) => ("/problems/delivery-table-away", Some("The delivery table is away")),
            Self::NoTemplate => ("/problems/unknown-template", Some("There is no such template")),
            Self::Parameters(_) => ("/problems/invalid-parameters", Some("The query is not valid")),
            Self::MalformedJson { .. } => ("/problems/malformed-json", Some("The body is no JSON")),
            Self::InvalidCampaign { .. } => ("/problems/invalid-campaign", Some("The campaign is not valid")),
            Self::InvalidRate { .. } => ("/problems/invalid-rate", Some("The rate is not valid")),
            Self::InvalidResolution { .. } => {
                ("/problems/invalid-resolution", Some("The decision is not valid"))
            }
            Self::InvalidSuppressions { .. } => {
                ("/problems/invalid-suppressions", Some("The suppressions are not valid"))
            }
            Self::InvalidRendering { .. } => {
                ("/problems/invalid-rendering", Some("The template cannot be rendered like this"))
            }
            Self::IdempotencyKey => {
                ("/problems/invalid-idempotency-key", Some("The Idempotency-Key is not valid"))
            }
            Self::IdempotencyConflict => {
                ("/problems/idempotency-conflict", Some("The Idempotency-Key was used before"))
            }
            Self::NotPossible { .. } | Self::CancelledMeanwhile(_) => {
                ("/problems/not-possible", Some("The campaign's status does not allow it"))
            }
            Self::Nobody(_) => ("/problems/nobody-there", Some("There is nobody to do it for")),
            Self::Unfinished { .. } => ("/problems/unfinished", Some("It is not done for everybody yet")),
            Self::Lost(_) | Self::NotTaken { .. } | Self::PerhapsStarted { .. } => {
                ("/problems/interrupted", Some("Redis went away while the campaign was being taken"))
            }
            Self::Late | Self::Away => ("/problems/redis-away", Some("Redis is away")),
        }
    }

    const fn campaign(&self) -> Option<CampaignId> {
        match self {
            Self::CancelledMeanwhile(id)
            | Self::Lost(id)
            | Self::NotTaken { id, .. }
            | Self::PerhapsStarted { id, .. } => Some(*id),
            _ => None,
        }
    }

    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self.status() {
            StatusCode::UNAUTHORIZED => {
                Some((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"drumbeat\"")))
            }
            StatusCode::SERVICE_UNAVAILABLE => Some((RETRY_AFTER, HeaderValue::from_static("1"))),
            _ => None,
        }
    }

    fn problem(self) -> Problem {
        let (status, (kind, title), campaign_id) = (self.status(), self.kind(), self.campaign());
        let title = title.or(status.canonical_reason()).unwrap_or_default();
        let detail = self.to_string();
        let errors = match self {
            Self::InvalidCampaign { errors, .. }
            | Self::InvalidRate { errors, .. }
            | Self::InvalidResolution { errors, .. }
            | Self::InvalidSuppressions { errors, .. }
            | Self::InvalidRendering { errors, .. } => errors,
            _ => Vec::new(),
        };
        Problem {
            kind: kind.to_owned(),
            title: title.to_owned(),
            status: status.as_u16(),
            detail,
            campaign_id,
            errors,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let header = self.header();
        let mut response = self.problem().into_response();
        if let Some((name, value)) = header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}
