use std::path::PathBuf;

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
    /// Write it into this file, in place of stdout.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    remote: Remote,
}

pub(crate) async fn execute(args: Args) -> Result<Exit> {
    let report = args.remote.client()?.report(args.id).await?;
    download(report, args.out.as_deref(), "the report").await?;
    Ok(Exit::Done)
}
