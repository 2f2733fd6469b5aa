use std::time::Duration;

use axum::{
    body::Body,
    extract::Request,
    http::{
        HeaderMap, Uri,
        header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT},
    },
};
use bytes::Bytes;
use multer::{Constraints, Field, Multipart, SizeLimit};
use tokio::{sync::mpsc, time::timeout};

use super::{parameters::Parameters, source::Source};
use crate::{
    body::{self, too_large},
    error::ApiError,
};

/// The largest JSON body: some 400,000 recipients with a variable or two. JSON is read as a whole; CSV and NDJSON have no
/// limit.
pub(super) const JSON_LIMIT: usize = 64 * 1024 * 1024;
/// How long a body may stand still.
const STANDSTILL: Duration = Duration::from_secs(30);
/// Pieces of a body, some 64 KiB each, that wait to be read.
const WAITING: usize = 8;
/// The longest option in a form.
const OPTION: u64 = 4 * 1024;

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Ndjson,
    Csv,
}

/// A list on its way in.
pub(super) struct Upload {
    pub(super) format: Format,
    pub(super) parameters: Parameters,
    pub(super) source: Source,
}

impl Format {
    fn of_media_type(media_type: &str) -> Option<Self> {
        Some(match media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "application/json" => Self::Json,
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Self::Ndjson,
            "text/csv" | "text/tab-separated-values" => Self::Csv,
            _ => return None,
        })
    }

    fn of_file_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        Some(match name.rsplit_once('.')?.1 {
            "json" => Self::Json,
            "ndjson" | "jsonl" => Self::Ndjson,
            "csv" | "tsv" | "txt" => Self::Csv,
            _ => return None,
        })
    }
}

/// Opens the list that a request brings. What comes of its body is read from the upload's source.
pub(super) async fn open(request: Request) -> Result<Upload, ApiError> {
    let (parts, body) = request.into_parts();
    let media_type = header(&parts.headers, CONTENT_TYPE.as_str()).unwrap_or_default();
    let parameters = parameters(&parts.uri)?;
    if let Ok(boundary) = multer::parse_boundary(media_type) {
        return open_form(body, boundary, parameters).await;
    }
    let format = Format::of_media_type(media_type).ok_or(ApiError::ListMediaType)?;
    if header(&parts.headers, CONTENT_ENCODING.as_str())
        .is_some_and(|encoding| !encoding.eq_ignore_ascii_case("gzip"))
    {
        return Err(ApiError::Encoding);
    }
    if format == Format::Json {
        if !parameters.is_empty() {
            return Err(ApiError::Parameters(
                "the options of a JSON body stand in the body itself".to_owned(),
            ));
        }
        let announced =
            header(&parts.headers, CONTENT_LENGTH.as_str()).and_then(|length| length.parse::<usize>().ok());
        if announced.is_some_and(|length| length > JSON_LIMIT) && parts.headers.contains_key(EXPECT) {
            // The caller asked before it sent anything, so nothing is left to be read.
            return Err(too_large(JSON_LIMIT));
        }
    }
    let (pieces, source) = mpsc::channel(WAITING);
    tokio::spawn(feed(body, pieces));
    Ok(Upload { format, parameters, source: Source::new(source) })
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn parameters(uri: &Uri) -> Result<Parameters, ApiError> {
    let query = axum::extract::Query::<Parameters>::try_from_uri(uri);
    query.map(|query| query.0).map_err(|error| ApiError::Parameters(error.body_text()))
}

/// Opens a form: first its options, a field each, and then the file.
async fn open_form(body: Body, boundary: String, mut parameters: Parameters) -> Result<Upload, ApiError> {
    let limits = SizeLimit::new().per_field(u64::MAX);
    let constraints = Constraints::new().size_limit(limits);
    let mut form = Multipart::with_constraints(body.into_data_stream(), boundary, constraints);
    loop {
        let field = timeout(STANDSTILL, form.next_field()).await.map_err(|_| slow())?.map_err(broken_form)?;
        let Some(mut field) = field else {
            return Err(ApiError::Parameters("the form has no file".to_owned()));
        };
        if let Some(file_name) = field.file_name() {
            let by_type =
                || field.content_type().and_then(|media_type| Format::of_media_type(media_type.as_ref()));
            let format = Format::of_file_name(file_name).or_else(by_type).ok_or(ApiError::ListMediaType)?;
            let (pieces, source) = mpsc::channel(WAITING);
            tokio::spawn(feed_file(form, field, pieces));
            return Ok(Upload { format, parameters, source: Source::new(source) });
        }
        let name = field.name().unwrap_or_default().to_owned();
        let text = option(&name, &mut field).await?;
        // A browser sends every field of a form, also those that were left empty.
        if !text.is_empty() {
            parameters.push((name, text));
        }
    }
}

async fn option(name: &str, field: &mut Field<'static>) -> Result<String, ApiError> {
    let mut bytes = Vec::new();
    while let Some(chunk) =
        timeout(STANDSTILL, field.chunk()).await.map_err(|_| slow())?.map_err(broken_form)?
    {
        if bytes.len() as u64 + chunk.len() as u64 > OPTION {
            return Err(ApiError::Parameters(format!(
                "field {name:?} of the form is longer than {OPTION} bytes"
            )));
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes)
        .map_err(|_| ApiError::Parameters(format!("field {name:?} of the form is not UTF-8")))
}

/// Passes a body on as it comes in, until its end, or until nobody wants it any more.
async fn feed(mut body: Body, pieces: mpsc::Sender<Result<Bytes, ApiError>>) {
    while let Some(piece) = body::piece(&mut body).await.transpose() {
        let ended = piece.is_err();
        if pieces.send(piece).await.is_err() || ended {
            return;
        }
    }
}

async fn feed_file(
    mut form: Multipart<'static>,
    mut field: Field<'static>,
    pieces: mpsc::Sender<Result<Bytes, ApiError>>,
) {
    loop {
        let piece = match timeout(STANDSTILL, field.chunk()).await {
            Ok(Ok(None)) => break,
            Ok(Ok(Some(bytes))) => Ok(bytes),
            Ok(Err(error)) => Err(broken_form(error)),
            Err(_) => Err(slow()),
        };
        let ended = piece.is_err();
        if pieces.send(piece).await.is_err() || ended {
            return;
        }
    }
    drop(field);
    // What comes after the file came too late to be heeded; to ignore a rate would be worse than to refuse the list.
    match timeout(STANDSTILL, form.next_field()).await {
        Ok(Ok(None)) => {}
        Ok(Ok(Some(field))) => {
            let name = field.name().unwrap_or_default();
            let why =
                format!("field {name:?} comes after the file: the file has to be the last field of the form");
            let _ = pieces.send(Err(ApiError::Parameters(why))).await;
        }
        Ok(Err(error)) => drop(pieces.send(Err(broken_form(error))).await),
        Err(_) => drop(pieces.send(Err(slow())).await),
    }
}

fn broken_form(error: multer::Error) -> ApiError {
    match error {
        multer::Error::StreamReadFailed(_)
        | multer::Error::IncompleteStream
        | multer::Error::IncompleteFieldData { .. } => ApiError::CutBody,
        other => ApiError::Parameters(format!("the form cannot be read: {other}")),
    }
}

const fn slow() -> ApiError {
    ApiError::SlowBody { seconds: STANDSTILL.as_secs() }
}
