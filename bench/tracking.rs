//! Whether reports of what arrived, or a DynamoDB that is away, slow the sending down: `make bench-tracking`.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

#[expect(dead_code, reason = "the benchmark needs less of it than the tests")]
#[path = "../tests/it/house.rs"]
mod house;

use std::time::{Duration, Instant};

use comfy_table::{CellAlignment, Table, presets};
use drumbeat_common::{CampaignId, Channel, Progress};
use house::{Accepted, House};
use indicatif::HumanCount;
use serde_json::{Value, json};
use tokio::time::sleep;

/// A run of DynamoDB's troubles: messages, a second, and how long it is away.
const TROUBLED: (u32, f64) = (10_000, 110.0);
const AWAY: Duration = Duration::from_secs(60);
/// A run beside reports.
const BUSY: (u32, f64) = (15_000, 500.0);

#[tokio::main]
async fn main() {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["run", "messages", "TPS", "rate", "of it", "reports a second", "items", "told after"]);
    for column in 1..8 {
        table.column_mut(column).unwrap().set_cell_alignment(CellAlignment::Right);
    }
    let open = json!({ "receipts": null });
    table.add_row(run("no trouble", TROUBLED, &open, false).await);
    table.add_row(run("DynamoDB away for 60 s, then half throttled", TROUBLED, &open, true).await);
    table.add_row(run("no reports", BUSY, &open, false).await);
    let reports = json!({ "receipts": {
        "delay": "uniform:200-1000", "disorder": "uniform:0-500", "failures": 0.02, "duplicates": 0.5, "read": 0.4,
    } });
    table.add_row(run("reports beside it", BUSY, &reports, false).await);
    println!("{table}");
}

async fn run(name: &str, (total, tps): (u32, f64), settings: &Value, trouble: bool) -> Vec<String> {
    eprintln!("{name}: {total} messages at {tps} a second");
    let house = House::open_tracking(2).await;
    house.behave(settings.clone()).await;
    let id = house.send(total, tps).await;
    if trouble {
        house.until(id, |progress| progress.counts.sent > u64::from(total) / 20).await;
        house.behave(json!({ "receipts": null, "dynamodb": { "refuse": { "share": 1.0, "with": "server_error" } } })).await;
        sleep(AWAY).await;
        house
            .behave(
                json!({ "receipts": null, "dynamodb": { "refuse": { "share": 0.5, "with": "throttled" } } }),
            )
            .await;
    }
    let completed = until(&house, id, |progress| progress.status.is_final()).await;
    let (over, has_reports) = (Instant::now(), !settings["receipts"].is_null());
    let told = until(&house, id, |progress| {
        let counts = progress.counts;
        progress.untracked == 0 && (!has_reports || counts.delivered + counts.undelivered == counts.sent)
    })
    .await;
    let after = over.elapsed();
    assert_eq!((completed.counts.sent, told.counts.sent), (total.into(), total.into()));
    let messages = house.messages().await;
    let (rate, seconds) = rate(&messages);
    let reports = reports(&house).await;
    let row = [
        name.to_owned(),
        HumanCount(total.into()).to_string(),
        tps.to_string(),
        format!("{rate:.2}"),
        format!("{:.2} %", 100.0 * rate / tps),
        format!("{:.0}", reports as f64 / seconds),
        HumanCount(told.counts.sent - told.untracked).to_string(),
        format!("{:.1} s", after.as_secs_f64()),
    ];
    house.stack.stop().await;
    row.to_vec()
}

/// Longer than a test waits.
async fn until(house: &House, id: CampaignId, wish: impl Fn(&Progress) -> bool) -> Progress {
    loop {
        let progress = house.progress(id).await;
        if wish(&progress) {
            return progress;
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// Messages a second between the first and the last, and the seconds between them.
fn rate(messages: &[Accepted]) -> (f64, f64) {
    let times = || messages.iter().map(|message| message.at_us);
    let seconds = (times().max().unwrap() - times().min().unwrap()) as f64 / 1e6;
    ((messages.len() - 1) as f64 / seconds, seconds)
}

/// Events that the simulator put into the queue, each as often as it did.
async fn reports(house: &House) -> u64 {
    let stats = house.stats().await.receipts;
    let told: u64 = Channel::ALL.iter().flat_map(|channel| stats.told.get(*channel).values()).sum();
    told + stats.copies
}
