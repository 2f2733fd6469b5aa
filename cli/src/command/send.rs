use std::path::PathBuf;

use anyhow::{Context, Result};
use drumbeat_api::{CampaignView, SendCampaignAnswer};
use drumbeat_common::Status;
use ulid::Ulid;

use crate::{
    client::{Client, ClientError, Upload},
    command::{remote::Remote, watch},
    exit::Exit,
    list::{Format, ListFile, Options},
    say::say,
    view::{UploadView, View, preflight, taken},
};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The list: .csv, .tsv, .ndjson, .jsonl, or a campaign as .json, each also packed as .gz; - reads stdin.
    file: PathBuf,
    /// How the list is written, where its name does not tell.
    #[arg(long)]
    format: Option<Format>,
    #[command(flatten)]
    options: Options,
    /// Send nothing: show what would go out, what it costs, how long it takes, and what stands in the way.
    #[arg(long, conflicts_with_all = ["watch", "idempotency_key"])]
    check: bool,
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
    let list = ListFile::open(&args.file, args.format)?.upload(&args.options)?;
    let view = UploadView::of_stderr(args.json);
    if args.check {
        return check(&client, &list, &view, args.json).await;
    }
    let key = args.idempotency_key.unwrap_or_else(|| Ulid::generate().to_string());
    let answer = send(&client, &list, &key, &view).await?;
    if args.json {
        say(&serde_json::to_string(&answer)?)?;
    } else {
        say(&format!("campaign {}\n{}", answer.campaign_id, taken(&answer)))?;
    }
    if args.watch {
        return watch::until_over(&client, answer.campaign_id, &mut View::of_stdout(args.json)).await;
    }
    if !args.json {
        say_what_next(&client, &answer).await?;
    }
    Ok(Exit::Done)
}

async fn check(client: &Client, list: &Upload, view: &UploadView, json: bool) -> Result<Exit> {
    let answer = view.during(&list.meter, client.preflight(list)).await?;
    say(&if json { serde_json::to_string(&answer)? } else { preflight(&answer) })?;
    Ok(if answer.can_be_sent { Exit::Done } else { Exit::Failed })
}

async fn send(client: &Client, list: &Upload, key: &str, view: &UploadView) -> Result<SendCampaignAnswer> {
    let sent = view.during(&list.meter, client.send_list(list, key)).await;
    let may_be_taken = matches!(&sent, Err(error) if error.is_passing() && !matches!(error, ClientError::Unreachable { .. }));
    if may_be_taken {
        return sent.with_context(|| {
            format!(
                "the campaign may or may not have been taken; with --idempotency-key {key} it is the same one"
            )
        });
    }
    Ok(sent?)
}

async fn say_what_next(client: &Client, answer: &SendCampaignAnswer) -> Result<()> {
    let id = answer.campaign_id;
    // It is taken all the same where the API does not answer this.
    if let Ok(CampaignView { status: Status::Scheduled, start_at: Some(start), .. }) =
        client.campaign(id).await
    {
        say(&format!("scheduled for {start:.0}"))?;
    }
    Ok(say(&format!("see how it goes: drumbeat watch {id}"))?)
}
