//! What each commit changes: which secrets it brings to which paths, and which it takes from them.
//!
//! The trees of a commit and of all its parents are walked side by side, down to where their contents differ. Commits
//! do not depend on each other here, so they are walked in parallel.

use super::fold::Fold;
use super::holds::{Holds, SecretNumber};
use super::node::Node;
use super::patches::{Edge, Name};
use super::plan::{Content, Plan};
use crate::git::commit_graph::{Graph, Position};
use crate::git::odb::id_table::{NONE, ObjectNumber};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many commits one task walks.
const STRETCH: usize = 2048;

/// How many directories and changes one commit may have. Trees can be nested so that a few kilobytes of them spell out
/// more paths than there is memory; beyond this the rest of such a commit's paths are left out, and it is said.
const MOST: usize = 4_000_000;

/// The longest path that is told whole, bytes: Linux takes none that is longer.
pub(super) const LONGEST: usize = 4096;

/// A path's number.
pub(super) type PathNumber = u32;

/// What a commit does to a secret at a path. Between a commit and its first parent the secret comes with the first two
/// and goes with the third.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    /// It stands here and at no parent.
    Introduce,
    /// It stands here and at a parent, but not at the first.
    Merge,
    /// It does not stand here, and did at the first parent.
    Remove,
    /// It does not stand here, and did at a parent that is not the first.
    Drop,
}

impl Act {
    /// How many times more (or fewer) the secret stands in the tree than in the first parent's.
    pub(super) fn delta(self) -> i64 {
        match self {
            Self::Introduce | Self::Merge => 1,
            Self::Remove => -1,
            Self::Drop => 0,
        }
    }

    /// True where it removes the secret.
    pub(super) fn removes(self) -> bool {
        matches!(self, Self::Remove | Self::Drop)
    }
}

/// A change to a secret at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Change {
    /// The secret.
    pub(super) secret: SecretNumber,
    /// The path.
    pub(super) path: PathNumber,
    /// The commit that makes the change.
    pub(super) commit: Position,
    /// What it does.
    pub(super) act: Act,
    /// The commit's blob at the path; [`NONE`] where it removes.
    pub(super) blob: ObjectNumber,
}

/// All changes, ordered by secret, path and commit.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// The changes.
    pub(super) all: Vec<Change>,
    /// The paths they name.
    pub(super) paths: Paths,
    /// True where a commit had more than this engine tells.
    pub(super) cut: bool,
}

impl Changes {
    /// Walks every commit of `graph`.
    pub(super) fn new(graph: &Graph, plan: &Plan, holds: &Holds) -> Self {
        let cut = AtomicBool::new(false);
        let positions: Vec<Position> = (0..graph.len() as Position).collect();
        let walked: Vec<_> = positions
            .par_chunks(STRETCH)
            .map(|stretch| {
                let mut walk = Walk { plan, holds, changes: Vec::new(), paths: Paths::default(), cut: false };
                for &at in stretch {
                    walk.commit(graph, at);
                }
                cut.fetch_or(walk.cut, Ordering::Relaxed);
                (walk.changes, walk.paths)
            })
            .collect();
        let mut changes = Self { cut: cut.into_inner(), ..Self::default() };
        for (some, paths) in walked {
            let renumbered = changes.paths.merge(&paths);
            let some =
                some.into_iter().map(|change| Change { path: renumbered[change.path as usize], ..change });
            changes.all.extend(some);
        }
        changes.all.par_sort_unstable();
        changes
    }
}

/// Paths as a tree of names.
#[derive(Debug)]
pub(super) struct Paths {
    /// Each path's directory and name; the first is the root.
    nodes: Vec<(PathNumber, Name)>,
    numbers: HashMap<(PathNumber, Name), PathNumber, Fold>,
}

impl Default for Paths {
    fn default() -> Self {
        Self { nodes: vec![(0, NONE)], numbers: HashMap::default() }
    }
}

impl Paths {
    /// Paths from the directory and name of each, the root first; a directory stands before what is in it.
    pub(super) fn of(nodes: Vec<(PathNumber, Name)>) -> Self {
        let numbers = (1..).zip(&nodes[1..]).map(|(number, &node)| (node, number)).collect();
        Self { nodes, numbers }
    }

    /// Each path's directory and name.
    pub(super) fn nodes(&self) -> &[(PathNumber, Name)] {
        &self.nodes
    }

    pub(super) fn number(&mut self, directory: PathNumber, name: Name) -> PathNumber {
        let next = self.nodes.len() as PathNumber;
        let nodes = &mut self.nodes;
        *self.numbers.entry((directory, name)).or_insert_with(|| {
            nodes.push((directory, name));
            next
        })
    }

    /// Takes over the paths of another; their numbers here, by their numbers there.
    fn merge(&mut self, other: &Self) -> Vec<PathNumber> {
        let mut renumbered = vec![0];
        for &(directory, name) in &other.nodes[1..] {
            let number = self.number(renumbered[directory as usize], name);
            renumbered.push(number);
        }
        renumbered
    }

    /// A path's bytes, with `/`. Of one that is longer than any system takes, the end: trees can be nested, and named,
    /// so that few of them spell out more than there is memory.
    pub(super) fn bytes(&self, path: PathNumber, names: &[Box<[u8]>]) -> Vec<u8> {
        let mut parts: Vec<&[u8]> = Vec::new();
        let mut room = LONGEST;
        let mut at = path;
        while at != 0 {
            let (directory, name) = self.nodes[at as usize];
            let name = &names[name as usize];
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

/// What stands at a path on one side.
#[derive(Clone, Copy, Debug)]
struct Side {
    content: Content,
    node: Node,
}

impl Side {
    const NOTHING: Self = Self { content: Content::NOTHING, node: Node::NOTHING };
}

/// A walk over some commits.
struct Walk<'a> {
    plan: &'a Plan,
    holds: &'a Holds,
    changes: Vec<Change>,
    paths: Paths,
    cut: bool,
}

impl Walk<'_> {
    fn commit(&mut self, graph: &Graph, at: Position) {
        let root = |at| self.side(self.plan.node(graph.tree(at)));
        // Side by side: the commit, then its parents. A directory to look at is its path and its sides, which stand
        // at the end of `sides`.
        let mut sides = vec![root(at)];
        sides.extend(graph.parents(at).iter().map(|&parent| root(parent)));
        let count = sides.len();
        if !differ(&sides) {
            return;
        }
        let before = self.changes.len();
        let mut pending = vec![0];
        let mut here = Vec::with_capacity(count);
        let mut steps = 0;
        while let Some(path) = pending.pop() {
            here.clear();
            here.extend(sides.drain(sides.len() - count..));
            steps += 1;
            if steps + self.changes.len() - before > MOST {
                self.cut = true;
                return;
            }
            self.blobs(at, path, &here);
            self.children(path, &here, &mut pending, &mut sides);
        }
    }

    fn side(&self, node: Node) -> Side {
        Side { content: self.plan.content(node, self.holds), node }
    }

    /// Notes what changes at `path` itself.
    fn blobs(&mut self, commit: Position, path: PathNumber, sides: &[Side]) {
        let set = |side: &Side| self.holds.secrets(side.content.set());
        let (own, parents) = (set(&sides[0]), &sides[1..]);
        let holds = |side: &Side, secret: &SecretNumber| set(side).binary_search(secret).is_ok();
        for secret in own {
            let act = match parents.iter().position(|parent| holds(parent, secret)) {
                Some(0) => continue,
                Some(_) => Act::Merge,
                None => Act::Introduce,
            };
            let blob = sides[0].node.as_blob().unwrap_or(NONE);
            self.changes.push(Change { secret: *secret, path, commit, act, blob });
        }
        let mut gone: Vec<(SecretNumber, Act)> = Vec::new();
        for (number, parent) in parents.iter().enumerate() {
            let act = if number == 0 { Act::Remove } else { Act::Drop };
            let lost = set(parent).iter().filter(|&secret| own.binary_search(secret).is_err());
            gone.extend(lost.map(|&secret| (secret, act)));
        }
        gone.sort_unstable();
        gone.dedup_by_key(|&mut (secret, _)| secret);
        let gone = gone.into_iter().map(|(secret, act)| Change { secret, path, commit, act, blob: NONE });
        self.changes.extend(gone);
    }

    /// Puts aside each entry of the directory at `path` whose sides differ.
    fn children(
        &mut self,
        path: PathNumber,
        here: &[Side],
        pending: &mut Vec<PathNumber>,
        sides: &mut Vec<Side>,
    ) {
        let mut ways: Vec<&[Edge]> = here.iter().map(|side| self.plan.ways(side.node)).collect();
        while let Some(name) = ways.iter().filter_map(|ways| ways.first()).map(|way| way.name).min() {
            let from = sides.len();
            for rest in &mut ways {
                sides.push(match rest.split_first() {
                    Some((way, after)) if way.name == name => {
                        *rest = after;
                        self.side(way.node)
                    }
                    _ => Side::NOTHING,
                });
            }
            if differ(&sides[from..]) {
                pending.push(self.paths.number(path, name));
            } else {
                sides.truncate(from);
            }
        }
    }
}

/// True where some parent's content differs from the commit's, which is the first; a commit without parents differs
/// from nothing.
fn differ(sides: &[Side]) -> bool {
    let own = sides[0].content;
    if sides.len() == 1 { own != Content::NOTHING } else { sides[1..].iter().any(|side| side.content != own) }
}
