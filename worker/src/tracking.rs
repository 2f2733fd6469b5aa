use std::{collections::HashSet, sync::Arc, time::Duration};

use drumbeat_common::{CampaignId, Redis, outbox};
use drumbeat_tracking::{Drain, Drained};
use tokio::{task::JoinSet, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// How often outboxes are looked through. What a campaign sends meanwhile travels together.
const LOOK: Duration = Duration::from_millis(250);
/// Outboxes that one worker writes at once; each has up to eight calls on their way.
const AT_ONCE: usize = 4;
/// How many looks lie between two at which outboxes that are done with are forgotten: ten minutes.
const FORGET: u64 = 2_400;

/// Tells the delivery table what was sent and what arrived, of all campaigns, until the stop. Sending never waits for it.
pub(crate) async fn keep_telling(redis: Redis, drain: Drain, stop: CancellationToken) {
    let (drain, writing, tasks) = (Arc::new(drain), HashSet::new(), JoinSet::new());
    Telling { redis, drain, stop, writing, tasks, looks: 0 }.run().await;
}

struct Telling {
    redis: Redis,
    drain: Arc<Drain>,
    stop: CancellationToken,
    /// The campaigns whose outbox is being written, each by a task.
    writing: HashSet<CampaignId>,
    tasks: JoinSet<(CampaignId, bool)>,
    looks: u64,
}

impl Telling {
    async fn run(mut self) {
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stop = self.stop.clone();
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                Some(Ok((campaign, has_more))) = self.tasks.join_next() => {
                    self.writing.remove(&campaign);
                    if has_more {
                        self.look().await;
                    }
                }
                _ = look.tick() => self.look().await,
            }
        }
        while self.tasks.join_next().await.is_some() {}
    }

    /// Starts on outboxes in which something waits, another one first at every look.
    async fn look(&mut self) {
        self.looks += 1;
        if self.looks.is_multiple_of(FORGET)
            && let Err(error) = outbox::forget_idle(&self.redis).await
        {
            debug!(%error, "cannot forget outboxes that are done with");
        }
        let mut waiting = match outbox::waiting(&self.redis).await {
            Ok(waiting) => waiting,
            Err(error) => return debug!(%error, "cannot look for outboxes"),
        };
        waiting.retain(|(campaign, _)| !self.writing.contains(campaign));
        let room = AT_ONCE - self.writing.len().min(AT_ONCE);
        let first = self.looks.checked_rem(waiting.len() as u64).unwrap_or_default();
        for (campaign, _) in waiting.iter().cycle().skip(first as usize).take(waiting.len().min(room)) {
            self.writing.insert(*campaign);
            self.tasks.spawn(write(self.drain.clone(), *campaign, self.stop.clone()));
        }
    }
}

/// Writes a piece of an outbox, or gives it back at the stop. Answers whether there is more.
async fn write(drain: Arc<Drain>, campaign: CampaignId, stop: CancellationToken) -> (CampaignId, bool) {
    let has_more = match stop.run_until_cancelled(drain.next(campaign)).await {
        Some(Ok(drained)) => drained == Drained::Full,
        Some(Err(error)) => {
            warn!(%campaign, %error, "cannot read the outbox yet");
            false
        }
        None => {
            if let Err(error) = drain.give_back(campaign).await {
                debug!(%campaign, %error, "what was not written is another worker's in a while");
            }
            false
        }
    };
    (campaign, has_more)
}
