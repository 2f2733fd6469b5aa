use axum::{Json, extract::State};
use drumbeat_common::Progress;

use crate::{
    campaign_path::CampaignPath, campaigns::existing, error::ApiError, problem::CampaignProblem, server::App,
};

/// Where a campaign stands
///
/// All counts are of one moment: `pending + sending + sent + failed + in_doubt + skipped + cancelled == total`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/progress",
    operation_id = "show_progress",
    tag = "progress",
    params(CampaignPath),
    responses(
        (status = OK, description = "All counts, of one moment", body = Progress),
        CampaignProblem
    )
)]
pub(crate) async fn show(
    State(app): State<App>,
    CampaignPath(id): CampaignPath,
) -> Result<Json<Progress>, ApiError> {
    existing(drumbeat_common::progress(&app.redis, id)).await.map(Json)
}
