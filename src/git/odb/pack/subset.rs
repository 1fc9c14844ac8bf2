//! What a walk must make to give a part of a pack's objects: these, and the bases they are made from.

use super::delta_forest::DeltaForest;
use rayon::prelude::*;

/// The nodes of one pack that a walk makes.
#[derive(Debug, Default)]
pub(super) struct Subset {
    /// One bit a node.
    bits: Vec<u64>,
    /// How many bytes of the pack the needed nodes are.
    pub(super) bytes: u64,
}

impl Subset {
    /// The nodes that are `wanted`, and those on the way to them.
    pub(super) fn of(layout: &DeltaForest, wanted: &(dyn Fn(u32) -> bool + Sync)) -> Self {
        let count = layout.len() as u32;
        let word = |word: u32| {
            let nodes = word * 64..count.min(word * 64 + 64);
            nodes.filter(|&node| wanted(node)).fold(0, |bits, node| bits | 1_u64 << (node % 64))
        };
        let mut bits: Vec<u64> =
            (0..count.div_ceil(64)).into_par_iter().with_min_len(256).map(word).collect();
        let parents = layout.parents();
        for at in 0..bits.len() {
            let mut left = bits[at];
            while left != 0 {
                let mut node = at as u32 * 64 + left.trailing_zeros();
                left &= left - 1;
                // A chain ends at a root, or at a node of an earlier one.
                while let Some(&parent) = parents.get(node as usize).filter(|&&parent| parent < count) {
                    let (word, bit) = (parent as usize / 64, 1 << (parent % 64));
                    if bits[word] & bit != 0 {
                        break;
                    }
                    bits[word] |= bit;
                    node = parent;
                }
            }
        }
        let mut needed = Self { bits, bytes: 0 };
        needed.bytes = needed.count(layout);
        needed
    }

    /// True if `node` must be made.
    pub(super) fn contains(&self, node: u32) -> bool {
        self.bits[node as usize / 64] >> (node % 64) & 1 != 0
    }

    fn count(&self, layout: &DeltaForest) -> u64 {
        let nodes = (0..layout.len() as u32).into_par_iter().with_min_len(1 << 14);
        let places = nodes.filter(|&node| self.contains(node)).map(|node| layout.place(node));
        places.map(|(start, end)| end as u64 - start).sum()
    }
}
