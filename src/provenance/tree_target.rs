//! The target of an edge of a tree.

use crate::git::odb::id_table::ObjectNumber;

/// The target of an edge of a tree: a blob, by its object number, or a tree, by the number of its own edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TreeTarget(u32);

impl TreeTarget {
    /// Nowhere.
    pub(super) const NOTHING: Self = Self(u32::MAX);

    /// To this blob.
    pub(super) fn blob(index: ObjectNumber) -> Self {
        Self(index << 1)
    }

    /// To the tree of this number, which is below 2^31 - 1.
    pub(super) fn tree(number: u32) -> Self {
        Self(number << 1 | 1)
    }

    /// The blob.
    pub(super) fn as_blob(self) -> Option<ObjectNumber> {
        (self.0 & 1 == 0).then_some(self.0 >> 1)
    }

    /// The tree's number.
    pub(super) fn as_tree(self) -> Option<u32> {
        (self.0 & 1 == 1 && self != Self::NOTHING).then_some(self.0 >> 1)
    }
}
