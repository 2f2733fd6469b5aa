//! The way in: a list is read row by row, checked, and written while the rest of it still arrives.
//!
//! In reading order: `upload` opens what a request brings, and `source` is what of it has arrived; `reading` makes rows of
//! it (`csv_records` and `csv_row`, or `json_row`); `check` makes a row a recipient, or a rejection; `list` puts
//! recipients into batches and counts; `take` hands these to the `writer`, which writes them to Redis. A `preflight` reads a list in the same way, and makes a `report` of it.

mod addresses;
mod check;
mod choice;
mod csv_records;
mod csv_row;
mod examine;
pub(crate) mod idempotency;
mod json_row;
mod list;
mod options;
mod parameters;
pub(crate) mod preflight;
mod reading;
mod rejections;
mod report;
mod row;
mod source;
mod take;
mod tally;
mod upload;
mod verdict;
mod writer;

use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::{CampaignRequest, Problem, SendCampaignAnswer, error::ApiError, server::App};
pub use examine::Sample;
pub use report::{CountryCount, DuplicateExample, Duration, PreflightAnswer, ProblemKind, TemplateCount};
pub(crate) use writer::Taken;

/// Send a campaign
///
/// The recipients come as JSON, as NDJSON or CSV (then with the other fields of the campaign as query parameters), or as
/// such a file in a form; each may be packed with gzip. Rows that cannot be sent to are left out and named; where more of
/// them are wrong than `max_rejected` allows, nothing is sent. With an `Idempotency-Key`, the same body posted again
/// within a day is the same campaign.
#[utoipa::path(
    post,
    path = "/api/send-campaign",
    tag = "campaigns",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters, new for each campaign", max_length = 255)),
    request_body(content(
        (CampaignRequest = "application/json"),
        (String = "text/csv"),
        (String = "application/x-ndjson"),
        (String = "multipart/form-data")
    )),
    responses(
        (
            status = ACCEPTED, description = "The campaign is taken, and runs, or waits for its start", body = SendCampaignAnswer,
            headers(("Idempotency-Replayed" = String, description = "`true` where this campaign was taken before"))
        ),
        (status = BAD_REQUEST, description = "No JSON, no such parameter, or no Idempotency-Key", body = Problem, content_type = "application/problem+json"),
        (status = REQUEST_TIMEOUT, description = "The body stood still", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "The Idempotency-Key came before with another body", body = Problem, content_type = "application/problem+json"),
        (status = PAYLOAD_TOO_LARGE, description = "JSON of more than 64 MiB", body = Problem, content_type = "application/problem+json"),
        (status = UNSUPPORTED_MEDIA_TYPE, description = "No list in a form that can be read", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "Options or too many recipients are wrong; each is named", body = Problem, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, description = "Redis is away", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn send_campaign(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let Taken { answer, replayed } = take_campaign(app, request).await?;
    let mut response = (StatusCode::ACCEPTED, Json(answer)).into_response();
    if replayed {
        idempotency::mark_replayed(response.headers_mut());
    }
    Ok(response)
}

/// Takes the campaign that a request brings.
pub(crate) async fn take_campaign(app: App, request: Request) -> Result<Taken, ApiError> {
    let key = idempotency::key(request.headers())?;
    let turn = app.intakes.clone().acquire_owned().await.map_err(|_| ApiError::Internal)?;
    let upload = upload::open(request).await?;
    let gone = CancellationToken::new();
    // A task of its own: it has to clean up where the caller hangs up, and this future is dropped then.
    let taking = tokio::spawn({
        let gone = gone.clone();
        async move {
            let _turn = turn;
            take::take(&app, upload, key, &gone).await
        }
    });
    let _gone_when_dropped = gone.drop_guard();
    taking.await.unwrap_or_else(|error| {
        error!(%error, "the taking of a campaign ended without an answer");
        Err(ApiError::Internal)
    })
}
