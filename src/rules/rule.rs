//! What a rule is: plain data, sound by construction of [`Catalogue::parse`](super::Catalogue::parse).

use super::Stretch;
use crate::model::{Confidence, RuleInfo, RuleText, Severity};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Rule {
    /// What judging and reporting need.
    pub info: Arc<RuleInfo>,
    /// What finds it.
    pub matcher: Matcher,
    /// The literals that anchor it, ASCII matched without case, each at least 2 bytes.
    pub keywords: Vec<Vec<u8>>,
    /// Least Shannon entropy of the secret, bits a byte.
    pub entropy: Option<f32>,
    /// Name of the offline check, one of [`CHECKS`](super::CHECKS) (see `crate::checks`).
    pub check: Option<RuleText>,
    /// True if every real secret passes the check, so that a failing one is refuted.
    pub check_must_hold: bool,
    /// Whether the literals are searched for in their encoded forms too.
    pub decode: bool,
    /// Templates of texts, each with exactly one finding of the rule. Packed apart: see
    /// [`Catalogue::embedded_in_full`](super::Catalogue).
    #[serde(skip)]
    pub examples: Vec<String>,
    /// Templates of texts without a finding of it. Packed apart.
    #[serde(skip)]
    pub negatives: Vec<String>,
    /// Where the rule was written. Packed apart.
    #[serde(skip)]
    pub origin: Origin,
}

impl Rule {
    /// The rule for the values of an index of known ones.
    pub(super) fn of_known(digest: [u8; 32]) -> Self {
        let info = RuleInfo {
            description: "a value of the index of known secrets".into(),
            // It is a finding wherever it is, whatever other rules see there.
            imported: true,
            ..RuleInfo::plain(RuleInfo::KNOWN, Severity::High, Confidence::Certain)
        };
        Self {
            info: Arc::new(info),
            matcher: Matcher::Known { digest },
            keywords: Vec::new(),
            entropy: None,
            check: None,
            check_must_hold: false,
            decode: false,
            examples: Vec::new(),
            negatives: Vec::new(),
            origin: Origin::default(),
        }
    }
}

/// What finds a rule's secrets at an anchor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub enum Matcher {
    /// A regex searched in a window around the anchor.
    Pattern {
        /// The regex: bytes, no Unicode classes, `^` and `$` at line ends, `.` stops at line ends.
        regex: RuleText,
        /// The capture group that is the secret; 0 is the whole match.
        group: usize,
        /// How far before the anchor's first byte and after its last byte a match may extend.
        reach: Reach,
        /// True if every match begins with a keyword: the match of an anchor is the one that begins there.
        begins: bool,
        /// What every match contains, if it is worth a search before the regex is run.
        stretch: Option<Stretch>,
    },
    /// The assignment parser; the anchor is a word of the identifier.
    Assignment,
    /// A parser of another structure; the anchor announces it.
    Structure(Structure),
    /// Files that consist of lines of one kind, recognised by the file's name: no anchor. The first line that is
    /// neither blank nor a comment decides for the whole file.
    Lines {
        /// The regex, which a line matches from its start to its end.
        regex: RuleText,
        /// The capture group that is the secret.
        group: usize,
    },
    /// A regex searched in the whole text: a rule of gitleaks.
    Whole(Box<WholeText>),
    /// None of its own: what other rules find is named by it (`RuleInfo::named`).
    Named,
    /// The existence of a file whose path matches the rule's: a rule of gitleaks without a regex.
    FileName,
    /// The values of an index of known ones.
    Known {
        /// What differs for another index, so that what this rule found with one is not taken for what it finds with
        /// another.
        digest: [u8; 32],
    },
}

/// How a rule of gitleaks looks at a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WholeText {
    /// The regex, in the syntax of the `regex` crate.
    pub regex: String,
    /// Words one of which the text must contain, in any case; none if it need not. Not in [`Rule::keywords`], since they
    /// announce no place.
    pub keywords: Vec<String>,
    /// The capture group that is the secret; 0 is the first that is not empty, or the whole match if there is none.
    pub group: usize,
    /// A secret whose Shannon entropy is not above it is dropped, bits a character; 0 drops none.
    pub entropy: f64,
    /// Other rules that must match in the same text.
    pub required: Vec<Required>,
    /// False if the rule only serves others that require it.
    pub is_reported: bool,
}

impl WholeText {
    /// Shannon entropy as gitleaks computes it: of characters, each weighed by the number of bytes.
    pub fn entropy_of(secret: &[u8]) -> f64 {
        let text = String::from_utf8_lossy(secret);
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        let share = 1.0 / secret.len().max(1) as f64;
        let of = |same: &[char]| same.len() as f64 * share;
        letters.chunk_by(|one, other| one == other).map(of).map(|of| -of * of.log2()).sum::<f64>() + 0.0
    }
}

/// A rule that another one requires in the same text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Required {
    /// Its id.
    pub id: String,
    /// How many lines the starts of the two matches may be apart.
    pub lines: Option<u64>,
    /// How many columns.
    pub columns: Option<u64>,
    /// What that rule looks for, so that a change to it changes this rule, too: what a rule found is kept from run to run.
    pub definition: String,
}

/// A structure in which a secret is recognised by its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Structure {
    /// The arguments of a program; the anchor is its name.
    Command,
    /// The arguments of a call; the anchor is a word of the called name.
    Login,
    /// A line of a server's configuration; the anchor is its directive.
    Directive,
    /// A document that declares that it contains secrets; the anchor is the declaration.
    Manifest,
}

impl Structure {
    /// The name in rule files, and the structure.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("command", Self::Command),
        ("login", Self::Login),
        ("directive", Self::Directive),
        ("manifest", Self::Manifest),
    ];

    /// The name in rule files.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }
}

/// Bytes before and after a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Bytes before the literal's first byte.
    pub before: u32,
    /// Bytes after the literal's last byte.
    pub after: u32,
}

/// Where a rule was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// File, as given.
    pub file: String,
    /// Line of the rule's `[[rules]]`, 1-based.
    pub line: u32,
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.file, self.line)
    }
}
