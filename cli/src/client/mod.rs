//! The HTTP API, a typed method for each call.

mod error;
mod lists;
mod suppressions;

use std::time::Duration;

use bytes::Bytes;
use drumbeat_api::{CampaignList, CampaignView, RateRequest, RecipientsMoved, ResolveRequest};
use drumbeat_common::{CampaignId, FailurePage, Progress, RecipientIndex, Recount, Resolve, Tps};
use reqwest::{
    Method, RequestBuilder, Response, Url,
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
};
use serde::de::DeserializeOwned;

pub use error::ClientError;
pub use lists::{Meter, Upload};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const TIMEOUT: Duration = Duration::from_secs(30);
/// To take up a million recipients again is a lot of work for Redis.
const AGAIN_TIMEOUT: Duration = Duration::from_secs(120);
/// A file of any length, over a slow line.
const FILE_TIMEOUT: Duration = Duration::from_secs(60 * 60);
/// How long a list may stand still on its way to the API, and how long the API may look at it once it has all of it.
const STANDSTILL: Duration = Duration::from_secs(300);

/// Speaks to one API. Cheap to clone: clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
}

impl Client {
    /// A client of the API at this address, such as `http://127.0.0.1:8080`, with the key that it asks for, if any.
    ///
    /// # Errors
    /// When the key fits into no HTTP header.
    pub fn new(base: Url, key: Option<&str>) -> Result<Self, ClientError> {
        let mut headers = HeaderMap::new();
        if let Some(key) = key {
            let mut value =
                HeaderValue::try_from(format!("Bearer {key}")).map_err(|_| ClientError::InvalidKey)?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let mut http = reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT).default_headers(headers);
        // By itself it takes a peer for dead that is there, but has read nothing for 30 seconds.
        #[cfg(target_os = "linux")]
        {
            http = http.tcp_user_timeout(STANDSTILL);
        }
        // A company's proxy knows nothing of this machine.
        if is_loopback(&base) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|source| ClientError::from_transport(&base, source))?;
        Ok(Self { http, base })
    }

    /// What was asked for, and its state.
    ///
    /// # Errors
    /// When there is no such campaign, or the API is away.
    pub async fn campaign(&self, id: CampaignId) -> Result<CampaignView, ClientError> {
        self.answer(self.request(Method::GET, &format!("api/campaigns/{id}"))).await
    }

    /// A page of campaigns, newest first, after `offset` of them.
    ///
    /// # Errors
    /// When the API is away.
    pub async fn campaigns(&self, offset: u64) -> Result<CampaignList, ClientError> {
        self.answer(self.request(Method::GET, "api/campaigns").query(&[("offset", offset)])).await
    }

    /// Where a campaign stands.
    ///
    /// # Errors
    /// When there is no such campaign, or the API is away.
    pub async fn progress(&self, id: CampaignId) -> Result<Progress, ClientError> {
        self.answer(self.request(Method::GET, &format!("api/campaigns/{id}/progress"))).await
    }

    /// A page of failures, in the order of the campaign's list, after the place that an earlier page named as its
    /// `next`.
    ///
    /// # Errors
    /// When there is no such campaign, or the API is away.
    pub async fn failures(
        &self,
        id: CampaignId,
        after: Option<RecipientIndex>,
    ) -> Result<FailurePage, ClientError> {
        let request = self.request(Method::GET, &format!("api/campaigns/{id}/failures"));
        self.answer(request.query(&after.map(|place| ("after", place)).as_slice())).await
    }

    /// Holds a campaign.
    ///
    /// # Errors
    /// When it is not running, there is no such campaign, or the API is away.
    pub async fn pause(&self, id: CampaignId) -> Result<CampaignView, ClientError> {
        self.answer(self.request(Method::POST, &format!("api/campaigns/{id}/pause"))).await
    }

    /// Goes on with a paused campaign, or starts a scheduled one now.
    ///
    /// # Errors
    /// When it is neither paused nor scheduled, there is no such campaign, or the API is away.
    pub async fn resume(&self, id: CampaignId) -> Result<CampaignView, ClientError> {
        self.answer(self.request(Method::POST, &format!("api/campaigns/{id}/resume"))).await
    }

    /// Ends a campaign for good.
    ///
    /// # Errors
    /// When it is over already, there is no such campaign, or the API is away.
    pub async fn cancel(&self, id: CampaignId) -> Result<CampaignView, ClientError> {
        self.answer(self.request(Method::POST, &format!("api/campaigns/{id}/cancel"))).await
    }

    /// Changes a campaign's rate.
    ///
    /// # Errors
    /// When it is over already, there is no such campaign, or the API is away.
    pub async fn set_tps(&self, id: CampaignId, tps: Tps) -> Result<CampaignView, ClientError> {
        let request = self.request(Method::PATCH, &format!("api/campaigns/{id}"));
        self.answer(request.json(&RateRequest { tps: tps.get() })).await
    }

    /// Sends again to everybody who failed. Where it was cut off, the same call goes on.
    ///
    /// # Errors
    /// When nobody failed, it is loading or cancelled, there is no such campaign, or the API is away.
    pub async fn retry_failed(&self, id: CampaignId) -> Result<RecipientsMoved, ClientError> {
        let request = self.request(Method::POST, &format!("api/campaigns/{id}/retry-failed"));
        self.answer(request.timeout(AGAIN_TIMEOUT)).await
    }

    /// Decides about everybody in doubt. Where it was cut off, the same call goes on.
    ///
    /// # Errors
    /// When nobody is in doubt, its status does not allow it, there is no such campaign, or the API is away.
    pub async fn resolve_in_doubt(
        &self,
        id: CampaignId,
        resolve: Resolve,
    ) -> Result<RecipientsMoved, ClientError> {
        let request = self.request(Method::POST, &format!("api/campaigns/{id}/resolve-in-doubt"));
        self.answer(request.timeout(AGAIN_TIMEOUT).json(&ResolveRequest { resolve })).await
    }

    /// Counts everybody in the ledger, beside the counters.
    ///
    /// # Errors
    /// When there is no such campaign, or the API is away.
    pub async fn recount(&self, id: CampaignId) -> Result<Recount, ClientError> {
        self.answer(self.request(Method::GET, &format!("api/campaigns/{id}/recount"))).await
    }

    /// The simulator's figures, where the client's address is a simulator's.
    ///
    /// # Errors
    /// When it is away.
    pub async fn simulator_stats(&self) -> Result<drumbeat_simulator::Stats, ClientError> {
        self.answer(self.request(Method::GET, "simulator/stats")).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.lasting_request(method, path).timeout(TIMEOUT)
    }

    /// A request that may last as long as it has to.
    fn lasting_request(&self, method: Method, path: &str) -> RequestBuilder {
        // Not `Url::join`, which drops the last part of a base such as `https://example.com/drumbeat`.
        self.http.request(method, format!("{}/{path}", self.base.as_str().trim_end_matches('/')))
    }

    async fn answer<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ClientError> {
        let response = self.response(request).await?;
        let status = response.status();
        let body = self.body(response).await?;
        serde_json::from_slice(&body).map_err(|_| ClientError::unreadable(&self.base, status, &body))
    }

    /// An answer that is no problem, its body unread.
    async fn response(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        let failed = |source| ClientError::from_transport(&self.base, source);
        let response = request.send().await.map_err(failed)?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = self.body(response).await?;
        let problem = serde_json::from_slice(&body);
        Err(problem.map_or_else(
            |_| ClientError::unreadable(&self.base, status, &body),
            |problem| ClientError::Problem(Box::new(problem)),
        ))
    }

    async fn body(&self, response: Response) -> Result<Bytes, ClientError> {
        response.bytes().await.map_err(|source| ClientError::from_transport(&self.base, source))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_told_from_others() {
        for near in ["http://localhost:1", "http://127.0.0.1", "http://[::1]:8080/x"] {
            assert!(is_loopback(&near.parse().unwrap()), "{near}");
        }
        for far in ["http://example.com", "http://10.0.0.1", "http://localhost.example.com"] {
            assert!(!is_loopback(&far.parse().unwrap()), "{far}");
        }
    }

    #[test]
    fn a_base_with_a_path_keeps_it() {
        let client = Client::new("https://example.com/drumbeat/".parse().unwrap(), None).unwrap();
        let request = client.request(Method::GET, "api/campaigns").build().unwrap();
        assert_eq!(request.url().as_str(), "https://example.com/drumbeat/api/campaigns");
    }
}
