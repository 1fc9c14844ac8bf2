//! Allowlists, as gitleaks has them and `[[allow]]` has them: what is allowed by commit, path, regex, stop word or hash, for
//! all rules or for some.
//!
//! # Design
//!
//! A list covers an occurrence, not a secret: the same secret at another path is a finding. What is covered is in the
//! report, as suppressed, and does not fail the run.

use super::peers::{self, Accepted};
use crate::gitignore;
pub use crate::model::AllowTarget as Target;
use crate::model::{
    Allowance, Candidate, Floor, Kind, Location, ObjectId, Place, RuleInfo, Score, SecretHash, Suppression,
};
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
    /// What other scanners' baselines and ignore files accept.
    pub accepted: Accepted,
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
    /// Patterns of paths as in `.gitignore`.
    pub globs: Option<gitignore::Patterns>,
    /// Hashes of the secret.
    pub hashes: BTreeSet<SecretHash>,
    /// Files that have the content for which they are allowed.
    pub files: Vec<HeldFile>,
    /// How weak and how mild it must be, besides.
    pub floor: Floor,
    /// The folder that it is about, with a slash at its end; empty if it is about all.
    pub within: String,
    /// True if `globs` are relative to that folder.
    pub globs_are_below: bool,
}

/// A file that has the content for which it is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldFile {
    /// Its path.
    pub path: String,
    /// The names that git gives to that content.
    pub blobs: Vec<ObjectId>,
    /// True if the file on disk has it.
    pub is_on_disk: bool,
}

impl HeldFile {
    fn is_at(&self, place: &Place) -> bool {
        let path = place.path.as_deref().map(|path| path.strip_prefix("./").unwrap_or(path));
        let is_content = match place.blob() {
            Some(blob) => self.blobs.contains(&blob),
            None => self.is_on_disk && place.kind() == Kind::File,
        };
        is_content && !place.kind().is_name() && path == Some(self.path.as_str())
    }
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
        !text.is_empty() && self.compiled().any(|regex| regex.is_match(text))
    }

    /// Whether a match on one of `lines` contains the whole secret.
    fn cover(&self, lines: &[Box<[u8]>], secret: &[u8]) -> bool {
        let contains = |found: regex::bytes::Match<'_>| memmem::find(found.as_bytes(), secret).is_some();
        let on = |regex: &Regex, line: &[u8]| regex.find_iter(line).any(contains);
        !secret.is_empty() && self.compiled().any(|regex| lines.iter().any(|line| on(regex, line)))
    }

    fn compiled(&self) -> impl Iterator<Item = &Regex> {
        self.0.iter().filter_map(|pattern| {
            let build = || RegexBuilder::new(&pattern.source).size_limit(1 << 28).build().ok();
            pattern.compiled.get_or_init(build).as_ref()
        })
    }
}

impl Allowlist {
    /// True if it allows nothing.
    pub fn is_empty(&self) -> bool {
        self.has_no_check() && self.floor.is_none()
    }

    /// True if it says nothing but a floor, at most.
    pub fn has_no_check(&self) -> bool {
        self.commits.is_empty()
            && self.paths.is_empty()
            && self.regexes.is_empty()
            && self.stopwords.is_empty()
            && self.globs.is_none()
            && self.hashes.is_empty()
            && self.files.is_empty()
    }

    /// What an `[[allow]]` of `file` says. `files` are those of its files that have their content.
    ///
    /// # Errors
    /// Why one of its patterns of paths cannot be used.
    pub fn of(file: &str, allowance: &Allowance, files: Vec<HeldFile>) -> Result<Self, String> {
        let globs = match allowance.paths.is_empty() {
            true => None,
            false => Some(gitignore::Patterns::of_list(&allowance.paths).map_err(|why| why.to_string())?),
        };
        Ok(Self {
            file: file.to_owned(),
            description: allowance.reason.clone(),
            needs_all: allowance.needs_all,
            commits: allowance.commits.iter().cloned().collect(),
            paths: Patterns::new(allowance.path_regexes.iter().cloned()),
            target: allowance.target,
            regexes: Patterns::new(allowance.regexes.iter().cloned()),
            stopwords: allowance.words.iter().map(|word| word.to_ascii_lowercase()).collect(),
            globs,
            hashes: allowance.hashes.iter().cloned().collect(),
            files,
            floor: allowance.floor,
            ..Self::default()
        })
    }

    /// The same for what is in `folder` alone.
    #[must_use]
    pub fn in_folder(self, folder: &str) -> Self {
        Self { within: format!("{folder}/"), ..self }
    }

    /// The same for what is at these `patterns`, which are sound and relative to its folder.
    #[must_use]
    pub fn at(self, patterns: &[String]) -> Self {
        Self { globs: gitignore::Patterns::of_list(patterns).ok(), globs_are_below: true, ..self }
    }

    /// Whether a pattern of paths covers the path, or a folder above it.
    fn globs_cover(&self, place: &Place) -> bool {
        let (Some(globs), Some(path)) = (&self.globs, place.path.as_deref()) else { return false };
        let path = path.strip_prefix("./").unwrap_or(path);
        let below = path.strip_prefix(&self.within).filter(|_| self.globs_are_below);
        let path = below.unwrap_or(path).as_bytes();
        let above = memchr::memchr_iter(b'/', path).map(|end| globs.covers(&path[..end], true));
        above.chain([globs.covers(path, false)]).any(|covers| covers == Some(true))
    }

    /// Whether it allows a candidate at a place.
    fn allows(&self, candidate: &Candidate, place: &Place, location: &Location) -> bool {
        let is_within =
            |path: &str| path.strip_prefix("./").unwrap_or(path).starts_with(self.within.as_str());
        if !self.within.is_empty() && !place.path.as_deref().is_some_and(is_within) {
            return false;
        }
        let commit = || place.commit().is_some_and(|commit| self.commits.contains(&commit.id.to_string()));
        let path = || place.path.as_ref().is_some_and(|path| self.paths.allow(path.as_bytes()));
        let regex = || match self.target {
            Target::Secret => self.regexes.allow(candidate.secret.expose()),
            Target::Match => self.regexes.allow(&candidate.matched(location)),
            Target::Line => self.regexes.allow(&candidate.context.lines.join(&b'\n')),
            Target::Covering => self.regexes.cover(&candidate.context.lines, candidate.secret.expose()),
            Target::GrepLine => place.path.as_deref().is_some_and(|path| {
                let path = path.strip_prefix("./").unwrap_or(path);
                let numbered = (location.line..).zip(candidate.context.lines.iter().map(|line| &**line));
                // Each line of the match has to be allowed: grep prints them one by one.
                let is_allowed = |(number, line): (u64, &[u8])| {
                    self.regexes.allow(&[format!("{path}:{number}:").as_bytes(), line].concat())
                };
                !candidate.context.lines.is_empty() && numbered.into_iter().all(is_allowed)
            }),
        };
        let word = || {
            let secret = candidate.secret.expose().to_ascii_lowercase();
            self.stopwords.iter().any(|word| memmem::find(&secret, word.as_bytes()).is_some())
        };
        let glob = || self.globs_cover(place);
        let hash = || peers::is_hashed(candidate, &self.hashes);
        let file = || self.files.iter().any(|file| file.is_at(place));
        let checks: [(bool, &dyn Fn() -> bool); 7] = [
            (!self.commits.is_empty(), &commit),
            (!self.paths.is_empty(), &path),
            (!self.regexes.is_empty(), &regex),
            (!self.stopwords.is_empty(), &word),
            (self.globs.is_some(), &glob),
            (!self.files.is_empty(), &file),
            (!self.hashes.is_empty(), &hash),
        ];
        let mut present = checks.iter().filter(|(is_present, _)| *is_present).peekable();
        if present.peek().is_none() {
            // Only a floor, which the caller has looked at, or a folder.
            !self.floor.is_none() || !self.within.is_empty()
        } else if self.needs_all {
            present.all(|(_, holds)| holds())
        } else {
            present.any(|(_, holds)| holds())
        }
    }
}

impl Allowlists {
    /// True if nothing is allowed.
    pub fn is_empty(&self) -> bool {
        self.global.is_empty() && self.of_rules.is_empty() && self.own.is_empty() && self.accepted.is_empty()
    }

    /// What covers a candidate of `rule` at a place.
    pub(super) fn cover(
        &self,
        candidate: &Candidate,
        rule: &RuleInfo,
        place: &Place,
        location: &Location,
        score: Score,
    ) -> Option<Suppression> {
        if self.is_empty() {
            return None;
        }
        // gitleaks does not look into its own files. Our rules do: a change may not hide a token there.
        let path = place.path.as_deref().map(|path| path.strip_prefix("./").unwrap_or(path));
        let is_gitleaks = rule.imported && !rule.is_known();
        if is_gitleaks && path.is_some_and(|path| self.own.iter().any(|own| own == path)) {
            return Some(entry("it is in gitleaks's own configuration or baseline".to_owned()));
        }
        let of_rule = self.of_rules.get(rule.id.as_str()).into_iter().flatten();
        let mut lists = self
            .global
            .iter()
            .chain(of_rule)
            .filter(|list| list.floor.is_none() || list.floor.is_above(score, rule.severity));
        let accepted = || {
            let at = self.accepted.find(candidate, place, location)?;
            Some(entry(self.accepted.reason(at)))
        };
        let allowed = lists.find(|list| list.allows(candidate, place, location)).map(|list| {
            let mut reason = format!("an allowlist of {}", list.file);
            if !list.description.is_empty() {
                reason.push_str(": ");
                reason.push_str(&list.description);
            }
            entry(reason)
        });
        allowed.or_else(accepted)
    }
}

fn entry(reason: String) -> Suppression {
    Suppression::IgnoreEntry { reason: Some(reason), owner: None }
}
