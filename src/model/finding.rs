//! What is reported: findings with their occurrences, and the summary of a run.

use super::{
    Check, Commit, Confidence, Coverage, Decoding, Fact, Fingerprint, Location, Place, RuleInfo, Score,
    Secret,
};
use std::sync::Arc;

/// A distinct secret worth reporting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its name from run to run.
    pub fingerprint: Fingerprint,
    /// The rule that names it best.
    pub rule: Arc<RuleInfo>,
    /// The secret.
    pub secret: Secret,
    /// The name it was assigned to at its first occurrence.
    pub identifier: Option<Box<str>>,
    /// How sure, as a number.
    pub score: Score,
    /// How sure, in a word.
    pub confidence: Confidence,
    /// What the offline check said.
    pub check: Check,
    /// What the offline check learnt.
    pub facts: Vec<Fact>,
    /// Why it is believed, as short sentences fit to print.
    pub reasons: Vec<String>,
    /// Every place where it stands, in order; never empty.
    pub occurrences: Vec<Occurrence>,
    /// What covers the whole finding: an ignore entry or the baseline. `None` while something is uncovered.
    pub suppressed_by: Option<String>,
    /// History: the commit that first brought it.
    pub introduced: Option<Arc<Commit>>,
    /// History: the commit that took it away, while no tip holds it.
    pub removed: Option<Arc<Commit>>,
    /// History: whether some ref's tip holds it.
    pub live: Option<bool>,
    /// History: the refs whose tips hold it.
    pub refs: Vec<String>,
    /// What to do, in sentences.
    pub remediation: Vec<String>,
}

/// One place where a finding stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// File, commit, message.
    pub place: Place,
    /// Line, column, offset.
    pub location: Location,
    /// The decodings that led to it, outermost first.
    pub decoded_by: Vec<Decoding>,
    /// What covers this occurrence: the allow comment.
    pub suppressed_by: Option<String>,
}

/// What a run did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The command: `scan`, `staged`, `diff`, `history`.
    pub command: &'static str,
    /// What was looked at.
    pub coverage: Coverage,
    /// Findings that count against the exit code.
    pub failing: u64,
    /// Wall time in milliseconds.
    pub milliseconds: u64,
    /// Rules in force.
    pub rules: u64,
    /// Candidates whose check proved them not to be secrets.
    pub refuted: u64,
}
