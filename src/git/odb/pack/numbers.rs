//! The numbers that a pack's objects have in the whole store: computed once, so that no visitor looks an object up.

use super::index::Index;
use crate::git::odb::number::ObjectNumber;
use rayon::prelude::*;

/// For each position of a pack's index the object's number.
#[derive(Debug, Default)]
pub(super) enum Numbers {
    /// Positions are the numbers: there is only this pack.
    #[default]
    Same,
    /// One a position.
    Listed(Vec<ObjectNumber>),
}

impl Numbers {
    /// The numbers that `find` gives for the ids of `index`. An unknown id is possible only if the index was changed
    /// since; it gets the number zero, which is some object's.
    pub(super) fn of(index: &Index, find: &(dyn Fn(&[u8]) -> Option<ObjectNumber> + Sync)) -> Self {
        let positions = (0..index.len()).into_par_iter().with_min_len(4096);
        let number = |position| find(index.name(position)).unwrap_or(ObjectNumber::new(0));
        Self::Listed(positions.map(number).collect())
    }

    /// The number of the object at `position`.
    pub(super) fn at(&self, position: usize) -> ObjectNumber {
        match self {
            // No pack has more than 32 bits can count: its header says how many.
            Self::Same => ObjectNumber::new(position as u32),
            Self::Listed(numbers) => numbers[position],
        }
    }
}
