//! Errors that prevent a source from reading anything.
//!
//! An error here means that the job cannot be done. A single file or object that cannot be read is not
//! an error but an entry of the coverage.

use crate::shown_path::shown_path;
use std::io;
use std::path::PathBuf;

/// Why a source cannot do its job.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What git's reader says.
    #[error(transparent)]
    Git(#[from] crate::git::Error),
    /// A path given by name does not exist.
    #[error("`{}` does not exist. Check the path, or leave it out.", shown_path(path))]
    Missing {
        /// The path, as given.
        path: PathBuf,
    },
    /// A file that the job depends on cannot be read.
    #[error("`{}` cannot be read ({source}). Make it readable and run again.", shown_path(path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no standard input.
    #[error(
        "Standard input is closed, so there is nothing to read. Pipe something in; for an input that is empty by intent \
         write `</dev/null`."
    )]
    StdinClosed,
    /// Standard input cannot be read at all.
    #[error("Standard input cannot be read ({0}). Check what is piped in and run again.")]
    Stdin(io::Error),
    /// A bare repository, in which nothing is staged.
    #[error(
        "`{}` is in a bare repository, which has no index. `history` reads what it holds.",
        shown_path(repository)
    )]
    NoIndex {
        /// The folder, as given.
        repository: PathBuf,
    },
    /// A range without a base.
    #[error("`{range}` names no base. Write BASE or BASE..HEAD, for example `origin/main..HEAD`.")]
    Range {
        /// The range, as given.
        range: String,
    },
    /// Two commits share no history.
    #[error(
        "`{base}` and `{head}` have no common ancestor, so what the one brings beyond the other is undefined. Name \
         a base that the head grew from."
    )]
    NoCommonAncestor {
        /// The base revision, as given.
        base: String,
        /// The head revision, as given.
        head: String,
    },
    /// The history between two commits has not been fetched.
    #[error(
        "This clone is shallow and stops before the common ancestor of `{base}` and `{head}`. Fetch the whole \
         history (`git fetch --unshallow`, or `fetch-depth: 0` in the checkout step of CI)."
    )]
    Shallow {
        /// The base revision, as given.
        base: String,
        /// The head revision, as given.
        head: String,
    },
    /// A file or folder is no image.
    #[error(
        "`{}` is no saved image: neither what `docker save` writes nor an OCI layout (there is no manifest.json and no \
         index.json). `scan` reads files and archives of any kind.",
        shown_path(path)
    )]
    NoImage {
        /// The path, as given.
        path: PathBuf,
    },
    /// The exclude patterns of the configuration cannot be used; why.
    #[error("The exclude patterns of the configuration cannot be used: {0}.")]
    Globs(String),
    /// Threads cannot be started.
    #[error("The worker threads cannot be started ({0}). Try fewer with `--threads 1`.")]
    Threads(rayon::ThreadPoolBuildError),
}
