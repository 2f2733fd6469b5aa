use axum::{extract::State, response::Response};
use drumbeat_common::{catalog, rejected};

use crate::{
    campaign_path::CampaignPath,
    csv_file::{self, Page},
    deadline,
    error::ApiError,
    problem::CampaignProblem,
    server::App,
};

const HEADER: &[&str] = &["line", "customer_id", "reason"];

/// Download the rows that were left out
///
/// All rows of the campaign's list that became no recipients, as CSV: line, customer, and everything that is wrong.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/rejected",
    operation_id = "rejected_rows",
    tag = "campaigns",
    params(CampaignPath),
    responses(
        (status = OK, description = "The rows, in the order of the list", body = String, content_type = "text/csv"),
        CampaignProblem
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    CampaignPath(id): CampaignPath,
) -> Result<Response, ApiError> {
    deadline::answer(catalog::get(&app.redis, id)).await?.ok_or(ApiError::NoCampaign)?;
    let redis = app.redis;
    csv_file::stream(format!("rejected-{id}.csv"), HEADER, move |after: Option<u32>| {
        let redis = redis.clone();
        async move {
            let number = after.map_or(0, |block| block + 1);
            let block = deadline::answer(rejected::block(&redis, id, number)).await?;
            let next = block.is_some().then_some(number);
            Ok(Page { rows: block.unwrap_or_default(), next })
        }
    })
    .await
}
