//! Edges of each tree, stored as a delta against its pack base.
//!
//! A tree has mostly the edges of its delta base: ansible's trees have 30 million edges to sub-directories, and the
//! patches 3 million. Trees with exactly the edges of their bases have no patch of their own. Patches are numbered in
//! the order in which they are made. So a base's number is below those of what derives from it, and a pass in order
//! has every base already.

use super::lookup_queue::LookupQueue;
use super::names::scan::{ScanNames, SeenNames};
use super::secret_sets::SecretSets;
use super::tree_target::TreeTarget;
use crate::git::object::Mode;
use crate::git::odb::id_table::{NONE, ObjectNumber};
use crate::git::odb::missing::Missing;
use crate::git::{Object, ObjectKind};
use crate::sync::lock;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard};

/// A name's number.
pub(crate) type Name = u32;

/// A patch's number.
pub(super) type PatchNumber = u32;

/// The patch of a tree without edges.
pub(super) const NOWHERE: PatchNumber = u32::MAX;

/// An edge from a tree to a sub-directory or a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// Its name.
    pub(super) name: Name,
    /// Its target: a tree's number is its index while patches are collected, and its patch's after that.
    pub(super) node: TreeTarget,
}

/// All patches, while they are collected.
#[derive(Debug)]
pub(super) struct TreeDeltas {
    next: AtomicU32,
    /// For each object the patch of the tree that it is.
    of: Vec<AtomicU32>,
    /// A log for each thread of the pool, and one for all others.
    logs: Vec<Mutex<DeltaLog>>,
}

/// The patches that one thread made.
#[derive(Debug, Default)]
pub(super) struct DeltaLog {
    patches: Chunks<Patch>,
    edges: Chunks<Edge>,
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
    /// The name of the entry itself, by its number.
    Name(ObjectNumber),
}

/// What a looked-up id is for: the edge it is the target of, and its mode; or only whether it is there.
#[derive(Clone, Copy, Debug)]
struct PendingEdge {
    /// Its chunk, and its place there.
    edge: (usize, usize),
    mode: Mode,
}

/// The edge of a [`PendingEdge`] of no edge.
const NO_EDGE: (usize, usize) = (usize::MAX, usize::MAX);

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
    base: PatchNumber,
    count: u32,
}

impl TreeDeltas {
    /// None yet, for a store of this many objects.
    pub(super) fn new(objects: usize) -> Self {
        Self {
            next: AtomicU32::new(0),
            of: (0..objects).map(|_| AtomicU32::new(NOWHERE)).collect(),
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
        base: PatchNumber,
    ) -> PatchNumber {
        let number = if log.fresh.is_empty() && log.gone.is_empty() {
            base
        } else {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let names = log.gone.iter().chain(log.fresh.iter().map(|fresh| &fresh.name));
            let count = log.gone.len() + log.fresh.len();
            let (chunk, edges) = log.edges.room(count);
            let from = edges.len() + log.gone.len();
            edges.extend(names.map(|&name| Edge { name, node: TreeTarget::NOTHING }));
            for (at, fresh) in log.fresh.iter().enumerate() {
                match fresh.target {
                    EdgeTarget::Entry(mode, end) => {
                        let (end, note) = (end as usize, PendingEdge { edge: (chunk, from + at), mode });
                        log.queue.put(&tree.bytes[end - width..end], note);
                    }
                    EdgeTarget::Name(number) => edges[from + at].node = TreeTarget::blob(number),
                }
            }
            // Each edge is an entry of a tree, whose length has 32 bits, or of its base.
            log.patches.room(1).1.push(Patch { number, base, count: count as u32 });
            number
        };
        self.of[tree.index as usize].store(number, Ordering::Relaxed);
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
        let mut logs: Vec<DeltaLog> = self
            .logs
            .into_iter()
            .map(|log| log.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
            .collect();
        let of = self.of;
        logs.par_iter_mut().for_each(|log| {
            log.look_up(gaps, holds);
            for edge in log.edges.chunks.iter_mut().flatten() {
                if let Some(tree) = edge.node.as_tree() {
                    let patch = of[tree as usize].load(Ordering::Relaxed);
                    edge.node = if patch == NOWHERE { TreeTarget::NOTHING } else { TreeTarget::tree(patch) };
                }
            }
        });
        let count = self.next.into_inner() as usize;
        Ordered { count, of: of.into_iter().map(AtomicU32::into_inner).collect(), logs }
    }
}

impl DeltaLog {
    /// Queues an id only to find out whether the store has it.
    pub(super) fn expect(&mut self, id: &[u8]) {
        self.queue.put(id, PendingEdge { edge: NO_EDGE, mode: Mode::Blob });
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
            if edge == NO_EDGE || target == NONE {
                return;
            }
            edges.chunks[edge.0][edge.1].node = match (mode, gaps.table.kind(target)) {
                (Mode::Blob, Some(ObjectKind::Blob)) if holds.is_held(target) => TreeTarget::blob(target),
                (Mode::Tree, None | Some(ObjectKind::Tree)) => TreeTarget::tree(target),
                _ => TreeTarget::NOTHING,
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
    of: Vec<PatchNumber>,
    logs: Vec<DeltaLog>,
}

impl Ordered {
    /// Each patch: its base, and what it changes of its edges.
    pub(super) fn iter(&self) -> impl Iterator<Item = (PatchNumber, &[Edge])> {
        let patches = self.logs.iter().map(|log| log.patches.chunks.iter().flatten().peekable());
        let mut logs: Vec<_> =
            self.logs.iter().zip(patches).map(|(log, patches)| (log, patches, (0, 0))).collect();
        (0..self.count as PatchNumber).filter_map(move |number| {
            logs.iter_mut().find_map(|(log, patches, at)| {
                let Patch { base, count, .. } = patches.next_if(|patch| patch.number == number)?;
                Some((*base, log.edges.take(at, *count as usize)))
            })
        })
    }

    /// Passes each patch to `take` as [`Self::iter`] does, and frees it: what is made of patches takes about as much
    /// memory as they do.
    pub(super) fn drain(&mut self, mut take: impl FnMut(PatchNumber, &[Edge])) {
        // For each log the places of its next patch and of that one's edges.
        let mut at = vec![((0, 0), (0, 0)); self.logs.len()];
        for number in 0..self.count as PatchNumber {
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
    pub(super) fn into_patches_of(self) -> Vec<PatchNumber> {
        self.of
    }
}

#[cfg(test)]
impl Ordered {
    /// Patches of trees 1 to `count` - 1 without bases, with the targets that `edges` gives; object 0 is a blob.
    pub(super) fn of_trees(count: u32, edges: impl Fn(u32) -> Vec<u32>) -> Self {
        let mut log = DeltaLog::default();
        for tree in 1..count {
            let node =
                |target: u32| if target == 0 { TreeTarget::blob(0) } else { TreeTarget::tree(target - 1) };
            let edges = edges(tree);
            let named = (0..).zip(&edges).map(|(name, &target)| Edge { name, node: node(target) });
            log.edges.room(edges.len()).1.extend(named);
            let count = edges.len() as u32;
            log.patches.room(1).1.push(Patch { number: tree - 1, base: NOWHERE, count });
        }
        let of = (0..count).map(|object| object.checked_sub(1).unwrap_or(NOWHERE)).collect();
        Self { count: count as usize - 1, of, logs: vec![log] }
    }
}
