use axum::{
    Json,
    extract::{Request, State},
};
use drumbeat_common::{
    Redis,
    suppression::{self, NewSuppression},
};
use tracing::info;

use super::{
    csv_import::{CsvImport, Taken},
    json_entries,
    wire::{SuppressionsAdded, SuppressionsRequest},
};
use crate::{Problem, body, deadline, error::ApiError, server::App};

/// The largest JSON body, some 100,000 addresses; a CSV file may have any size.
const JSON_LIMIT: usize = 16 * 1024 * 1024;
/// Addresses of a file that are put on the list together.
const GROUP: usize = 1_000;

/// Add addresses to the list
///
/// From then on nobody is sent to at these addresses, not even by campaigns that run already. One, or several as
/// `suppressions`, or a CSV file of any length with the columns `channel`, `address` and, if you like, `reason`; one that
/// was exported here can be imported again. An address that is on the list already stays as it is, so the same call may be
/// made again. JSON is taken as a whole or not at all; of a CSV file, the lines that can be read are taken, and the others
/// are named.
#[utoipa::path(
    post,
    path = "/api/suppressions",
    operation_id = "add_suppressions",
    tag = "suppressions",
    request_body(content((SuppressionsRequest = "application/json"), (String = "text/csv"))),
    responses(
        (status = OK, description = "How many are new", body = SuppressionsAdded),
        (status = BAD_REQUEST, description = "No JSON", body = Problem, content_type = "application/problem+json"),
        (status = PAYLOAD_TOO_LARGE, description = "JSON of more than 16 MiB", body = Problem, content_type = "application/problem+json"),
        (status = UNSUPPORTED_MEDIA_TYPE, description = "Neither application/json nor text/csv", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "Fields are wrong, or the file's header is", body = Problem, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, description = "Redis is away; make the same call again", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn add(
    State(app): State<App>,
    request: Request,
) -> Result<Json<SuppressionsAdded>, ApiError> {
    let answer = if body::is_of_type(request.headers(), "text/csv") {
        from_csv(&app.redis, request).await?
    } else {
        from_json(&app.redis, request).await?
    };
    let SuppressionsAdded { added, already_there, rejected_total, .. } = answer;
    info!(added, already_there, rejected_total, "addresses are suppressed");
    Ok(Json(answer))
}

async fn from_json(redis: &Redis, request: Request) -> Result<SuppressionsAdded, ApiError> {
    let body = body::json(request, JSON_LIMIT).await.map_err(|error| match error {
        ApiError::MediaType => ApiError::SuppressionsMediaType,
        error => error,
    })?;
    let mut answer = SuppressionsAdded::default();
    put(redis, json_entries::read(&body)?, &mut answer).await?;
    Ok(answer)
}

async fn from_csv(redis: &Redis, request: Request) -> Result<SuppressionsAdded, ApiError> {
    let mut body = request.into_body();
    let mut import = CsvImport::new();
    let mut answer = SuppressionsAdded::default();
    while let Some(piece) = body::piece(&mut body).await? {
        import.read(&piece)?;
        if import.taken.good.len() >= GROUP {
            put(redis, std::mem::take(&mut import.taken.good), &mut answer).await?;
        }
    }
    import.end()?;
    put(redis, std::mem::take(&mut import.taken.good), &mut answer).await?;
    let Taken { rejected, rejected_total, .. } = import.taken;
    Ok(SuppressionsAdded { rejected, rejected_total, ..answer })
}

async fn put(
    redis: &Redis,
    suppressions: Vec<NewSuppression>,
    answer: &mut SuppressionsAdded,
) -> Result<(), ApiError> {
    for group in suppressions.chunks(GROUP) {
        let added = deadline::answer(suppression::add(redis, group)).await?;
        answer.added += added;
        answer.already_there += group.len() as u64 - added;
    }
    Ok(())
}
