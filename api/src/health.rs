use std::time::Duration;

use axum::{Json, extract::State};

use crate::{Health, Problem, error::ApiError, server::App};

/// A Redis that takes longer than this is of no use to a campaign.
const READY: Duration = Duration::from_secs(1);

const OK: Health = Health { status: std::borrow::Cow::Borrowed("ok") };

/// Whether the process is alive
#[utoipa::path(get, path = "/healthz", operation_id = "is_alive", tag = "machines", responses((status = OK, description = "It is", body = Health)))]
pub(crate) async fn alive() -> Json<Health> {
    Json(OK)
}

/// Whether it can serve: Redis answers
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "is_ready",
    tag = "machines",
    responses(
        (status = OK, description = "It is", body = Health),
        (status = SERVICE_UNAVAILABLE, description = "Redis is away", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn ready(State(app): State<App>) -> Result<Json<Health>, ApiError> {
    match tokio::time::timeout(READY, app.redis.ping()).await {
        Ok(Ok(())) => Ok(Json(OK)),
        Ok(Err(_)) => Err(ApiError::Away),
        Err(_) => Err(ApiError::Late),
    }
}
