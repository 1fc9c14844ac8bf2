//! What a change adds: the index against HEAD ([`staged`]), or one commit against another ([`diff`]).
//!
//! Both are net. The *heads* are the new sides of the changed files: they are in scope, read whole by object id. The
//! *bases* are the sides they replace: a secret that is in one of them is not new, even in another file, so a rename
//! adds nothing. Bases are not in scope, and need reading only if a secret was found in a head. Nothing is read from
//! the working tree, and nothing is written.
//!
//! A file whose content is the same on both sides is not in scope, even if its mode changed. The paths of both sides
//! are given out like their content, many at once.
//!
//! # Design
//!
//! The work is in proportion to objects: each blob is read and given once, however many paths it is at. The scope is
//! counted by paths. The other places of a blob with findings are looked up afterwards ([`Changes::head_places`]). Of a
//! change, at most [`MOST_PATHS`] paths are listed; the rest counts as unread.

pub mod commits;
mod compare;
pub mod diff;
pub mod push;
pub mod staged;
mod tree_walk;

use super::containers::{ContentOutcome, Looked, Opener, example};
use super::excludes::Excludes;
use super::pieces::{self, Given};
use super::{Opening, Sink, pool, reason, stopped};
use crate::container::{Input, Problem};
use crate::git::Repository;
use crate::git::lfs;
use crate::git::object::ObjectKind;
use crate::git::odb::loose::Read;
use crate::git::odb::reader::ObjectReader;
use crate::model::{
    Blob, Coverage, InStore, NameOf, Names, ObjectId, Piece, Place, Presence, Source, display_path,
};
use compare::{Comparison, is_at_or_below};
use push::Refs;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tree_walk::{Trees, Unit, Walk, Wanted};

/// More blobs than this are read by several threads; starting those for fewer costs more than it saves.
const FEW: usize = 64;

/// How many paths of a change are listed.
pub const MOST_PATHS: u64 = if cfg!(test) { 100_000 } else { 1_000_000 };

/// How many places of one blob are reported.
pub const MOST_PLACES: usize = if cfg!(test) { 1_000 } else { 10_000 };

/// The most units that a receipt counts for a change; if there are more, it shows this number.
const MOST_COUNTED: u64 = 1 << 50;

/// What to read of a change, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The configuration's exclude patterns, as in a `.gitignore` at the repository's root.
    pub exclude: Vec<String>,
    /// Leave out blobs of more bytes than this.
    pub max_file_size: Option<u64>,
    /// Bytes that a piece of a large LFS object needs on each side.
    pub margin: usize,
    /// Whether containers are opened.
    pub containers: Opening,
    /// Threads; 0 means one for each core.
    pub threads: usize,
    /// Honour the environment variables that git sets for its hooks (`GIT_DIR`, `GIT_INDEX_FILE` and the like).
    pub environment: bool,
    /// Once this is true no further blob is read, and the coverage says that the run was interrupted.
    pub stop: Option<&'static AtomicBool>,
}

/// What a head is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bases {
    /// One tree: HEAD's, the merge base's.
    One,
    /// BASE's tree, then those of several merge bases.
    Several,
    /// The trees of a commit's parents: what one of them has is not new.
    Parents,
}

impl Bases {
    /// True if a file (or tree) `head` is new, given what the bases have at its path.
    fn are_new(self, head: ObjectId, bases: &[Option<ObjectId>]) -> bool {
        let is_other = |base: &Option<ObjectId>| *base != Some(head);
        match (self, bases) {
            (Self::Several, [base, merge_bases @ ..]) => is_other(base) && merge_bases.iter().any(is_other),
            (Self::Parents, bases) => bases.iter().all(is_other),
            (_, bases) => bases.iter().any(is_other),
        }
    }
}

/// Which base a file was in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// One that decides alone: what it has is old.
    Alone,
    /// One of several merge bases: what all of them have is old.
    Part {
        /// Which, from 0.
        number: u8,
        /// How many there are.
        of: u8,
    },
}

/// The commits that a change adds to a history.
struct Range {
    /// The commit whose whole tree is old, whatever the commits of the range change.
    base: Option<ObjectId>,
    /// Commits that these reach are not in the range.
    known: Vec<ObjectId>,
    /// Commits that these reach are in it.
    heads: Vec<ObjectId>,
    /// The refs and tags that are added with them.
    refs: Refs,
    /// True if all of it was there before: its head is an ancestor of its base, and not the base itself.
    is_behind: bool,
}

/// For each blob all paths at which it is new, and whether it counts there whatever was there before.
pub type NewPlaces = HashMap<ObjectId, Vec<(String, bool)>>;

/// For each blob all paths at which it was before, and the bases that have it there.
pub type OldPlaces = HashMap<ObjectId, Vec<(String, Vec<Before>)>>;

/// A change that has been worked out, its blobs not yet read.
pub struct Changes {
    repository: Repository,
    objects: ObjectReader,
    /// What a blob of the change is in.
    source: fn(InStore) -> Source,
    comparison: Comparison,
    /// The new files in directories whose trees were compared.
    new: Walk,
    bases: Bases,
    /// The commits that the change adds, if there are any.
    range: Option<Range>,
    /// The blobs in scope that are new at the end, once they are needed.
    at_end: OnceLock<HashSet<ObjectId>>,
    absent: Vec<String>,
    /// True if the files of those directories are read whatever was there before.
    are_whole: bool,
    /// Only what is at or below one of these is in scope; everything if there are none.
    wanted: Option<Vec<Vec<u8>>>,
    excludes: Excludes,
    options: Options,
}

/// A path in scope, and what is there.
enum Scoped {
    File { id: ObjectId, is_whole: bool },
    Excluded(&'static str),
    Unread(&'static str),
}

/// What became of a blob.
#[derive(Clone)]
enum BlobOutcome {
    Scanned(u64),
    Excluded(&'static str),
    /// This many bytes were scanned, but not the content of it, or of the member at this path.
    Compressed(u64, String),
    /// Why it is unread, or the member at this path.
    Unread(String, String),
}

impl From<Looked> for BlobOutcome {
    fn from(Looked { outcome, bytes, .. }: Looked) -> Self {
        match outcome {
            ContentOutcome::Scanned => Self::Scanned(bytes),
            ContentOutcome::Closed(inner) => Self::Compressed(bytes, inner.unwrap_or_default()),
            ContentOutcome::Unread(Problem { path, reason }) => Self::Unread(reason.to_owned(), path),
        }
    }
}

/// A blob that is to be read, its first path, and at how many it is.
struct Wanting {
    id: ObjectId,
    path: String,
    paths: u64,
}

impl Changes {
    fn new(
        repository: Repository,
        objects: ObjectReader,
        source: fn(InStore) -> Source,
        comparison: Comparison,
        bases: Bases,
        options: &Options,
    ) -> Result<Self, super::Error> {
        let excludes = Excludes::parse(&options.exclude)?;
        let mut new = Walk::new(bases, Wanted::Heads);
        let trees = Trees::new(&objects);
        for (path, sides) in &comparison.directories {
            new.add(&trees, path.clone(), sides.clone());
        }
        drop(trees);
        let options = options.clone();
        let (absent, are_whole, wanted) = (Vec::new(), false, None);
        Ok(Self {
            repository,
            objects,
            source,
            comparison,
            new,
            bases,
            range: None,
            at_end: OnceLock::new(),
            absent,
            are_whole,
            wanted,
            excludes,
            options,
        })
    }

    /// True if the head of the range is an ancestor of its base, so that it can bring nothing.
    pub fn is_behind(&self) -> bool {
        self.range.as_ref().is_some_and(|range| range.is_behind)
    }

    /// Names that the caller gave and that neither side knows.
    pub fn absent(&self) -> &[String] {
        &self.absent
    }

    /// Gives the content of each new file to `sink`, once for each blob at the first of its paths, and returns the
    /// coverage of the change.
    pub fn heads(&self, sink: &Sink<'_>) -> Coverage {
        let mut coverage = Coverage::default();
        let mut blobs: HashMap<ObjectId, Wanting> = HashMap::new();
        let mut names = NamesGiver::new(sink);
        self.each_scoped(&mut |path, scoped| {
            let shown = display_path(path);
            if !matches!(scoped, Scoped::Excluded(reason::CONFIGURED)) {
                names.add(&shown);
            }
            match scoped {
                Scoped::File { id, .. } => {
                    let wanting = || Wanting { id, path: shown, paths: 0 };
                    blobs.entry(id).or_insert_with(wanting).paths += 1;
                }
                Scoped::Excluded(reason) => coverage.exclude(reason, shown),
                Scoped::Unread(reason) => coverage.miss(reason, shown_in_part(path)),
            }
            ControlFlow::Continue(())
        });
        names.finish(&mut coverage);
        self.add_beyond(&mut blobs, &mut coverage);
        coverage.notes.clone_from(&self.comparison.notes);
        coverage.notes.extend(self.new.notes.iter().cloned());
        let outcomes = self.read(blobs.into_values().collect(), sink, &mut coverage);
        // Each path of an unread blob is reported.
        let several: HashSet<ObjectId> = outcomes
            .iter()
            .filter(|(wanting, outcome)| wanting.paths > 1 && !matches!(outcome, BlobOutcome::Scanned(_)))
            .map(|(wanting, _)| wanting.id)
            .collect();
        let mut further =
            if several.is_empty() { HashMap::new() } else { self.places_within(&several, usize::MAX) };
        for (Wanting { id, path, paths }, outcome) in outcomes {
            let all = match further.remove(&id) {
                Some(places) => places.into_iter().map(|place| place.0).collect(),
                None => vec![path],
            };
            match outcome {
                BlobOutcome::Scanned(bytes) => (0..paths).for_each(|_| coverage.scan(bytes)),
                BlobOutcome::Excluded(reason) => {
                    all.into_iter().for_each(|path| coverage.exclude(reason, path));
                }
                BlobOutcome::Compressed(bytes, inner) => all.into_iter().for_each(|path| {
                    coverage.exclude_scanned(reason::COMPRESSED, bytes, example(&path, &inner));
                }),
                BlobOutcome::Unread(reason, inner) => {
                    all.into_iter().for_each(|path| coverage.miss(&reason, example(&path, &inner)));
                }
            }
        }
        coverage
    }

    /// All paths at which each of `blobs` is new, and whether it counts there whatever was there before. Those after
    /// the first [`MOST_PLACES`] of a blob are counted as unread.
    pub fn head_places(&self, blobs: &HashSet<ObjectId>, coverage: &mut Coverage) -> NewPlaces {
        let mut places = self.places_within(blobs, MOST_PLACES + 1);
        if places.values().any(|places| places.len() > MOST_PLACES) {
            let mut counts: HashMap<ObjectId, usize> = HashMap::new();
            self.each_scoped(&mut |_, scoped| {
                if let Scoped::File { id, .. } = scoped {
                    *counts.entry(id).or_default() += 1;
                }
                ControlFlow::Continue(())
            });
            for (id, places) in &mut places {
                places.truncate(MOST_PLACES);
                let left_out = counts.get(id).map_or(0, |count| count.saturating_sub(MOST_PLACES)) as u64;
                coverage.scanned = coverage.scanned.saturating_sub(left_out);
                coverage.miss_some(reason::TOO_MANY_PATHS, left_out);
            }
        }
        places
    }

    fn places_within(&self, blobs: &HashSet<ObjectId>, most: usize) -> NewPlaces {
        let mut places = NewPlaces::new();
        self.each_scoped(&mut |path, scoped| {
            if let Scoped::File { id, is_whole } = scoped
                && blobs.contains(&id)
            {
                let places = places.entry(id).or_default();
                if places.len() < most {
                    places.push((display_path(path), is_whole));
                }
            }
            ControlFlow::Continue(())
        });
        places
    }

    /// Gives the content of each old file to `sink`, once for each blob at the first of its paths; returns what could
    /// not be read of it (not part of the change's coverage: a secret there is then taken for new), and for each blob
    /// all paths, with the bases that have it there.
    pub fn bases(&self, sink: &Sink<'_>) -> (Coverage, OldPlaces) {
        let mut coverage = Coverage::default();
        let mut walk = Walk::new(self.bases, Wanted::Bases);
        let trees = Trees::new(&self.objects);
        let mut parts = 1;
        for (path, sides) in &self.comparison.directories {
            parts = parts.max(sides.bases.len());
            walk.add(&trees, path.clone(), sides.clone());
        }
        drop(trees);
        let mut places = OldPlaces::new();
        let mut names = NamesGiver::new(sink);
        let mut take = |path: &[u8], id: ObjectId, bits: u64| {
            let shown = display_path(path);
            if self.excludes.covers_file(Path::new(&shown)) {
                return;
            }
            if decide(bits, parts) {
                names.add(&shown);
            }
            let places = places.entry(id).or_default();
            if places.len() < MOST_PLACES {
                places.push((shown, befores(bits, parts)));
            }
        };
        for side in &self.comparison.bases {
            take(&side.path, side.id, 1);
        }
        let given = walk.each(MOST_PATHS, &mut |path, unit| {
            match unit {
                Unit::Base(id, bits) => take(path, id, bits),
                Unit::Unread(reason) => coverage.miss(reason, shown_in_part(path)),
                Unit::Head(_) | Unit::Submodule => {}
            }
            ControlFlow::Continue(())
        });
        if walk.paths() > given {
            walk.each_once(&mut |path, unit| {
                if let Unit::Base(id, bits) = unit {
                    take(path, id, bits);
                }
            });
        }
        names.finish(&mut coverage);
        let blobs = places.iter().map(|(id, places)| Wanting {
            id: *id,
            path: places[0].0.clone(),
            paths: places.len() as u64,
        });
        for (Wanting { path, .. }, outcome) in self.read(blobs.collect(), sink, &mut Coverage::default()) {
            match outcome {
                BlobOutcome::Scanned(bytes) | BlobOutcome::Compressed(bytes, _) => coverage.scan(bytes),
                BlobOutcome::Excluded(reason) => coverage.exclude(reason, path),
                BlobOutcome::Unread(reason, inner) => coverage.miss(&reason, example(&path, &inner)),
            }
        }
        (coverage, places)
    }

    /// The blobs of all files in scope.
    fn scoped_blobs(&self) -> HashSet<ObjectId> {
        let mut blobs = HashSet::new();
        if self.new.paths() > MOST_PATHS {
            blobs.extend(self.comparison.heads.iter().map(|side| side.id));
            self.new.each_once(&mut |_, unit| {
                if let Unit::Head(id) = unit {
                    blobs.insert(id);
                }
            });
            return blobs;
        }
        self.each_scoped(&mut |_, scoped| {
            if let Scoped::File { id, .. } = scoped {
                blobs.insert(id);
            }
            ControlFlow::Continue(())
        });
        blobs
    }

    /// Gives each path in scope, as far as paths are listed, to `visit` until that breaks.
    fn each_scoped(&self, visit: &mut dyn FnMut(&[u8], Scoped) -> ControlFlow<()>) {
        let mut give = |path: &[u8], scoped: Scoped| {
            let is_wanted = |wanted: &Vec<Vec<u8>>| wanted.iter().any(|wanted| is_at_or_below(path, wanted));
            if !self.wanted.as_ref().is_none_or(is_wanted) {
                return ControlFlow::Continue(());
            }
            let is_file = matches!(scoped, Scoped::File { .. });
            let is_excluded = is_file && self.excludes.covers_file(Path::new(&display_path(path)));
            visit(path, if is_excluded { Scoped::Excluded(reason::CONFIGURED) } else { scoped })
        };
        for (path, reason) in &self.comparison.excluded {
            if give(path, Scoped::Excluded(reason)).is_break() {
                return;
            }
        }
        for side in &self.comparison.heads {
            if give(&side.path, Scoped::File { id: side.id, is_whole: side.is_whole }).is_break() {
                return;
            }
        }
        self.new.each(MOST_PATHS, &mut |path, unit| match unit {
            Unit::Head(id) => give(path, Scoped::File { id, is_whole: self.are_whole }),
            Unit::Submodule => give(path, Scoped::Excluded(reason::SUBMODULE)),
            Unit::Unread(reason) => give(path, Scoped::Unread(reason)),
            Unit::Base(..) => ControlFlow::Continue(()),
        });
    }

    /// Adds the blobs that are only at paths that are not listed, and notes that there are more paths.
    fn add_beyond(&self, blobs: &mut HashMap<ObjectId, Wanting>, coverage: &mut Coverage) {
        let beyond = self.new.paths().saturating_sub(MOST_PATHS);
        if beyond == 0 {
            return;
        }
        coverage.miss_some(reason::TOO_MANY_PATHS, beyond.min(MOST_COUNTED));
        self.new.each_once(&mut |path, unit| {
            if let Unit::Head(id) = unit {
                blobs.entry(id).or_insert_with(|| Wanting { id, path: shown_in_part(path), paths: 0 });
            }
        });
    }

    /// Reads blobs, in the order of their paths, and says what became of each.
    fn read(
        &self,
        mut blobs: Vec<Wanting>,
        sink: &Sink<'_>,
        coverage: &mut Coverage,
    ) -> Vec<(Wanting, BlobOutcome)> {
        blobs.sort_unstable_by(|one, other| (&one.path, one.id).cmp(&(&other.path, other.id)));
        let reader = BlobReader {
            objects: &self.objects,
            source: self.source,
            common_dir: self.repository.common_dir(),
            options: &self.options,
            sink,
            excludes: &self.excludes,
            left_out: AtomicU64::new(0),
        };
        let one = |wanting: Wanting| {
            if stopped(reader.options.stop) {
                return None;
            }
            let outcome = reader.give(wanting.id, &wanting.path);
            Some((wanting, outcome))
        };
        let count = blobs.len();
        let outcomes: Vec<_> = match (count > FEW).then(|| pool(self.options.threads)) {
            Some(Ok(pool)) => {
                pool.install(|| blobs.into_par_iter().with_max_len(FEW / 4).filter_map(one).collect())
            }
            _ => blobs.into_iter().filter_map(one).collect(),
        };
        coverage.interrupted |= outcomes.len() < count;
        coverage.exclude_some(reason::CONFIGURED, reader.left_out.into_inner());
        outcomes
    }
}

/// The bases of these bits, out of `parts`.
fn befores(bits: u64, parts: usize) -> Vec<Before> {
    let of = parts.saturating_sub(1) as u8;
    let before = |bit: u8| match bit {
        0 => Before::Alone,
        bit => Before::Part { number: bit - 1, of },
    };
    (0..64).filter(|bit| bits >> bit & 1 == 1).map(before).collect()
}

/// True if what these bases have is old: if the one that decides alone is among them, or all the others are.
fn decide(bits: u64, parts: usize) -> bool {
    let others = (2u64 << (parts - 1).min(62)) - 2;
    bits & 1 == 1 || (parts > 1 && bits & others == others)
}

/// Gives paths to a sink, many at once, each cut after its last component that is new: most paths share all
/// components but one.
struct NamesGiver<'a> {
    names: Names,
    /// The path before.
    last: String,
    /// Hashes of the components that were given.
    seen: HashSet<u64>,
    hasher: RandomState,
    sink: &'a Sink<'a>,
    /// Why some were not scanned.
    cut: Option<&'static str>,
}

impl<'a> NamesGiver<'a> {
    fn new(sink: &'a Sink<'a>) -> Self {
        Self {
            names: Names::default(),
            last: String::new(),
            seen: HashSet::new(),
            hasher: RandomState::new(),
            sink,
            cut: None,
        }
    }

    fn add(&mut self, path: &str) {
        // Paths come in order, so that most begin with the folders of the one before.
        let common = path.bytes().zip(self.last.bytes()).take_while(|(one, other)| one == other).count();
        let mut end = path.as_bytes()[..common].iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
        let mut new = 0;
        for component in path[end..].split_inclusive('/') {
            end += component.len();
            let name = component.strip_suffix('/').unwrap_or(component);
            if self.seen.insert(self.hasher.hash_one(name)) {
                new = end;
            }
        }
        self.last.clear();
        self.last.push_str(path);
        if new == 0 {
            return;
        }
        let path = &path[..new];
        self.names.add(path.strip_suffix('/').unwrap_or(path));
        if self.names.is_full() {
            self.give();
        }
    }

    /// Gives those that have not been given; counts names as unread if some were not scanned.
    fn finish(mut self, coverage: &mut Coverage) {
        self.give();
        if let Some(reason) = self.cut {
            coverage.miss(reason, "names of files".to_owned());
        }
    }

    fn give(&mut self) {
        let names = std::mem::take(&mut self.names);
        if !names.is_empty() {
            let (place, piece) = (Place::of(Source::Path(NameOf::File)), Piece::whole(names.as_bytes()));
            let given = (self.sink)(Blob { place: &place, inner: None, piece, line: 1, column: 0 });
            self.cut = self.cut.or(given.err());
        }
    }
}

/// A path as it is shown; only the start of one that is too long for any file system.
fn shown_in_part(path: &[u8]) -> String {
    const SHOWN: usize = 4096;
    if path.len() > SHOWN { display_path(&path[..256]) } else { display_path(path) }
}

/// What the blobs of a change are read with, by any thread.
struct BlobReader<'a> {
    objects: &'a ObjectReader,
    source: fn(InStore) -> Source,
    common_dir: &'a Path,
    options: &'a Options,
    sink: &'a Sink<'a>,
    excludes: &'a Excludes,
    /// How many members of containers the configuration leaves out.
    left_out: AtomicU64,
}

impl BlobReader<'_> {
    /// Reads the blob `id`, which is first at the path `shown`.
    fn give(&self, id: ObjectId, shown: &str) -> BlobOutcome {
        let limit = self.options.max_file_size.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let bytes = match self.objects.read_within(id, limit.unwrap_or(usize::MAX)) {
            Read::Whole(ObjectKind::Blob, bytes) => bytes,
            Read::Whole(..) | Read::Unreadable => {
                return unread(reason::CORRUPT_OBJECT);
            }
            Read::TooLarge if limit.is_some() => return BlobOutcome::Excluded(reason::TOO_LARGE),
            Read::TooLarge => return unread(reason::OBJECT_TOO_LARGE),
            Read::Missing => return unread(reason::MISSING_OBJECT),
        };
        let in_store = InStore { blob: id, presence: Presence::UNKNOWN };
        let place = Place { path: Some(shown.into()), source: (self.source)(in_store) };
        if let Some(id) = lfs::pointer(&bytes) {
            return self.give_lfs(id, &place);
        }
        let blob = Blob { place: &place, inner: None, piece: Piece::whole(&bytes), line: 1, column: 0 };
        match (self.sink)(blob) {
            Err(reason) => unread(reason),
            Ok(()) => self.open(Given::whole(&bytes), &mut Cursor::new(bytes), &place),
        }
    }

    /// Opens what was given out, if it is a container.
    fn open(&self, given: Given, input: &mut dyn Input, place: &Place) -> BlobOutcome {
        let &Options { containers: opening, margin, .. } = self.options;
        let opener = Opener { opening, margin, sink: self.sink, excludes: Some(self.excludes) };
        match opener.open(given, input, place) {
            Ok(looked) => {
                self.left_out.fetch_add(looked.left_out, Ordering::Relaxed);
                looked.into()
            }
            Err(error) => unread(&reason::of(&error)),
        }
    }

    /// Reads the LFS object `id` in its pointer's place, if it is there.
    fn give_lfs(&self, id: &str, place: &Place) -> BlobOutcome {
        let mut file = match lfs::open(self.common_dir, id) {
            Ok(Some(file)) => file,
            Ok(None) => return BlobOutcome::Excluded(reason::LFS_POINTER),
            Err(error) => return unread(&reason::of(&error)),
        };
        if let (Some(limit), Ok(metadata)) = (self.options.max_file_size, file.metadata())
            && metadata.len() > limit
        {
            return BlobOutcome::Excluded(reason::TOO_LARGE);
        }
        let margin = self.options.margin;
        let mut buffer = pieces::buffer(margin);
        let filled = pieces::fill(&mut file, &mut buffer, 0);
        match pieces::give(&mut file, &mut buffer, filled, margin, place, self.sink) {
            Ok(given) => self.open(given, &mut file, place),
            Err(error) => unread(&reason::of(&error)),
        }
    }
}

/// The outcome for something that could not be read itself.
fn unread(reason: &str) -> BlobOutcome {
    BlobOutcome::Unread(reason.to_owned(), String::new())
}

#[cfg(test)]
mod tests;
