use anyhow::Result;
use drumbeat_api::RecipientsMoved;
use drumbeat_common::{CampaignId, Resolve};

use crate::{
    command::{control, remote::Remote},
    exit::Exit,
    say::say,
};

#[derive(Debug, clap::Args)]
pub(crate) struct ResolveArgs {
    /// The campaign.
    id: CampaignId,
    /// resend sends to them again: some may get the message twice. sent counts them as sent: some may never get it.
    #[arg(long = "as", value_name = "AS")]
    resolve: Resolve,
    #[command(flatten)]
    remote: Remote,
}

pub(crate) async fn resolve_in_doubt(args: ResolveArgs) -> Result<Exit> {
    let moved = args.remote.client()?.resolve_in_doubt(args.id, args.resolve).await?;
    match args.resolve {
        Resolve::Resend => show(&moved, "in doubt are sent to again"),
        Resolve::Sent => show(&moved, "in doubt count as sent"),
    }
}

pub(crate) async fn retry_failed(args: control::Args) -> Result<Exit> {
    let moved = args.remote.client()?.retry_failed(args.id).await?;
    show(&moved, "who failed are sent to again")
}

fn show(moved: &RecipientsMoved, what: &str) -> Result<Exit> {
    say(&format!("{} {what}", moved.recipients))?;
    control::show(&moved.campaign)
}
