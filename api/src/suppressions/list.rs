use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use drumbeat_common::{
    Address, Channel, Redis,
    suppression::{self, Cursor},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    entry,
    wire::{SuppressionPage, SuppressionView},
};
use crate::{
    Problem, csv_file, deadline,
    error::ApiError,
    query::{DEFAULT_LIMIT, Format, MAX_LIMIT, Parameters, page_size},
    server::App,
};

const HEADER: &[&str] = &["channel", "address", "reason", "added_at"];

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParameters {
    /// The `next` of the page before.
    #[param(value_type = Option<u32>)]
    after: Option<Cursor>,
    /// How many to answer with: 1 to 1,000. A page may be longer by one or two.
    #[param(default = 100, minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `csv` streams all of them as a file.
    #[serde(default)]
    #[param(inline)]
    format: Format,
    /// With `address`: look for this one.
    channel: Option<Channel>,
    /// With `channel`: look for this one.
    #[param(example = "+14155550100")]
    address: Option<String>,
}

/// What a caller wants to see.
enum Wanted {
    Page { after: Option<Cursor>, limit: usize },
    One(Address),
    File,
}

impl ListParameters {
    fn wanted(self) -> Result<Wanted, ApiError> {
        let Self { after, limit, format, channel, address } = self;
        let is_paged = after.is_some() || limit.is_some();
        let wrong = |why: &str| Err(ApiError::Parameters(why.to_owned()));
        match (format, channel, address) {
            (Format::Json, None, None) => {
                Ok(Wanted::Page { after, limit: page_size(limit, DEFAULT_LIMIT, MAX_LIMIT)? })
            }
            (Format::Csv, None, None) if !is_paged => Ok(Wanted::File),
            (Format::Csv, ..) => wrong("format=csv streams the whole list: it goes with no other parameter"),
            (Format::Json, Some(_), Some(_)) if is_paged => {
                wrong("channel and address name one suppression: they go with neither after nor limit")
            }
            (Format::Json, Some(channel), Some(address)) => {
                Ok(Wanted::One(entry::address_in_query(channel, &address)?))
            }
            (Format::Json, ..) => wrong("channel and address go together"),
        }
    }
}

/// Who must not be sent to
///
/// By pages: whoever is on the list all the time is shown once, whatever comes and goes meanwhile. With `channel` and
/// `address`, only that one, or nobody. `format=csv` streams the whole list.
#[utoipa::path(
    get,
    path = "/api/suppressions",
    operation_id = "list_suppressions",
    tag = "suppressions",
    params(ListParameters),
    responses(
        (status = OK, description = "A page of the list, or all of it as a file", content((SuppressionPage = "application/json"), (String = "text/csv"))),
        (status = BAD_REQUEST, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = SERVICE_UNAVAILABLE, description = "Redis is away", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(App { redis, .. }): State<App>,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<Response, ApiError> {
    match parameters.wanted()? {
        Wanted::Page { after, limit } => Ok(Json(page(&redis, after, limit).await?).into_response()),
        Wanted::One(address) => Ok(Json(one(&redis, &address).await?).into_response()),
        Wanted::File => file(redis).await,
    }
}

async fn page(redis: &Redis, after: Option<Cursor>, limit: usize) -> Result<SuppressionPage, ApiError> {
    let suppression::Page { suppressions, next } =
        deadline::answer(suppression::page(redis, after, limit)).await?;
    let total = deadline::answer(suppression::count(redis)).await?;
    Ok(SuppressionPage { suppressions: suppressions.into_iter().map(Into::into).collect(), total, next })
}

async fn one(redis: &Redis, address: &Address) -> Result<SuppressionPage, ApiError> {
    let found = deadline::answer(suppression::get(redis, address)).await?;
    let suppressions = Vec::from_iter(found.map(Into::into));
    Ok(SuppressionPage { total: suppressions.len() as u64, suppressions, next: None })
}

async fn file(redis: Redis) -> Result<Response, ApiError> {
    csv_file::stream("suppressions.csv".to_owned(), HEADER, move |after| {
        let redis = redis.clone();
        async move {
            let suppression::Page { suppressions, next } =
                deadline::answer(suppression::page(&redis, after, MAX_LIMIT)).await?;
            let rows: Vec<SuppressionView> = suppressions.into_iter().map(Into::into).collect();
            Ok(csv_file::Page { rows, next })
        }
    })
    .await
}
