use std::net::{IpAddr, Ipv4Addr};

use anyhow::Context;
use drumbeat_simulator::{Latency, PerService, Quota, Quotas, ReceiptSettings, Settings, serve};

use crate::{
    announcement,
    exit::Exit,
    listen::{listen, local_url, parse_port},
    say::say,
    shutdown::Shutdown,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The address to listen on. Other machines reach the simulator where that is one of the network's, such as 0.0.0.0
    /// in a container; it asks nobody who they are.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8090, value_parser = parse_port)]
    port: u16,
    /// What all services take together, as RATE or RATE/BURST: messages a second, and how many of them at once.
    #[arg(long)]
    quota_all: Option<Quota>,
    /// What the SMS service takes.
    #[arg(long)]
    quota_sms: Option<Quota>,
    /// What the WhatsApp service takes.
    #[arg(long)]
    quota_whatsapp: Option<Quota>,
    /// What the email service takes.
    #[arg(long)]
    quota_email: Option<Quota>,
    /// How long an answer takes, in milliseconds: fixed:50, uniform:20-80, or lognormal:50-200 (median and 99th
    /// percentile).
    #[arg(long, default_value_t)]
    latency: Latency,
    /// Tells within seconds what became of the messages, as carriers and mailboxes do: in the queue `receipts` of the
    /// simulator's own SQS.
    #[arg(long)]
    receipts: bool,
}

pub(crate) async fn execute(args: Args) -> anyhow::Result<Exit> {
    let shutdown = Shutdown::listen()?;
    let listener = listen(args.host, args.port, "--port").await?;
    say(&format!("{}{}", announcement::SIMULATOR, local_url(&listener)?))?;
    let settings = Settings {
        quotas: Quotas {
            sms: args.quota_sms,
            whatsapp: args.quota_whatsapp,
            email: args.quota_email,
            all: args.quota_all,
        },
        latency: PerService::from_fn(|_| args.latency),
        receipts: args.receipts.then(ReceiptSettings::demo),
        ..Settings::default()
    };
    serve(listener, settings, shutdown.first()).await.context("the simulator stopped")?;
    Ok(Exit::Done)
}
