use axum::{
    extract::State,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};

use crate::{error::ApiError, server::App};

/// The campaign that can be tried with, as a file.
pub(super) async fn show(State(app): State<App>) -> Result<Response, ApiError> {
    let sample = app.sample.ok_or(ApiError::NoRoute)?;
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CONTENT_DISPOSITION, "attachment; filename=\"sample-campaign.json\""),
    ];
    Ok((headers, sample).into_response())
}
