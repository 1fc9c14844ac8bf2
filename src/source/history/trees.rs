//! The second pass: every tree, for what it names that the store lacks and for the ways to what holds secrets.
//!
//! Of a tree only edges are kept: to its sub-directories and to the blobs that hold a secret. When a tree comes as
//! changes to another, the entries that it shares are inherited, with nothing looked up again.

use super::fold::Fold;
use super::gather::{Counts, Gaps, lock};
use super::holds::Holds;
use super::parse::{Mode, TreeEntry};
use super::presence::Presence;
use super::table::{Index, NONE};
use super::visitor::{Object, ObjectKind, Visitor};
use crate::model::{Copied, ObjectId};
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{Mutex, RwLock};

/// How many parts the edges and the names are kept in, so that threads seldom wait for each other.
const PARTS: usize = 64;

/// A name's number.
pub(super) type Name = u32;

/// A named way from a tree to a sub-directory or a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// Its name.
    pub(super) name: Name,
    /// Where it leads.
    pub(super) target: Index,
}

/// The second pass's visitor.
#[derive(Debug)]
pub(super) struct Trees<'a> {
    gaps: &'a Gaps<'a>,
    holds: &'a Holds,
    counts: &'a Counts,
    presence: Presence<'a>,
    names: Names,
    parts: Vec<Mutex<Part>>,
}

/// A part of all trees' edges.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Trees and where in `edges` theirs start; they end where the next tree's start.
    pub(super) trees: Vec<(Index, u32)>,
    /// Edges, tree by tree.
    pub(super) edges: Vec<Edge>,
}

impl Part {
    /// The edges of the tree that is the `at`th here.
    pub(super) fn of(&self, at: usize) -> &[Edge] {
        let end = self.trees.get(at + 1).map_or(self.edges.len(), |&(_, next)| next as usize);
        &self.edges[self.trees[at].1 as usize..end]
    }
}

/// What is remembered of a tree while trees derived from it are still to come.
#[derive(Debug)]
pub(super) struct KeptTree {
    entries: Vec<Entry>,
}

/// An entry of a tree at hand.
#[derive(Clone, Copy, Debug)]
struct Entry {
    start: u32,
    end: u32,
    /// The edge, or the name [`NONE`] where the entry is not worth one.
    edge: Edge,
}

impl<'a> Trees<'a> {
    /// A visitor that has seen nothing yet.
    pub(super) fn new(gaps: &'a Gaps<'a>, holds: &'a Holds, counts: &'a Counts) -> Self {
        let parts = (0..PARTS).map(|_| Mutex::default()).collect();
        Self { gaps, holds, counts, presence: Presence::new(gaps), names: Names::default(), parts }
    }

    /// From here on notes gaps in `gaps` and counts in `counts`.
    pub(super) fn turn_to(&mut self, gaps: &'a Gaps<'a>, counts: &'a Counts) {
        std::mem::replace(&mut self.presence, Presence::new(gaps)).finish();
        (self.gaps, self.counts) = (gaps, counts);
    }

    /// The names and the edges of all trees seen.
    pub(super) fn finish(self) -> (Vec<Box<[u8]>>, Vec<Part>) {
        self.presence.finish();
        let parts = self.parts.into_iter();
        let parts = parts.map(|part| part.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner));
        (self.names.finish(), parts.collect())
    }

    /// Reads the entry at `start` and looks up what it names; where all there is to know is whether the store has it,
    /// later, through `queue`.
    fn entry(&self, bytes: &[u8], start: usize, queue: &mut Vec<u8>) -> Option<Entry> {
        let entry = TreeEntry::parse(bytes, start, self.gaps.table.width())?;
        let nowhere = Edge { name: NONE, target: NONE };
        let edge = match entry.mode {
            Mode::Gitlink => {
                if let Some(id) = ObjectId::from_bytes(entry.id)
                    && self.gaps.table.find(entry.id).is_none()
                {
                    self.gaps.unread.submodule(id);
                }
                nowhere
            }
            Mode::Blob if !self.holds.may_hold(entry.id) => {
                queue.extend_from_slice(entry.id);
                nowhere
            }
            Mode::Tree if self.holds.is_empty() => {
                queue.extend_from_slice(entry.id);
                nowhere
            }
            Mode::Tree | Mode::Blob => {
                let target = self.gaps.find(entry.id);
                let worth = target != NONE
                    && match (entry.mode, self.gaps.table.kind(target)) {
                        (Mode::Blob, Some(ObjectKind::Blob)) => self.holds.is_held(target),
                        (Mode::Tree, None | Some(ObjectKind::Tree)) => true,
                        _ => false,
                    };
                if worth { Edge { name: self.names.number(entry.name), target } } else { nowhere }
            }
        };
        Some(Entry { start: u32::try_from(start).ok()?, end: u32::try_from(entry.end).ok()?, edge })
    }

    /// Reads a tree's entries from `from` on, up to `until`, to the end of `entries`. False where it is corrupt.
    fn entries(&self, bytes: &[u8], entries: &mut Vec<Entry>, from: usize, until: usize) -> bool {
        if from >= until {
            return true;
        }
        let mut queue = self.presence.queue();
        let mut at = from;
        while at < until {
            let Some(entry) = self.entry(bytes, at, &mut queue) else { return false };
            at = entry.end as usize;
            entries.push(entry);
        }
        self.presence.settle(&mut queue);
        true
    }

    /// Records a tree that has been read.
    fn record(&self, object: Object<'_>, entries: Vec<Entry>, sound: bool) -> KeptTree {
        if sound {
            self.counts.add(ObjectKind::Tree, 0);
        } else {
            self.gaps.unread.object(object.id(), "corrupt object");
        }
        let index = object.index;
        self.gaps.table.set_kind(index, ObjectKind::Tree);
        let mut edges = entries.iter().map(|entry| entry.edge).filter(|edge| edge.name != NONE).peekable();
        if edges.peek().is_some() {
            let mut part = lock(&self.parts[index as usize % PARTS]);
            let start = part.edges.len() as u32;
            part.trees.push((index, start));
            part.edges.extend(edges);
        }
        KeptTree { entries }
    }
}

impl Visitor for Trees<'_> {
    type Kept = KeptTree;

    fn whole(&self, object: Object<'_>) -> KeptTree {
        let mut entries = Vec::new();
        let sound = self.entries(object.bytes, &mut entries, 0, object.bytes.len());
        self.record(object, entries, sound)
    }

    fn derived(&self, base: &KeptTree, _: &[u8], object: Object<'_>, copied: &[Copied]) -> KeptTree {
        let mut entries: Vec<Entry> = Vec::with_capacity(base.entries.len() + 4);
        let mut at = 0;
        for run in copied {
            // An entry is inherited where it stands in the base as an entry, whole within the run, and the entries
            // read so far lead to its start.
            let first = base.entries.partition_point(|entry| (entry.start as usize) < run.from);
            let inherited =
                base.entries[first..].iter().take_while(|entry| entry.end as usize <= run.from + run.len);
            for entry in inherited {
                let start = entry.start as usize - run.from + run.to;
                let end = entry.end as usize - run.from + run.to;
                if at < start {
                    self.entries(object.bytes, &mut entries, at, start);
                    at = entries.last().map_or(0, |last| last.end as usize);
                }
                if at == start {
                    // `end` is at most the length of the object, which `entry` keeps within 32 bits.
                    entries.push(Entry { start: start as u32, end: end as u32, edge: entry.edge });
                    at = end;
                }
            }
        }
        let sound = self.entries(object.bytes, &mut entries, at, object.bytes.len());
        self.record(object, entries, sound)
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
struct Names {
    hasher: Fold,
    parts: Vec<RwLock<Numbers>>,
}

impl Default for Names {
    fn default() -> Self {
        Self { hasher: Fold::default(), parts: (0..PARTS).map(|_| RwLock::default()).collect() }
    }
}

impl Names {
    /// The number of `name`: its part in the lowest bits, above it a count within the part.
    fn number(&self, name: &[u8]) -> Name {
        let at = self.hasher.hash_one(name) as usize % PARTS;
        let read = self.parts[at].read().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(&number) = read.get(name) {
            return number;
        }
        drop(read);
        let mut part = self.parts[at].write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let next = (part.len() * PARTS + at) as Name;
        *part.entry(name.into()).or_insert(next)
    }

    fn finish(self) -> Vec<Box<[u8]>> {
        let mut names = Vec::new();
        for part in self.parts {
            for (name, number) in part.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
                let at = number as usize;
                if names.len() <= at {
                    names.resize(at + 1, Box::default());
                }
                names[at] = name;
            }
        }
        names
    }
}
