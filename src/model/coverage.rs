//! The coverage receipt: what was in scope, scanned, excluded, and not read.

use super::{KnownReason, Reason};
use std::collections::BTreeMap;

/// How many examples of a reason are kept.
const EXAMPLES: usize = 5;

/// Count and first examples (in sorted order) for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// The first few names in sorted order.
    pub examples: Vec<String>,
}

impl Tally {
    fn add(&mut self, count: u64, examples: impl IntoIterator<Item = String>) {
        self.count += count;
        for example in examples {
            if let Err(at) = self.examples.binary_search(&example) {
                self.examples.insert(at, example);
            }
        }
        self.examples.truncate(EXAMPLES);
    }
}

/// Objects of a repository that were read, by type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Objects {
    /// Blobs.
    pub blob: u64,
    /// Trees.
    pub tree: u64,
    /// Commits.
    pub commit: u64,
    /// Annotated tags.
    pub tag: u64,
}

impl Objects {
    /// All of them.
    pub fn total(self) -> u64 {
        self.blob + self.tree + self.commit + self.tag
    }
}

/// What a run looked at. Units are files (or index entries), or objects in `history`.
/// `in_scope` is `scanned` + excluded + unread, by construction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Units read and scanned (including `cached` ones).
    pub scanned: u64,
    /// Units that policy left out, by reason.
    pub excluded: BTreeMap<Reason, Tally>,
    /// Units in scope that could not be read, by reason.
    pub unread: BTreeMap<Reason, Tally>,
    /// History: objects read, by type.
    pub objects: Objects,
    /// Bytes scanned.
    pub bytes: u64,
    /// Units known clean from an earlier run under the same catalogue.
    pub cached: u64,
    /// True if the run was interrupted: what was counted is not all there is.
    pub interrupted: bool,
    /// Sentences about the whole run (a shallow clone, a cache that was ignored).
    pub notes: Vec<String>,
}

impl Coverage {
    /// Counts one unit as scanned.
    pub fn scan(&mut self, bytes: u64) {
        self.scanned += 1;
        self.bytes += bytes;
    }

    /// Counts one unit as left out by policy.
    pub fn exclude(&mut self, reason: &str, example: String) {
        self.excluded.entry(reason.to_owned().into()).or_default().add(1, [example]);
    }

    /// Counts `count` units as left out by policy, without examples.
    pub fn exclude_some(&mut self, reason: &str, count: u64) {
        if count > 0 {
            self.excluded.entry(reason.to_owned().into()).or_default().add(count, []);
        }
    }

    /// Counts one unit as left out although its own `bytes` bytes were scanned: its contents were not.
    pub fn exclude_scanned(&mut self, reason: &str, bytes: u64, example: String) {
        self.bytes += bytes;
        self.exclude(reason, example);
    }

    /// Counts units that were left out for one of `reasons` as unread instead.
    pub fn miss_excluded(&mut self, reasons: &[KnownReason]) {
        for reason in reasons {
            if let Some((reason, tally)) = self.excluded.remove_entry(reason.phrase()) {
                self.unread.entry(reason).or_default().add(tally.count, tally.examples);
            }
        }
    }

    /// Counts one unit as unread.
    pub fn miss(&mut self, reason: &str, example: String) {
        self.unread.entry(reason.to_owned().into()).or_default().add(1, [example]);
    }

    /// Counts `count` units as unread, without examples.
    pub fn miss_some(&mut self, reason: &str, count: u64) {
        if count > 0 {
            self.unread.entry(reason.to_owned().into()).or_default().add(count, []);
        }
    }

    /// Counts one unit that was counted as scanned as unread instead.
    pub fn withdraw(&mut self, reason: &str, example: String) {
        self.scanned = self.scanned.saturating_sub(1);
        self.miss(reason, example);
    }

    /// Adds what another part of the run looked at.
    pub fn merge(&mut self, other: Self) {
        self.scanned += other.scanned;
        self.bytes += other.bytes;
        self.cached += other.cached;
        self.interrupted |= other.interrupted;
        self.objects.blob += other.objects.blob;
        self.objects.tree += other.objects.tree;
        self.objects.commit += other.objects.commit;
        self.objects.tag += other.objects.tag;
        self.notes.extend(other.notes);
        for (reason, tally) in other.excluded {
            self.excluded.entry(reason).or_default().add(tally.count, tally.examples);
        }
        for (reason, tally) in other.unread {
            self.unread.entry(reason).or_default().add(tally.count, tally.examples);
        }
    }

    /// How many units were left out by policy.
    pub fn excluded_count(&self) -> u64 {
        self.excluded.values().map(|tally| tally.count).sum()
    }

    /// How many units could not be read.
    pub fn unread_count(&self) -> u64 {
        self.unread.values().map(|tally| tally.count).sum()
    }

    /// How many units were in scope.
    pub fn in_scope(&self) -> u64 {
        self.scanned + self.excluded_count() + self.unread_count()
    }

    /// True exactly when nothing is unread and the run was not interrupted.
    pub fn is_complete(&self) -> bool {
        self.unread_count() == 0 && !self.interrupted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scope_is_the_sum_of_its_parts_and_examples_do_not_depend_on_order() {
        let names = ["c", "a", "b", "e", "d", "f"];
        let mut forwards = Coverage::default();
        let mut backwards = Coverage::default();
        for name in names {
            forwards.miss("permission denied", name.to_owned());
        }
        for name in names.iter().rev() {
            let mut one = Coverage::default();
            one.miss("permission denied", (*name).to_owned());
            backwards.merge(one);
        }
        forwards.scan(10);
        backwards.scan(10);
        assert_eq!(forwards, backwards);
        assert_eq!(forwards.in_scope(), 7);
        assert!(!forwards.is_complete());
        assert_eq!(forwards.unread["permission denied"].examples, ["a", "b", "c", "d", "e"]);
    }
}
