use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::LazyLock,
    time::Duration,
};

use drumbeat_common::{
    Arrival, Batch, Campaign, CampaignId, CampaignOptions, Channel, Content, Failure, FailureState, Progress,
    Receipt, Recipient, RecipientIndex, Redis, ReputationLimits, State, Status, Tps, catalog,
    ledger::{self, Claim, ClaimId, Claimer, Hold, Settled, Settlement, Verdict, Worker},
    progress, queue,
    receipt::{self, Reception},
};
use jiff::Timestamp;
use redis::aio::ConnectionManager;

/// A Redis of one test's own, on a socket in a folder of its own.
pub(crate) struct Server {
    child: Child,
    pub(crate) redis: Redis,
    folder: tempfile::TempDir,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket: PathBuf = folder.path().join("redis.sock");
        let child = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--dir"])
            .arg(folder.path())
            .arg("--unixsocket")
            .arg(&socket)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        let redis = tokio::time::timeout(Duration::from_secs(10), async {
            loop {
                if let Ok(redis) = Redis::connect(&format!("unix://{}", socket.display())).await {
                    break redis;
                }
            }
        })
        .await
        .unwrap();
        Self { child, redis, folder }
    }

    /// Where another process finds it.
    #[allow(dead_code, reason = "for the tests of other crates, which start processes")]
    pub(crate) fn url(&self) -> String {
        format!("unix://{}", self.folder.path().join("redis.sock").display())
    }

    pub(crate) fn connection(&self) -> ConnectionManager {
        self.redis.connection()
    }

    /// A campaign with as many recipients, one channel after the other, still loading.
    pub(crate) async fn load(&self, total: u32, tps: f64) -> (CampaignId, Vec<Batch>) {
        let id = CampaignId::generate();
        let options = CampaignOptions { tps: Tps::try_from(tps).unwrap(), ..CampaignOptions::new("spring") };
        catalog::create(&self.redis, id, &options, &[]).await.unwrap();
        let batches = batches(id, total);
        for group in batches.chunks(queue::MAX_PUSH) {
            queue::push(&self.redis, id, group).await.unwrap();
        }
        (id, batches)
    }

    /// A running campaign.
    pub(crate) async fn campaign(&self, total: u32, tps: f64) -> (CampaignId, Vec<Batch>) {
        let (id, batches) = self.load(total, tps).await;
        catalog::start(&self.redis, id).await.unwrap();
        (id, batches)
    }

    /// Claims everybody who is pending in these batches, and settles each as told by the index.
    pub(crate) async fn end(&self, id: CampaignId, batches: &[Batch], state: impl Fn(u32) -> State) {
        let claimer = new_claimer();
        for batch in batches {
            let claimed = claim_all(&self.redis, batch, claimer).await;
            let settlements = settlements(&claimed, |index| settled(index, state(index.get())));
            ledger::settle(&self.redis, id, &settlements).await.unwrap();
        }
    }

    /// Tells of one arrival for each, by the channel that the recipient has.
    pub(crate) async fn receive(&self, id: CampaignId, indexes: &[u32], arrival: Arrival) -> Reception {
        let receipts: Vec<_> = indexes.iter().map(|index| receipt_of(*index, arrival)).collect();
        receipt::receive(&self.redis, id, &receipts, ReputationLimits::default(), true).await.unwrap()
    }

    pub(crate) async fn get(&self, id: CampaignId) -> Campaign {
        catalog::get(&self.redis, id).await.unwrap().unwrap()
    }

    pub(crate) async fn progress(&self, id: CampaignId) -> Progress {
        progress(&self.redis, id).await.unwrap().unwrap()
    }

    /// Claims so many, as soon as there are slots, and settles them as pending with that verdict.
    pub(crate) async fn put_back(&self, batch: &Batch, most: usize, verdict: &Verdict) -> Option<Status> {
        let claimer = new_claimer();
        let (id, recipients) = loop {
            match ledger::claim(&self.redis, batch, claimer, most, []).await.unwrap().0 {
                Claim::Claimed { id, recipients, .. } => break (id, recipients),
                Claim::Wait { .. } => {}
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(recipients.len(), most);
        let back =
            |index| Settlement { index, hold: Hold::By(id), to: Settled::Pending, verdict: verdict.clone() };
        let settlements: Vec<_> = recipients.into_iter().map(back).collect();
        ledger::settle(&self.redis, batch.campaign, &settlements).await.unwrap()
    }
}

/// One more claimer of the one worker of the test: no other one holds the bucket.
pub(crate) fn new_claimer() -> Claimer {
    static WORKER: LazyLock<Worker> = LazyLock::new(Worker::generate);
    WORKER.claimer()
}

/// Somebody who is being sent to, and by which claim.
pub(crate) type Held = (RecipientIndex, ClaimId);

/// Claims until nobody is pending or somebody has to wait; at a high rate nobody does.
pub(crate) async fn claim_all(redis: &Redis, batch: &Batch, claimer: Claimer) -> Vec<Held> {
    let mut all = Vec::new();
    loop {
        match ledger::claim(redis, batch, claimer, 100, []).await.unwrap().0 {
            Claim::Claimed { id, recipients, .. } => all.extend(recipients.into_iter().map(|i| (i, id))),
            Claim::Empty { .. } => return all,
            other => panic!("{other:?}"),
        }
    }
}

/// What is reported of the message to a recipient of [`Server::campaign`].
pub(crate) fn receipt_of(index: u32, arrival: Arrival) -> Receipt {
    Receipt {
        index: RecipientIndex::new(index),
        channel: Channel::ALL[index as usize % 3],
        message_id: format!("message-{index}"),
        is_providers: true,
        arrival,
        harm: None,
        code: format!("{arrival:?}"),
        at: Timestamp::UNIX_EPOCH,
    }
}

pub(crate) fn settlements(held: &[Held], to: impl Fn(RecipientIndex) -> Settled) -> Vec<Settlement> {
    held.iter()
        .map(|(index, claim)| Settlement {
            index: *index,
            hold: Hold::By(*claim),
            to: to(*index),
            verdict: Verdict::None,
        })
        .collect()
}

pub(crate) fn settled(index: RecipientIndex, state: State) -> Settled {
    match state {
        State::Sent => Settled::Sent(None),
        State::Failed => Settled::Failed(failure(index, FailureState::Failed)),
        State::InDoubt => Settled::InDoubt(failure(index, FailureState::InDoubt)),
        State::Skipped => Settled::Skipped,
        State::Pending => Settled::Pending,
        other => panic!("nobody is settled as {other}"),
    }
}

pub(crate) fn failure(index: RecipientIndex, state: FailureState) -> Failure {
    Failure {
        batch: 0,
        index: index.get(),
        customer_id: format!("CUST-{index}"),
        channel: Channel::Sms,
        state,
        code: "ConflictException".to_owned(),
        message: "opted out".to_owned(),
        attempts: 1,
        at: jiff::Timestamp::UNIX_EPOCH,
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn batches(campaign: CampaignId, total: u32) -> Vec<Batch> {
    let recipients: Vec<_> = (0..total).map(recipient).collect();
    recipients
        .chunks(Batch::SIZE as usize)
        .zip(0..)
        .map(|(recipients, number)| Batch { campaign, number, recipients: recipients.to_vec() })
        .collect()
}

fn recipient(index: u32) -> Recipient {
    use drumbeat_common::Address::{Email, Sms, Whatsapp};
    let number = || format!("+1415555{index:04}").try_into().unwrap();
    Recipient {
        customer_id: format!("CUST-{index}"),
        address: match index % 3 {
            0 => Sms(number()),
            1 => Whatsapp(number()),
            _ => Email(format!("success+{index}@simulator.amazonses.com").try_into().unwrap()),
        },
        content: Content::Message { subject: None, body: "Hello".to_owned() },
        clock: None,
    }
}
