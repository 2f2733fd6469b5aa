use std::{borrow::Cow, fmt::Display, str::FromStr};

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use serde::{Deserialize, de::DeserializeOwned};
use utoipa::ToSchema;

use crate::error::ApiError;

/// The parameters behind the `?` of a path.
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(parameters)) => Ok(Self(parameters)),
            Err(rejection) => Err(ApiError::Parameters(rejection.body_text())),
        }
    }
}

/// How a list is answered.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    #[default]
    Json,
    Csv,
}

/// How many a page of people has, if nothing else is asked for.
pub(crate) const DEFAULT_LIMIT: usize = 100;
/// And at most; files are read by pages of that size.
pub(crate) const MAX_LIMIT: usize = 1000;

/// A page's size, if it is one that may be asked for.
pub(crate) fn page_size(limit: Option<usize>, default: usize, most: usize) -> Result<usize, ApiError> {
    let limit = limit.unwrap_or(default);
    if (1..=most).contains(&limit) {
        Ok(limit)
    } else {
        Err(ApiError::Parameters(format!("limit must be from 1 to {most}, not {limit}")))
    }
}

/// What a parameter names out of a few choices; the error names the parameter and the choices.
pub(crate) fn choice<T: FromStr<Err: Display>>(
    name: &str,
    text: Option<String>,
) -> Result<Option<T>, ApiError> {
    let parsed = text.map(|text| text.parse()).transpose();
    parsed.map_err(|error| ApiError::Parameters(format!("{name}: {error}")))
}

/// An address behind the `?` of a path. A `+` there means a space, and many a caller forgets to write `%2B`; no address
/// begins with a space.
pub(crate) fn plus_kept(text: &str) -> Cow<'_, str> {
    text.strip_prefix(' ').map_or(text.into(), |number| format!("+{number}").into())
}
