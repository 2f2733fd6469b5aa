use anyhow::Result;
use drumbeat_common::CampaignId;

use crate::{
    command::{download::download, remote::Remote},
    exit::Exit,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The campaign.
    id: CampaignId,
    #[command(flatten)]
    remote: Remote,
}

pub(crate) async fn execute(args: Args) -> Result<Exit> {
    let rows = args.remote.client()?.rejected(args.id).await?;
    download(rows, None, "the list of rows").await?;
    Ok(Exit::Done)
}
