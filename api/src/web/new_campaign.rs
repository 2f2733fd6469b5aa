use askama::Template;
use axum::{
    extract::{Query, Request, State},
    http::{HeaderMap, HeaderValue, Uri},
    response::{Redirect, Response},
};
use drumbeat_common::{CampaignId, Tps};
use serde::Deserialize;

use super::{Shell, assets, filters, page};
use crate::{
    error::ApiError,
    intake::{self, idempotency},
    server::App,
};

#[derive(Template)]
#[template(path = "new_campaign.html")]
struct NewCampaignPage {
    shell: Shell,
    /// Made with the page: however often its button is pressed, it sends one campaign.
    key: String,
    tps: f64,
    has_sample: bool,
}

/// The form for a new campaign.
pub(super) async fn show(State(app): State<App>, asked: HeaderMap) -> Result<Response, ApiError> {
    let key = CampaignId::generate().to_string();
    let page_of = NewCampaignPage {
        shell: Shell::of(&app),
        key,
        tps: Tps::DEFAULT.get(),
        has_sample: app.sample.is_some(),
    };
    page(&asked, &page_of)
}

#[derive(Deserialize)]
pub(super) struct Made {
    key: String,
}

/// Sends a campaign that a form brings, and shows it: going back and forth after that asks for nothing again.
pub(super) async fn send(
    State(app): State<App>,
    Query(Made { key }): Query<Made>,
    mut request: Request,
) -> Result<Redirect, ApiError> {
    // The key is none of the campaign's options.
    *request.uri_mut() = Uri::from_static("/campaigns");
    let key = HeaderValue::try_from(key).map_err(|_| ApiError::IdempotencyKey)?;
    request.headers_mut().insert(idempotency::KEY, key);
    let taken = intake::take_campaign(app, request).await?;
    Ok(Redirect::to(&format!("/campaigns/{}", taken.answer.campaign_id)))
}
