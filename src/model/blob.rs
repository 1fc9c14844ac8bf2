//! Bytes on their way from a source to the engine.

use super::Place;
use std::ops::Range;
use std::sync::Arc;

/// A blob, or a piece of one that is too large to hold in memory or has no end, and its place.
#[derive(Clone, Debug)]
pub struct Blob<'a> {
    /// Its place.
    pub place: &'a Place,
    /// Its path inside the container that is at the place, if it is a member of one.
    pub inner: Option<&'a Arc<str>>,
    /// The bytes.
    pub piece: Piece<'a>,
    /// The line (1-based) on which the piece starts.
    pub line: u64,
    /// How many bytes after that line's start the piece starts.
    pub column: u64,
}

/// Bytes to scan: a whole blob, or a piece of one with enough bytes around the fresh ones that the result there is what
/// a scan of the whole blob would give.
#[derive(Clone, Debug)]
pub struct Piece<'a> {
    /// The bytes of this piece.
    pub bytes: &'a [u8],
    /// Offset of `bytes` in the blob.
    pub offset: u64,
    /// The part of `bytes` whose anchors are to be evaluated now. The rest is margin: another piece evaluates its
    /// anchors.
    pub fresh: Range<usize>,
    /// The blob's first bytes (at most 8 KiB).
    pub head: &'a [u8],
}

impl<'a> Piece<'a> {
    /// A whole blob.
    pub fn whole(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0, fresh: 0..bytes.len(), head: &bytes[..bytes.len().min(8 << 10)] }
    }
}

/// A run of bytes that a blob shares with the blob it is derived from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Offset of the run in the base.
    pub from: usize,
    /// Offset of the run in the derived blob.
    pub to: usize,
    /// Length in bytes.
    pub len: usize,
}
