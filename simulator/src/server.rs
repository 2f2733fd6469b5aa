use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

use crate::{Settings, call, connection::Connection, receipts, simulator::Simulator, stamp};

/// Accepting fails when the process is out of file descriptors; they come back, but not at once.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(50);
/// Long enough for any answer that is not held up on purpose.
const DRAIN: Duration = Duration::from_secs(1);

/// Serves AWS's endpoints and the simulator's own API until `shutdown` resolves, then lets calls in flight be answered
/// for up to a second.
///
/// # Errors
/// When the listener has no address, which means that it is not bound, or DynamoDB's engine does not start.
pub async fn serve(
    listener: TcpListener,
    settings: Settings,
    shutdown: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    tracing::info!(address = %listener.local_addr()?, "simulator listens");
    if let Err(error) = stamp::enable(&listener) {
        tracing::warn!(%error, "the kernel does not say when requests arrive: they do when they are read");
    }
    let simulator = Arc::new(Simulator::new(settings)?);
    let mut posting = JoinSet::new();
    posting.spawn(receipts::deliver(Arc::clone(&simulator)));
    // Connections are held here, so that none outlives the server.
    let mut connections = JoinSet::new();
    let (closing, _) = watch::channel(());
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve_connection(stream, Arc::clone(&simulator), closing.subscribe()));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_BACKOFF).await;
                }
            },
            Some(_) = connections.join_next() => {}
            () = &mut shutdown => break,
        }
    }
    drop(listener);
    closing.send_replace(());
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, drained).await.is_err() {
        tracing::debug!("closed connections whose answers were still held up");
    }
    Ok(())
}

async fn serve_connection(stream: TcpStream, simulator: Arc<Simulator>, mut closing: watch::Receiver<()>) {
    // Small answers would otherwise wait for the client's delayed acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let connection = Connection::new(stream);
    let arrived = connection.arrived();
    let service = service_fn(|request| {
        let (simulator, arrived) = (Arc::clone(&simulator), arrived.at());
        async move { call::answer(&simulator, arrived, request).await }
    });
    let mut connection = pin!(http1::Builder::new().serve_connection(TokioIo::new(connection), service));
    let ended = tokio::select! {
        ended = &mut connection => ended,
        _ = closing.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // A cut on demand ends here too, and so does a client that went away.
        tracing::debug!(%error, "connection ended");
    }
}
