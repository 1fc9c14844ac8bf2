//! Errors in the files of this stage, and notes about their entries.

use crate::sheet::Fault;

/// A file of suppressions that cannot be used, or a salt that cannot be made. No message shows a value
/// of the file: it may contain a secret by mistake.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The ignore file is wrong at some line.
    #[error(transparent)]
    Ignore(Fault),
    /// The baseline is wrong at some line.
    #[error(transparent)]
    Baseline(Fault),
    /// There are no random bytes for a salt.
    #[error("The system gives no random bytes for the salt of a new file: {0}.")]
    Random(getrandom::Error),
}

/// A note about an entry of a file. It is no error.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, as given.
    pub file: String,
    /// The line, 1-based.
    pub line: u64,
    /// What there is to know, as a sentence.
    pub sentence: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:{}: {}", self.file, self.line, self.sentence)
    }
}
