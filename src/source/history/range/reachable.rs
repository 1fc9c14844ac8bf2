//! What trees reach: all that is below some of them. Each tree of the store is read once.
//!
//! [`Skeleton`] reads the trees in delta order and keeps of each only its sub-directories, the blobs that it does not
//! share with its delta base, and which tree that base is: a few numbers a tree, instead of a hundred times as many for
//! all entries. If a tree is reached and its base is not, its other blobs are looked up afterwards; there are few such
//! trees, except at the edge of a range.

use crate::git::object::{Mode, TreeEntry};
use crate::git::odb::ObjectDatabase;
use crate::git::odb::id_table::IdTable;
use crate::git::odb::number::{ObjectNumber, number};
use crate::git::odb::object_set::ObjectSet;
use crate::git::odb::progress::{NoProgress, Pass, Progress};
use crate::git::{KindSet, Object, ObjectKind, Visitor};
use crate::model::{Copied, ObjectId};
use crate::sync::{into_inner, lock};
use rayon::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

/// How many parts the trees are kept in, so that threads seldom wait for each other.
const PARTS: usize = 64;
/// How many trees one task follows.
const STRETCH: usize = 512;

number! {
    /// A tree's row in its part.
    struct RowNumber
}

/// The trees of a store, and what each contains.
#[derive(Debug)]
pub(super) struct Skeleton<'a> {
    objects: &'a ObjectDatabase,
    parts: Vec<TreePart>,
    /// For each object its row in its part, if it is a tree.
    rows: Vec<Option<RowNumber>>,
}

/// A part of the trees.
#[derive(Debug, Default)]
struct TreePart {
    rows: Vec<TreeRow>,
    /// Sub-directories, all of each tree's, then the blobs that it does not share with its base.
    targets: Vec<ObjectNumber>,
}

/// A tree.
#[derive(Clone, Copy, Debug)]
struct TreeRow {
    tree: ObjectNumber,
    /// Its delta base.
    base: Option<ObjectNumber>,
    /// Where in `targets` its sub-directories start, its blobs start, and those end.
    start: u32,
    middle: u32,
    end: u32,
}

impl<'a> Skeleton<'a> {
    /// Reads the trees of `objects`. Ends early once `stop` is true.
    pub(super) fn read(objects: &'a ObjectDatabase, progress: &dyn Progress, stop: &AtomicBool) -> Self {
        let visitor =
            TreeReading { table: &objects.table, parts: (0..PARTS).map(|_| Mutex::default()).collect() };
        let chosen = objects.choose(KindSet::of(&[ObjectKind::Tree]), None);
        progress.begin(Pass::Range, objects.work(&chosen));
        objects.visit(&chosen, &visitor, progress, stop);
        let parts = visitor.parts.into_iter();
        let parts = parts.map(into_inner);
        let parts: Vec<TreePart> = parts.collect();
        let mut rows = vec![None; objects.table.len()];
        for part in &parts {
            for (at, row) in RowNumber::first(part.rows.len()).zip(&part.rows) {
                rows[row.tree.index()] = Some(at);
            }
        }
        Self { objects, parts, rows }
    }

    /// All that `roots` reach: trees and what is below them, and other objects.
    pub(super) fn below(
        &self,
        roots: impl IntoIterator<Item = ObjectNumber>,
        stop: &AtomicBool,
    ) -> ObjectSet {
        let marks = ObjectSet::none(self.rows.len());
        let mut roots: Vec<ObjectNumber> = roots.into_iter().filter(|&root| marks.add(root)).collect();
        while !roots.is_empty() {
            self.trees(std::mem::take(&mut roots), &marks);
            // An entry may call a tree a blob; what is below that tree is still below the root.
            let odd = Mutex::new(Vec::new());
            let apart = ObjectSet::none(self.rows.len());
            self.parts.par_iter().for_each(|part| self.blobs(part, &marks, &apart, &odd));
            if apart.count() > 0 {
                let chosen = self.objects.choose(KindSet::of(&[ObjectKind::Tree]), Some(&apart));
                let entire = Entire { skeleton: self, marks: &marks, odd: &odd };
                self.objects.visit(&chosen, &entire, &NoProgress, stop);
            }
            roots = into_inner(odd);
        }
        marks
    }

    /// Marks the trees below `frontier`, which are marked.
    fn trees(&self, mut frontier: Vec<ObjectNumber>, marks: &ObjectSet) {
        while !frontier.is_empty() {
            let next = frontier.par_chunks(STRETCH).flat_map_iter(|trees| {
                let mut next = Vec::new();
                for row in trees.iter().filter_map(|&tree| self.row(tree)) {
                    let targets = &self.parts[row.tree.index() % PARTS].targets;
                    let subtrees = &targets[row.start as usize..row.middle as usize];
                    next.extend(subtrees.iter().copied().filter(|&subtree| marks.add(subtree)));
                }
                next
            });
            frontier = next.collect();
        }
    }

    /// Marks the blobs of marked trees; puts those `apart` whose base is not marked.
    fn blobs(&self, part: &TreePart, marks: &ObjectSet, apart: &ObjectSet, odd: &Mutex<Vec<ObjectNumber>>) {
        for row in part.rows.iter().filter(|row| marks.contains(row.tree)) {
            for &blob in &part.targets[row.middle as usize..row.end as usize] {
                self.blob(blob, marks, odd);
            }
            if row.base.is_some_and(|base| !marks.contains(base)) {
                apart.add(row.tree);
            }
        }
    }

    fn blob(&self, blob: ObjectNumber, marks: &ObjectSet, odd: &Mutex<Vec<ObjectNumber>>) {
        if marks.add(blob) && self.rows[blob.index()].is_some() {
            lock(odd).push(blob);
        }
    }

    fn row(&self, tree: ObjectNumber) -> Option<&TreeRow> {
        let row = self.rows[tree.index()]?;
        Some(&self.parts[tree.index() % PARTS].rows[row.index()])
    }
}

/// Reads trees for a skeleton.
struct TreeReading<'a> {
    table: &'a IdTable,
    parts: Vec<Mutex<TreePart>>,
}

/// What is kept of a tree while trees derived from it are still to be read.
struct Kept {
    tree: ObjectNumber,
    entries: Vec<EntryRange>,
}

/// An entry of the present tree.
#[derive(Clone, Copy)]
struct EntryRange {
    start: u32,
    end: u32,
    /// The sub-directory, if it is one and the store has it.
    subtree: Option<ObjectNumber>,
}

impl TreeReading<'_> {
    /// Reads entries from `from` on, up to `until`, to the end of `entries`, and blobs among them to `blobs`. Ends at a
    /// corrupt entry.
    fn entries(
        &self,
        bytes: &[u8],
        (from, until): (usize, usize),
        entries: &mut Vec<EntryRange>,
        blobs: &mut Vec<ObjectNumber>,
    ) {
        let mut at = from;
        while at < until {
            let Some(entry) = TreeEntry::parse(bytes, at, self.table.width()) else { return };
            let (Ok(start), Ok(end)) = (u32::try_from(at), u32::try_from(entry.end)) else { return };
            let mut subtree = None;
            match entry.mode {
                Mode::Tree => subtree = self.table.find(entry.id),
                Mode::Blob => blobs.extend(self.table.find(entry.id)),
                Mode::Gitlink => {}
            }
            entries.push(EntryRange { start, end, subtree });
            at = entry.end;
        }
    }

    fn record(
        &self,
        tree: ObjectNumber,
        base: Option<ObjectNumber>,
        entries: Vec<EntryRange>,
        blobs: &[ObjectNumber],
    ) -> Kept {
        self.table.set_kind(tree, ObjectKind::Tree);
        let mut part = lock(&self.parts[tree.index() % PARTS]);
        let start = part.targets.len() as u32;
        part.targets.extend(entries.iter().filter_map(|entry| entry.subtree));
        let middle = part.targets.len() as u32;
        part.targets.extend_from_slice(blobs);
        let end = part.targets.len() as u32;
        part.rows.push(TreeRow { tree, base, start, middle, end });
        Kept { tree, entries }
    }
}

impl Visitor for TreeReading<'_> {
    type Kept = Kept;

    fn whole(&self, object: Object<'_>) -> Kept {
        let (mut entries, mut blobs) = (Vec::new(), Vec::new());
        self.entries(object.bytes, (0, object.bytes.len()), &mut entries, &mut blobs);
        self.record(object.number, None, entries, &blobs)
    }

    fn derived(&self, base: &Kept, _: &[u8], object: Object<'_>, copied: &[Copied]) -> Kept {
        let mut entries: Vec<EntryRange> = Vec::with_capacity(base.entries.len() + 4);
        let mut blobs = Vec::new();
        let mut at = 0;
        for run in copied {
            // An entry is inherited if it is in the base as an entry, whole within the run, and the entries
            // read so far end at its start.
            let first = base.entries.partition_point(|entry| (entry.start as usize) < run.from);
            let whole =
                base.entries[first..].iter().take_while(|entry| entry.end as usize <= run.from + run.len);
            for entry in whole {
                let start = entry.start as usize - run.from + run.to;
                let end = entry.end as usize - run.from + run.to;
                if at < start {
                    self.entries(object.bytes, (at, start), &mut entries, &mut blobs);
                    at = entries.last().map_or(0, |last| last.end as usize);
                }
                if at == start {
                    // `end` is at most the length of the object, which `entries` limits to 32 bits.
                    entries.push(EntryRange { start: start as u32, end: end as u32, subtree: entry.subtree });
                    at = end;
                }
            }
        }
        self.entries(object.bytes, (at, object.bytes.len()), &mut entries, &mut blobs);
        self.record(object.number, Some(base.tree), entries, &blobs)
    }

    fn unread(&self, _: Option<ObjectId>, _: &str) {
        // That is reported when the trees of the range are read.
    }
}

/// Marks all blobs of the trees that it sees.
struct Entire<'a> {
    skeleton: &'a Skeleton<'a>,
    marks: &'a ObjectSet,
    odd: &'a Mutex<Vec<ObjectNumber>>,
}

impl Visitor for Entire<'_> {
    type Kept = ();

    fn whole(&self, object: Object<'_>) {
        let table = &self.skeleton.objects.table;
        let mut at = 0;
        while let Some(entry) = TreeEntry::parse(object.bytes, at, table.width()) {
            if entry.mode == Mode::Blob
                && let Some(blob) = table.find(entry.id)
            {
                self.skeleton.blob(blob, self.marks, self.odd);
            }
            at = entry.end;
        }
    }

    fn derived(&self, (): &(), _: &[u8], object: Object<'_>, _: &[Copied]) {
        self.whole(object);
    }

    fn unread(&self, _: Option<ObjectId>, _: &str) {}
}
