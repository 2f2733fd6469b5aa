use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::Command;

use super::environment;

/// How a process is started, and started again.
#[derive(Debug, Clone)]
pub(super) struct Launch {
    name: String,
    program: PathBuf,
    args: Vec<OsString>,
    /// Kept apart from the arguments: a free port that was taken once is asked for by its number afterwards.
    port: Option<u16>,
    env: Vec<(String, String)>,
    logs: PathBuf,
    announcement: String,
}

impl Launch {
    /// `announcement` is what the process says on its stdout when it is up.
    pub(super) fn new(name: &str, program: impl Into<PathBuf>, folder: &Path, announcement: &str) -> Self {
        Self {
            name: name.to_owned(),
            program: program.into(),
            args: Vec::new(),
            port: None,
            env: environment::inherited(),
            logs: folder.join("logs"),
            announcement: announcement.to_owned(),
        }
    }

    pub(super) fn named(self, name: String) -> Self {
        Self { name, ..self }
    }

    pub(super) fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    pub(super) fn args(mut self, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    pub(super) fn port(self, port: u16) -> Self {
        Self { port: Some(port), ..self }
    }

    /// Later ones win.
    pub(super) fn env(mut self, env: impl IntoIterator<Item = (String, String)>) -> Self {
        self.env.extend(env);
        self
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    pub(super) fn announcement(&self) -> &str {
        &self.announcement
    }

    pub(super) fn log(&self) -> PathBuf {
        self.logs.join(format!("{}.log", self.name))
    }

    /// Asks for the port that is in the announced address from now on.
    pub(super) fn keep_port(&mut self, announced: &str) {
        if self.port.is_some() {
            self.port = announced.rsplit(':').next().and_then(|port| port.parse().ok()).or(self.port);
        }
    }

    /// The log, to be added to.
    pub(super) fn open_log(&self) -> io::Result<File> {
        fs::create_dir_all(&self.logs)?;
        OpenOptions::new().create(true).append(true).open(self.log())
    }

    pub(super) fn command(&self, log: &File) -> io::Result<Command> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .env_clear()
            .envs(self.env.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log.try_clone()?)
            // A Ctrl-C at the terminal reaches every process of the group in front: only the one that stops these in
            // order should have it.
            .process_group(0)
            .kill_on_drop(true);
        if let Some(port) = self.port {
            command.args(["--port", &port.to_string()]);
        }
        Ok(command)
    }
}
