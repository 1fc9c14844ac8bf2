//! The names in a history as they are passed to the scan, and what was found to contain secrets.

use crate::model::{Kind, Names, ObjectId, SecretNumber};
use std::collections::HashMap;

/// Looks for secrets in names. Called from many threads at once.
pub(crate) trait ScanNames: Sync {
    /// Scans names of one kind. The same name may come again.
    fn look(&self, kind: Kind, names: &Names);

    /// The names of one kind in which something was found, ascending, each with the numbers of its secrets.
    fn holding(&self, kind: Kind) -> Vec<(Box<[u8]>, Vec<SecretNumber>)>;
}

/// What contains secrets.
#[derive(Clone, Copy)]
pub(crate) struct Holding<'a> {
    /// The numbers of the secrets of each object: a blob, or the commit or tag whose message contains the secret.
    pub(crate) objects: &'a HashMap<ObjectId, Vec<SecretNumber>>,
    /// Knows which names contain secrets.
    pub(crate) names: &'a dyn ScanNames,
}

/// Appended to an entry's name to make the name of the edge to the name itself: no name contains it.
pub(in crate::provenance) const ITSELF: &[u8] = b"\0";

/// The path of an entry, from that of the edge to its name.
pub(in crate::provenance) fn path_of(way: &[u8]) -> &[u8] {
    way.strip_suffix(ITSELF).unwrap_or(way)
}

/// How many names are remembered so that they are not scanned again, as a power of two: 64 KiB a thread.
const REMEMBERED: u32 = 13;

/// The names of entries that one thread has read and that are queued for the scan.
///
/// # Design
///
/// The same names occur over and over. So for each slot of a small table the last name is remembered by its hash, which
/// starts from random numbers: no one can choose names that are taken for others. A forgotten name is scanned again.
/// The table does not grow with the store.
#[derive(Debug, Default)]
pub(in crate::provenance) struct SeenNames {
    hashes: Vec<u64>,
    names: Names,
}

impl SeenNames {
    /// Queues a name with this hash, unless it was seen; passes the queue to `names` once it is long.
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

    /// Passes the queued names to `names`.
    pub(in crate::provenance) fn look(&mut self, names: &dyn ScanNames) {
        if !self.names.is_empty() {
            names.look(Kind::Path, &self.names);
            self.names.clear();
        }
    }
}
