use axum::{Json, extract::State};
use drumbeat_common::{Channel, suppression};
use serde::Deserialize;
use tracing::info;
use utoipa::IntoParams;

use super::{entry, wire::SuppressionView};
use crate::{Problem, deadline, error::ApiError, query::Parameters, server::App};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RemoveParameters {
    /// The channel.
    channel: Channel,
    /// The address.
    #[param(example = "+14155550100")]
    address: String,
}

/// Take an address off the list
///
/// It may be sent to again, by campaigns that run already too; whom they skipped before stays skipped.
#[utoipa::path(
    delete,
    path = "/api/suppressions",
    operation_id = "remove_suppression",
    tag = "suppressions",
    params(RemoveParameters),
    responses(
        (status = OK, description = "What was taken off", body = SuppressionView),
        (status = BAD_REQUEST, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = NOT_FOUND, description = "The address was not on the list", body = Problem, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, description = "Redis is away", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Parameters(RemoveParameters { channel, address }): Parameters<RemoveParameters>,
) -> Result<Json<SuppressionView>, ApiError> {
    let address = entry::address_in_query(channel, &address)?;
    let removed = deadline::answer(suppression::remove(&app.redis, &address)).await?;
    let removed = removed.ok_or(ApiError::NotSuppressed)?;
    info!(%channel, "an address is not suppressed any more");
    Ok(Json(removed.into()))
}
