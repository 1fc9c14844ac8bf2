//! What a few trees reach, each read by itself: for a range of a few commits, for which reading all trees of the store
//! in delta order ([`Skeleton`](super::reachable::Skeleton)) would take far longer than the rest (rails since HEAD~10:
//! 1.3 of 1.9 s).

use crate::git::ObjectKind;
use crate::git::object::{Mode, TreeEntry};
use crate::git::odb::ObjectDatabase;
use crate::git::odb::number::ObjectNumber;
use crate::git::odb::object_set::ObjectSet;
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many trees one task reads.
const STRETCH: usize = 16;

/// All that `roots` reach: trees and what is below them, and other objects. Ends early once `stop` is true.
pub(super) fn below(
    objects: &ObjectDatabase,
    roots: impl IntoIterator<Item = ObjectNumber>,
    stop: &AtomicBool,
) -> ObjectSet {
    let marks = ObjectSet::none(objects.table.len());
    let mut frontier: Vec<ObjectNumber> = roots.into_iter().filter(|&root| marks.add(root)).collect();
    while !frontier.is_empty() && !stop.load(Ordering::Relaxed) {
        let next = frontier.par_chunks(STRETCH).flat_map_iter(|trees| {
            let mut next = Vec::new();
            for &tree in trees {
                subtrees(objects, tree, &marks, &mut next);
            }
            next
        });
        frontier = next.collect();
    }
    marks
}

/// Marks what `tree` names; adds those trees that were not marked to `next`.
fn subtrees(objects: &ObjectDatabase, tree: ObjectNumber, marks: &ObjectSet, next: &mut Vec<ObjectNumber>) {
    let table = &objects.table;
    // What cannot be read is reported when the range is read.
    let Some((ObjectKind::Tree, bytes)) = objects.read(table.id(tree)) else { return };
    let mut at = 0;
    while let Some(entry) = TreeEntry::parse(&bytes, at, table.width()) {
        at = entry.end;
        if entry.mode != Mode::Gitlink
            && let Some(target) = table.find(entry.id)
            && marks.add(target)
            && entry.mode == Mode::Tree
        {
            next.push(target);
        }
    }
}
