//! How exactly a campaign's rate is held, by the simulator's clock: `make bench-pacing`.
//!
//! Every run has a quota of the campaign's own rate with a burst of two, so a single message out of its slot by more
//! than one interval shows as throttled.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

#[expect(dead_code, reason = "the benchmark needs less of it than the tests")]
#[path = "../tests/it/house.rs"]
mod house;

use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};
use drumbeat::stack::Signal;
use house::House;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

/// How long each run sends, in seconds; `SECONDS` in the environment sets another.
const SECONDS: u32 = 20;
const STALL: Duration = Duration::from_millis(300);

#[derive(Clone, Copy)]
struct Run {
    workers: usize,
    tps: u32,
    stall: bool,
}

struct Measured {
    messages: u64,
    seconds: f64,
    rate: f64,
    busiest: u64,
    throttled: u64,
    duplicates: u64,
}

fn runs() -> Vec<Run> {
    let grid = |stall| {
        [10, 100, 500].into_iter().flat_map(move |tps| [1, 2, 4].map(|workers| Run { workers, tps, stall }))
    };
    grid(false).chain(grid(true)).collect()
}

async fn measure(run: Run, seconds: u32) -> Measured {
    let house = House::open(run.workers).await;
    house.behave(json!({ "quotas": { "all": format!("{}/2", run.tps) } })).await;
    let total = run.tps * seconds;
    let id = house.send(total, run.tps.into()).await;
    if run.stall {
        house.until(id, |progress| progress.counts.sent > u64::from(total / 3)).await;
        house.stack.workers[0].kill(Signal::SIGSTOP).unwrap();
        tokio::time::sleep(STALL).await;
        house.stack.workers[0].kill(Signal::SIGCONT).unwrap();
    }
    house.completed(id).await;
    let stats = house.stats().await;
    let campaign = &stats.campaigns[&id.to_string()];
    let services = [&stats.services.sms, &stats.services.whatsapp, &stats.services.email];
    let measured = Measured {
        messages: campaign.accepted,
        seconds: (campaign.accepted - 1) as f64 / campaign.rate.unwrap(),
        rate: campaign.rate.unwrap(),
        busiest: campaign.busiest_second,
        throttled: services.iter().map(|service| service.throttled).sum(),
        duplicates: stats.duplicates,
    };
    house.stack.stop().await;
    measured
}

fn row(run: Run, measured: &Measured) -> [String; 9] {
    let tps = f64::from(run.tps);
    let most = tps * 1.02 + 1.0;
    let kept = measured.rate >= tps * 0.99 && measured.busiest as f64 <= most;
    [
        run.workers.to_string(),
        run.tps.to_string(),
        if run.stall { "300 ms" } else { "" }.to_owned(),
        measured.messages.to_string(),
        format!("{:.2}", measured.seconds),
        format!("{:.2} %", measured.rate / tps * 100.0),
        format!("{} of {most:.0}", measured.busiest),
        measured.throttled.to_string(),
        if kept && measured.throttled == 0 && measured.duplicates == 0 { "kept" } else { "BROKEN" }
            .to_owned(),
    ]
}

#[tokio::main]
async fn main() {
    let seconds = std::env::var("SECONDS").map_or(SECONDS, |text| text.parse().unwrap());
    let runs = runs();
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} runs, {eta} left: {msg}").unwrap();
    let bar = ProgressBar::new(runs.len() as u64).with_style(style);
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([
        "workers",
        "TPS",
        "one stopped",
        "messages",
        "seconds",
        "rate",
        "busiest second",
        "throttled",
        "beat",
    ]);
    for run in runs {
        bar.set_message(format!("{} TPS, {} workers", run.tps, run.workers));
        table.add_row(row(run, &measure(run, seconds).await));
        bar.inc(1);
    }
    bar.finish_and_clear();
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
}
