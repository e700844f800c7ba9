//! Lines of bytes, each at most so long.

use std::io::{self, BufRead};

pub(super) struct Lines<R> {
    source: R,
    longest: usize,
    line: Vec<u8>,
    number: u64,
    bytes: u64,
}

pub(super) enum Line {
    /// Its bytes are in [`Lines::line`].
    Read,
    TooLong,
}

impl<R: BufRead> Lines<R> {
    pub fn new(source: R, longest: usize) -> Self {
        Lines { source, longest, line: Vec::new(), number: 0, bytes: 0 }
    }

    /// The number of the line read last, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The bytes of the line read last, without its line end.
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    /// How many bytes were read.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// The source's. What it gave of a line before is not a line.
    pub fn next_line(&mut self) -> io::Result<Option<Line>> {
        self.line.clear();
        self.number += 1;
        let (mut some, mut too_long) = (false, false);
        loop {
            let buffer = match self.source.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if buffer.is_empty() {
                break;
            }
            some = true;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let part = &buffer[..end.unwrap_or(buffer.len())];
            too_long |= self.line.len() + part.len() > self.longest;
            if !too_long {
                self.line.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.source.consume(used);
            self.bytes += used as u64;
            if end.is_some() {
                break;
            }
        }
        if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        Ok(match (some, too_long) {
            (false, _) => None,
            (true, true) => Some(Line::TooLong),
            (true, false) => Some(Line::Read),
        })
    }
}
