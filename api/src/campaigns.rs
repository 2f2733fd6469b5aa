use axum::{Json, extract::State};
use drumbeat_common::{CampaignId, Redis, StoreError, catalog};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    CampaignList, CampaignView, Problem,
    campaign_path::CampaignPath,
    deadline,
    error::ApiError,
    problem::CampaignProblem,
    query::{Parameters, page_size},
    server::App,
};

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 200;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParameters {
    /// How many of the newest campaigns to pass over.
    #[serde(default)]
    #[param(default = 0)]
    offset: u32,
    /// How many to answer with: 1 to 200.
    #[param(default = 50, minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// All campaigns, newest first
#[utoipa::path(
    get,
    path = "/api/campaigns",
    operation_id = "list_campaigns",
    tag = "campaigns",
    params(ListParameters),
    responses(
        (status = OK, description = "A page of campaigns", body = CampaignList),
        (status = BAD_REQUEST, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, description = "Redis is away", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<Json<CampaignList>, ApiError> {
    let offset = parameters.offset as usize;
    let limit = page_size(parameters.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    let (campaigns, total) = deadline::answer(async {
        Ok((catalog::list(&app.redis, offset, limit).await?, catalog::count(&app.redis).await?))
    })
    .await?;
    // By the page's size, not by what came: a campaign that is only half written is passed over in the list.
    let next = offset as u64 + limit as u64;
    Ok(Json(CampaignList {
        campaigns: campaigns.into_iter().map(CampaignView::from).collect(),
        total,
        next_offset: (next < total).then_some(next),
    }))
}

/// One campaign
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}",
    operation_id = "show_campaign",
    tag = "campaigns",
    params(CampaignPath),
    responses(
        (status = OK, description = "The campaign as it stands now", body = CampaignView),
        CampaignProblem
    )
)]
pub(crate) async fn show(
    State(app): State<App>,
    CampaignPath(id): CampaignPath,
) -> Result<Json<CampaignView>, ApiError> {
    view(&app.redis, id).await
}

/// A campaign as it stands now.
pub(crate) async fn view(redis: &Redis, id: CampaignId) -> Result<Json<CampaignView>, ApiError> {
    Ok(Json(existing(catalog::get(redis, id)).await?.into()))
}

/// What Redis is asked for about a campaign; an error where there is no such campaign.
pub(crate) async fn existing<T>(
    asked: impl Future<Output = Result<Option<T>, StoreError>>,
) -> Result<T, ApiError> {
    deadline::answer(asked).await?.ok_or(ApiError::NoCampaign)
}
