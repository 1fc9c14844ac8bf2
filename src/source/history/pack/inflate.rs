//! Inflating an entry's data into a buffer of its declared size.

use super::buffer::{Buffer, Pool, SLACK};
use super::error::Fault;
use libdeflater::Decompressor;

/// Deflate makes at most 1,032 bytes of one.
const RATIO: usize = 1032;

/// A thread's inflater.
pub(super) struct Inflater(Decompressor);

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
        pool: &mut Pool,
    ) -> Result<Buffer, Fault> {
        let size = usize::try_from(size).map_err(|_| Fault::TooLarge)?;
        let stream = end.checked_sub(start).ok_or(Fault::Entry)?;
        if size / RATIO > stream {
            return Err(Fault::Entry);
        }
        let mut buffer = pool.take(size)?;
        // The stream ends by itself; what stands behind it in the pack is room for wide reads.
        let input = pack.get(start..pack.len().min(end.saturating_add(SLACK))).ok_or(Fault::Entry)?;
        let made = self.0.zlib_decompress(input, buffer.room());
        if made == Ok(size) {
            return Ok(buffer);
        }
        pool.give(buffer);
        Err(Fault::Entry)
    }
}
