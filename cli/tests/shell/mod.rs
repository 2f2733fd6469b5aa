//! The binary as a shell has it, with a stack to speak to.

use std::{path::Path, process::Output};

use drumbeat::stack::{Setup, Stack};
use tempfile::TempDir;
use tokio::process::Command;

const EXE: &str = env!("CARGO_BIN_EXE_drumbeat");

pub(crate) async fn stack(workers: usize) -> (Stack, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/demo/templates");
    let setup = Setup::new(EXE, folder.path()).templates(templates).workers(workers);
    (setup.start().await.unwrap(), folder)
}

pub(crate) fn drumbeat(stack: &Stack, args: &[&str]) -> Command {
    let mut command = Command::new(EXE);
    command
        .args(args)
        .env_remove("RUST_LOG")
        .env("DRUMBEAT_API_URL", stack.api_url())
        .env("DRUMBEAT_ENV_FILE", "")
        .kill_on_drop(true);
    command
}

pub(crate) async fn output(stack: &Stack, args: &[&str]) -> (i32, String, String) {
    said(drumbeat(stack, args).output().await.unwrap())
}

pub(crate) fn said(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}
