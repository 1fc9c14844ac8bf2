//! The seam between what reads objects and what looks at them.
//!
//! A reader (the pack's, or libgit2's) gives each object of the store to a [`Visitor`] once, either whole
//! or as changes to an object that the visitor has seen. The decision to know: the reader keeps what the
//! visitor returned for an object, and the object's bytes, for as long as objects derived from it are
//! still to come, and no longer; what a visitor wants to remember beyond that it records itself.

use crate::model::{Copied, ObjectId};

/// The four types of object, numbered as a pack's entries number them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ObjectKind {
    /// A commit.
    Commit = 1,
    /// A tree.
    Tree = 2,
    /// A blob.
    Blob = 3,
    /// An annotated tag.
    Tag = 4,
}

impl ObjectKind {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Commit, Self::Tree, Self::Blob, Self::Tag];

    /// The kind that a pack's entries write as `code`.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Commit),
            2 => Some(Self::Tree),
            3 => Some(Self::Blob),
            4 => Some(Self::Tag),
            _ => None,
        }
    }

    /// The name in git's object headers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }
}

/// Some of the four kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindSet(u8);

impl KindSet {
    /// The kinds listed.
    pub const fn of(kinds: &[ObjectKind]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < kinds.len() {
            bits |= 1 << kinds[at] as u8;
            at += 1;
        }
        Self(bits)
    }

    /// True where `kind` is one of them.
    pub const fn contains(self, kind: ObjectKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }
}

/// An object of the store.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    /// Its number: its place among the sorted ids of the whole store, so that nobody looks it up by its id.
    pub index: u32,
    /// The bytes of its id, where they stand in an index: most visits end without reading them.
    pub name: &'a [u8],
    /// Its type.
    pub kind: ObjectKind,
    /// Its bytes, without git's header.
    pub bytes: &'a [u8],
}

impl Object<'_> {
    /// Its id.
    pub fn id(&self) -> ObjectId {
        ObjectId::from_bytes(self.name).expect("a name stands in a table of ids of 20 or 32 bytes")
    }
}

/// What looks at objects. Called from many threads at once, in no set order, save that an object's base
/// comes before it.
pub trait Visitor: Sync {
    /// What the visitor wants to find again when an object derived from this one comes.
    type Kept: Send + Sync;

    /// An object that stands by itself.
    fn whole(&self, object: Object<'_>) -> Self::Kept;

    /// An object that shares the runs `copied` (ascending by `to`, not overlapping there, each equal in
    /// both) with `base_bytes`, the bytes of an object of the same kind for which `base` was kept.
    fn derived(
        &self,
        base: &Self::Kept,
        base_bytes: &[u8],
        object: Object<'_>,
        copied: &[Copied],
    ) -> Self::Kept;

    /// Something that could not be read: an object (`id`), or a part of the store whose objects have no
    /// name (`None`), and why, as a short phrase that is the same for each of its kind (`corrupt object`).
    fn unread(&self, id: Option<ObjectId>, reason: &str);
}
