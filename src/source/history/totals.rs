//! The unread objects and the counts of a run, as a checkpoint keeps them for a later run to add to. The coverage is made
//! of them in `History::coverage`.

use super::unopened::Unopened;
use crate::git::odb::missing::{Counts, Unread};
use crate::model::{ObjectId, Objects};
use crate::record::{Reader, Writer};

/// What of the store was not read, and how much was.
#[derive(Debug)]
pub(crate) struct Totals {
    unread: Vec<(ObjectId, String)>,
    submodules: Vec<ObjectId>,
    objects: Objects,
    bytes: u64,
    unopened: Unopened,
}

impl Totals {
    /// Writes what a run noted and counted.
    pub(crate) fn write(out: &mut Writer, unread: &Unread, counts: &Counts, unopened: &Unopened) {
        out.list(unread.objects(), |out, (id, reason)| {
            out.bytes(id.as_bytes());
            out.bytes(reason.as_bytes());
        });
        out.list(unread.submodules(), |out, id| out.bytes(id.as_bytes()));
        let (objects, bytes) = counts.read();
        for count in [objects.blob, objects.tree, objects.commit, objects.tag, bytes] {
            out.number(count);
        }
        unopened.write(out);
    }

    /// Reads what [`Self::write`] wrote.
    pub(crate) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let id = |from: &mut Reader<'_>| ObjectId::from_bytes(from.bytes()?);
        Some(Self {
            unread: from.list(|from| Some((id(from)?, from.text()?.to_owned())))?,
            submodules: from.list(id)?,
            objects: Objects {
                blob: from.number()?,
                tree: from.number()?,
                commit: from.number()?,
                tag: from.number()?,
            },
            bytes: from.number()?,
            unopened: Unopened::read(from)?,
        })
    }

    /// How many objects were read.
    pub(crate) fn total(&self) -> u64 {
        self.objects.total()
    }

    /// The objects that something named and the store lacked.
    pub(crate) fn lacked(&self) -> impl Iterator<Item = &ObjectId> {
        self.unread.iter().map(|(id, _)| id).chain(&self.submodules)
    }

    /// A copy of all of it, to add to.
    pub(crate) fn open(&self) -> (Unread, Counts, Unopened) {
        let unread = Unread::default();
        for (id, reason) in &self.unread {
            unread.object(*id, reason.clone());
        }
        self.submodules.iter().for_each(|&id| unread.submodule(id));
        (unread, Counts::of(self.objects, self.bytes), self.unopened.again())
    }
}
