//! Batched look-ups of ids that trees name.
//!
//! An id's place in the table is practically random, so a single look-up waits for memory twice. No answer is
//! needed at once, so ids are queued and looked up together: the waits overlap. An id that the store lacks is noted in
//! [`Missing`], which makes the run incomplete.

use crate::git::odb::missing::Missing;
use crate::git::odb::number::ObjectNumber;

/// How many ids are queued before they are looked up.
const FULL: usize = 1024;
/// How many ids are brought into the cache at a time.
const BLOCK: usize = 64;

/// Ids that are still to be looked up, each with what is to be done with the answer.
#[derive(Debug)]
pub(super) struct LookupQueue<T> {
    /// The ids, one after the other.
    ids: Vec<u8>,
    notes: Vec<T>,
}

impl<T> Default for LookupQueue<T> {
    fn default() -> Self {
        Self { ids: Vec::new(), notes: Vec::new() }
    }
}

impl<T: Copy> LookupQueue<T> {
    /// Queues an id.
    pub(super) fn put(&mut self, id: &[u8], note: T) {
        self.ids.extend_from_slice(id);
        self.notes.push(note);
    }

    /// True if there are enough ids to look up.
    pub(super) fn is_full(&self) -> bool {
        self.notes.len() >= FULL
    }

    /// Looks all of them up; what the store lacks is noted in `gaps`.
    pub(super) fn look_up(&mut self, gaps: &Missing<'_>, mut answer: impl FnMut(T, Option<ObjectNumber>)) {
        let width = gaps.table.width();
        for (ids, notes) in self.ids.chunks(BLOCK * width).zip(self.notes.chunks(BLOCK)) {
            gaps.table.touch(ids);
            for (id, &note) in ids.chunks_exact(width).zip(notes) {
                answer(note, gaps.find(id));
            }
        }
        self.ids.clear();
        self.notes.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::odb::id_table::IdTable;
    use crate::git::odb::missing::Unread;
    use crate::model::ObjectId;
    use std::collections::HashSet;

    fn id(number: u32) -> ObjectId {
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b9).to_be_bytes());
        ObjectId::from_bytes(&bytes).expect("20 is a length of an id")
    }

    #[test]
    fn all_that_was_put_aside_is_looked_up_in_the_end_and_only_gaps_are_noted() {
        let table = IdTable::new(20, 0, (0..5000).map(id)).expect("few ids");
        let (unread, shallow) = (Unread::default(), HashSet::new());
        let gaps =
            Missing { table: &table, unread: &unread, partial: false, shallow: &shallow, elsewhere: None };
        let (mut queue, mut answers) = (LookupQueue::default(), Vec::new());
        for number in 0..5003 {
            queue.put(id(number).as_bytes(), number);
            if queue.is_full() {
                queue.look_up(&gaps, |number, found| answers.push((number, found)));
            }
        }
        queue.look_up(&gaps, |number, found| answers.push((number, found)));
        let right: Vec<_> = (0..5003).map(|at| (at, table.find(id(at).as_bytes()))).collect();
        assert_eq!(answers, right);
        let mut missed: Vec<_> = unread.into_reasons();
        missed.sort();
        let mut expected: Vec<_> = (5000..5003).map(|number| id(number).to_string()).collect();
        expected.sort();
        assert_eq!(missed.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), expected);
    }
}
