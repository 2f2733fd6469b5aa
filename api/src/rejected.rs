use axum::{
    body::Body,
    extract::State,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use drumbeat_common::{CampaignId, Redis, Rejected, catalog, rejected};
use futures_util::stream;
use tracing::warn;

use crate::{campaign_path::CampaignPath, deadline, error::ApiError, problem::CampaignProblem, server::App};

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
    let first = block(&app.redis, id, 0).await?;
    let redis = app.redis;
    let header = Ok::<_, ApiError>(Bytes::from_static(b"line,customer_id,reason\r\n"));
    let blocks = stream::try_unfold((0, Some(first)), move |(number, first)| {
        let redis = redis.clone();
        async move {
            let block = match first {
                Some(first) => first,
                None => block(&redis, id, number)
                    .await
                    .inspect_err(|_| warn!(campaign = %id, "a CSV file of rejected rows broke off"))?,
            };
            let Some(block) = block else { return Ok(None) };
            Ok(Some((rows(&block)?, (number + 1, None))))
        }
    });
    let file = futures_util::StreamExt::chain(stream::iter([header]), blocks);
    let name = format!("attachment; filename=\"rejected-{id}.csv\"");
    let headers = [(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((headers, Body::from_stream(file)).into_response())
}

async fn block(redis: &Redis, id: CampaignId, number: u32) -> Result<Option<Vec<Rejected>>, ApiError> {
    deadline::answer(rejected::block(redis, id, number)).await
}

fn rows(block: &[Rejected]) -> Result<Bytes, ApiError> {
    let mut file = csv::WriterBuilder::new()
        .has_headers(false)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    block.iter().try_for_each(|row| file.serialize(row)).map_err(|_| ApiError::Internal)?;
    file.into_inner().map(Bytes::from).map_err(|_| ApiError::Internal)
}
