//! The interface between what reads objects and what uses them.
//!
//! A reader gives each object of the store to a [`Visitor`] once, either whole or as a delta against an
//! object that the visitor has seen. The reader keeps what the visitor returned for an object, and the
//! object's bytes, only until all objects derived from it have been visited. What a visitor needs for
//! longer it records itself.

use crate::git::object::ObjectKind;
use crate::git::odb::number::ObjectNumber;
use crate::model::{Copied, ObjectId};

/// An object of the store.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    /// Its number, so that no look-up by id is needed.
    pub number: ObjectNumber,
    /// The bytes of its id, in the index's own memory: most visits end without reading them.
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

/// What uses objects. Called from many threads at once, in no fixed order, except that an object's base
/// comes before it.
pub trait Visitor: Sync {
    /// What the visitor keeps for objects derived from this one.
    type Kept: Send + Sync;

    /// An object that derives from no other.
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
