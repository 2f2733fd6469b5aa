use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream, HttpBody},
    extract::Request,
    http::header::EXPECT,
    middleware::Next,
    response::Response,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::{runtime::Handle, time::timeout};

/// How long the rest of a body that is not wanted any more is read and thrown away.
const DRAIN: Duration = Duration::from_secs(10);

/// Reads on where an answer is ready before all of the body is there. A connection that is closed with bytes unread is
/// reset, and many a caller would see that in place of the answer.
pub(crate) async fn read_on(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if body.is_end_stream() {
        return next.run(Request::from_parts(parts, body)).await;
    }
    // Who asks before sending anything has sent nothing yet.
    let is_coming = !parts.headers.contains_key(EXPECT);
    let body = Body::from_stream(Arriving { rest: Some(body.into_data_stream()), is_coming });
    next.run(Request::from_parts(parts, body)).await
}

/// A body that is read on when nobody wants it any more.
struct Arriving {
    /// None once its end was seen.
    rest: Option<BodyDataStream>,
    is_coming: bool,
}

impl Stream for Arriving {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.is_coming = true;
        let Some(rest) = &mut self.rest else { return Poll::Ready(None) };
        let piece = ready!(rest.poll_next_unpin(context));
        if !matches!(piece, Some(Ok(_))) {
            self.rest = None;
        }
        Poll::Ready(piece)
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        let rest = self.rest.take().filter(|_| self.is_coming);
        // Without a runtime, the server has ended.
        if let (Some(mut rest), Ok(runtime)) = (rest, Handle::try_current()) {
            let drained = async move { while let Some(Ok(_)) = rest.next().await {} };
            runtime.spawn(timeout(DRAIN, drained));
        }
    }
}
