//! Allowlists, as gitleaks has them: what is allowed by commit, path, regex or stop word, for all rules or for some.
//!
//! # Design
//!
//! A list covers an occurrence, not a secret: the same secret at another path is a finding. What is covered is in the
//! report, as suppressed, and does not fail the run.

use crate::model::{Candidate, Location, Place, RuleInfo, Suppression};
use memchr::memmem;
use regex::bytes::{Regex, RegexBuilder};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

/// The allowlists of a run.
#[derive(Clone, Debug, Default)]
pub struct Allowlists {
    /// For all rules.
    pub global: Vec<Allowlist>,
    /// For rules of these ids.
    pub of_rules: BTreeMap<String, Vec<Allowlist>>,
    /// The paths of gitleaks's configuration and baseline: what its rules match in them is no finding.
    pub own: Vec<String>,
}

/// One list.
#[derive(Clone, Debug, Default)]
pub struct Allowlist {
    /// The file that has it, for the report.
    pub file: String,
    /// What it is for, in the user's words.
    pub description: String,
    /// True if all kinds of checks that it has must hold; else one suffices.
    pub needs_all: bool,
    /// Ids of commits, lower case.
    pub commits: BTreeSet<String>,
    /// Patterns of paths.
    pub paths: Patterns,
    /// What `regexes` are about.
    pub target: Target,
    /// Patterns of the target.
    pub regexes: Patterns,
    /// Words in the secret, lower case.
    pub stopwords: Vec<String>,
}

/// What the regexes of a list are about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// The secret.
    #[default]
    Secret,
    /// The whole match.
    Match,
    /// The lines of the match.
    Line,
}

/// Sound patterns, of which one suffices; compiled when first used.
#[derive(Clone, Debug, Default)]
pub struct Patterns(Arc<[Pattern]>);

#[derive(Debug)]
struct Pattern {
    source: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Patterns {
    /// Patterns in the syntax of the `regex` crate, already found to be sound.
    pub fn new(sources: impl IntoIterator<Item = String>) -> Self {
        Self(sources.into_iter().map(|source| Pattern { source, compiled: OnceLock::new() }).collect())
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn allow(&self, text: &[u8]) -> bool {
        !text.is_empty()
            && self.0.iter().any(|pattern| {
                let build = || RegexBuilder::new(&pattern.source).size_limit(1 << 28).build().ok();
                pattern.compiled.get_or_init(build).as_ref().is_some_and(|regex| regex.is_match(text))
            })
    }
}

impl Allowlist {
    /// True if it has no check.
    pub fn is_empty(&self) -> bool {
        self.commits.is_empty()
            && self.paths.is_empty()
            && self.regexes.is_empty()
            && self.stopwords.is_empty()
    }

    /// Whether it allows a candidate at a place.
    fn allows(&self, candidate: &Candidate, place: &Place, location: &Location) -> bool {
        let commit =
            || place.commit.as_ref().is_some_and(|commit| self.commits.contains(&commit.id.to_string()));
        let path = || place.path.as_ref().is_some_and(|path| self.paths.allow(path.as_bytes()));
        let regex = || match self.target {
            Target::Secret => self.regexes.allow(candidate.secret.expose()),
            Target::Match => self.regexes.allow(&candidate.matched(location)),
            Target::Line => self.regexes.allow(&candidate.context.lines.join(&b'\n')),
        };
        let word = || {
            let secret = candidate.secret.expose().to_ascii_lowercase();
            self.stopwords.iter().any(|word| memmem::find(&secret, word.as_bytes()).is_some())
        };
        let checks: [(bool, &dyn Fn() -> bool); 4] = [
            (!self.commits.is_empty(), &commit),
            (!self.paths.is_empty(), &path),
            (!self.regexes.is_empty(), &regex),
            (!self.stopwords.is_empty(), &word),
        ];
        let mut present = checks.iter().filter(|(is_present, _)| *is_present).peekable();
        if self.needs_all {
            present.peek().is_some() && present.all(|(_, holds)| holds())
        } else {
            present.any(|(_, holds)| holds())
        }
    }
}

impl Allowlists {
    /// True if nothing is allowed.
    pub fn is_empty(&self) -> bool {
        self.global.is_empty() && self.of_rules.is_empty() && self.own.is_empty()
    }

    /// What covers a candidate of `rule` at a place.
    pub(super) fn cover(
        &self,
        candidate: &Candidate,
        rule: &RuleInfo,
        place: &Place,
        location: &Location,
    ) -> Option<Suppression> {
        if self.is_empty() {
            return None;
        }
        // gitleaks does not look into its own files. Our rules do: a change may not hide a token there.
        let path = place.path.as_deref().map(|path| path.strip_prefix("./").unwrap_or(path));
        if rule.imported && path.is_some_and(|path| self.own.iter().any(|own| own == path)) {
            return Some(entry("it is in gitleaks's own configuration or baseline".to_owned()));
        }
        let of_rule = self.of_rules.get(&rule.id).into_iter().flatten();
        let mut lists = self.global.iter().chain(of_rule);
        lists.find(|list| list.allows(candidate, place, location)).map(|list| {
            let mut reason = format!("an allowlist of {}", list.file);
            if !list.description.is_empty() {
                reason.push_str(": ");
                reason.push_str(&list.description);
            }
            entry(reason)
        })
    }
}

fn entry(reason: String) -> Suppression {
    Suppression::IgnoreEntry { reason: Some(reason), owner: None }
}
