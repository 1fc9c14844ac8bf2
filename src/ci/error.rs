//! Why a CI's variables or event cannot be used.

use crate::shown_path::shown_path;
use std::path::PathBuf;
use thiserror::Error;

/// Why a CI's variables or event cannot be used.
#[derive(Debug, Error)]
pub enum Error {
    /// A variable that is needed for the rest is not set.
    #[error("{name} is not set, so it is not known what happened; run this in a job of the CI")]
    NotSet {
        /// The variable.
        name: &'static str,
    },
    /// The file with the event, or with the build's properties, cannot be read.
    #[error("{path} (named by {name}) cannot be read: {source}", path = shown_path(.path))]
    File {
        /// The file.
        path: PathBuf,
        /// The variable that names it.
        name: &'static str,
        /// Why not.
        source: std::io::Error,
    },
    /// The event is no JSON.
    #[error("{path} (named by {name}) is not the JSON of an event, line {line}", path = shown_path(.path))]
    Json {
        /// The file.
        path: PathBuf,
        /// The variable that names it.
        name: &'static str,
        /// Where reading ended.
        line: usize,
    },
    /// An event lacks a field that all of its kind have.
    #[error("{field} is not there, so it is not known what to look at")]
    Missing {
        /// The field.
        field: String,
    },
    /// A field is of another type than it has.
    #[error("{field} is of the wrong type")]
    Type {
        /// The field.
        field: String,
    },
    /// A variable's bytes are no text.
    #[error("{name} is not UTF-8")]
    NotText {
        /// The variable.
        name: &'static str,
    },
    /// A field that should name a commit does not.
    #[error("{field} is not the id of a commit")]
    NoCommit {
        /// The field.
        field: String,
    },
    /// A field that should name a branch does not.
    #[error("{field} is not the name of a branch")]
    NoBranch {
        /// The field.
        field: String,
    },
    /// A field that should be the number of a request is none.
    #[error("{field} is not a number")]
    NoNumber {
        /// The field.
        field: String,
    },
    /// Commits are needed that this clone does not have.
    #[error("{what} {why}; {remedy}, or say `keydredge ci --fetch`")]
    NotHere {
        /// What is not here.
        what: String,
        /// That it is not.
        why: &'static str,
        /// How to fix it with this provider.
        remedy: String,
    },
    /// Git could not fetch.
    #[error("git could not fetch {what}: {said}; {remedy}")]
    Fetch {
        /// What.
        what: String,
        /// What git said last.
        said: String,
        /// How to fix it with this provider.
        remedy: String,
    },
}
