//! The engine: bytes in, candidates out.
//!
//! Knows no path and does no I/O; the scan of a blob cannot fail. What can be wrong with a rule was
//! refused when the catalogue was built. The decision to know is *locality*: whether a rule holds at an
//! anchor depends only on the bytes within its reach (and the blob's length and first 8 KiB), so that
//! pieces, threads and deltas cannot change the result.

#[cfg_attr(not(test), allow(dead_code, reason = "the engine calls it"))]
mod checks;

use crate::model::{Copied, Found, Piece};
use crate::rules::Catalogue;

/// A catalogue made ready to scan with: immutable, shared by all threads.
#[derive(Debug)]
pub struct Scanner {}

/// What a thread keeps between blobs, to allocate once.
#[derive(Debug, Default)]
pub struct Scratch {}

/// What is kept of a blob while blobs derived from it are still to come.
#[derive(Debug, Default)]
pub struct Kept {}

impl Scanner {
    /// A scanner for `catalogue`.
    pub fn new(_catalogue: &Catalogue) -> Self {
        Self {}
    }

    /// How many bytes around fresh bytes a [`Piece`] needs on each side.
    pub fn margin(&self) -> usize {
        0
    }

    /// The candidates of a blob or of the fresh part of a piece, ordered by start; starts are offsets
    /// in `piece.bytes`.
    pub fn scan(&self, _piece: &Piece<'_>, _scratch: &mut Scratch) -> Vec<Found> {
        Vec::new()
    }

    /// Scans a whole blob and keeps what its derived blobs need.
    pub fn keep(&self, _blob: &[u8], _scratch: &mut Scratch) -> Kept {
        Kept {}
    }

    /// The same for a blob that shares the runs `copied` (ascending by `to`, not overlapping there)
    /// with a base: equals `keep(blob)`, at the cost of what changed.
    pub fn derive(
        &self,
        _base: &Kept,
        _base_blob: &[u8],
        _blob: &[u8],
        _copied: &[Copied],
        _scratch: &mut Scratch,
    ) -> Kept {
        Kept {}
    }
}

impl Kept {
    /// The candidates, ordered by start.
    pub fn found(&self) -> Vec<Found> {
        Vec::new()
    }
}
