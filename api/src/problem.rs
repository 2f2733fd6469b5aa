use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use drumbeat_common::CampaignId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoResponses, ToSchema};

/// What went wrong, as RFC 9457 writes it (`application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem; `about:blank` where the status says it all.
    #[serde(rename = "type")]
    #[schema(example = "/problems/invalid-campaign")]
    pub kind: String,
    /// The kind of problem in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, and what to do.
    pub detail: String,
    /// The campaign it is about, where one was half taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub campaign_id: Option<CampaignId>,
    /// The fields at fault, the first 100 of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
}

/// What is wrong with one field of a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldProblem {
    /// The field, as a JSON pointer (RFC 6901).
    #[schema(example = "/recipients/11/phone")]
    pub pointer: String,
    /// The line of the body in which it stands, from 1; that of the recipient where the field is missing.
    pub line: u64,
    /// The recipient's customer, where the fault is a recipient's and the customer is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// What is wrong with it.
    pub detail: String,
}

/// What any call about a campaign may answer in place of what was asked for.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only its documentation is used")]
pub(crate) enum CampaignProblem {
    /// There is no such campaign
    #[response(status = NOT_FOUND, content_type = "application/problem+json")]
    Unknown(Problem),
    /// Redis is away
    #[response(status = SERVICE_UNAVAILABLE, content_type = "application/problem+json")]
    Away(Problem),
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}
