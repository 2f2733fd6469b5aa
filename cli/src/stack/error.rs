use std::{io, path::PathBuf, process::ExitStatus, time::Duration};

use drumbeat_common::{ConnectError, WeakSetting};

use super::Signal;

/// A process of the stack does not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// The program is not installed.
    #[error(
        "{} is not installed, or not in PATH: install it with `apt-get install redis-server` (Debian, Ubuntu) or `brew install redis` (macOS)",
        .0.display()
    )]
    Missing(PathBuf),
    /// The process could not be started.
    #[error("cannot start {name}: {source}")]
    Start {
        /// Which.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// It ended by itself.
    #[error("{name} ended by itself ({status}); the end of {}:\n{tail}", log.display())]
    Ended {
        /// Which.
        name: String,
        /// How.
        status: ExitStatus,
        /// Its log.
        log: PathBuf,
        /// The log's last lines.
        tail: String,
    },
    /// It runs, but did not say that it is up.
    #[error("{name} was not up within {} s; the end of {}:\n{tail}", after.as_secs(), log.display())]
    Silent {
        /// Which.
        name: String,
        /// How long it was waited for.
        after: Duration,
        /// Its log.
        log: PathBuf,
        /// The log's last lines.
        tail: String,
    },
    /// It announced no address.
    #[error("{name} announced {announced:?}, which is no address")]
    Announcement {
        /// Which.
        name: String,
        /// What it said.
        announced: String,
    },
    /// A signal could not be sent.
    #[error("cannot send {signal} to {name}: {source}")]
    Signal {
        /// Which.
        name: String,
        /// The signal.
        signal: Signal,
        /// What the system said.
        source: nix::Error,
    },
    /// A folder could not be made.
    #[error("cannot use the folder {}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A socket cannot have this path.
    #[error("{} is too long a path for a socket: use a folder with a shorter one, or a port", .0.display())]
    SocketPath(PathBuf),
    /// Redis came up, but cannot be used.
    #[error(transparent)]
    Redis(#[from] ConnectError),
    /// Redis is not durable.
    #[error("this Redis may forget what it acknowledged, so nothing that runs on it would prove anything: {}", sentences(.0))]
    WeakRedis(Vec<WeakSetting>),
    /// There is no free port.
    #[error("cannot find a free port: {0}")]
    NoPort(io::Error),
}

fn sentences(weak: &[WeakSetting]) -> String {
    weak.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
