//! A set of objects: one bit for each in the table, set from many threads at once.

use crate::git::odb::number::ObjectNumber;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// Some of the objects of a table.
#[derive(Debug)]
pub(crate) struct ObjectSet(NumberSet);

impl ObjectSet {
    /// None of `len` objects.
    pub(crate) fn none(len: usize) -> Self {
        Self(NumberSet::none(len))
    }

    /// All of `len` objects.
    pub(crate) fn all(len: usize) -> Self {
        let marks = NumberSet::none(len);
        for (at, word) in marks.words.iter().enumerate() {
            word.store(u64::MAX >> (64 - (len - at * 64).min(64)), Ordering::Relaxed);
        }
        Self(marks)
    }

    /// Adds an object; true if it was not in the set.
    pub(crate) fn add(&self, object: ObjectNumber) -> bool {
        self.0.add(object.index())
    }

    /// Removes an object.
    pub(crate) fn remove(&self, object: ObjectNumber) {
        if let Some(word) = self.0.words.get(object.index() / 64) {
            word.fetch_and(!(1 << (object.index() % 64)), Ordering::Relaxed);
        }
    }

    /// True if the object is in it.
    pub(crate) fn contains(&self, object: ObjectNumber) -> bool {
        let word = self.0.words.get(object.index() / 64);
        word.is_some_and(|word| word.load(Ordering::Relaxed) >> (object.index() % 64) & 1 != 0)
    }

    /// Adds all that is in `other`, of the same table.
    pub(crate) fn join(&self, other: &Self) {
        for (word, other) in self.0.words.iter().zip(&other.0.words) {
            word.fetch_or(other.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// Removes all that is in `other`, of the same table.
    pub(crate) fn leave(&self, other: &Self) {
        for (word, other) in self.0.words.iter().zip(&other.0.words) {
            word.fetch_and(!other.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// How many are in it.
    pub(crate) fn count(&self) -> u64 {
        self.0.words.iter().map(|word| u64::from(word.load(Ordering::Relaxed).count_ones())).sum()
    }
}

/// Some of the numbers below a limit.
#[derive(Debug)]
pub(crate) struct NumberSet {
    words: Vec<AtomicU64>,
}

impl NumberSet {
    /// None of the numbers below `len`.
    pub(crate) fn none(len: usize) -> Self {
        Self { words: (0..len.div_ceil(64)).map(|_| AtomicU64::new(0)).collect() }
    }

    /// Adds `number`; true if it was not in the set.
    pub(crate) fn add(&self, number: usize) -> bool {
        let (word, bit) = (&self.words[number / 64], 1 << (number % 64));
        // Most are in it already, and a load does not take the cache line from other threads.
        word.load(Ordering::Relaxed) & bit == 0 && word.fetch_or(bit, Ordering::Relaxed) & bit == 0
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
    /// What each tag names, in the range or not; `None` if the store lacks it.
    pub(crate) tags: HashMap<ObjectNumber, Option<ObjectNumber>>,
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
            for number in ObjectNumber::first(len).skip(1).step_by(2) {
                assert!(odd.add(number) && !odd.add(number));
            }
            let outside = ObjectNumber::new(1000);
            assert!(!odd.contains(outside) && !all.contains(outside));
            all.leave(&odd);
            assert!(ObjectNumber::first(len).all(|number| all.contains(number) != odd.contains(number)));
            all.join(&odd);
            assert_eq!(all.count(), len as u64);
        }
    }
}
