//! What can be wrong with rules. Every message names the file, the line and the rule, and says what is
//! wrong and what to do.

use super::Origin;
use super::pattern::PatternFault;

/// Something wrong with a catalogue or with what was asked of it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is not TOML.
    #[error("{at}: not valid TOML: {message}. Correct the file's syntax.")]
    Syntax {
        /// Where.
        at: Origin,
        /// What the parser says.
        message: String,
    },
    /// A key that no rule has.
    #[error("{at}: {rule}: unknown key `{key}`. {remedy}")]
    UnknownKey {
        /// Where the key is.
        at: Origin,
        /// The rule, as a phrase.
        rule: String,
        /// The key.
        key: String,
        /// What to do: the key that was meant, or the list of them.
        remedy: String,
    },
    /// A key that a rule needs.
    #[error("{at}: {rule}: `{key}` is missing. {remedy}")]
    Missing {
        /// Where the rule begins.
        at: Origin,
        /// The rule, as a phrase.
        rule: String,
        /// The key.
        key: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// A value that its key cannot take.
    #[error("{at}: {rule}: `{key}` {problem}")]
    Value {
        /// Where the key is.
        at: Origin,
        /// The rule, as a phrase.
        rule: String,
        /// The key.
        key: String,
        /// What is wrong with it, and what it takes instead; follows the key's name.
        problem: String,
    },
    /// A regex that does not parse.
    #[error("{at}: {rule}: `{key}` is not a regex that this program knows: {problem}. Correct the regex.")]
    Regex {
        /// Where the key is.
        at: Origin,
        /// The rule, as a phrase.
        rule: String,
        /// The key.
        key: &'static str,
        /// What the parser says, on one line.
        problem: String,
    },
    /// A rule that cannot be run within its window, or could never match.
    #[error("{at}: {rule}: {fault}")]
    Unsound {
        /// Where the rule begins.
        at: Origin,
        /// The rule, as a phrase.
        rule: String,
        /// What is wrong with it.
        fault: PatternFault,
    },
    /// Two rules of one id.
    #[error("{at}: rule `{id}`: {other} has a rule of this id too. Rename or remove one of them.")]
    Duplicate {
        /// Where the second rule begins.
        at: Origin,
        /// The id.
        id: String,
        /// Where the first begins.
        other: Origin,
    },
    /// An id that no rule has.
    #[error("{}there is no rule `{id}`. {remedy}", place(.at))]
    UnknownRule {
        /// Where it is asked for; `None` for the command line.
        at: Option<Origin>,
        /// The id that was asked for.
        id: String,
        /// What to do: the id that was meant, or how to list them.
        remedy: String,
    },
    /// The packed form could not be written or read.
    #[error("the packed catalogue cannot be read or written: {0}. Build the program anew.")]
    Packed(#[from] postcard::Error),
}

fn place(at: &Option<Origin>) -> String {
    at.as_ref().map_or_else(String::new, |at| format!("{at}: "))
}

impl Error {
    /// The same of a rule that is asked for here.
    #[must_use]
    pub fn asked_at(self, file: &str, line: u64) -> Self {
        match self {
            Self::UnknownRule { id, remedy, .. } => {
                let line = u32::try_from(line).unwrap_or(u32::MAX);
                Self::UnknownRule { at: Some(Origin { file: file.to_owned(), line }), id, remedy }
            }
            other => other,
        }
    }

    /// The origin; `None` for an error that is not about a file.
    pub fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Syntax { at, .. }
            | Self::UnknownKey { at, .. }
            | Self::Missing { at, .. }
            | Self::Value { at, .. }
            | Self::Regex { at, .. }
            | Self::Unsound { at, .. }
            | Self::Duplicate { at, .. } => Some(at),
            Self::UnknownRule { at, .. } => at.as_ref(),
            Self::Packed(_) => None,
        }
    }
}
