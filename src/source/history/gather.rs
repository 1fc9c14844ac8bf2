//! The first pass over the store: texts go to the scan, links of commits and tags are gathered.
//!
//! A text is a blob's bytes, or the message of a commit or tag: headers hold ids, names and signatures, no secrets.
//! What a commit or tag names and the store lacks is noted here; what a tree names, when trees are read.

use super::objects::Objects;
use super::parse::{CommitText, TagText};
use super::table::{Index, NONE, Table};
use super::visitor::{Object, ObjectKind, Visitor};
use super::{Scan, Text};
use crate::model::{self, Copied, ObjectId};
use std::borrow::Cow;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// A commit's links, by index in the table.
#[derive(Clone, Debug)]
pub(super) struct Links {
    /// The commit.
    pub(super) commit: Index,
    /// Its tree; [`NONE`] where the store lacks it.
    pub(super) tree: Index,
    /// Where in [`Gathered::parents`] those that the store has start and end.
    pub(super) parents: (u32, u32),
    /// The committer's time, seconds since 1970.
    pub(super) time: i64,
    /// The author's header, by its number in [`Gathered::authors`].
    pub(super) author: u32,
}

/// What commits and tags say.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Each commit once, in no set order.
    pub(super) commits: Vec<Links>,
    /// The parents of all commits, in order for each.
    pub(super) parents: Vec<Index>,
    /// Author headers without the time, by number of first use.
    pub(super) authors: Authors,
    /// What each tag names.
    pub(super) tags: HashMap<Index, Index>,
}

impl Gathered {
    /// Adds a commit, whose tree and parents the table has at these places.
    pub(super) fn add(&mut self, commit: Index, tree: Index, parents: &[Index], text: &CommitText<'_>) {
        let author = self.authors.add(text.author);
        let from = self.parents.len() as u32;
        self.parents.extend_from_slice(parents);
        let parents = (from, self.parents.len() as u32);
        self.commits.push(Links { commit, tree, parents, time: text.time, author });
    }

    /// Gives back the room for more: up to half of it all, once there is no more.
    pub(super) fn shrink(&mut self) {
        self.commits.shrink_to_fit();
        self.parents.shrink_to_fit();
        self.authors.lines.shrink_to_fit();
        self.authors.whens.shrink_to_fit();
    }
}

/// The authors of commits: name and address once each, time and zone per commit.
#[derive(Debug, Default)]
pub(super) struct Authors {
    numbers: HashMap<Box<[u8]>, u32>,
    /// Per commit (by [`Links::author`]): whose header, and how long the rest of it in `whens` is.
    lines: Vec<(u32, u32)>,
    whens: Vec<u8>,
}

impl Authors {
    /// Adds the header of one commit; its number.
    fn add(&mut self, header: &[u8]) -> u32 {
        let end = memchr::memrchr(b'>', header).map_or(header.len(), |at| at + 1);
        let (who, when) = header.split_at(end);
        let count = self.numbers.len() as u32;
        let number = match self.numbers.get(who) {
            Some(&number) => number,
            None => *self.numbers.entry(who.into()).or_insert(count),
        };
        self.whens.extend_from_slice(when);
        // It is part of a commit, whose length has 32 bits.
        self.lines.push((number, when.len() as u32));
        (self.lines.len() - 1) as u32
    }

    /// The headers whose numbers are asked for.
    pub(super) fn headers(&self, wanted: impl IntoIterator<Item = u32>) -> HashMap<u32, Vec<u8>> {
        let mut who: Vec<&[u8]> = vec![b""; self.numbers.len()];
        for (text, &number) in &self.numbers {
            who[number as usize] = text;
        }
        let mut wanted: Vec<u32> = wanted.into_iter().collect();
        wanted.sort_unstable();
        let (mut headers, mut wanted) = (HashMap::with_capacity(wanted.len()), wanted.into_iter().peekable());
        let mut end = 0;
        for (line, &(number, len)) in (0..).zip(&self.lines) {
            let start = end;
            end += len as usize;
            while wanted.next_if_eq(&line).is_some() {
                headers.insert(line, [who[number as usize], &self.whens[start..end]].concat());
            }
        }
        headers
    }
}

/// Why something could not be read.
pub(super) type Reason = Cow<'static, str>;

/// Objects that were not read: those that could not be, each once with the first reason in alphabetical order, and
/// those of submodules.
#[derive(Debug, Default)]
pub(super) struct Unread {
    /// Commits of submodules: named by trees, and no part of this history.
    submodules: Mutex<BTreeSet<ObjectId>>,
    objects: Mutex<BTreeMap<ObjectId, Reason>>,
    others: Mutex<Vec<(String, Reason)>>,
}

impl Unread {
    /// Notes that object `id` could not be read.
    pub(super) fn object(&self, id: ObjectId, reason: impl Into<Reason>) {
        let reason = reason.into();
        match lock(&self.objects).entry(id) {
            Entry::Occupied(mut held) if reason < *held.get() => *held.get_mut() = reason,
            Entry::Occupied(_) => {}
            Entry::Vacant(free) => {
                free.insert(reason);
            }
        }
    }

    /// Notes that a tree names commit `id` of a submodule.
    pub(super) fn submodule(&self, id: ObjectId) {
        lock(&self.submodules).insert(id);
    }

    /// The objects that could not be read so far, with reasons.
    pub(super) fn objects(&self) -> Vec<(ObjectId, Reason)> {
        lock(&self.objects).iter().map(|(id, reason)| (*id, reason.clone())).collect()
    }

    /// The commits of submodules so far.
    pub(super) fn submodules(&self) -> Vec<ObjectId> {
        lock(&self.submodules).iter().copied().collect()
    }

    /// The commits of submodules.
    pub(super) fn take_submodules(&self) -> BTreeSet<ObjectId> {
        std::mem::take(&mut lock(&self.submodules))
    }

    /// Forgets the objects and submodules that `other` knows too.
    pub(super) fn forget(&mut self, other: Self) {
        let submodules = other.take_submodules();
        lock(&self.submodules).retain(|id| !submodules.contains(id));
        let objects = other.objects.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        lock(&self.objects).retain(|id, _| !objects.contains_key(id));
    }

    /// Notes that something else could not be read.
    pub(super) fn other(&self, name: String, reason: impl Into<Reason>) {
        lock(&self.others).push((name, reason.into()));
    }

    /// All of it: names and reasons.
    pub(super) fn into_reasons(self) -> Vec<(String, Reason)> {
        let objects = self.objects.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut all = self.others.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        all.extend(objects.into_iter().map(|(id, reason)| (id.to_string(), reason)));
        all
    }
}

/// Locks what no panic can have left half-written: every critical section is one insertion.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// What the store lacks, and why that may be.
#[derive(Debug)]
pub(super) struct Gaps<'a> {
    /// The objects there are.
    pub(super) table: &'a Table,
    /// Where gaps are noted.
    pub(super) unread: &'a Unread,
    /// True where a partial clone may have left objects at its origin.
    pub(super) partial: bool,
    /// Commits whose parents a shallow clone left out.
    pub(super) shallow: &'a HashSet<ObjectId>,
    /// Where the table lists only part of the store: tells whether the rest has an object.
    pub(super) elsewhere: Option<&'a Objects>,
}

impl Gaps<'_> {
    /// The index of the object that something names; one that the store lacks is noted.
    pub(super) fn find(&self, id: &[u8]) -> Index {
        self.table.find(id).unwrap_or_else(|| {
            if !self.is_elsewhere(id) {
                self.missing(id, if self.partial { PARTIAL } else { MISSING });
            }
            NONE
        })
    }

    /// True where the store has the object.
    pub(super) fn has(&self, id: &[u8]) -> bool {
        self.table.find(id).is_some() || self.is_elsewhere(id)
    }

    fn is_elsewhere(&self, id: &[u8]) -> bool {
        self.elsewhere.is_some_and(|objects| objects.lists(id))
    }

    fn parent(&self, of: Index, id: ObjectId) -> Option<Index> {
        self.table.find(id.as_bytes()).or_else(|| {
            if self.is_elsewhere(id.as_bytes()) {
                // No commit: those are all in the table.
                return None;
            }
            let reason = match (self.shallow.contains(&self.table.id(of)), self.partial) {
                (true, _) => SHALLOW,
                (false, true) => PARTIAL,
                (false, false) => MISSING,
            };
            self.missing(id.as_bytes(), reason);
            None
        })
    }

    fn missing(&self, id: &[u8], reason: &'static str) {
        // Git knows the empty tree by heart, so that a store need not hold it.
        if let Some(id) = ObjectId::from_bytes(id).filter(|id| !is_empty_tree(*id)) {
            self.unread.object(id, reason);
        }
    }
}

/// The reasons for which something is unread that the store lacks.
pub(super) const GAPS: [&str; 3] = [MISSING, PARTIAL, SHALLOW];

/// How many parents of a commit are followed. Linux, which merges most at once, has one with 66.
const MOST_PARENTS: usize = 1 << 12;

const MISSING: &str = "missing object";
const PARTIAL: &str = "missing object (partial clone)";
const SHALLOW: &str = "shallow boundary";

fn is_empty_tree(id: ObjectId) -> bool {
    const SHA1: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    const SHA256: &str = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321";
    [SHA1, SHA256].iter().any(|hex| ObjectId::from_hex(hex) == Some(id))
}

/// Counts of objects read, and of bytes scanned.
#[derive(Debug, Default)]
pub(super) struct Counts {
    blob: AtomicU64,
    tree: AtomicU64,
    commit: AtomicU64,
    tag: AtomicU64,
    bytes: AtomicU64,
}

impl Counts {
    /// Counts one object of `kind`, of which `bytes` were scanned.
    pub(super) fn add(&self, kind: ObjectKind, bytes: usize) {
        let counter = match kind {
            ObjectKind::Blob => &self.blob,
            ObjectKind::Tree => &self.tree,
            ObjectKind::Commit => &self.commit,
            ObjectKind::Tag => &self.tag,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Counts on from what an earlier run counted.
    pub(super) fn of(objects: model::Objects, bytes: u64) -> Self {
        Self {
            blob: objects.blob.into(),
            tree: objects.tree.into(),
            commit: objects.commit.into(),
            tag: objects.tag.into(),
            bytes: bytes.into(),
        }
    }

    /// The objects read so far, and the bytes scanned.
    pub(super) fn read(&self) -> (model::Objects, u64) {
        let objects = model::Objects {
            blob: self.blob.load(Ordering::Relaxed),
            tree: self.tree.load(Ordering::Relaxed),
            commit: self.commit.load(Ordering::Relaxed),
            tag: self.tag.load(Ordering::Relaxed),
        };
        (objects, self.bytes.load(Ordering::Relaxed))
    }
}

/// Of the parents that a commit names those that are followed, each once. Where it claims more than any history has, these
/// are the first: by deltas, a few bytes each make another commit that claims as many. True where they are all.
pub(super) fn followed(named: &[ObjectId]) -> (Vec<ObjectId>, bool) {
    let mut named = named.to_vec();
    if named.len() > 2 {
        let mut seen = HashSet::new();
        named.retain(|&parent| seen.insert(parent));
    }
    named.dedup();
    let are_all = named.len() <= MOST_PARENTS;
    named.truncate(MOST_PARENTS);
    (named, are_all)
}

/// The first pass's visitor.
#[derive(Debug)]
pub(super) struct Gather<'a, S> {
    /// What scans texts.
    pub(super) scan: &'a S,
    /// What the store lacks.
    pub(super) gaps: &'a Gaps<'a>,
    /// What is counted.
    pub(super) counts: &'a Counts,
    /// What commits and tags say.
    pub(super) gathered: Mutex<Gathered>,
}

impl<S: Scan> Gather<'_, S> {
    fn commit(&self, object: Object<'_>) {
        let Some(commit) = CommitText::parse(object.bytes, self.gaps.table.width()) else {
            self.unread(Some(object.id()), "corrupt object");
            return;
        };
        let tree = self.gaps.find(commit.tree.as_bytes());
        let (parents, are_all) = self.parents(object, &commit.parents);
        lock(&self.gathered).add(object.index, tree, &parents, &commit);
        if are_all {
            self.counts.add(object.kind, commit.message.len());
        } else {
            self.unread(Some(object.id()), "commit with too many parents");
        }
        self.message(object, commit.message);
    }

    /// The parents that the store has, each once; true where these are all that are named.
    fn parents(&self, object: Object<'_>, named: &[ObjectId]) -> (Vec<Index>, bool) {
        let (named, are_all) = followed(named);
        (named.iter().filter_map(|&parent| self.gaps.parent(object.index, parent)).collect(), are_all)
    }

    fn tag(&self, object: Object<'_>) {
        let Some(tag) = TagText::parse(object.bytes, self.gaps.table.width()) else {
            self.unread(Some(object.id()), "corrupt object");
            return;
        };
        let target = self.gaps.find(tag.target.as_bytes());
        lock(&self.gathered).tags.insert(object.index, target);
        self.counts.add(object.kind, tag.message.len());
        self.message(object, tag.message);
    }

    fn message(&self, object: Object<'_>, bytes: &[u8]) {
        self.scan.whole(Text { object, bytes });
    }
}

impl<S: Scan> Visitor for Gather<'_, S> {
    type Kept = Option<S::Kept>;

    fn whole(&self, object: Object<'_>) -> Self::Kept {
        let Object { index, kind, bytes, .. } = object;
        self.gaps.table.set_kind(index, kind);
        match kind {
            ObjectKind::Blob => {
                self.counts.add(kind, bytes.len());
                return Some(self.scan.whole(Text { object, bytes }));
            }
            ObjectKind::Commit => self.commit(object),
            ObjectKind::Tag => self.tag(object),
            ObjectKind::Tree => {}
        }
        None
    }

    fn derived(
        &self,
        base: &Self::Kept,
        base_bytes: &[u8],
        object: Object<'_>,
        copied: &[Copied],
    ) -> Self::Kept {
        let Object { index, kind, bytes, .. } = object;
        let Some(base) = base else { return self.whole(object) };
        self.gaps.table.set_kind(index, kind);
        self.counts.add(kind, bytes.len());
        Some(self.scan.derived(base, base_bytes, Text { object, bytes }, copied))
    }

    fn unread(&self, id: Option<ObjectId>, reason: &str) {
        match id {
            Some(id) => self.gaps.unread.object(id, reason.to_owned()),
            None => self.gaps.unread.other("objects without a name".to_owned(), reason.to_owned()),
        }
    }
}
