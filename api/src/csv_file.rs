//! A list of any length as one CSV file, written a page at a time.

use std::future::Future;

use axum::{
    body::Body,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use serde::Serialize;
use tracing::warn;

use crate::error::ApiError;

/// Some rows of a file, and what to ask for the next ones with; none at the end.
pub(crate) struct Page<R, C> {
    pub(crate) rows: Vec<R>,
    pub(crate) next: Option<C>,
}

/// Answers with a file of this name: however many rows there are, no more than one page of them is held.
pub(crate) async fn stream<R, C, F>(
    name: String,
    header: &'static [&'static str],
    read: impl Fn(Option<C>) -> F + Clone + Send + 'static,
) -> Result<Response, ApiError>
where
    R: Serialize + Send + 'static,
    C: Send + 'static,
    F: Future<Output = Result<Page<R, C>, ApiError>> + Send,
{
    // The first page before the first byte: a Redis that is away is then an answer, not a file that breaks off.
    let first = read(None).await?;
    let disposition = format!("attachment; filename=\"{name}\"");
    let pieces = stream::try_unfold(Place::First(first), move |place| {
        let (read, name) = (read.clone(), name.clone());
        async move {
            next(header, read, place)
                .await
                .inspect_err(|error| warn!(file = name, %error, "a CSV file broke off"))
        }
    });
    let headers = [(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, disposition)];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// How far the file is written.
enum Place<R, C> {
    First(Page<R, C>),
    After(C),
    End,
}

/// The next piece of the file; none at its end.
async fn next<R: Serialize, C, F: Future<Output = Result<Page<R, C>, ApiError>>>(
    header: &[&str],
    read: impl Fn(Option<C>) -> F,
    place: Place<R, C>,
) -> Result<Option<(Bytes, Place<R, C>)>, ApiError> {
    let (header, page) = match place {
        Place::First(page) => (Some(header), page),
        Place::After(after) => (None, read(Some(after)).await?),
        Place::End => return Ok(None),
    };
    let place = page.next.map_or(Place::End, Place::After);
    Ok(Some((lines(header, &page.rows)?, place)))
}

/// Rows as CSV, below the header where there is one.
pub(crate) fn lines<R: Serialize>(header: Option<&[&str]>, rows: &[R]) -> Result<Bytes, ApiError> {
    // RFC 4180 ends lines with CRLF. The header is written by hand: a file without rows has one too.
    let mut file = csv::WriterBuilder::new()
        .has_headers(false)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let mut write = || -> csv::Result<()> {
        if let Some(header) = header {
            file.write_record(header)?;
        }
        rows.iter().try_for_each(|row| file.serialize(row))
    };
    write().map_err(|_| ApiError::Internal)?;
    file.into_inner().map(Bytes::from).map_err(|_| ApiError::Internal)
}
