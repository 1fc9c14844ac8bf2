//! The commit graph: all commits, oldest first, and the forest of first parents.
//!
//! A commit's *position* is its number in topological order, ties broken by commit time, then by id; parents come
//! before their children. In the forest each commit is below its first parent. Numbered depth-first, the commits
//! below one are a range, so that "contained from here on" is two numbers, not a list.

use crate::git::commit_links::{AuthorNumber, Links};
use crate::git::odb::id_table::IdTable;
use crate::git::odb::number::{ObjectNumber, number};
use crate::git::odb::object_set::ObjectSet;
use crate::git::odb::sparse_map::SparseMap;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

number! {
    /// A commit's number in topological order.
    pub(crate) struct Position
}

number! {
    /// A commit's number by time.
    struct Rank
}

/// All commits of a store.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// By position: the commit, its tree, its author.
    nodes: Vec<GraphNode>,
    parents: Vec<Position>,
    /// By position: the commit's number in the forest, depth-first.
    enter: Vec<u32>,
    /// By position: after the last number below the commit.
    leave: Vec<u32>,
    /// The commits' positions.
    position: SparseMap<Position>,
    /// The boundary of a range: commits that are not in it, ascending.
    boundary: Vec<Position>,
}

#[derive(Clone, Copy, Debug)]
struct GraphNode {
    commit: ObjectNumber,
    tree: Option<ObjectNumber>,
    author: Option<AuthorNumber>,
    time: i64,
    /// Where its parents end in `parents`; they start at the end of the previous node's.
    parents_end: u32,
}

impl Graph {
    /// The graph of `commits`, each given once, in any order; `parents` are those of all.
    pub(crate) fn new(table: &IdTable, mut commits: Vec<Links>, parents: &[ObjectNumber]) -> Self {
        commits.par_sort_unstable_by_key(|links| (links.time, links.commit));
        // Until positions are known, commits are identified by their ranks in this order.
        let mut ranks = SparseMap::new(table.len(), commits.iter().map(|links| links.commit));
        for (rank, links) in Rank::first(commits.len()).zip(&commits) {
            ranks.set(links.commit, rank);
        }
        let by_rank = Families::new(&commits, |links| {
            let (from, end) = links.parents;
            parents[from as usize..end as usize].iter().filter_map(|&parent| ranks.get(parent))
        });
        let order = by_rank.sorted();
        let mut at_rank: Vec<Option<Position>> = vec![None; commits.len()];
        let mut nodes = Vec::with_capacity(commits.len());
        let mut parents = Vec::with_capacity(by_rank.parents.len());
        for (at, &rank) in Position::first(order.len()).zip(&order) {
            let Links { commit, tree, author, time, .. } = commits[rank.index()];
            // A parent that comes later is on a cycle, which only a damaged store can contain.
            parents.extend(by_rank.parents(rank).iter().filter_map(|&parent| at_rank[parent.index()]));
            nodes.push(GraphNode { commit, tree, author, time, parents_end: parents.len() as u32 });
            at_rank[rank.index()] = Some(at);
        }
        let position = ranks.renumbered(|rank| at_rank[rank.index()]);
        let mut graph =
            Self { nodes, parents, enter: Vec::new(), leave: Vec::new(), position, boundary: Vec::new() };
        graph.number_forest();
        graph
    }

    /// The graph of the commits of `past`, which were in order, and of the new ones (`parents` are theirs); and the new
    /// positions of the old ones. The order is that of [`Self::new`] for all of them. Whether a commit waits for its
    /// parents does not depend on later commits, so the old ones keep their order. Each new one is before the first old
    /// one that is younger, or after its parents.
    pub(crate) fn resumed(
        table: &IdTable,
        past: &[Past<'_>],
        fresh: &[Links],
        parents: &[ObjectNumber],
    ) -> (Self, Vec<Position>) {
        let all = past.iter().map(|old| old.commit).chain(fresh.iter().map(|links| links.commit));
        let mut position = SparseMap::new(table.len(), all);
        let of = |links: &Links| &parents[links.parents.0 as usize..links.parents.1 as usize];
        let mut graph = Self::default();
        graph.nodes.reserve(past.len() + fresh.len());
        let mut children: HashMap<ObjectNumber, Vec<usize>> = HashMap::new();
        let mut waits: Vec<usize> = vec![0; fresh.len()];
        for (at, links) in fresh.iter().enumerate() {
            for &parent in of(links).iter().filter(|&&parent| position.has(parent)) {
                children.entry(parent).or_default().push(at);
                waits[at] += 1;
            }
        }
        let rank = |at: usize| Reverse((fresh[at].time, fresh[at].commit, at));
        let mut ready: BinaryHeap<Reverse<(i64, ObjectNumber, usize)>> =
            (0..fresh.len()).filter(|&at| waits[at] == 0).map(rank).collect();
        let mut moved = Vec::with_capacity(past.len());
        loop {
            let old = past.get(moved.len());
            let is_next = |old: &&Past<'_>| {
                ready.peek().is_none_or(|&Reverse((time, commit, _))| (old.time, old.commit) < (time, commit))
            };
            let commit = if let Some(old) = old.filter(is_next) {
                // Parents of old commits are old, and come before them.
                graph.parents.extend(old.parents.iter().filter_map(|&at| moved.get(at.index())));
                moved.push(Position::new(graph.nodes.len() as u32));
                graph.add(old.commit, old.time, None, old.author, &mut position);
                old.commit
            } else if let Some(Reverse((_, _, at))) = ready.pop() {
                let links = &fresh[at];
                graph.parents.extend(of(links).iter().filter_map(|&parent| position.get(parent)));
                graph.add(links.commit, links.time, links.tree, links.author, &mut position);
                links.commit
            } else {
                break;
            };
            for &child in children.get(&commit).into_iter().flatten() {
                waits[child] -= 1;
                if waits[child] == 0 {
                    ready.push(rank(child));
                }
            }
        }
        graph.position = position;
        graph.number_forest();
        (graph, moved)
    }

    fn add(
        &mut self,
        commit: ObjectNumber,
        time: i64,
        tree: Option<ObjectNumber>,
        author: Option<AuthorNumber>,
        position: &mut SparseMap<Position>,
    ) {
        position.set(commit, Position::new(self.nodes.len() as u32));
        self.nodes.push(GraphNode { commit, tree, author, time, parents_end: self.parents.len() as u32 });
    }

    fn number_forest(&mut self) {
        let count = self.nodes.len();
        // Sizes of subtrees, children before parents; then each child takes its range from its parent's.
        let mut size = vec![1u32; count];
        for at in self.positions().rev() {
            if let Some(&first) = self.parents(at).first() {
                size[first.index()] += size[at.index()];
            }
        }
        let (mut enter, mut free) = (vec![0; count], vec![0; count]);
        let mut next_root = 0;
        for at in self.positions() {
            let slot = match self.parents(at).first() {
                Some(&first) => &mut free[first.index()],
                None => &mut next_root,
            };
            let at = at.index();
            enter[at] = *slot;
            *slot += size[at];
            free[at] = enter[at] + 1;
        }
        self.leave = enter.iter().zip(&size).map(|(&enter, &size)| enter + size).collect();
        self.enter = enter;
    }

    /// Sets the boundary commits: they are not in the range.
    pub(crate) fn begin_after(&mut self, boundary: &ObjectSet) {
        self.boundary = self.positions().filter(|&at| boundary.contains(self.commit(at))).collect();
    }

    /// True for a boundary commit.
    pub(crate) fn is_boundary(&self, at: Position) -> bool {
        self.boundary.binary_search(&at).is_ok()
    }

    /// All positions, in order.
    pub(crate) fn positions(&self) -> impl DoubleEndedIterator<Item = Position> + Clone + use<> {
        Position::first(self.len())
    }

    /// How many commits.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The parents that the store has, in order.
    pub(crate) fn parents(&self, at: Position) -> &[Position] {
        let at = at.index();
        let start = if at == 0 { 0 } else { self.nodes[at - 1].parents_end as usize };
        &self.parents[start..self.nodes[at].parents_end as usize]
    }

    /// The commit.
    pub(crate) fn commit(&self, at: Position) -> ObjectNumber {
        self.nodes[at.index()].commit
    }

    /// Its tree, if the store has it.
    pub(crate) fn tree(&self, at: Position) -> Option<ObjectNumber> {
        self.nodes[at.index()].tree
    }

    /// Its author's number; `None` for a commit that an earlier run read.
    pub(crate) fn author(&self, at: Position) -> Option<AuthorNumber> {
        self.nodes[at.index()].author
    }

    /// The committer's time.
    pub(crate) fn time(&self, at: Position) -> i64 {
        self.nodes[at.index()].time
    }

    /// The position of a commit.
    pub(crate) fn position(&self, commit: ObjectNumber) -> Option<Position> {
        self.position.get(commit)
    }

    /// The commits that descend from this one by first parents, itself included, as numbers in the forest.
    pub(crate) fn below(&self, at: Position) -> std::ops::Range<u32> {
        self.enter[at.index()]..self.leave[at.index()]
    }

    /// The commit's number in the forest.
    pub(crate) fn enter(&self, at: Position) -> u32 {
        self.enter[at.index()]
    }

    /// For each commit whether one of `tips` reaches it.
    pub(crate) fn reached(&self, tips: impl IntoIterator<Item = Position>) -> Vec<bool> {
        let mut reached = vec![false; self.len()];
        for tip in tips {
            reached[tip.index()] = true;
        }
        for at in self.positions().rev() {
            if reached[at.index()] {
                for &parent in self.parents(at) {
                    reached[parent.index()] = true;
                }
            }
        }
        reached
    }
}

/// A commit of an earlier run's graph, in its order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Past<'a> {
    /// The commit, by its present number.
    pub(crate) commit: ObjectNumber,
    /// The committer's time.
    pub(crate) time: i64,
    /// Its author's number.
    pub(crate) author: Option<AuthorNumber>,
    /// Its parents, by their positions then.
    pub(crate) parents: &'a [Position],
}

/// The parents of each commit, by ranks.
struct Families {
    /// For each commit, where its parents end; they start at the end of the previous commit's.
    ends: Vec<u32>,
    parents: Vec<Rank>,
}

impl Families {
    fn new<I: Iterator<Item = Rank>>(commits: &[Links], of: impl Fn(&Links) -> I) -> Self {
        let mut families =
            Self { ends: Vec::with_capacity(commits.len()), parents: Vec::with_capacity(commits.len()) };
        for links in commits {
            families.parents.extend(of(links));
            families.ends.push(families.parents.len() as u32);
        }
        families
    }

    fn parents(&self, rank: Rank) -> &[Rank] {
        let rank = rank.index();
        let start = if rank == 0 { 0 } else { self.ends[rank - 1] };
        &self.parents[start as usize..self.ends[rank] as usize]
    }

    /// Topological order: of the commits whose parents have all been given, always the lowest.
    fn sorted(&self) -> Vec<Rank> {
        let count = self.ends.len();
        let mut waits: Vec<u32> = Rank::first(count).map(|rank| self.parents(rank).len() as u32).collect();
        let mut starts = vec![0u32; count + 1];
        for &parent in &self.parents {
            starts[parent.index()] += 1;
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        // Each start is now at the end of its list; filling from the back moves it to the front.
        let mut children = vec![Rank::new(0); self.parents.len()];
        for rank in Rank::first(count).rev() {
            for &parent in self.parents(rank).iter().rev() {
                starts[parent.index()] -= 1;
                children[starts[parent.index()] as usize] = rank;
            }
        }
        // Most parents are older than their children, so nearly all commits are ready when one sweep gets to
        // them. Those that were not ready then are late, and come before all that the sweep has not reached yet.
        let mut late: BinaryHeap<Reverse<Rank>> = BinaryHeap::new();
        let mut sweep = 0_usize;
        let mut order = Vec::with_capacity(count);
        loop {
            let rank = late.pop().map(|Reverse(rank)| rank).or_else(|| {
                while waits.get(sweep).is_some_and(|&waits| waits > 0) {
                    sweep += 1;
                }
                sweep += 1;
                (sweep <= count).then(|| Rank::new(sweep as u32 - 1))
            });
            let Some(rank) = rank else { break };
            order.push(rank);
            for &child in &children[starts[rank.index()] as usize..starts[rank.index() + 1] as usize] {
                waits[child.index()] -= 1;
                if waits[child.index()] == 0 && child.index() < sweep {
                    late.push(Reverse(child));
                }
            }
        }
        if order.len() < count {
            order.extend(Rank::first(count).zip(&waits).filter(|&(_, &waits)| waits > 0).map(|(at, _)| at));
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ObjectId;
    use proptest::prelude::*;

    /// A commit's time, and how far back its parents are.
    type Made = (i64, Vec<usize>);

    fn graph(
        table: &IdTable,
        made: &[Made],
        range: std::ops::Range<usize>,
    ) -> (Vec<Links>, Vec<ObjectNumber>) {
        let (mut links, mut parents) = (Vec::new(), Vec::new());
        for at in range {
            let from = parents.len() as u32;
            let mut own: Vec<ObjectNumber> =
                made[at].1.iter().filter_map(|&back| at.checked_sub(back + 1)).map(name).collect();
            own.dedup();
            parents.extend(own);
            let parents = (from, parents.len() as u32);
            links.push(Links { commit: name(at), tree: None, parents, time: made[at].0, author: None });
        }
        assert!(links.iter().all(|links| links.commit.index() < table.len()));
        (links, parents)
    }

    /// The number of the commit that was made at `at`: ids have nothing to do with the order.
    fn name(at: usize) -> ObjectNumber {
        ObjectNumber::new((at as u32 * 37) % 101)
    }

    fn told(graph: &Graph) -> Vec<(ObjectNumber, Vec<Position>, u32)> {
        graph.positions().map(|at| (graph.commit(at), graph.parents(at).to_vec(), graph.enter(at))).collect()
    }

    proptest! {
        #[test]
        fn a_graph_that_grew_is_the_graph_of_all(
            made in proptest::collection::vec((0i64..20, proptest::collection::vec(0usize..6, 0..3)), 1..60),
            old in any::<prop::sample::Index>(),
        ) {
            let id = |number: u32| {
                let mut bytes = [0; 20];
                bytes[..4].copy_from_slice(&number.to_be_bytes());
                ObjectId::from_bytes(&bytes).expect("20 is a length of an id")
            };
            let table = IdTable::new(20, 101, (0..101).map(id)).expect("few ids");
            let old = old.index(made.len() + 1);
            let (links, parents) = graph(&table, &made, 0..made.len());
            let whole = Graph::new(&table, links, &parents);
            let (links, parents) = graph(&table, &made, 0..old);
            let before = Graph::new(&table, links, &parents);
            let past: Vec<Past<'_>> = before
                .positions()
                .map(|at| Past {
                    commit: before.commit(at),
                    time: before.time(at),
                    author: None,
                    parents: before.parents(at),
                })
                .collect();
            let (fresh, parents) = graph(&table, &made, old..made.len());
            let (grown, moved) = Graph::resumed(&table, &past, &fresh, &parents);
            prop_assert_eq!(told(&grown), told(&whole));
            for (at, &now) in Position::first(moved.len()).zip(&moved) {
                prop_assert_eq!(grown.commit(now), before.commit(at));
            }
        }
    }
}
