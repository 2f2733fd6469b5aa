use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::error::ApiError;

/// Names a campaign, so that it is taken once however often it is posted.
pub(crate) const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const MAX_LENGTH: usize = 255;

/// The key that a request carries, if any. One that cannot be used is an error: without it, a repeated post would
/// be a second campaign.
pub(super) fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut values = headers.get_all(KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let bytes = value.as_bytes();
    let usable = (1..=MAX_LENGTH).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
    match value.to_str() {
        Ok(key) if usable && values.next().is_none() => Ok(Some(key.to_owned())),
        _ => Err(ApiError::IdempotencyKey),
    }
}

/// Tells the caller that the campaign was taken before.
pub(super) fn mark_replayed(headers: &mut HeaderMap) {
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_header_of_visible_ascii() {
        let headers = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(KEY, HeaderValue::from_str(value).unwrap());
            }
            headers
        };
        assert_eq!(key(&headers(&[])).unwrap(), None);
        assert_eq!(key(&headers(&["spring-sale"])).unwrap().as_deref(), Some("spring-sale"));
        assert!(key(&headers(&["k".repeat(255).as_str()])).is_ok());
        for bad in [&[""][..], &["two words"], &["ключ"], &["a", "a"], &["k".repeat(256).as_str()]] {
            assert!(key(&headers(bad)).is_err(), "{bad:?}");
        }
    }
}
