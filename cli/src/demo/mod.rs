//! `drumbeat demo`: all of Drumbeat on this machine, sending a sample campaign to nobody.

mod folder;
mod ports;
mod report;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use drumbeat_common::{Counts, Progress, Status, Tps};
use drumbeat_simulator::Stats;
use ulid::Ulid;

use crate::{
    campaign_file::CampaignFile,
    client::Client,
    command::watch,
    exit::Exit,
    listen::parse_port,
    say::say,
    shutdown::Shutdown,
    stack::{RedisAt, Setup, Stack},
    view::{View, taken},
};
use folder::Folder;

/// How long the last reports are waited for; the simulator brings them within seconds.
const REPORTS: Duration = Duration::from_secs(20);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// End when the campaign is over; else everything keeps running until Ctrl-C.
    #[arg(long)]
    once: bool,
    /// The API's port.
    #[arg(long, default_value_t = 8080, value_parser = parse_fixed_port)]
    port: u16,
    /// The port of the demo's own Redis.
    #[arg(long, default_value_t = 7801, value_parser = parse_fixed_port)]
    redis_port: u16,
    /// The simulator's port.
    #[arg(long, default_value_t = 8090, value_parser = parse_fixed_port)]
    simulator_port: u16,
    /// Messages per second, all channels together.
    #[arg(long, default_value = "50")]
    tps: Tps,
    /// How many worker processes send.
    #[arg(long, default_value_t = 2, value_parser = parse_workers)]
    workers: usize,
    /// Where Redis and the logs have their files; what an earlier demo left there is deleted.
    #[arg(long, default_value = ".demo")]
    folder: PathBuf,
    /// Where the sample campaign and its templates are.
    #[arg(long, default_value = "data/demo")]
    data: PathBuf,
}

/// A port that can be named before anything listens on it.
fn parse_fixed_port(text: &str) -> Result<u16, String> {
    match parse_port(text)? {
        0 => Err("the demo has no use for port 0: choose 1 to 65535".to_owned()),
        port => Ok(port),
    }
}

fn parse_workers(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(workers @ 1..=64) => Ok(workers),
        _ => Err(format!("{text:?} is no number of workers: choose 1 to 64")),
    }
}

pub(crate) async fn execute(args: Args) -> Result<Exit> {
    let mut shutdown = Shutdown::listen()?;
    let campaign = campaign(&args)?;
    ports::check_free(&args).await?;
    // Held until everything has stopped.
    let _folder = Folder::take(&args.folder)?;
    let mut stack = tokio::select! {
        started = setup(&args)?.start() => started?,
        () = shutdown.wished() => return Ok(Exit::Interrupted),
    };
    let exit = run(&args, campaign, &mut stack, &mut shutdown).await;
    tokio::select! {
        () = stack.stop() => {}
        // Whoever asks twice does not want to wait: all that still runs is killed.
        () = shutdown.wished() => {}
    }
    exit
}

fn campaign(args: &Args) -> Result<CampaignFile> {
    let mut campaign = CampaignFile::read(&args.data.join("campaign.json")).context(
        "the sample campaign is missing: run this in Drumbeat's own folder, or name it with --data",
    )?;
    campaign.set("tps", &args.tps.get().into())?;
    Ok(campaign)
}

fn setup(args: &Args) -> Result<Setup> {
    let exe = std::env::current_exe().context("cannot find this program's own file to start it again")?;
    Ok(Setup::new(exe, &args.folder)
        .templates(args.data.join("templates"))
        .env("SAMPLE_FILE", args.data.join("campaign.json").display().to_string())
        .redis(RedisAt::Port(args.redis_port))
        .simulator_port(args.simulator_port)
        .api_port(args.port)
        .workers(args.workers)
        .tracking())
}

async fn run(
    args: &Args,
    campaign: CampaignFile,
    stack: &mut Stack,
    shutdown: &mut Shutdown,
) -> Result<Exit> {
    introduce(args, stack)?;
    let (api, simulator) = (stack.client()?, stack.simulator_client()?);
    let exit = tokio::select! {
        exit = play(&api, &simulator, campaign) => exit?,
        ended = stack.first_ended() => return Err(ended.into()),
        () = shutdown.wished() => return Ok(Exit::Interrupted),
    };
    if args.once {
        return Ok(exit);
    }
    say(&format!("\nThe page is at {}; Ctrl-C stops everything.", stack.api_url()))?;
    tokio::select! {
        ended = stack.first_ended() => Err(ended.into()),
        () = shutdown.wished() => Ok(exit),
    }
}

fn introduce(args: &Args, stack: &Stack) -> Result<()> {
    say("Everything runs on this machine, and nothing leaves it:")?;
    for (name, place) in [
        ("Redis", stack.redis_url()),
        ("AWS simulator", stack.simulator_url()),
        ("page", stack.api_url()),
        ("API", &format!("{}/api", stack.api_url())),
        ("workers", &args.workers.to_string()),
        ("logs", &args.folder.join("logs").display().to_string()),
    ] {
        say(&format!("  {name:<14} {place}"))?;
    }
    Ok(say("")?)
}

/// Whether a campaign is over, and it is known of each message how far it came, or that takes too long.
fn is_told() -> impl FnMut(&Progress) -> bool {
    let mut over_since = None;
    move |progress| {
        let Counts { sent, delivered, undelivered, .. } = progress.counts;
        let mut waits = || over_since.get_or_insert_with(Instant::now).elapsed() < REPORTS;
        progress.status.is_final() && (delivered + undelivered == sent || !waits())
    }
}

/// Sends the campaign and shows how it goes, then what came of it.
async fn play(api: &Client, simulator: &Client, campaign: CampaignFile) -> Result<Exit> {
    let answer = api.send(campaign.into_body(), &Ulid::generate().to_string()).await?;
    say(&format!("{}\n", taken(&answer)))?;
    let last = watch::follow(api, answer.campaign_id, &mut View::of_stdout(false), is_told()).await?;
    let stats: Stats = simulator.simulator_stats().await?;
    say(&format!("\n{}\n{}", report::table(&last), report::simulator(&stats)))?;
    Ok(if last.status == Status::Completed { Exit::Done } else { Exit::Cancelled })
}
