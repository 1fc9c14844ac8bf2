//! What the stages after detection know of a rule.

use super::{Confidence, FactKind, NamedValue, RuleText, Severity};
use serde::{Deserialize, Serialize};

/// A rule's position in the catalogue of this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIndex(pub u32);

/// A rule as judging and reporting need it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct RuleInfo {
    /// `provider-kind`, kebab-case.
    pub id: RuleText,
    /// One sentence for people.
    pub description: RuleText,
    /// Whose credential it is, as people write the name; `None` for generic ones.
    pub provider: Option<RuleText>,
    /// What the credential grants.
    pub severity: Severity,
    /// Confidence of a match before its check.
    pub confidence: Confidence,
    /// True if the rule finds assignments (identifier and value) rather than a shape.
    pub generic: bool,
    /// True if a match is never a finding alone (a companion id).
    pub part: bool,
    /// True for a rule of another tool's configuration: its matches are findings as that tool reports them. Neither
    /// another rule's match at the same bytes nor the look of the value takes them away.
    pub imported: bool,
    /// A regex on the path (with `/`). A match in a file with another path is no finding.
    pub path: Option<RuleText>,
    /// The bytes that every secret of this rule starts with; they may be printed.
    pub prefix: RuleText,
    /// How to verify by hand.
    pub verify: Option<RuleText>,
    /// What to do to revoke or rotate.
    pub revoke: Option<RuleText>,
    /// Where to read more.
    pub references: Vec<RuleText>,
    /// Free labels.
    pub tags: Vec<RuleText>,
    /// If it names values that other rules find: their names and shapes.
    pub named: Option<Box<NamedValue>>,
    /// True if the rule is not in force itself, and only finds what a rule in force names.
    pub serves: bool,
    /// What belongs to each of its secrets and is near it: the id of a key, the user of a password.
    pub companions: Vec<CompanionRule>,
}

/// What belongs to a secret of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct CompanionRule {
    /// What it is called: recipes of verification send it as `{name}`.
    pub name: RuleText,
    /// What it looks like: bytes, without Unicode classes; its only group, or all of it, is the value.
    pub regex: RuleText,
    /// Under which name reports show it beside the secret; `None` if it is not for everyone to see.
    pub shows: Option<FactKind>,
    /// The rules that find it as a finding of its own, which it no longer is beside its secret.
    pub rules: Vec<RuleText>,
}

impl RuleInfo {
    /// The id of the rule for the values of an index of known ones.
    pub const KNOWN: &str = "known-secret";

    /// A rule that finds a shape, of which nothing more is known.
    pub fn plain(id: impl Into<RuleText>, severity: Severity, confidence: Confidence) -> Self {
        Self {
            id: id.into(),
            description: RuleText::default(),
            provider: None,
            severity,
            confidence,
            generic: false,
            part: false,
            imported: false,
            path: None,
            prefix: RuleText::default(),
            verify: None,
            revoke: None,
            references: Vec::new(),
            tags: Vec::new(),
            named: None,
            serves: false,
            companions: Vec::new(),
        }
    }

    /// True for that rule: what it finds is certain to be a secret.
    pub fn is_known(&self) -> bool {
        self.imported && self.id == Self::KNOWN
    }
}
