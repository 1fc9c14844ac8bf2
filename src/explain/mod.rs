//! Why something is reported, and why something is not: each rule whose literal is in a text, how far it got, and what
//! stopped it.
//!
//! # Design
//!
//! The answer is the run's own. The findings are those of a scan of the same file ([`Explainer::finish`] takes them); the
//! rejections, overlaps and judgements come from the functions that decide in a scan. This room adds only the words. It
//! knows the stages and does no I/O.

mod explainer;
mod json;
mod stage;
#[cfg(test)]
mod tests;
mod text;
mod words;

pub use explainer::{Explainer, Inquiry, ScanResult};
pub use json::write as write_json;
pub use stage::CaseStage;
pub use text::write as write_text;

use crate::model::{Confidence, Coverage, Decoding, Fingerprint, RuleInfo, Score, Secret, SettingsReceipt};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What there is to say about a file, a line of it, or a string.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The file, as reports show it; `None` for a string without a name.
    pub path: Option<String>,
    /// The line that was asked about.
    pub line: Option<u64>,
    /// What each rule found or nearly found: by rule, those that are reported first.
    pub cases: Vec<Case>,
    /// How many cases there are beyond the most that are kept.
    pub more: u64,
    /// The rules that stopped as soon as they saw a literal of theirs, and how often.
    pub at_once: BTreeMap<String, AtOnce>,
    /// Of a single rule that was asked about: why it has no case.
    pub absent: Option<String>,
    /// The least confidence that is reported.
    pub min_confidence: Confidence,
    /// What was read, and what could not be.
    pub coverage: Coverage,
    /// What else to know.
    pub notes: Vec<String>,
    /// The settings that were in force.
    pub settings: SettingsReceipt,
}

/// Literals at which a rule stopped at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtOnce {
    /// How many.
    pub count: u64,
    /// Why the first one did.
    pub why: String,
}

/// A value that a rule found or nearly found.
#[derive(Clone, Debug)]
pub struct Case {
    /// The rule.
    pub rule: Arc<RuleInfo>,
    /// The path, with the path inside a container.
    pub path: Option<String>,
    /// Where: of the value if there is one, or else of the literal.
    pub at: TextSpan,
    /// The literal, in its encoded form if it has one.
    pub literal: Option<TextSpan>,
    /// The decodings that led to it, outermost first.
    pub decoded_by: Vec<Decoding>,
    /// The value.
    pub value: Option<Secret>,
    /// The name that it was assigned to.
    pub identifier: Option<String>,
    /// How far it got.
    pub stage: CaseStage,
    /// What stopped it, or what it is, as a clause.
    pub why: String,
    /// What speaks for it and against it, as clauses.
    pub reasons: Vec<String>,
    /// How sure, at this place.
    pub score: Option<Score>,
    /// How sure it would be in an ordinary file, if that is something else.
    pub elsewhere: Option<Score>,
    /// The finding's name.
    pub fingerprint: Option<Fingerprint>,
}

/// A place in a text: lines and columns from 1, columns in bytes; the last ones are behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextSpan {
    /// The line of the first byte.
    pub line: u64,
    /// Its column.
    pub column: u64,
    /// The line of the last byte.
    pub end_line: u64,
    /// The column after it.
    pub end_column: u64,
    /// The offset of the first byte.
    pub start: u64,
    /// The offset after the last byte.
    pub end: u64,
}

impl TextSpan {
    /// True if it is on `line`, or goes over it; every line if none is asked for.
    fn touches(&self, line: Option<u64>) -> bool {
        line.is_none_or(|line| (self.line..=self.end_line).contains(&line))
    }
}

impl fmt::Display for TextSpan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, end_line, end_column, .. } = *self;
        if line == 0 {
            out.write_str("somewhere in the text")
        } else if end_line > line {
            write!(out, "lines {line} to {end_line}")
        } else if end_column > column + 1 {
            write!(out, "line {line}, columns {column} to {}", end_column - 1)
        } else {
            write!(out, "line {line}, column {column}")
        }
    }
}

impl Explanation {
    /// True if something is reported.
    pub fn is_reported(&self) -> bool {
        self.cases.iter().any(|case| case.stage == CaseStage::Reported)
    }
}
