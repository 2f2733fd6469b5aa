use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Response};
use drumbeat_common::{
    Progress, Status,
    catalog::{self, Filter, Found},
};
use futures_util::future::try_join_all;
use serde::Deserialize;

use super::{
    Shell, assets,
    bar::{self, Part},
    encoded, filters, page, words,
};
use crate::{deadline, error::ApiError, query::Parameters, server::App};

/// Campaigns on a page.
const LIMIT: u32 = 25;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    /// A status, or empty for all.
    #[serde(default)]
    status: String,
    /// A part of the name.
    #[serde(default)]
    name: String,
    /// The page, from 1.
    page: Option<u32>,
}

#[derive(Template)]
#[template(path = "campaigns.html")]
struct CampaignsPage {
    shell: Shell,
    status: Option<Status>,
    name: String,
    page: u32,
    more: bool,
    rows: Vec<Row>,
}

struct Row {
    progress: Progress,
    parts: Vec<Part>,
}

/// All campaigns, newest first.
pub(super) async fn show(
    State(app): State<App>,
    Parameters(wish): Parameters<Wish>,
    asked: HeaderMap,
) -> Result<Response, ApiError> {
    let status = status(&wish.status)?;
    let number = wish.page.unwrap_or(1).max(1);
    let filter = Filter { status, name: wish.name.trim().to_owned() };
    let offset = (number - 1).saturating_mul(LIMIT) as usize;
    let Found { campaigns, more } =
        deadline::answer(catalog::find(&app.redis, &filter, offset, LIMIT as usize)).await?;
    let looks = campaigns.iter().map(|campaign| drumbeat_common::progress(&app.redis, campaign.id));
    let rows = deadline::answer(try_join_all(looks)).await?;
    let row = |progress: Progress| Row { parts: bar::parts(&progress.counts), progress };
    let rows = rows.into_iter().flatten().map(row).collect();
    page(
        &asked,
        &CampaignsPage { shell: Shell::of(&app), status, name: filter.name, page: number, more, rows },
    )
}

fn status(text: &str) -> Result<Option<Status>, ApiError> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|error: drumbeat_common::UnknownStatus| ApiError::Parameters(error.to_string()))
}

impl CampaignsPage {
    fn is_filtered(&self) -> bool {
        self.status.is_some() || !self.name.is_empty()
    }

    /// Another page of the same list.
    fn link(&self, page: u32) -> String {
        let status = self.status.map(Status::as_str).unwrap_or_default();
        let name = encoded(&self.name);
        format!("/?status={status}&name={name}&page={page}")
    }
}

impl Row {
    fn share(&self) -> String {
        let counts = &self.progress.counts;
        words::percent(counts.total - counts.open(), counts.total)
    }
}
