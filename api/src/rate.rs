use axum::{
    Json,
    extract::{Request, State},
};
use drumbeat_common::{CampaignId, Tps, catalog};
use serde_json::value::RawValue;
use tracing::info;

use crate::{
    CampaignView, Problem, RateRequest, body, campaign_path::CampaignPath, campaigns, complaints::Complaints,
    error::ApiError, json::Kind, lifecycle, problem::CampaignProblem, server::App, single_field,
};

/// A rate is a few bytes.
const BODY_LIMIT: usize = 4096;

/// Change a campaign's rate
///
/// The new rate holds within 250 ms, over all workers together.
#[utoipa::path(
    patch,
    path = "/api/campaigns/{id}",
    operation_id = "change_rate",
    tag = "campaigns",
    params(CampaignPath),
    request_body = RateRequest,
    responses(
        (status = OK, description = "The campaign as it stands now", body = CampaignView),
        (status = BAD_REQUEST, description = "No JSON", body = Problem, content_type = "application/problem+json"),
        (status = CONFLICT, description = "It is completed or cancelled", body = Problem, content_type = "application/problem+json"),
        (status = UNSUPPORTED_MEDIA_TYPE, description = "Not application/json", body = Problem, content_type = "application/problem+json"),
        (status = UNPROCESSABLE_ENTITY, description = "No rate that a campaign may have", body = Problem, content_type = "application/problem+json"),
        CampaignProblem
    )
)]
pub(crate) async fn change(
    State(app): State<App>,
    CampaignPath(id): CampaignPath,
    request: Request,
) -> Result<Json<CampaignView>, ApiError> {
    let body = body::json(request, BODY_LIMIT).await?;
    let known = "only tps can be changed";
    let tps = single_field::read(&body, &["tps"], known, tps, Complaints::into_rate_error)?;
    set(&app, id, tps).await
}

/// Gives a campaign another rate.
pub(crate) async fn set(app: &App, id: CampaignId, tps: Tps) -> Result<Json<CampaignView>, ApiError> {
    lifecycle::moved(catalog::set_tps(&app.redis, id, tps), "its rate means nothing any more").await?;
    info!(campaign = %id, %tps, "campaign's rate changed");
    campaigns::view(&app.redis, id).await
}

/// A rate as it stands in a body.
pub(crate) fn tps(raw: &RawValue) -> Result<Tps, String> {
    match Kind::of(raw) {
        Kind::Number => raw.get().parse::<Tps>().map_err(|error| error.to_string()),
        other => Err(format!("tps must be a number, not {other}")),
    }
}
