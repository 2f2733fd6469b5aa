//! One file for each thing that the command line can ask for.

pub(crate) mod again;
pub(crate) mod api;
pub(crate) mod control;
mod download;
pub(crate) mod migrate;
pub(crate) mod recount;
pub(crate) mod rejected;
pub(crate) mod remote;
pub(crate) mod report;
pub(crate) mod send;
pub(crate) mod simulator;
pub(crate) mod suppress;
pub(crate) mod watch;
pub(crate) mod worker;

use crate::{args::Command, demo, exit::Exit};

pub(crate) async fn execute(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Api(args) => api::execute(args).await,
        Command::Worker(args) => worker::execute(args).await,
        Command::Simulator(args) => simulator::execute(args).await,
        Command::Demo(args) => demo::execute(args).await,
        Command::Migrate(args) => migrate::execute(args).await,
        Command::Send(args) => send::execute(args).await,
        Command::Watch(args) => watch::execute(args).await,
        Command::Pause(args) => control::pause(args).await,
        Command::Resume(args) => control::resume(args).await,
        Command::Cancel(args) => control::cancel(args).await,
        Command::Tps(args) => control::set_tps(args).await,
        Command::RetryFailed(args) => again::retry_failed(args).await,
        Command::ResolveInDoubt(args) => again::resolve_in_doubt(args).await,
        Command::Suppress(args) => suppress::suppress(args).await,
        Command::Unsuppress(args) => suppress::unsuppress(args).await,
        Command::Suppressions(args) => suppress::file(args).await,
        Command::Rejected(args) => rejected::execute(args).await,
        Command::Report(args) => report::execute(args).await,
        Command::Recount(args) => recount::execute(args).await,
    }
}
