//! Objects that are in several packs, or twice in one: all but the first are repeats.

use super::Pack;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Which positions of which pack's index repeat an object listed before.
#[derive(Debug, Default)]
pub(super) struct Duplicates {
    /// One bit a position; empty for a pack without repeats.
    packs: Vec<Vec<u64>>,
    count: usize,
}

impl Duplicates {
    /// Merges the packs' lists, which ascend.
    pub(super) fn among(packs: &[Pack]) -> Self {
        let mut repeats = Self { packs: vec![Vec::new(); packs.len()], count: 0 };
        if packs.iter().any(|pack| pack.is_known) {
            return repeats.beside_known(packs);
        }
        if let [only] = packs {
            for position in 1..only.index.len() {
                if only.index.name(position - 1) == only.index.name(position) {
                    repeats.add(0, position, only.index.len());
                }
            }
            return repeats;
        }
        let mut heads: BinaryHeap<_> = (0..packs.len())
            .filter(|&pack| packs[pack].index.len() > 0)
            .map(|pack| Reverse((packs[pack].index.name(0), pack, 0_usize)))
            .collect();
        let mut last: Option<&[u8]> = None;
        while let Some(mut head) = heads.peek_mut() {
            let Reverse((name, pack, position)) = *head;
            let list = &packs[pack].index;
            if last == Some(name) {
                repeats.add(pack, position, list.len());
            }
            last = Some(name);
            if position + 1 < list.len() {
                *head = Reverse((list.name(position + 1), pack, position + 1));
            } else {
                std::collections::binary_heap::PeekMut::pop(head);
            }
        }
        repeats
    }

    /// The repeats in new packs, which are few: each is looked up in all packs before it.
    fn beside_known(mut self, packs: &[Pack]) -> Self {
        for (number, pack) in packs.iter().enumerate().filter(|(_, pack)| !pack.is_known) {
            for position in 0..pack.index.len() {
                let name = pack.index.name(position);
                let before = packs[..number].iter().any(|other| other.index.find(name).is_some());
                if before || position > 0 && pack.index.name(position - 1) == name {
                    self.add(number, position, pack.index.len());
                }
            }
        }
        self
    }

    /// True if the object at `position` of the pack's index was listed before.
    pub(super) fn contains(&self, pack: usize, position: usize) -> bool {
        self.packs[pack].get(position / 64).is_some_and(|word| word >> (position % 64) & 1 != 0)
    }

    /// True if the pack contains any.
    pub(super) fn is_in(&self, pack: usize) -> bool {
        !self.packs[pack].is_empty()
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    fn add(&mut self, pack: usize, position: usize, len: usize) {
        let bits = &mut self.packs[pack];
        bits.resize(len.div_ceil(64), 0);
        bits[position / 64] |= 1 << (position % 64);
        self.count += 1;
    }
}
