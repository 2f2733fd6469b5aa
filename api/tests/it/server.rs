use std::{
    io::Write,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use aws_config::SdkConfig;
use drumbeat_api::{Account, Config, Prices, Problem, SendCampaignAnswer, Senders};
use drumbeat_common::{Redis, Template, TemplateBook};
use jiff::SignedDuration;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    net::{TcpListener, UnixStream},
    sync::oneshot,
    task::JoinHandle,
};

/// The longest that anything here is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A Redis of one's own; dead when dropped.
pub(crate) struct TestRedis {
    folder: TempDir,
    process: Child,
}

impl TestRedis {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let process = spawn(&folder);
        let redis = Self { folder, process };
        redis.answers().await;
        redis
    }

    pub(crate) fn url(&self) -> String {
        format!("unix://{}", socket(&self.folder).display())
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Comes back on the same socket, with nothing in it.
    pub(crate) async fn restart(&mut self) {
        self.process = spawn(&self.folder);
        self.answers().await;
    }

    async fn answers(&self) {
        let deadline = Instant::now() + PATIENCE;
        while UnixStream::connect(socket(&self.folder)).await.is_err() {
            assert!(Instant::now() < deadline, "redis-server does not start");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for TestRedis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn socket(folder: &TempDir) -> PathBuf {
    folder.path().join("redis.sock")
}

fn spawn(folder: &TempDir) -> Child {
    Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
        .arg(socket(folder))
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// The API on a port of its own, over a Redis of its own.
pub(crate) struct Api {
    pub(crate) redis: TestRedis,
    /// The same Redis, to look behind the API.
    pub(crate) store: Redis,
    base: String,
    client: Client,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Api {
    pub(crate) async fn start() -> Self {
        Self::with(config()).await
    }

    pub(crate) async fn with_keys(keys: &[&str]) -> Self {
        Self::with(Config { keys: keys.iter().map(|key| key.parse().unwrap()).collect(), ..config() }).await
    }

    /// With these lines below the header of the file of prices.
    pub(crate) async fn with_prices(lines: &str) -> Self {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(file, "channel,country,price,currency\n{lines}").unwrap();
        Self::with(Config { prices: Some(Prices::load(file.path()).unwrap()), ..config() }).await
    }

    /// With a delivery table of this name at AWS.
    pub(crate) async fn with_table(aws: SdkConfig, name: &str) -> Self {
        let account = Account::with(Senders::default(), aws);
        Self::with(Config { account, tracking_table: Some(name.to_owned()), ..config() }).await
    }

    async fn with(config: Config) -> Self {
        let redis = TestRedis::start().await;
        let store = Redis::connect(&redis.url()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let shutdown = async { drop(stopped.await) };
        let server = tokio::spawn(drumbeat_api::serve(listener, store.clone(), config, shutdown));
        Self { redis, store, base, client: Client::new(), stop: Some(stop), server }
    }

    /// Host and port.
    pub(crate) fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    pub(crate) async fn get_json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str) -> Response {
        self.request(Method::POST, path).send().await.unwrap()
    }

    pub(crate) fn campaign(&self, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.request(Method::POST, "/api/send-campaign").header("content-type", "application/json").body(body)
    }

    /// Posts a campaign that is taken.
    pub(crate) async fn send(&self, campaign: &Value) -> SendCampaignAnswer {
        let response = self.campaign(campaign.to_string()).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::ACCEPTED);
        response.json().await.unwrap()
    }

    /// How many keys there are in Redis.
    pub(crate) async fn keys_in_redis(&self) -> u64 {
        redis::cmd("DBSIZE").query_async(&mut self.store.connection()).await.unwrap()
    }

    /// Stops the server, and answers what it ended with.
    pub(crate) async fn stop(mut self) -> std::io::Result<()> {
        self.stop.take().unwrap().send(()).unwrap();
        drop(self.client);
        tokio::time::timeout(PATIENCE, &mut self.server).await.unwrap().unwrap()
    }
}

/// A server that knows of nothing but its templates.
fn config() -> Config {
    Config {
        templates: templates(),
        keys: Vec::new(),
        account: Account::new(Senders::default()),
        prices: None,
        sample: None,
        tracking_table: None,
        doubt_window: SignedDuration::from_hours(72),
    }
}

/// Reads a problem, and checks that it is one.
pub(crate) async fn problem(response: Response) -> Problem {
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let status = response.status().as_u16();
    let problem: Problem = response.json().await.unwrap();
    assert_eq!(problem.status, status);
    assert!(!problem.title.is_empty() && !problem.detail.is_empty(), "{problem:?}");
    problem
}

/// `PROMO` for every channel; the text for SMS and email needs `first_name`. `NEWS` counts to `n`.
fn templates() -> TemplateBook {
    let texts = [
        "id = 'PROMO'\nchannel = 'sms'\nlanguage = 'en_US'\nbody = 'Hi {{ first_name }}'",
        "id = 'PROMO'\nchannel = 'whatsapp'\nlanguage = 'en_US'\nname = 'promo'\nbody = 'Hi'",
        "id = 'PROMO'\nchannel = 'email'\nlanguage = 'en_US'\nsubject = 'Hi'\nbody = 'Hi {{ first_name }}'\nhtml = 'Hi'",
        "id = 'NEWS'\nchannel = 'sms'\nlanguage = 'en_US'\nbody = '{% for i in range(n|int) %}{{ i }} {% endfor %}'",
    ];
    let templates: Vec<Template> = texts.iter().map(|text| toml::from_str(text).unwrap()).collect();
    TemplateBook::new(templates).unwrap()
}

pub(crate) fn sms(number: usize) -> Value {
    json!({
        "customer_id": format!("CUST-{number}"), "channel": "sms", "phone": format!("+1415{}", 5_550_000 + number),
        "template_id": "PROMO", "variables": {"first_name": "Ana"},
    })
}

pub(crate) fn whatsapp(number: usize) -> Value {
    json!({
        "customer_id": format!("CUST-{number}"), "channel": "whatsapp", "phone": format!("+1415{}", 5_550_000 + number),
        "template_id": "PROMO",
    })
}

pub(crate) fn email(number: usize) -> Value {
    json!({
        "customer_id": format!("CUST-{number}"), "channel": "email", "email": format!("c{number}@example.com"),
        "message": "Good morning", "subject": "Hello",
    })
}

/// A campaign of as many texts.
pub(crate) fn campaign_of(people: usize) -> Value {
    json!({"name": "Spring sale", "recipients": (0..people).map(sms).collect::<Vec<_>>()})
}
