//! What stopped a run: the sentence, what to do about it, and the exit code.
//!
//! Each stage has its own error, beside its code; here they are joined.

use crate::sheet::Fault;
use crate::shown_path::shown_path;
use crate::{
    agent, atomic_file, audit, cache, ci, config, findings, git, hook, known, redact, rules, source,
    update_lock, verify,
};
use std::error::Error as _;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// What stopped a run.
#[derive(Debug, Error)]
pub enum Error {
    /// The input could not be opened.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// A repository could not be opened.
    #[error(transparent)]
    Git(#[from] git::Error),
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// An ignore file or a baseline is wrong, or a fingerprint.
    #[error(transparent)]
    Findings(#[from] findings::Error),
    /// Rules are wrong; lists all faults.
    #[error("{}", lines(.0))]
    Rules(Vec<rules::Error>),
    /// Files of other scanners say what has no meaning here; lists all of it.
    #[error("{}\n`--partial` leaves this out", faults(.0))]
    Import(Vec<Fault>),
    /// What the CI's environment says cannot be used.
    #[error(transparent)]
    Ci(#[from] ci::Error),
    /// The providers of secrets cannot be asked.
    #[error(transparent)]
    Verify(#[from] verify::Error),
    /// The hook could not be installed or removed.
    #[error(transparent)]
    Hook(#[from] hook::Error),
    /// An audit cannot start.
    #[error(transparent)]
    Audit(#[from] audit::Error),
    /// The settings of an assistant could not be read or changed.
    #[error(transparent)]
    Agent(#[from] agent::Error),
    /// A file of rules, a configuration or a baseline that was named could not be read.
    #[error("{path} could not be read", path = shown_path(.path))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// An index of known values, or what it is to be made of, cannot be used.
    #[error("{path}: {source}", path = shown_path(.path))]
    Known {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: known::Error,
    },
    /// There is no key for an index of known values.
    #[error("there is no key for an index of known values: {0}")]
    KnownKey(cache::Error),
    /// A report, a baseline or an ignore file could not be written.
    #[error(transparent)]
    File(#[from] atomic_file::Error),
    /// A stream could not be looked through.
    #[error(transparent)]
    Redact(#[from] redact::TooMuch),
    /// A saved report cannot be read.
    #[error("{path}:{line}: {what}", path = shown_path(.path))]
    Report {
        /// The file.
        path: PathBuf,
        /// The line, 1-based.
        line: usize,
        /// What is wrong there.
        what: String,
    },
    /// The lock for changing a baseline or an ignore file could not be taken.
    #[error(transparent)]
    Lock(#[from] update_lock::Error),
    /// Standard output could not be written.
    #[error("{path} could not be written", path = shown_path(.path))]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file that was named is not text.
    #[error("{path} is not UTF-8 text", path = shown_path(.path))]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// A settings file that exists only in the change under review.
    #[error(
        "{path} is brought by the change that is judged, so it has no say in the judgement; name a file outside the \
         repository, or say `--policy-from HEAD` to judge the change by its own settings", path = shown_path(.path))]
    FromTheChange {
        /// The file.
        path: PathBuf,
    },
    /// Nothing was in scope.
    #[error("there is nothing to scan: {what}; if that is right here, say --allow-empty")]
    Empty {
        /// What was asked for, and what is missing.
        what: String,
    },
    /// No finding has this fingerprint.
    #[error(
        "{fingerprint} names no finding here; the names stand in the reports of scan, staged and history"
    )]
    NoFinding {
        /// The fingerprint.
        fingerprint: String,
    },
    /// A flag's value cannot be used.
    #[error("{what}")]
    Usage {
        /// What the flag takes instead.
        what: String,
    },
    /// The threads could not be started.
    #[error("the threads could not be started; say a smaller number with --threads, or allow more memory")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The thread that reads standard input could not be started.
    #[error("the thread that reads standard input could not be started; allow more threads or memory")]
    Thread(#[source] io::Error),
}

fn faults(faults: &[Fault]) -> String {
    let each: Vec<String> = faults.iter().map(ToString::to_string).collect();
    each.join("\n")
}

fn lines(errors: &[rules::Error]) -> String {
    let each: Vec<String> = errors.iter().map(ToString::to_string).collect();
    each.join("\n")
}

impl Error {
    /// The error and what caused it, in one text.
    pub fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let more = error.to_string();
            if !text.contains(&more) {
                text.push_str(": ");
                text.push_str(&more);
            }
            cause = error.source();
        }
        text
    }
}

impl From<Vec<rules::Error>> for Error {
    fn from(errors: Vec<rules::Error>) -> Self {
        Self::Rules(errors)
    }
}
