//! The objects of a store: their ids, kinds and bytes.
//!
//! [`ObjectDatabase`] lists them all and gives them to visitors: packed objects come from the pack reader. What a walk
//! of the packs does not reach (loose objects, deltas whose base is elsewhere, objects with a damaged and an intact
//! copy) is read one by one ([`reader`]). What that cannot read either is unread.
//!
//! Others may write to the store meanwhile. `git gc` and `git repack` write an object to its new place before they
//! delete the old one. So packs stay mapped as they were, a listing during which packs changed is made again, and a
//! loose object that is gone is looked for in new packs.

pub(crate) mod id_table;
pub(crate) mod loose;
pub(crate) mod missing;
pub(crate) mod number;
pub(crate) mod object_set;
pub mod pack;
pub mod progress;
pub mod reader;
pub(crate) mod sparse_map;
pub(crate) mod store_stamp;
pub(crate) mod visitor;

use crate::git::Error;
use crate::git::StoreStamp;
use crate::git::odb::id_table::IdTable;
use crate::git::odb::loose::Read;
use crate::git::odb::number::ObjectNumber;
use crate::git::odb::object_set::ObjectSet;
use crate::git::odb::pack::{Error as PackError, Fault, MAX_OBJECT, Options, Packs};
use crate::git::odb::progress::Progress;
use crate::git::repository::Repository;
use crate::git::{KindSet, Object, ObjectKind, Visitor};
use crate::model::ObjectId;
use crate::shown_path::shown_path;
use reader::ObjectReader;
use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// How many objects outside packs a thread takes at a time.
const STRETCH: usize = 256;
/// What an object outside packs counts in progress, bytes: their sizes are not read.
const NOMINAL: u64 = 1 << 10;
/// How often the store is listed at most while its packs change.
const LISTINGS: usize = 8;
/// How long to wait if a pack has no index, or an index no pack: git removes one after the other.
const PATIENCE: Duration = Duration::from_millis(20);

/// Why the objects that are new since an earlier state of the store are not read alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotExtended {
    /// Old objects were packed again, copied to another store, or are gone.
    ObjectsMoved,
    /// The repository has other stores, became shallow, partial or complete, or could not be listed then.
    OtherStores,
    /// A pack cannot be used.
    UnusablePack,
    /// There are too many new objects to look up one by one.
    ManyNewObjects,
}

/// Which objects to visit.
#[derive(Debug)]
pub(crate) struct Chosen<'m> {
    kinds: KindSet,
    /// The marks, and what they select in packs; nothing if all objects of the kinds are chosen.
    marked: Option<(&'m ObjectSet, pack::Chosen)>,
}

/// The objects of a repository's stores.
#[derive(Debug)]
pub(crate) struct ObjectDatabase {
    /// Their ids, and what is known of their kinds.
    pub(crate) table: IdTable,
    /// What could not be listed, with the reason.
    pub(crate) unlisted: Vec<(String, &'static str)>,
    packs: Packs,
    /// Reads what a walk of the packs does not reach.
    reader: ObjectReader,
    /// Objects that the walk of the packs does not reach, ascending.
    apart: Vec<ObjectNumber>,
    /// The most memory for reading packs, bytes.
    max_memory: Option<usize>,
    /// The largest object to read, bytes.
    pub(crate) largest: usize,
    /// If the table lists only what is new since an earlier run: the loose objects of that time.
    elsewhere: Option<HashSet<ObjectId>>,
    /// And the new objects, ascending.
    pub(crate) fresh: Vec<ObjectId>,
}

/// How many objects may be new since an earlier run if a run is to extend it: looking up that many one by one takes
/// about as long as a pass over a store that contains them.
const FRESH: usize = 50_000;

/// Merges ascending ids with other ascending ids that are not among them.
fn merged(width: usize, kept: &[u8], fresh: &[ObjectId]) -> Vec<u8> {
    let mut all = Vec::with_capacity(kept.len() + fresh.len() * width);
    let mut rest = kept;
    for id in fresh {
        let before = lower(width, rest, id.as_bytes()) * width;
        all.extend_from_slice(&rest[..before]);
        rest = &rest[before..];
        if !rest.starts_with(id.as_bytes()) {
            all.extend_from_slice(id.as_bytes());
        }
    }
    all.extend_from_slice(rest);
    all
}

/// How many of these ids, which ascend, are lower than `id`.
fn lower(width: usize, ids: &[u8], id: &[u8]) -> usize {
    let (mut low, mut high) = (0, ids.len() / width);
    while low < high {
        let middle = low + (high - low) / 2;
        if &ids[middle * width..(middle + 1) * width] < id { low = middle + 1 } else { high = middle }
    }
    low
}

impl ObjectDatabase {
    /// Lists the objects of `repository`, whose packs may use about `max_memory` bytes when they are read.
    pub(crate) fn list(repository: &Repository, max_memory: Option<usize>) -> Result<Self, Error> {
        let (stores, width) = (repository.stores.clone(), repository.width);
        let Listing { mut packs, loose: mut apart } =
            Listing::settled(&stores, width, max_memory, &mut || {})?;
        let mut unlisted = Vec::new();
        for (path, error) in packs.unusable() {
            let reason = match error {
                PackError::NoIndex => "pack without an index",
                PackError::NoPack => "index without a pack",
                PackError::Io(_) => "unreadable pack",
                PackError::Index(_) | PackError::Pack(_) => "corrupt pack",
            };
            unlisted.push((shown_path(path), reason));
        }
        for lost in &repository.lost_alternates {
            unlisted.push((shown_path(lost), "missing alternate"));
        }
        let reader = ObjectReader::of_stores(stores.clone(), width, MAX_OBJECT);
        // Packs that cannot be used as a whole are reported above, even if single objects in them can be read.
        for (path, error) in packs.unusable() {
            if matches!(error, PackError::Index(_) | PackError::Pack(_)) {
                apart.extend(reader.listed_in(path));
            }
        }
        apart.retain(|id| !packs.contains(*id));
        apart.extend(packs.untyped().into_iter().map(|unresolved| unresolved.id));
        // Reading the ids of one pack in place costs nothing; those of several cost time, so that is done only
        // if memory is scarce.
        let are_left = packs.is_one() && apart.is_empty() || max_memory.is_some();
        let table = match are_left.then(|| packs.rows(&apart)).flatten() {
            Some((rows, each)) => IdTable::of_rows(width, rows, each),
            None => {
                let ids = packs.ids().chain(apart.iter().copied());
                IdTable::new(width, packs.len() + apart.len(), ids)
            }
        };
        let table = table.ok_or_else(|| Error::TooMany { path: stores[0].clone() })?;
        packs.number(table.len(), &|id| table.find(id));
        let mut apart: Vec<ObjectNumber> = apart.iter().filter_map(|id| table.find(id.as_bytes())).collect();
        apart.sort_unstable();
        apart.dedup();
        Ok(Self {
            table,
            unlisted,
            packs,
            reader,
            apart,
            max_memory,
            largest: MAX_OBJECT,
            elsewhere: None,
            fresh: Vec::new(),
        })
    }

    /// Only the objects of `repository` added since the state `past`. The table lists them with the ids `kept`, which
    /// ascend.
    ///
    /// # Errors
    /// Why the new objects alone are not enough, or too many.
    pub(crate) fn beside(
        repository: &Repository,
        past: &StoreStamp,
        now: &StoreStamp,
        kept: &[u8],
    ) -> Result<Self, NotExtended> {
        let (stores, width) = (repository.stores.clone(), repository.width);
        let fresh_loose = now.since(past)?;
        let known_packs: BTreeSet<PathBuf> = past
            .pack_paths()
            .filter_map(|(store, name)| Some(stores.get(store)?.join("pack").join(name)))
            .collect();
        let packs = Packs::open_beside(&stores, width, None, &|path| known_packs.contains(path));
        if !packs.unusable().is_empty() {
            return Err(NotExtended::UnusablePack);
        }
        if packs.fresh_len() + fresh_loose.len() > FRESH {
            return Err(NotExtended::ManyNewObjects);
        }
        let mut packs = packs;
        let old_loose: HashSet<ObjectId> = past.loose.iter().map(|file| file.id).collect();
        let fresh_packed: Vec<ObjectId> =
            packs.fresh().into_iter().filter(|id| !old_loose.contains(id)).collect();
        // A loose object that is packed now would be visited as if it were new.
        if fresh_packed.len() < packs.fresh().len() {
            return Err(NotExtended::ObjectsMoved);
        }
        let mut apart: Vec<ObjectId> = fresh_loose.into_iter().filter(|id| !packs.contains(*id)).collect();
        apart.extend(packs.untyped().into_iter().map(|unresolved| unresolved.id));
        let mut fresh: Vec<ObjectId> = fresh_packed.into_iter().chain(apart.iter().copied()).collect();
        fresh.sort_unstable();
        fresh.dedup();
        let table =
            IdTable::of_sorted(width, merged(width, kept, &fresh)).ok_or(NotExtended::ManyNewObjects)?;
        packs.number(table.len(), &|id| table.find(id));
        let mut apart: Vec<ObjectNumber> = apart.iter().filter_map(|id| table.find(id.as_bytes())).collect();
        apart.sort_unstable();
        apart.dedup();
        let reader = ObjectReader::of_stores(stores, width, MAX_OBJECT);
        Ok(Self {
            table,
            unlisted: Vec::new(),
            packs,
            reader,
            apart,
            max_memory: None,
            largest: MAX_OBJECT,
            elsewhere: Some(old_loose),
            fresh,
        })
    }

    /// If the table lists part of the store: true if the store has the object.
    pub(crate) fn lists(&self, id: &[u8]) -> bool {
        let is_loose =
            |loose: &HashSet<ObjectId>| ObjectId::from_bytes(id).is_some_and(|id| loose.contains(&id));
        self.packs.lists(id) || self.elsewhere.as_ref().is_some_and(is_loose)
    }

    /// Chooses what to visit: the objects of `kinds`, or only those of them in `marks`, if given.
    pub(crate) fn choose<'m>(&self, kinds: KindSet, marks: Option<&'m ObjectSet>) -> Chosen<'m> {
        let marked = marks.map(|marks| (marks, self.packs.choose(kinds, &|number| marks.contains(number))));
        Chosen { kinds, marked }
    }

    /// How much a visit of what is chosen reports as progress, bytes.
    pub(crate) fn work(&self, chosen: &Chosen<'_>) -> u64 {
        match &chosen.marked {
            Some((marks, packed)) => {
                let apart = self.apart.iter().filter(|&&number| marks.contains(number)).count();
                self.packs.bytes_chosen(packed) + apart as u64 * NOMINAL
            }
            None => self.packs.bytes(chosen.kinds) + self.apart.len() as u64 * NOMINAL,
        }
    }

    /// Gives each object that is chosen to `visitor` once. Stops early once `stop` is true.
    pub(crate) fn visit<V: Visitor>(
        &self,
        chosen: &Chosen<'_>,
        visitor: &V,
        progress: &dyn Progress,
        stop: &AtomicBool,
    ) {
        let advance = |bytes| progress.advance(bytes);
        let options = Options {
            max_memory: self.max_memory,
            largest: Some(self.largest),
            progress: Some(&advance),
            stop: Some(stop),
            ..Options::default()
        };
        let kinds = chosen.kinds;
        let is_marked =
            |number: ObjectNumber| chosen.marked.as_ref().is_none_or(|(marks, _)| marks.contains(number));
        let walked = match &chosen.marked {
            Some((_, packed)) => self.packs.walk_chosen(packed, &is_marked, &options, visitor),
            None => self.packs.walk(kinds, &options, visitor),
        };
        let (too_large, others): (Vec<_>, Vec<_>) =
            walked.unresolved.into_iter().partition(|object| object.fault == Fault::TooLarge);
        for object in too_large {
            visitor.unread(Some(object.id), TOO_LARGE);
        }
        let unresolved = others.iter().filter_map(|object| self.table.find(object.id.as_bytes()));
        let apart = self.apart.iter().copied().filter(|&number| is_marked(number));
        let mut left: Vec<ObjectNumber> = apart.chain(unresolved).collect();
        left.sort_unstable();
        left.dedup();
        let next = AtomicUsize::new(0);
        let work = || {
            while !stop.load(Ordering::Relaxed) {
                let from = next.fetch_add(STRETCH, Ordering::Relaxed).min(left.len());
                if from == left.len() {
                    return;
                }
                let stretch = &left[from..left.len().min(from + STRETCH)];
                for &number in stretch {
                    self.visit_one(number, kinds, visitor);
                }
                progress.advance(stretch.len() as u64 * NOMINAL);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..rayon::current_num_threads().min(left.len() / STRETCH + 1) {
                // If the system gives no thread, this one does the work.
                let _refused = std::thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
    }

    fn visit_one<V: Visitor>(&self, number: ObjectNumber, kinds: KindSet, visitor: &V) {
        if self.table.kind(number).is_some_and(|kind| !kinds.contains(kind)) {
            return;
        }
        let (id, name) = (self.table.id(number), self.table.bytes(number));
        match self.reader.read_within(id, self.largest) {
            Read::Whole(kind, bytes) if kinds.contains(kind) => {
                visitor.whole(Object { number, name, kind, bytes: &bytes });
            }
            Read::Whole(kind, _) => self.table.set_kind(number, kind),
            Read::TooLarge => visitor.unread(Some(id), TOO_LARGE),
            Read::Missing => visitor.unread(Some(id), missing::MISSING),
            Read::Unreadable => visitor.unread(Some(id), "corrupt object"),
        }
    }

    /// Frees what only visits need, after the last one.
    pub(crate) fn rest(&self) {
        self.packs.forget_layouts();
    }

    /// One object's kind and bytes; `None` if the store lacks it or it is corrupt.
    pub(crate) fn read(&self, id: ObjectId) -> Option<(ObjectKind, Vec<u8>)> {
        self.packs.read(id).or_else(|| match self.reader.read_within(id, self.largest) {
            Read::Whole(kind, bytes) => Some((kind, bytes)),
            Read::TooLarge | Read::Missing | Read::Unreadable => None,
        })
    }
}

/// The listing of a store, as far as it can be listed.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) packs: Packs,
    /// The loose objects.
    pub(crate) loose: Vec<ObjectId>,
}

impl Listing {
    /// A listing during which no pack was added or removed: otherwise an object that moved from a loose file to a
    /// pack, or back, could be missed in both. `between` is called between the two, so that tests can move one.
    pub(crate) fn settled(
        stores: &[PathBuf],
        width: usize,
        max_memory: Option<usize>,
        between: &mut dyn FnMut(),
    ) -> Result<Self, Error> {
        let mut names = Packs::names(stores);
        let mut attempt = 1;
        loop {
            let packs = Packs::open_within(stores, width, max_memory);
            between();
            let mut loose = Vec::new();
            for store in stores {
                loose::list(store, width, &mut loose)
                    .map_err(|(path, source)| Error::Unreadable { path, source })?;
            }
            if !packs.unusable().is_empty() {
                std::thread::sleep(PATIENCE);
            }
            let after = Packs::names(stores);
            if after == names || attempt == LISTINGS {
                return Ok(Self { packs, loose });
            }
            (names, attempt) = (after, attempt + 1);
        }
    }
}

/// Why an object above the size limit is unread.
const TOO_LARGE: &str = "object too large";
