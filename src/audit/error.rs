//! What keeps an audit from starting.

use crate::shown_path::shown_path;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why an audit cannot start.
#[derive(Debug, Error)]
pub enum Error {
    /// A line of the list names no repository.
    #[error("{file}:{line}: {what}")]
    List {
        /// The file.
        file: String,
        /// The line, 1-based.
        line: usize,
        /// What is wrong there.
        what: String,
    },
    /// The list is empty.
    #[error("{file} names no repository")]
    Empty {
        /// The file.
        file: String,
    },
    /// Which share of the list to take is not clear.
    #[error("{what}")]
    Shard {
        /// What is missing or wrong.
        what: String,
    },
    /// A folder cannot be made or read.
    #[error("{path} cannot be used", path = shown_path(.path))]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A program cannot be started.
    #[error("{what} cannot be started")]
    Program {
        /// Which one.
        what: &'static str,
        /// Why not.
        source: io::Error,
    },
}
