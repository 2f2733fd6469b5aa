//! What every answer gets on its way out.

use askama::Template;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{
            ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
            REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http_body_util::BodyExt;

use super::{HTML, Shell, assets, error_page::ErrorPage};
use crate::{Problem, server::App};

/// Nothing but our own files, and nothing that stands inside a page: a text that got into one cannot do anything.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'",
);

/// Makes a problem a page where a person asked, packs pages, and adds the headers that keep browsers careful.
pub(crate) async fn finish(State(app): State<App>, request: Request, next: Next) -> Response {
    let asked = request.headers().clone();
    let is_of_api = request.uri().path().starts_with("/api");
    let mut response = next.run(request).await;
    if !is_of_api && wants_page(&asked) && is(&response, "application/problem+json") {
        response = error_page(&app, response).await;
    }
    if is(&response, "text/html") && response.status() != StatusCode::NOT_MODIFIED && takes_gzip(&asked) {
        response = packed(response).await;
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(HeaderName::from_static("drumbeat-version"), HeaderValue::from_static(assets::version()));
    // With `no-referrer`, a form's own Origin would be hidden from us too.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    response
}

/// Whether the caller reads gzip.
pub(super) fn takes_gzip(asked: &HeaderMap) -> bool {
    let codings = asked.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    codings.split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim() == "gzip" && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

fn wants_page(asked: &HeaderMap) -> bool {
    asked.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|types| types.contains("text/html"))
}

fn is(response: &Response, media_type: &str) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|content_type| content_type.starts_with(media_type))
}

async fn error_page(app: &App, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = collected(body).await;
    let Ok(problem) = serde_json::from_slice::<Problem>(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    let page = ErrorPage { shell: Shell::of(app), problem };
    let Ok(html) = page.render() else { return Response::from_parts(parts, Body::from(bytes)) };
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static(HTML));
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(html))
}

async fn packed(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let packed = assets::gzip(collected(body).await);
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    parts.headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    (parts, packed).into_response()
}

/// All of a page: it was made in memory, so nothing can go wrong here.
async fn collected(body: Body) -> Bytes {
    body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default()
}
