//! A set of objects: one bit for each in the table, set from many threads at once.

use crate::git::odb::id_table::{NONE, ObjectNumber};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// Some of the objects of a table.
#[derive(Debug)]
pub(crate) struct ObjectSet {
    words: Vec<AtomicU64>,
}

impl ObjectSet {
    /// None of `len` objects.
    pub(crate) fn none(len: usize) -> Self {
        Self { words: (0..len.div_ceil(64)).map(|_| AtomicU64::new(0)).collect() }
    }

    /// All of `len` objects.
    pub(crate) fn all(len: usize) -> Self {
        let marks = Self::none(len);
        for (at, word) in marks.words.iter().enumerate() {
            word.store(u64::MAX >> (64 - (len - at * 64).min(64)), Ordering::Relaxed);
        }
        marks
    }

    /// Adds `index`; true if it was not in the set. [`NONE`] is never new.
    pub(crate) fn add(&self, index: ObjectNumber) -> bool {
        if index == NONE {
            return false;
        }
        let (word, bit) = (&self.words[index as usize / 64], 1 << (index % 64));
        // Most are in it already, and a load does not take the cache line from other threads.
        word.load(Ordering::Relaxed) & bit == 0 && word.fetch_or(bit, Ordering::Relaxed) & bit == 0
    }

    /// Removes `index`.
    pub(crate) fn remove(&self, index: ObjectNumber) {
        if let Some(word) = self.words.get(index as usize / 64) {
            word.fetch_and(!(1 << (index % 64)), Ordering::Relaxed);
        }
    }

    /// True if `index` is in it; never for [`NONE`].
    pub(crate) fn contains(&self, index: ObjectNumber) -> bool {
        let word = self.words.get(index as usize / 64);
        word.is_some_and(|word| word.load(Ordering::Relaxed) >> (index % 64) & 1 != 0)
    }

    /// Adds all that is in `other`, of the same table.
    pub(crate) fn join(&self, other: &Self) {
        for (word, other) in self.words.iter().zip(&other.words) {
            word.fetch_or(other.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// Removes all that is in `other`, of the same table.
    pub(crate) fn leave(&self, other: &Self) {
        for (word, other) in self.words.iter().zip(&other.words) {
            word.fetch_and(!other.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// How many are in it.
    pub(crate) fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.load(Ordering::Relaxed).count_ones())).sum()
    }
}

/// A part of a store, as `git rev-list --objects TIPS --not REV` selects it.
#[derive(Debug)]
pub(crate) struct ObjectRange {
    /// What belongs to it.
    pub(crate) inside: ObjectSet,
    /// The commits of the boundary: parents of commits of the range that do not belong to it.
    pub(crate) boundary: ObjectSet,
    /// The trees and blobs that were there at the boundary.
    pub(crate) before: ObjectSet,
    /// What each tag names, in the range or not.
    pub(crate) tags: HashMap<ObjectNumber, ObjectNumber>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_a_set_of_any_length() {
        for len in [0, 1, 63, 64, 65, 200] {
            let all = ObjectSet::all(len);
            assert_eq!(all.count(), len as u64);
            let odd = ObjectSet::none(len);
            for index in (1..len as ObjectNumber).step_by(2) {
                assert!(odd.add(index) && !odd.add(index));
            }
            assert!(!odd.add(NONE) && !odd.contains(NONE) && !all.contains(NONE));
            all.leave(&odd);
            assert!((0..len as ObjectNumber).all(|index| all.contains(index) != odd.contains(index)));
            all.join(&odd);
            assert_eq!(all.count(), len as u64);
        }
    }
}
