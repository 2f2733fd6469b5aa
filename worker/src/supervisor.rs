use std::{
    collections::HashMap,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use drumbeat_common::{
    CampaignId, Tps,
    catalog::{self, OpenCampaigns},
};
use futures_util::StreamExt;
use tokio::{sync::mpsc, task::JoinHandle, time::MissedTickBehavior};
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use crate::{
    Process,
    campaign_run::{CampaignRun, batches_at_once, clean},
    sweep::sweep,
};

/// How often the campaigns are looked through when nobody announces a change.
const POLL: Duration = Duration::from_secs(1);
/// How long a shutdown waits for what is in flight; longer than any send can take.
const SHUTDOWN: Duration = Duration::from_secs(20);
/// Announcements waiting to be read; what does not fit is found by the next look.
const ANNOUNCEMENTS: usize = 256;
/// How long to wait before listening again after the connection for announcements broke.
const RELISTEN: Duration = Duration::from_secs(1);

/// Keeps one run for each running campaign, until `shutdown`.
pub(crate) async fn run(process: Arc<Process>, shutdown: impl Future<Output = ()> + Send) {
    let (announced, mut announcements) = mpsc::channel(ANNOUNCEMENTS);
    let listener = tokio::spawn(listen(process.clone(), announced));
    let mut runs = Runs {
        process,
        running: HashMap::new(),
        next_start: None,
        sweeping: None,
        tasks: TaskTracker::new(),
    };
    let mut poll = tokio::time::interval(POLL);
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            _ = poll.tick() => runs.look().await,
            () = runs.next_start() => runs.look().await,
            Some(campaign) = announcements.recv() => {
                let mut changed = vec![campaign];
                while let Ok(campaign) = announcements.try_recv() {
                    changed.push(campaign);
                }
                runs.look().await;
                runs.attend(&changed);
            }
        }
    }
    listener.abort();
    runs.stop().await;
}

struct Runs {
    process: Arc<Process>,
    running: HashMap<CampaignId, Running>,
    /// When the next scheduled campaign is to start, as the last look saw it.
    next_start: Option<Instant>,
    /// The last sweep: one at a time.
    sweeping: Option<JoinHandle<()>>,
    /// All runs, those that are being wound up too.
    tasks: TaskTracker,
}

struct Running {
    run: Arc<CampaignRun>,
    batches_at_once: usize,
    task: JoinHandle<()>,
}

impl Runs {
    /// Starts and stops runs, so that they are those of the running campaigns.
    async fn look(&mut self) {
        // A look that fails knows of no start; the next poll does.
        self.next_start = None;
        let asked = Instant::now();
        let (open, redis_now) = match catalog::open(&self.process.redis).await {
            Ok(open) => open,
            Err(error) => {
                // Not to know is no reason to stop.
                warn!(%error, "cannot look for running campaigns");
                return;
            }
        };
        let OpenCampaigns { running: wanted, stranded, next_start } = open;
        self.process.clock.observe(asked, redis_now, Instant::now());
        self.next_start = next_start.map(|start| self.process.clock.instant(start));
        self.running.retain(|campaign, running| {
            let keep =
                wanted.get(campaign).is_some_and(|tps| batches_at_once(*tps) == running.batches_at_once);
            if !keep {
                running.run.stop.cancel();
            }
            keep && !running.task.is_finished()
        });
        for (campaign, tps) in wanted {
            if !self.running.contains_key(&campaign) {
                self.start(campaign, tps);
            }
        }
        if !stranded.is_empty() && self.sweeping.as_ref().is_none_or(JoinHandle::is_finished) {
            self.sweeping = Some(self.tasks.spawn(sweep(self.process.clone(), stranded)));
        }
    }

    /// Returns when a scheduled campaign is to start; never, where none is known.
    async fn next_start(&self) {
        match self.next_start {
            Some(start) => tokio::time::sleep_until(start.into()).await,
            None => std::future::pending().await,
        }
    }

    fn start(&mut self, campaign: CampaignId, tps: Tps) {
        let run = Arc::new(CampaignRun::new(self.process.clone(), campaign, self.tasks.clone()));
        let batches_at_once = batches_at_once(tps);
        info!(%campaign, %tps, batches_at_once, "working on campaign");
        let task = self.tasks.spawn(run.clone().work(batches_at_once));
        self.running.insert(campaign, Running { run, batches_at_once, task });
    }

    /// Looks at changed campaigns at once: for batches in those that run, for what can be forgotten in the others.
    fn attend(&self, campaigns: &[CampaignId]) {
        for campaign in campaigns {
            match self.running.get(campaign) {
                Some(running) => running.run.ring.notify_one(),
                None => drop(self.tasks.spawn(clean(self.process.clone(), *campaign))),
            }
        }
    }

    async fn stop(self) {
        for running in self.running.values() {
            running.run.stop.cancel();
        }
        self.tasks.close();
        info!(tasks = self.tasks.len(), "stopping: letting what is in flight be answered");
        if tokio::time::timeout(SHUTDOWN, self.tasks.wait()).await.is_err() {
            warn!("still not all answered after {SHUTDOWN:?}: what is open will be in doubt");
        }
    }
}

/// Passes on announcements of changed campaigns. Only a lost connection ends the inner loop; the outer one connects
/// again, and in between the poll finds what was announced.
async fn listen(process: Arc<Process>, announced: mpsc::Sender<CampaignId>) {
    loop {
        match catalog::announcements(&process.redis).await {
            Ok(announcements) => {
                let mut announcements = pin!(announcements);
                while let Some(campaign) = announcements.next().await {
                    // A full queue means that a look is due anyway.
                    let _ = announced.try_send(campaign);
                }
            }
            Err(error) => warn!(%error, "cannot listen for announcements; looking every second"),
        }
        tokio::time::sleep(RELISTEN).await;
    }
}
