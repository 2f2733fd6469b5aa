use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    path::Path,
};

use drumbeat_common::Redis;

use super::{Launch, StackError};

/// The kernel's limit of a socket's path is 108 bytes on Linux and 104 on macOS, the closing zero among them.
const LONGEST_SOCKET_PATH: usize = 103;

/// `Ready …` on a port, `The server is now ready …` on a socket; from 7.2 on `Ready …` on both.
const ANNOUNCEMENT: &str = "eady to accept connections";

/// Where a Redis listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedisAt {
    /// On a port of 127.0.0.1; 0 takes a free one.
    Port(u16),
    /// On a Unix socket in its folder, which nobody else can be using.
    Socket,
}

/// How to start a Redis that keeps every write that it acknowledged, and its address. Of what `args` says otherwise,
/// [`refuse_weak`] tells.
pub(super) fn launch(folder: &Path, at: RedisAt, args: &[String]) -> Result<(Launch, String), StackError> {
    let data = folder.join("redis");
    fs::create_dir_all(&data).map_err(|source| StackError::Folder { path: data.clone(), source })?;
    let launch = Launch::new("redis", "redis-server", folder, ANNOUNCEMENT)
        .arg("--dir")
        .arg(&data)
        .args(["--appendonly", "yes", "--appendfsync", "always", "--save", ""])
        .args(["--maxmemory-policy", "noeviction", "--daemonize", "no"])
        .args(args);
    match at {
        RedisAt::Port(port) => {
            let port = if port == 0 { free_port()? } else { port };
            Ok((launch.args(["--bind", "127.0.0.1"]).port(port), format!("redis://127.0.0.1:{port}")))
        }
        RedisAt::Socket => {
            let socket = data.join("redis.sock");
            if socket.as_os_str().len() > LONGEST_SOCKET_PATH {
                return Err(StackError::SocketPath(socket));
            }
            let url = format!("redis+unix://{}", socket.display());
            Ok((launch.arg("--unixsocket").arg(socket).args(["--unixsocketperm", "700"]).port(0), url))
        }
    }
}

/// Redis cannot pick one itself: to Redis, 0 means no port.
fn free_port() -> Result<u16, StackError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(StackError::NoPort)
}

/// Refuses a Redis that may forget what it acknowledged: whatever ran on it would prove nothing.
pub(super) async fn refuse_weak(url: &str) -> Result<(), StackError> {
    let redis = Redis::connect(url).await?;
    let weak = redis.weak_settings().await;
    if weak.is_empty() { Ok(()) } else { Err(StackError::WeakRedis(weak)) }
}
