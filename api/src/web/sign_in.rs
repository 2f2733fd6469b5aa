use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header::SET_COOKIE},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{Shell, assets, page};
use crate::{ApiKey, auth, error::ApiError, server::App};

/// How long a browser stays signed in.
const MONTH_SECONDS: u32 = 30 * 24 * 3600;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    shell: Shell,
    next: String,
    is_wrong: bool,
}

#[derive(Deserialize)]
pub(super) struct Wish {
    /// Where to go from here.
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub(super) struct Answer {
    key: String,
    #[serde(default)]
    next: String,
}

/// Asks for a key.
pub(super) async fn ask(
    State(app): State<App>,
    Query(wish): Query<Wish>,
    asked: HeaderMap,
) -> Result<Response, ApiError> {
    page(&asked, &SignInPage { shell: Shell::signed_out(), next: own_path(&wish.next), is_wrong: false })
        .map(|page| if app.keys.is_empty() { Redirect::to("/").into_response() } else { page })
}

/// Keeps the key in a cookie that scripts cannot read. It comes along where somebody follows a link from another site, a
/// chat for instance, and with nothing that another site's page sends.
pub(super) async fn enter(
    State(app): State<App>,
    asked: HeaderMap,
    Form(answer): Form<Answer>,
) -> Result<Response, ApiError> {
    let next = own_path(&answer.next);
    let key = answer.key.trim().parse::<ApiKey>().ok().filter(|key| auth::opens(key, &app.keys));
    let Some(key) = key else {
        let form = SignInPage { shell: Shell::signed_out(), next, is_wrong: true };
        return Ok((StatusCode::UNAUTHORIZED, page(&asked, &form)?).into_response());
    };
    Ok((cookie(&asked, &key.to_cookie(), MONTH_SECONDS)?, Redirect::to(&next)).into_response())
}

/// Forgets the key.
pub(super) async fn leave(asked: HeaderMap) -> Result<Response, ApiError> {
    Ok((cookie(&asked, "", 0)?, Redirect::to("/sign-in")).into_response())
}

fn cookie(asked: &HeaderMap, value: &str, seconds: u32) -> Result<HeaderMap, ApiError> {
    let is_https = asked.get("x-forwarded-proto").is_some_and(|protocol| protocol == "https");
    let secure = if is_https { "; Secure" } else { "" };
    let name = auth::COOKIE;
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    let value = HeaderValue::try_from(text).map_err(|_| ApiError::Internal)?;
    Ok(HeaderMap::from_iter([(SET_COOKIE, value)]))
}

/// A path of our own, so that a link to the form cannot lead anywhere else.
fn own_path(next: &str) -> String {
    let is_own = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']);
    if is_own { next.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_leads_nowhere_else() {
        assert_eq!(own_path("/campaigns/new?x=1"), "/campaigns/new?x=1");
        for foreign in ["", "//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\r\nb"] {
            assert_eq!(own_path(foreign), "/", "{foreign:?}");
        }
    }
}
