//! The lifetime of one secret, from the changes that commits make to it: where it was introduced and removed, and what
//! still contains it.
//!
//! Every commit hangs below its first parent, which makes a forest. A change adds or takes away a copy of the secret in the
//! trees of its commit and of all commits below that. So the number of copies in a commit's tree is the sum of the
//! changes at it and above it.

use super::commit_changes::{Change, ChangeKind};
use super::tips::{RefNumber, Tips};
use crate::git::commit_graph::{Graph, Position};
use rayon::prelude::*;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// How many commits are followed to their descendants at once: the bits of a word.
const BATCH: usize = 64;

/// The introduction of a secret at a path.
#[derive(Clone, Debug)]
pub(super) struct Introduction {
    /// The change that brought it.
    pub(super) change: Change,
    /// The first commit, oldest first, that descends from it and removed the secret from the path.
    pub(super) removed: Option<Position>,
    /// True if some ref's tip contains the secret at the path.
    pub(super) live: bool,
}

/// A secret's lifetime in trees.
#[derive(Clone, Debug, Default)]
pub(super) struct TreeLifetime {
    /// Its introductions at paths.
    pub(super) arrivals: Vec<Introduction>,
    /// The first commit whose tree contains it while no parent's does.
    pub(super) introduced: Option<Position>,
    /// The last commit whose tree does not contain it while a parent's does.
    pub(super) removed: Option<Position>,
    /// The first refs whose tips contain it.
    pub(super) refs: Vec<RefNumber>,
    /// How many refs' tips contain it.
    pub(super) ref_count: u64,
}

/// The lifetime of the secret whose changes these are, ordered by path and commit; `most` is how many refs to
/// name. Arrivals whose removal is [`UnresolvedRemoval`] are settled later, for all secrets together.
pub(super) fn life(
    changes: &[Change],
    graph: &Graph,
    tips: &Tips,
    most: usize,
) -> (TreeLifetime, Vec<UnresolvedRemoval>) {
    let mut life = TreeLifetime::default();
    let mut doubts = Vec::new();
    for at_path in changes.chunk_by(|one, other| one.path == other.path) {
        arrivals(at_path, graph, tips, &mut life.arrivals, &mut doubts);
    }
    let count = Count::new(changes, graph);
    let mut commits: Vec<Position> = changes.iter().map(|change| change.commit).collect();
    commits.sort_unstable();
    commits.dedup();
    commits.retain(|&at| !graph.is_boundary(at));
    let held = |at: Position| count.at(graph.enter(at)) > 0;
    let mut before =
        commits.iter().map(|&at| (at, held(at), graph.parents(at).iter().any(|&parent| held(parent))));
    life.introduced = before.clone().find(|&(_, own, parents)| own && !parents).map(|(at, ..)| at);
    life.removed = before.rfind(|&(_, own, parents)| !own && parents).map(|(at, ..)| at);
    let ranges = count.held();
    life.ref_count = ranges.iter().map(|range| tips.count(range.clone())).sum();
    life.refs = tips.first(&ranges, most);
    (life, doubts)
}

/// An arrival and the later removals of which the first that descends from it is sought.
#[derive(Debug)]
pub(super) struct UnresolvedRemoval {
    /// The arrival's number in [`TreeLifetime::arrivals`].
    pub(super) arrival: usize,
    /// The arrival's commit.
    from: Position,
    /// The removals at the path, ascending: those of many arrivals are one list.
    removals: Arc<[Position]>,
    /// Where the later ones start in it.
    start: usize,
}

impl UnresolvedRemoval {
    fn later(&self) -> &[Position] {
        &self.removals[self.start..]
    }
}

/// What commits do to a secret at one path.
fn arrivals(
    changes: &[Change],
    graph: &Graph,
    tips: &Tips,
    arrivals: &mut Vec<Introduction>,
    doubts: &mut Vec<UnresolvedRemoval>,
) {
    let live: i64 =
        changes.iter().map(|change| change.act.delta() * tips.count(graph.below(change.commit)) as i64).sum();
    let removals: Arc<[Position]> =
        changes.iter().filter(|change| change.act.removes()).map(|change| change.commit).collect();
    let introductions = || changes.iter().filter(|change| change.act == ChangeKind::Introduce);
    let alone = introductions().nth(1).is_none();
    for change in introductions() {
        let start = removals.partition_point(|&at| at <= change.commit);
        let first = removals.get(start).copied();
        // The only introduction at a path is an ancestor of every removal there; so is, of a removal below it in the
        // forest, this one.
        let certain = alone || first.is_none_or(|at| graph.below(change.commit).contains(&graph.enter(at)));
        if !certain {
            let removals = Arc::clone(&removals);
            doubts.push(UnresolvedRemoval { arrival: arrivals.len(), from: change.commit, removals, start });
        }
        let removed = if certain { first } else { None };
        arrivals.push(Introduction { change: *change, removed, live: live > 0 });
    }
}

/// How often commits' trees contain a secret, as a function of their number in the forest.
#[derive(Debug)]
struct Count {
    /// From which number on it is how many; ascending, each number once.
    steps: Vec<(u32, i64)>,
}

impl Count {
    fn new(changes: &[Change], graph: &Graph) -> Self {
        let mut steps: Vec<(u32, i64)> = Vec::with_capacity(changes.len() * 2);
        for change in changes.iter().filter(|change| change.act.delta() != 0) {
            let below = graph.below(change.commit);
            steps.push((below.start, change.act.delta()));
            steps.push((below.end, -change.act.delta()));
        }
        steps.sort_unstable();
        let mut total = 0;
        for step in &mut steps {
            total += step.1;
            step.1 = total;
        }
        // Of the steps at one number the last has the sum of all.
        steps.reverse();
        steps.dedup_by_key(|step| step.0);
        steps.reverse();
        Self { steps }
    }

    fn at(&self, number: u32) -> i64 {
        let after = self.steps.partition_point(|&(from, _)| from <= number);
        if after == 0 { 0 } else { self.steps[after - 1].1 }
    }

    /// The ranges in which the count is not zero.
    fn held(&self) -> Vec<Range<u32>> {
        let pairs = self.steps.windows(2).filter(|pair| pair[0].1 > 0);
        pairs.map(|pair| pair[0].0..pair[1].0).collect()
    }
}

/// Settles doubts: for each, the first of its removals that descends from its arrival's commit.
pub(super) fn settle(doubts: &[&UnresolvedRemoval], graph: &Graph) -> Vec<Option<Position>> {
    let mut from: Vec<Position> = doubts.iter().map(|doubt| doubt.from).collect();
    from.sort_unstable();
    from.dedup();
    let batch_of: HashMap<Position, (usize, u32)> =
        (0..).zip(&from).map(|(at, &from)| (from, (at / BATCH, (at % BATCH) as u32))).collect();
    let mut by_batch: Vec<Vec<usize>> = vec![Vec::new(); from.len().div_ceil(BATCH)];
    for (at, doubt) in doubts.iter().enumerate() {
        by_batch[batch_of[&doubt.from].0].push(at);
    }
    let settle = |(batch, members): (&[Position], &Vec<usize>)| {
        let last = members.iter().filter_map(|&at| doubts[at].later().last().copied()).max();
        let reached = last.filter(|&last| last >= batch[0]).map(|last| descendants(batch, last, graph));
        let first = |&at: &usize| {
            let (reached, bit) = (reached.as_ref()?, 1 << batch_of[&doubts[at].from].1);
            let descends = |removal: &&Position| reached[removal.index() - batch[0].index()] & bit != 0;
            Some((at, doubts[at].later().iter().find(descends).copied()))
        };
        members.iter().filter_map(first).collect::<Vec<_>>()
    };
    let batches: Vec<_> = from.par_chunks(BATCH).zip(&by_batch).map(settle).collect();
    let mut settled = vec![None; doubts.len()];
    for (at, removal) in batches.into_iter().flatten() {
        settled[at] = removal;
    }
    settled
}

/// For each commit from the first of `from` (ascending, at most a word's bits) to `last`, which of them it descends
/// from.
fn descendants(from: &[Position], last: Position, graph: &Graph) -> Vec<u64> {
    let first = from[0].index();
    let mut reached = vec![0u64; last.index() - first + 1];
    for (bit, &at) in from.iter().enumerate() {
        if at <= last {
            reached[at.index() - first] |= 1 << bit;
        }
    }
    for at in Position::range(first..last.index() + 1) {
        let parents = graph.parents(at).iter().filter_map(|&parent| parent.index().checked_sub(first));
        let bits = parents.fold(0, |bits, parent| bits | reached[parent]);
        reached[at.index() - first] |= bits;
    }
    reached
}
