use std::io::{self, BufRead, BufReader, Read};

use bytes::{Buf, Bytes};
use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::error::ApiError;

const GZIP: &[u8] = b"\x1f\x8b";
/// A file of text shrinks to a tenth, one of the same row over and over to a hundredth. What grows by more is made to.
const MAX_GROWTH: u64 = 200;
/// Small files may grow as they like.
const FREE_GROWTH: u64 = 64 * 1024 * 1024;

/// A body as it arrives, for a thread that reads it.
pub(super) struct Source {
    pieces: mpsc::Receiver<Result<Bytes, ApiError>>,
    piece: Bytes,
    /// Why it broke off, for whoever gets the error of a read.
    broken: Option<ApiError>,
    fingerprint: Option<Sha256>,
    bytes: u64,
}

impl Source {
    pub(super) fn new(pieces: mpsc::Receiver<Result<Bytes, ApiError>>) -> Self {
        Self { pieces, piece: Bytes::new(), broken: None, fingerprint: None, bytes: 0 }
    }

    /// Takes the fingerprint of all that is read, and of the options that came beside it.
    pub(super) fn take_fingerprint(&mut self, options: &str) {
        self.fingerprint = Some(Sha256::new_with_prefix(options));
    }

    /// The fingerprint, SHA-256 in hexadecimal, of what was read.
    pub(super) fn fingerprint(&mut self) -> Option<String> {
        let digest = self.fingerprint.take()?.finalize();
        Some(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// What a failed read of this source really was.
    pub(super) fn error(&mut self, error: &io::Error) -> ApiError {
        self.broken
            .take()
            .unwrap_or_else(|| ApiError::invalid_list(format!("the list cannot be read: {error}")))
    }
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                None => return Ok(0),
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(error)) => {
                    let why = error.to_string();
                    self.broken = Some(error);
                    return Err(io::Error::other(why));
                }
            }
        }
        let read = self.piece.len().min(into.len());
        self.piece.copy_to_slice(&mut into[..read]);
        if let Some(fingerprint) = &mut self.fingerprint {
            fingerprint.update(&into[..read]);
        }
        self.bytes += read as u64;
        Ok(read)
    }
}

/// The text of a source, unpacked where it is a gzip file, whatever it is called.
pub(super) enum Text<'a> {
    Plain(BufReader<&'a mut Source>),
    Gzip { decoder: Box<MultiGzDecoder<BufReader<&'a mut Source>>>, bytes: u64 },
}

impl<'a> Text<'a> {
    pub(super) fn of(source: &'a mut Source) -> io::Result<Self> {
        let mut source = BufReader::with_capacity(64 * 1024, source);
        if source.fill_buf()?.starts_with(GZIP) {
            Ok(Self::Gzip { decoder: Box::new(MultiGzDecoder::new(source)), bytes: 0 })
        } else {
            Ok(Self::Plain(source))
        }
    }
}

impl Read for Text<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(source) => source.read(into),
            Self::Gzip { decoder, bytes } => {
                let read = decoder.read(into).map_err(|error| match error.kind() {
                    io::ErrorKind::UnexpectedEof => io::Error::other("the gzip file is cut short"),
                    io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                        io::Error::other(format!("the gzip file is damaged: {error}"))
                    }
                    _ => error,
                })?;
                *bytes += read as u64;
                let packed = decoder.get_ref().get_ref().bytes;
                if *bytes > FREE_GROWTH && *bytes > packed.saturating_mul(MAX_GROWTH) {
                    return Err(io::Error::other(format!(
                        "the gzip file grows to more than {MAX_GROWTH} times its size"
                    )));
                }
                Ok(read)
            }
        }
    }
}
