//! The facts of a history from which attribution is made: its commits, what each changes, and what is in no commit.

use super::commit_changes::{Change, Changes, Name, PathNumber};
use super::names::bearers::NameBearers;
use super::pruned_trees::{PrunedTarget, PrunedTrees};
use super::secret_sets::SecretSets;
use super::subject::Subject;
use super::tips::Tips;
use crate::git::ObjectKind;
use crate::git::commit_graph::{Graph, Position};
use crate::git::commit_links::Gathered;
use crate::git::odb::id_table::IdTable;
use crate::git::odb::number::ObjectNumber;
use crate::git::odb::object_set::{NumberSet, ObjectSet};
use crate::model::ObjectId;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// What is known of a history and its secrets.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    /// The store.
    pub(super) subject: &'a Subject<'a>,
    /// The commits.
    pub(crate) graph: Graph,
    /// The refs.
    pub(super) tips: Tips,
    /// Which objects contain which secrets.
    pub(super) holds: SecretSets,
    /// The trees pruned to them; empty if only what is new since an earlier run was read.
    pub(super) plan: PrunedTrees,
    /// The names of their entries, and in the paths of changes.
    pub(crate) names: Vec<Box<[u8]>>,
    /// The names that contain secrets.
    pub(super) named: NameBearers,
    /// What the commits change.
    pub(super) changes: Changes,
    /// The blobs that contain a secret and are in no commit's tree.
    pub(crate) strays: Vec<ObjectNumber>,
    /// What tags name, and authors.
    pub(super) gathered: Gathered,
    /// The authors' headers of commits that an earlier run knew.
    pub(super) headers: HashMap<Position, Vec<u8>>,
}

impl Facts<'_> {
    /// The changes, ordered by secret, path and commit.
    pub(crate) fn changes(&self) -> &[Change] {
        &self.changes.all
    }

    /// Of each path that they name, its directory and name; the root is the first.
    pub(crate) fn paths(&self) -> &[(PathNumber, Option<Name>)] {
        self.changes.paths.nodes()
    }

    /// True if a commit changes more than is reported.
    pub(crate) fn is_cut(&self) -> bool {
        self.changes.cut
    }

    /// What each tag names, if the store has it.
    pub(crate) fn tags(&self) -> &HashMap<ObjectNumber, Option<ObjectNumber>> {
        &self.gathered.tags
    }

    /// The objects that contain secrets, ascending.
    pub(crate) fn holding(&self) -> impl Iterator<Item = ObjectNumber> {
        self.holds.objects()
    }

    /// The store.
    pub(crate) fn table(&self) -> &IdTable {
        &self.subject.objects.table
    }

    /// The refs.
    pub(crate) fn refs(&self) -> impl Iterator<Item = &ObjectId> {
        self.subject.refs.values()
    }

    /// True if a later run can extend these facts: new commits can change nothing else about them.
    pub(crate) fn can_be_extended(&self) -> bool {
        let objects = self.subject.objects;
        // What refs reach without a commit is not in what commits change.
        let is_tree = |&(object, _): &(ObjectNumber, _)| objects.table.kind(object) == Some(ObjectKind::Tree);
        // An object missing because a ref names it is no longer missing once that ref has moved.
        let names_nothing =
            |id: &ObjectId| objects.table.find(id.as_bytes()).is_none() && !objects.lists(id.as_bytes());
        self.named.is_in_refs_alone()
            && !self.changes.cut
            && !self.tips.others.iter().any(is_tree)
            && !self.refs().any(names_nothing)
    }

    /// The authors' headers of these commits, as far as they are known.
    pub(crate) fn headers(&self, wanted: &[Position]) -> HashMap<Position, Vec<u8>> {
        let graph = &self.graph;
        // A commit that an earlier run read has no number here.
        let (old, new): (Vec<Position>, Vec<Position>) =
            wanted.iter().copied().partition(|&at| graph.author(at).is_none());
        let authors = self.gathered.authors.headers(new.iter().filter_map(|&at| graph.author(at)));
        let new = new.iter().filter_map(|&at| Some((at, authors.get(&graph.author(at)?)?.clone())));
        old.iter().filter_map(|&at| Some((at, self.headers.get(&at)?.clone()))).chain(new).collect()
    }

    /// The name of an entry, if this number is that of one.
    pub(super) fn entry_name(&self, number: ObjectNumber) -> Option<Arc<[u8]>> {
        let at = number.index().checked_sub(self.table().len())?;
        self.named.entries.get(at).map(|(name, _)| Arc::from(&**name))
    }

    /// The blobs that contain a secret and are in no commit's tree.
    pub(super) fn find_strays(&self) -> Vec<ObjectNumber> {
        let seen = self.in_commits();
        let blobs =
            self.holds.objects().filter(|&object| self.table().kind(object) == Some(ObjectKind::Blob));
        blobs.filter(|&blob| !seen.contains(blob)).collect()
    }

    /// The names of entries that contain a secret and are in no commit's tree.
    pub(super) fn stray_names(&self) -> Vec<ObjectNumber> {
        if self.named.entries.is_empty() {
            return Vec::new();
        }
        let seen = self.in_commits();
        self.holds.names().filter(|&name| !seen.contains(name)).collect()
    }

    /// The blobs and the names of entries that contain a secret and are in some commit's tree.
    fn in_commits(&self) -> ObjectSet {
        let count = self.table().len() + self.named.entries.len();
        let (blobs, trees) = (ObjectSet::none(count), NumberSet::none(self.plan.trees()));
        // The first thread at a tree continues below it, so that each is read by one thread.
        let walk = |pending: &mut Vec<PrunedTarget>, at: Position| {
            pending.extend(self.graph.tree(at).and_then(|tree| self.plan.node(tree)));
            while let Some(node) = pending.pop() {
                if let Some(blob) = node.as_blob() {
                    blobs.add(blob);
                }
                if node.as_tree().is_some_and(|tree| trees.add(tree.index())) {
                    pending.extend(self.plan.ways(node).iter().filter_map(|way| way.node));
                }
            }
        };
        let all = (0..self.graph.len() as u32).into_par_iter().with_min_len(1 << 10);
        all.map(Position::new).for_each_init(Vec::new, walk);
        blobs
    }

    /// True for an object that is read for its own sake.
    pub(super) fn is_inside(&self, object: ObjectNumber) -> bool {
        self.subject.range.is_none_or(|range| range.inside.contains(object))
    }
}
