//! The ways from trees to what holds secrets, and nothing else.
//!
//! Each such tree has a *content*: a number that two trees share exactly where they lead to the same secrets at the
//! same paths. Most commits change no secret, so their root's content is their parent's, and comparing the two ends
//! there.

use super::holds::{Holds, Set};
use super::table::{Index, NONE, Table};
use super::trees::{Edge, Name, Part};
use super::visitor::ObjectKind;
use std::collections::HashMap;

/// What stands at a path: nothing (0), a blob with a set of secrets, or a tree that leads to some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Content(u32);

impl Content {
    /// Nothing that holds a secret.
    pub(super) const NOTHING: Self = Self(0);

    fn of_set(set: Set) -> Self {
        Self(set << 1)
    }

    fn of_tree(number: u32) -> Self {
        Self(number << 1 | 1)
    }

    /// The secrets that stand right here; the empty set for a tree.
    pub(super) fn set(self) -> Set {
        if self.is_tree() { 0 } else { self.0 >> 1 }
    }

    /// True for a tree.
    pub(super) fn is_tree(self) -> bool {
        self.0 & 1 == 1
    }
}

/// A way from a tree to something that holds a secret, or leads to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// Its name in the tree.
    pub(super) name: Name,
    /// What is there.
    pub(super) content: Content,
    /// The tree or blob itself.
    pub(super) target: Index,
}

/// The ways of all trees. There are no cycles in it, whatever the store says.
#[derive(Debug)]
pub(super) struct Plan {
    /// For each object [`BORING`] or the number of its ways.
    number: Vec<u32>,
    /// For each number where its ways start, and at the end where the last one's end.
    starts: Vec<u32>,
    /// For each number its content.
    contents: Vec<Content>,
    /// Ways, ascending by name within a tree, no name twice.
    ways: Vec<Way>,
}

/// Not looked at yet.
const UNSEEN: u32 = u32::MAX;
/// Not a tree, or one that leads to no secret.
const BORING: u32 = u32::MAX - 1;
/// Being looked at.
const PENDING: u32 = u32::MAX - 2;

impl Plan {
    /// The plan that the edges of all trees give.
    pub(super) fn new(table: &Table, holds: &Holds, parts: &[Part]) -> Self {
        let mut builder = Builder {
            table,
            holds,
            edges: Edges::new(table, parts),
            plan: Self {
                number: vec![UNSEEN; table.len()],
                starts: vec![0],
                contents: Vec::new(),
                ways: Vec::new(),
            },
            known: HashMap::new(),
        };
        for part in parts {
            for &(tree, _) in &part.trees {
                builder.visit(tree);
            }
        }
        builder.plan
    }

    /// A tree's ways.
    pub(super) fn ways(&self, tree: Index) -> &[Way] {
        match self.number_of(tree) {
            Some(number) => &self.ways[self.starts[number] as usize..self.starts[number + 1] as usize],
            None => &[],
        }
    }

    /// A tree's content.
    pub(super) fn content(&self, tree: Index) -> Content {
        self.number_of(tree).map_or(Content::NOTHING, |number| self.contents[number])
    }

    fn number_of(&self, tree: Index) -> Option<usize> {
        let number = *self.number.get(tree as usize)?;
        (number < PENDING).then_some(number as usize)
    }
}

/// Finds the edges of a tree among the parts.
struct Edges<'a> {
    parts: &'a [Part],
    /// For each object its position in its part's `trees`, or [`NONE`].
    at: Vec<u32>,
}

impl<'a> Edges<'a> {
    fn new(table: &Table, parts: &'a [Part]) -> Self {
        let mut at = vec![NONE; table.len()];
        for part in parts {
            for (position, &(tree, _)) in (0..).zip(&part.trees) {
                at[tree as usize] = position;
            }
        }
        Self { parts, at }
    }

    fn of(&self, tree: Index) -> &'a [Edge] {
        let at = self.at[tree as usize];
        if at == NONE {
            return &[];
        }
        let part = &self.parts[tree as usize % self.parts.len()];
        let start = part.trees[at as usize].1 as usize;
        let end = part.trees.get(at as usize + 1).map_or(part.edges.len(), |&(_, next)| next as usize);
        &part.edges[start..end]
    }
}

struct Builder<'a> {
    table: &'a Table,
    holds: &'a Holds,
    edges: Edges<'a>,
    plan: Plan,
    /// Contents by what they are made of.
    known: HashMap<Box<[(Name, Content)]>, Content>,
}

impl<'a> Builder<'a> {
    /// Settles `tree` and all below it, those below first.
    fn visit(&mut self, tree: Index) {
        let mut stack: Vec<(Index, &'a [Edge])> = Vec::new();
        let mut next = Some(tree);
        loop {
            if let Some(tree) = next.take() {
                if self.plan.number[tree as usize] != UNSEEN {
                    // Settled, or a cycle, which is cut here.
                } else {
                    self.plan.number[tree as usize] = PENDING;
                    stack.push((tree, self.edges.of(tree)));
                }
            }
            let Some((tree, rest)) = stack.last_mut() else { return };
            match rest.split_first() {
                Some((edge, after)) => {
                    *rest = after;
                    if self.plan.number[edge.target as usize] == UNSEEN {
                        next = Some(edge.target);
                    }
                }
                None => {
                    let tree = *tree;
                    stack.pop();
                    self.settle(tree);
                }
            }
        }
    }

    /// Gives a tree its ways, those below it having theirs.
    fn settle(&mut self, tree: Index) {
        let from = self.plan.ways.len();
        for &Edge { name, target } in self.edges.of(tree) {
            let content = match self.table.kind(target) {
                Some(ObjectKind::Tree) => self.plan.content(target),
                _ => Content::of_set(self.holds.set_of(target)),
            };
            if content != Content::NOTHING {
                self.plan.ways.push(Way { name, content, target });
            }
        }
        if self.plan.ways.len() == from {
            self.plan.number[tree as usize] = BORING;
            return;
        }
        self.plan.ways[from..].sort_by_key(|way| way.name);
        let mut kept = from + 1;
        for at in from + 1..self.plan.ways.len() {
            if self.plan.ways[at].name != self.plan.ways[kept - 1].name {
                self.plan.ways[kept] = self.plan.ways[at];
                kept += 1;
            }
        }
        self.plan.ways.truncate(kept);
        let made_of: Box<[_]> = self.plan.ways[from..].iter().map(|way| (way.name, way.content)).collect();
        let next = Content::of_tree(self.known.len() as u32);
        let content = *self.known.entry(made_of).or_insert(next);
        self.plan.number[tree as usize] = self.plan.contents.len() as u32;
        self.plan.contents.push(content);
        self.plan.starts.push(self.plan.ways.len() as u32);
    }
}
