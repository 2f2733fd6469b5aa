//! "Once" under random mixtures of every fault, campaign after campaign: `make soak MINUTES=10`. Ends with 1 if anybody
//! was sent to twice or lost.

#![expect(clippy::unwrap_used, reason = "a soak that cannot go on has nothing to say")]

#[path = "../../tests/once/audit.rs"]
#[expect(dead_code, reason = "the soak needs less of it than the tests")]
mod audit;
mod fault;
#[path = "../../tests/it/house.rs"]
#[expect(dead_code, reason = "the soak needs less of it than the tests")]
mod house;
#[path = "../../tests/once/line.rs"]
mod line;
mod recovery;
mod report;
#[path = "../../tests/once/scene.rs"]
#[expect(dead_code, reason = "the soak needs less of it than the tests")]
mod scene;
#[path = "../../tests/once/seed.rs"]
mod seed;
mod site;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use report::Report;
use seed::Seed;
use site::Site;

/// How long campaigns are begun; `MINUTES` in the environment sets another.
const MINUTES: f64 = 10.0;

#[tokio::main]
async fn main() -> ExitCode {
    let minutes = std::env::var("MINUTES").map_or(MINUTES, |text| text.parse().unwrap());
    let seed = Seed::draw();
    let ends = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
    let style = ProgressStyle::with_template("{spinner} {elapsed} of {prefix}: {msg}").unwrap();
    let bar = ProgressBar::new_spinner().with_style(style).with_prefix(format!("{minutes} min"));
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut site = Site::open(seed.chance()).await;
    let mut report = Report::default();
    while Instant::now() < ends {
        let id = site.campaign(|now| bar.set_message(format!("{report}; {now}"))).await;
        let audit = audit::Audit::of(&site.house, id).await;
        if !audit.holds() {
            bar.println(audit.table().to_string());
        }
        report.add(&audit);
    }
    report.recovered(site.recoveries().await);
    let twice = site.house.stats().await.duplicates;
    site.close().await;
    bar.finish_and_clear();
    println!("{}\nSEED={}", report.table(), seed.number());
    // The simulator's own count also has what went out after a campaign's audit.
    if report.holds() && twice == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
