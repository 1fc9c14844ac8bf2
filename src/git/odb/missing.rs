//! What could not be read and why, what the store lacks, and how much was read.
//!
//! [`Missing`] is asked for the ids that objects name, and notes those that the store lacks. `source::history` makes the
//! coverage of a run of these notes.

use crate::git::ObjectKind;
use crate::git::object::is_empty_tree;
use crate::git::odb::ObjectDatabase;
use crate::git::odb::id_table::IdTable;
use crate::git::odb::number::ObjectNumber;
use crate::model::{self, KnownReason, ObjectId};
use crate::sync::{into_inner, lock};
use std::borrow::Cow;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Why something could not be read.
pub(crate) type Reason = Cow<'static, str>;

/// Objects that were not read: unreadable ones, each once with the first reason in alphabetical order, and
/// submodules' commits.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    /// Commits of submodules: named by trees, and not part of this history.
    submodules: Mutex<BTreeSet<ObjectId>>,
    objects: Mutex<BTreeMap<ObjectId, Reason>>,
    others: Mutex<Vec<(String, Reason)>>,
}

impl Unread {
    /// Notes that object `id` could not be read.
    pub(crate) fn object(&self, id: ObjectId, reason: impl Into<Reason>) {
        let reason = reason.into();
        match lock(&self.objects).entry(id) {
            Entry::Occupied(mut held) if reason < *held.get() => *held.get_mut() = reason,
            Entry::Occupied(_) => {}
            Entry::Vacant(free) => {
                free.insert(reason);
            }
        }
    }

    /// Notes that a tree names commit `id` of a submodule.
    pub(crate) fn submodule(&self, id: ObjectId) {
        lock(&self.submodules).insert(id);
    }

    /// The objects that could not be read so far, with reasons.
    pub(crate) fn objects(&self) -> Vec<(ObjectId, Reason)> {
        lock(&self.objects).iter().map(|(id, reason)| (*id, reason.clone())).collect()
    }

    /// The commits of submodules so far.
    pub(crate) fn submodules(&self) -> Vec<ObjectId> {
        lock(&self.submodules).iter().copied().collect()
    }

    /// The commits of submodules.
    pub(crate) fn take_submodules(&self) -> BTreeSet<ObjectId> {
        std::mem::take(&mut lock(&self.submodules))
    }

    /// Forgets the objects and submodules that `other` knows too.
    pub(crate) fn forget(&self, other: Self) {
        let submodules = other.take_submodules();
        lock(&self.submodules).retain(|id| !submodules.contains(id));
        let objects = into_inner(other.objects);
        lock(&self.objects).retain(|id, _| !objects.contains_key(id));
    }

    /// Notes that something else could not be read.
    pub(crate) fn other(&self, name: String, reason: impl Into<Reason>) {
        lock(&self.others).push((name, reason.into()));
    }

    /// All of it: names and reasons.
    pub(crate) fn into_reasons(self) -> Vec<(String, Reason)> {
        let objects = into_inner(self.objects);
        let mut all = into_inner(self.others);
        all.extend(objects.into_iter().map(|(id, reason)| (id.to_string(), reason)));
        all
    }
}

/// What the store lacks, and why that may be.
#[derive(Debug)]
pub(crate) struct Missing<'a> {
    /// The objects there are.
    pub(crate) table: &'a IdTable,
    /// Where gaps are noted.
    pub(crate) unread: &'a Unread,
    /// True if a partial clone may have left objects at its origin.
    pub(crate) partial: bool,
    /// Commits whose parents a shallow clone left out.
    pub(crate) shallow: &'a HashSet<ObjectId>,
    /// If the table lists only part of the store: knows whether the rest has an object.
    pub(crate) elsewhere: Option<&'a ObjectDatabase>,
}

impl Missing<'_> {
    /// The number of the object that something names; one that the store lacks is noted.
    pub(crate) fn find(&self, id: &[u8]) -> Option<ObjectNumber> {
        let found = self.table.find(id);
        if found.is_none() && !self.is_elsewhere(id) {
            self.missing(id, if self.partial { PARTIAL } else { MISSING });
        }
        found
    }

    /// True if the store has the object.
    pub(crate) fn has(&self, id: &[u8]) -> bool {
        self.table.find(id).is_some() || self.is_elsewhere(id)
    }

    fn is_elsewhere(&self, id: &[u8]) -> bool {
        self.elsewhere.is_some_and(|objects| objects.lists(id))
    }

    /// The number of the parent `id` that commit `of` names; one that the store lacks is noted.
    pub(crate) fn parent(&self, of: ObjectNumber, id: ObjectId) -> Option<ObjectNumber> {
        self.table.find(id.as_bytes()).or_else(|| {
            if self.is_elsewhere(id.as_bytes()) {
                // It is no commit: all commits are in the table.
                return None;
            }
            let reason = match (self.shallow.contains(&self.table.id(of)), self.partial) {
                (true, _) => SHALLOW,
                (false, true) => PARTIAL,
                (false, false) => MISSING,
            };
            self.missing(id.as_bytes(), reason);
            None
        })
    }

    fn missing(&self, id: &[u8], reason: &'static str) {
        // The empty tree is built into git, so a store need not contain it.
        if let Some(id) = ObjectId::from_bytes(id).filter(|id| !is_empty_tree(*id)) {
            self.unread.object(id, reason);
        }
    }
}

/// An object that is named and not in the store.
pub(crate) const MISSING: &str = KnownReason::MissingObject.phrase();
/// The same, if the store is that of a partial clone, which may lack it on purpose.
const PARTIAL: &str = KnownReason::MissingInPartialClone.phrase();
/// A commit whose parents a shallow clone left out, so that what it changes is not known.
pub(crate) const SHALLOW: &str = KnownReason::ShallowBoundary.phrase();

/// Counts of objects read, and of bytes scanned.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    blob: AtomicU64,
    tree: AtomicU64,
    commit: AtomicU64,
    tag: AtomicU64,
    bytes: AtomicU64,
}

impl Counts {
    /// Counts one object of `kind`, of which `bytes` were scanned.
    pub(crate) fn add(&self, kind: ObjectKind, bytes: usize) {
        let counter = match kind {
            ObjectKind::Blob => &self.blob,
            ObjectKind::Tree => &self.tree,
            ObjectKind::Commit => &self.commit,
            ObjectKind::Tag => &self.tag,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Counts blobs that are known, of which `bytes` were scanned.
    pub(crate) fn add_blobs(&self, count: usize, bytes: u64) {
        self.blob.fetch_add(count as u64, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Starts from the counts of an earlier run.
    pub(crate) fn of(objects: model::Objects, bytes: u64) -> Self {
        Self {
            blob: objects.blob.into(),
            tree: objects.tree.into(),
            commit: objects.commit.into(),
            tag: objects.tag.into(),
            bytes: bytes.into(),
        }
    }

    /// The objects read so far, and the bytes scanned.
    pub(crate) fn read(&self) -> (model::Objects, u64) {
        let objects = model::Objects {
            blob: self.blob.load(Ordering::Relaxed),
            tree: self.tree.load(Ordering::Relaxed),
            commit: self.commit.load(Ordering::Relaxed),
            tag: self.tag.load(Ordering::Relaxed),
        };
        (objects, self.bytes.load(Ordering::Relaxed))
    }
}
