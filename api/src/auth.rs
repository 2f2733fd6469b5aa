use std::{fmt, str::FromStr};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header::AUTHORIZATION},
    middleware::Next,
    response::Response,
};
use sha2::{Digest, Sha256};

use crate::{error::ApiError, server::App};

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

/// Lets a request for `/api` or `/metrics` through if it has a key: no metric is about a person, but together they tell
/// how much is sent. By path rather than by route, so that a stranger does not learn
/// which paths there are.
pub(crate) async fn require_key(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let path = request.uri().path();
    let guarded = path == "/api" || path.starts_with("/api/") || path == "/metrics";
    if guarded && !app.keys.is_empty() && !has_key(request.headers(), &app.keys) {
        return Err(ApiError::Unauthorized);
    }
    Ok(next.run(request).await)
}

fn has_key(headers: &HeaderMap, keys: &[ApiKey]) -> bool {
    let Some(given) = bearer(headers).map(ApiKey::of) else { return false };
    keys.iter().fold(false, |found, key| found | key.opens(&given))
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
    fn what_fits_into_no_header_is_no_key() {
        for bad in ["", " ", "two words", "schlüssel", "line\nbreak"] {
            assert!(bad.parse::<ApiKey>().is_err(), "{bad:?}");
        }
    }
}
