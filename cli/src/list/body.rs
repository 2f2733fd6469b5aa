use std::{
    fs::File,
    io::{self, BufWriter, Read, Write},
    os::unix::fs::FileExt,
    sync::Arc,
};

use bytes::Bytes;
use futures_util::stream;
use reqwest::Body;
use tokio::sync::mpsc;

use crate::client::Meter;

pub(super) const PIECE: usize = 64 * 1024;
/// Pieces that wait to be sent.
const WAITING: usize = 4;

/// A body that a thread of its own writes while it is sent.
pub(super) fn written_by(write: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static) -> Body {
    let (pieces, sent) = mpsc::channel(WAITING);
    tokio::task::spawn_blocking(move || {
        let mut writer = BufWriter::with_capacity(PIECE, Pieces(&pieces));
        let written = write(&mut writer).and_then(|()| writer.flush());
        if let Err(error) = written {
            // Where nobody sends it any more, nobody asks why it ended.
            let _ = pieces.blocking_send(Err(error));
        }
    });
    let pieces = |mut sent: mpsc::Receiver<io::Result<Bytes>>| async { Some((sent.recv().await?, sent)) };
    Body::wrap_stream(stream::unfold(sent, pieces))
}

struct Pieces<'a>(&'a mpsc::Sender<io::Result<Bytes>>);

impl Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Bytes::copy_from_slice(bytes);
        self.0.blocking_send(Ok(piece)).map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file from its start, however many others read it.
pub(super) struct FromStart {
    file: Arc<File>,
    offset: u64,
    meter: Meter,
}

impl FromStart {
    pub(super) const fn new(file: Arc<File>, meter: Meter) -> Self {
        Self { file, offset: 0, meter }
    }
}

impl Read for FromStart {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(into, self.offset)?;
        self.offset += read as u64;
        self.meter.add(read as u64);
        Ok(read)
    }
}
