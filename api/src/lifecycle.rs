use axum::{Json, extract::State};
use drumbeat_common::{
    StoreError,
    catalog::{self, Transition},
};
use tracing::info;

use crate::{
    CampaignView, Problem, campaign_path::CampaignPath, campaigns, deadline, error::ApiError,
    problem::CampaignProblem, server::App,
};

/// Pause a campaign
///
/// Nothing more goes out, but for what is in its slot already, within 150 ms. A paused campaign stays paused.
#[utoipa::path(
    post,
    path = "/api/campaigns/{id}/pause",
    operation_id = "pause_campaign",
    tag = "campaigns",
    params(CampaignPath),
    responses(
        (status = OK, description = "The campaign as it stands now", body = CampaignView),
        (status = CONFLICT, description = "It is not running", body = Problem, content_type = "application/problem+json"),
        CampaignProblem
    )
)]
pub(crate) async fn pause(
    State(app): State<App>,
    CampaignPath(id): CampaignPath,
) -> Result<Json<CampaignView>, ApiError> {
    moved(catalog::pause(&app.redis, id, None), "only a running campaign can be paused").await?;
    info!(campaign = %id, "campaign paused");
    campaigns::view(&app.redis, id).await
}

/// Resume a paused campaign
///
/// Everybody who was not sent to yet is sent to, and nobody twice. A running campaign stays running, and a scheduled one
/// starts now.
#[utoipa::path(
    post,
    path = "/api/campaigns/{id}/resume",
    operation_id = "resume_campaign",
    tag = "campaigns",
    params(CampaignPath),
    responses(
        (status = OK, description = "The campaign as it stands now", body = CampaignView),
        (status = CONFLICT, description = "It is neither paused nor scheduled", body = Problem, content_type = "application/problem+json"),
        CampaignProblem
    )
)]
pub(crate) async fn resume(
    State(app): State<App>,
    CampaignPath(id): CampaignPath,
) -> Result<Json<CampaignView>, ApiError> {
    moved(catalog::resume(&app.redis, id), "only a paused or a scheduled campaign can be resumed").await?;
    info!(campaign = %id, "campaign resumed");
    campaigns::view(&app.redis, id).await
}

/// Cancel a campaign for good
///
/// Everybody who is pending gets nothing; what is in flight is still settled. A cancelled campaign stays cancelled.
#[utoipa::path(
    post,
    path = "/api/campaigns/{id}/cancel",
    operation_id = "cancel_campaign",
    tag = "campaigns",
    params(CampaignPath),
    responses(
        (status = OK, description = "The campaign as it stands now", body = CampaignView),
        (status = CONFLICT, description = "It is completed", body = Problem, content_type = "application/problem+json"),
        CampaignProblem
    )
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    CampaignPath(id): CampaignPath,
) -> Result<Json<CampaignView>, ApiError> {
    moved(catalog::cancel(&app.redis, id), "nobody in it is left to be cancelled").await?;
    info!(campaign = %id, "campaign cancelled");
    campaigns::view(&app.redis, id).await
}

/// Waits for a change of a campaign; an error where the campaign's status does not allow it.
pub(crate) async fn moved(
    change: impl Future<Output = Result<Transition, StoreError>>,
    rule: &'static str,
) -> Result<(), ApiError> {
    match deadline::answer(change).await? {
        Transition::Done(_) => Ok(()),
        Transition::Refused(status) => Err(ApiError::NotPossible { status, rule }),
        Transition::Unknown => Err(ApiError::NoCampaign),
    }
}
