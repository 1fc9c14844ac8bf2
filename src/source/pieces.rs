//! Reading something of any length in constant memory.
//!
//! Input that fits into the buffer is given out whole. Longer input is given out in pieces that overlap
//! by a margin on each side, so that the scan of the pieces equals a scan of the whole. Files are read,
//! not mapped: a file that is cut short while mapped would kill the process.

use super::{Sink, reason};
use crate::container::{Format, magic};
use crate::model::{Blob, Piece, Place};
use std::io::{self, Read};
use std::sync::Arc;

/// Bytes of a blob that every piece carries along.
const HEAD: usize = 8 << 10;

/// Bytes of a long blob that show what it is: an image of a disk says so after 32 KiB, or 64.
const SHOWN: usize = 128 << 10;

/// Up to this many bytes are given out whole.
const WHOLE: usize = 8 << 20;

/// A buffer to read into, for pieces that need `margin` bytes on each side. Its pages are not touched
/// until something is read into them.
pub(super) fn buffer(margin: usize) -> Vec<u8> {
    vec![0; WHOLE.max(margin.saturating_mul(4))]
}

/// How far reading came.
#[derive(Debug)]
pub(super) struct Filled {
    /// How many bytes are in the buffer. Less than its length means that there is no more.
    bytes: usize,
    /// Why there is no more, if that is not the end of the input.
    broken: Option<io::Error>,
}

impl Filled {
    /// The whole input, if it was read to its end and fits into `buffer`.
    pub(super) fn whole<'b>(&self, buffer: &'b [u8]) -> Option<&'b [u8]> {
        (self.bytes < buffer.len() && self.broken.is_none()).then(|| &buffer[..self.bytes])
    }

    /// What was read so far.
    pub(super) fn start<'b>(&self, buffer: &'b [u8]) -> &'b [u8] {
        &buffer[..self.bytes]
    }

    /// The same, or the error if not one byte could be read.
    pub(super) fn begun(self) -> io::Result<Self> {
        match self.broken {
            Some(error) if self.bytes == 0 => Err(error),
            _ => Ok(self),
        }
    }
}

/// Reads into `buffer` after its first `filled` bytes until it is full, the input ends or breaks off.
pub(super) fn fill(reader: &mut dyn Read, buffer: &mut [u8], mut filled: usize) -> Filled {
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Filled { bytes: filled, broken: Some(error) },
        }
    }
    Filled { bytes: filled, broken: None }
}

/// What was given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Given {
    /// Its length in bytes.
    pub(super) bytes: u64,
    /// The format, if it is a compressed container.
    pub(super) compressed: Option<&'static str>,
    /// The format, if it is a container that can be opened, compressed or not.
    pub(super) format: Option<Format>,
}

impl Given {
    /// Of something that was given out whole.
    pub(super) fn whole(bytes: &[u8]) -> Self {
        let (compressed, format) = (magic::of(bytes), Format::plain(bytes));
        Self { bytes: bytes.len() as u64, compressed, format }.with_named()
    }

    /// The same with the format that `compressed` names, if there is none yet.
    fn with_named(self) -> Self {
        Self { format: self.format.or_else(|| self.compressed.and_then(Format::named)), ..self }
    }
}

/// Gives out the content of `buffer` (see [`fill`]) and the rest of `reader`. If reading fails, what came before is
/// given out and the error is returned. What the sink does not take is an error too; [`reason::of`] gives the reason
/// for it.
pub(super) fn give(
    reader: &mut dyn Read,
    buffer: &mut [u8],
    filled: Filled,
    margin: usize,
    place: &Place,
    sink: &Sink<'_>,
) -> io::Result<Given> {
    give_member(reader, buffer, filled, margin, (place, None), sink)
}

/// The same for something that is at `inner` inside the container at `place`.
pub(super) fn give_member(
    reader: &mut dyn Read,
    buffer: &mut [u8],
    filled: Filled,
    margin: usize,
    (place, inner): (&Place, Option<&Arc<str>>),
    sink: &Sink<'_>,
) -> io::Result<Given> {
    if let Some(whole) = filled.whole(buffer) {
        sink(Blob { place, inner, piece: Piece::whole(whole), line: 1, column: 0 })
            .map_err(reason::refused)?;
        return Ok(Given::whole(whole));
    }
    let Filled { bytes: mut filled, mut broken } = filled;
    let start = magic::by_start(&buffer[..filled]);
    let plain = Format::plain(&buffer[..filled.min(SHOWN)]);
    let head = buffer[..filled.min(HEAD)].to_vec();
    let mut offset = 0;
    let mut fresh = 0;
    let (mut line, mut column) = (1, 0);
    loop {
        let ended = filled < buffer.len();
        let until = if ended { filled } else { filled - margin };
        if fresh < until {
            let piece = Piece { bytes: &buffer[..filled], offset, fresh: fresh..until, head: &head };
            sink(Blob { place, inner, piece, line, column }).map_err(reason::refused)?;
        }
        if let Some(error) = broken {
            return Err(error);
        }
        if ended {
            let compressed = start.or_else(|| magic::by_end(&buffer[..filled]));
            return Ok(Given { bytes: offset + filled as u64, compressed, format: plain }.with_named());
        }
        // The margin is kept, and enough for a look at the end if nothing more comes.
        let dropped = until - margin.max(magic::END.min(until / 2));
        (line, column) = after(&buffer[..dropped], line, column);
        buffer.copy_within(dropped..filled, 0);
        offset += dropped as u64;
        fresh = until - dropped;
        Filled { bytes: filled, broken } = fill(reader, buffer, filled - dropped);
    }
}

/// The line and column after `bytes`, which start at `line` and `column`.
fn after(bytes: &[u8], line: u64, column: u64) -> (u64, u64) {
    match memchr::memrchr(b'\n', bytes) {
        Some(last) => {
            let lines = memchr::memchr_iter(b'\n', bytes).count() as u64;
            (line + lines, (bytes.len() - last - 1) as u64)
        }
        None => (line, column + bytes.len() as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Location, Source, Span};
    use std::sync::Mutex;

    /// Gives `text` out through a buffer of `size` bytes and checks each piece against the whole.
    fn check(text: &[u8], size: usize, margin: usize) {
        let next = Mutex::new(0);
        let sink = |blob: Blob<'_>| {
            let piece = &blob.piece;
            let start = usize::try_from(piece.offset).expect("the test's text fits");
            assert_eq!(piece.bytes, &text[start..start + piece.bytes.len()]);
            let fresh = start + piece.fresh.start..start + piece.fresh.end;
            let mut next = next.lock().expect("no thread panicked");
            assert_eq!(fresh.start, *next, "fresh parts follow each other without a gap");
            *next = fresh.end;
            assert!(start <= fresh.start.saturating_sub(margin));
            assert!(start + piece.bytes.len() >= text.len().min(fresh.end + margin));
            assert_eq!(piece.head, &text[..text.len().min(HEAD)]);
            let span = Span::new(piece.fresh.start, piece.fresh.start);
            let here = Location::within(span, piece.bytes, piece.offset, blob.line, blob.column);
            assert_eq!(here, Location::of(Span::new(fresh.start, fresh.start), text));
            Ok(())
        };
        let mut buffer = vec![0; size];
        let mut reader = text;
        let filled = fill(&mut reader, &mut buffer, 0);
        let place = Place::of(Source::Stdin);
        let given =
            give(&mut reader, &mut buffer, filled, margin, &place, &sink).expect("a slice can be read");
        assert_eq!(given, Given { bytes: text.len() as u64, compressed: None, format: None });
        assert_eq!(*next.lock().expect("no thread panicked"), text.len());
    }

    #[test]
    fn pieces_cover_the_whole_once_with_their_margins_lines_and_columns() {
        let text: Vec<u8> = (0..40_000_u32)
            .map(|at| if at.wrapping_mul(2_654_435_761) >> 27 == 0 { b'\n' } else { b'x' })
            .collect();
        for (size, margin) in
            [(16_384, 0), (16_384, 700), (16_384, 4_096), (40_000, 8), (40_001, 8), (10_000, 2_000)]
        {
            check(&text, size, margin);
        }
        check(b"", 64, 8);
        check(&text[..64], 64, 0);
        check(&text[..64], 64, 16);
    }
}
