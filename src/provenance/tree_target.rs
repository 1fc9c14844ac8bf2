//! The target of an edge of a tree.

use crate::git::odb::number::{ObjectNumber, number};

number! {
    /// A target's number: twice that of what it is, and one more for a tree.
    struct TargetNumber
}

/// The target of an edge of a tree: a blob, by its object number, or a tree, by the number of its own edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TreeTarget(TargetNumber);

impl TreeTarget {
    /// To this blob.
    pub(super) const fn blob(blob: ObjectNumber) -> Self {
        Self(TargetNumber::new(blob.get() << 1))
    }

    /// To the tree of this number, which is below 2^31 - 1.
    pub(super) const fn tree(number: u32) -> Self {
        Self(TargetNumber::new(number << 1 | 1))
    }

    /// The blob.
    pub(super) fn as_blob(self) -> Option<ObjectNumber> {
        let number = self.0.get();
        (number & 1 == 0).then_some(ObjectNumber::new(number >> 1))
    }

    /// The tree's number.
    pub(super) fn as_tree(self) -> Option<u32> {
        let number = self.0.get();
        (number & 1 == 1).then_some(number >> 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_what_it_was_made_of_and_none_takes_no_room() {
        assert_eq!(size_of::<Option<TreeTarget>>(), 4);
        for number in [0, 1, 5, (1 << 31) - 2] {
            let (blob, tree) = (TreeTarget::blob(ObjectNumber::new(number)), TreeTarget::tree(number));
            assert_eq!((blob.as_blob(), blob.as_tree()), (Some(ObjectNumber::new(number)), None));
            assert_eq!((tree.as_blob(), tree.as_tree()), (None, Some(number)));
        }
    }
}
