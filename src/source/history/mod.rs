//! A whole history: the texts of every object of a repository, reachable or not.
//!
//! This is the first of two passes over the store: it gives every text (blobs, messages of commits and tags) to a
//! [`Scan`] and collects the links of commits. The second pass, over trees, is attribution (`src/provenance/`), which
//! uses what is collected here. This order keeps memory small: once it is known which blobs matter, nearly all of the
//! tens of millions of tree entries can be dropped at once.
//!
//! [`History::narrow`] keeps only what the selected refs reach, and drops what a given commit reaches. Then two more
//! passes come first, over the commits and over the trees, to find out which objects are in the range.
//!
//! [`History::coverage`] is where missing and unreadable objects make a run incomplete. Both passes note them in
//! `src/git/odb/missing.rs`: an object that the store has and that cannot be read, as it is read; one that the store lacks,
//! if a commit, a tag or a tree names it.
//!
//! This module does not know rules; it writes nothing and runs nothing from the repository.

mod boundary;
pub(crate) mod range;
mod site;
mod text_pass;
mod totals;
mod unopened;

pub use crate::git::odb::progress::{Pass, Progress};
pub use crate::git::{Error, RevisionProblem};
use crate::git::{KindSet, Object, ObjectKind, StoreStamp};
pub use range::Selection;
pub use site::Site;
pub(crate) use totals::Totals;
pub(crate) use unopened::{LfsObjects, Unopened, hex};

use crate::git::commit_links::Gathered;
use crate::git::object::{CommitText, TagText};
use crate::git::odb::missing::{Counts, Missing, Unread};
use crate::git::odb::number::ObjectNumber;
use crate::git::odb::object_set::{ObjectRange, ObjectSet};
use crate::git::odb::{NotExtended, ObjectDatabase};
use crate::git::refs::{Listed, Refs};
use crate::git::repository::Repository;
use crate::model::{Copied, Coverage, KnownReason, Names, ObjectId, Reason};
use crate::source::{Opening, Sink, reason};
use crate::sync::lock;
use range::{LEAST_SHORT, Range, Whole};
use std::borrow::Cow;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use text_pass::TextPass;
use unopened::LfsStore;

/// A text to scan: a blob, or the message of a commit or tag.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// The object it is, or is the message of; never a tree.
    pub object: Object<'a>,
    /// The text.
    pub bytes: &'a [u8],
}

/// What scans texts. Called from many threads at once, with each text once, in no fixed order, except that a
/// text's base comes before it. It records what it finds itself, under the object's id.
pub trait Scan: Sync {
    /// What it keeps for texts derived from this one.
    type Kept: Send + Sync;

    /// A text that derives from no other.
    fn whole(&self, text: Text<'_>) -> Self::Kept;

    /// A text that shares the runs `copied` (ascending by `to`, not overlapping there) with `base_bytes`, the text
    /// for which `base` was kept.
    fn derived(&self, base: &Self::Kept, base_bytes: &[u8], text: Text<'_>, copied: &[Copied]) -> Self::Kept;

    /// Scans what is in the blob `object`, which is a container: `read` gives its members to its sink, in pieces.
    fn members(&self, object: Object<'_>, read: &mut dyn FnMut(&Sink<'_>));

    /// Scans what replaces the blob `object`, whose own bytes only point to it: `read` gives it, in pieces,
    /// to its sink. What is found there counts as found in the blob.
    fn stand_in(&self, object: Object<'_>, read: &mut dyn FnMut(&Sink<'_>));

    /// The blob `object` was given, with all that is in it, and depends on nothing else in the repository: `bytes` were
    /// scanned. Not called if something in it could not be read or was left out.
    fn has_read(&self, _object: Object<'_>, _bytes: u64) {}
}

/// How to read a history.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Keeps the memory for reading packs (delta bases and mapped pages) near this many bytes. What a scan itself
    /// keeps is extra.
    pub max_memory: Option<u64>,
    /// How many bytes around fresh ones a piece of a blob needs on each side.
    pub margin: usize,
    /// Whether containers are opened.
    pub containers: Opening,
}

/// A repository's history, open to be read.
#[derive(Debug)]
pub struct History {
    pub(crate) repository: Repository,
    pub(crate) refs: Refs,
    /// True if objects may be absent because a partial clone left them at its origin.
    is_partial: bool,
    /// Invalid refs: what they kept reachable may be taken for unreachable.
    pub(crate) broken_refs: Vec<String>,
    /// Refs that point nowhere yet.
    unborn_refs: Vec<String>,
    pub(crate) objects: ObjectDatabase,
    /// The part that is read, if that is not all.
    range: Option<Range>,
    margin: usize,
    containers: Opening,
    /// What an earlier run counted, if only what is new since then is read.
    known: Option<Totals>,
    /// Blobs that are not read, since it is known what is in them.
    passed_by: Option<PassedBy>,
}

/// Blobs that are not read.
#[derive(Debug)]
struct PassedBy {
    blobs: Vec<ObjectNumber>,
    /// How many bytes of them were scanned when they were read.
    bytes: u64,
    /// All other objects.
    others: ObjectSet,
}

/// Why a ref is unread.
const BROKEN_REF: &str = KnownReason::UnreadableRef.phrase();

/// What the pass over the texts collects for the pass over the trees.
#[derive(Debug)]
pub struct Scanned {
    /// What commits and tags name.
    pub(crate) gathered: Gathered,
    /// Who made the commits and tags that are read.
    pub(crate) people: Names,
    /// What could not be read, and why.
    pub(crate) unread: Unread,
    /// How much was read.
    pub(crate) counts: Counts,
    /// What was read but not opened.
    pub(crate) unopened: Unopened,
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
            rayon::join(|| site.list_refs(), || ObjectDatabase::list(site.repository(), max_memory));
        Ok(Self::with(site.into_parts(), objects?, options))
    }

    /// The history of `site` with only these objects: `listed` (ids, one after the other, ascending), and those added
    /// since its store was in the state `past`.
    fn beside(
        site: Site,
        past: &StoreStamp,
        now: &StoreStamp,
        listed: &[u8],
        options: &Options,
    ) -> Result<Self, NotExtended> {
        let (repository, refs) = site.into_parts();
        let objects = ObjectDatabase::beside(&repository, past, now, listed)?;
        Ok(Self::with((repository, refs), objects, options))
    }

    fn with((repository, listed): (Repository, Listed), objects: ObjectDatabase, options: &Options) -> Self {
        let Listed { refs, broken: broken_refs, unborn: unborn_refs } = listed;
        let is_partial = repository.is_partial();
        Self {
            repository,
            refs,
            is_partial,
            broken_refs,
            unborn_refs,
            objects,
            range: None,
            margin: options.margin,
            containers: options.containers,
            known: None,
            passed_by: None,
        }
    }

    /// From here on does not read these blobs, of which each is named once: what is in them is known, and `bytes` of them
    /// were scanned when they were read. For a history that is read whole.
    pub(crate) fn pass_by(&mut self, blobs: Vec<ObjectNumber>, bytes: u64) {
        let others = ObjectSet::all(self.objects.table.len());
        blobs.iter().for_each(|&number| others.remove(number));
        self.passed_by = Some(PassedBy { blobs, bytes, others });
    }

    /// From here on adds to what an earlier run counted.
    pub(crate) fn count_on(&mut self, known: Totals) {
        self.known = Some(known);
    }

    /// True if objects may be absent because a partial clone left them at its origin.
    pub(crate) fn is_partial(&self) -> bool {
        self.is_partial
    }

    /// The objects of the part that is read, if that is not all.
    pub(crate) fn range(&self) -> Option<&ObjectRange> {
        self.range.as_ref().map(|range| &range.objects)
    }

    /// Leaves out what `selection` does not include. Ends early once `stop` is true; the result is then of no use.
    pub fn narrow(
        &mut self,
        selection: &Selection,
        progress: &dyn Progress,
        stop: &AtomicBool,
    ) -> Result<(), Error> {
        self.range = None;
        if !selection.is_all() {
            let Self { repository, refs, broken_refs, objects, .. } = self;
            let whole = Whole { repository, refs, broken_refs, objects, least_short: LEAST_SHORT };
            self.range = Some(Range::new(&whole, selection, progress, stop)?);
        }
        Ok(())
    }

    /// The first pass: gives every text to `scan`. Ends early once `stop` is true.
    pub fn scan<S: Scan>(&self, scan: &S, progress: &dyn Progress, stop: &AtomicBool) -> Scanned {
        let (unread, counts, unopened) = self.known.as_ref().map(Totals::open).unwrap_or_default();
        let is_meant = |name: &&String| self.range.as_ref().is_none_or(|range| range.refs.contains(*name));
        for name in self.broken_refs.iter().filter(is_meant) {
            unread.other(name.clone(), BROKEN_REF);
        }
        for (name, reason) in &self.objects.unlisted {
            unread.other(name.clone(), *reason);
        }
        let kinds = KindSet::of(&[ObjectKind::Blob, ObjectKind::Commit, ObjectKind::Tag]);
        let inside = self.range.as_ref().map(|range| &range.objects.inside);
        let marks = inside.or(self.passed_by.as_ref().map(|passed| &passed.others));
        let chosen = self.objects.choose(kinds, marks);
        if let Some(PassedBy { blobs, bytes, .. }) = &self.passed_by {
            blobs.iter().for_each(|&number| self.objects.table.set_kind(number, ObjectKind::Blob));
            counts.add_blobs(blobs.len(), *bytes);
        }
        progress.begin(Pass::Texts, self.objects.work(&chosen));
        let gaps = self.gaps(&unread);
        let pass = TextPass {
            scan,
            gaps: &gaps,
            counts: &counts,
            gathered: Mutex::default(),
            lfs: self.lfs(),
            unopened: &unopened,
        };
        self.objects.visit(&chosen, &pass, progress, stop);
        let mut gathered = std::mem::take(&mut *lock(&pass.gathered));
        let mut people = Names::default();
        gathered.people().for_each(|who| people.add_bytes(who));
        if let Some(range) = &self.range {
            boundary::commits(&self.objects, &range.objects, &mut gathered, stop);
        }
        gathered.shrink();
        Scanned { gathered, people, unread, counts, unopened }
    }

    /// Gives the blobs at the boundary of the range to `scan`: to know what in the range is new, call this before
    /// attribution. They count as left out.
    pub fn scan_boundary<S: Scan>(&self, scan: &S, progress: &dyn Progress, stop: &AtomicBool) {
        if let Some(range) = &self.range {
            boundary::blobs((&self.objects, self.lfs()), &range.objects, scan, progress, stop);
        }
    }

    fn lfs(&self) -> LfsStore<'_> {
        let Self { repository, margin, containers, .. } = self;
        LfsStore { common_dir: &repository.common_dir, margin: *margin, opening: *containers }
    }

    /// A text again, as it was scanned: a blob's bytes, or the message of a commit or tag.
    pub fn text(&self, id: ObjectId) -> Option<Vec<u8>> {
        let (kind, bytes) = self.objects.read(id)?;
        let width = self.objects.table.width();
        match kind {
            ObjectKind::Blob => Some(bytes),
            ObjectKind::Commit => CommitText::parse(&bytes, width).map(|commit| commit.text().into_owned()),
            ObjectKind::Tag => TagText::parse(&bytes, width).map(|tag| tag.text().into_owned()),
            ObjectKind::Tree => None,
        }
    }

    /// The names of the selected refs.
    pub(crate) fn ref_names(&self) -> Vec<&str> {
        let others = self.broken_refs.iter().chain(&self.unborn_refs);
        let Some(range) = &self.range else {
            return self.refs.keys().chain(others).map(String::as_str).collect();
        };
        // For a range, those that point into it.
        let is_inside = |id: &ObjectId| {
            !range.is_range
                || self
                    .objects
                    .table
                    .find(id.as_bytes())
                    .is_some_and(|index| range.objects.inside.contains(index))
        };
        let refs = self.refs.iter().filter(|(_, id)| is_inside(id)).map(|(name, _)| name);
        refs.chain(others).filter(|name| range.refs.contains(*name)).map(String::as_str).collect()
    }

    /// The refs whose history is read: what is said of refs is said of them, even if others name the same commits.
    pub(crate) fn refs_meant(&self) -> Cow<'_, Refs> {
        let Some(range) = &self.range else { return Cow::Borrowed(&self.refs) };
        let meant = self.refs.iter().filter(|(name, _)| range.refs.contains(*name));
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

    /// The coverage of all passes; `is_cut` if not all places are reported.
    pub(crate) fn coverage(
        &self,
        counts: &Counts,
        unread: Unread,
        unopened: &Unopened,
        is_cut: bool,
        stop: &AtomicBool,
    ) -> Coverage {
        let (objects, bytes) = counts.read();
        let mut coverage = Coverage { scanned: objects.total(), objects, bytes, ..Coverage::default() };
        for id in unread.take_submodules() {
            coverage.exclude(reason::SUBMODULE, id.to_string());
        }
        for (name, reason) in unread.into_reasons() {
            coverage.miss(&reason, name);
        }
        if let Some(range) = &self.range {
            coverage.exclude_some(range.reason, range.excluded);
            coverage.notes.push(range.description.clone());
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
        unopened.exclude(&mut coverage);
        if is_cut {
            coverage.notes.push(
                "a commit spells out millions of paths to secrets; not all of its paths are told".to_owned(),
            );
        }
        coverage
    }
}

/// True if another run would have the same result: only what the store lacks is unread, and what is in damaged containers.
pub(crate) fn is_lasting(coverage: &Coverage) -> bool {
    let is_lasting = |reason: &Reason| reason.known().is_some_and(KnownReason::is_lasting);
    !coverage.interrupted && coverage.unread.keys().all(is_lasting)
}
