//! The web page: start, watch and steer campaigns.
//!
//! In reading order: every page is a template of `templates/`, filled by a file of its name here (`campaigns`, `campaign`,
//! `new_campaign`, `failures`, `recipients`); `bar` and `chart` are what they draw, and `words` how they put it. `steer` takes
//! what forms ask for; `sign_in` lets people in; `finish` is what every answer gets on its way out, `origin` keeps
//! other sites' pages from asking for anything, and `assets` has the styles and scripts. Pages work without scripts; with
//! them they stay right.

mod advice;
mod assets;
mod bar;
mod campaign;
mod campaigns;
mod chart;
mod error_page;
mod failures;
#[expect(unreachable_pub, reason = "the macro makes items of its own")]
mod filters;
pub(crate) mod finish;
mod new_campaign;
pub(crate) mod origin;
mod recipients;
mod report;
mod sample;
mod sign_in;
mod steer;
mod words;

use askama::Template;
use axum::{
    Router,
    http::{HeaderMap, Uri},
    response::{Redirect, Response},
    routing::{get, post},
};

use crate::{error::ApiError, server::App, unchanged};

const HTML: &str = "text/html; charset=utf-8";

/// All pages, and what their forms ask for.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(campaigns::show))
        .route("/campaigns", get(async || Redirect::to("/")).post(new_campaign::send))
        .route("/campaigns/new", get(new_campaign::show))
        .route("/campaigns/preflight", post(report::show))
        .route("/campaigns/{id}", get(campaign::show))
        .route("/campaigns/{id}/failures", get(failures::show))
        .route("/campaigns/{id}/recipients", get(recipients::show))
        .route("/campaigns/{id}/{change}", post(steer::change))
        .route("/sample", get(sample::show))
        .route("/sign-in", get(sign_in::ask).post(sign_in::enter))
        .route("/sign-out", post(sign_in::leave))
        .route("/assets/{version}/{name}", get(assets::show))
}

/// Whether a key is needed to see what is at a path, where the server has keys.
pub(crate) fn is_page(path: &str) -> bool {
    path == "/" || path == "/sample" || path == "/campaigns" || path.starts_with("/campaigns/")
}

/// Sends somebody without a key to the form that asks for it, and from there back.
pub(crate) fn to_sign_in(wanted: &Uri) -> Redirect {
    let next = wanted.path_and_query().map_or("/", |wanted| wanted.as_str());
    Redirect::to(&format!("/sign-in?next={}", encoded(next)))
}

/// A text as the value of a parameter.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// What stands around every page.
struct Shell {
    /// Whether there is a key to be forgotten.
    can_sign_out: bool,
    /// Whether the visitor may go anywhere.
    is_inside: bool,
}

impl Shell {
    fn of(app: &App) -> Self {
        Self { can_sign_out: !app.keys.is_empty(), is_inside: true }
    }

    const fn signed_out() -> Self {
        Self { can_sign_out: false, is_inside: false }
    }
}

/// Answers with a page, or that it has not changed.
fn page(asked: &HeaderMap, template: &impl Template) -> Result<Response, ApiError> {
    let html = template.render().map_err(|error| {
        tracing::error!(%error, "a page cannot be written");
        ApiError::Internal
    })?;
    Ok(unchanged::answer(asked, HTML, html.into()))
}
