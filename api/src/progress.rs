use axum::{Json, extract::State};
use drumbeat_common::Progress;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    campaign_path::CampaignPath, campaigns::existing, doubt, error::ApiError, problem::CampaignProblem,
    server::App,
};

/// Where a campaign stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProgressView {
    /// All counts, of one moment.
    #[serde(flatten)]
    pub progress: Progress,
    /// Where the campaign is over and somebody is in doubt: until when a report may still settle that. After it, only a
    /// person decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub doubt_open_until: Option<Timestamp>,
}

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
        (status = OK, description = "All counts, of one moment", body = ProgressView),
        CampaignProblem
    )
)]
pub(crate) async fn show(
    State(app): State<App>,
    CampaignPath(id): CampaignPath,
) -> Result<Json<ProgressView>, ApiError> {
    let mut progress = existing(drumbeat_common::progress(&app.redis, id)).await?;
    let doubt_open_until = doubt::open_until(&mut progress, app.doubt_window, Timestamp::now());
    Ok(Json(ProgressView { progress, doubt_open_until }))
}
