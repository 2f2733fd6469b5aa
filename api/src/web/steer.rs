use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use drumbeat_common::{CampaignId, Resolve, Tps};
use serde::Deserialize;

use crate::{again, campaign_path::CampaignPath, error::ApiError, lifecycle, rate, server::App};

/// What a form may bring along.
#[derive(Deserialize)]
pub(super) struct Wish {
    /// Another rate.
    tps: Option<String>,
    /// What to do about doubts: `resend` or `sent`.
    #[serde(rename = "as")]
    resolve: Option<String>,
}

/// Changes a campaign as a form asks for, and shows it again.
pub(super) async fn change(
    State(app): State<App>,
    Path((id, change)): Path<(String, String)>,
    Form(wish): Form<Wish>,
) -> Result<Redirect, ApiError> {
    let id: CampaignId = id.parse().map_err(|_| ApiError::NoCampaign)?;
    let path = CampaignPath(id);
    let app_state = State(app.clone());
    match change.as_str() {
        "pause" => drop(lifecycle::pause(app_state, path).await?),
        "resume" => drop(lifecycle::resume(app_state, path).await?),
        "cancel" => drop(lifecycle::cancel(app_state, path).await?),
        "retry-failed" => drop(again::retry_failed(app_state, path).await?),
        "rate" => drop(rate::set(&app, id, tps(wish.tps)?).await?),
        "resolve-in-doubt" => drop(again::decide(&app, id, resolve(wish.resolve)?).await?),
        _ => return Err(ApiError::NoRoute),
    }
    Ok(Redirect::to(&format!("/campaigns/{id}")))
}

fn tps(text: Option<String>) -> Result<Tps, ApiError> {
    let text = text.unwrap_or_default();
    text.trim().parse().map_err(|error: drumbeat_common::InvalidTps| ApiError::InvalidRate {
        detail: error.to_string(),
        errors: Vec::new(),
    })
}

fn resolve(text: Option<String>) -> Result<Resolve, ApiError> {
    text.unwrap_or_default().parse().map_err(|_| ApiError::InvalidResolution {
        detail: "choose to send again, or to count as sent".to_owned(),
        errors: Vec::new(),
    })
}
