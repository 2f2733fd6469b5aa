//! How fast a long list is taken, and at what cost of memory: `make bench-intake`, or with another length
//! `make bench-intake ROWS=10000000`.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

#[expect(dead_code, reason = "the benchmark needs less of it than the tests")]
#[path = "../tests/it/house.rs"]
mod house;
mod long_list;
mod usage;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use comfy_table::{CellAlignment, Table, presets};
use drumbeat::{
    client::Meter,
    list::{ListFile, Options},
};
use drumbeat_api::SendCampaignAnswer;
use drumbeat_common::{Status, Tps};
use house::{House, now_us};
use indicatif::{HumanBytes, HumanCount};
use long_list::{bar, write_list};
use usage::{cpu_seconds, peak_memory};

/// How long the list is; `ROWS` in the environment sets another length.
const ROWS: u64 = 1_000_000;
/// What is left of a campaign is measured on one that is this much shorter, since it is sent to its end first.
const SHORTER: u64 = 10;
const LOOK: Duration = Duration::from_millis(5);
#[tokio::main]
async fn main() {
    let rows = std::env::var("ROWS").map_or(ROWS, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let (long, short) = (folder.path().join("long.csv"), folder.path().join("short.csv"));
    write_list(&long, rows);
    write_list(&short, rows / SHORTER);
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([format!("{} rows", HumanCount(rows)), HumanBytes(file_size(&long)).to_string()]);
    for [what, figure] in intake(&long, rows).await {
        table.add_row([what, figure]);
    }
    table.add_row(["from the end of the upload to the first message".to_owned(), first_message(&long).await]);
    let what = format!("Redis, bytes a recipient, once {} are sent to", HumanCount(rows / SHORTER));
    table.add_row([what, leftover(&short, rows / SHORTER).await]);
    table.column_mut(1).unwrap().set_cell_alignment(CellAlignment::Right);
    println!("{table}");
}

/// Takes the list with no worker beside it.
async fn intake(path: &Path, rows: u64) -> Vec<[String; 2]> {
    let house = House::open(0).await;
    let (api, redis) = (&house.stack.api, &house.stack.redis);
    let memory = peak_memory(api);
    let cpu = [cpu_seconds(api), cpu_seconds(redis)];
    let Upload { answer, seconds, .. } = upload(&house, path, Options::default()).await;
    assert_eq!((answer.total, answer.skipped.duplicates, answer.rejected_total), (rows, 0, 0));
    assert_eq!(house.progress(answer.campaign_id).await.status, Status::Running);
    let in_redis = held(&house).await;
    let figures = [
        ("from the start of the upload to the answer", format!("{seconds:.1} s")),
        ("rows a second", HumanCount((rows as f64 / seconds) as u64).to_string()),
        ("the api's peak memory before", HumanBytes(memory).to_string()),
        ("the api's peak memory after", HumanBytes(peak_memory(api)).to_string()),
        ("CPU of the api", format!("{:.1} s", cpu_seconds(api) - cpu[0])),
        ("CPU of Redis", format!("{:.1} s", cpu_seconds(redis) - cpu[1])),
        ("Redis, bytes a recipient, before anybody is sent to", per_row(in_redis, rows)),
    ];
    house.stack.stop().await;
    figures.map(|(what, figure)| [what.to_owned(), figure]).to_vec()
}

/// Takes the list again with a worker that waits for it.
async fn first_message(path: &Path) -> String {
    let house = House::open(1).await;
    let Upload { uploaded_us, .. } = upload(&house, path, Options::default()).await;
    let first_us = loop {
        let stats = house.stats().await;
        let services = [&stats.services.sms, &stats.services.whatsapp, &stats.services.email];
        if let Some(first_us) = services.iter().filter_map(|service| service.first_at_us).min() {
            break first_us;
        }
        tokio::time::sleep(LOOK).await;
    };
    house.stack.stop().await;
    format!("{:.2} s", first_us.saturating_sub(uploaded_us) as f64 / 1e6)
}

/// Takes a list, and sends it to the end without AWS: what Redis has of it then.
async fn leftover(path: &Path, rows: u64) -> String {
    let house = House::open(4).await;
    let options =
        Options { tps: Some(Tps::try_from(10_000.0).unwrap()), dry_run: true, ..Options::default() };
    let id = upload(&house, path, options).await.answer.campaign_id;
    let bar = bar(rows, "{msg:24} {bar:30} {human_pos} of {human_len}, {eta} left", "sending");
    loop {
        let progress = house.progress(id).await;
        bar.set_position(progress.counts.sent);
        if progress.status == Status::Completed {
            assert_eq!(progress.counts.sent, rows);
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    bar.finish_and_clear();
    house.until_forgotten(id).await;
    let left = held(&house).await;
    house.stack.stop().await;
    per_row(left, rows)
}

struct Upload {
    answer: SendCampaignAnswer,
    /// From the start of the upload to the answer.
    seconds: f64,
    /// When all of the list was on its way.
    uploaded_us: u64,
}

async fn upload(house: &House, path: &Path, options: Options) -> Upload {
    let list = ListFile::open(path, None).unwrap().upload(&options).unwrap();
    let start = Instant::now();
    let sending = async { house.client.send_list(&list, "intake").await.unwrap() };
    let (answer, uploaded_us) = tokio::join!(sending, until_uploaded(&list.meter));
    Upload { answer, seconds: start.elapsed().as_secs_f64(), uploaded_us }
}

async fn until_uploaded(meter: &Meter) -> u64 {
    let template = "{msg:24} {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
    let bar = bar(meter.total(), template, "taking the list");
    while meter.bytes() < meter.total() {
        bar.set_position(meter.bytes());
        tokio::time::sleep(LOOK).await;
    }
    bar.finish_and_clear();
    now_us()
}

fn file_size(path: &Path) -> u64 {
    path.metadata().unwrap().len()
}

fn per_row(bytes: u64, rows: u64) -> String {
    format!("{:.1}", bytes as f64 / rows as f64)
}

/// All that Redis holds, key by key, with the keys themselves; not its scripts, nor the buffers of its connections.
async fn held(house: &House) -> u64 {
    let redis = redis::Client::open(house.stack.redis_url()).unwrap();
    let mut connection = redis.get_multiplexed_async_connection().await.unwrap();
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
    let mut bytes = 0;
    for key in keys {
        // Every element of it counts, and not a sample of them.
        let usage =
            redis::cmd("MEMORY").arg(("USAGE", &key, "SAMPLES", 0)).query_async(&mut connection).await;
        bytes += usage.unwrap_or(0);
    }
    bytes
}
