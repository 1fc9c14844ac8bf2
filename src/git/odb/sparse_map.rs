//! A map from object number to `u32` for a few of the objects: commits, one in eight.
//!
//! A bit for each object says whether it has a value, and a count of the bits before each word gives its place in a
//! list. That is two reads instead of one for a plain array, and little more than an eighth of the memory.

use crate::git::odb::id_table::{NONE, ObjectNumber};

/// Numbers of some objects.
#[derive(Debug, Default)]
pub(crate) struct SparseMap {
    words: Vec<BitWord>,
    numbers: Vec<u32>,
}

/// Which of 64 objects have a number.
#[derive(Clone, Copy, Debug, Default)]
struct BitWord {
    bits: u64,
    /// How many objects before them have one.
    before: u32,
}

impl SparseMap {
    /// Of `len` objects, those in `of` have a number, which is [`NONE`] until it is set.
    pub(crate) fn new(len: usize, of: impl Iterator<Item = ObjectNumber>) -> Self {
        let mut words = vec![BitWord::default(); len.div_ceil(64)];
        for index in of {
            words[index as usize / 64].bits |= 1 << (index % 64);
        }
        let mut count = 0;
        for word in &mut words {
            word.before = count;
            count += word.bits.count_ones();
        }
        Self { words, numbers: vec![NONE; count as usize] }
    }

    /// True for an object that has a number, even if it is not set yet.
    pub(crate) fn has(&self, index: ObjectNumber) -> bool {
        self.row(index).is_some()
    }

    /// An object's number; [`NONE`] if it has none, and for [`NONE`].
    pub(crate) fn get(&self, index: ObjectNumber) -> u32 {
        self.row(index).map_or(NONE, |row| self.numbers[row])
    }

    /// Sets the number of one of the objects that have one.
    pub(crate) fn set(&mut self, index: ObjectNumber, number: u32) {
        if let Some(row) = self.row(index) {
            self.numbers[row] = number;
        }
    }

    fn row(&self, index: ObjectNumber) -> Option<usize> {
        let BitWord { bits, before } = self.words.get(index as usize / 64)?;
        let bit = 1_u64 << (index % 64);
        (bits & bit != 0).then(|| (before + (bits & (bit - 1)).count_ones()) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_object_keeps_its_number_and_the_others_have_none() {
        for (len, step) in [(0, 1), (1, 1), (64, 1), (65, 3), (1000, 7), (1000, 100)] {
            let mut sparse = SparseMap::new(len, (0..len as ObjectNumber).step_by(step));
            for index in (0..len as ObjectNumber).step_by(step) {
                assert_eq!(sparse.get(index), NONE);
                sparse.set(index, index * 2);
            }
            for index in 0..len as ObjectNumber + 200 {
                let has = (index as usize) < len && (index as usize).is_multiple_of(step);
                assert_eq!(sparse.get(index), if has { index * 2 } else { NONE });
                sparse.set(index, sparse.get(index));
            }
            assert_eq!(sparse.get(NONE), NONE);
        }
    }
}
