use std::time::Duration;

use drumbeat_common::{
    CampaignId, Redis,
    ledger::{self, Settlement},
};
use tokio::sync::{mpsc, oneshot};
use tracing::{info, warn};

/// Settlements wait this long for company: a call to Redis, and the disk behind it, then serves several.
const LINGER: Duration = Duration::from_millis(10);
/// The most in one call.
const GROUP: usize = 100;
/// While Redis is away, settlements are tried again: at first soon, since most absences are short, and then every
/// second, which is soon enough for people.
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LAST_RETRY: Duration = Duration::from_secs(1);

/// Settles a campaign's recipients in groups, and goes on trying while Redis is away: what is known about a message
/// that went out must not be lost.
#[derive(Debug, Clone)]
pub(crate) struct Settler {
    queue: mpsc::Sender<(Settlement, oneshot::Sender<()>)>,
}

impl Settler {
    /// Starts the task behind it, which ends after the last clone is dropped and all is settled.
    pub(crate) fn start(redis: Redis, campaign: CampaignId) -> Self {
        let (queue, waiting) = mpsc::channel(GROUP);
        tokio::spawn(run(redis, campaign, waiting));
        Self { queue }
    }

    /// Returns when the settlement stands in Redis.
    pub(crate) async fn settle(&self, settlement: Settlement) {
        let (done, settled) = oneshot::channel();
        // Both can fail only when the runtime is going down.
        if self.queue.send((settlement, done)).await.is_ok() {
            let _ = settled.await;
        }
    }
}

async fn run(
    redis: Redis,
    campaign: CampaignId,
    mut waiting: mpsc::Receiver<(Settlement, oneshot::Sender<()>)>,
) {
    let mut group = Vec::with_capacity(GROUP);
    while waiting.recv_many(&mut group, GROUP).await > 0 {
        if group.len() < GROUP {
            tokio::time::sleep(LINGER).await;
            while group.len() < GROUP
                && let Ok(more) = waiting.try_recv()
            {
                group.push(more);
            }
        }
        let (settlements, done): (Vec<_>, Vec<_>) = group.drain(..).unzip();
        settle(&redis, campaign, &settlements).await;
        for done in done {
            let _ = done.send(());
        }
    }
}

async fn settle(redis: &Redis, campaign: CampaignId, settlements: &[Settlement]) {
    let mut retry = FIRST_RETRY;
    loop {
        match ledger::settle(redis, campaign, settlements).await {
            Ok(None) => return,
            Ok(Some(status)) => {
                return info!(%campaign, %status, "the last answers gave the campaign another status");
            }
            Err(error) => {
                warn!(%campaign, recipients = settlements.len(), %error, "cannot settle; trying again")
            }
        }
        tokio::time::sleep(retry).await;
        retry = (retry * 2).min(LAST_RETRY);
    }
}
