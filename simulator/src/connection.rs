use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
    time::Instant,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use crate::{lock::lock, stamp};

/// A connection that knows when the request that it carries arrived at this machine, however long the simulator then
/// took to get to it. Requests follow one another: whatever is read after an answer starts the next one.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    arrived: Arrived,
}

/// The moment at which the first bytes of a connection's current request arrived.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arrived(Arc<Mutex<Option<Instant>>>);

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, arrived: Arrived::default() }
    }

    pub(crate) fn arrived(&self) -> Arrived {
        self.arrived.clone()
    }
}

impl Arrived {
    /// Now, where nothing is known: a request that came together with the one before it.
    pub(crate) fn at(&self) -> Instant {
        lock(&self.0).unwrap_or_else(Instant::now)
    }

    fn read(&self, at: Instant) {
        lock(&self.0).get_or_insert(at);
    }

    fn answered(&self) {
        *lock(&self.0) = None;
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let at = ready!(stamp::poll_read(&mut self.stream, context, buffer))?;
        if buffer.filled().len() > before {
            self.arrived.read(at);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.arrived.answered();
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.arrived.answered();
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    async fn pair() -> (TcpStream, Connection) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        stamp::enable(&listener).unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (client, Connection::new(listener.accept().await.unwrap().0))
    }

    #[tokio::test]
    async fn a_request_arrives_with_its_first_bytes_and_the_next_one_after_the_answer() {
        let (mut client, mut connection) = pair().await;
        let arrived = connection.arrived();
        let mut buffer = [0; 8];
        client.write_all(b"head").await.unwrap();
        connection.read_exact(&mut buffer[..4]).await.unwrap();
        let first = arrived.at();
        client.write_all(b"body").await.unwrap();
        connection.read_exact(&mut buffer[4..]).await.unwrap();
        assert_eq!((arrived.at(), &buffer), (first, b"headbody"));

        connection.write_all(b"answer").await.unwrap();
        let answered = Instant::now();
        client.write_all(b"next").await.unwrap();
        connection.read_exact(&mut buffer[..4]).await.unwrap();
        assert!(arrived.at() >= answered - stamp::TOLERANCE);
    }

    /// Whether a request arrived before its reading began.
    #[cfg(target_os = "linux")]
    async fn is_stamped(client: &mut TcpStream, connection: &mut Connection) -> bool {
        client.write_all(b"?").await.unwrap();
        let reading = Instant::now();
        connection.read_exact(&mut [0]).await.unwrap();
        let stamped = connection.arrived().at() < reading;
        connection.write_all(b"!").await.unwrap();
        client.read_exact(&mut [0]).await.unwrap();
        stamped
    }

    /// What the kernel is there for: here the simulator sleeps while the request arrives.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_request_arrives_when_the_kernel_got_it_not_when_it_is_read() {
        const BUSY: Duration = Duration::from_millis(50);
        let (mut client, mut connection) = pair().await;
        while !is_stamped(&mut client, &mut connection).await {}
        let before = Instant::now();
        client.write_all(b"head").await.unwrap();
        let sent = Instant::now();
        thread::sleep(BUSY);
        connection.read_exact(&mut [0; 4]).await.unwrap();
        let at = connection.arrived().at();
        assert!((before - stamp::TOLERANCE..=sent + stamp::TOLERANCE).contains(&at), "{:?}", at - before);
    }
}
