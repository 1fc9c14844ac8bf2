//! How much of a file of a repository is read.

/// The largest of git's own large files (index, packed refs) that is read whole, bytes.
pub(crate) const LARGEST: u64 = 1 << 30;
