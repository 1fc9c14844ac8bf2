//! A whole history: every object of a repository, reachable or not, and where in it secrets stand.
//!
//! Two passes. The first gives every text (blobs, messages of commits and tags) to a [`Scan`] and gathers the
//! links of commits. Then the caller says which objects hold which secrets, by numbers of its own, and the second reads
//! every tree: for objects that a tree names and the store lacks, and to place each secret. The order is what
//! keeps memory small: once it is known which blobs matter, of the tens of millions of entries in trees nearly
//! all can be forgotten at once.
//!
//! Names are looked at on the way: of refs, of people, of the entries of trees ([`ScanNames`]). If that of an entry holds a
//! secret, trees are read once more.
//!
//! [`History::narrow`] leaves out what some refs do not reach, or what a commit does. Then two more passes come first: over
//! the commits, and over the trees, to tell which objects belong to the part.
//!
//! What a rule is, is not known here; nothing is written, and nothing of the repository is run.

mod besides;
mod boundary;
mod changes;
mod fold;
mod gather;
mod holds;
mod lives;
mod names;
mod node;
mod patches;
mod place;
mod plan;
mod presence;
mod reach;
mod receipts;
mod resume;
mod scope;
mod shortcut;
mod site;
#[cfg(test)]
mod tests;
mod tips;
mod trail;
mod trees;
mod unopened;

pub use crate::git::odb::progress::{Pass, Progress};
pub use crate::git::{Error, Problem};
use crate::git::{KindSet, Object, ObjectKind};
pub use besides::Besides;
pub use names::{Holding, PlacedName, ScanNames};
pub use place::{Life, Placed};
pub use scope::Selection;
pub use site::Site;
pub use trail::Trail;

use crate::git::commit_graph::{Graph, Position};
use crate::git::commit_links::Gathered;
use crate::git::object::{CommitText, TagText};
use crate::git::odb::ObjectDatabase;
use crate::git::odb::id_table::ObjectNumber;
use crate::git::odb::missing::{Counts, Missing, Unread};
use crate::git::odb::progress::Untold;
use crate::git::refs::{Listed, Refs};
use crate::git::repository::Repository;
use crate::model::{Copied, Coverage, Kind, Names, ObjectId};
use crate::source::Sink;
use crate::sync::lock;
use changes::Changes;
use gather::Gather;
use holds::Holds;
use patches::Ordered;
use place::Placing;
use plan::Plan;
use receipts::Receipts;
use scope::{LEAST_SHORT, Scope, Whole};
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use tips::Tips;
use trees::Trees;
use unopened::{LfsStore, Unopened};

/// A text to scan: a blob, or the message of a commit or tag.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// The object it is, or is the message of; never a tree.
    pub object: Object<'a>,
    /// The text.
    pub bytes: &'a [u8],
}

/// What scans texts. Called from many threads at once, with each text once, in no set order, save that a text's
/// base comes before it. What is found it records itself, under the object's id.
pub trait Scan: Sync {
    /// What it wants to find again when a text derived from this one comes.
    type Kept: Send + Sync;

    /// A text that stands by itself.
    fn whole(&self, text: Text<'_>) -> Self::Kept;

    /// A text that shares the runs `copied` (ascending by `to`, not overlapping there) with `base_bytes`, the text
    /// for which `base` was kept.
    fn derived(&self, base: &Self::Kept, base_bytes: &[u8], text: Text<'_>, copied: &[Copied]) -> Self::Kept;

    /// What stands in the place of the blob `object`, whose own bytes only point to it: `read` gives it, in pieces, to the
    /// sink that it is given. What is found there is found in the blob.
    fn stand_in(&self, object: Object<'_>, read: &mut dyn FnMut(&Sink<'_>));
}

/// How to read a history.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Keeps what reading packs takes up (objects that others derive from, and mapped pages) near so many bytes. What
    /// a scan itself keeps comes on top.
    pub max_memory: Option<u64>,
    /// Leave a trail for a later run ([`Placement::trail`]).
    pub remember: bool,
    /// How many bytes around fresh ones a piece of a blob needs on each side.
    pub margin: usize,
}

/// A repository's history, open to be read.
#[derive(Debug)]
pub struct History {
    repository: Repository,
    refs: Refs,
    /// True if objects may be absent because a partial clone left them at its origin.
    is_partial: bool,
    /// Refs whose files say nothing a ref can say: what they held alive may be taken for unreachable.
    broken_refs: Vec<String>,
    /// Refs that lead nowhere yet.
    unborn_refs: Vec<String>,
    objects: ObjectDatabase,
    /// The part that is read, where that is not all.
    scope: Option<Scope>,
    remembers: bool,
    margin: usize,
    /// What an earlier run counted, where only what has come since is read; and what it left.
    known: Option<Receipts>,
    past: Option<Trail>,
}

/// Why a ref is unread.
const BROKEN_REF: &str = "unreadable ref";

/// What the first pass leaves for the second.
#[derive(Debug)]
pub struct Scanned {
    gathered: Gathered,
    /// Who made the commits and tags that are read.
    people: Names,
    unread: Unread,
    counts: Counts,
    unopened: Unopened,
}

/// Where secrets stand, and what was looked at.
#[derive(Clone, Debug)]
pub struct Placement {
    /// Each (secret, path, introducing commit), each message, each object outside all trees; ordered by secret, path,
    /// kind, commit and object.
    pub places: Vec<Placed>,
    /// Each (secret, name) once for each place of the name, in order.
    pub names: Vec<PlacedName>,
    /// Each secret's life, ordered by number.
    pub lives: Vec<Life>,
    /// What was looked at. Units are objects.
    pub coverage: Coverage,
    /// True where another run would be told the same while the store and the refs stay as they are: the run was not
    /// interrupted, and nothing is unread but what the store lacks.
    pub is_lasting: bool,
    /// What a later run can go on from, where that was asked for: the bytes of a [`Trail`].
    pub trail: Option<Vec<u8>>,
    /// What all this depends on besides the store and the refs.
    pub besides: Besides,
}

/// What a run did not read, and what it did.
struct Receipt<'a> {
    unread: Unread,
    counts: Counts,
    unopened: Unopened,
    /// What each tag names.
    tags: &'a HashMap<ObjectNumber, ObjectNumber>,
}

impl History {
    /// The history of the repository at `path`: a work tree (linked or not) or a directory in it, a git directory,
    /// a bare repository.
    pub fn open(path: &Path, options: &Options) -> Result<Self, Error> {
        Site::open(path)?.history(options)
    }

    fn of(site: Site, options: &Options) -> Result<Self, Error> {
        let max_memory = options.max_memory.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        let ((), objects) =
            rayon::join(|| site.list_refs(), || ObjectDatabase::list(&site.repository, max_memory));
        let (repository, Listed { refs, broken: broken_refs, unborn: unborn_refs }) = site.into_parts();
        let objects = objects?;
        let remembers = options.remember;
        let is_partial = repository.is_partial();
        Ok(Self {
            repository,
            refs,
            is_partial,
            broken_refs,
            unborn_refs,
            objects,
            scope: None,
            remembers,
            margin: options.margin,
            known: None,
            past: None,
        })
    }

    /// Leaves out what `selection` does not mean. Ends early once `stop` is true; what is read after that is no part of
    /// anything.
    pub fn narrow(
        &mut self,
        selection: &Selection,
        progress: &dyn Progress,
        stop: &AtomicBool,
    ) -> Result<(), Error> {
        self.scope = None;
        if !selection.is_all() {
            let Self { repository, refs, broken_refs, objects, .. } = self;
            let whole = Whole { repository, refs, broken_refs, objects, least_short: LEAST_SHORT };
            self.scope = Some(Scope::new(&whole, selection, progress, stop)?);
        }
        Ok(())
    }

    /// The first pass: gives every text to `scan`. Ends early once `stop` is true.
    pub fn scan<S: Scan>(&self, scan: &S, progress: &dyn Progress, stop: &AtomicBool) -> Scanned {
        let (unread, counts, unopened) = self.known.as_ref().map(Receipts::open).unwrap_or_default();
        let is_meant = |name: &&String| self.scope.as_ref().is_none_or(|scope| scope.refs.contains(*name));
        for name in self.broken_refs.iter().filter(is_meant) {
            unread.other(name.clone(), BROKEN_REF);
        }
        for (name, reason) in &self.objects.unlisted {
            unread.other(name.clone(), *reason);
        }
        let kinds = KindSet::of(&[ObjectKind::Blob, ObjectKind::Commit, ObjectKind::Tag]);
        let chosen = self.objects.choose(kinds, self.scope.as_ref().map(|scope| &scope.inside));
        progress.begin(Pass::Texts, self.objects.work(&chosen));
        let gaps = self.gaps(&unread);
        let gather = Gather {
            scan,
            gaps: &gaps,
            counts: &counts,
            gathered: Mutex::default(),
            lfs: self.lfs(),
            unopened: &unopened,
        };
        self.objects.visit(&chosen, &gather, progress, stop);
        let mut gathered = std::mem::take(&mut *lock(&gather.gathered));
        let mut people = Names::default();
        gathered.people().for_each(|who| people.add_bytes(who));
        if let Some(scope) = &self.scope {
            boundary::commits(&self.objects, scope, &mut gathered, stop);
        }
        gathered.shrink();
        Scanned { gathered, people, unread, counts, unopened }
    }

    /// Gives the blobs that stood where the range begins to `scan`: whoever found something in the range, and wants to know
    /// what of it is new, calls this before [`Self::place`]. They count as left out.
    pub fn scan_boundary<S: Scan>(&self, scan: &S, progress: &dyn Progress, stop: &AtomicBool) {
        if let Some(scope) = &self.scope {
            boundary::blobs((&self.objects, self.lfs()), scope, scan, progress, stop);
        }
    }

    fn lfs(&self) -> LfsStore<'_> {
        LfsStore { common_dir: &self.repository.common_dir, margin: self.margin }
    }

    /// The second pass: reads every tree and places the secrets that objects and names hold, by numbers of the caller's
    /// own. Ends early once `stop` is true.
    pub fn place(
        &self,
        mut scanned: Scanned,
        holding: Holding<'_>,
        progress: &dyn Progress,
        stop: &AtomicBool,
    ) -> Placement {
        let scope = self.scope.as_ref();
        let table = &self.objects.table;
        let (commits, parents) =
            (std::mem::take(&mut scanned.gathered.commits), std::mem::take(&mut scanned.gathered.parents));
        let (mut holds, mut graph) =
            rayon::join(|| Holds::new(table, holding.objects, &[]), || Graph::new(table, commits, &parents));
        drop(parents);
        let mut named = self.named(&scanned, holding.names, &graph, stop);
        let Scanned { mut gathered, mut unread, counts, unopened, .. } = scanned;
        let gaps = self.gaps(&unread);
        if let Some(scope) = scope {
            graph.begin_after(&scope.boundary);
            gathered.tags.clone_from(&scope.tags);
        }
        let tips = Tips::new(&self.refs_meant(), &gaps, &gathered, &graph);
        let (past_unread, past_counts) = (Unread::default(), Counts::default());
        let past_gaps = self.gaps(&past_unread);
        // What the boundary names and the store lacks was missing before the range began.
        let past = (&past_gaps, &past_counts);
        let trees = Trees::new(&gaps, &holds, &counts).watch(holding.names);
        let ways = self.ways(trees, past, progress, stop);
        named.entries = holding.names.holding(Kind::Path);
        let (names, patches) = if named.entries.is_empty() {
            ways
        } else {
            // Once more, for the ways to these names. What is not there has been noted, and trees are counted.
            drop(ways);
            holds = Holds::new(table, holding.objects, &named.entries);
            let (unread, counts) = (Unread::default(), Counts::default());
            let gaps = self.gaps(&unread);
            let trees = Trees::new(&gaps, &holds, &counts).with_names(&named.entries);
            self.ways(trees, (&gaps, &counts), progress, stop)
        };
        self.objects.rest();
        let plan = Plan::new(&holds, patches);
        let changes = Changes::new(&graph, &plan, &holds);
        unread.forget(past_unread);
        let headers = |wanted: &[Position]| {
            let authors = gathered.authors.headers(wanted.iter().map(|&at| graph.author(at)));
            let header = |&at: &Position| Some((at, authors.get(&graph.author(at))?.clone()));
            wanted.iter().filter_map(header).collect()
        };
        let placing = Placing {
            objects: &self.objects,
            headers: &headers,
            graph: &graph,
            tips: &tips,
            holds: &holds,
            plan: &plan,
            names: &names,
            named: &named,
            scope,
        };
        let strays = placing.strays();
        let receipt = Receipt { unread, counts, unopened, tags: &gathered.tags };
        self.placement(&placing, &changes, strays, receipt, stop)
    }

    /// Reads the trees that are meant with `trees`, and those that stood where a range begins, for which `past` counts.
    fn ways<'a>(
        &self,
        mut trees: Trees<'a>,
        past: (&'a Missing<'a>, &'a Counts),
        progress: &dyn Progress,
        stop: &AtomicBool,
    ) -> (Vec<Box<[u8]>>, Ordered) {
        let scope = self.scope.as_ref();
        let kinds = KindSet::of(&[ObjectKind::Tree]);
        let chosen = self.objects.choose(kinds, scope.map(|scope| &scope.inside));
        progress.begin(Pass::Trees, self.objects.work(&chosen));
        self.objects.visit(&chosen, &trees, progress, stop);
        if let Some(scope) = scope {
            trees.turn_to(past.0, past.1);
            let chosen = self.objects.choose(kinds, Some(&scope.before));
            self.objects.visit(&chosen, &trees, &Untold, stop);
        }
        trees.finish()
    }

    /// Places all, once it is known what the commits change.
    fn placement(
        &self,
        placing: &Placing<'_>,
        changes: &Changes,
        strays: Vec<ObjectNumber>,
        receipt: Receipt<'_>,
        stop: &AtomicBool,
    ) -> Placement {
        let Receipt { unread, counts, unopened, tags } = receipt;
        // The ways of trees that refs lead to without a commit are not told by what commits change.
        let is_tree =
            |&(object, _): &(ObjectNumber, _)| self.objects.table.kind(object) == Some(ObjectKind::Tree);
        // What is missing because a ref names it is not once that ref has moved.
        let names_nothing = |id: &ObjectId| {
            self.objects.table.find(id.as_bytes()).is_none() && !self.objects.lists(id.as_bytes())
        };
        let remembers = self.remembers
            && placing.named.is_told_by_refs()
            && !changes.cut
            && !placing.tips.others.iter().any(is_tree)
            && !self.refs.values().any(names_nothing);
        let trail = remembers.then(|| {
            let sources = trail::Sources {
                table: &self.objects.table,
                graph: placing.graph,
                refs: &self.refs,
                tags,
                holds: placing.holds,
                changes,
                names: placing.names,
                strays: &strays,
                headers: placing.headers,
                unread: &unread,
                counts: &counts,
                unopened: &unopened,
            };
            sources.write()
        });
        // What is in no commit's tree may be in the index.
        let besides = Besides::of(&self.repository, unopened.lfs(), !strays.is_empty());
        let ids = strays.iter().map(|&blob| self.objects.table.id(blob)).collect();
        let staged = besides::staged(&self.repository, &ids);
        let (places, names, lives) = placing.place(changes, strays, &staged);
        let mut coverage = self.coverage(&counts, unread, stop);
        unopened.exclude(&mut coverage);
        if changes.cut {
            coverage.notes.push(
                "a commit spells out millions of paths to secrets; not all of its paths are told".to_owned(),
            );
        }
        let is_lasting = is_lasting(&coverage);
        Placement { places, names, lives, coverage, is_lasting, trail, besides }
    }

    /// A text again, as it was scanned: a blob's bytes, or the message of a commit or tag.
    pub fn text(&self, id: ObjectId) -> Option<Vec<u8>> {
        let (kind, bytes) = self.objects.read(id)?;
        let width = self.objects.table.width();
        match kind {
            ObjectKind::Blob => Some(bytes),
            ObjectKind::Commit => CommitText::parse(&bytes, width).map(|commit| commit.message.to_vec()),
            ObjectKind::Tag => TagText::parse(&bytes, width).map(|tag| tag.message.to_vec()),
            ObjectKind::Tree => None,
        }
    }

    /// The refs whose history is read, and others that name what the store has.
    fn refs_meant(&self) -> Cow<'_, Refs> {
        let Some(scope) = &self.scope else { return Cow::Borrowed(&self.refs) };
        let is_meant = |name: &String, id: &ObjectId| {
            scope.refs.contains(name) || self.objects.table.find(id.as_bytes()).is_some()
        };
        let meant = self.refs.iter().filter(|(name, id)| is_meant(name, id));
        Cow::Owned(meant.map(|(name, id)| (name.clone(), *id)).collect())
    }

    fn gaps<'a>(&'a self, unread: &'a Unread) -> Missing<'a> {
        let elsewhere = self.known.is_some().then_some(&self.objects);
        Missing {
            table: &self.objects.table,
            unread,
            partial: self.is_partial,
            shallow: &self.repository.shallow,
            elsewhere,
        }
    }

    fn coverage(&self, counts: &Counts, unread: Unread, stop: &AtomicBool) -> Coverage {
        let (objects, bytes) = counts.read();
        let mut coverage = Coverage { scanned: objects.total(), objects, bytes, ..Coverage::default() };
        for id in unread.take_submodules() {
            coverage.exclude("submodule", id.to_string());
        }
        for (name, reason) in unread.into_reasons() {
            coverage.miss(&reason, name);
        }
        if let Some(scope) = &self.scope {
            coverage.exclude_some(scope.reason, scope.excluded);
            coverage.notes.push(scope.told.clone());
        }
        coverage.interrupted = stop.load(Ordering::Relaxed);
        if !self.repository.shallow.is_empty() {
            coverage.notes.push(
                "this is a shallow clone: commits beyond its boundary were not read; run `git fetch --unshallow`"
                    .to_owned(),
            );
        }
        if self.is_partial {
            coverage.notes.push(
                "this is a partial clone: objects may be absent; run `git fetch --refetch --no-filter` for all of them"
                    .to_owned(),
            );
        }
        coverage
    }
}

/// True where another run would be told the same: nothing but what the store lacks is unread.
fn is_lasting(coverage: &Coverage) -> bool {
    let is_gap =
        |reason: &String| crate::git::odb::missing::GAPS.contains(&reason.as_str()) || reason == BROKEN_REF;
    !coverage.interrupted && coverage.unread.keys().all(is_gap)
}
