//! Which objects hold which secrets, as sets with numbers: two versions of a file that hold the same secrets have the
//! same number, so that most comparisons end there.

use super::table::{Index, Table};
use crate::model::ObjectId;
use std::collections::HashMap;

/// A secret's number, as the caller counts them.
pub(super) type SecretNumber = u32;

/// A set's number; 0 is the empty set.
pub(super) type Set = u32;

/// Which objects hold which secrets.
#[derive(Debug)]
pub(super) struct Holds {
    /// The set of each object, by index; empty where nothing holds anything.
    set_of: Vec<Set>,
    sets: Vec<Box<[SecretNumber]>>,
}

impl Holds {
    /// From the secrets of each object, in any order; objects that the table lacks are left out.
    pub(super) fn new(table: &Table, holds: &HashMap<ObjectId, Vec<u32>>) -> Self {
        let mut set_of = if holds.is_empty() { Vec::new() } else { vec![0; table.len()] };
        let mut numbers: HashMap<Vec<SecretNumber>, Set> = HashMap::from([(Vec::new(), 0)]);
        let mut ordered: Vec<_> =
            holds.iter().filter_map(|(id, secrets)| Some((table.find(id.as_bytes())?, secrets))).collect();
        ordered.sort_unstable_by_key(|&(index, _)| index);
        for (index, secrets) in ordered {
            let mut secrets = secrets.clone();
            secrets.sort_unstable();
            secrets.dedup();
            let next = numbers.len() as Set;
            set_of[index as usize] = *numbers.entry(secrets).or_insert(next);
        }
        let mut sets = vec![Box::default(); numbers.len()];
        for (secrets, set) in numbers {
            sets[set as usize] = secrets.into_boxed_slice();
        }
        Self { set_of, sets }
    }

    /// True where no object holds anything.
    pub(super) fn is_empty(&self) -> bool {
        self.sets.len() == 1
    }

    /// True where the object holds something.
    pub(super) fn is_held(&self, object: Index) -> bool {
        self.set_of(object) != 0
    }

    /// The set that the object holds.
    pub(super) fn set_of(&self, object: Index) -> Set {
        self.set_of.get(object as usize).copied().unwrap_or(0)
    }

    /// The secrets of a set, ascending.
    pub(super) fn secrets(&self, set: Set) -> &[SecretNumber] {
        &self.sets[set as usize]
    }

    /// The objects that hold something, ascending.
    pub(super) fn objects(&self) -> impl Iterator<Item = Index> {
        (0..).zip(&self.set_of).filter(|&(_, &set)| set != 0).map(|(index, _)| index)
    }
}
