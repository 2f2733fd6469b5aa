use std::{path::Path, time::Duration};

use drumbeat::{
    client::Client,
    stack::{Setup, Stack},
};
use drumbeat_common::{CampaignId, Progress};
use serde_json::Value;

use crate::house::{exe, root};

/// How soon is noticed what is waited for.
const LOOK: Duration = Duration::from_millis(200);

/// A Drumbeat as a shop has it: with a table, reports of what becomes of messages, and prices.
pub(crate) struct Shop {
    pub(crate) stack: Stack,
    pub(crate) client: Client,
    http: reqwest::Client,
}

impl Shop {
    pub(crate) async fn open(folder: &Path) -> Self {
        let data = root().join("data");
        let setup = Setup::new(exe(), folder)
            .templates(data.join("demo/templates"))
            .env("SAMPLE_FILE", data.join("demo/campaign.json").display().to_string())
            .env("PRICES_FILE", data.join("prices.csv").display().to_string())
            .tracking();
        let stack = setup.start().await.unwrap();
        let client = stack.client().unwrap();
        Self { stack, client, http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    pub(crate) async fn send(&self, campaign: &Value) -> CampaignId {
        let key = CampaignId::generate().to_string();
        self.client.send(campaign.to_string(), &key).await.unwrap().campaign_id
    }

    /// Looks until a campaign is as wished.
    pub(crate) async fn until(&self, id: CampaignId, wish: impl Fn(&Progress) -> bool) {
        while !wish(&self.client.progress(id).await.unwrap()) {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Changes how AWS's stand-in behaves.
    pub(crate) async fn behave(&self, settings: &Value) {
        let url = format!("{}/simulator/settings", self.stack.simulator_url());
        self.http.put(url).json(settings).send().await.unwrap().error_for_status().unwrap();
    }
}
