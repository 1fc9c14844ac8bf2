//! Comparing the index with a tree, and a tree with a tree.
//!
//! Only ids are compared: a directory with the same tree on both sides is not entered. The index knows the
//! trees of directories that have not changed since HEAD was read into it, which is what lets a hook look at
//! one file instead of five thousand. That knowledge is as good as the index itself: `git commit` records
//! those very trees.
//!
//! Trees nest as deep as a hostile repository likes, so pending directories stand in a list, not on the
//! stack.

use super::Side;
use super::store::{EntryKind, Store, TreeEntry};
use crate::git::index::{CachedTree, Entry, Index};
use crate::model::{Coverage, ObjectId, display_path};
use crate::source::reason;
use std::cmp::Ordering;
use std::ops::Range;

/// A path of more bytes than this fits no file system.
const LONGEST_PATH: usize = 64 << 10;

/// More files than this on one side are no longer listed: a few small trees that name each other often
/// enough stand for more files than any disk holds.
const MOST_FILES: usize = if cfg!(test) { 100_000 } else { 4_000_000 };

/// What differs between two sides.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Comparison {
    /// The new sides, sorted.
    pub(super) heads: Vec<Side>,
    /// The old sides.
    pub(super) bases: Vec<Base>,
    /// Paths that policy leaves out, and why.
    pub(super) excluded: Vec<(Vec<u8>, &'static str)>,
    /// Paths in scope that cannot be looked into, and why.
    pub(super) unread: Vec<(Vec<u8>, &'static str)>,
    /// Sentences about what could not be compared.
    pub(super) notes: Vec<String>,
}

/// An old side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// A file that was changed or removed.
    File(Side),
    /// A directory that was removed whole; its path ends with `/`.
    Directory(Side),
}

/// A directory of the index to be compared with one of a tree.
struct Pending<'a> {
    tree: ObjectId,
    prefix: Vec<u8>,
    entries: Range<usize>,
    cached: Option<&'a CachedTree>,
}

/// What `index` has that `tree` has not. No tree means that nothing stood before.
pub(super) fn index_with_tree(store: &Store<'_>, index: &Index, tree: Option<ObjectId>) -> Comparison {
    let mut comparison = Comparison::default();
    let all = 0..index.entries().len();
    let Some(tree) = tree else {
        for entry in index.entries() {
            comparison.add_entry(store, index.path(entry), entry);
        }
        return comparison.sorted();
    };
    let mut pending = vec![Pending { tree, prefix: Vec::new(), entries: all, cached: index.root_tree() }];
    while let Some(directory) = pending.pop() {
        comparison.directory(store, index, directory, &mut pending);
    }
    comparison.sorted()
}

/// What `head` has that `base` has not.
pub(super) fn trees(store: &Store<'_>, base: ObjectId, head: ObjectId) -> Comparison {
    let mut comparison = Comparison::default();
    comparison.trees(store, Some(base), Some(head), Vec::new());
    comparison.sorted()
}

/// Adds the files of the tree `directory` (its path ends with `/`, or is empty) to `sides`.
pub(super) fn files(store: &Store<'_>, directory: &Side, sides: &mut Vec<Side>, coverage: &mut Coverage) {
    let mut comparison = Comparison::default();
    comparison.trees(store, None, Some(directory.id), directory.path.clone());
    sides.append(&mut comparison.heads);
    for (path, reason) in comparison.unread {
        coverage.miss(reason, display_path(&path));
    }
}

impl Comparison {
    /// Takes an entry of the index as new, whatever stood before.
    pub(super) fn take(&mut self, store: &Store<'_>, index: &Index, entry: &Entry) {
        self.add_entry(store, index.path(entry), entry);
    }

    /// Keeps what `in_scope` says of the new sides; the old ones all stay.
    pub(super) fn retain(&mut self, in_scope: impl Fn(&[u8]) -> bool) {
        self.heads.retain(|side| in_scope(&side.path));
        self.excluded.retain(|(path, _)| in_scope(path));
        self.unread.retain(|(path, _)| in_scope(path));
    }

    /// True where the path, or something below it, stands on one of the sides that differ.
    pub(super) fn knows(&self, path: &[u8]) -> bool {
        let heads = self.heads.iter().map(|side| side.path.as_slice());
        let bases = self.bases.iter().map(|base| match base {
            Base::File(side) | Base::Directory(side) => side.path.as_slice(),
        });
        let excluded = self.excluded.iter().map(|(path, _)| path.as_slice());
        heads
            .chain(bases)
            .chain(excluded)
            .any(|found| is_at_or_below(found, path) || is_at_or_below(path, found))
    }

    fn sorted(mut self) -> Self {
        self.heads.sort();
        self
    }

    /// Compares a directory of the index with one of HEAD, entry by entry: both stand in the same order.
    fn directory<'a>(
        &mut self,
        store: &Store<'_>,
        index: &'a Index,
        directory: Pending<'a>,
        pending: &mut Vec<Pending<'a>>,
    ) {
        let Pending { tree, prefix, entries: Range { start: mut at, end }, cached } = directory;
        if cached.is_some_and(|cached| cached.id == Some(tree)) {
            return;
        }
        let entries = index.entries();
        if let [entry] = &entries[at..end]
            && entry.is_sparse_directory()
            && index.path(entry) == prefix
        {
            self.trees(store, Some(tree), Some(entry.id), prefix);
            return;
        }
        for old in self.base_tree(store, tree, &prefix) {
            let path = [&prefix, old.key.as_slice()].concat();
            while at < end && index.path(&entries[at]) < path.as_slice() {
                self.add_entry(store, index.path(&entries[at]), &entries[at]);
                at += 1;
            }
            if old.kind == EntryKind::Tree {
                let below = index.below(at..end, &path);
                at = below.end.max(at);
                if below.is_empty() {
                    self.bases.push(Base::Directory(Side { path, id: old.id }));
                } else {
                    let name = &old.key[..old.key.len() - 1];
                    let cached = cached.and_then(|cached| index.subtree(cached, name));
                    pending.push(Pending { tree: old.id, prefix: path, entries: below, cached });
                }
                continue;
            }
            let here = index.at(at..end, &path);
            at += here.len();
            self.file(store, path, &old, here);
        }
        for entry in &entries[at..end] {
            self.add_entry(store, index.path(entry), entry);
        }
    }

    /// Compares a file (or submodule) of HEAD with what the index has at its path.
    fn file(&mut self, store: &Store<'_>, path: Vec<u8>, old: &TreeEntry, new: &[Entry]) {
        if let [entry] = new
            && entry.id == old.id
            && entry.stage == 0
            && !entry.intent_to_add
        {
            return;
        }
        for entry in new.iter().filter(|entry| entry.id != old.id || entry.intent_to_add) {
            self.add_entry(store, &path, entry);
        }
        if old.kind == EntryKind::Blob {
            self.bases.push(Base::File(Side { path, id: old.id }));
        }
    }

    /// Takes an entry of the index that the other side does not have.
    fn add_entry(&mut self, store: &Store<'_>, path: &[u8], entry: &Entry) {
        let path = path.to_vec();
        if entry.is_submodule() {
            self.excluded.push((path, reason::SUBMODULE));
        } else if entry.intent_to_add {
            self.excluded.push((path, reason::INTENT_TO_ADD));
        } else if entry.is_sparse_directory() {
            self.trees(store, None, Some(entry.id), path);
        } else {
            self.heads.push(Side { path, id: entry.id });
        }
    }

    /// The entries of a tree on the old side. Where it cannot be read all below it counts as new, which is
    /// said.
    fn base_tree(&mut self, store: &Store<'_>, id: ObjectId, path: &[u8]) -> Vec<TreeEntry> {
        store.tree(id).unwrap_or_else(|reason| {
            let path =
                if path.is_empty() { "the root".to_owned() } else { format!("`{}`", display_path(path)) };
            self.notes.push(format!(
                "The old side of {path} could not be read ({reason}), so all in it counts as new."
            ));
            Vec::new()
        })
    }

    /// Compares two trees and all below; one that is not there is empty.
    fn trees(&mut self, store: &Store<'_>, base: Option<ObjectId>, head: Option<ObjectId>, prefix: Vec<u8>) {
        let mut pending = vec![(base, head, prefix)];
        while let Some((base, head, prefix)) = pending.pop() {
            if base == head {
                continue;
            }
            if prefix.len() > LONGEST_PATH {
                self.unread.push((prefix[..256].to_vec(), reason::TOO_DEEP));
                continue;
            }
            if self.heads.len() + self.bases.len() > MOST_FILES {
                self.unread.push((prefix, reason::TOO_MANY));
                return;
            }
            let new = match head.map_or(Ok(Vec::new()), |id| store.tree(id)) {
                Ok(entries) => entries,
                Err(reason) => {
                    self.unread.push((prefix, reason));
                    continue;
                }
            };
            let old = base.map_or(Vec::new(), |id| self.base_tree(store, id, &prefix));
            let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
            loop {
                let order = match (old.peek(), new.peek()) {
                    (None, None) => break,
                    (Some(_), None) => Ordering::Less,
                    (None, Some(_)) => Ordering::Greater,
                    (Some(old), Some(new)) => old.key.cmp(&new.key),
                };
                let before = if order.is_le() { old.next() } else { None };
                let after = if order.is_ge() { new.next() } else { None };
                self.pair(&prefix, before.as_ref(), after.as_ref(), &mut pending);
            }
        }
    }

    /// Takes two entries of one name, or one that has no partner.
    fn pair(
        &mut self,
        prefix: &[u8],
        old: Option<&TreeEntry>,
        new: Option<&TreeEntry>,
        pending: &mut Vec<(Option<ObjectId>, Option<ObjectId>, Vec<u8>)>,
    ) {
        let old_id = old.map(|entry| entry.id);
        if old_id == new.map(|entry| entry.id) {
            return;
        }
        let path = |entry: &TreeEntry| [prefix, entry.key.as_slice()].concat();
        if let Some(new) = new {
            match new.kind {
                EntryKind::Blob => self.heads.push(Side { path: path(new), id: new.id }),
                EntryKind::Submodule => self.excluded.push((path(new), reason::SUBMODULE)),
                // Its key ends with `/`, so what has the same key is a tree, too.
                EntryKind::Tree => pending.push((old_id, Some(new.id), path(new))),
            }
        }
        if let Some(old) = old {
            match old.kind {
                EntryKind::Blob => self.bases.push(Base::File(Side { path: path(old), id: old.id })),
                EntryKind::Tree if new.is_none() => {
                    self.bases.push(Base::Directory(Side { path: path(old), id: old.id }));
                }
                EntryKind::Tree | EntryKind::Submodule => {}
            }
        }
    }
}

/// True where `path` is `above` or stands below it. The root, which is empty, is above all.
pub(super) fn is_at_or_below(path: &[u8], above: &[u8]) -> bool {
    let above = above.strip_suffix(b"/").unwrap_or(above);
    match path.strip_prefix(above) {
        Some(rest) => above.is_empty() || rest.is_empty() || rest[0] == b'/',
        None => false,
    }
}
