//! Why a history cannot be read at all. What is wrong with one object is no error but `unread`.

use std::path::PathBuf;

/// Why a history cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing stands at the path.
    #[error("{path} does not exist; name a git repository or a directory in one")]
    NoSuchPath {
        /// The path as given.
        path: PathBuf,
    },
    /// No repository there, nor above.
    #[error("{path} is not in a git repository; name one, or scan files with `keydredge scan`")]
    NotARepository {
        /// The path as given.
        path: PathBuf,
    },
    /// A file that says where the repository is, is wrong.
    #[error("{path} does not lead to a git repository; repair it with `git worktree repair`")]
    Broken {
        /// The file at fault.
        path: PathBuf,
    },
    /// A file of the repository could not be read.
    #[error("{path} could not be read: {source}")]
    Io {
        /// The file at fault.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The repository's configuration could not be read.
    #[error("{path} could not be read as a git configuration: {source}")]
    Config {
        /// The file at fault.
        path: PathBuf,
        /// What libgit2 said.
        source: git2::Error,
    },
    /// The repository is in a format that this version does not read.
    #[error("the repository {path} uses `{extension}`, which keydredge does not read yet")]
    Extension {
        /// The repository.
        path: PathBuf,
        /// The extension, as the configuration names it, with its value.
        extension: String,
    },
    /// The refs are in a format that only git reads, and git could not be asked.
    #[error("the repository {path} keeps its refs as `{extension}`, which git must list: {reason}")]
    Refs {
        /// The repository.
        path: PathBuf,
        /// The extension, as the configuration names it, with its value.
        extension: String,
        /// What went wrong in asking git.
        reason: String,
    },
    /// More objects than this version counts.
    #[error("the object store {path} holds more than 4 billion objects, which is more than keydredge counts")]
    TooMany {
        /// The store's directory.
        path: PathBuf,
    },
}
