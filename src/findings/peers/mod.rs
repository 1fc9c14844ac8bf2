//! What other scanners' baselines and ignore files accept: a secret by its hash, mostly at a path, or a place.
//!
//! # Design
//!
//! An entry covers the occurrences that its own tool would cover, and no more: with a path, those at that path. Another
//! tool may have cut the secret otherwise (with its quotes, or a key's first line alone), so that its hash is compared
//! with those of a few spellings, all of which contain what we found.

mod spelling;

use crate::model::{Candidate, HashKind, Kind, Location, Place, SecretHash};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// An entry of another tool's file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AcceptedEntry {
    /// The file that it is in.
    pub file: Arc<str>,
    /// Its line there, or its number.
    pub number: u64,
    /// The path that it is about; any if there is none.
    pub path: Option<String>,
    /// The line that it is about, 1-based. It decides only if there is no hash.
    pub line: Option<u64>,
    /// The commit that it is about, lower case.
    pub commit: Option<String>,
    /// What the secret may hash to. If there is none, the place decides.
    pub hashes: Vec<SecretHash>,
    /// Why it is accepted, for the report.
    pub reason: String,
    /// True if a person has said that it is no secret, false if it is only known.
    pub is_reviewed: bool,
}

/// Entries, to be looked up.
#[derive(Clone, Debug, Default)]
pub struct Accepted {
    entries: Vec<AcceptedEntry>,
    /// The first entry of each hash at each path; those for any path are under no path.
    by_hash: HashMap<(Option<String>, SecretHash), usize>,
    /// The entries without a hash, by path and line.
    by_place: HashMap<(String, u64), Vec<usize>>,
    /// The paths of entries with a hash.
    paths: HashSet<Option<String>>,
    kinds: BTreeSet<HashKind>,
}

impl Accepted {
    /// Of these entries. One without hash, line and path accepts nothing.
    pub fn new(entries: Vec<AcceptedEntry>) -> Self {
        let mut accepted = Self::default();
        for entry in entries {
            accepted.add(entry);
        }
        accepted
    }

    /// Adds an entry.
    pub fn add(&mut self, entry: AcceptedEntry) {
        let at = self.entries.len();
        match (&entry.path, entry.line) {
            _ if !entry.hashes.is_empty() => {
                self.kinds.extend(entry.hashes.iter().map(|hash| hash.kind));
                self.paths.insert(entry.path.clone());
                for hash in &entry.hashes {
                    self.by_hash.entry((entry.path.clone(), hash.clone())).or_insert(at);
                }
            }
            (Some(path), Some(line)) => self.by_place.entry((path.clone(), line)).or_default().push(at),
            _ => return,
        }
        self.entries.push(entry);
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All of them.
    pub fn entries(&self) -> &[AcceptedEntry] {
        &self.entries
    }

    /// The position of the first entry that accepts a candidate at a place.
    pub fn find(&self, candidate: &Candidate, place: &Place, location: &Location) -> Option<usize> {
        if self.entries.is_empty() {
            return None;
        }
        let is_name = place.kind().is_name();
        let path = place.path.as_deref().filter(|_| !is_name);
        let path = path.map(|path| path.strip_prefix("./").unwrap_or(path).to_owned());
        let is_commit = |entry: &AcceptedEntry| match (&entry.commit, place.commit()) {
            (None, _) => true,
            (Some(wanted), Some(commit)) => commit.id.to_string() == *wanted,
            // What is in the files may have come with that commit.
            (Some(_), None) => place.kind() == Kind::File,
        };
        let of_place = path.clone().and_then(|path| self.by_place.get(&(path, location.line)));
        let of_place = of_place.into_iter().flatten().copied().find(|&at| is_commit(&self.entries[at]));
        let asked = [path.filter(|_| !self.paths.is_empty()), None];
        let asked = asked.into_iter().filter(|path| self.paths.contains(path));
        let mut of_hash = None;
        for path in asked {
            let hashes = spelling::hashes(candidate, &self.kinds);
            let all = hashes.into_iter().filter_map(|hash| self.by_hash.get(&(path.clone(), hash)));
            of_hash = of_hash.into_iter().chain(all.copied()).min();
        }
        of_place.into_iter().chain(of_hash).min()
    }

    /// Why an entry accepts what it does, for the report.
    pub fn reason(&self, at: usize) -> String {
        self.reason_in(at, &self.entries[at].file)
    }

    /// The same with another name for its file.
    pub fn reason_in(&self, at: usize, file: &str) -> String {
        format!("{file} has it: {}", self.entries[at].reason)
    }
}

/// Whether one of `wanted` is a hash of a candidate's secret.
pub(super) fn is_hashed(candidate: &Candidate, wanted: &BTreeSet<SecretHash>) -> bool {
    let kinds: BTreeSet<HashKind> = wanted.iter().map(|hash| hash.kind).collect();
    !wanted.is_empty() && spelling::hashes(candidate, &kinds).iter().any(|hash| wanted.contains(hash))
}

/// The hash of a value that a file of another tool has in the clear. Values that could be guessed are hashed so that
/// guessing is slow.
pub fn hash_of_plain(value: &[u8]) -> SecretHash {
    spelling::fingerprint(value)
}

/// The same for comparing in memory alone, which is fast.
pub fn hash_in_memory(value: &[u8]) -> SecretHash {
    spelling::sha256(value)
}
