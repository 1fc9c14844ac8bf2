//! Trees pruned to the entries that lead to a secret.
//!
//! Trees with the same edges to secrets share a *list* of them. Each list has a *content*, a number. Two lists
//! have the same content exactly if they lead to the same secrets at the same paths. Most commits change no
//! secret, so their root's content is their parent's, and comparing the two ends there.
//!
//! Trees come as *patches*, their differences from their delta bases (see [`tree_deltas`](super::tree_deltas)). There are
//! three steps. [`leading`] finds which patches can lead to a secret at all, rather too many than too few.
//! [`Lists`] makes lists of the edges that do. Then lists get contents. A list is settled once all below it are, in
//! rounds from the leaves up, each in parallel: as many rounds as directories are deep. Lists nested deeper than any
//! file system allows are left to one thread.

use super::fold::Fold;
use super::secret_sets::{SecretSet, SecretSets};
use super::tree_deltas::{Edge, Name, Ordered, PatchNumber};
use super::tree_target::{TreeTarget, tree_number};
use crate::git::odb::number::{ObjectNumber, number};
use crate::sync::lock;
use rayon::prelude::*;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// What is at a path: nothing (0), a blob with a set of secrets, or a tree that leads to some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct TreeClass(u32);

impl TreeClass {
    /// Nothing that contains a secret.
    pub(super) const NOTHING: Self = Self(0);

    fn of_set(set: SecretSet) -> Self {
        Self(set.0 << 1)
    }

    fn of_tree(number: u32) -> Self {
        Self(number << 1 | 1)
    }

    /// The secrets of the blob; the empty set for a tree.
    pub(super) fn set(self) -> SecretSet {
        if self.is_tree() { SecretSet::EMPTY } else { SecretSet(self.0 >> 1) }
    }

    /// True for a tree.
    fn is_tree(self) -> bool {
        self.0 & 1 == 1
    }
}

number! {
    /// The number of a list of edges.
    pub(super) struct ListNumber
}

tree_number!(ListNumber);

/// The target of an edge of a pruned tree.
pub(super) type PrunedTarget = TreeTarget<ListNumber>;
/// An edge of a pruned tree.
pub(super) type PrunedEdge = Edge<ListNumber>;

/// The edges of all trees that lead to secrets. There are no cycles, even if the store is damaged.
#[derive(Debug, Default)]
pub(super) struct PrunedTrees {
    /// For each object the list of the tree that it is; empty if nothing contains a secret.
    lists_of: Vec<Option<ListNumber>>,
    /// For each list its content.
    contents: Vec<AtomicU32>,
    lists: Lists<ListNumber>,
}

/// Lists of edges to trees with numbers of the kind `Tree`: patches until all lists are made, lists after that.
#[derive(Debug)]
struct Lists<Tree> {
    parts: Vec<ListPart<Tree>>,
}

impl<Tree> Default for Lists<Tree> {
    fn default() -> Self {
        Self { parts: Vec::new() }
    }
}

/// Lists that are kept together.
#[derive(Debug)]
struct ListPart<Tree> {
    /// Where in `ways` those of each list start and end.
    spans: Vec<(u32, u32)>,
    /// Edges, ascending by name within a list.
    ways: Vec<Edge<Tree>>,
}

/// How many lists make a part.
const PART: usize = 4096;

/// The content of a list that is not settled yet.
const PENDING: u32 = u32::MAX;
/// The content of a list below which one thread is descending.
const ENTERED: u32 = u32::MAX - 2;

/// How many rounds there are at most.
const ROUNDS: usize = 64;
/// How many maps contents are kept in, so that threads seldom wait for each other.
const SHARDS: usize = 64;

impl PrunedTrees {
    /// The pruned trees, from the patches of all trees.
    pub(super) fn new(holds: &SecretSets, mut patches: Ordered) -> Self {
        if holds.is_empty() {
            return Self::default();
        }
        let leads = leading(&patches);
        let (lists, list_of) = Lists::new(&mut patches, &leads);
        drop(leads);
        // In place: the two kinds of number are equally large.
        let lists_of = patches.into_patches_of().into_iter();
        let lists_of = lists_of.map(|patch| patch.and_then(|patch| *list_of.get(patch.index())?)).collect();
        let mut lists = lists.renumbered(|patch| list_of[patch.index()]);
        drop(list_of);
        let contents: Vec<_> = (0..lists.count()).map(|_| AtomicU32::new(PENDING)).collect();
        let settling = Settling { contents: &contents, holds, known: KnownTree::new() };
        let mut open: Vec<Open> =
            (0..).step_by(PART).zip(std::mem::take(&mut lists.parts)).map(Open::new).collect();
        for _ in 0..ROUNDS {
            let rounds = open.par_iter_mut().map(|open| open.round(&settling));
            if !rounds.reduce(|| false, |one, other| one | other) {
                break;
            }
        }
        // What is left is nested too deep, or on a cycle or above one, which only a damaged store contains.
        for at in 0..open.len() {
            for list in std::mem::take(&mut open[at].pending) {
                descend(list, &mut open, &settling);
            }
        }
        lists.parts = open.into_iter().map(|open| open.part).collect();
        Self { lists_of, contents, lists }
    }

    /// Where a tree leads, if it leads to a secret.
    pub(super) fn node(&self, tree: ObjectNumber) -> Option<PrunedTarget> {
        self.lists_of.get(tree.index()).copied().flatten().map(TreeTarget::tree)
    }

    /// The edges from there.
    pub(super) fn ways(&self, node: PrunedTarget) -> &[PrunedEdge] {
        node.as_tree().map_or(&[], |list| self.lists.of(list))
    }

    /// What is there.
    pub(super) fn content(&self, node: Option<PrunedTarget>, holds: &SecretSets) -> TreeClass {
        content(&self.contents, holds, node)
    }

    /// How many different nodes trees may have; they are numbered from 0.
    pub(super) fn trees(&self) -> usize {
        self.contents.len()
    }
}

fn content(contents: &[AtomicU32], holds: &SecretSets, node: Option<PrunedTarget>) -> TreeClass {
    let Some(node) = node else { return TreeClass::NOTHING };
    match (node.as_blob(), node.as_tree()) {
        (Some(blob), _) => TreeClass::of_set(holds.set_of(blob)),
        (_, Some(list)) => TreeClass(contents[list.index()].load(Ordering::Relaxed)),
        _ => TreeClass::NOTHING,
    }
}

/// Whether an edge may lead to a secret, before lists are made: to a blob, or to a patch that may.
fn may_lead(node: Option<TreeTarget<PatchNumber>>, leads: &[bool]) -> bool {
    node.is_some_and(|node| node.as_tree().is_none_or(|patch| leads[patch.index()]))
}

/// Which patches may lead to a secret: a patch one of whose own edges does, and one whose base does, even if it takes
/// out just what led there.
fn leading(patches: &Ordered) -> Vec<bool> {
    let mut leads = vec![false; patches.count];
    loop {
        let mut is_new = false;
        for (number, (base, edges)) in patches.iter().enumerate() {
            if !leads[number]
                && (base.is_some_and(|base| leads[base.index()])
                    || edges.iter().any(|edge| may_lead(edge.node, &leads)))
            {
                leads[number] = true;
                is_new = true;
            }
        }
        if !is_new {
            return leads;
        }
    }
}

impl Lists<PatchNumber> {
    /// The lists of all patches, of the edges that lead to what `leads`; and for each patch its list, if there is one. The
    /// patches are freed on the way.
    fn new(patches: &mut Ordered, leads: &[bool]) -> (Self, Vec<Option<ListNumber>>) {
        let mut lists = Self::default();
        let mut list_of: Vec<Option<ListNumber>> = Vec::with_capacity(patches.count);
        let (mut changed, mut made): (Vec<Edge<PatchNumber>>, Vec<Edge<PatchNumber>>) =
            (Vec::new(), Vec::new());
        patches.drain(|base, edges| {
            let base = base.and_then(|base| *list_of.get(base.index())?);
            let inherited = base.map_or(&[][..], |base| lists.of(base));
            // Of the changes only those that matter: edges that lead to a secret, and those that replace one that did.
            changed.clear();
            for edge in edges {
                let before = inherited.binary_search_by_key(&edge.name, |edge| edge.name).ok();
                let before = before.and_then(|at| inherited[at].node);
                let node = edge.node.filter(|_| may_lead(edge.node, leads));
                if node != before {
                    changed.push(Edge { name: edge.name, node });
                }
            }
            if changed.is_empty() {
                list_of.push(base);
                return;
            }
            changed.sort_by_key(|edge| edge.name);
            made.clear();
            let mut inherited = inherited.iter().peekable();
            for change in &changed {
                while let Some(edge) = inherited.next_if(|edge| edge.name < change.name) {
                    made.push(*edge);
                }
                while inherited.next_if(|edge| edge.name == change.name).is_some() {}
                if change.node.is_some() {
                    made.push(*change);
                }
            }
            made.extend(inherited);
            list_of.push(if made.is_empty() { None } else { Some(lists.push(&made)) });
        });
        (lists, list_of)
    }

    fn push(&mut self, ways: &[Edge<PatchNumber>]) -> ListNumber {
        if self.parts.last().is_none_or(|part| part.spans.len() == PART) {
            if let Some(full) = self.parts.last_mut() {
                full.ways.shrink_to_fit();
            }
            self.parts.push(ListPart { spans: Vec::new(), ways: Vec::new() });
        }
        let number = (self.parts.len() - 1) * PART;
        let part = self.parts.last_mut().expect("one was pushed where there was none");
        let from = part.ways.len() as u32;
        part.ways.extend_from_slice(ways);
        part.spans.push((from, part.ways.len() as u32));
        ListNumber::new((number + part.spans.len() - 1) as u32)
    }

    /// The same with edges to lists. In place: the two kinds of number are equally large.
    fn renumbered(self, list_of: impl Fn(PatchNumber) -> Option<ListNumber> + Sync) -> Lists<ListNumber> {
        let each = |part: ListPart<PatchNumber>| {
            let ways = part.ways.into_iter().map(|way| way.renumbered(&list_of)).collect();
            ListPart { spans: part.spans, ways }
        };
        Lists { parts: self.parts.into_par_iter().map(each).collect() }
    }
}

impl<Tree> Lists<Tree> {
    fn count(&self) -> usize {
        self.parts.iter().map(|part| part.spans.len()).sum()
    }

    fn of(&self, list: ListNumber) -> &[Edge<Tree>] {
        let part = &self.parts[list.index() / PART];
        let (from, end) = part.spans[list.index() % PART];
        &part.ways[from as usize..end as usize]
    }
}

/// What all threads share while lists are settled.
struct Settling<'a> {
    /// For each list its content, [`PENDING`] or [`ENTERED`].
    contents: &'a [AtomicU32],
    holds: &'a SecretSets,
    known: KnownTree,
}

impl Settling<'_> {
    fn content(&self, node: Option<PrunedTarget>) -> TreeClass {
        content(self.contents, self.holds, node)
    }
}

/// Contents by what they are made of.
struct KnownTree {
    hash: Fold,
    shards: Vec<Mutex<Shard>>,
}

type Shard = HashMap<Box<[(Name, TreeClass)]>, TreeClass, Fold>;

impl KnownTree {
    fn new() -> Self {
        Self { hash: Fold::default(), shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }

    fn number(&self, made_of: &[(Name, TreeClass)]) -> TreeClass {
        let at = self.hash.hash_one(made_of) as usize % SHARDS;
        let mut shard = lock(&self.shards[at]);
        if let Some(&content) = shard.get(made_of) {
            return content;
        }
        let content = TreeClass::of_tree((shard.len() * SHARDS + at) as u32);
        shard.insert(made_of.into(), content);
        content
    }
}

/// A part whose lists are being settled.
struct Open {
    /// The number of its first list.
    first: usize,
    part: ListPart<ListNumber>,
    /// Lists that are not settled.
    pending: Vec<ListNumber>,
    /// What the current list is made of; kept to reuse its memory.
    made_of: Vec<(Name, TreeClass)>,
}

impl Open {
    fn new((first, part): (usize, ListPart<ListNumber>)) -> Self {
        let end = first + part.spans.len();
        Self { first, pending: ListNumber::range(first..end).collect(), part, made_of: Vec::new() }
    }

    /// Settles each list below which all are settled; false if there is none.
    fn round(&mut self, settling: &Settling<'_>) -> bool {
        let mut pending = std::mem::take(&mut self.pending);
        let before = pending.len();
        pending.retain(|&list| {
            let waits = self.of(list).iter().any(|way| settling.content(way.node).0 == PENDING);
            if !waits {
                self.settle(list, settling);
            }
            waits
        });
        self.pending = pending;
        self.pending.len() < before
    }

    fn of(&self, list: ListNumber) -> &[PrunedEdge] {
        let (from, end) = self.part.spans[list.index() - self.first];
        &self.part.ways[from as usize..end as usize]
    }

    /// Gives a list its content, those below it having theirs, and removes from it what leads nowhere. Of two edges
    /// of one name the first counts.
    fn settle(&mut self, list: ListNumber, settling: &Settling<'_>) {
        let (from, end) = &mut self.part.spans[list.index() - self.first];
        let mut kept = *from as usize;
        self.made_of.clear();
        for at in *from as usize..*end as usize {
            let way = self.part.ways[at];
            let content = settling.content(way.node);
            let leads = content != TreeClass::NOTHING && content.0 != PENDING && content.0 != ENTERED;
            if leads && self.made_of.last().is_none_or(|&(name, _)| name != way.name) {
                self.made_of.push((way.name, content));
                self.part.ways[kept] = way;
                kept += 1;
            }
        }
        *end = kept as u32;
        let content =
            if self.made_of.is_empty() { TreeClass::NOTHING } else { settling.known.number(&self.made_of) };
        settling.contents[list.index()].store(content.0, Ordering::Relaxed);
    }
}

/// Settles `list` and all below it, those below first; an edge back to a list on the way is cut.
fn descend(list: ListNumber, open: &mut [Open], settling: &Settling<'_>) {
    let mut stack: Vec<(ListNumber, usize)> = Vec::new();
    let mut next = Some(list);
    loop {
        if let Some(list) =
            next.take().filter(|&list| settling.content(Some(TreeTarget::tree(list))).0 == PENDING)
        {
            settling.contents[list.index()].store(ENTERED, Ordering::Relaxed);
            stack.push((list, 0));
        }
        let Some((list, done)) = stack.last_mut() else { return };
        let part = list.index() / PART;
        match open[part].of(*list).get(*done) {
            Some(way) => {
                *done += 1;
                next = way.node.and_then(TreeTarget::as_tree);
            }
            None => {
                let list = *list;
                stack.pop();
                open[part].settle(list, settling);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::odb::id_table::IdTable;
    use crate::model::{ObjectId, SecretNumber};

    /// The pruned trees of trees with these `edges`; object 0 contains a secret.
    fn plan(count: u32, edges: impl Fn(u32) -> Vec<u32>) -> PrunedTrees {
        let id = |number: u32| {
            let mut bytes = [0; 20];
            bytes[..4].copy_from_slice(&number.to_be_bytes());
            ObjectId::from_bytes(&bytes).expect("20 is a length of an id")
        };
        let table = IdTable::new(20, 0, (0..count).map(id)).expect("few ids");
        let holds = SecretSets::new(&table, &[(id(0), vec![SecretNumber(7)])].into(), &[]);
        PrunedTrees::new(&holds, Ordered::of_trees(count, edges))
    }

    fn ways(plan: &PrunedTrees, tree: u32) -> Vec<PrunedTarget> {
        let node = plan.node(ObjectNumber::new(tree));
        node.map_or(&[][..], |node| plan.ways(node)).iter().filter_map(|way| way.node).collect()
    }

    fn is_tree(plan: &PrunedTrees, tree: u32) -> bool {
        plan.lists_of[tree as usize].is_some() && content(plan, tree) & 1 == 1
    }

    fn content(plan: &PrunedTrees, tree: u32) -> u32 {
        let list = plan.lists_of[tree as usize].expect("it leads to a secret");
        plan.contents[list.index()].load(Ordering::Relaxed)
    }

    fn node(plan: &PrunedTrees, tree: u32) -> PrunedTarget {
        plan.node(ObjectNumber::new(tree)).expect("it leads to a secret")
    }

    fn secret() -> PrunedTarget {
        TreeTarget::blob(ObjectNumber::new(0))
    }

    #[test]
    fn trees_nested_deeper_than_there_are_rounds_lead_as_shallow_ones_do() {
        let deep = plan(5000, |tree| vec![tree - 1]);
        for tree in 1..5000 {
            let wanted = if tree == 1 { secret() } else { node(&deep, tree - 1) };
            assert_eq!(ways(&deep, tree), [wanted]);
            assert!(is_tree(&deep, tree));
            assert!(tree == 1 || content(&deep, tree) != content(&deep, tree - 1));
        }
    }

    #[test]
    fn a_cycle_ends_and_what_stands_beside_it_is_found() {
        // Each of three leads to the next, the last to the first as well as to the secret.
        let cycle = plan(4, |tree| if tree == 3 { vec![1, 0] } else { vec![tree + 1] });
        assert!((1..4).all(|tree| is_tree(&cycle, tree)));
        let mut at = node(&cycle, 1);
        for _ in 0..4 {
            at = cycle.ways(at).last().and_then(|way| way.node).unwrap_or(at);
        }
        assert_eq!(at, secret());
    }

    #[test]
    fn trees_share_a_content_where_they_lead_to_the_same_secrets_at_the_same_names() {
        let twins = plan(5, |tree| match tree {
            1 | 2 => vec![0],
            3 => vec![1],
            _ => vec![2],
        });
        assert_eq!(content(&twins, 1), content(&twins, 2));
        assert_eq!(content(&twins, 3), content(&twins, 4));
        assert_ne!(content(&twins, 1), content(&twins, 3));
    }

    #[test]
    fn what_leads_nowhere_has_no_ways() {
        let split = plan(5, |tree| match tree {
            1 => vec![],
            2 => vec![1],
            3 => vec![2, 0, 1],
            _ => vec![3, 2],
        });
        assert_eq!((ways(&split, 1), ways(&split, 2)), (vec![], vec![]));
        assert_eq!(ways(&split, 3), [secret()]);
        assert_eq!(ways(&split, 4), [node(&split, 3)]);
    }
}
