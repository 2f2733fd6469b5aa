use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use drumbeat_api::{SuppressionRequest, SuppressionsAdded};
use drumbeat_common::Channel;
use tokio::fs::File;

use crate::{
    client::Client,
    command::{download::download, remote::Remote},
    exit::Exit,
    say::say,
};

/// More would scroll the first ones away.
const SHOWN_LINES: usize = 20;

#[derive(Debug, clap::Args)]
pub(crate) struct SuppressArgs {
    /// sms, whatsapp or email.
    channel: Channel,
    /// A phone number, or an email address.
    address: String,
    /// Why: a code such as bounce, complaint or `opt_out`, or your own words.
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, clap::Args)]
pub(crate) struct UnsuppressArgs {
    /// sms, whatsapp or email.
    channel: Channel,
    /// A phone number, or an email address.
    address: String,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, clap::Args)]
pub(crate) struct FileArgs {
    #[command(flatten)]
    way: Way,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Way {
    /// Adds the addresses of a CSV file with the columns channel, address and, if you like, reason.
    #[arg(long, value_name = "FILE")]
    import: Option<PathBuf>,
    /// Writes the list into a CSV file.
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
}

pub(crate) async fn suppress(args: SuppressArgs) -> Result<Exit> {
    let SuppressArgs { channel, address, reason, remote } = args;
    let added = remote.client()?.suppress(&SuppressionRequest { channel, address, reason }).await?;
    say(if added.added == 0 { "the address is suppressed already" } else { "the address is suppressed" })?;
    Ok(Exit::Done)
}

pub(crate) async fn unsuppress(args: UnsuppressArgs) -> Result<Exit> {
    let removed = args.remote.client()?.unsuppress(args.channel, &args.address).await?;
    let since = removed.added_at;
    say(&match removed.reason.as_str() {
        "" => format!("the address was suppressed since {since}, and is not any more"),
        reason => format!("the address was suppressed since {since} ({reason}), and is not any more"),
    })?;
    Ok(Exit::Done)
}

pub(crate) async fn file(args: FileArgs) -> Result<Exit> {
    let client = args.remote.client()?;
    match args.way {
        Way { import: Some(path), .. } => import(&client, &path).await,
        Way { export, .. } => export_to(&client, &export.expect("clap asks for one of both")).await,
    }
}

async fn import(client: &Client, path: &Path) -> Result<Exit> {
    let file = File::open(path).await.with_context(|| format!("cannot read {}", path.display()))?;
    let answer = client.import_suppressions(file).await?;
    say(&sentence(&answer))?;
    for rejected in answer.rejected.iter().take(SHOWN_LINES) {
        say(&format!("  line {}: {}", rejected.line, rejected.reason))?;
    }
    Ok(Exit::Done)
}

fn sentence(answer: &SuppressionsAdded) -> String {
    let SuppressionsAdded { added, already_there, rejected_total, .. } = answer;
    format!(
        "{added} addresses are suppressed, {already_there} were already, {rejected_total} lines cannot be read"
    )
}

async fn export_to(client: &Client, path: &Path) -> Result<Exit> {
    download(client.export_suppressions().await?, Some(path), "the list").await?;
    Ok(Exit::Done)
}
