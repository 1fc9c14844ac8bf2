//! Whether the store has what trees name, asked for many ids at a time.
//!
//! An id's place in the table is as good as random, so that each look-up alone waits for memory twice. Where the
//! answer is not needed at once, ids are put aside and looked up together: the waits overlap.

use super::gather::{Gaps, lock};
use std::sync::{Mutex, MutexGuard};

/// How many ids are put aside before they are looked up.
const FULL: usize = 1024;
/// How many ids are brought into the cache at a time.
const BLOCK: usize = 64;

/// Ids whose presence is still to be checked.
#[derive(Debug)]
pub(super) struct Presence<'a> {
    gaps: &'a Gaps<'a>,
    /// Ids, one after the other; a queue for each thread of the pool, and one for all others.
    queues: Vec<Mutex<Vec<u8>>>,
}

impl<'a> Presence<'a> {
    /// Nothing to check yet.
    pub(super) fn new(gaps: &'a Gaps<'a>) -> Self {
        Self { gaps, queues: (0..=rayon::current_num_threads()).map(|_| Mutex::default()).collect() }
    }

    /// The calling thread's queue, to put ids into.
    pub(super) fn queue(&self) -> MutexGuard<'_, Vec<u8>> {
        let others = self.queues.len() - 1;
        lock(&self.queues[rayon::current_thread_index().map_or(others, |at| at.min(others))])
    }

    /// Looks up what is in `queue` once it is full; what the store lacks is noted.
    pub(super) fn settle(&self, queue: &mut Vec<u8>) {
        if queue.len() >= FULL * self.gaps.table.width() {
            self.look_up(queue);
        }
    }

    /// Looks up all that is left.
    pub(super) fn finish(&self) {
        for queue in &self.queues {
            self.look_up(&mut lock(queue));
        }
    }

    fn look_up(&self, queue: &mut Vec<u8>) {
        let width = self.gaps.table.width();
        for block in queue.chunks(BLOCK * width) {
            self.gaps.table.touch(block);
            for id in block.chunks_exact(width) {
                self.gaps.find(id);
            }
        }
        queue.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::gather::Unread;
    use super::super::table::Table;
    use super::*;
    use crate::model::ObjectId;
    use std::collections::HashSet;

    fn id(number: u32) -> ObjectId {
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b9).to_be_bytes());
        ObjectId::from_bytes(&bytes).expect("20 is a length of an id")
    }

    #[test]
    fn all_that_was_put_aside_is_looked_up_in_the_end_and_only_gaps_are_noted() {
        let table = Table::new(20, (0..5000).map(id).collect()).expect("few ids");
        let (unread, shallow) = (Unread::default(), HashSet::new());
        let gaps = Gaps { table: &table, unread: &unread, partial: false, shallow: &shallow };
        let presence = Presence::new(&gaps);
        for number in 0..5003 {
            let mut queue = presence.queue();
            queue.extend_from_slice(id(number).as_bytes());
            presence.settle(&mut queue);
        }
        presence.finish();
        let mut missed: Vec<_> = unread.into_reasons();
        missed.sort();
        let mut expected: Vec<_> = (5000..5003).map(|number| id(number).to_string()).collect();
        expected.sort();
        assert_eq!(missed.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), expected);
    }
}
