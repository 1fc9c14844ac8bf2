//! The names in a history on their way to whoever looks for secrets in them, and what is found to hold some.

use crate::model::{Kind, Names, ObjectId};
use std::collections::HashMap;

/// Looks for secrets in names. Called from many threads at once.
pub(crate) trait ScanNames: Sync {
    /// Looks at names of one kind. The same name may come again.
    fn look(&self, kind: Kind, names: &Names);

    /// The names of one kind in which something was found, ascending, each with the numbers of its secrets.
    fn holding(&self, kind: Kind) -> Vec<(Box<[u8]>, Vec<u32>)>;
}

/// What holds secrets.
#[derive(Clone, Copy)]
pub(crate) struct Holding<'a> {
    /// The numbers of the secrets of each object: a blob, or the commit or tag whose message holds the secret.
    pub(crate) objects: &'a HashMap<ObjectId, Vec<u32>>,
    /// What knows which names hold secrets.
    pub(crate) names: &'a dyn ScanNames,
}

/// Comes after the name of an entry in the name of the edge that leads to the name itself: no name has it.
pub(in crate::provenance) const ITSELF: &[u8] = b"\0";

/// The path of an entry, from that of the way to its name.
pub(in crate::provenance) fn path_of(way: &[u8]) -> &[u8] {
    way.strip_suffix(ITSELF).unwrap_or(way)
}

/// How many names are remembered so that they are not looked at again, as a power of two: 64 KiB a thread.
const REMEMBERED: u32 = 13;

/// The names of entries that one thread came to, on their way to be looked at.
///
/// # Design
///
/// The same names come over and over, a tree being mostly what another was. So the last of each hash is remembered by its
/// hash, which starts from random numbers: no one can choose names that are taken for others. One that is forgotten is
/// looked at again. The room for it does not grow with the store.
#[derive(Debug, Default)]
pub(in crate::provenance) struct SeenNames {
    hashes: Vec<u64>,
    names: Names,
}

impl SeenNames {
    /// Puts a name aside, whose hash this is, unless it was seen; gives them to `names` once there are many.
    pub(in crate::provenance) fn see(&mut self, name: &[u8], hash: u64, names: &dyn ScanNames) {
        if self.hashes.is_empty() {
            self.hashes = vec![0; 1 << REMEMBERED];
        }
        let at = (hash >> (u64::BITS - REMEMBERED)) as usize;
        if std::mem::replace(&mut self.hashes[at], hash) != hash {
            self.names.add_bytes(name);
            if self.names.is_full() {
                self.look(names);
            }
        }
    }

    /// Gives those that were put aside to `names`.
    pub(in crate::provenance) fn look(&mut self, names: &dyn ScanNames) {
        if !self.names.is_empty() {
            names.look(Kind::Path, &self.names);
            self.names.clear();
        }
    }
}
