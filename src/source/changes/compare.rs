//! Comparing the index with a tree: what a commit would record that the tree does not have.
//!
//! Only ids are compared: a directory with the same tree on both sides is not entered. The index knows the trees of
//! directories that have not changed since HEAD was read into it, so a hook reads one file instead of five thousand.
//! This is as reliable as the index itself: `git commit` records those very trees. Directories that the index does not
//! list (sparse ones, or those removed as a whole) are left to [`super::tree_walk`].

use super::tree_walk::{KeyedEntry, Sides, Trees, unread_base};
use crate::git::index::{CachedTree, Index, IndexEntry};
use crate::git::object::Mode;
use crate::model::ObjectId;
use crate::source::reason;
use std::ops::Range;

/// One side of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileSide {
    pub(super) path: Vec<u8>,
    pub(super) id: ObjectId,
    /// True for the new side of a file that is read for its own sake, whatever was there before.
    pub(super) is_whole: bool,
}

/// What differs between an index and a tree.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Comparison {
    /// The new sides of files.
    pub(super) heads: Vec<FileSide>,
    /// The old sides of files that were changed or removed.
    pub(super) bases: Vec<FileSide>,
    /// Directories whose trees are to be compared; their paths end with `/` or are empty. The base is the only one.
    pub(super) directories: Vec<(Vec<u8>, Sides)>,
    /// Files of which only the mode differs, as they are on both sides.
    pub(super) modes: Vec<FileSide>,
    /// Paths that policy leaves out, and why.
    pub(super) excluded: Vec<(Vec<u8>, &'static str)>,
    /// Sentences about what could not be compared.
    pub(super) notes: Vec<String>,
}

/// A directory of the index to be compared with one of a tree.
struct Pending<'a> {
    tree: ObjectId,
    prefix: Vec<u8>,
    entries: Range<usize>,
    cached: Option<&'a CachedTree>,
}

/// What `index` has that `tree` does not. No tree means that nothing was there before.
pub(super) fn index_with_tree(trees: &Trees<'_>, index: &Index, tree: Option<ObjectId>) -> Comparison {
    let mut comparison = Comparison::default();
    let all = 0..index.entries().len();
    let Some(tree) = tree else {
        for entry in index.entries() {
            comparison.add_entry(index.path(entry), entry);
        }
        return comparison;
    };
    let mut pending = vec![Pending { tree, prefix: Vec::new(), entries: all, cached: index.root_tree() }];
    while let Some(directory) = pending.pop() {
        comparison.directory(trees, index, directory, &mut pending);
    }
    comparison
}

impl Comparison {
    /// Adds an entry of the index that the other side does not have, or that is read whatever was there before.
    pub(super) fn add_entry(&mut self, path: &[u8], entry: &IndexEntry) {
        let path = path.to_vec();
        if entry.is_submodule() {
            self.excluded.push((path, reason::SUBMODULE));
        } else if entry.intent_to_add {
            self.excluded.push((path, reason::INTENT_TO_ADD));
        } else if entry.is_sparse_directory() {
            self.directories.push((path, Sides { head: Some(entry.id), bases: Box::new([None]) }));
        } else {
            self.heads.push(FileSide { path, id: entry.id, is_whole: false });
        }
    }

    /// Adds the directory `path` of the tree, of which the index has nothing.
    fn removed(&mut self, path: Vec<u8>, tree: ObjectId) {
        self.directories.push((path, Sides { head: None, bases: Box::new([Some(tree)]) }));
    }

    /// Compares a directory of the index with one of the tree, entry by entry: both are in the same order.
    fn directory<'a>(
        &mut self,
        trees: &Trees<'_>,
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
            let sides = Sides { head: Some(entry.id), bases: Box::new([Some(tree)]) };
            self.directories.push((prefix, sides));
            return;
        }
        let old = trees.get(tree).unwrap_or_else(|reason| {
            self.notes.push(unread_base(&prefix, reason));
            std::rc::Rc::default()
        });
        for old in old.iter() {
            let path = [&prefix, &*old.key].concat();
            while at < end && index.path(&entries[at]) < path.as_slice() {
                self.add_entry(index.path(&entries[at]), &entries[at]);
                at += 1;
            }
            if old.mode == Mode::Tree {
                let below = index.below(at..end, &path);
                at = below.end.max(at);
                if below.is_empty() {
                    self.removed(path, old.id);
                } else {
                    let name = &old.key[..old.key.len() - 1];
                    let cached = cached.and_then(|cached| index.subtree(cached, name));
                    pending.push(Pending { tree: old.id, prefix: path, entries: below, cached });
                }
                continue;
            }
            let here = index.at(at..end, &path);
            at += here.len();
            self.file(path, old, here);
        }
        for entry in &entries[at..end] {
            self.add_entry(index.path(entry), entry);
        }
    }

    /// Compares a file (or submodule) of the tree with what the index has at its path.
    fn file(&mut self, path: Vec<u8>, old: &KeyedEntry, new: &[IndexEntry]) {
        let is_file = old.mode == Mode::Blob;
        if let [entry] = new
            && entry.id == old.id
            && entry.stage == 0
            && !entry.intent_to_add
        {
            if is_file && entry.is_executable() != old.is_executable {
                self.modes.push(FileSide { path, id: old.id, is_whole: false });
            }
            return;
        }
        for entry in new.iter().filter(|entry| entry.id != old.id || entry.intent_to_add) {
            self.add_entry(&path, entry);
        }
        if is_file {
            self.bases.push(FileSide { path, id: old.id, is_whole: false });
        }
    }
}

/// True if `path` is `above` or is below it. The root, which is empty, is above all.
pub(super) fn is_at_or_below(path: &[u8], above: &[u8]) -> bool {
    let above = above.strip_suffix(b"/").unwrap_or(above);
    match path.strip_prefix(above) {
        Some(rest) => above.is_empty() || rest.is_empty() || rest[0] == b'/',
        None => false,
    }
}
