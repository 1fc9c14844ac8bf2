//! The ways from trees to what holds secrets, and nothing else.
//!
//! Each such tree has a *content*: a number that two trees share exactly where they lead to the same secrets at the
//! same paths. Most commits change no secret, so their root's content is their parent's, and comparing the two ends
//! there.
//!
//! A tree is settled once all below it are, in rounds from the leaves up, each in parallel: as many rounds as
//! directories are deep. Trees nested deeper than any file system allows are left to one thread.

use super::fold::Fold;
use super::gather::lock;
use super::holds::{Holds, Set};
use super::table::{Index, NONE, Table};
use super::trees::{Edge, Name, Part};
use rayon::prelude::*;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

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
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// For each object its content; empty where nothing holds anything.
    contents: Vec<AtomicU32>,
    /// For each object its row in its part, or [`NONE`].
    rows: Vec<AtomicU32>,
    /// Ways, parted as edges are.
    parts: Vec<Ways>,
}

/// The ways of some trees.
#[derive(Debug, Default)]
struct Ways {
    /// Where in `ways` those of each row start and end.
    spans: Vec<(u32, u32)>,
    /// Ways, ascending by name within a tree, no name twice.
    ways: Vec<Way>,
}

/// The content of a tree that is not settled yet.
const PENDING: u32 = u32::MAX;
/// The content of a tree that one thread is on its way down from.
const ENTERED: u32 = u32::MAX - 2;

/// How many rounds there are at most.
const ROUNDS: usize = 64;
/// How many maps contents are kept in, so that threads seldom wait for each other.
const SHARDS: usize = 64;

impl Plan {
    /// The plan that the edges of all trees give.
    pub(super) fn new(table: &Table, holds: &Holds, parts: &[Part]) -> Self {
        if holds.is_empty() {
            return Self::default();
        }
        let filled = |value| (0..table.len()).map(|_| AtomicU32::new(value)).collect::<Vec<_>>();
        let (contents, rows) = (filled(Content::NOTHING.0), filled(NONE));
        for object in holds.objects() {
            contents[object as usize].store(Content::of_set(holds.set_of(object)).0, Ordering::Relaxed);
        }
        parts.par_iter().for_each(|part| {
            for (row, &(tree, _)) in (0..).zip(&part.trees) {
                contents[tree as usize].store(PENDING, Ordering::Relaxed);
                rows[tree as usize].store(row, Ordering::Relaxed);
            }
        });
        let settling = Settling { contents: &contents, known: Known::new() };
        let mut open: Vec<Open<'_>> = parts.iter().map(Open::new).collect();
        for _ in 0..ROUNDS {
            if !open
                .par_iter_mut()
                .map(|open| open.round(&settling))
                .reduce(|| false, |one, other| one | other)
            {
                break;
            }
        }
        // What is left is nested too deep, or stands on a cycle or above one, which only a damaged store can hold.
        for at in 0..open.len() {
            for row in std::mem::take(&mut open[at].pending) {
                descend(parts[at].trees[row as usize].0, &rows, &mut open, &settling);
            }
        }
        let parts = open.into_iter().map(|open| open.out).collect();
        Self { contents, rows, parts }
    }

    /// A tree's ways.
    pub(super) fn ways(&self, tree: Index) -> &[Way] {
        let row = self.rows.get(tree as usize).map_or(NONE, |row| row.load(Ordering::Relaxed));
        if row == NONE {
            return &[];
        }
        let Ways { spans, ways } = &self.parts[tree as usize % self.parts.len()];
        let (start, end) = spans[row as usize];
        &ways[start as usize..end as usize]
    }

    /// A tree's content.
    pub(super) fn content(&self, tree: Index) -> Content {
        let content =
            self.contents.get(tree as usize).map(|content| Content(content.load(Ordering::Relaxed)));
        content.filter(|content| content.is_tree()).unwrap_or(Content::NOTHING)
    }
}

/// What all threads share while trees are settled.
struct Settling<'a> {
    /// For each object its content, [`PENDING`] or [`ENTERED`].
    contents: &'a [AtomicU32],
    known: Known,
}

impl Settling<'_> {
    fn content(&self, object: Index) -> u32 {
        self.contents[object as usize].load(Ordering::Relaxed)
    }
}

/// Contents by what they are made of.
struct Known {
    hash: Fold,
    shards: Vec<Mutex<Shard>>,
}

type Shard = HashMap<Box<[(Name, Content)]>, Content, Fold>;

impl Known {
    fn new() -> Self {
        Self { hash: Fold::default(), shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }

    fn number(&self, made_of: &[(Name, Content)]) -> Content {
        let at = self.hash.hash_one(made_of) as usize % SHARDS;
        let mut shard = lock(&self.shards[at]);
        if let Some(&content) = shard.get(made_of) {
            return content;
        }
        let content = Content::of_tree((shard.len() * SHARDS + at) as u32);
        shard.insert(made_of.into(), content);
        content
    }
}

/// A part whose trees are being settled.
struct Open<'a> {
    part: &'a Part,
    /// Rows of the trees that are not settled.
    pending: Vec<u32>,
    out: Ways,
    /// What the tree at hand is made of; kept for its room.
    made_of: Vec<(Name, Content)>,
}

impl<'a> Open<'a> {
    fn new(part: &'a Part) -> Self {
        let count = part.trees.len();
        let out = Ways { spans: vec![(0, 0); count], ways: Vec::new() };
        Self { part, pending: (0..count as u32).collect(), out, made_of: Vec::new() }
    }

    /// Settles each tree below which all are settled; false where there is none.
    fn round(&mut self, settling: &Settling<'_>) -> bool {
        let mut pending = std::mem::take(&mut self.pending);
        let before = pending.len();
        pending.retain(|&row| {
            let waits =
                self.part.of(row as usize).iter().any(|edge| settling.content(edge.target) == PENDING);
            if !waits {
                self.settle(row, settling);
            }
            waits
        });
        self.pending = pending;
        self.pending.len() < before
    }

    /// Gives a tree its ways and its content, those below it having theirs.
    fn settle(&mut self, row: u32, settling: &Settling<'_>) {
        let ways = &mut self.out.ways;
        let from = ways.len();
        for &Edge { name, target } in self.part.of(row as usize) {
            let content = settling.content(target);
            if content != Content::NOTHING.0 && content != PENDING && content != ENTERED {
                ways.push(Way { name, content: Content(content), target });
            }
        }
        ways[from..].sort_by_key(|way| way.name);
        let mut kept = from;
        for at in from..ways.len() {
            if kept == from || ways[at].name != ways[kept - 1].name {
                ways[kept] = ways[at];
                kept += 1;
            }
        }
        ways.truncate(kept);
        self.out.spans[row as usize] = (from as u32, kept as u32);
        let content = if kept == from {
            Content::NOTHING
        } else {
            self.made_of.clear();
            self.made_of.extend(ways[from..].iter().map(|way| (way.name, way.content)));
            settling.known.number(&self.made_of)
        };
        let tree = self.part.trees[row as usize].0;
        settling.contents[tree as usize].store(content.0, Ordering::Relaxed);
    }
}

/// Settles `tree` and all below it, those below first; an edge back to where the way came from is cut.
fn descend(tree: Index, rows: &[AtomicU32], open: &mut [Open<'_>], settling: &Settling<'_>) {
    let mut stack: Vec<(Index, usize)> = Vec::new();
    let mut next = Some(tree);
    loop {
        if let Some(tree) = next.take().filter(|&tree| settling.content(tree) == PENDING) {
            settling.contents[tree as usize].store(ENTERED, Ordering::Relaxed);
            stack.push((tree, 0));
        }
        let Some((tree, done)) = stack.last_mut() else { return };
        let row = rows[*tree as usize].load(Ordering::Relaxed);
        let part = *tree as usize % open.len();
        match open[part].part.of(row as usize).get(*done) {
            Some(edge) => {
                *done += 1;
                next = Some(edge.target);
            }
            None => {
                stack.pop();
                open[part].settle(row, settling);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ObjectId;

    /// A table of `count` objects, and the index of each.
    fn table(count: u32) -> (Table, Vec<Index>) {
        let id = |number: u32| {
            let mut bytes = [0; 20];
            bytes[..4].copy_from_slice(&number.to_be_bytes());
            ObjectId::from_bytes(&bytes).expect("20 is a length of an id")
        };
        let table = Table::new(20, (0..count).map(id).collect()).expect("few ids");
        (table, (0..count).collect())
    }

    /// The plan of trees that lead to each other as `edges` say, where object 0 holds a secret.
    fn plan(count: u32, edges: impl Fn(Index) -> Vec<Index>) -> Plan {
        let (table, all) = table(count);
        let holds = Holds::new(&table, &[(table.id(0), vec![7])].into());
        let mut parts: Vec<Part> = (0..4).map(|_| Part::default()).collect();
        for &tree in &all[1..] {
            let part = &mut parts[tree as usize % 4];
            part.trees.push((tree, part.edges.len() as u32));
            part.edges.extend((0..).zip(edges(tree)).map(|(name, target)| Edge { name, target }));
        }
        Plan::new(&table, &holds, &parts)
    }

    #[test]
    fn trees_nested_deeper_than_there_are_rounds_lead_as_shallow_ones_do() {
        let deep = plan(5000, |tree| vec![tree - 1]);
        for tree in 1..5000 {
            let ways = deep.ways(tree);
            assert_eq!((ways.len(), ways[0].target), (1, tree - 1));
            assert!(deep.content(tree).is_tree());
            assert_ne!(deep.content(tree), deep.content(tree - 1));
        }
    }

    #[test]
    fn a_cycle_ends_and_what_stands_beside_it_is_found() {
        // Each of three leads to the next, the last to the first as well as to the secret.
        let cycle = plan(4, |tree| if tree == 3 { vec![1, 0] } else { vec![tree + 1] });
        assert!((1..4).all(|tree| cycle.content(tree).is_tree()));
        let mut at = 1;
        for _ in 0..4 {
            at = cycle.ways(at).last().map_or(at, |way| way.target);
        }
        assert_eq!(at, 0);
    }

    #[test]
    fn trees_share_a_content_where_they_lead_to_the_same_secrets_at_the_same_names() {
        let twins = plan(5, |tree| match tree {
            1 | 2 => vec![0],
            3 => vec![1],
            _ => vec![2],
        });
        assert_eq!(twins.content(1), twins.content(2));
        assert_eq!(twins.content(3), twins.content(4));
        assert_ne!(twins.content(1), twins.content(3));
    }
}
