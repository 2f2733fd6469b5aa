//! How exactly a campaign's rate is held, by the simulator's clock: `make bench-pacing`. A few rows of it:
//! `make bench-pacing ONLY="quota 500"`, with any of `free`, `quota`, `untold` or `stop`, a rate and a number of workers.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

#[expect(dead_code, reason = "the benchmark needs less of it than the tests")]
#[path = "../tests/it/house.rs"]
mod house;
mod machine;
#[path = "../tests/it/quota_table.rs"]
mod quota_table;

use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};
use drumbeat::stack::Signal;
use house::House;
use indicatif::{ProgressBar, ProgressStyle};
use machine::Processors;
use serde_json::json;

/// How long the runs of the grid send; `SECONDS` in the environment sets another.
const SECONDS: u32 = 20;
/// The slots that a stop took are made up for slowly: it takes runs that are so much longer.
const LONGER_WITH_STOP: u32 = 3;
const STOP: Duration = Duration::from_millis(300);

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// Nothing is in the way: rate and busiest second.
    Free,
    /// The account's quota is the campaign's rate, with a burst of two: what is early by more than an interval is throttled.
    Quota,
    /// The same, and nobody told the workers.
    Untold,
    /// The worker that sends is stopped for a moment in mid-run.
    Stop,
}

#[derive(Clone, Copy)]
struct Run {
    kind: Kind,
    tps: u32,
    workers: usize,
}

impl Run {
    /// Whether each of the words names this run's kind, rate or number of workers.
    fn is_among(self, words: &str) -> bool {
        let kind = match self.kind {
            Kind::Free => "free",
            Kind::Quota => "quota",
            Kind::Untold => "untold",
            Kind::Stop => "stop",
        };
        let names = [kind, &self.tps.to_string(), &self.workers.to_string()];
        words.split_whitespace().all(|word| names.contains(&word))
    }
}

struct Measured {
    messages: u64,
    rate: f64,
    busiest: u64,
    throttled: u64,
    duplicates: u64,
    /// The share of the machine's processor time that its host kept for others meanwhile.
    stolen: f64,
}

fn runs() -> Vec<Run> {
    let kinds = [Kind::Free, Kind::Quota, Kind::Untold, Kind::Stop].into_iter();
    let grid = kinds.flat_map(|kind| [10, 100, 500].map(|tps| (kind, tps)));
    grid.flat_map(|(kind, tps)| [1, 2, 4].map(|workers| Run { kind, tps, workers })).collect()
}

async fn open(run: Run) -> House {
    let house = match run.kind {
        Kind::Free | Kind::Stop => return House::open(run.workers).await,
        Kind::Untold => House::open(run.workers).await,
        Kind::Quota => {
            let mut house = House::open(0).await;
            let row = json!({ "channel": { "S": "sms" }, "max_per_second": { "N": run.tps.to_string() } });
            quota_table::start_workers(&mut house, run.workers, json!([row])).await;
            house
        }
    };
    house.behave(json!({ "quotas": { "sms": format!("{}/2", run.tps) } })).await;
    house
}

async fn measure(run: Run, seconds: u32) -> Measured {
    let house = open(run).await;
    let seconds = if run.kind == Kind::Stop { seconds * LONGER_WITH_STOP } else { seconds };
    let total = run.tps * seconds;
    let campaign = match run.kind {
        Kind::Free | Kind::Stop => house::campaign(total, run.tps.into()),
        // The quota is one channel's.
        Kind::Quota | Kind::Untold => {
            let recipients: Vec<_> = (0..total).map(|index| house::text(index, "Hello")).collect();
            json!({ "name": "Spring", "tps": run.tps, "recipients": recipients })
        }
    };
    let processors = Processors::now();
    let id = house.post(&campaign).await;
    if run.kind == Kind::Stop {
        house.until(id, |progress| progress.counts.sent > u64::from(total / 3)).await;
        let worker = &house.stack.workers[house.sender(id).await];
        worker.kill(Signal::SIGSTOP).unwrap();
        tokio::time::sleep(STOP).await;
        worker.kill(Signal::SIGCONT).unwrap();
    }
    house.completed(id).await;
    let stolen = processors.stolen_since();
    let stats = house.stats().await;
    let campaign = &stats.campaigns[&id.to_string()];
    let services = [&stats.services.sms, &stats.services.whatsapp, &stats.services.email];
    let measured = Measured {
        messages: campaign.accepted,
        rate: campaign.rate.unwrap(),
        busiest: campaign.busiest_second,
        throttled: services.iter().map(|service| service.throttled).sum(),
        duplicates: stats.duplicates,
        stolen,
    };
    house.stack.stop().await;
    measured
}

fn row(run: Run, measured: &Measured) -> [String; 10] {
    let tps = f64::from(run.tps);
    let most = tps * 1.02 + 1.0;
    let beat = measured.rate >= tps * 0.99 && measured.busiest as f64 <= most;
    // With a quota, a throttled message goes out later: then only whether there were any tells something.
    let kept = measured.throttled == 0
        && (beat || matches!(run.kind, Kind::Quota | Kind::Untold))
        && measured.duplicates == 0;
    [
        match run.kind {
            Kind::Free => "",
            Kind::Quota => "quota of the same rate",
            Kind::Untold => "the same, not told",
            Kind::Stop => "one worker stopped 300 ms",
        }
        .to_owned(),
        run.tps.to_string(),
        run.workers.to_string(),
        measured.messages.to_string(),
        format!("{:.2} %", measured.rate / tps * 100.0),
        format!("{} of {most:.0}", measured.busiest),
        measured.throttled.to_string(),
        measured.duplicates.to_string(),
        format!("{:.0} %", measured.stolen * 100.0),
        if kept { "kept" } else { "missed" }.to_owned(),
    ]
}

#[tokio::main]
async fn main() {
    let seconds = std::env::var("SECONDS").map_or(SECONDS, |text| text.parse().unwrap());
    let only = std::env::var("ONLY").unwrap_or_default();
    let runs: Vec<_> = runs().into_iter().filter(|run| run.is_among(&only)).collect();
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} runs, {eta} left: {msg}").unwrap();
    let bar = ProgressBar::new(runs.len() as u64).with_style(style);
    let before = machine::lateness();
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([
        "",
        "TPS",
        "workers",
        "messages",
        "rate",
        "busiest second",
        "throttled",
        "duplicates",
        "stolen by the host",
        "beat",
    ]);
    for run in runs {
        bar.set_message(format!("{} TPS, {} workers", run.tps, run.workers));
        table.add_row(row(run, &measure(run, seconds).await));
        bar.inc(1);
    }
    bar.finish_and_clear();
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
    println!("An idle thread on this machine woke late, before: {before}");
    println!("and after: {}", machine::lateness());
}
