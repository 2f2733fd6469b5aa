use std::{io::Write, sync::LazyLock};

use axum::{
    extract::Path,
    http::{
        HeaderMap, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY},
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

use super::finish::takes_gzip;
use crate::error::ApiError;

/// A file that pages need, as it is and packed.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    text: &'static str,
    gzip: Bytes,
}

macro_rules! assets {
    ($($name:literal: $media_type:literal,)+) => {
        [$(($name, $media_type, include_str!(concat!("../../assets/", $name)))),+]
    };
}

/// All of them, packed once.
static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let files = assets! {
        "app.css": "text/css; charset=utf-8",
        "app.js": "text/javascript; charset=utf-8",
        "campaign.js": "text/javascript; charset=utf-8",
        "chart.js": "text/javascript; charset=utf-8",
        "list.js": "text/javascript; charset=utf-8",
        "new.js": "text/javascript; charset=utf-8",
        "poll.js": "text/javascript; charset=utf-8",
        "steer.js": "text/javascript; charset=utf-8",
        "words.js": "text/javascript; charset=utf-8",
        "icon.svg": "image/svg+xml",
    };
    files
        .into_iter()
        .map(|(name, media_type, text)| Asset { name, media_type, text, gzip: gzip(text) })
        .collect()
});

/// Names what all files together are: a page and its scripts are of one version, whatever a browser has kept.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for asset in ASSETS.iter() {
        digest.update(asset.name);
        digest.update(asset.text);
    }
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
});

/// Where a browser finds a file.
pub(super) fn path(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// Names the version of all files, so that a page that was left open learns of a newer one.
pub(super) fn version() -> &'static str {
    &VERSION
}

/// A file. Its path changes with its content, so it may be kept for ever.
pub(super) async fn show(
    Path((version, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let asset =
        ASSETS.iter().find(|asset| version == *VERSION && asset.name == name).ok_or(ApiError::NoRoute)?;
    let mut response = if takes_gzip(&headers) {
        ([(CONTENT_ENCODING, "gzip")], asset.gzip.clone()).into_response()
    } else {
        asset.text.into_response()
    };
    let answer = response.headers_mut();
    answer.insert(CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    answer.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    answer.insert(VARY, HeaderValue::from_static("accept-encoding"));
    Ok(response)
}

/// A text, packed. Writing to memory cannot fail.
pub(super) fn gzip(text: impl AsRef<[u8]>) -> Bytes {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed
        .write_all(text.as_ref())
        .and_then(|()| packed.finish())
        .expect("writing to memory does not fail")
        .into()
}
