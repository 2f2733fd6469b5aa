//! The way in: a campaign is read and checked as a whole before anything of it is written.

mod campaign;
mod idempotency;
mod recipient;
mod take;

use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use tracing::error;

use crate::{CampaignRequest, Problem, SendCampaignAnswer, body, error::ApiError, server::App};
use campaign::CheckedCampaign;
use idempotency::IdempotencyKey;
use take::Taken;

/// The largest body: some 400,000 recipients with a variable or two. More come as several campaigns.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// Send a campaign
///
/// The campaign is checked as a whole: it is taken with everybody in it, or nothing of it is. With an `Idempotency-Key`,
/// the same body posted again within a day is the same campaign.
#[utoipa::path(
    post,
    path = "/api/send-campaign",
    tag = "campaigns",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters, new for each campaign", max_length = 255)),
    request_body = CampaignRequest,
    responses(
        (
            status = ACCEPTED, description = "The campaign is taken, and runs", body = SendCampaignAnswer,
            headers(("Idempotency-Replayed" = String, description = "`true` where this campaign was taken before"))
        ),
        (status = BAD_REQUEST, description = "No JSON, or no Idempotency-Key", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "The Idempotency-Key came before with another body", body = Problem, content_type = "application/problem+json"),
        (status = PAYLOAD_TOO_LARGE, description = "More than 64 MiB", body = Problem, content_type = "application/problem+json"),
        (status = UNSUPPORTED_MEDIA_TYPE, description = "Not application/json", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "Fields or recipients are wrong; each is named", body = Problem, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, description = "Redis is away", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn send_campaign(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let key = idempotency::key(request.headers())?;
    let _turn = app.intakes.acquire().await.map_err(|_| ApiError::Internal)?;
    let body = body::json(request, BODY_LIMIT).await?;
    let (campaign, key) = check(&app, body, key).await?;
    let Taken { answer, replayed } = take::take(&app, campaign, key.as_ref()).await?;
    let mut response = (StatusCode::ACCEPTED, Json(answer)).into_response();
    if replayed {
        idempotency::mark_replayed(response.headers_mut());
    }
    Ok(response)
}

/// Checks a body, off the threads that serve others: 64 MiB take a second.
async fn check(
    app: &App,
    body: Bytes,
    key: Option<String>,
) -> Result<(CheckedCampaign, Option<IdempotencyKey>), ApiError> {
    let templates = app.templates.clone();
    let checked = tokio::task::spawn_blocking(move || {
        let campaign = campaign::check(&body, &templates)?;
        Ok((campaign, key.map(|key| IdempotencyKey::bound_to(key, &body))))
    });
    checked.await.unwrap_or_else(|error| {
        error!(%error, "the check of a campaign ended without an answer");
        Err(ApiError::Internal)
    })
}
