use std::{fmt, str::FromStr};

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, Method,
        header::{AUTHORIZATION, COOKIE as COOKIES},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use crate::{error::ApiError, server::App, web};

/// In which a browser keeps a key.
pub(crate) const COOKIE: &str = "drumbeat_key";

/// A key that opens `/api` and `/metrics`. Only its digest is kept, so that it cannot be printed, and so that comparing two takes the
/// same time whatever they have in common.
#[derive(Clone)]
pub struct ApiKey([u8; 32]);

/// The text is no API key.
#[derive(Debug, thiserror::Error)]
#[error("an API key is one or more visible ASCII characters, without spaces")]
pub struct InvalidApiKey;

impl ApiKey {
    fn of(key: &str) -> Self {
        Self(Sha256::digest(key).into())
    }

    /// What a browser keeps: it opens what the key opens, but does not tell it.
    pub(crate) fn to_cookie(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn from_cookie(text: &str) -> Option<Self> {
        let digits = text.as_bytes().as_chunks::<2>();
        let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let bytes: Vec<u8> = digits.0.iter().map(byte).collect::<Option<_>>()?;
        bytes.try_into().ok().map(Self)
    }

    fn opens(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
    }
}

impl FromStr for ApiKey {
    type Err = InvalidApiKey;

    fn from_str(key: &str) -> Result<Self, Self::Err> {
        // Nothing else fits into an Authorization header.
        let usable = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
        if usable { Ok(Self::of(key)) } else { Err(InvalidApiKey) }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(masked)")
    }
}

/// Lets a request for `/api`, `/metrics` or a page through if it has a key: no metric is about a person, but together they
/// tell how much is sent. By path rather than by route, so that a stranger does not learn which paths there are. Who asks
/// for a page is asked for the key.
pub(crate) async fn require_key(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let path = request.uri().path();
    let of_api = path == "/api" || path.starts_with("/api/") || path == "/metrics";
    let guarded = of_api || web::is_page(path);
    if !guarded || app.keys.is_empty() || has_key(request.headers(), &app.keys) {
        return Ok(next.run(request).await);
    }
    let may_sign_in = !of_api && request.method() == Method::GET;
    if may_sign_in { Ok(web::to_sign_in(request.uri()).into_response()) } else { Err(ApiError::Unauthorized) }
}

fn has_key(headers: &HeaderMap, keys: &[ApiKey]) -> bool {
    let given = bearer(headers).map(ApiKey::of).or_else(|| ApiKey::from_cookie(cookie(headers)?));
    given.is_some_and(|given| opens(&given, keys))
}

/// Whether it is one of these keys.
pub(crate) fn opens(given: &ApiKey, keys: &[ApiKey]) -> bool {
    keys.iter().fold(false, |found, key| found | key.opens(given))
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIES).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|value| value.split(';'))
        .find_map(|one| one.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_never_prints_itself() {
        let key: ApiKey = "s3cret".parse().unwrap();
        assert_eq!(format!("{key:?}"), "ApiKey(masked)");
    }

    #[test]
    fn a_cookie_opens_what_its_key_opens() {
        let key: ApiKey = "s3cret".parse().unwrap();
        assert!(opens(&ApiKey::from_cookie(&key.to_cookie()).unwrap(), std::slice::from_ref(&key)));
        for wrong in ["", "zz", "s3cret", &"0".repeat(64), &"0".repeat(63), &"é".repeat(32)] {
            let opened =
                ApiKey::from_cookie(wrong).is_some_and(|given| opens(&given, std::slice::from_ref(&key)));
            assert!(!opened, "{wrong:?}");
        }
    }

    #[test]
    fn what_fits_into_no_header_is_no_key() {
        for bad in ["", " ", "two words", "schlüssel", "line\nbreak"] {
            assert!(bad.parse::<ApiKey>().is_err(), "{bad:?}");
        }
    }
}
