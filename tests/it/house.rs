//! A whole Drumbeat of one test's own.

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use drumbeat::{
    client::Client,
    stack::{Setup, Stack},
};
use drumbeat_common::{CampaignId, Channel, Failure, Progress, Status};
use drumbeat_simulator::{Settings, Stats};
use redis::{AsyncCommands, aio::MultiplexedConnection};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Longer than anything here takes on a busy machine: only a bug comes so far.
pub(crate) const PATIENCE: Duration = Duration::from_secs(240);

pub(crate) fn exe() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_drumbeat"))
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

pub(crate) struct House {
    pub(crate) stack: Stack,
    pub(crate) client: Client,
    simulator: Client,
    http: reqwest::Client,
    _folder: TempDir,
    _place: Place,
}

/// One test that measures is not to be measured together with others.
static MACHINE: RwLock<()> = RwLock::const_new(());

/// Held for as long as the house stands.
enum Place {
    Shared { _guard: RwLockReadGuard<'static, ()> },
    Alone { _guard: RwLockWriteGuard<'static, ()> },
}

/// What the simulator kept of a message.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Accepted {
    pub(crate) seq: u64,
    pub(crate) service: Channel,
    pub(crate) to: String,
    pub(crate) campaign_id: CampaignId,
    pub(crate) recipient: u32,
    pub(crate) message_id: String,
    pub(crate) at_us: u64,
}

impl House {
    /// With others on the machine.
    pub(crate) async fn open(workers: usize) -> Self {
        Self::open_at(Place::Shared { _guard: MACHINE.read().await }, workers).await
    }

    /// With the machine to itself, for tests of how fast something is.
    pub(crate) async fn open_alone(workers: usize) -> Self {
        Self::open_at(Place::Alone { _guard: MACHINE.write().await }, workers).await
    }

    /// With others on the machine, and with a table and reports of what becomes of messages.
    pub(crate) async fn open_tracking(workers: usize) -> Self {
        let place = Place::Shared { _guard: MACHINE.read().await };
        Self::open_with(place, workers, Setup::tracking).await
    }

    async fn open_at(place: Place, workers: usize) -> Self {
        Self::open_with(place, workers, |setup| setup).await
    }

    async fn open_with(place: Place, workers: usize, change: impl FnOnce(Setup) -> Setup) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let setup = Setup::new(exe(), folder.path()).templates(root().join("data/demo/templates"));
        let setup = change(setup.workers(workers));
        let stack = setup.start().await.unwrap();
        let (client, simulator) = (stack.client().unwrap(), stack.simulator_client().unwrap());
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        Self { stack, client, simulator, http, _folder: folder, _place: place }
    }

    /// Sends a campaign of that many recipients, one channel after the other.
    pub(crate) async fn send(&self, total: u32, tps: f64) -> CampaignId {
        self.post(&campaign(total, tps)).await
    }

    pub(crate) async fn post(&self, campaign: &Value) -> CampaignId {
        let key = format!("test-{}", CampaignId::generate());
        self.client.send(campaign.to_string(), &key).await.unwrap().campaign_id
    }

    pub(crate) async fn progress(&self, id: CampaignId) -> Progress {
        self.client.progress(id).await.unwrap()
    }

    /// Looks until the progress is as wished.
    pub(crate) async fn until(&self, id: CampaignId, wish: impl Fn(&Progress) -> bool) -> Progress {
        let patience_ends = Instant::now() + PATIENCE;
        loop {
            let progress = self.progress(id).await;
            if wish(&progress) {
                return progress;
            }
            assert!(Instant::now() < patience_ends, "the campaign never came so far as wished: {progress:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn completed(&self, id: CampaignId) -> Progress {
        self.until(id, |progress| progress.status == Status::Completed).await
    }

    pub(crate) async fn connection(&self) -> MultiplexedConnection {
        let redis = redis::Client::open(self.stack.redis_url()).unwrap();
        redis.get_multiplexed_async_connection().await.unwrap()
    }

    /// Those whom a process claimed and did not settle. A dead one's stay so for the 13 s in which an answer to it may
    /// come.
    pub(crate) async fn claimed_by(&self, id: CampaignId, pid: u32) -> BTreeSet<u32> {
        let claims: HashMap<u32, String> =
            self.connection().await.hgetall(format!("{{{id}}}:claims")).await.unwrap();
        let its = claims.into_iter().filter(|(_, claim)| claim.starts_with(&format!("{pid}-")));
        its.map(|(index, _)| index).collect()
    }

    /// The number of the worker that has the most people of a campaign in its hands, as soon as any has some.
    pub(crate) async fn sender(&self, id: CampaignId) -> usize {
        let looking = async {
            loop {
                let mut most = (0, 0);
                for (number, worker) in self.stack.workers.iter().enumerate() {
                    most = most.max((self.claimed_by(id, worker.pid().unwrap()).await.len(), number));
                }
                if most.0 > 0 {
                    return most.1;
                }
            }
        };
        tokio::time::timeout(PATIENCE, looking).await.expect("nobody is being sent to")
    }

    /// Waits until Redis holds no batch of the campaign any more.
    pub(crate) async fn until_forgotten(&self, id: CampaignId) {
        let mut connection = self.connection().await;
        let forgotten = async {
            loop {
                let left: (u64, u64, Vec<String>) = redis::pipe()
                    .hlen(format!("{{{id}}}:data"))
                    .llen(format!("{{{id}}}:active"))
                    .keys(format!("{{{id}}}:meta:*"))
                    .query_async(&mut connection)
                    .await
                    .unwrap();
                if left == (0, 0, Vec::new()) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, forgotten).await.expect("batches are left behind");
    }

    /// Everybody who failed or is in doubt, by index.
    pub(crate) async fn failures(&self, id: CampaignId) -> Vec<Failure> {
        let (mut all, mut next) = (Vec::new(), None);
        loop {
            let page = self.client.failures(id, next).await.unwrap();
            all.extend(page.failures);
            next = page.next;
            if next.is_none() {
                all.sort_by_key(|failure| failure.index);
                return all;
            }
        }
    }

    pub(crate) async fn stats(&self) -> Stats {
        self.simulator.simulator_stats().await.unwrap()
    }

    /// Everything that the simulator accepted, in order.
    pub(crate) async fn messages(&self) -> Vec<Accepted> {
        let mut all: Vec<Accepted> = Vec::new();
        loop {
            let after = all.last().map_or(0, |message| message.seq);
            let url = format!("{}/simulator/messages?after={after}&limit=10000", self.stack.simulator_url());
            let page: Vec<Accepted> = self.http.get(url).send().await.unwrap().json().await.unwrap();
            if page.is_empty() {
                return all;
            }
            all.extend(page);
        }
    }

    /// When the simulator accepted each message of a campaign, in order.
    pub(crate) async fn times(&self, id: CampaignId) -> Vec<u64> {
        self.messages().await.into_iter().filter(|m| m.campaign_id == id).map(|m| m.at_us).collect()
    }

    /// Sends so many campaigns and pauses each, until nobody of it is being sent to.
    pub(crate) async fn send_and_pause(&self, campaigns: u32) {
        for _ in 0..campaigns {
            let id = self.send(100, 10.0).await;
            self.client.pause(id).await.unwrap();
            self.until(id, |p| p.status == Status::Paused && p.counts.sending == 0).await;
        }
    }

    /// Changes how the simulator behaves.
    pub(crate) async fn behave(&self, settings: Value) {
        let settings: Settings = serde_json::from_value(settings).unwrap();
        let url = format!("{}/simulator/settings", self.stack.simulator_url());
        self.http.put(url).json(&settings).send().await.unwrap().error_for_status().unwrap();
    }
}

pub(crate) fn campaign(total: u32, tps: f64) -> Value {
    let recipients: Vec<_> = (0..total).map(recipient).collect();
    json!({ "name": "Spring", "tps": tps, "recipients": recipients })
}

fn recipient(index: u32) -> Value {
    let customer_id = customer_id(index);
    match index % 3 {
        0 => text(index, "Hello"),
        1 => {
            json!({ "customer_id": customer_id, "channel": "whatsapp", "phone": phone(index), "message": "Hello" })
        }
        _ => json!({
            "customer_id": customer_id, "channel": "email", "subject": "Hello", "message": "Hello",
            "email": format!("success+{index:06}@simulator.amazonses.com"),
        }),
    }
}

/// Somebody who is to get a text message.
pub(crate) fn text(index: u32, words: &str) -> Value {
    json!({ "customer_id": customer_id(index), "channel": "sms", "phone": phone(index), "message": words })
}

fn customer_id(index: u32) -> String {
    format!("CUST-{index:06}")
}

pub(crate) fn phone(index: u32) -> String {
    format!("+1{:03}5550{:03}", 200 + index / 1_000, index % 1_000)
}

/// Microseconds since the Unix epoch, by the clock that the simulator started with.
pub(crate) fn now_us() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap()
}
