//! What settings allow, as it is written: `[[allow]]` of `keydredge.toml`, and what other scanners' files say in its
//! place.

use super::{Confidence, Score, Severity};

/// One `[[allow]]`. All lists empty and no floor allows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Why, for the report.
    pub reason: String,
    /// Ids of the rules that it is about; none is all.
    pub rules: Vec<String>,
    /// True if all kinds of checks that it has must hold; else one suffices.
    pub needs_all: bool,
    /// Patterns of paths as in `.gitignore`.
    pub paths: Vec<String>,
    /// Regexes of paths, unanchored.
    pub path_regexes: Vec<String>,
    /// What `regexes` are about.
    pub target: AllowTarget,
    /// Regexes of the target, unanchored, in the syntax of the `regex` crate.
    pub regexes: Vec<String>,
    /// Words in the secret, in any case.
    pub words: Vec<String>,
    /// Hashes of secrets.
    pub hashes: Vec<SecretHash>,
    /// Ids of commits.
    pub commits: Vec<String>,
    /// Files as long as they have this content.
    pub files: Vec<FileContent>,
    /// How weak and how mild it must be.
    pub floor: Floor,
}

/// What is less sure or less severe, and so is allowed where nothing else speaks against it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Floor {
    /// Only what is less sure.
    pub confidence: Option<Confidence>,
    /// Only what is less severe.
    pub severity: Option<Severity>,
}

impl Floor {
    /// True if it says nothing.
    pub fn is_none(&self) -> bool {
        self.confidence.is_none() && self.severity.is_none()
    }

    /// True for what is below all that it says.
    pub fn is_above(&self, score: Score, severity: Severity) -> bool {
        self.confidence.is_none_or(|least| score < least.floor())
            && self.severity.is_none_or(|least| severity < least)
    }
}

impl Allowance {
    /// True if it has no check.
    pub fn is_empty(&self) -> bool {
        let Self { paths, path_regexes, regexes, words, hashes, commits, files, floor, .. } = self;
        let lists = [paths, path_regexes, regexes, words, commits];
        lists.iter().all(|list| list.is_empty()) && hashes.is_empty() && files.is_empty() && floor.is_none()
    }
}

/// What the regexes of an allowlist are about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum AllowTarget {
    /// The secret.
    #[default]
    Secret,
    /// The whole match.
    Match,
    /// The lines of the match.
    Line,
    /// Each line of the match as grep prints it: `path:number:line`.
    GrepLine,
    /// The lines of the match: a match of the regex contains the whole secret.
    Covering,
}

impl AllowTarget {
    /// The key in `keydredge.toml`, and the target.
    pub const KEYS: [(&'static str, Self); 5] = [
        ("values", Self::Secret),
        ("matches", Self::Match),
        ("lines", Self::Line),
        ("grep-lines", Self::GrepLine),
        ("covering", Self::Covering),
    ];
}

/// How a secret was hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashKind {
    /// SHA-1 of the bytes, as detect-secrets writes it.
    Sha1,
    /// SHA-256 of the bytes, as betterleaks writes it.
    Sha256,
    /// SHA-256 of the bytes, a comma and the kind of secret, as ggshield writes it.
    Ggshield,
    /// Our fingerprint under the fixed salt.
    Fingerprint,
}

impl HashKind {
    /// The name before the colon, and the kind.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("sha1", Self::Sha1),
        ("sha256", Self::Sha256),
        ("ggshield-sha256", Self::Ggshield),
        ("fingerprint", Self::Fingerprint),
    ];

    /// How many hexadecimal digits it has.
    pub const fn digits(self) -> usize {
        match self {
            Self::Sha1 => 40,
            Self::Sha256 | Self::Ggshield => 64,
            Self::Fingerprint => 16,
        }
    }
}

/// The hash of a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretHash {
    /// How it was made.
    pub kind: HashKind,
    /// Lower-case hexadecimal digits.
    pub hex: String,
}

impl SecretHash {
    /// One of this kind; `None` if the digits are not of it.
    pub fn new(kind: HashKind, hex: &str) -> Option<Self> {
        let is_hash = hex.len() == kind.digits() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash.then(|| Self { kind, hex: hex.to_ascii_lowercase() })
    }

    /// Reads `kind:digits`.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, hex) = text.split_once(':')?;
        let (_, kind) = HashKind::NAMES.iter().find(|(known, _)| *known == name)?;
        Self::new(*kind, hex)
    }
}

impl std::fmt::Display for SecretHash {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = HashKind::NAMES.iter().find(|(_, kind)| *kind == self.kind).map_or("", |(name, _)| name);
        write!(out, "{name}:{}", self.hex)
    }
}

/// A file with a certain content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileContent {
    /// From the folder of the file of settings on, with `/`.
    pub path: String,
    /// SHA-256 of the content, or talisman's checksum of path and content; lower-case hexadecimal digits.
    pub digest: String,
    /// True for talisman's checksum.
    pub is_talismans: bool,
}
