use std::{future::Future, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{
        HeaderMap,
        header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT},
    },
};
use bytes::Bytes;
use http_body_util::BodyExt;

use crate::error::ApiError;

/// How long a body may take to arrive: the largest one, from a slow line.
const ARRIVAL: Duration = Duration::from_secs(120);
/// How long the next piece of a body may take that is read as it comes.
const PIECE: Duration = Duration::from_secs(30);

const MEBIBYTE: usize = 1024 * 1024;

/// The bytes of a JSON body of up to `limit` bytes.
pub(crate) async fn json(request: Request, limit: usize) -> Result<Bytes, ApiError> {
    let (parts, mut body) = request.into_parts();
    if !is_json(&parts.headers) {
        return Err(ApiError::MediaType);
    }
    let announced = content_length(&parts.headers);
    if announced.is_some_and(|length| length > limit) && parts.headers.contains_key(EXPECT) {
        // The caller asked before it sent anything, so nothing is left to be read.
        return Err(too_large(limit));
    }
    let capacity = announced.unwrap_or_default().min(limit);
    in_time(ARRIVAL, read(&mut body, capacity, limit)).await.map(Bytes::from)
}

/// The next bytes of a body that is read as it comes; none at its end.
pub(crate) async fn piece(body: &mut Body) -> Result<Option<Bytes>, ApiError> {
    in_time(PIECE, async {
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame.map_err(|_| ApiError::CutBody)?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    })
    .await
}

fn is_json(headers: &HeaderMap) -> bool {
    is_of_type(headers, "application/json")
}

/// Whether a body says that it is of this media type.
pub(crate) fn is_of_type(headers: &HeaderMap, wanted: &str) -> bool {
    let Some(Ok(content_type)) = headers.get(CONTENT_TYPE).map(|value| value.to_str()) else { return false };
    let media_type = content_type.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case(wanted)
}

fn content_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

async fn read(body: &mut Body, capacity: usize, limit: usize) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::with_capacity(capacity);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| ApiError::CutBody)?.into_data() else { continue };
        if bytes.len() + data.len() > limit {
            return Err(too_large(limit));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

async fn in_time<T>(limit: Duration, work: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
    let late = |_| Err(ApiError::SlowBody { seconds: limit.as_secs() });
    tokio::time::timeout(limit, work).await.unwrap_or_else(late)
}

pub(crate) fn too_large(limit: usize) -> ApiError {
    let limit =
        if limit >= MEBIBYTE { format!("{} MiB", limit / MEBIBYTE) } else { format!("{limit} bytes") };
    ApiError::TooLarge { limit }
}
