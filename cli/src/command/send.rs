use std::path::PathBuf;

use anyhow::Result;
use drumbeat_api::SendCampaignAnswer;
use drumbeat_common::Tps;
use ulid::Ulid;

use crate::{
    campaign_file::CampaignFile,
    command::{remote::Remote, watch},
    exit::Exit,
    say::say,
    view::View,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The campaign as JSON, the body of POST /api/send-campaign; - reads it from stdin.
    file: PathBuf,
    /// Messages per second, in place of what the file says.
    #[arg(long)]
    tps: Option<Tps>,
    /// Everything but the calls to AWS.
    #[arg(long)]
    dry_run: bool,
    /// The campaign's name, in place of what the file says.
    #[arg(long)]
    name: Option<String>,
    /// Show the progress until the campaign is over.
    #[arg(long)]
    watch: bool,
    /// However often it is sent with this key, it is one campaign. Made up where it is not given.
    #[arg(long)]
    idempotency_key: Option<String>,
    /// Answer in JSON, one object a line.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    remote: Remote,
}

pub(crate) async fn execute(args: Args) -> Result<Exit> {
    let client = args.remote.client()?;
    let mut campaign = CampaignFile::read(&args.file)?;
    if let Some(tps) = args.tps {
        campaign.set("tps", &tps.get().into())?;
    }
    if args.dry_run {
        campaign.set("dry_run", &true.into())?;
    }
    if let Some(name) = args.name {
        campaign.set("name", &name.into())?;
    }
    let key = args.idempotency_key.unwrap_or_else(|| Ulid::generate().to_string());
    let answer = client.send(campaign.into_body(), &key).await?;
    say(&if args.json {
        serde_json::to_string(&answer)?
    } else {
        format!("campaign {}\n{}", answer.campaign_id, sentence(&answer))
    })?;
    if args.watch {
        return watch::until_over(&client, answer.campaign_id, &mut View::of_stdout(args.json)).await;
    }
    if !args.json {
        say(&format!("see how it goes: drumbeat watch {}", answer.campaign_id))?;
    }
    Ok(Exit::Done)
}

/// Who is sent to, and how.
pub(crate) fn sentence(answer: &SendCampaignAnswer) -> String {
    let SendCampaignAnswer { total, batches, channels, rejected, .. } = answer;
    let left_out = match rejected.len() {
        0 => String::new(),
        count => format!(", {count} left out"),
    };
    format!(
        "{total} recipients in {batches} batches: {} SMS, {} WhatsApp, {} email{left_out}",
        channels.sms, channels.whatsapp, channels.email
    )
}
