//! Answers that are not sent again to those who have them already.

use axum::{
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use sha2::{Digest, Sha256};

/// Answers with this content, or that nothing changed where the caller names what it has.
pub(crate) fn answer(asked: &HeaderMap, content_type: &'static str, content: Bytes) -> Response {
    let tag = tag(&content);
    let mut response = if has(asked, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, content_type)], content).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.extend(HeaderValue::try_from(tag).ok().map(|tag| (ETAG, tag)));
    response
}

/// Weak, since the same content may go out packed.
fn tag(content: &[u8]) -> String {
    let digest: String = Sha256::digest(content).iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{digest}\"")
}

fn has(asked: &HeaderMap, tag: &str) -> bool {
    let named = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    named.flat_map(|value| value.split(',')).any(|one| one.trim().trim_start_matches("W/") == &tag[2..])
}
