//! Why there is no cache. None of it stops a run.

use crate::shown_path::shown_path;
use std::path::PathBuf;

/// Why there is no cache.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system names no folder of the user's own to keep the key in.
    #[error("no folder is known to keep the cache's key in; set XDG_STATE_HOME or HOME")]
    NoHome,
    /// The key is where the author of the repository could have put it.
    #[error("the cache's key would stand inside the repository, at {path}", path = shown_path(.path))]
    KeyInRepository {
        /// The key's file.
        path: PathBuf,
    },
    /// The key is no key, or others can read or replace it.
    #[error(
        "{path} is not a private file of this user's with a key in it; take it away to have a new one made", path = shown_path(.path))]
    BadKey {
        /// The key's file.
        path: PathBuf,
    },
    /// A file or folder could not be read or written.
    #[error("{path}: {source}", path = shown_path(.path))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no place where a cache can be written.
    #[error("there is no place to keep a cache in that is a folder and can be written")]
    NoPlace,
    /// The system has no random bytes.
    #[error("the system has no random bytes to give: {0}")]
    Random(getrandom::Error),
}
