use std::time::Duration;

use anyhow::{Context, Result};
use drumbeat_common::{CampaignId, Progress, Status};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::{client::Client, command::remote::Remote, exit::Exit, view::View};

/// How long the API may be away: longer than a deployment or a restart of its machine takes.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The campaign.
    id: CampaignId,
    /// Show it in JSON, one object a line.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: Remote,
}

pub(crate) async fn execute(args: Args) -> Result<Exit> {
    let client = args.remote.client()?;
    // Only an API that was there once is waited for: a wrong address should be said at once.
    client.progress(args.id).await?;
    until_over(&client, args.id, &mut View::of_stdout(args.json)).await
}

/// Shows a campaign's progress until it is over; says how that ended.
pub(crate) async fn until_over(client: &Client, id: CampaignId, view: &mut View) -> Result<Exit> {
    let last = follow(client, id, view, |progress| progress.status.is_final()).await?;
    Ok(if last.status == Status::Completed { Exit::Done } else { Exit::Cancelled })
}

/// Shows a campaign's progress until it is as wished, and answers with the last of it.
pub(crate) async fn follow(
    client: &Client,
    id: CampaignId,
    view: &mut View,
    mut wish: impl FnMut(&Progress) -> bool,
) -> Result<Progress> {
    let mut ticks = interval(view.interval());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    let mut lost = false;
    loop {
        ticks.tick().await;
        match client.progress(id).await {
            Ok(progress) => {
                (heard, lost) = (Instant::now(), false);
                view.show(&progress)?;
                if wish(&progress) {
                    return Ok(progress);
                }
            }
            Err(error) if error.is_passing() && heard.elapsed() < PATIENCE => {
                if !lost {
                    view.note("lost the connection, retrying");
                    lost = true;
                }
            }
            Err(error) => {
                return Err(error).context(format!("campaign {id} may go on, but cannot be watched"));
            }
        }
    }
}
