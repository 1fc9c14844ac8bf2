//! The numbers that a pack's objects have in the whole store: computed once, so that no visitor looks an object up.

use super::index::Index;
use rayon::prelude::*;

/// For each position of a pack's index the object's number.
#[derive(Debug, Default)]
pub(super) enum Numbers {
    /// Positions are the numbers: there is only this pack.
    #[default]
    Same,
    /// One a position.
    Listed(Vec<u32>),
}

impl Numbers {
    /// The numbers that `find` gives for the ids of `index`. An unknown id is possible only if the index was changed
    /// since; it gets the number zero, which is some object's.
    pub(super) fn of(index: &Index, find: &(dyn Fn(&[u8]) -> Option<u32> + Sync)) -> Self {
        let positions = (0..index.len()).into_par_iter().with_min_len(4096);
        Self::Listed(positions.map(|position| find(index.name(position)).unwrap_or(0)).collect())
    }

    /// The number of the object at `position`.
    pub(super) fn at(&self, position: usize) -> u32 {
        match self {
            // No pack has more than 32 bits can count: its header says how many.
            Self::Same => position as u32,
            Self::Listed(numbers) => numbers[position],
        }
    }
}
