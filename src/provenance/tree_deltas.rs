//! Edges of each tree, stored as a delta against its pack base.
//!
//! A tree has mostly the edges of its delta base: ansible's trees have 30 million edges to sub-directories, and the
//! patches 3 million. Trees with exactly the edges of their bases have no patch of their own. Patches are numbered in
//! the order in which they are made. So a base's number is below those of what derives from it, and a pass in order
//! has every base already.

use super::lookup_queue::LookupQueue;
use super::names::scan::{ScanNames, SeenNames};
use super::secret_sets::SecretSets;
use super::tree_target::{TreeNumber, TreeTarget, tree_number};
use crate::git::object::Mode;
use crate::git::odb::missing::Missing;
use crate::git::odb::number::{ObjectNumber, number};
use crate::git::{Object, ObjectKind};
use crate::sync::{into_inner, lock};
use rayon::prelude::*;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard};

number! {
    /// A name's number.
    pub(crate) struct Name
}

number! {
    /// A patch's number. A tree without edges has none.
    pub(super) struct PatchNumber
}

tree_number!(PatchNumber);

/// An edge from a tree to a sub-directory, which has a number of the kind `Tree`, or to a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge<Tree> {
    /// Its name.
    pub(super) name: Name,
    /// Its target, if there is one.
    pub(super) node: Option<TreeTarget<Tree>>,
}

impl<Tree: TreeNumber> Edge<Tree> {
    /// The edge with another kind of number. Without one, a tree is no target.
    pub(super) fn renumbered<Other: TreeNumber>(
        self,
        tree: impl FnOnce(Tree) -> Option<Other>,
    ) -> Edge<Other> {
        Edge { name: self.name, node: self.node.and_then(|node| node.renumbered(tree)) }
    }
}

/// All patches, while they are collected.
#[derive(Debug)]
pub(super) struct TreeDeltas {
    next: AtomicU32,
    /// For each object the patch of the tree that it is, as bits.
    of: Vec<AtomicU32>,
    /// A log for each thread of the pool, and one for all others.
    logs: Vec<Mutex<DeltaLog>>,
}

/// The patches that one thread made.
#[derive(Debug, Default)]
pub(super) struct DeltaLog {
    patches: Chunks<Patch>,
    edges: Chunks<Edge<ObjectNumber>>,
    queue: LookupQueue<PendingEdge>,
    /// The names of entries that are queued for the scan.
    pub(super) seen: SeenNames,
    /// The present tree's edges that its base does not have; kept to reuse the memory.
    pub(super) fresh: Vec<NewEdge>,
    /// Names of the base's edges that are gone, likewise.
    pub(super) gone: Vec<Name>,
}

/// An edge that no base gives, whose target is still to be looked up.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewEdge {
    /// Its name.
    pub(super) name: Name,
    /// Its target.
    pub(super) target: EdgeTarget,
}

/// The target of a new edge.
#[derive(Clone, Copy, Debug)]
pub(super) enum EdgeTarget {
    /// The object whose id ends here in the tree's bytes, and its mode.
    Entry(Mode, u32),
    /// The name of the entry itself, by its number after those of objects.
    Name(ObjectNumber),
}

/// What a looked-up id is for: the edge it is the target of, and its mode; or only whether it is there.
#[derive(Clone, Copy, Debug)]
struct PendingEdge {
    /// Its chunk, and its place there.
    edge: Option<EdgePlace>,
    mode: Mode,
}

/// A chunk of edges, and a place there. Chunks are counted from one.
type EdgePlace = (NonZeroUsize, usize);

/// A list that grows by chunks, without copies and without doubling its memory. There are millions of patches and
/// edges, and memory freed after a copy seldom goes back to the system.
#[derive(Debug)]
struct Chunks<T> {
    chunks: Vec<Vec<T>>,
}

/// How many elements a chunk has room for, except one made for a longer run.
const CHUNK: usize = 1 << 15;

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self { chunks: Vec::new() }
    }
}

impl<T> Chunks<T> {
    /// Room for `count` more adjacent elements: the chunk they go to, which is the last, and its number.
    fn room(&mut self, count: usize) -> (usize, &mut Vec<T>) {
        if self.chunks.last().is_none_or(|last| last.capacity() - last.len() < count) {
            self.chunks.push(Vec::with_capacity(count.max(CHUNK)));
        }
        let at = self.chunks.len() - 1;
        (at, &mut self.chunks[at])
    }

    /// Like [`Self::take`], but what was taken is not needed again: chunks that are done with are freed.
    fn take_last(&mut self, at: &mut (usize, usize), count: usize) -> &[T] {
        while let Some(chunk) = self.chunks.get_mut(at.0).filter(|chunk| chunk.len() < at.1 + count) {
            *chunk = Vec::new();
            *at = (at.0 + 1, 0);
        }
        self.take(at, count)
    }

    /// The next run of `count` elements after what was taken before, as it was put in; `at` is where that ended.
    fn take(&self, at: &mut (usize, usize), count: usize) -> &[T] {
        while self.chunks.get(at.0).is_some_and(|chunk| chunk.len() < at.1 + count) {
            *at = (at.0 + 1, 0);
        }
        let from = at.1;
        at.1 += count;
        self.chunks.get(at.0).and_then(|chunk| chunk.get(from..at.1)).unwrap_or_default()
    }
}

impl<T: Copy> Chunks<T> {
    /// Each element as `change` makes it. In place, if the two types are equally large.
    fn map<U>(self, change: impl Fn(T) -> U) -> Chunks<U> {
        let each = |chunk: Vec<T>| chunk.into_iter().map(&change).collect();
        Chunks { chunks: self.chunks.into_iter().map(each).collect() }
    }

    /// The next element, if it is the one that is sought; chunks that are done with are freed.
    fn next_if(&mut self, at: &mut (usize, usize), is_sought: impl Fn(&T) -> bool) -> Option<T> {
        while let Some(chunk) = self.chunks.get_mut(at.0).filter(|chunk| chunk.len() == at.1) {
            *chunk = Vec::new();
            *at = (at.0 + 1, 0);
        }
        let next = self.chunks.get(at.0)?.get(at.1).copied().filter(is_sought)?;
        at.1 += 1;
        Some(next)
    }
}

/// What a tree changes of its base's edges: `count` of its log's, after those of the patch before. Each replaces
/// the base's edge of the same name; if its target is nothing, the edge is gone. No name occurs twice, except in
/// a damaged tree, which has no base.
#[derive(Clone, Copy, Debug)]
struct Patch {
    number: PatchNumber,
    base: Option<PatchNumber>,
    count: u32,
}

impl TreeDeltas {
    /// None yet, for a store of this many objects.
    pub(super) fn new(objects: usize) -> Self {
        Self {
            next: AtomicU32::new(0),
            of: (0..objects).map(|_| AtomicU32::new(PatchNumber::to_bits(None))).collect(),
            logs: (0..=rayon::current_num_threads()).map(|_| Mutex::default()).collect(),
        }
    }

    /// The calling thread's log.
    pub(super) fn log(&self) -> MutexGuard<'_, DeltaLog> {
        let others = self.logs.len() - 1;
        lock(&self.logs[rayon::current_thread_index().map_or(others, |at| at.min(others))])
    }

    /// Records what `tree`, whose ids have `width` bytes, changes of `base`: the `fresh` and `gone` of `log`. Returns
    /// the tree's patch.
    pub(super) fn record(
        &self,
        log: &mut DeltaLog,
        tree: Object<'_>,
        width: usize,
        base: Option<PatchNumber>,
    ) -> Option<PatchNumber> {
        let number = if log.fresh.is_empty() && log.gone.is_empty() {
            base
        } else {
            let number = PatchNumber::new(self.next.fetch_add(1, Ordering::Relaxed));
            let names = log.gone.iter().chain(log.fresh.iter().map(|fresh| &fresh.name));
            let count = log.gone.len() + log.fresh.len();
            let (chunk, edges) = log.edges.room(count);
            let from = edges.len() + log.gone.len();
            edges.extend(names.map(|&name| Edge { name, node: None }));
            for (at, fresh) in log.fresh.iter().enumerate() {
                match fresh.target {
                    EdgeTarget::Entry(mode, end) => {
                        let edge = NonZeroUsize::new(chunk + 1).map(|chunk| (chunk, from + at));
                        let (end, note) = (end as usize, PendingEdge { edge, mode });
                        log.queue.put(&tree.bytes[end - width..end], note);
                    }
                    EdgeTarget::Name(number) => edges[from + at].node = Some(TreeTarget::blob(number)),
                }
            }
            // Each edge is an entry of a tree, whose length has 32 bits, or of its base.
            log.patches.room(1).1.push(Patch { number, base, count: count as u32 });
            Some(number)
        };
        self.of[tree.number.index()].store(PatchNumber::to_bits(number), Ordering::Relaxed);
        number
    }

    /// Passes the queued names to `names`.
    pub(super) fn look_at_names(&mut self, names: &dyn ScanNames) {
        for log in &mut self.logs {
            lock(log).seen.look(names);
        }
    }

    /// Looks up all that is queued.
    pub(super) fn look_up(&mut self, gaps: &Missing<'_>, holds: &SecretSets) {
        for log in &mut self.logs {
            lock(log).look_up(gaps, holds);
        }
    }

    /// All of them, in order.
    pub(super) fn finish(self, gaps: &Missing<'_>, holds: &SecretSets) -> Ordered {
        let of = self.of;
        let patch_of = |tree: ObjectNumber| PatchNumber::from_bits(of[tree.index()].load(Ordering::Relaxed));
        let ordered = |log: Mutex<DeltaLog>| {
            let mut log = into_inner(log);
            log.look_up(gaps, holds);
            let edges = log.edges.map(|edge| edge.renumbered(patch_of));
            OrderedLog { patches: log.patches, edges }
        };
        let logs = self.logs.into_par_iter().map(ordered).collect();
        let count = self.next.into_inner() as usize;
        let of = of.into_iter().map(|bits| PatchNumber::from_bits(bits.into_inner())).collect();
        Ordered { count, of, logs }
    }
}

impl DeltaLog {
    /// Queues an id only to find out whether the store has it.
    pub(super) fn expect(&mut self, id: &[u8]) {
        self.queue.put(id, PendingEdge { edge: None, mode: Mode::Blob });
    }

    /// Looks up what is queued, if it is enough.
    pub(super) fn settle(&mut self, gaps: &Missing<'_>, holds: &SecretSets) {
        if self.queue.is_full() {
            self.look_up(gaps, holds);
        }
    }

    fn look_up(&mut self, gaps: &Missing<'_>, holds: &SecretSets) {
        let edges = &mut self.edges;
        self.queue.look_up(gaps, |PendingEdge { edge, mode }, target| {
            let (Some((chunk, at)), Some(target)) = (edge, target) else { return };
            edges.chunks[chunk.get() - 1][at].node = match (mode, gaps.table.kind(target)) {
                (Mode::Blob, Some(ObjectKind::Blob)) if holds.is_held(target) => {
                    Some(TreeTarget::blob(target))
                }
                (Mode::Tree, None | Some(ObjectKind::Tree)) => Some(TreeTarget::tree(target)),
                _ => None,
            };
        });
    }
}

/// All patches, in order of their numbers.
#[derive(Debug)]
pub(super) struct Ordered {
    /// How many there are.
    pub(super) count: usize,
    /// For each object the patch of the tree that it is.
    of: Vec<Option<PatchNumber>>,
    logs: Vec<OrderedLog>,
}

/// The patches of one [`DeltaLog`], and their edges.
#[derive(Debug, Default)]
struct OrderedLog {
    patches: Chunks<Patch>,
    edges: Chunks<Edge<PatchNumber>>,
}

impl Ordered {
    /// Each patch: its base, and what it changes of its edges.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Option<PatchNumber>, &[Edge<PatchNumber>])> {
        let patches = self.logs.iter().map(|log| log.patches.chunks.iter().flatten().peekable());
        let mut logs: Vec<_> =
            self.logs.iter().zip(patches).map(|(log, patches)| (log, patches, (0, 0))).collect();
        PatchNumber::first(self.count).filter_map(move |number| {
            logs.iter_mut().find_map(|(log, patches, at)| {
                let Patch { base, count, .. } = patches.next_if(|patch| patch.number == number)?;
                Some((*base, log.edges.take(at, *count as usize)))
            })
        })
    }

    /// Passes each patch to `take` as [`Self::iter`] does, and frees it: what is made of patches takes about as much
    /// memory as they do.
    pub(super) fn drain(&mut self, mut take: impl FnMut(Option<PatchNumber>, &[Edge<PatchNumber>])) {
        // For each log the places of its next patch and of that one's edges.
        let mut at = vec![((0, 0), (0, 0)); self.logs.len()];
        for number in PatchNumber::first(self.count) {
            let next = self.logs.iter_mut().zip(&mut at).find_map(|(log, (patch, edges))| {
                let Patch { base, count, .. } = log.patches.next_if(patch, |patch| patch.number == number)?;
                Some((base, log.edges.take_last(edges, count as usize)))
            });
            if let Some((base, edges)) = next {
                take(base, edges);
            }
        }
        self.logs = Vec::new();
    }

    /// For each object the patch of the tree that it is, once the patches are no longer needed.
    pub(super) fn into_patches_of(self) -> Vec<Option<PatchNumber>> {
        self.of
    }
}

#[cfg(test)]
impl Ordered {
    /// Patches of trees 1 to `count` - 1 without bases, with the targets that `edges` gives; object 0 is a blob.
    pub(super) fn of_trees(count: u32, edges: impl Fn(u32) -> Vec<u32>) -> Self {
        let mut log = OrderedLog::default();
        for tree in 1..count {
            let node = |target: u32| match target.checked_sub(1) {
                None => TreeTarget::blob(ObjectNumber::new(0)),
                Some(patch) => TreeTarget::tree(PatchNumber::new(patch)),
            };
            let edges = edges(tree);
            let names = Name::first(edges.len());
            let named = names.zip(&edges).map(|(name, &target)| Edge { name, node: Some(node(target)) });
            log.edges.room(edges.len()).1.extend(named);
            let count = edges.len() as u32;
            log.patches.room(1).1.push(Patch { number: PatchNumber::new(tree - 1), base: None, count });
        }
        let of = (0..count).map(|object| object.checked_sub(1).map(PatchNumber::new)).collect();
        Self { count: count as usize - 1, of, logs: vec![log] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_are_millions_of_is_small() {
        assert_eq!((size_of::<Edge<PatchNumber>>(), size_of::<Patch>()), (8, 12));
        assert_eq!(size_of::<Option<PatchNumber>>(), 4);
    }
}
