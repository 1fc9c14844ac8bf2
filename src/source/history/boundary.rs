//! Boundary commits (`git rev-list --boundary`): scanned for comparison, not counted.

use super::unopened::{Ending, LfsStore, Unopened};
use super::{Scan, Text};
use crate::git::commit_links::Gathered;
use crate::git::lfs;
use crate::git::object::CommitText;
use crate::git::odb::ObjectDatabase;
use crate::git::odb::id_table::IdTable;
use crate::git::odb::missing::Unread;
use crate::git::odb::object_set::ObjectRange;
use crate::git::odb::progress::{NoProgress, Pass, Progress};
use crate::git::{KindSet, Object, ObjectKind, Visitor};
use crate::model::{Copied, ObjectId};
use crate::sync::lock;
use std::io::Cursor;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

/// Adds the boundary's commits to `gathered`. Each gets the one before it in time as its parent. Their secrets are then
/// recorded as changes from one to the next, which are few; each by itself would be a whole tree (rails has boundaries
/// of thousands of commits, the starts of pull requests).
pub(super) fn commits(
    objects: &ObjectDatabase,
    range: &ObjectRange,
    gathered: &mut Gathered,
    stop: &AtomicBool,
) {
    let first = gathered.commits.len();
    let visitor = BoundaryCommits { table: &objects.table, gathered: Mutex::new(std::mem::take(gathered)) };
    let chosen = objects.choose(KindSet::of(&[ObjectKind::Commit]), Some(&range.boundary));
    objects.visit(&chosen, &visitor, &NoProgress, stop);
    *gathered = std::mem::take(&mut *lock(&visitor.gathered));
    let Gathered { commits, parents, .. } = gathered;
    let boundary = &mut commits[first..];
    boundary.sort_unstable_by_key(|links| (links.time, links.commit));
    for at in 1..boundary.len() {
        let from = parents.len() as u32;
        parents.push(boundary[at - 1].commit);
        boundary[at].parents = (from, from + 1);
    }
}

/// Gives the blobs at the boundary to `scan`.
pub(super) fn blobs<S: Scan>(
    (objects, lfs): (&ObjectDatabase, LfsStore<'_>),
    range: &ObjectRange,
    scan: &S,
    progress: &dyn Progress,
    stop: &AtomicBool,
) {
    let chosen = objects.choose(KindSet::of(&[ObjectKind::Blob]), Some(&range.before));
    progress.begin(Pass::Texts, objects.work(&chosen));
    objects.visit(&chosen, &Blobs { table: &objects.table, lfs, scan }, progress, stop);
}

struct BoundaryCommits<'a> {
    table: &'a IdTable,
    gathered: Mutex<Gathered>,
}

impl Visitor for BoundaryCommits<'_> {
    type Kept = ();

    fn whole(&self, object: Object<'_>) {
        if let Some(commit) = CommitText::parse(object.bytes, self.table.width()) {
            let tree = self.table.find(commit.tree.as_bytes());
            lock(&self.gathered).add(object.number, tree, &[], &commit);
        }
    }

    fn derived(&self, (): &(), _: &[u8], object: Object<'_>, _: &[Copied]) {
        self.whole(object);
    }

    fn unread(&self, _: Option<ObjectId>, _: &str) {
        // The range has its root there then.
    }
}

struct Blobs<'a, S> {
    table: &'a IdTable,
    lfs: LfsStore<'a>,
    scan: &'a S,
}

impl<S: Scan> Blobs<'_, S> {
    /// True for an LFS pointer; its object was scanned instead if it is here.
    fn is_pointer(&self, object: Object<'_>) -> bool {
        self.table.set_kind(object.number, object.kind);
        let Some(id) = lfs::pointer(object.bytes) else {
            let given = Ending::of(object.bytes).given(object.bytes);
            if given.format.is_some() {
                let input = &mut Cursor::new(object.bytes);
                self.lfs.open(self.scan, object, given, input, &Unopened::default());
            }
            return false;
        };
        self.lfs.give(self.scan, object, id, &Unopened::default(), &Unread::default());
        true
    }
}

impl<S: Scan> Visitor for Blobs<'_, S> {
    type Kept = Option<S::Kept>;

    fn whole(&self, object: Object<'_>) -> Self::Kept {
        (!self.is_pointer(object)).then(|| self.scan.whole(Text { object, bytes: object.bytes }))
    }

    fn derived(
        &self,
        base: &Self::Kept,
        base_bytes: &[u8],
        object: Object<'_>,
        copied: &[Copied],
    ) -> Self::Kept {
        let Some(base) = base else { return self.whole(object) };
        let text = Text { object, bytes: object.bytes };
        (!self.is_pointer(object)).then(|| self.scan.derived(base, base_bytes, text, copied))
    }

    fn unread(&self, _: Option<ObjectId>, _: &str) {
        // A secret that was there is then taken for new.
    }
}
