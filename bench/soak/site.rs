//! The house in which everything breaks.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use drumbeat::{client::ClientError, stack::Signal};
use drumbeat_common::{CampaignId, Progress, Status};
use rand::{RngExt, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    fault::Fault,
    house::{House, now_us},
    line::{Lines, Quality},
    recovery::{self, Recoveries, Struck},
};

const WORKERS: usize = 3;
const TOTAL: u32 = 3_000;
const TPS: f64 = 400.0;
const QUOTA: &str = "100";
const LOOK: Duration = Duration::from_millis(50);
/// From one fault to the next, on average; faults last longer than that and overlap.
const BETWEEN: Duration = Duration::from_millis(2_500);
/// Nothing takes longer that is healed: who is left over by then is lost.
const PATIENCE: Duration = Duration::from_secs(90);

struct Ongoing {
    fault: Fault,
    /// Which worker it befalls, where it befalls one.
    worker: usize,
    ends: Instant,
}

pub(crate) struct Site {
    pub(crate) house: House,
    lines: Vec<Lines>,
    chance: StdRng,
    ongoing: Vec<Ongoing>,
    struck: Vec<Struck>,
}

impl Site {
    pub(crate) async fn open(chance: StdRng) -> Self {
        let mut house = House::open(0).await;
        let mut lines = Vec::new();
        for _ in 0..WORKERS {
            lines.push(Lines::of_new_worker(&mut house.stack).await);
        }
        Self { house, lines, chance, ongoing: Vec::new(), struck: Vec::new() }
    }

    pub(crate) async fn close(self) {
        self.house.stack.stop().await;
    }

    /// Sends a campaign through faults; answers with its id when it is over and all is healed, or when it is clear that
    /// it never will be over.
    pub(crate) async fn campaign(&mut self, show: impl Fn(String)) -> CampaignId {
        let id = self.house.send(TOTAL, TPS).await;
        let mut next = Instant::now() + BETWEEN;
        let mut healed = Instant::now();
        while healed.elapsed() < PATIENCE {
            sleep(LOOK).await;
            self.end(id, |ongoing| ongoing.ends < Instant::now()).await;
            if !self.ongoing.is_empty() {
                healed = Instant::now();
            }
            // None while Redis is away.
            let Ok(progress) = self.house.client.progress(id).await else { continue };
            show(self.now(&progress));
            if progress.status.is_final() && progress.counts.open() == 0 {
                self.end(id, |_| true).await;
                if self.ongoing.is_empty() {
                    break;
                }
            }
            if progress.status == Status::Paused && !self.is_ongoing(&[Fault::Paused]) {
                wished(self.house.client.resume(id).await);
            }
            if progress.counts.pending > 0 && Instant::now() > next {
                self.begin(id).await;
                next = Instant::now() + BETWEEN.mul_f64(self.chance.random_range(0.2..1.8));
            }
        }
        id
    }

    pub(crate) async fn recoveries(&self) -> BTreeMap<Fault, Recoveries> {
        recovery::by_fault(&self.struck, &mut self.house.messages().await)
    }

    fn now(&self, progress: &Progress) -> String {
        let faults: Vec<_> = self.ongoing.iter().map(|ongoing| ongoing.fault.to_string()).collect();
        format!("{} of {TOTAL} sent; {}", progress.counts.sent, faults.join(", "))
    }

    fn is_ongoing(&self, faults: &[Fault]) -> bool {
        self.ongoing.iter().any(|ongoing| faults.contains(&ongoing.fault))
    }

    /// Begins a fault that is not there yet, where it befalls one worker at one that has none.
    async fn begin(&mut self, campaign: CampaignId) {
        let worker = self.chance.random_range(0..WORKERS);
        let taken = self.ongoing.iter().any(|other| other.fault.has_worker() && other.worker == worker);
        let fault = *Fault::ALL.choose(&mut self.chance).expect("there are faults");
        if self.is_ongoing(&[fault]) || fault.has_worker() && taken {
            return;
        }
        // A campaign that is cancelled early tells little about the rest.
        if fault == Fault::Cancelled && !self.chance.random_bool(0.3) {
            return;
        }
        let hands = if fault.has_worker() { self.hands(campaign, worker).await } else { BTreeSet::new() };
        let from_us = now_us();
        let ends = Instant::now() + fault.lasts(&mut self.chance);
        self.ongoing.push(Ongoing { fault, worker, ends });
        self.strike(campaign, fault, worker).await;
        if matches!(fault, Fault::WorkerKilled | Fault::WorkerFrozen) {
            self.struck.push(Struck { fault, campaign, from_us, hands: Some(hands) });
        }
    }

    /// Whom a worker is sending to; nobody that could be told where Redis is away.
    async fn hands(&self, campaign: CampaignId, worker: usize) -> BTreeSet<u32> {
        match self.house.stack.workers[worker].pid() {
            Some(pid) if !self.is_ongoing(&[Fault::RedisKilled]) => {
                self.house.claimed_by(campaign, pid).await
            }
            Some(_) | None => BTreeSet::new(),
        }
    }

    async fn strike(&mut self, campaign: CampaignId, fault: Fault, worker: usize) {
        let worker = &self.house.stack.workers[worker];
        match fault {
            Fault::WorkerKilled => worker.kill(Signal::SIGKILL).unwrap(),
            Fault::WorkerFrozen => worker.kill(Signal::SIGSTOP).unwrap(),
            Fault::WorkerStopped => worker.kill(Signal::SIGTERM).unwrap(),
            Fault::RedisKilled => {
                self.house.stack.redis.kill(Signal::SIGKILL).unwrap();
                self.house.stack.redis.wait().await.unwrap();
            }
            Fault::RedisCut | Fault::RedisStalled | Fault::ProviderCut | Fault::ProviderStalled => {
                self.set_lines();
            }
            Fault::ProviderFaulty | Fault::Throttled => self.behave().await,
            Fault::Paused => wished(self.house.client.pause(campaign).await),
            Fault::Cancelled => wished(self.house.client.cancel(campaign).await),
        }
    }

    /// Ends faults, as far as that is possible now: a worker cannot start while it does not reach Redis.
    async fn end(&mut self, campaign: CampaignId, due: impl Fn(&Ongoing) -> bool) {
        let (ending, ongoing): (Vec<_>, Vec<_>) = self.ongoing.drain(..).partition(due);
        self.ongoing = ongoing;
        for ongoing in ending {
            let starts = matches!(ongoing.fault, Fault::WorkerKilled | Fault::WorkerStopped);
            if starts && self.is_ongoing(&[Fault::RedisKilled, Fault::RedisCut, Fault::RedisStalled]) {
                self.ongoing.push(ongoing);
                continue;
            }
            self.heal(campaign, &ongoing).await;
            if !matches!(ongoing.fault, Fault::WorkerKilled | Fault::WorkerFrozen) {
                self.struck.push(Struck { fault: ongoing.fault, campaign, from_us: now_us(), hands: None });
            }
        }
    }

    async fn heal(&mut self, campaign: CampaignId, Ongoing { fault, worker, .. }: &Ongoing) {
        let worker = &mut self.house.stack.workers[*worker];
        match fault {
            Fault::WorkerKilled => worker.restart().await.unwrap(),
            Fault::WorkerFrozen => worker.kill(Signal::SIGCONT).unwrap(),
            Fault::WorkerStopped => {
                let status = worker.wait().await.unwrap();
                assert!(status.success(), "{}: {status}", worker.name());
                worker.restart().await.unwrap();
            }
            Fault::RedisKilled => self.house.stack.redis.restart().await.unwrap(),
            Fault::RedisCut | Fault::RedisStalled | Fault::ProviderCut | Fault::ProviderStalled => {
                self.set_lines();
            }
            Fault::ProviderFaulty | Fault::Throttled => self.behave().await,
            Fault::Paused => wished(self.house.client.resume(campaign).await),
            Fault::Cancelled => {}
        }
    }

    fn set_lines(&self) {
        let redis = self.quality(Fault::RedisCut, Fault::RedisStalled);
        let provider = self.quality(Fault::ProviderCut, Fault::ProviderStalled);
        for lines in &self.lines {
            lines.redis.becomes(redis);
            lines.provider.becomes(provider);
        }
    }

    fn quality(&self, cut: Fault, stalled: Fault) -> Quality {
        if self.is_ongoing(&[cut]) {
            Quality::Cut
        } else if self.is_ongoing(&[stalled]) {
            Quality::Stalled
        } else {
            Quality::Good
        }
    }

    async fn behave(&self) {
        let mut settings = json!({});
        if self.is_ongoing(&[Fault::Throttled]) {
            settings["quotas"] = json!({ "all": QUOTA });
        }
        if self.is_ongoing(&[Fault::ProviderFaulty]) {
            settings["faults"] = faults();
        }
        self.house.behave(settings).await;
    }
}

fn faults() -> Value {
    json!([
        { "share": 0.05, "kind": "cut_after" },
        { "share": 0.05, "kind": "cut_before" },
        { "share": 0.10, "kind": "server_error" },
        { "share": 0.10, "kind": "late", "delay_ms": 1_500 },
    ])
}

/// A wish may come too late, or while Redis is away; nothing else may be wrong with it.
fn wished<T>(answer: Result<T, ClientError>) {
    if let Err(error) = answer {
        let expected =
            matches!(&error, ClientError::Problem(problem) if [409, 503].contains(&problem.status));
        assert!(expected, "{error}");
    }
}
