use axum::{extract::State, http::HeaderMap, response::Response};
use drumbeat_common::{CampaignId, Event, Progress, SentInSecond, Watched};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    campaign_path::CampaignPath, campaigns::existing, doubt, error::ApiError, problem::CampaignProblem,
    query::Parameters, server::App, unchanged,
};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProgressParameters {
    /// Tells what happened to the campaign too, and how many messages were sent in each second after this one (Unix time).
    rate_after: Option<i64>,
}

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
    /// Messages sent by second: of the seconds that are over, at most the last 600, those in which any were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rate: Vec<SentInSecond>,
    /// What happened to it, newest first, at most the last 30 things.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
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
        (status = OK, description = "All counts, of one moment", body = ProgressView),
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
    let progress = view(&app, id, parameters.rate_after).await?;
    let json = serde_json::to_vec(&progress).map_err(|_| ApiError::Internal)?;
    Ok(unchanged::answer(&asked, "application/json", json.into()))
}

/// Where a campaign stands now; with what happened to it, and its rate after a second, where one is named.
pub(crate) async fn view(
    app: &App,
    id: CampaignId,
    rate_after: Option<i64>,
) -> Result<ProgressView, ApiError> {
    let Watched { mut progress, rate, events } =
        existing(drumbeat_common::watch(&app.redis, id, rate_after)).await?;
    let doubt_open_until = doubt::open_until(&mut progress, app.doubt_window, Timestamp::now());
    let events = if rate_after.is_some() { events } else { Vec::new() };
    Ok(ProgressView { progress, doubt_open_until, rate, events })
}
