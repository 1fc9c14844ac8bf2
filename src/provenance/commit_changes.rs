//! What each commit changes: which secrets it adds to which paths, and which it removes from them. A merge adds what none
//! of its parents has at the path; what only a later parent has came from a side branch and keeps that branch's commit.
//!
//! The trees of a commit and of all its parents are walked side by side, down to where their contents differ. Commits
//! do not depend on each other here, so they are walked in parallel.

use super::fold::Fold;
use super::pruned_trees::{PrunedEdge, PrunedTarget, PrunedTrees, TreeClass};
use super::secret_sets::SecretSets;
pub(crate) use super::tree_deltas::Name;
use crate::git::commit_graph::{Graph, Position};
use crate::git::odb::number::ObjectNumber;
use crate::model::SecretNumber;
use rayon::prelude::*;
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many commits one task walks.
const STRETCH: usize = 2048;

/// How many directories and changes one commit may have. A few kilobytes of nested trees can spell out more paths than
/// fit in memory. Above this limit the rest of such a commit's paths are left out, and that is reported.
const MOST: usize = 1_000_000;

/// How many paths of one secret one commit may have: a few kilobytes of nested trees that lead to one secret would be a
/// million places of it. Above this limit the rest is left out, likewise.
const MOST_ALIKE: usize = if cfg!(test) { 2_000 } else { 20_000 };

/// How many directories are still walked after that, for the other secrets of the commit.
const MOST_AFTER: usize = MOST_ALIKE * 10;

/// How many places of one secret all commits may have.
const MOST_PLACES: usize = MOST_ALIKE * 5;

/// The longest path that is reported whole, in bytes: Linux allows none that is longer.
pub(super) const LONGEST: usize = 4096;

/// A path's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PathNumber(pub(crate) u32);

impl PathNumber {
    /// The root's.
    pub(crate) const ROOT: Self = Self(0);

    /// Its place in [`Paths::nodes`].
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a commit does to a secret at a path. Compared with the first parent, the first two add the secret and the
/// third removes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ChangeKind {
    /// It is here and at no parent.
    Introduce,
    /// It is here and at a parent, but not at the first.
    Merge,
    /// It is not here, and was at the first parent.
    Remove,
    /// It is not here, and was at a parent that is not the first.
    Drop,
}

impl ChangeKind {
    /// How many times more (or fewer) the secret is in the tree than in the first parent's.
    pub(super) fn delta(self) -> i64 {
        match self {
            Self::Introduce | Self::Merge => 1,
            Self::Remove => -1,
            Self::Drop => 0,
        }
    }

    /// True if it removes the secret.
    pub(crate) fn removes(self) -> bool {
        matches!(self, Self::Remove | Self::Drop)
    }
}

/// A change to a secret at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Change {
    /// The secret.
    pub(crate) secret: SecretNumber,
    /// The path.
    pub(crate) path: PathNumber,
    /// The commit that makes the change.
    pub(crate) commit: Position,
    /// What it does.
    pub(crate) act: ChangeKind,
    /// The commit's blob at the path; `None` if it removes.
    pub(crate) blob: Option<ObjectNumber>,
}

/// All changes, ordered by secret, path and commit.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// The changes.
    pub(super) all: Vec<Change>,
    /// The paths they name.
    pub(super) paths: Paths,
    /// True if a commit had more than is reported.
    pub(super) cut: bool,
}

impl Changes {
    /// Walks every commit of `graph`.
    pub(super) fn new(graph: &Graph, plan: &PrunedTrees, holds: &SecretSets) -> Self {
        let cut = AtomicBool::new(false);
        let positions: Vec<Position> = graph.positions().collect();
        let walked: Vec<_> = positions
            .par_chunks(STRETCH)
            .map(|stretch| {
                let mut walk = ChangeWalk { sides: PrunedSides { plan, holds }, changes: Self::default() };
                for &at in stretch {
                    let commits = std::iter::once(&at).chain(graph.parents(at));
                    let roots = commits
                        .map(|&at| walk.sides.side(graph.tree(at).and_then(|tree| plan.node(tree))))
                        .collect();
                    let Ok(()) = walk.commit(at, roots);
                }
                cut.fetch_or(walk.changes.cut, Ordering::Relaxed);
                (walk.changes.all, walk.changes.paths)
            })
            .collect();
        let mut changes = Self { cut: cut.into_inner(), ..Self::default() };
        for (some, paths) in walked {
            let renumbered = changes.paths.merge(&paths);
            let some =
                some.into_iter().map(|change| Change { path: renumbered[change.path.index()], ..change });
            changes.all.extend(some);
        }
        changes.all.par_sort_unstable();
        changes.cut |= keep_some_paths(&mut changes.all, MOST_PLACES);
        changes
    }
}

/// Paths as a tree of names.
#[derive(Debug)]
pub(crate) struct Paths {
    /// Each path's directory and name; the first is the root, which has no name.
    nodes: Vec<(PathNumber, Option<Name>)>,
    numbers: HashMap<(PathNumber, Name), PathNumber, Fold>,
}

impl Default for Paths {
    fn default() -> Self {
        Self { nodes: vec![(PathNumber::ROOT, None)], numbers: HashMap::default() }
    }
}

impl Paths {
    /// Paths from the directory and name of each, the root first; a directory comes before what is in it.
    pub(crate) fn of(nodes: Vec<(PathNumber, Option<Name>)>) -> Self {
        let named = (1..).map(PathNumber).zip(&nodes[1..]);
        let numbers = named.filter_map(|(number, &(above, name))| Some(((above, name?), number))).collect();
        Self { nodes, numbers }
    }

    /// Each path's directory and name.
    pub(crate) fn nodes(&self) -> &[(PathNumber, Option<Name>)] {
        &self.nodes
    }

    pub(super) fn number(&mut self, directory: PathNumber, name: Name) -> PathNumber {
        let next = PathNumber(self.nodes.len() as u32);
        let nodes = &mut self.nodes;
        *self.numbers.entry((directory, name)).or_insert_with(|| {
            nodes.push((directory, Some(name)));
            next
        })
    }

    /// Takes over the paths of another; their numbers here, by their numbers there.
    fn merge(&mut self, other: &Self) -> Vec<PathNumber> {
        let mut renumbered = vec![PathNumber::ROOT];
        for &(directory, name) in &other.nodes[1..] {
            let directory = renumbered[directory.index()];
            renumbered.push(name.map_or(directory, |name| self.number(directory, name)));
        }
        renumbered
    }

    /// A path's bytes, with `/`. Of one that is longer than any system allows, only the end: a few nested trees can
    /// spell out paths larger than memory.
    pub(super) fn bytes(&self, path: PathNumber, names: &[Box<[u8]>]) -> Vec<u8> {
        let mut parts: Vec<&[u8]> = Vec::new();
        let mut room = LONGEST;
        let mut at = path;
        while let (directory, Some(name)) = self.nodes[at.index()] {
            let name = &names[name.index()];
            if name.len() >= room {
                parts.push(&name[name.len() - room..]);
                parts.push("…".as_bytes());
                break;
            }
            room -= name.len() + 1;
            parts.push(name);
            at = directory;
        }
        parts.reverse();
        parts.join(&b'/')
    }
}

/// The trees that are compared, and how one side of a comparison is read. What a commit introduces or
/// removes is decided by [`ChangeWalk`] alone, whatever the sides are made of.
pub(super) trait ComparedTrees {
    /// What is at a path in one commit's tree.
    type TreeSide: Copy;
    /// An entry of a directory.
    type Entry: Copy;
    /// Why a comparison is given up.
    type Error;

    /// Nothing at the path.
    const NOTHING: Self::TreeSide;

    /// True if both are the same, and all below them.
    fn are_same(one: &Self::TreeSide, other: &Self::TreeSide) -> bool;

    /// True if there is something at the path.
    fn is_there(side: &Self::TreeSide) -> bool;

    /// Prepares what [`Self::entries`] returns for these sides, of which the first is the commit's own.
    fn prepare(&mut self, sides: &[Self::TreeSide]) -> Result<(), Self::Error>;

    /// The secrets of a side that is a blob, ascending.
    fn secrets(&self, side: &Self::TreeSide) -> &[SecretNumber];

    /// The blob that a side is.
    fn blob(&self, side: &Self::TreeSide) -> Option<ObjectNumber>;

    /// The entries of a side that is a directory, ascending by name.
    fn entries(&self, side: &Self::TreeSide) -> &[Self::Entry];

    /// The name of an entry.
    fn name(entry: &Self::Entry) -> Name;

    /// What an entry points to.
    fn entry(&self, entry: &Self::Entry) -> Self::TreeSide;
}

/// What is at a path in a pruned tree.
#[derive(Clone, Copy, Debug)]
struct Pruned {
    content: TreeClass,
    node: Option<PrunedTarget>,
}

/// Trees of which only the entries that lead to secrets are known.
struct PrunedSides<'a> {
    plan: &'a PrunedTrees,
    holds: &'a SecretSets,
}

impl PrunedSides<'_> {
    fn side(&self, node: Option<PrunedTarget>) -> Pruned {
        Pruned { content: self.plan.content(node, self.holds), node }
    }
}

impl ComparedTrees for PrunedSides<'_> {
    type TreeSide = Pruned;
    type Entry = PrunedEdge;
    type Error = Infallible;

    const NOTHING: Pruned = Pruned { content: TreeClass::NOTHING, node: None };

    fn are_same(one: &Pruned, other: &Pruned) -> bool {
        one.content == other.content
    }

    fn is_there(side: &Pruned) -> bool {
        side.content != TreeClass::NOTHING
    }

    fn prepare(&mut self, _: &[Pruned]) -> Result<(), Infallible> {
        Ok(())
    }

    fn secrets(&self, side: &Pruned) -> &[SecretNumber] {
        self.holds.secrets(side.content.set())
    }

    fn blob(&self, side: &Pruned) -> Option<ObjectNumber> {
        side.node.and_then(PrunedTarget::as_blob)
    }

    fn entries(&self, side: &Pruned) -> &[PrunedEdge] {
        side.node.map_or(&[], |node| self.plan.ways(node))
    }

    fn name(entry: &PrunedEdge) -> Name {
        entry.name
    }

    fn entry(&self, entry: &PrunedEdge) -> Pruned {
        self.side(entry.node)
    }
}

/// A walk over some commits: the one definition of what a commit does to a secret at a path.
pub(super) struct ChangeWalk<S> {
    /// What is compared.
    pub(super) sides: S,
    /// What was found so far, in no fixed order, and the paths it names.
    pub(super) changes: Changes,
}

impl<S: ComparedTrees> ChangeWalk<S> {
    /// Records what the commit at `at` changes. Its tree is the first of `roots`; the others are its parents' trees.
    pub(super) fn commit(&mut self, at: Position, mut roots: Vec<S::TreeSide>) -> Result<(), S::Error> {
        // The sides are the commit, then its parents. A directory that is still to be compared is its path and
        // its sides, at the end of `roots`.
        let sides = &mut roots;
        let count = sides.len();
        if !differ::<S>(sides) {
            return Ok(());
        }
        let before = self.changes.all.len();
        let mut pending = vec![PathNumber::ROOT];
        let mut here = Vec::with_capacity(count);
        let (mut steps, mut most_steps, mut counted) = (0, MOST, MOST_ALIKE);
        while let Some(path) = pending.pop() {
            here.clear();
            here.extend(sides.drain(sides.len() - count..));
            steps += 1;
            if steps > most_steps || steps + self.changes.all.len() - before > MOST {
                self.changes.cut = true;
                return Ok(());
            }
            self.sides.prepare(&here)?;
            self.blobs(at, path, &here);
            self.children(path, &here, &mut pending, sides);
            if self.changes.all.len() - before > counted {
                if keep_some(&mut self.changes.all, before, MOST_ALIKE) {
                    self.changes.cut = true;
                    most_steps = most_steps.min(steps + MOST_AFTER);
                }
                counted = self.changes.all.len() - before + MOST_ALIKE;
            }
        }
        Ok(())
    }

    /// Records what changes at `path` itself.
    fn blobs(&mut self, commit: Position, path: PathNumber, here: &[S::TreeSide]) {
        let sides = &self.sides;
        let (own, parents) = (sides.secrets(&here[0]), &here[1..]);
        let holds =
            |side: &S::TreeSide, secret: &SecretNumber| sides.secrets(side).binary_search(secret).is_ok();
        for secret in own {
            let act = match parents.iter().position(|parent| holds(parent, secret)) {
                Some(0) => continue,
                Some(_) => ChangeKind::Merge,
                None => ChangeKind::Introduce,
            };
            let blob = sides.blob(&here[0]);
            self.changes.all.push(Change { secret: *secret, path, commit, act, blob });
        }
        let mut gone: Vec<(SecretNumber, ChangeKind)> = Vec::new();
        for (number, parent) in parents.iter().enumerate() {
            let act = if number == 0 { ChangeKind::Remove } else { ChangeKind::Drop };
            let lost = sides.secrets(parent).iter().filter(|&secret| own.binary_search(secret).is_err());
            gone.extend(lost.map(|&secret| (secret, act)));
        }
        gone.sort_unstable();
        gone.dedup_by_key(|&mut (secret, _)| secret);
        let gone = gone.into_iter().map(|(secret, act)| Change { secret, path, commit, act, blob: None });
        self.changes.all.extend(gone);
    }

    /// Queues each entry of the directory at `path` whose sides differ.
    fn children(
        &mut self,
        path: PathNumber,
        here: &[S::TreeSide],
        pending: &mut Vec<PathNumber>,
        sides: &mut Vec<S::TreeSide>,
    ) {
        let mut lists: Vec<&[S::Entry]> = here.iter().map(|side| self.sides.entries(side)).collect();
        while let Some(name) = lists.iter().filter_map(|list| list.first()).map(S::name).min() {
            let from = sides.len();
            for rest in &mut lists {
                sides.push(match rest.split_first() {
                    Some((entry, after)) if S::name(entry) == name => {
                        *rest = after;
                        self.sides.entry(entry)
                    }
                    _ => S::NOTHING,
                });
            }
            if differ::<S>(&sides[from..]) {
                pending.push(self.changes.paths.number(path, name));
            } else {
                sides.truncate(from);
            }
        }
    }
}

/// Drops what comes after `from` of a secret's changes beyond the first `most`; true if there were so many.
fn keep_some(changes: &mut Vec<Change>, from: usize, most: usize) -> bool {
    let mut kept: HashMap<SecretNumber, usize, Fold> = HashMap::default();
    let before = changes.len();
    let mut at = 0;
    changes.retain(|change| {
        at += 1;
        if at <= from {
            return true;
        }
        let count = kept.entry(change.secret).or_default();
        *count += 1;
        *count <= most
    });
    changes.len() < before
}

/// Drops the changes of the last paths of a secret that has more than `most`, in order; true if there is one.
fn keep_some_paths(changes: &mut Vec<Change>, most: usize) -> bool {
    let before = changes.len();
    let mut last: Option<(SecretNumber, PathNumber)> = None;
    let (mut count, mut is_over) = (0, false);
    changes.retain(|&Change { secret, path, .. }| {
        match last {
            Some((of, at)) if of == secret => is_over |= count >= most && at != path,
            _ => (count, is_over) = (0, false),
        }
        last = Some((secret, path));
        count += 1;
        !is_over
    });
    changes.len() < before
}

/// True if some parent's side differs from the commit's, which is the first; a commit without parents differs from
/// nothing.
fn differ<S: ComparedTrees>(sides: &[S::TreeSide]) -> bool {
    match sides {
        [own] => S::is_there(own),
        [own, parents @ ..] => parents.iter().any(|side| !S::are_same(side, own)),
        [] => false,
    }
}
