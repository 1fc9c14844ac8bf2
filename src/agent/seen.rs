//! What is seen in an event: texts, files, and what is wrong with it.

use std::path::PathBuf;

/// A text that is about to be sent or written, or was returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventText {
    /// The file that it is written to or was read from, as the assistant names it.
    pub path: Option<String>,
    /// The text.
    pub text: String,
    /// What it replaces, if it is an edit.
    pub old: Option<String>,
}

impl EventText {
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self { path: None, text: text.into(), old: None }
    }
}

/// A file that is about to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRead {
    /// Its path, absolute or relative to the working directory.
    pub path: PathBuf,
    /// The first and the last line that are wanted, from 1; `None` is all of it.
    pub lines: Option<(u64, u64)>,
    /// True if a word of a command or a prompt only looks like its name: what cannot be read then was no file's name.
    pub is_guess: bool,
}

/// What is in a tool's input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) texts: Vec<EventText>,
    pub(super) reads: Vec<FileRead>,
    pub(super) problems: Vec<String>,
}
