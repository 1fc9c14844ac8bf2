//! The first pass over the store: texts go to the scan, links of commits and tags are collected.
//!
//! A text is a blob's bytes, or the message of a commit or tag. Of headers only the names of people and tags are kept,
//! and are scanned together; the rest is ids and signatures. Objects that a commit or tag names and the store lacks are
//! noted here; those that a tree names, when trees are read.

use super::unopened::{ContentRead, Ending, LfsStore, Unopened};
use super::{Scan, Text};
use crate::git::commit_links::{Gathered, followed};
use crate::git::lfs;
use crate::git::object::{CommitText, TagText};
use crate::git::odb::missing::{Counts, Missing};
use crate::git::odb::number::ObjectNumber;
use crate::git::{Object, ObjectKind, Visitor};
use crate::model::{Copied, ObjectId};
use crate::sync::lock;
use std::io::Cursor;
use std::sync::Mutex;

/// The first pass's visitor.
#[derive(Debug)]
pub(super) struct TextPass<'a, S> {
    /// What scans texts.
    pub(super) scan: &'a S,
    /// What the store lacks.
    pub(super) gaps: &'a Missing<'a>,
    /// What is counted.
    pub(super) counts: &'a Counts,
    /// What commits and tags name.
    pub(super) gathered: Mutex<Gathered>,
    /// Where LFS objects are.
    pub(super) lfs: LfsStore<'a>,
    /// What is read but not opened.
    pub(super) unopened: &'a Unopened,
}

/// What was kept of a blob, its bytes, and the runs of them that a derived blob shares.
type Base<'b, K> = (&'b KeptBlob<K>, &'b [u8], &'b [Copied]);

/// What is kept of a blob for those derived from it.
pub(super) struct KeptBlob<K> {
    scanned: K,
    ending: Ending,
}

impl<S: Scan> TextPass<'_, S> {
    fn commit(&self, object: Object<'_>) {
        let Some(commit) = CommitText::parse(object.bytes, self.gaps.table.width()) else {
            self.unread(Some(object.id()), "corrupt object");
            return;
        };
        let tree = self.gaps.find(commit.tree.as_bytes());
        let (parents, are_all) = self.parents(object, &commit.parents);
        lock(&self.gathered).add(object.number, tree, &parents, &commit);
        let text = commit.text();
        if are_all {
            self.counts.add(object.kind, text.len());
        } else {
            self.unread(Some(object.id()), "commit with too many parents");
        }
        self.message(object, &text);
    }

    /// The parents that the store has, each once; true if these are all that are named.
    fn parents(&self, object: Object<'_>, named: &[ObjectId]) -> (Vec<ObjectNumber>, bool) {
        let (named, are_all) = followed(named);
        (named.iter().filter_map(|&parent| self.gaps.parent(object.number, parent)).collect(), are_all)
    }

    fn tag(&self, object: Object<'_>) {
        let Some(tag) = TagText::parse(object.bytes, self.gaps.table.width()) else {
            self.unread(Some(object.id()), "corrupt object");
            return;
        };
        let target = self.gaps.find(tag.target.as_bytes());
        lock(&self.gathered).add_tag(object.number, target, &tag);
        let text = tag.text();
        self.counts.add(object.kind, text.len());
        self.message(object, &text);
    }

    fn message(&self, object: Object<'_>, bytes: &[u8]) {
        self.scan.whole(Text { object, bytes });
    }

    /// Scans a blob; `base` is what was kept of the one that it derives from, with that one's bytes and what they
    /// share. Nothing is kept of an LFS pointer: what is derived from it is scanned whole.
    fn blob(&self, object: Object<'_>, base: Option<Base<'_, S::Kept>>) -> Option<KeptBlob<S::Kept>> {
        let bytes = object.bytes;
        self.gaps.table.set_kind(object.number, object.kind);
        if let Some(id) = lfs::pointer(bytes) {
            let scanned = self.lfs.give(self.scan, object, id, self.unopened, self.gaps.unread);
            if let Some(bytes) = scanned {
                self.counts.add(object.kind, usize::try_from(bytes).unwrap_or(usize::MAX));
            }
            return None;
        }
        let ending = match base {
            Some((base, _, copied)) => base.ending.derive(bytes, copied),
            None => Ending::of(bytes),
        };
        let given = ending.given(bytes);
        let mut opened = ContentRead { bytes: given.bytes, is_all: true };
        if given.compressed.is_some() || given.format.is_some() {
            opened = self.lfs.open(self.scan, object, given, &mut Cursor::new(bytes), self.unopened);
        }
        self.counts.add(object.kind, usize::try_from(opened.bytes).unwrap_or(usize::MAX));
        let text = Text { object, bytes };
        let scanned = match base {
            Some((base, base_bytes, copied)) => self.scan.derived(&base.scanned, base_bytes, text, copied),
            None => self.scan.whole(text),
        };
        if opened.is_all {
            self.scan.has_read(object, opened.bytes);
        }
        Some(KeptBlob { scanned, ending })
    }
}

impl<S: Scan> Visitor for TextPass<'_, S> {
    type Kept = Option<KeptBlob<S::Kept>>;

    fn whole(&self, object: Object<'_>) -> Self::Kept {
        self.gaps.table.set_kind(object.number, object.kind);
        match object.kind {
            ObjectKind::Blob => return self.blob(object, None),
            ObjectKind::Commit => self.commit(object),
            ObjectKind::Tag => self.tag(object),
            ObjectKind::Tree => {}
        }
        None
    }

    fn derived(
        &self,
        base: &Self::Kept,
        base_bytes: &[u8],
        object: Object<'_>,
        copied: &[Copied],
    ) -> Self::Kept {
        match base {
            Some(base) => self.blob(object, Some((base, base_bytes, copied))),
            None => self.whole(object),
        }
    }

    fn unread(&self, id: Option<ObjectId>, reason: &str) {
        match id {
            Some(id) => self.gaps.unread.object(id, reason.to_owned()),
            None => self.gaps.unread.other("objects without a name".to_owned(), reason.to_owned()),
        }
    }
}
