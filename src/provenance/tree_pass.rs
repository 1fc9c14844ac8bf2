//! Second pass over trees: finds missing objects and the entries that lead to secrets.
//!
//! Of a tree only edges are kept: to its sub-directories and to the blobs that contain a secret. If a tree is a delta
//! against another, the entries that it shares are inherited without a look-up, and only its difference is recorded
//! ([`super::tree_deltas`]).

use super::fold::Fold;
use super::names::scan::{ITSELF, ScanNames};
use super::secret_sets::{HeldName, SecretSets};
use super::tree_deltas::{DeltaLog, EdgeTarget, Name, NewEdge, Ordered, PatchNumber, TreeDeltas};
use crate::git::object::{Mode, TreeEntry};
use crate::git::odb::missing::{Counts, Missing};
use crate::git::odb::number::ObjectNumber;
use crate::git::{Object, ObjectKind, Visitor};
use crate::model::{Copied, ObjectId};
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::RwLock;

/// How many parts names are kept in, so that threads seldom wait for each other.
const PARTS: usize = 64;

/// Up to how many new edges are compared with others one by one.
const FEW: usize = 8;

/// The second pass's visitor.
pub(super) struct TreePass<'a> {
    gaps: &'a Missing<'a>,
    holds: &'a SecretSets,
    counts: &'a Counts,
    names: EdgeNames,
    patches: TreeDeltas,
    hash: Fold,
    /// What scans the names of entries, if they are scanned.
    watch: Option<&'a dyn ScanNames>,
    /// The numbers of the names of entries that are known to contain a secret.
    held: HashMap<&'a [u8], ObjectNumber, Fold>,
}

/// What is kept of a tree while trees derived from it are still to be read.
#[derive(Debug)]
pub(super) struct KeptTree {
    /// Where each of its entries starts, and where the last one ends.
    starts: Vec<u32>,
    /// Its edges: where their entries start, and their names.
    edges: Vec<(u32, Name)>,
    /// What gives the targets of the edges, if there are any.
    patch: Option<PatchNumber>,
    /// True if patches cannot be made against it: it is corrupt, or has two edges of one name.
    is_odd: bool,
}

impl<'a> TreePass<'a> {
    /// A visitor that has seen nothing yet.
    pub(super) fn new(gaps: &'a Missing<'a>, holds: &'a SecretSets, counts: &'a Counts) -> Self {
        let patches = TreeDeltas::new(gaps.table.len());
        let (names, hash, held) = (EdgeNames::default(), Fold::default(), HashMap::default());
        Self { gaps, holds, counts, names, patches, hash, watch: None, held }
    }

    /// Passes the names of entries to `names`.
    pub(super) fn watch(mut self, names: &'a dyn ScanNames) -> Self {
        self.watch = Some(names);
        self
    }

    /// Also records the edges to entries whose names are among `held`: those that `holds` has.
    pub(super) fn with_names(mut self, held: &'a [HeldName]) -> Self {
        let objects = self.gaps.table.len();
        let numbers = ObjectNumber::range(objects..objects + held.len());
        self.held = held.iter().map(|(name, _)| &**name).zip(numbers).collect();
        self
    }

    /// From here on notes gaps in `gaps` and counts in `counts`, and scans no names.
    pub(super) fn turn_to(&mut self, gaps: &'a Missing<'a>, counts: &'a Counts) {
        self.look_at_names();
        self.watch = None;
        self.patches.look_up(self.gaps, self.holds);
        (self.gaps, self.counts) = (gaps, counts);
    }

    fn look_at_names(&mut self) {
        if let Some(names) = self.watch {
            self.patches.look_at_names(names);
        }
    }

    /// The names and the patches of all trees seen.
    pub(super) fn finish(mut self) -> (Vec<Box<[u8]>>, Ordered) {
        self.look_at_names();
        (self.names.finish(), self.patches.finish(self.gaps, self.holds))
    }

    /// Reads a tree's entries from the end of those in `kept` on, up to `until`. False if it is corrupt.
    fn read(&self, bytes: &[u8], until: usize, kept: &mut KeptTree, log: &mut DeltaLog) -> bool {
        let mut at = kept.end();
        while at < until {
            let Some(entry) = TreeEntry::parse(bytes, at, self.gaps.table.width()) else { return false };
            let Ok(end) = u32::try_from(entry.end) else { return false };
            let is_edge = match entry.mode {
                Mode::Gitlink => {
                    if let Some(id) = ObjectId::from_bytes(entry.id)
                        && !self.gaps.has(entry.id)
                    {
                        self.gaps.unread.submodule(id);
                    }
                    false
                }
                mode => {
                    let is_edge = match mode {
                        Mode::Blob => self.holds.may_hold(entry.id),
                        _ => !self.holds.is_empty(),
                    };
                    if !is_edge {
                        log.expect(entry.id);
                    }
                    is_edge
                }
            };
            if is_edge {
                let name = self.names.number(entry.name);
                log.fresh.push(NewEdge { name, target: EdgeTarget::Entry(entry.mode, end) });
                kept.edges.push((at as u32, name));
            }
            if let Some(names) = self.watch {
                log.seen.see(entry.name, self.hash.hash_one(entry.name), names);
            } else if let Some(&number) = self.held.get(entry.name) {
                let name = self.names.number(&[entry.name, ITSELF].concat());
                log.fresh.push(NewEdge { name, target: EdgeTarget::Name(number) });
                kept.edges.push((at as u32, name));
            }
            kept.starts.push(end);
            at = entry.end;
        }
        true
    }

    /// Records a tree that has been read as a patch of `base`.
    fn record(
        &self,
        object: Object<'_>,
        mut kept: KeptTree,
        base: Option<PatchNumber>,
        log: &mut DeltaLog,
    ) -> KeptTree {
        self.gaps.table.set_kind(object.number, ObjectKind::Tree);
        kept.patch = if kept.edges.is_empty() {
            None
        } else {
            self.patches.record(log, object, self.gaps.table.width(), base)
        };
        log.settle(self.gaps, self.holds);
        kept
    }

    /// Reads and records a tree without a base.
    fn alone(&self, object: Object<'_>, log: &mut DeltaLog) -> KeptTree {
        let mut kept = KeptTree::empty();
        log.fresh.clear();
        log.gone.clear();
        if self.read(object.bytes, object.bytes.len(), &mut kept, log) {
            self.counts.add(ObjectKind::Tree, 0);
            kept.is_odd = kept.repeats(&log.fresh);
        } else {
            self.gaps.unread.object(object.id(), "corrupt object");
            kept.is_odd = true;
        }
        self.record(object, kept, None, log)
    }

    /// Reads a tree that shares the runs `copied` with `base`. `None` if it is no patch of it.
    fn patch(
        &self,
        base: &KeptTree,
        object: Object<'_>,
        copied: &[Copied],
        log: &mut DeltaLog,
    ) -> Option<KeptTree> {
        let mut kept = KeptTree::with_room(base.starts.len() + 4, base.edges.len() + 2);
        log.fresh.clear();
        log.gone.clear();
        // The base's edges before this one are inherited, or gone.
        let mut done = 0;
        for run in copied {
            // The base's entries that are whole within the run; all but the last of `starts` start one.
            let from = base.starts.partition_point(|&start| (start as usize) < run.from);
            let until = base.starts.partition_point(|&start| start as usize <= run.from + run.len);
            let moved = |start: u32| start as usize - run.from + run.to;
            let mut first = from;
            while first + 1 < until {
                // They are inherited if the entries read so far end at the start of one.
                let at = kept.end();
                if at > moved(base.starts[first]) {
                    first += base.starts[first..until].partition_point(|&start| moved(start) < at);
                    continue;
                }
                if !self.read(object.bytes, moved(base.starts[first]), &mut kept, log) {
                    return None;
                }
                if kept.end() > moved(base.starts[first]) {
                    continue;
                }
                let (start, end) = (base.starts[first], base.starts[until - 1]);
                let edges = base.edges.partition_point(|&(at, _)| at < start)
                    ..base.edges.partition_point(|&(at, _)| at < end);
                if edges.start < done {
                    return None;
                }
                log.gone.extend(base.edges[done..edges.start].iter().map(|&(_, name)| name));
                done = edges.end;
                // What is inherited is within the object, whose length `read` limits to 32 bits.
                let moved = |at: u32| moved(at) as u32;
                kept.starts.extend(base.starts[first + 1..until].iter().map(|&at| moved(at)));
                kept.edges.extend(base.edges[edges].iter().map(|&(at, name)| (moved(at), name)));
                first = until;
            }
        }
        if !self.read(object.bytes, object.bytes.len(), &mut kept, log) {
            return None;
        }
        log.gone.extend(base.edges[done..].iter().map(|&(_, name)| name));
        if kept.repeats(&log.fresh) {
            return None;
        }
        let DeltaLog { fresh, gone, .. } = log;
        // An edge that replaces another implies that the other is gone.
        if fresh.len() <= FEW {
            gone.retain(|name| fresh.iter().all(|fresh| fresh.name != *name));
        } else {
            let mut names: Vec<Name> = fresh.iter().map(|fresh| fresh.name).collect();
            names.sort_unstable();
            gone.retain(|name| names.binary_search(name).is_err());
        }
        Some(kept)
    }
}

impl KeptTree {
    fn empty() -> Self {
        Self::with_room(1, 0)
    }

    fn with_room(starts: usize, edges: usize) -> Self {
        let mut kept = Self {
            starts: Vec::with_capacity(starts),
            edges: Vec::with_capacity(edges),
            patch: None,
            is_odd: false,
        };
        kept.starts.push(0);
        kept
    }

    /// Where the entries end that have been read.
    fn end(&self) -> usize {
        self.starts.last().map_or(0, |&end| end as usize)
    }

    /// True if two edges have one name; `fresh` are those that a base may not have had.
    fn repeats(&self, fresh: &[NewEdge]) -> bool {
        if fresh.len() <= FEW {
            let count = |name| self.edges.iter().filter(|&&(_, other)| other == name).count();
            return fresh.iter().any(|fresh| count(fresh.name) > 1);
        }
        let mut names: Vec<Name> = self.edges.iter().map(|&(_, name)| name).collect();
        names.sort_unstable();
        names.windows(2).any(|pair| pair[0] == pair[1])
    }
}

impl Visitor for TreePass<'_> {
    type Kept = KeptTree;

    fn whole(&self, object: Object<'_>) -> KeptTree {
        self.alone(object, &mut self.patches.log())
    }

    fn derived(&self, base: &KeptTree, _: &[u8], object: Object<'_>, copied: &[Copied]) -> KeptTree {
        let log = &mut self.patches.log();
        let patched = if base.is_odd { None } else { self.patch(base, object, copied, log) };
        match patched {
            Some(kept) => {
                self.counts.add(ObjectKind::Tree, 0);
                self.record(object, kept, base.patch, log)
            }
            None => self.alone(object, log),
        }
    }

    fn unread(&self, id: Option<ObjectId>, reason: &str) {
        match id {
            Some(id) => self.gaps.unread.object(id, reason.to_owned()),
            None => self.gaps.unread.other("objects without a name".to_owned(), reason.to_owned()),
        }
    }
}

type Numbers = HashMap<Box<[u8]>, Name, Fold>;

/// The names on edges, each once.
#[derive(Debug)]
struct EdgeNames {
    hasher: Fold,
    parts: Vec<RwLock<Numbers>>,
}

impl Default for EdgeNames {
    fn default() -> Self {
        Self { hasher: Fold::default(), parts: (0..PARTS).map(|_| RwLock::default()).collect() }
    }
}

impl EdgeNames {
    /// The number of `name`: its part in the lowest bits, above it a count within the part.
    fn number(&self, name: &[u8]) -> Name {
        let at = self.hasher.hash_one(name) as usize % PARTS;
        let read = self.parts[at].read().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(&number) = read.get(name) {
            return number;
        }
        drop(read);
        let mut part = self.parts[at].write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let next = Name::new((part.len() * PARTS + at) as u32);
        *part.entry(name.into()).or_insert(next)
    }

    fn finish(self) -> Vec<Box<[u8]>> {
        let mut names = Vec::new();
        for part in self.parts {
            for (name, number) in part.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
                let at = number.index();
                if names.len() <= at {
                    names.resize(at + 1, Box::default());
                }
                names[at] = name;
            }
        }
        names
    }
}
