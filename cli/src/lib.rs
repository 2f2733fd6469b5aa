//! The terminal side of Drumbeat: the one binary with a role a command, and what tests and benchmarks drive it with.
//!
//! In reading order: `args` says what can be asked for, and each file of `command` does one such thing. [`client`]
//! speaks the HTTP API, [`list`] is a file of recipients on its way there, `view` shows a campaign's progress, [`stack`] starts and stops the processes of a whole
//! Drumbeat, and `demo` puts all of it on a stage.

mod announcement;
mod args;
mod campaign_file;
pub mod client;
mod command;
mod demo;
mod env_file;
mod exit;
pub mod list;
mod listen;
mod logs;
mod open_files;
mod say;
mod shutdown;
pub mod stack;
mod view;

use std::process::ExitCode;

use tokio::runtime::Runtime;

use crate::{args::Command, exit::Exit};

/// Does what the command line asks for.
#[must_use]
pub fn run() -> ExitCode {
    // Before any other thread runs, since it changes the environment; and before the arguments are read, since they
    // take their defaults from there.
    if let Err(error) = env_file::load() {
        return exit::report(Err(error)).into();
    }
    match args::parse() {
        Ok(command) => exit::report(execute(command)).into(),
        Err(exit) => exit.into(),
    }
}

fn execute(command: Command) -> anyhow::Result<Exit> {
    logs::init()?;
    open_files::raise_limit();
    Runtime::new()?.block_on(command::execute(command))
}
