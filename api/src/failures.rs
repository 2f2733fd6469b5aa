use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use drumbeat_common::{FailurePage, catalog, failures};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Problem,
    campaign_path::CampaignPath,
    campaigns, deadline,
    error::ApiError,
    failures_csv,
    query::{Parameters, page_size},
    server::App,
};

const DEFAULT_LIMIT: usize = 100;
pub(crate) const MAX_LIMIT: usize = 1000;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FailureParameters {
    /// The `next` of the page before.
    after: Option<String>,
    /// How many to answer with: 1 to 1,000.
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `csv` streams all failures as a file.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Json,
    Csv,
}

/// Who failed or is in doubt, and why
///
/// Oldest first, by pages; `format=csv` streams all of them, and then takes neither `after` nor `limit`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/failures",
    operation_id = "list_failures",
    tag = "progress",
    params(("id" = String, Path, description = "The campaign's id"), FailureParameters),
    responses(
        (status = OK, description = "A page of failures, or all of them as a file", content((FailurePage = "application/json"), (String = "text/csv"))),
        (status = BAD_REQUEST, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = NOT_FOUND, description = "There is no such campaign", body = Problem, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, description = "Redis is away", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    CampaignPath(id): CampaignPath,
    Parameters(parameters): Parameters<FailureParameters>,
) -> Result<Response, ApiError> {
    let FailureParameters { after, limit, format } = parameters;
    let after = after.map(place).transpose()?;
    match format {
        Format::Json => {
            let limit = page_size(limit, DEFAULT_LIMIT, MAX_LIMIT)?;
            campaigns::existing(catalog::get(&app.redis, id)).await?;
            let page = deadline::answer(failures(&app.redis, id, after.as_deref(), limit)).await?;
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

/// A place in the list of failures, if the text can be one: Redis would take anything else for an error of its own.
fn place(text: String) -> Result<String, ApiError> {
    let is_number =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()) && part.parse::<u64>().is_ok();
    match text.split_once('-') {
        Some((time, sequence)) if is_number(time) && is_number(sequence) => Ok(text),
        _ => Err(ApiError::Parameters(
            "after must be the next of an earlier page, such as 1763856000000-0".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_two_numbers() {
        assert!(place("1763856000000-0".to_owned()).is_ok());
        for bad in ["", "-", "1-", "-1", "a-1", "1-1-1", "+1-1", "1", "(1-1", "99999999999999999999-0"] {
            assert!(place(bad.to_owned()).is_err(), "{bad:?}");
        }
    }
}
