use std::{future::Future, time::Duration};

use drumbeat_common::StoreError;

use crate::error::ApiError;

/// The longest that an answer about a campaign may take. Redis answers within milliseconds or is away.
pub(crate) const ANSWER: Duration = Duration::from_secs(5);

/// Waits for Redis, but not longer than for an answer that somebody waits for.
pub(crate) async fn answer<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, ApiError> {
    match tokio::time::timeout(ANSWER, work).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(ApiError::Late),
    }
}
