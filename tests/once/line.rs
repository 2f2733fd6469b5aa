//! A connection that can be cut.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use drumbeat::stack::Stack;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream, UnixStream},
    sync::watch,
    task::AbortHandle,
};

/// More than anything here has waiting.
const BACKLOG: u32 = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quality {
    /// All goes through.
    Good,
    /// Nothing goes through and nothing is closed: what was written is held back until the line is good again.
    Stalled,
    /// What was connected is closed, and who connects is refused.
    Cut,
}

/// A port of this machine, and a way from there to a server that can fail.
pub(crate) struct Line {
    address: SocketAddr,
    quality: watch::Sender<Quality>,
    task: AbortHandle,
    /// Bound and never listening: keeps the port from others while the line is cut.
    _port: TcpSocket,
}

impl Line {
    /// A good line to a server, by its URL.
    pub(crate) async fn to(url: &str) -> Self {
        let port = socket((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let address = port.local_addr().unwrap();
        let (quality, watched) = watch::channel(Quality::Good);
        let listener = listen(address).unwrap();
        let task = tokio::spawn(serve(address, listener, End::of(url), watched)).abort_handle();
        Self { address, quality, task, _port: port }
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn becomes(&self, quality: Quality) {
        self.quality.send_replace(quality);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A worker's lines to Redis and to its providers.
pub(crate) struct Lines {
    pub(crate) redis: Line,
    pub(crate) provider: Line,
}

impl Lines {
    /// Starts one more worker, which reaches nothing but through lines of its own.
    pub(crate) async fn of_new_worker(stack: &mut Stack) -> Self {
        let redis = Line::to(stack.redis_url()).await;
        let provider = Line::to(stack.simulator_url()).await;
        stack.worker_env("REDIS_URL", format!("redis://{}", redis.address()));
        stack.worker_env("AWS_ENDPOINT_URL", format!("http://{}", provider.address()));
        stack.add_worker().await.unwrap();
        Self { redis, provider }
    }
}

/// Where a line ends.
#[derive(Debug, Clone)]
enum End {
    Port(SocketAddr),
    Socket(PathBuf),
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl End {
    fn of(url: &str) -> Self {
        let (scheme, place) = url.split_once("://").unwrap();
        if scheme.ends_with("unix") { Self::Socket(place.into()) } else { Self::Port(place.parse().unwrap()) }
    }

    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Port(address) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
            Self::Socket(path) => Box::new(UnixStream::connect(path).await?),
        })
    }
}

/// Two of these may have the same port as long as one of them listens at most.
fn socket(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    socket(address)?.listen(BACKLOG)
}

async fn serve(
    address: SocketAddr,
    mut listener: TcpListener,
    end: End,
    mut quality: watch::Receiver<Quality>,
) {
    loop {
        let watched = quality.clone();
        tokio::select! {
            accepted = listener.accept() => {
                let (near, _) = accepted.unwrap();
                tokio::spawn(pass(near, end.clone(), watched));
            }
            cut = until(&mut quality, |quality| quality == Quality::Cut) => {
                drop(listener);
                if cut.and(until(&mut quality, |quality| quality != Quality::Cut).await).is_err() {
                    return;
                }
                listener = listen(address).unwrap();
            }
        }
    }
}

/// Carries one connection until either side closes it or the line is cut.
async fn pass(near: TcpStream, end: End, quality: watch::Receiver<Quality>) {
    let mut watched = quality.clone();
    tokio::select! {
        // Whatever ends it, the other side sees it closed.
        _ = carry(near, &end, quality) => {}
        _ = until(&mut watched, |quality| quality == Quality::Cut) => {}
    }
}

async fn carry(near: TcpStream, end: &End, mut quality: watch::Receiver<Quality>) -> io::Result<()> {
    near.set_nodelay(true)?;
    until(&mut quality, |quality| quality == Quality::Good).await?;
    let (near_reads, near_writes) = tokio::io::split(near);
    let (far_reads, far_writes) = tokio::io::split(end.connect().await?);
    tokio::try_join!(flow(near_reads, far_writes, quality.clone()), flow(far_reads, near_writes, quality))?;
    Ok(())
}

async fn flow(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut quality: watch::Receiver<Quality>,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await?;
        until(&mut quality, |quality| quality == Quality::Good).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..read]).await?;
    }
}

/// An error where the line is gone.
async fn until(quality: &mut watch::Receiver<Quality>, wish: fn(Quality) -> bool) -> io::Result<()> {
    quality.wait_for(|quality| wish(*quality)).await.map(drop).map_err(io::Error::other)
}
