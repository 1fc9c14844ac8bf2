//! The progress of a pass over the store.

/// Receives progress. Called from many threads at once.
pub trait Progress: Sync {
    /// A pass over `total` bytes of packs begins. What is outside packs counts as if it were small.
    fn begin(&self, pass: Pass, total: u64);

    /// This many more bytes are done.
    fn advance(&self, bytes: u64);
}

/// The passes over a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Trees are read to find out which objects belong to the range.
    Range,
    /// Texts are scanned.
    Texts,
    /// Trees are read.
    Trees,
}

/// Ignores progress.
pub(crate) struct NoProgress;

impl Progress for NoProgress {
    fn begin(&self, _: Pass, _: u64) {}
    fn advance(&self, _: u64) {}
}
