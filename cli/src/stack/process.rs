use std::{
    fs::File,
    io::{ErrorKind, Write},
    process::ExitStatus,
    thread,
    time::Duration,
};

use nix::{
    sys::signal::{kill, killpg},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout},
    time::{Instant, timeout, timeout_at},
};

use super::{Launch, Signal, StackError, log_tail::log_tail, spawner};

/// Debug builds on a busy build machine are slow to start; nothing healthy takes this long.
const START: Duration = Duration::from_secs(30);
/// How long a drop waits for a killed process to be gone.
const DROP_TRIES: u32 = 200;
const DROP_LOOK: Duration = Duration::from_millis(5);

type Output = Lines<BufReader<ChildStdout>>;

/// One running process; it is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    launch: Launch,
    child: Child,
    announced: String,
}

impl Process {
    /// Starts it, and waits until it says that it is up.
    pub(super) async fn start(mut launch: Launch) -> Result<Self, StackError> {
        let (child, announced) = start(&launch).await?;
        launch.keep_port(&announced);
        Ok(Self { launch, child, announced })
    }

    /// Runs it to its end, which has to be a good one.
    pub(super) async fn complete(launch: &Launch) -> Result<(), StackError> {
        let failed = |source| StackError::Start { name: launch.name().to_owned(), source };
        let log = launch.open_log().map_err(failed)?;
        let mut command = launch.command(&log).map_err(failed)?;
        command.stdout(log);
        let mut child = spawner::spawn(command).await.map_err(failed)?;
        match timeout(START, child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(status) => Err(ended(launch, status.map_err(failed)?)),
            Err(_) => Err(silent(launch)),
        }
    }

    /// What it is: `redis`, `simulator`, `api`, `worker-1`. Its log has the same name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.launch.name()
    }

    /// What came after the announcement: the address, where it has one.
    #[must_use]
    pub fn announced(&self) -> &str {
        &self.announced
    }

    /// Its process id, as long as it has not been seen to end.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// All that it wrote, on stdout and stderr, since the first start.
    #[must_use]
    pub fn log(&self) -> std::path::PathBuf {
        self.launch.log()
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// When it has ended.
    pub fn kill(&self, signal: Signal) -> Result<(), StackError> {
        let sent = self.system_pid().ok_or(nix::Error::ESRCH).and_then(|pid| kill(pid, signal));
        sent.map_err(|source| StackError::Signal { name: self.name().to_owned(), signal, source })
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<StackError> {
        let status = self.child.try_wait().ok()??;
        Some(ended(&self.launch, status))
    }

    /// Waits until it ends.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub async fn wait(&mut self) -> Result<ExitStatus, StackError> {
        let waited = self.child.wait().await;
        waited.map_err(|source| StackError::Start { name: self.name().to_owned(), source })
    }

    /// Starts it again with the same settings, on the same port; kills it first where it still runs.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn restart(&mut self) -> Result<(), StackError> {
        self.wait_or_kill(Instant::now()).await;
        (self.child, self.announced) = start(&self.launch).await?;
        Ok(())
    }

    /// Asks it to end, and kills it where it does not in time.
    pub async fn stop(&mut self, patience: Duration) {
        // One that has ended already is as good as stopped.
        let _ = self.kill(Signal::SIGTERM);
        self.wait_or_kill(Instant::now() + patience).await;
    }

    pub(super) async fn wait_or_kill(&mut self, deadline: Instant) {
        if timeout_at(deadline, self.child.wait()).await.is_err() {
            // It cannot be waited for where it is no child of ours any more, and then it is gone.
            let _ = self.child.kill().await;
        }
    }

    fn system_pid(&self) -> Option<Pid> {
        self.child.id().and_then(|pid| i32::try_from(pid).ok()).map(Pid::from_raw)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let Some(pid) = self.system_pid() else { return };
        // The group, so that a Redis that is rewriting its file takes its own child along.
        let _ = killpg(pid, Signal::SIGKILL);
        // Its folder may be removed and its port taken next, so it has to be gone; a killed process is, in a moment.
        for _ in 0..DROP_TRIES {
            if !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            thread::sleep(DROP_LOOK);
        }
    }
}

async fn start(launch: &Launch) -> Result<(Child, String), StackError> {
    let failed = |source| StackError::Start { name: launch.name().to_owned(), source };
    let mut log = launch.open_log().map_err(failed)?;
    let command = launch.command(&log).map_err(failed)?;
    let mut child = spawner::spawn(command).await.map_err(|error| match error.kind() {
        ErrorKind::NotFound => StackError::Missing(launch.program().to_owned()),
        _ => failed(error),
    })?;
    let stdout = child.stdout.take().expect("the command has its stdout piped");
    let mut output = BufReader::new(stdout).lines();
    match timeout(START, announcement(&mut output, &mut log, launch.announcement())).await {
        Ok(Some(announced)) => {
            tokio::spawn(drain(output, log));
            Ok((child, announced))
        }
        // It closed its stdout, so it is about to end.
        Ok(None) => match timeout(START, child.wait()).await {
            Ok(status) => Err(ended(launch, status.map_err(failed)?)),
            Err(_) => Err(silent(launch)),
        },
        Err(_) => Err(silent(launch)),
    }
}

/// Reads up to the announcement; what comes after it on its line, or none where the output ended before.
async fn announcement(output: &mut Output, log: &mut File, announcement: &str) -> Option<String> {
    while let Ok(Some(line)) = output.next_line().await {
        // A log that cannot be written is not worth stopping for.
        let _ = writeln!(log, "{line}");
        if let Some((_, rest)) = line.split_once(announcement) {
            return Some(rest.trim().to_owned());
        }
    }
    None
}

/// Keeps reading, since a process whose output nobody reads stops at a full pipe.
async fn drain(mut output: Output, mut log: File) {
    while let Ok(Some(line)) = output.next_line().await {
        let _ = writeln!(log, "{line}");
    }
}

fn ended(launch: &Launch, status: ExitStatus) -> StackError {
    let log = launch.log();
    let tail = log_tail(&log);
    StackError::Ended { name: launch.name().to_owned(), status, log, tail }
}

fn silent(launch: &Launch) -> StackError {
    let log = launch.log();
    let tail = log_tail(&log);
    StackError::Silent { name: launch.name().to_owned(), after: START, log, tail }
}
