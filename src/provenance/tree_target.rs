//! The target of an edge of a tree.

use crate::git::odb::number::{ObjectNumber, number};
use std::marker::PhantomData;

number! {
    /// A target's number: twice that of what it is, and one more for a tree.
    struct TargetNumber
}

/// A kind of number that trees have: that of their object while edges are collected, that of their patch after that, and in
/// the end that of their list.
pub(super) trait TreeNumber: Copy {
    /// The number `number`.
    fn of(number: u32) -> Self;
    /// As a number, which is below 2^31 - 1.
    fn number(self) -> u32;
}

/// Makes a type of numbers one of trees.
macro_rules! tree_number {
    ($Name:ty) => {
        impl crate::provenance::tree_target::TreeNumber for $Name {
            fn of(number: u32) -> Self {
                Self::new(number)
            }

            fn number(self) -> u32 {
                self.get()
            }
        }
    };
}
pub(super) use tree_number;

tree_number!(ObjectNumber);

/// The target of an edge of a tree: a blob, by its object number, or a tree, by its number of the kind `Tree`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TreeTarget<Tree>(TargetNumber, PhantomData<Tree>);

impl<Tree: TreeNumber> TreeTarget<Tree> {
    /// To this blob.
    pub(super) fn blob(blob: ObjectNumber) -> Self {
        Self(TargetNumber::new(blob.get() << 1), PhantomData)
    }

    /// To this tree.
    pub(super) fn tree(tree: Tree) -> Self {
        Self(TargetNumber::new(tree.number() << 1 | 1), PhantomData)
    }

    /// The blob.
    pub(super) fn as_blob(self) -> Option<ObjectNumber> {
        let number = self.0.get();
        (number & 1 == 0).then_some(ObjectNumber::new(number >> 1))
    }

    /// The tree.
    pub(super) fn as_tree(self) -> Option<Tree> {
        let number = self.0.get();
        (number & 1 == 1).then_some(Tree::of(number >> 1))
    }

    /// The same blob, or the tree by its number of another kind, if it has one.
    pub(super) fn renumbered<Other: TreeNumber>(
        self,
        tree: impl FnOnce(Tree) -> Option<Other>,
    ) -> Option<TreeTarget<Other>> {
        match self.as_tree() {
            Some(number) => tree(number).map(TreeTarget::tree),
            None => self.as_blob().map(TreeTarget::blob),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_what_it_was_made_of_and_none_takes_no_room() {
        type Target = TreeTarget<ObjectNumber>;
        assert_eq!(size_of::<Option<Target>>(), 4);
        for number in [0, 1, 5, (1 << 31) - 2].map(ObjectNumber::new) {
            let (blob, tree) = (Target::blob(number), Target::tree(number));
            assert_eq!((blob.as_blob(), blob.as_tree()), (Some(number), None));
            assert_eq!((tree.as_blob(), tree.as_tree()), (None, Some(number)));
            assert_eq!(blob.renumbered(|_| None::<ObjectNumber>), Some(blob));
            assert_eq!(tree.renumbered(|_| None::<ObjectNumber>), None);
        }
    }
}
