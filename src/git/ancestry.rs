//! The parents of commits and the targets of tags, to decide which commits belong to a range.
//!
//! Missing objects are not noted here, but later when the range is read.

use crate::git::commit_links::followed;
use crate::git::object::{CommitText, TagText};
use crate::git::odb::ObjectDatabase;
use crate::git::odb::id_table::IdTable;
use crate::git::odb::number::{ObjectNumber, number};
use crate::git::odb::object_set::ObjectSet;
use crate::git::odb::progress::Progress;
use crate::git::{KindSet, Object, ObjectKind, Visitor};
use crate::model::{Copied, ObjectId};
use crate::sync::{into_inner, lock};
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

number! {
    /// A commit's place in [`Ancestry`].
    struct AncestryNumber
}

/// The commits and tags of a store.
#[derive(Debug, Default)]
pub(crate) struct Ancestry {
    nodes: Vec<AncestryNode>,
    /// What the nodes name, node by node: the tree, then the parents; `None` if the store lacks it.
    names: Vec<Option<ObjectNumber>>,
    /// For each object its place in `nodes`, if it is a commit.
    places: Vec<Option<AncestryNumber>>,
    /// What each tag names; `None` if the store lacks it.
    pub(crate) tags: HashMap<ObjectNumber, Option<ObjectNumber>>,
}

/// A commit.
#[derive(Clone, Copy, Debug)]
struct AncestryNode {
    commit: ObjectNumber,
    /// Where in `names` its own start and end.
    start: u32,
    end: u32,
}

impl Ancestry {
    /// Reads the commits and tags of `objects`. Ends early once `stop` is true.
    pub(crate) fn read(objects: &ObjectDatabase, progress: &dyn Progress, stop: &AtomicBool) -> Self {
        let reading = Reading { table: &objects.table, ancestry: Mutex::default() };
        let chosen = objects.choose(KindSet::of(&[ObjectKind::Commit, ObjectKind::Tag]), None);
        objects.visit(&chosen, &reading, progress, stop);
        let mut ancestry = into_inner(reading.ancestry);
        ancestry.places = vec![None; objects.table.len()];
        for (at, node) in AncestryNumber::first(ancestry.nodes.len()).zip(&ancestry.nodes) {
            ancestry.places[node.commit.index()] = Some(at);
        }
        ancestry
    }

    /// How many commits.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// All commits, in no fixed order.
    pub(crate) fn commits(&self) -> impl Iterator<Item = ObjectNumber> {
        self.nodes.iter().map(|node| node.commit)
    }

    /// True for a commit that could be read.
    pub(crate) fn is_commit(&self, object: ObjectNumber) -> bool {
        self.names(object).is_some()
    }

    /// A commit's tree, if the store has both.
    pub(crate) fn tree(&self, commit: ObjectNumber) -> Option<ObjectNumber> {
        self.names(commit)?[0]
    }

    /// A commit's parents that the store has, in order.
    pub(crate) fn parents(&self, commit: ObjectNumber) -> impl Iterator<Item = ObjectNumber> {
        self.names(commit).map_or(&[][..], |names| &names[1..]).iter().flatten().copied()
    }

    /// The commits that `roots` reach, except those in `beyond`, and the parents that they name and that could not be
    /// read.
    pub(crate) fn reached(
        &self,
        roots: impl IntoIterator<Item = ObjectNumber>,
        beyond: Option<&ObjectSet>,
    ) -> ObjectSet {
        let marks = ObjectSet::none(self.places.len());
        let is_new =
            |object: ObjectNumber| !beyond.is_some_and(|beyond| beyond.contains(object)) && marks.add(object);
        let mut pending: Vec<ObjectNumber> = roots.into_iter().filter(|&root| is_new(root)).collect();
        while let Some(at) = pending.pop() {
            pending.extend(self.parents(at).filter(|&parent| is_new(parent)));
        }
        marks
    }

    fn names(&self, commit: ObjectNumber) -> Option<&[Option<ObjectNumber>]> {
        let place = (*self.places.get(commit.index())?)?;
        let node = self.nodes.get(place.index())?;
        Some(&self.names[node.start as usize..node.end as usize])
    }
}

/// Reads commits and tags.
struct Reading<'a> {
    table: &'a IdTable,
    ancestry: Mutex<Ancestry>,
}

impl Visitor for Reading<'_> {
    type Kept = ();

    fn whole(&self, object: Object<'_>) {
        self.table.set_kind(object.number, object.kind);
        let width = self.table.width();
        let find = |id: &ObjectId| self.table.find(id.as_bytes());
        if object.kind == ObjectKind::Tag {
            if let Some(tag) = TagText::parse(object.bytes, width) {
                let target = find(&tag.target);
                lock(&self.ancestry).tags.insert(object.number, target);
            }
        } else if let Some(commit) = CommitText::parse(object.bytes, width) {
            let tree = find(&commit.tree);
            let parents: Vec<Option<ObjectNumber>> = followed(&commit.parents).0.iter().map(find).collect();
            let mut ancestry = lock(&self.ancestry);
            let start = ancestry.names.len() as u32;
            ancestry.names.push(tree);
            ancestry.names.extend(parents);
            let end = ancestry.names.len() as u32;
            ancestry.nodes.push(AncestryNode { commit: object.number, start, end });
        }
    }

    fn derived(&self, (): &(), _: &[u8], object: Object<'_>, _: &[Copied]) {
        self.whole(object);
    }

    fn unread(&self, _: Option<ObjectId>, _: &str) {}
}
