//! How soon the simulator feels what is asked of a campaign, and what a worker costs that has nothing to do:
//! `make bench-felt`. ROUNDS in the environment sets how often each is measured.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

#[expect(dead_code, reason = "the benchmark needs less of it than the tests")]
#[path = "../tests/it/house.rs"]
mod house;
#[expect(dead_code, reason = "no memory is looked at here")]
mod usage;

use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};
use drumbeat_common::Tps;
use house::{House, now_us};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::sleep;
use usage::cpu_seconds;

const ROUNDS: u64 = 10;

const SLOW: f64 = 50.0;
const FAST: f64 = 200.0;
/// So many messages in a row come in less than twice their time at the fast rate: at the slow one they take four times it.
const IN_A_ROW: usize = 10;
/// Long enough after a change that all of it is felt.
const LOOK: Duration = Duration::from_secs(2);

const QUEUED: u32 = 100_000;
const PAUSED: u32 = 20;
const IDLE: Duration = Duration::from_secs(30);

/// Microseconds from each change until it was felt.
#[derive(Default)]
struct Felt {
    faster: Vec<u64>,
    pause: Vec<u64>,
    resume: Vec<u64>,
    second_campaign: Vec<u64>,
}

/// A campaign that gets another rate in mid-run, is paused, and goes on.
async fn steer(house: &House, felt: &mut Felt) {
    let id = house.send(3_000, SLOW).await;
    house.until(id, |progress| progress.counts.sent >= 50).await;

    let asked = now_us();
    house.client.set_tps(id, Tps::try_from(FAST).unwrap()).await.unwrap();
    sleep(LOOK).await;

    let paused = now_us();
    house.client.pause(id).await.unwrap();
    let stopped = house.until(id, |progress| progress.counts.sending == 0).await;
    sleep(LOOK).await;

    let resumed = now_us();
    house.client.resume(id).await.unwrap();
    house.until(id, |progress| progress.counts.sent > stopped.counts.sent).await;
    house.client.cancel(id).await.unwrap();
    house.until(id, |progress| progress.counts.sending == 0).await;

    let times = house.times(id).await;
    let in_a_row = IN_A_ROW as f64 / FAST * 2e6;
    let fast = times
        .windows(IN_A_ROW + 1)
        .find(|row| row[0] > asked && ((row[IN_A_ROW] - row[0]) as f64) < in_a_row);
    felt.faster.push(fast.unwrap()[0] - asked);
    let last = times.iter().rfind(|at| **at < resumed).unwrap();
    felt.pause.push(last.saturating_sub(paused));
    felt.resume.push(times.iter().find(|at| **at > resumed).unwrap() - resumed);
}

/// A campaign that is posted while another one has its whole list queued.
async fn come_second(house: &House, felt: &mut Felt) {
    let posted = now_us();
    let id = house.send(30, SLOW).await;
    house.completed(id).await;
    felt.second_campaign.push(house.times(id).await[0] - posted);
}

/// The share of a core that a worker takes while campaigns are paused and none runs.
async fn idle() -> f64 {
    let house = House::open(1).await;
    house.send_and_pause(PAUSED).await;
    let worker = &house.stack.workers[0];
    let before = cpu_seconds(worker);
    sleep(IDLE).await;
    let share = (cpu_seconds(worker) - before) / IDLE.as_secs_f64();
    house.stack.stop().await;
    share
}

fn row(what: &str, mut micros: Vec<u64>, bound: &str) -> [String; 5] {
    micros.sort_unstable();
    let ms = |micros: u64| format!("{} ms", micros / 1_000);
    let (median, longest) = (micros[micros.len() / 2], micros[micros.len() - 1]);
    [what.to_owned(), micros.len().to_string(), ms(median), ms(longest), bound.to_owned()]
}

#[tokio::main]
async fn main() {
    let rounds = std::env::var("ROUNDS").map_or(ROUNDS, |text| text.parse().unwrap());
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} rounds, {eta} left: {msg}").unwrap();
    let bar = ProgressBar::new(2 * rounds).with_style(style);
    let mut felt = Felt::default();
    let house = House::open(2).await;
    bar.set_message("another rate, a pause, a resume");
    for _ in 0..rounds {
        steer(&house, &mut felt).await;
        bar.inc(1);
    }
    bar.set_message("a second campaign beside a long one");
    let long = house.send(QUEUED, 10.0).await;
    house.until(long, |progress| progress.counts.sent > 0).await;
    for _ in 0..rounds {
        come_second(&house, &mut felt).await;
        bar.inc(1);
    }
    house.stack.stop().await;
    bar.finish_and_clear();
    let idle = idle().await;

    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([
        "from the call until the simulator felt it",
        "rounds",
        "median",
        "longest",
        "to be below",
    ]);
    table.add_row(row("from 50 to 200 a second", felt.faster, "500 ms"));
    table.add_row(row("paused: its last message", felt.pause, "500 ms"));
    table.add_row(row("resumed: its first message", felt.resume, "500 ms"));
    table.add_row(row(
        "a second campaign beside 100,000 queued: its first message",
        felt.second_campaign,
        "1000 ms",
    ));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
    println!(
        "A worker with {PAUSED} campaigns paused, and none running: {:.2} % of a core (below 2 %)",
        idle * 100.0
    );
}
