//! DynamoDB and SQS of one test's own: the simulator's, or moto's under `make test-moto`.

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, Region};
use aws_sdk_sqs::types::QueueAttributeName;
use drumbeat::stack::{Process, Setup};
use serde_json::json;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::house::{PATIENCE, exe, root};

const REGION: &str = "us-east-1";
const KEY: &str = "test";
/// A message that was taken so often and never deleted is poison.
const MOST_TAKEN: u32 = 3;
/// In seconds: how long a message that was taken and not deleted stays hidden.
const HIDDEN: u32 = 5;

/// It stands until it is dropped.
pub(crate) struct StandIn {
    pub(crate) url: String,
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
    /// Where receipts come to.
    pub(crate) queue_url: String,
    /// Where those end that nobody could handle.
    pub(crate) dead_letters_url: String,
    _player: Player,
}

/// What plays the services.
enum Player {
    Simulator { _process: Process, _folder: TempDir },
    Moto { _process: Child },
}

/// The Python that has moto and boto3, where these tests run against moto.
pub(crate) fn python() -> Option<PathBuf> {
    match env::var("DRUMBEAT_STAND_IN").as_deref() {
        Ok("moto") => Some(root().join("target/moto/bin/python")),
        Ok(other) => panic!("DRUMBEAT_STAND_IN is {other:?}: it can be moto, or is not set"),
        Err(_) => None,
    }
}

impl StandIn {
    /// Empty, but for a queue of receipts and its dead letters.
    pub(crate) async fn start() -> Self {
        let (url, player) = match python() {
            Some(python) => moto(&python).await,
            None => simulator().await,
        };
        let aws = aws_at(&url).await;
        let sqs = aws_sdk_sqs::Client::new(&aws);
        let (queue_url, dead_letters_url) = queues(&sqs).await;
        // With more patience than a worker has: moto takes its time to read a whole table.
        let dynamodb = aws_sdk_dynamodb::Client::new(&aws);
        Self { url, dynamodb, sqs, queue_url, dead_letters_url, _player: player }
    }

    /// How many messages wait in a queue.
    pub(crate) async fn waiting(&self, queue_url: &str) -> u64 {
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let call = self.sqs.get_queue_attributes().queue_url(queue_url);
        let answer = call.attribute_names(name.clone()).send().await.unwrap();
        answer.attributes().unwrap()[&name].parse().unwrap()
    }

    /// The account that its events come from.
    pub(crate) fn account(&self) -> &str {
        self.queue_url.rsplit('/').nth(1).unwrap()
    }

    /// What a process needs to find it: in place of the real services, and of anything of the user's.
    pub(crate) fn env(&self) -> [(&'static str, &str); 8] {
        [
            ("AWS_ENDPOINT_URL_DYNAMODB", &self.url),
            ("AWS_ENDPOINT_URL_SQS", &self.url),
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", KEY),
            ("AWS_SECRET_ACCESS_KEY", KEY),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ]
    }
}

async fn simulator() -> (String, Player) {
    let folder = tempfile::tempdir().unwrap();
    let process = Setup::new(exe(), folder.path()).start_simulator().await.unwrap();
    (process.announced().to_owned(), Player::Simulator { _process: process, _folder: folder })
}

async fn moto(python: &Path) -> (String, Player) {
    let mut process = Command::new(python)
        .arg(root().join("tests/tracking/serve_moto.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let line = timeout(PATIENCE, lines.next_line()).await.expect("moto does not come up");
    let line = line.unwrap().expect("moto ended before it was up");
    let (_, url) = line.rsplit_once(' ').unwrap();
    (url.to_owned(), Player::Moto { _process: process })
}

async fn aws_at(url: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .endpoint_url(url)
        .region(Region::from_static(REGION))
        .credentials_provider(Credentials::new(KEY, KEY, None, None, "tests"))
        .load()
        .await
}

/// The queue of receipts, and that of its dead letters.
async fn queues(sqs: &aws_sdk_sqs::Client) -> (String, String) {
    let dead_letters = sqs.create_queue().queue_name("spring-dead-letters").send().await.unwrap();
    let dead_letters_url = dead_letters.queue_url().unwrap().to_owned();
    let arn = QueueAttributeName::QueueArn;
    let asked = sqs.get_queue_attributes().queue_url(&dead_letters_url).attribute_names(arn.clone());
    let answer = asked.send().await.unwrap();
    let arn = &answer.attributes().unwrap()[&arn];
    let redrive = json!({ "deadLetterTargetArn": arn, "maxReceiveCount": MOST_TAKEN.to_string() });
    let queue = sqs
        .create_queue()
        .queue_name("spring-receipts")
        .attributes(QueueAttributeName::RedrivePolicy, redrive.to_string())
        .attributes(QueueAttributeName::VisibilityTimeout, HIDDEN.to_string())
        .send()
        .await
        .unwrap();
    (queue.queue_url().unwrap().to_owned(), dead_letters_url)
}

#[tokio::test]
async fn its_queues_start_empty() {
    let stand_in = StandIn::start().await;
    for url in [&stand_in.queue_url, &stand_in.dead_letters_url] {
        assert_eq!(stand_in.waiting(url).await, 0);
    }
}
