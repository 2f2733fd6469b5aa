use std::{
    fmt,
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use drumbeat_api::{PreflightAnswer, SendCampaignAnswer};
use drumbeat_common::CampaignId;
use reqwest::{
    Body, Method, Response,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use tracing::warn;

use super::{Client, ClientError, FILE_TIMEOUT, STANDSTILL};

/// Waits between the tries of a send: eight seconds in all, long enough for an API or a Redis to start again.
const RETRIES: [Duration; 5] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// A list of recipients on its way to the API, of any length.
pub struct Upload {
    /// How it is written.
    pub media_type: &'static str,
    /// Whether it is packed with gzip.
    pub packed: bool,
    /// The campaign's options, where they do not stand in the list itself.
    pub parameters: Vec<(String, String)>,
    /// Its bytes from the start, as often as they are asked for.
    pub body: Box<dyn Fn() -> Body + Send + Sync>,
    /// Moves with the bytes.
    pub meter: Meter,
}

/// How many bytes of a list are on their way. Clones share the count.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    bytes: Arc<AtomicU64>,
    total: u64,
}

impl Meter {
    /// Of a list of so many bytes.
    #[must_use]
    pub fn of(total: u64) -> Self {
        Self { bytes: Arc::default(), total }
    }

    /// All bytes of the list.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// Those that were read from it.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Counts some that were read.
    pub fn add(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn reset(&self) {
        self.bytes.store(0, Ordering::Relaxed);
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("media_type", &self.media_type).finish_non_exhaustive()
    }
}

impl Upload {
    /// A campaign in JSON, its options among it.
    pub(crate) fn of_json(campaign: Bytes) -> Self {
        let meter = Meter::of(campaign.len() as u64);
        let body = Box::new(move || Body::from(campaign.clone()));
        Self { media_type: "application/json", packed: false, parameters: Vec::new(), body, meter }
    }
}

impl Client {
    /// Sends a list. As long as the API is away or asks to try again, it is tried again with the same key, up to 5 times
    /// within about 8 seconds and the time that the uploads take, so that it becomes one campaign at most.
    ///
    /// # Errors
    /// When the API refuses it, or is away for longer.
    pub async fn send_list(
        &self,
        list: &Upload,
        idempotency_key: &str,
    ) -> Result<SendCampaignAnswer, ClientError> {
        self.persist(list, "api/send-campaign", Some(idempotency_key)).await
    }

    /// Sends a campaign: the body of `POST /api/send-campaign`, with the patience of [`Client::send_list`].
    ///
    /// # Errors
    /// When the API refuses it, or is away for longer.
    pub async fn send(
        &self,
        campaign: impl Into<Bytes>,
        idempotency_key: &str,
    ) -> Result<SendCampaignAnswer, ClientError> {
        self.send_list(&Upload::of_json(campaign.into()), idempotency_key).await
    }

    /// Sends a campaign, in one try.
    ///
    /// # Errors
    /// When the API refuses it or is away.
    pub async fn send_once(
        &self,
        campaign: impl Into<Bytes>,
        idempotency_key: &str,
    ) -> Result<SendCampaignAnswer, ClientError> {
        let list = Upload::of_json(campaign.into());
        self.upload(&list, "api/send-campaign", Some(idempotency_key)).await
    }

    /// What a list would come to; nothing is sent. It has the patience of [`Client::send_list`].
    ///
    /// # Errors
    /// When the API cannot read it, or is away.
    pub async fn preflight(&self, list: &Upload) -> Result<PreflightAnswer, ClientError> {
        self.persist(list, "api/preflight", None).await
    }

    /// The rows of a campaign's list that became no recipients, as a CSV file, to be read as it comes.
    ///
    /// # Errors
    /// When there is no such campaign, or the API is away.
    pub async fn rejected(&self, id: CampaignId) -> Result<Response, ClientError> {
        let request = self.request(Method::GET, &format!("api/campaigns/{id}/rejected"));
        self.response(request.timeout(FILE_TIMEOUT)).await
    }

    /// What became of everybody in a campaign, as a CSV file, to be read as it comes.
    ///
    /// # Errors
    /// When there is no such campaign, or the API is away.
    pub async fn report(&self, id: CampaignId) -> Result<Response, ClientError> {
        let request = self.request(Method::GET, &format!("api/campaigns/{id}/report.csv"));
        self.response(request.timeout(FILE_TIMEOUT)).await
    }

    async fn persist<T: DeserializeOwned>(
        &self,
        list: &Upload,
        path: &str,
        idempotency_key: Option<&str>,
    ) -> Result<T, ClientError> {
        for wait in RETRIES {
            match self.upload(list, path, idempotency_key).await {
                Err(error) if error.is_passing() => {
                    warn!("{error}; trying again in {} s", wait.as_secs_f32());
                    tokio::time::sleep(wait).await;
                }
                answer => return answer,
            }
        }
        self.upload(list, path, idempotency_key).await
    }

    async fn upload<T: DeserializeOwned>(
        &self,
        list: &Upload,
        path: &str,
        idempotency_key: Option<&str>,
    ) -> Result<T, ClientError> {
        list.meter.reset();
        let mut request = self
            .lasting_request(Method::POST, path)
            .query(&list.parameters)
            .header(CONTENT_TYPE, list.media_type)
            .body((list.body)());
        if list.packed {
            request = request.header(CONTENT_ENCODING, "gzip");
        }
        if let Some(key) = idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        let answer = while_it_moves(&list.meter, STANDSTILL, self.answer(request)).await;
        answer.unwrap_or_else(|| Err(ClientError::TimedOut { base: self.base.clone() }))
    }
}

/// Gives up where nothing has moved for a while, however long all of it takes.
async fn while_it_moves<T>(meter: &Meter, patience: Duration, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut seen = meter.bytes();
    loop {
        match timeout(patience, &mut work).await {
            Ok(done) => return Some(done),
            Err(_) if meter.bytes() == seen => return None,
            Err(_) => seen = meter.bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_what_stands_still_is_given_up() {
        let meter = Meter::of(1_000);
        assert_eq!(while_it_moves(&meter, Duration::ZERO, std::future::pending::<()>()).await, None);
        let slow = async {
            for _ in 0..1_000 {
                meter.add(1);
                tokio::task::yield_now().await;
            }
        };
        assert_eq!(while_it_moves(&meter, Duration::ZERO, slow).await, Some(()));
    }
}
