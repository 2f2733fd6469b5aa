use std::io::{self, Write};

use anyhow::{Context, Result};
use drumbeat_common::CampaignId;

use crate::{command::remote::Remote, exit::Exit};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The campaign.
    id: CampaignId,
    #[command(flatten)]
    remote: Remote,
}

pub(crate) async fn execute(args: Args) -> Result<Exit> {
    let mut rows = args.remote.client()?.rejected(args.id).await?;
    while let Some(piece) = rows.chunk().await.context("the rows broke off: there are more of them")? {
        io::stdout().write_all(&piece)?;
    }
    io::stdout().flush()?;
    Ok(Exit::Done)
}
