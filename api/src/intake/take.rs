use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::{
    reading::{self, Purpose, Reading},
    upload::Upload,
    writer::{Taken, Writer},
};
use crate::{error::ApiError, server::App};

/// Pieces of a list, some 2,500 recipients each, that wait to be written.
const WAITING: usize = 1;

/// Takes a list: it is read on a thread of its own, and written as it comes in. Where it comes to nothing, or the caller
/// is gone before it starts, what was written of it is removed.
pub(super) async fn take(
    app: &App,
    upload: Upload,
    key: Option<String>,
    gone: &CancellationToken,
) -> Result<Taken, ApiError> {
    let (sink, mut pieces) = mpsc::channel(WAITING);
    let purpose = Purpose::Send { fingerprint: key.is_some() };
    let templates = app.templates.clone();
    let reading =
        tokio::task::spawn_blocking(move || reading::read(upload, &templates, &Some(sink), purpose));
    let mut writer = Writer::new(app, key);
    let mut written = Ok(());
    while let Some(piece) = pieces.recv().await {
        written = writer.write(piece).await;
        if written.is_err() {
            break;
        }
    }
    // Whoever is still reading learns by this that it is over.
    drop(pieces);
    let read = reading.await.unwrap_or_else(|error| {
        error!(%error, "the reading of a list ended without an answer");
        Err(ApiError::Internal)
    });
    // What was written stays where Redis went away in mid-write: the next try may complete it.
    written?;
    match whole(read, gone) {
        Ok(reading) => writer.finish(reading).await,
        Err(error) => {
            writer.abandon().await;
            Err(error)
        }
    }
}

/// A list that may be started.
fn whole(read: Result<Reading, ApiError>, gone: &CancellationToken) -> Result<Reading, ApiError> {
    let reading = read?;
    if gone.is_cancelled() { Err(ApiError::CutBody) } else { Ok(reading) }
}
