use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use drumbeat_common::{FailurePage, RecipientIndex, catalog, failures};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    Problem,
    campaign_path::CampaignPath,
    campaigns, deadline,
    error::ApiError,
    failures_csv,
    problem::CampaignProblem,
    query::{DEFAULT_LIMIT, Format, MAX_LIMIT, Parameters, page_size},
    server::App,
};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FailureParameters {
    /// The `next` of the page before: those after this place in the campaign's list.
    #[param(value_type = Option<u32>)]
    after: Option<RecipientIndex>,
    /// How many to answer with: 1 to 1,000.
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `csv` streams all failures as a file.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// Who failed or is in doubt, and why
///
/// In the order of the campaign's list, by pages: exactly those who are failed or in doubt now. `format=csv` streams all of them, and then takes neither `after` nor `limit`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/failures",
    operation_id = "list_failures",
    tag = "progress",
    params(CampaignPath, FailureParameters),
    responses(
        (status = OK, description = "A page of failures, or all of them as a file", content((FailurePage = "application/json"), (String = "text/csv"))),
        (status = BAD_REQUEST, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        CampaignProblem
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    CampaignPath(id): CampaignPath,
    Parameters(parameters): Parameters<FailureParameters>,
) -> Result<Response, ApiError> {
    let FailureParameters { after, limit, format } = parameters;
    match format {
        Format::Json => {
            let limit = page_size(limit, DEFAULT_LIMIT, MAX_LIMIT)?;
            campaigns::existing(catalog::get(&app.redis, id)).await?;
            let page = deadline::answer(failures(&app.redis, id, after, limit)).await?;
            Ok(Json(page).into_response())
        }
        Format::Csv if after.is_some() || limit.is_some() => Err(ApiError::Parameters(
            "format=csv streams all failures: it goes with neither after nor limit".to_owned(),
        )),
        Format::Csv => {
            campaigns::existing(catalog::get(&app.redis, id)).await?;
            failures_csv::stream(app.redis, id).await
        }
    }
}
