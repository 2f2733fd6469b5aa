use anyhow::Result;
use drumbeat_api::CampaignView;
use drumbeat_common::{CampaignId, Tps};

use crate::{command::remote::Remote, exit::Exit, say::say};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The campaign.
    pub(super) id: CampaignId,
    #[command(flatten)]
    pub(super) remote: Remote,
}

#[derive(Debug, clap::Args)]
pub(crate) struct TpsArgs {
    /// The campaign.
    id: CampaignId,
    /// Messages per second, all channels together: 0.01 to 10000.
    tps: Tps,
    #[command(flatten)]
    remote: Remote,
}

pub(crate) async fn pause(args: Args) -> Result<Exit> {
    show(&args.remote.client()?.pause(args.id).await?)
}

pub(crate) async fn resume(args: Args) -> Result<Exit> {
    show(&args.remote.client()?.resume(args.id).await?)
}

pub(crate) async fn cancel(args: Args) -> Result<Exit> {
    show(&args.remote.client()?.cancel(args.id).await?)
}

pub(crate) async fn set_tps(args: TpsArgs) -> Result<Exit> {
    show(&args.remote.client()?.set_tps(args.id, args.tps).await?)
}

pub(super) fn show(campaign: &CampaignView) -> Result<Exit> {
    say(&line(campaign))?;
    Ok(Exit::Done)
}

fn line(campaign: &CampaignView) -> String {
    let CampaignView { campaign_id, name, status, tps, .. } = campaign;
    match &campaign.status_reason {
        Some(reason) => format!("{campaign_id} {name:?} is {status} ({reason}), at {tps} TPS"),
        None => format!("{campaign_id} {name:?} is {status}, at {tps} TPS"),
    }
}
