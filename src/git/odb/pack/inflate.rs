//! Inflating an entry's data into a buffer of its declared size.

use super::buffer::{Buffer, Pool, SLACK};
use super::error::Fault;
use libdeflater::Decompressor;

/// Deflate makes at most 1,032 bytes of one.
const RATIO: usize = 1032;

/// The checksum that verifies an entry's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seal {
    /// The index's CRC-32 of the whole entry, already verified. It covers fewer bytes than the one in
    /// the stream (a tenth less time on git.git), and the header too.
    Held,
    /// The Adler-32 at the stream's end.
    Within,
}

/// A thread's inflater.
pub(super) struct Inflater(Decompressor);

impl std::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inflater")
    }
}

impl Inflater {
    /// A new one; keep it, its tables are large.
    pub(super) fn new() -> Self {
        Self(Decompressor::new())
    }

    /// Inflates the zlib stream that starts at `start` of `pack` and ends before `end`, which must give
    /// exactly `size` bytes.
    pub(super) fn inflate(
        &mut self,
        pack: &[u8],
        (start, end): (usize, usize),
        size: u64,
        seal: Seal,
        pool: &mut Pool,
    ) -> Result<Buffer, Fault> {
        let size = usize::try_from(size).map_err(|_| Fault::TooLarge)?;
        let stream = end.checked_sub(start).ok_or(Fault::Entry)?;
        if size / RATIO > stream {
            return Err(Fault::Entry);
        }
        // The stream ends by itself; the bytes after it in the pack are room for wide reads.
        let input = pack.get(start..pack.len().min(end.saturating_add(SLACK))).ok_or(Fault::Entry)?;
        let mut buffer = pool.take(size)?;
        let made = match (seal, input) {
            // zlib's head: method 8 (deflate), no preset dictionary, and a check on both.
            (Seal::Held, [method, flags, body @ ..])
                if method & 15 == 8
                    && flags & 0x20 == 0
                    && u16::from_be_bytes([*method, *flags]).is_multiple_of(31) =>
            {
                self.0.deflate_decompress(body, buffer.room())
            }
            _ => self.0.zlib_decompress(input, buffer.room()),
        };
        if made == Ok(size) {
            return Ok(buffer);
        }
        pool.give(buffer);
        Err(Fault::Entry)
    }
}
