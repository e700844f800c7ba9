//! Plain, gzip or Zstandard bytes as one stream of plain bytes, told apart by their first bytes.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

const BUFFER: usize = 64 << 10;

/// # Errors
/// The first bytes could not be read.
pub(super) fn open<'a>(mut bytes: impl Read + 'a) -> io::Result<Box<dyn BufRead + 'a>> {
    let mut head = Vec::with_capacity(4);
    bytes.by_ref().take(4).read_to_end(&mut head)?;
    let zstandard = matches!(head.as_slice(), [0x28, 0xB5, 0x2F, 0xFD] | [0x50..=0x5F, 0x2A, 0x4D, 0x18]);
    let gzip = head.starts_with(&[0x1F, 0x8B]);
    let whole = BufReader::with_capacity(BUFFER, Cursor::new(head).chain(bytes));
    Ok(if zstandard {
        Box::new(BufReader::with_capacity(BUFFER, Zstandard::new(whole)))
    } else if gzip {
        Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(whole)))
    } else {
        Box::new(whole)
    })
}

/// Every frame of a Zstandard file one after the other, skippable frames left out: files that were appended to, or written by
/// several threads, have many (RFC 8878, section 3.1).
struct Zstandard<R: BufRead> {
    source: R,
    decoder: FrameDecoder,
    inside: bool,
}

impl<R: BufRead> Zstandard<R> {
    fn new(source: R) -> Self {
        Zstandard { source, decoder: FrameDecoder::new(), inside: false }
    }

    /// Reads the next frame's header; `false` at the end.
    fn next_frame(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    io::copy(&mut self.source.by_ref().take(u64::from(length)), &mut io::sink())?;
                }
                Err(error) => return Err(damaged(&error)),
            }
        }
        Ok(false)
    }
}

impl<R: BufRead> Read for Zstandard<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.inside {
                if !self.next_frame()? {
                    return Ok(0);
                }
                self.inside = true;
            }
            if self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder
                    .decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBytes(into.len().max(BUFFER)))
                    .map_err(|error| damaged(&error))?;
            }
            let count = self.decoder.read(into)?;
            if count > 0 || into.is_empty() {
                return Ok(count);
            }
            self.inside = !self.decoder.is_finished();
        }
    }
}

fn damaged(error: &FrameDecoderError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
}
