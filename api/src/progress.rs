use axum::{extract::State, http::HeaderMap, response::Response};
use drumbeat_common::Watched;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    campaign_path::CampaignPath, campaigns::existing, error::ApiError, problem::CampaignProblem,
    query::Parameters, server::App, unchanged,
};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProgressParameters {
    /// Tells what happened to the campaign too, and how many messages were sent in each second after this one (Unix time).
    rate_after: Option<i64>,
}

/// Where a campaign stands
///
/// All counts are of one moment: `pending + sending + sent + failed + in_doubt + skipped + cancelled == total`. With the
/// `ETag` of an answer as `If-None-Match`, 304 says that nothing has changed since.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/progress",
    operation_id = "show_progress",
    tag = "progress",
    params(CampaignPath, ProgressParameters, ("If-None-Match" = Option<String>, Header, description = "The `ETag` of the answer before")),
    responses(
        (status = OK, description = "All counts, of one moment", body = Watched),
        (status = NOT_MODIFIED, description = "Nothing has changed"),
        CampaignProblem
    )
)]
pub(crate) async fn show(
    State(app): State<App>,
    CampaignPath(id): CampaignPath,
    Parameters(parameters): Parameters<ProgressParameters>,
    asked: HeaderMap,
) -> Result<Response, ApiError> {
    match parameters.rate_after {
        Some(second) => answer(&asked, &existing(drumbeat_common::watch(&app.redis, id, second)).await?),
        None => answer(&asked, &existing(drumbeat_common::progress(&app.redis, id)).await?),
    }
}

fn answer(asked: &HeaderMap, progress: &impl Serialize) -> Result<Response, ApiError> {
    let json = serde_json::to_vec(progress).map_err(|_| ApiError::Internal)?;
    Ok(unchanged::answer(asked, "application/json", json.into()))
}
