//! A file as the walk gives it to the reader.

use crate::atomic_file;
use std::path::PathBuf;

/// A file to be read.
pub(super) struct File {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Its name in reports.
    pub(super) shown: String,
    /// True if the caller named it: no limit applies.
    pub(super) named: bool,
    /// True for a symbolic link that is not followed: its content is its target, as in git.
    pub(super) is_link: bool,
}

impl File {
    /// True for a temporary file of this program; not for one that the caller named.
    pub(super) fn is_passing(&self) -> bool {
        !self.named && self.path.file_name().is_some_and(atomic_file::is_passing)
    }
}
