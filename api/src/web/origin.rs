use axum::{
    extract::Request,
    http::{
        HeaderMap, Method,
        header::{HOST, ORIGIN},
    },
    middleware::Next,
    response::Response,
};

use crate::error::ApiError;

/// Refuses what another site's page asks a visitor's browser to change here: the browser would send the visitor's cookie
/// along, and reaches servers that only this machine can reach. Programs send neither header, and are let through.
pub(crate) async fn refuse_other_sites(request: Request, next: Next) -> Result<Response, ApiError> {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && is_from_elsewhere(request.headers()) {
        return Err(ApiError::OtherSite);
    }
    Ok(next.run(request).await)
}

fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = headers.get("sec-fetch-site") {
        return site != "same-origin" && site != "none";
    }
    match (text(ORIGIN), text(HOST)) {
        (None, _) => false,
        (Some(origin), host) => origin.split_once("://").map(|(_, host)| host) != host,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn only_our_own_pages_and_programs_may_change_anything() {
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            let pair = |(name, value): &(&'static str, &'static str)| {
                (HeaderName::from_static(name), HeaderValue::from_static(value))
            };
            pairs.iter().map(pair).collect()
        };
        let host = ("host", "127.0.0.1:8080");
        for own in [
            vec![host],
            vec![host, ("origin", "http://127.0.0.1:8080")],
            vec![host, ("sec-fetch-site", "same-origin")],
            vec![host, ("sec-fetch-site", "none")],
        ] {
            assert!(!is_from_elsewhere(&headers(&own)), "{own:?}");
        }
        for other in [
            vec![host, ("origin", "http://evil.example")],
            vec![host, ("origin", "http://127.0.0.1:9090")],
            vec![host, ("origin", "null")],
            vec![("origin", "http://evil.example")],
            vec![host, ("sec-fetch-site", "cross-site")],
            vec![host, ("sec-fetch-site", "same-site")],
        ] {
            assert!(is_from_elsewhere(&headers(&other)), "{other:?}");
        }
    }
}
