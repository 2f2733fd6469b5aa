//! What it costs that many look at one campaign of a million at once: `make bench-polling`, or for instance
//! `make bench-polling BROWSERS=1000 SECONDS=60`.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

#[expect(dead_code, reason = "the benchmark needs less of it than the tests")]
#[path = "../tests/it/house.rs"]
mod house;
mod long_list;
#[expect(dead_code, reason = "only who takes a list asks for the memory")]
mod usage;

use std::time::{Duration, Instant};

use comfy_table::{CellAlignment, Table, presets};
use drumbeat::list::{ListFile, Options};
use drumbeat_common::{CampaignId, Tps};
use futures_util::future::join_all;
use house::House;
use indicatif::HumanCount;
use long_list::write_list;
use reqwest::{
    StatusCode,
    header::{ETAG, IF_NONE_MATCH},
};
use usage::cpu_seconds;

/// The campaign's length; `ROWS` in the environment sets another, as `BROWSERS` and `SECONDS` do.
const ROWS: u64 = 1_000_000;
const BROWSERS: u64 = 200;
const SECONDS: u64 = 30;
/// As often as the page asks while a campaign runs.
const EVERY: Duration = Duration::from_secs(1);
const TPS: f64 = 100.0;

#[tokio::main]
async fn main() {
    let [rows, browsers, seconds] = [("ROWS", ROWS), ("BROWSERS", BROWSERS), ("SECONDS", SECONDS)]
        .map(|(name, default)| setting(name, default));
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("long.csv");
    write_list(&list, rows);
    let mut house = House::open(0).await;
    let options = Options { tps: Some(Tps::try_from(TPS).unwrap()), ..Options::default() };
    let upload = ListFile::open(&list, None).unwrap().upload(&options).unwrap();
    let id = house.client.send_list(&upload, "polling").await.unwrap().campaign_id;

    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([
        format!("{} people, {browsers} browsers", HumanCount(rows)),
        "polls".to_owned(),
        "of them 304".to_owned(),
        "p50".to_owned(),
        "p99".to_owned(),
        "longest".to_owned(),
        "CPU of the api".to_owned(),
        "scripts a poll".to_owned(),
    ]);
    // Nobody works on it: every answer but the first is that nothing changed.
    table.add_row(look(&house, id, "nothing changes", browsers, seconds).await);
    for _ in 0..2 {
        house.stack.add_worker().await.unwrap();
    }
    house.until(id, |progress| progress.counts.sent > 0).await;
    let row = look(&house, id, &format!("{TPS} messages a second"), browsers, seconds).await;
    // The workers' own scripts are among those of Redis.
    table.add_row(row.into_iter().take(7));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
    house.stack.stop().await;
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// A row of the table: so many look for so long, as the page does it.
async fn look(house: &House, id: CampaignId, what: &str, browsers: u64, seconds: u64) -> Vec<String> {
    let clients: Vec<_> = (0..browsers)
        .map(|_| reqwest::Client::builder().no_proxy().timeout(house::PATIENCE).build().unwrap())
        .collect();
    let before = (cpu_seconds(&house.stack.api), scripts(house).await);
    let start = Instant::now();
    let all = join_all(clients.iter().zip(0..).map(|(browser, number)| {
        // They did not open the page all at one moment.
        let first = start + EVERY.mul_f64(f64::from(number) / browsers as f64);
        browse(browser, house, id, first, start + Duration::from_secs(seconds))
    }));
    let polls: Vec<Poll> = all.await.into_iter().flatten().collect();
    let elapsed = start.elapsed().as_secs_f64();
    let after = (cpu_seconds(&house.stack.api), scripts(house).await);

    let mut took: Vec<_> = polls.iter().map(|poll| poll.took).collect();
    took.sort_unstable();
    let at = |share: f64| {
        let place = ((took.len() - 1) as f64 * share).round() as usize;
        format!("{:.1} ms", took[place].as_secs_f64() * 1e3)
    };
    vec![
        what.to_owned(),
        HumanCount(polls.len() as u64).to_string(),
        HumanCount(polls.iter().filter(|poll| poll.is_unchanged).count() as u64).to_string(),
        at(0.5),
        at(0.99),
        at(1.0),
        format!("{:.1} % of a core", (after.0 - before.0) / elapsed * 100.0),
        format!("{:.2}", (after.1 - before.1) as f64 / polls.len() as f64),
    ]
}

struct Poll {
    took: Duration,
    is_unchanged: bool,
}

/// One page that is open: a connection of its own, and a question a second.
async fn browse(
    browser: &reqwest::Client,
    house: &House,
    id: CampaignId,
    first: Instant,
    end: Instant,
) -> Vec<Poll> {
    let url = format!("{}/api/campaigns/{id}/progress", house.stack.api_url());
    let (mut polls, mut tag, mut next) = (Vec::new(), None, first);
    while next < end {
        tokio::time::sleep_until(next.into()).await;
        let start = Instant::now();
        let second = (house::now_us() / 1_000_000).saturating_sub(2);
        let mut request = browser.get(&url).query(&[("rate_after", second)]);
        if let Some(tag) = tag.take() {
            request = request.header(IF_NONE_MATCH, tag);
        }
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        let is_unchanged = answer.status() == StatusCode::NOT_MODIFIED;
        tag = answer.headers().get(ETAG).cloned();
        answer.bytes().await.unwrap();
        polls.push(Poll { took: start.elapsed(), is_unchanged });
        next += EVERY;
    }
    polls
}

/// How many scripts Redis has run: each is a round trip.
async fn scripts(house: &House) -> u64 {
    let redis = redis::Client::open(house.stack.redis_url()).unwrap();
    let mut connection = redis.get_multiplexed_async_connection().await.unwrap();
    let info: String = redis::cmd("INFO").arg("commandstats").query_async(&mut connection).await.unwrap();
    let calls = |line: &str| line.split_once(":calls=")?.1.split(',').next()?.parse::<u64>().ok();
    info.lines().filter(|line| line.starts_with("cmdstat_eval")).filter_map(calls).sum()
}
