//! When bytes arrived at this machine: on Linux, when the kernel got them, and elsewhere, when they are read.

#[cfg(target_os = "linux")]
pub(crate) use kernel::{enable, poll_read};
#[cfg(not(target_os = "linux"))]
pub(crate) use reading::{enable, poll_read};

/// How far a stamp may be off where nothing went wrong: two clocks are read one after the other.
#[cfg(test)]
pub(crate) const TOLERANCE: std::time::Duration = std::time::Duration::from_millis(1);

#[cfg(target_os = "linux")]
mod kernel {
    use std::{
        io::{self, IoSliceMut},
        os::fd::AsRawFd,
        task::{Context, Poll, ready},
        time::{Duration, Instant, SystemTime, UNIX_EPOCH},
    };

    use nix::sys::{
        socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt::ReceiveTimestampns},
        time::TimeSpec,
    };
    use tokio::{
        io::{Interest, ReadBuf},
        net::{TcpListener, TcpStream},
    };

    /// Asks the kernel for stamps; where nobody has asked before, the first come some milliseconds later. The connections
    /// of a listener inherit that, so that each has them from its first byte on.
    pub(crate) fn enable(listener: &TcpListener) -> io::Result<()> {
        Ok(setsockopt(listener, ReceiveTimestampns, &true)?)
    }

    /// Reads as `AsyncRead` does, and answers when the last of it arrived.
    pub(crate) fn poll_read(
        stream: &mut TcpStream,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<Instant>> {
        loop {
            ready!(stream.poll_read_ready(context))?;
            match stream.try_io(Interest::READABLE, || receive(stream, buffer.initialize_unfilled())) {
                // The readiness was stale, and is taken back: the next turn waits for a new one.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
                Ok((read, stamp)) => {
                    buffer.advance(read);
                    return Poll::Ready(Ok(stamp.map_or_else(Instant::now, instant)));
                }
            }
        }
    }

    fn receive(stream: &TcpStream, room: &mut [u8]) -> io::Result<(usize, Option<Duration>)> {
        let mut control = nix::cmsg_space!(TimeSpec);
        let mut room = [IoSliceMut::new(room)];
        let received = recvmsg::<()>(stream.as_raw_fd(), &mut room, Some(&mut control), MsgFlags::empty())?;
        let stamp = received.cmsgs()?.find_map(|message| match message {
            ControlMessageOwned::ScmTimestampns(stamp) => Some(stamp.into()),
            _ => None,
        });
        Ok((received.bytes, stamp))
    }

    /// Stamps are by the wall clock, and only its distance from now is used. So a clock that is set spoils nothing but
    /// what is on its way between the kernel and here at that moment. The wall clock is read first: a thread that is held
    /// up between the two readings takes a request for later than it was, never for earlier.
    fn instant(stamp: Duration) -> Instant {
        let age = SystemTime::now().duration_since(UNIX_EPOCH + stamp).unwrap_or_default();
        let now = Instant::now();
        now.checked_sub(age).unwrap_or(now)
    }
}

#[cfg(not(target_os = "linux"))]
mod reading {
    use std::{
        io,
        pin::Pin,
        task::{Context, Poll, ready},
        time::Instant,
    };

    use tokio::{
        io::{AsyncRead, ReadBuf},
        net::{TcpListener, TcpStream},
    };

    #[expect(clippy::unnecessary_wraps, reason = "as where it can fail")]
    pub(crate) fn enable(_listener: &TcpListener) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn poll_read(
        stream: &mut TcpStream,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<Instant>> {
        ready!(Pin::new(stream).poll_read(context, buffer))?;
        Poll::Ready(Ok(Instant::now()))
    }
}
