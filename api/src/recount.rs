use axum::{Json, extract::State};
use drumbeat_common::Recount;

use crate::{
    campaign_path::CampaignPath, campaigns::existing, error::ApiError, problem::CampaignProblem, server::App,
};

/// Count a campaign anew
///
/// Everybody is counted in the ledger, beside the counters that the progress shows, at one moment. Reads a megabyte for
/// a million recipients.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/recount",
    operation_id = "recount_campaign",
    tag = "progress",
    params(CampaignPath),
    responses((status = OK, description = "Both counts, and whether they are equal", body = Recount), CampaignProblem)
)]
pub(crate) async fn show(
    State(app): State<App>,
    CampaignPath(id): CampaignPath,
) -> Result<Json<Recount>, ApiError> {
    existing(drumbeat_common::recount(&app.redis, id)).await.map(Json)
}
