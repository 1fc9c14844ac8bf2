//! Comparing trees: what one has that others do not, in work proportional to the trees and not to the paths.
//!
//! A few small trees that name each other often enough have more paths than fit on any disk. So trees that are compared
//! with the same others are compared once, however many paths lead to them: the result is a graph of [`ComparedNode`]s,
//! like the trees themselves. Paths are listed one by one on request ([`Walk::each`]), up to a limit.
//!
//! A hostile repository can nest trees to any depth, so nothing here recurses.

use super::Bases;
use crate::git::object::{Mode, ObjectKind, TreeEntry};
use crate::git::odb::loose::Read;
use crate::git::odb::reader::ObjectReader;
use crate::model::{ObjectId, display_path};
use crate::source::reason;
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::ops::ControlFlow;
use std::rc::Rc;

/// No file system allows a path of more bytes than this.
const LONGEST_PATH: usize = 64 << 10;
/// The most nodes; further trees are not read.
const MOST_NODES: usize = if cfg!(test) { 20_000 } else { 500_000 };
/// How many trees are cached.
const TREES: usize = 1 << 10;
/// How many notes say what could not be compared.
const MOST_NOTES: usize = 20;

/// An entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyedEntry {
    /// Its name; never empty, and with a `/` at the end if it is a tree, which makes git's order of entries the order
    /// of names.
    pub(super) key: Box<[u8]>,
    /// What it is.
    pub(super) mode: Mode,
    /// True for a file that may be executed.
    pub(super) is_executable: bool,
    /// Its id.
    pub(super) id: ObjectId,
}

/// Trees by id, the last ones cached.
#[derive(Debug)]
pub(super) struct Trees<'a> {
    objects: &'a ObjectReader,
    known: RefCell<HashMap<ObjectId, Rc<[KeyedEntry]>>>,
}

impl<'a> Trees<'a> {
    /// The trees among `objects`.
    pub(super) fn new(objects: &'a ObjectReader) -> Self {
        Self { objects, known: RefCell::default() }
    }

    /// The file at `path` in the tree `id`, if there is one, or why that is not known.
    pub(super) fn file_at(&self, id: ObjectId, path: &[u8]) -> Result<Option<ObjectId>, &'static str> {
        let mut at = id;
        for key in path.split_inclusive(|&byte| byte == b'/') {
            let entries = self.get(at)?;
            let Ok(found) = entries.binary_search_by(|entry| (*entry.key).cmp(key)) else { return Ok(None) };
            at = entries[found].id;
            if entries[found].mode == Mode::Gitlink {
                return Ok(None);
            }
        }
        Ok(Some(at))
    }

    /// The entries of the tree `id`, sorted by key, or why they cannot be read.
    pub(super) fn get(&self, id: ObjectId) -> Result<Rc<[KeyedEntry]>, &'static str> {
        if let Some(known) = self.known.borrow().get(&id) {
            return Ok(Rc::clone(known));
        }
        let bytes = match self.objects.read(id) {
            Read::Whole(ObjectKind::Tree, bytes) => bytes,
            Read::Missing => return Err(reason::MISSING_OBJECT),
            Read::Whole(..) | Read::TooLarge | Read::Unreadable => return Err(reason::CORRUPT_OBJECT),
        };
        let mut entries = parse(&bytes, self.objects.width()).ok_or(reason::CORRUPT_OBJECT)?;
        if !entries.is_sorted_by(|a, b| a.key <= b.key) {
            entries.sort_by(|a, b| a.key.cmp(&b.key));
        }
        let entries: Rc<[KeyedEntry]> = entries.into();
        let mut known = self.known.borrow_mut();
        if known.len() == TREES {
            known.clear();
        }
        known.insert(id, Rc::clone(&entries));
        Ok(entries)
    }
}

/// The entries of a tree object.
fn parse(bytes: &[u8], width: usize) -> Option<Vec<KeyedEntry>> {
    let mut entries = Vec::with_capacity(bytes.len() / (width + 20));
    let mut at = 0;
    while at < bytes.len() {
        let entry = TreeEntry::parse(bytes, at, width)?;
        let mut key = entry.name.to_vec();
        if entry.mode == Mode::Tree {
            key.push(b'/');
        }
        let is_executable = bytes[entry.start..entry.end].starts_with(b"100755 ");
        let id = ObjectId::from_bytes(entry.id)?;
        entries.push(KeyedEntry { key: key.into(), mode: entry.mode, is_executable, id });
        at = entry.end;
    }
    Some(entries)
}

/// What a walk looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// What the head has that the bases do not.
    Heads,
    /// What the bases have that the head does not, and what each base has at a path where the head is new.
    Bases,
}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// A file that is new or changed.
    Head(ObjectId),
    /// A file as it was in some of the bases, by their bits.
    Base(ObjectId, u64),
    /// A commit of another repository.
    Submodule,
    /// What cannot be read, and why.
    Unread(&'static str),
}

/// Trees to be compared: the head's, if there is one, and each base's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sides {
    pub(super) head: Option<ObjectId>,
    pub(super) bases: Box<[Option<ObjectId>]>,
}

/// Where a node was reached first: a root, or an entry of a node.
#[derive(Clone, Copy, Debug)]
enum Way {
    Root(usize),
    Below(usize, usize),
}

/// Trees that were compared.
#[derive(Debug)]
struct ComparedNode {
    way: Way,
    /// Bytes of its path.
    len: usize,
    /// In order.
    entries: Vec<(Box<[u8]>, NodeEntry)>,
    /// How many paths lead through it to units, once they were counted.
    paths: Option<u64>,
}

/// What is at an entry of a node.
#[derive(Clone, Copy, Debug)]
enum NodeEntry {
    Unit(Unit),
    Node(usize),
}

/// A comparison of trees.
#[derive(Debug)]
pub(super) struct Walk {
    bases: Bases,
    wanted: Wanted,
    nodes: Vec<ComparedNode>,
    known: HashMap<Sides, usize>,
    /// Paths that end with `/` or are empty, and what is there.
    roots: Vec<(Vec<u8>, usize)>,
    /// Nodes whose trees were not compared yet.
    pending: VecDeque<(usize, Sides)>,
    /// Sentences about what could not be compared.
    pub(super) notes: Vec<String>,
}

impl Walk {
    /// A walk that looks for what is `wanted` and has seen nothing.
    pub(super) fn new(bases: Bases, wanted: Wanted) -> Self {
        Self {
            bases,
            wanted,
            nodes: Vec::new(),
            known: HashMap::new(),
            roots: Vec::new(),
            pending: VecDeque::new(),
            notes: Vec::new(),
        }
    }

    /// Compares the trees at `path`, which ends with `/` or is empty, and all below.
    pub(super) fn add(&mut self, trees: &Trees<'_>, path: Vec<u8>, sides: Sides) {
        if self.is_settled(&sides) {
            return;
        }
        let (len, way) = (path.len(), Way::Root(self.roots.len()));
        self.roots.push((path, 0));
        let root = match self.node(sides, way, len) {
            Ok(root) => root,
            Err(reason) => self.leaf(way, len, reason),
        };
        if let Some((_, at)) = self.roots.last_mut() {
            *at = root;
        }
        while let Some((at, sides)) = self.pending.pop_front() {
            self.compare(trees, at, &sides);
        }
        self.count(root);
    }

    /// How many paths lead to units.
    pub(super) fn paths(&self) -> u64 {
        let each = self.roots.iter().map(|&(_, root)| self.nodes[root].paths.unwrap_or(0));
        each.fold(0, u64::saturating_add)
    }

    /// Gives each path to a unit to `visit`, in order below each root, until that breaks or `most` were given; how many
    /// were.
    pub(super) fn each(&self, most: u64, visit: &mut dyn FnMut(&[u8], Unit) -> ControlFlow<()>) -> u64 {
        let mut given = 0;
        for (path, root) in &self.roots {
            let mut path = path.clone();
            // The stack of nodes from the root: a node, the next of its entries, and the length of its path.
            let mut way = vec![(*root, 0, path.len())];
            while let Some((node, next, len)) = way.last_mut() {
                path.truncate(*len);
                let Some((name, found)) = self.nodes[*node].entries.get(*next) else {
                    way.pop();
                    continue;
                };
                *next += 1;
                match *found {
                    NodeEntry::Unit(_) if given == most => return given,
                    NodeEntry::Unit(unit) => {
                        path.extend_from_slice(name);
                        given += 1;
                        if visit(&path, unit).is_break() {
                            return given;
                        }
                    }
                    NodeEntry::Node(below) if self.nodes[below].paths != Some(0) => {
                        path.extend_from_slice(name);
                        way.push((below, 0, path.len()));
                    }
                    NodeEntry::Node(_) => {}
                }
            }
        }
        given
    }

    /// Gives each unit to `visit` once for each node it is in, at the first path found: as many as there are
    /// entries in trees.
    pub(super) fn each_once(&self, visit: &mut dyn FnMut(&[u8], Unit)) {
        for (at, node) in self.nodes.iter().enumerate() {
            let units = node.entries.iter().filter_map(|(name, found)| match found {
                NodeEntry::Unit(unit) => Some((name, *unit)),
                NodeEntry::Node(_) => None,
            });
            let mut units = units.peekable();
            if units.peek().is_some() {
                let path = self.path(at);
                units.for_each(|(name, unit)| visit(&[&path, &**name].concat(), unit));
            }
        }
    }

    /// The path by which a node was found first.
    fn path(&self, at: usize) -> Vec<u8> {
        let mut names: Vec<&[u8]> = Vec::new();
        let mut way = self.nodes[at].way;
        loop {
            match way {
                Way::Root(root) => {
                    names.push(&self.roots[root].0);
                    break;
                }
                Way::Below(above, entry) => {
                    names.push(&self.nodes[above].entries[entry].0);
                    way = self.nodes[above].way;
                }
            }
        }
        names.reverse();
        names.concat()
    }

    /// True if nothing that is wanted can be below these trees.
    fn is_settled(&self, sides: &Sides) -> bool {
        match self.wanted {
            Wanted::Heads => sides.head.is_none_or(|head| !self.bases.are_new(head, &sides.bases)),
            Wanted::Bases => sides.bases.iter().all(|base| *base == sides.head),
        }
    }

    /// The node of these trees, or why there is none.
    fn node(&mut self, sides: Sides, way: Way, len: usize) -> Result<usize, &'static str> {
        if let Some(&known) = self.known.get(&sides) {
            return Ok(known);
        }
        if len > LONGEST_PATH {
            return Err(reason::TOO_DEEP);
        }
        if self.nodes.len() >= MOST_NODES {
            return Err(reason::TOO_MANY);
        }
        let at = self.nodes.len();
        self.nodes.push(ComparedNode { way, len, entries: Vec::new(), paths: None });
        self.known.insert(sides.clone(), at);
        self.pending.push_back((at, sides));
        Ok(at)
    }

    /// A node that is not read.
    fn leaf(&mut self, way: Way, len: usize, reason: &'static str) -> usize {
        let entries = vec![(Box::default(), NodeEntry::Unit(Unit::Unread(reason)))];
        self.nodes.push(ComparedNode { way, len, entries, paths: None });
        self.nodes.len() - 1
    }

    /// Compares the trees of one node.
    fn compare(&mut self, trees: &Trees<'_>, at: usize, sides: &Sides) {
        let head = match sides.head.map_or_else(|| Ok(Rc::default()), |id| trees.get(id)) {
            Ok(head) => head,
            Err(reason) => {
                if self.wanted == Wanted::Heads {
                    self.nodes[at].entries.push((Box::default(), NodeEntry::Unit(Unit::Unread(reason))));
                }
                return;
            }
        };
        let mut bases: Vec<Rc<[KeyedEntry]>> = Vec::with_capacity(sides.bases.len());
        for base in &sides.bases {
            let entries = base.map_or_else(|| Ok(Rc::default()), |id| trees.get(id));
            bases.push(entries.unwrap_or_else(|reason| {
                self.note(at, reason);
                Rc::default()
            }));
        }
        let mut next = vec![0; bases.len()];
        let mut next_new = 0;
        let mut old: Vec<Option<&KeyedEntry>> = Vec::with_capacity(bases.len());
        loop {
            // Of most trees all entries but one are the same on all sides, and nothing in those is wanted.
            let is_same = |one: &KeyedEntry, other: &KeyedEntry| {
                one.id == other.id && one.mode == other.mode && one.key == other.key
            };
            while let Some(new) = head.get(next_new).filter(|_| !bases.is_empty())
                && bases
                    .iter()
                    .zip(&next)
                    .all(|(base, &at)| base.get(at).is_some_and(|old| is_same(old, new)))
            {
                next_new += 1;
                next.iter_mut().for_each(|next| *next += 1);
            }
            let rests = bases.iter().zip(&next).filter_map(|(base, &next)| base.get(next));
            let keys = rests.map(|entry| &entry.key).chain(head.get(next_new).map(|entry| &entry.key));
            let Some(key) = keys.min() else { break };
            let new = head.get(next_new).filter(|entry| entry.key == *key);
            next_new += usize::from(new.is_some());
            old.clear();
            for (base, next) in bases.iter().zip(&mut next) {
                let entry = base.get(*next).filter(|entry| entry.key == *key);
                *next += usize::from(entry.is_some());
                old.push(entry);
            }
            self.entry(at, key, new, &old);
        }
    }

    /// Compares the entries of one name.
    fn entry(&mut self, at: usize, key: &[u8], new: Option<&KeyedEntry>, old: &[Option<&KeyedEntry>]) {
        if key.ends_with(b"/") {
            let ids = old.iter().map(|entry| entry.map(|entry| entry.id)).collect();
            let sides = Sides { head: new.map(|entry| entry.id), bases: ids };
            if self.is_settled(&sides) {
                return;
            }
            let (way, len) = (Way::Below(at, self.nodes[at].entries.len()), self.nodes[at].len + key.len());
            let found = match self.node(sides, way, len) {
                Ok(below) => NodeEntry::Node(below),
                Err(reason) => NodeEntry::Unit(Unit::Unread(reason)),
            };
            self.nodes[at].entries.push((key.into(), found));
            return;
        }
        let is_file = |entry: &&KeyedEntry| entry.mode != Mode::Gitlink;
        let same = |entry: &KeyedEntry| new.is_some_and(|new| (new.id, new.mode) == (entry.id, entry.mode));
        let ids: Vec<Option<ObjectId>> = match new {
            // An entry of another kind differs, whatever its id.
            Some(new) => old
                .iter()
                .map(|old| Some(old.as_ref()?.id).filter(|_| old.is_some_and(|old| old.mode == new.mode)))
                .collect(),
            None => Vec::new(),
        };
        let is_new = new.is_some_and(|new| self.bases.are_new(new.id, &ids));
        let mut take = |unit| self.nodes[at].entries.push((key.into(), NodeEntry::Unit(unit)));
        match self.wanted {
            Wanted::Heads => match new {
                Some(new) if is_new && new.mode == Mode::Gitlink => take(Unit::Submodule),
                Some(new) if is_new => take(Unit::Head(new.id)),
                _ => {}
            },
            Wanted::Bases => {
                let mut files: Vec<(ObjectId, u64)> = Vec::new();
                for (bit, entry) in old.iter().enumerate() {
                    let Some(entry) = entry.filter(is_file).filter(|entry| is_new || !same(entry)) else {
                        continue;
                    };
                    match files.iter_mut().find(|(id, _)| *id == entry.id) {
                        Some((_, bits)) => *bits |= 1 << bit,
                        None => files.push((entry.id, 1 << bit)),
                    }
                }
                files.into_iter().for_each(|(id, bits)| take(Unit::Base(id, bits)));
            }
        }
    }

    /// Notes that the old side of a directory could not be read.
    fn note(&mut self, at: usize, reason: &str) {
        if self.notes.len() < MOST_NOTES {
            self.notes.push(unread_base(&self.path(at), reason));
        }
    }

    /// Counts the paths through a node and all below it.
    fn count(&mut self, root: usize) {
        // The stack: a node, and the next of its entries to count before it.
        let mut way = vec![(root, 0)];
        while let Some((at, next)) = way.last_mut() {
            let at = *at;
            let below = self.nodes[at].entries[*next..].iter().position(
                |(_, found)| matches!(found, NodeEntry::Node(below) if self.nodes[*below].paths.is_none()),
            );
            if let Some(skipped) = below
                && let NodeEntry::Node(below) = self.nodes[at].entries[*next + skipped].1
            {
                *next += skipped + 1;
                way.push((below, 0));
                continue;
            }
            let counts = self.nodes[at].entries.iter().map(|(_, found)| match found {
                NodeEntry::Unit(_) => 1,
                NodeEntry::Node(below) => self.nodes[*below].paths.unwrap_or(0),
            });
            self.nodes[at].paths = Some(counts.fold(0, u64::saturating_add));
            way.pop();
        }
    }
}

/// The note for an old side of the directory `path` that could not be read.
pub(super) fn unread_base(path: &[u8], reason: &str) -> String {
    let path = if path.is_empty() { "the root".to_owned() } else { format!("`{}`", display_path(path)) };
    format!("The old side of {path} could not be read ({reason}), so all in it counts as new.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_parses_to_its_entries_and_a_cut_one_does_not() {
        let mut bytes = Vec::new();
        for (mode, name) in
            [("100644", "a.c"), ("40000", "a"), ("160000", "sub"), ("120000", "z"), ("100755", "x")]
        {
            bytes.extend_from_slice(format!("{mode} {name}\0").as_bytes());
            bytes.extend_from_slice(&[7; 20]);
        }
        let entries = parse(&bytes, 20).expect("the tree is sound");
        let kinds: Vec<_> =
            entries.iter().map(|entry| (&*entry.key, entry.mode, entry.is_executable)).collect();
        let expected: [(&[u8], Mode, bool); 5] = [
            (b"a.c", Mode::Blob, false),
            (b"a/", Mode::Tree, false),
            (b"sub", Mode::Gitlink, false),
            (b"z", Mode::Blob, false),
            (b"x", Mode::Blob, true),
        ];
        assert_eq!(kinds, expected);
        for len in 1..bytes.len() {
            let whole = [31, 59, 90, 119].contains(&len);
            assert_eq!(parse(&bytes[..len], 20).is_some(), whole, "{len} of {}", bytes.len());
        }
        assert_eq!(parse(b"100644 \0aaaaaaaaaaaaaaaaaaaa", 20), None, "an entry without a name");
    }
}
