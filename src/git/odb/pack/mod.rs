//! The pack reader: gives every object of a store's packs once, and for a delta what it shares with its base.
//!
//! A pack stores most objects as deltas against others. [`Packs::walk`] goes through the delta trees, from each base
//! down, and gives a [`Visitor`] each object together with its base; [`Packs::read`] makes one object alone. A broken
//! part never stops the reading of a store. Packs that cannot be used at all are in [`Packs::unusable`], objects that
//! cannot be read in the result of a walk. The caller reads those one by one, or reports them as unread.
//!
//! `map` has the bytes, `index` and `entry` read the two formats, `delta_forest` makes trees of entries, `inflate`,
//! `delta` and `buffer` make objects, `object_builder` makes one, `walk` all of them. `duplicates` keeps objects in
//! several packs from being visited twice, `numbers` has their numbers in the store, `rows` the places of their ids,
//! `subset` what a walk over some objects must make. `single` is one pack for reads by id.

mod buffer;
mod delta;
mod delta_forest;
mod duplicates;
mod entry;
mod error;
#[cfg(test)]
#[allow(unreachable_pub, reason = "the fuzz targets include the same file")]
mod fuzz_bodies;
mod index;
mod inflate;
mod map;
mod numbers;
mod object_builder;
#[cfg(test)]
#[allow(unreachable_pub, reason = "the fuzz targets include the same file")]
pub(crate) mod pack_builder;
mod rows;
mod single;
mod subset;
#[cfg(test)]
mod tests;
mod walk;

#[cfg(test)]
use crate as keydredge;

pub use error::{Error, Fault};
pub(crate) use object_builder::ObjectBuilder;
pub(crate) use rows::Rows;
pub(crate) use single::{Bases, Elsewhere, SinglePack};
pub use walk::{Options, Unresolved, Walked};

use super::number::ObjectNumber;
use super::visitor::Visitor;
use crate::git::object::{KindSet, ObjectKind};
use crate::model::{Copied, ObjectId};
use crate::sync::lock;
use delta_forest::{DeltaForest, Sizes};
use duplicates::Duplicates;
use index::Index;
use map::Map;
use numbers::Numbers;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use subset::Subset;

/// The largest object that is read by default, bytes; a larger one is [`Fault::TooLarge`].
pub const MAX_OBJECT: usize = 2 << 30;

/// The packs of one or more object directories.
#[derive(Debug)]
pub struct Packs {
    packs: Vec<Pack>,
    unusable: Vec<(PathBuf, Error)>,
    repeats: OnceLock<Duplicates>,
    /// True if layouts would use more than their share of a limit: each is made when a walk reaches its pack, and
    /// freed after it.
    is_frugal: bool,
}

/// What part of a limit the layouts of all packs may use between walks.
const LAYOUTS: usize = 16;

/// Some of the objects of some packs.
#[derive(Debug)]
pub struct Chosen {
    kinds: KindSet,
    /// By pack, what must be made.
    needed: Vec<Subset>,
}

/// One pack and its index.
#[derive(Debug)]
struct Pack {
    map: Map,
    index: Arc<Index>,
    /// Length of an id in bytes: 20 or 32.
    hash: usize,
    /// About how many bytes of the pack to have in memory at a time while its layout is made.
    at_once: usize,
    /// Made again if it is needed and missing; empty if the pack is known.
    layout: Mutex<Option<Arc<DeltaForest>>>,
    /// How many bytes the objects of each kind are.
    sizes: Sizes,
    /// Positions of objects whose type is not known, and why.
    faults: Vec<(usize, Fault)>,
    numbers: Numbers,
    is_known: bool,
}

impl Packs {
    /// Opens the packs under each of `stores` (`objects` directories: the repository's own and its
    /// alternates'), whose ids are `hash` bytes long (20 for SHA-1, 32 for SHA-256). Every `.idx` counts,
    /// as every `.pack`; a multi-pack-index adds nothing to them and is not read.
    pub fn open(stores: &[PathBuf], hash: usize) -> Self {
        Self::open_within(stores, hash, None)
    }

    /// The same with about `max_memory` bytes of the packs mapped at a time.
    pub fn open_within(stores: &[PathBuf], hash: usize, max_memory: Option<usize>) -> Self {
        Self::open_beside(stores, hash, max_memory, &|_| false)
    }

    /// The same if packs that are `known` (by the path of the `.pack`) are only read from: no walk visits their
    /// objects, nor copies of these in other packs, and only what [`Self::fresh`] gives has numbers.
    pub fn open_beside(
        stores: &[PathBuf],
        hash: usize,
        max_memory: Option<usize>,
        known: &dyn Fn(&Path) -> bool,
    ) -> Self {
        if max_memory.is_some() {
            map::give_back_at_once();
        }
        let at_once = max_memory.map_or(usize::MAX, |limit| limit / 4);
        let mut stems = BTreeSet::new();
        let mut unusable = Vec::new();
        for store in stores {
            let directory = store.join("pack");
            match fs::read_dir(&directory) {
                Ok(files) => {
                    let paths = files.filter_map(|file| file.ok().map(|file| file.path()));
                    stems.extend(paths.filter_map(|path| stem(&path)));
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => unusable.push((directory, Error::Io(error))),
            }
        }
        let mut packs = Vec::new();
        for stem in stems {
            let path = stem.with_extension("pack");
            match Pack::open(&path, hash, at_once, known(&path)) {
                Ok(pack) => packs.push(pack),
                Err(error) => unusable.push((path, error)),
            }
        }
        // Known packs come first, so that copies of their objects in other packs are repeats.
        packs.sort_by_key(|pack: &Pack| !pack.is_known);
        let layouts: usize = packs.iter().filter_map(|pack| Some(pack.layout().ok()?.weight())).sum();
        let is_frugal = max_memory.is_some_and(|limit| layouts > limit / LAYOUTS);
        let packs = Self { packs, unusable, repeats: OnceLock::new(), is_frugal };
        if is_frugal {
            packs.forget_layouts();
        }
        packs
    }

    /// Frees the layouts of the packs. A walk makes them again, so call this if none follows or memory is scarce.
    pub fn forget_layouts(&self) {
        self.packs.iter().for_each(Pack::forget_layout);
    }

    /// The ids that no known pack lists, each once.
    pub fn fresh(&self) -> Vec<ObjectId> {
        let repeats = self.repeats();
        let fresh = self.packs.iter().enumerate().filter(|(_, pack)| !pack.is_known);
        let ids = fresh.flat_map(|(number, pack)| {
            let all = 0..pack.index.len();
            all.filter(move |&at| !repeats.contains(number, at)).map(|at| pack.index.id(at))
        });
        ids.collect()
    }

    /// How many objects the packs list that are not known, repeats with them.
    pub fn fresh_len(&self) -> usize {
        self.packs.iter().filter(|pack| !pack.is_known).map(|pack| pack.index.len()).sum()
    }

    /// The names of the packs' and indexes' files under each of `stores`. Two listings that differ mean that
    /// someone is repacking.
    pub fn names(stores: &[PathBuf]) -> BTreeSet<PathBuf> {
        let directories = stores.iter().filter_map(|store| fs::read_dir(store.join("pack")).ok());
        let files = directories.flatten().filter_map(|file| file.ok().map(|file| file.path()));
        files.filter(|path| stem(path).is_some()).collect()
    }

    /// Packs from bytes in memory: each a pack and its index.
    pub fn of_bytes(pairs: Vec<(Vec<u8>, Vec<u8>)>, hash: usize) -> Result<Self, Error> {
        let open = |(pack, index)| Pack::new(Map::Held(pack), Map::Held(index), hash, usize::MAX, false);
        let packs = pairs.into_iter().map(open).collect::<Result<_, Error>>()?;
        Ok(Self { packs, unusable: Vec::new(), repeats: OnceLock::new(), is_frugal: false })
    }

    /// Says how objects are numbered ([`Object::number`](super::Object::number)): `find` gives the number of each id in
    /// the packs, from zero, in the order of the ids; there are `count` numbers. Without this, an object's number is
    /// its place in its own pack.
    pub fn number(&mut self, count: usize, find: &(dyn Fn(&[u8]) -> Option<ObjectNumber> + Sync)) {
        self.repeats();
        let repeats = self.repeats.take().unwrap_or_default();
        for (at, pack) in self.packs.iter_mut().enumerate().filter(|(_, pack)| !pack.is_known) {
            // As many different ids as there are numbers are all of them, in the same order.
            let is_all = pack.index.len() == count && !repeats.is_in(at);
            pack.numbers = if is_all { Numbers::Same } else { Numbers::of(&pack.index, find) };
        }
        self.repeats = OnceLock::from(repeats);
    }

    /// The packs that cannot be used at all, and why.
    pub fn unusable(&self) -> &[(PathBuf, Error)] {
        &self.unusable
    }

    /// How many objects are in the packs; one that is in several counts once.
    pub fn len(&self) -> usize {
        let all: usize = self.packs.iter().map(|pack| pack.index.len()).sum();
        all - self.repeats().count()
    }

    /// True if there is no object.
    pub fn is_empty(&self) -> bool {
        self.packs.iter().all(|pack| pack.index.len() == 0)
    }

    /// How many bytes the objects of `kinds` take in the packs: the total that a walk of them reports to
    /// [`Options::progress`].
    pub fn bytes(&self, kinds: KindSet) -> u64 {
        let sizes = self.packs.iter().flat_map(|pack| ObjectKind::ALL.into_iter().zip(pack.sizes));
        sizes.filter(|&(kind, _)| kinds.contains(kind)).map(|(_, size)| size).sum()
    }

    /// True if a pack lists `id`.
    pub fn contains(&self, id: ObjectId) -> bool {
        self.packs.iter().any(|pack| pack.index.find(id.as_bytes()).is_some())
    }

    /// The same of an id's bytes.
    pub fn lists(&self, id: &[u8]) -> bool {
        self.packs.iter().any(|pack| pack.index.find(id).is_some())
    }

    /// Every id, each once; ascending within a pack.
    pub fn ids(&self) -> impl Iterator<Item = ObjectId> + '_ {
        let repeats = self.repeats();
        self.packs.iter().enumerate().flat_map(move |(number, pack)| {
            let fresh = (0..pack.index.len()).filter(move |&at| !repeats.contains(number, at));
            fresh.map(|at| pack.index.id(at))
        })
    }

    /// The ids in place, with others, and the row of each once, except that the others may repeat some of the
    /// packs'. `None` if there are more than can be counted.
    pub(crate) fn rows(&self, others: &[ObjectId]) -> Option<(Rows, Vec<u32>)> {
        let width = self.packs.first()?.hash;
        let held = others.iter().flat_map(|id| id.as_bytes()).copied().collect();
        let rows = Rows::new(self.packs.iter().map(|pack| &pack.index), width, held)?;
        let repeats = self.repeats();
        let positions = self.packs.iter().enumerate().flat_map(|(number, pack)| {
            (0..pack.index.len()).map(move |position| repeats.contains(number, position))
        });
        let packed = (0..).zip(positions).filter(|&(_, repeats)| !repeats).map(|(row, _)| row);
        let mut each = Vec::with_capacity(self.len() + others.len());
        each.extend(packed);
        each.extend(rows.len() - others.len() as u32..rows.len());
        Some((rows, each))
    }

    /// True if all objects are in one pack, each once.
    pub(crate) fn is_one(&self) -> bool {
        self.packs.len() == 1 && self.repeats().count() == 0
    }

    /// Reads one object; nothing if no pack lists it, or if it cannot be read from any that does:
    /// [`Self::contains`] shows which.
    pub fn read(&self, id: ObjectId) -> Option<(ObjectKind, Vec<u8>)> {
        self.packs.iter().find_map(|pack| {
            let position = pack.index.find(id.as_bytes())?;
            pack.read(position).ok()
        })
    }

    /// Gives each object of one of `kinds` to `visitor` once: derived if its base was visited too,
    /// else whole. The order differs from run to run; what a visitor gets for each object does not.
    pub fn walk<V: Visitor>(&self, kinds: KindSet, options: &Options<'_>, visitor: &V) -> Walked {
        let repeats = self.repeats();
        let mut walked = Walked::default();
        for (number, pack) in self.packs.iter().enumerate() {
            let mine = |position: usize| !repeats.contains(number, position);
            walked.add(self.with_layout(pack, &mine, |layout| {
                walk::walk(pack, layout, kinds, &mine, None, options, visitor)
            }));
        }
        walked.sort();
        walked
    }

    /// Chooses the objects of one of `kinds` whose number is `wanted` ([`Self::number`]).
    pub fn choose(&self, kinds: KindSet, wanted: &(dyn Fn(ObjectNumber) -> bool + Sync)) -> Chosen {
        let repeats = self.repeats();
        let packs = self.packs.iter().enumerate();
        let needed = packs.map(|(number, pack)| {
            let Ok(layout) = pack.layout() else { return Subset::default() };
            let needed = Subset::of(&layout, &|node| {
                let position = layout.position(node);
                layout.kind(node).is_some_and(|kind| kinds.contains(kind))
                    && wanted(pack.numbers.at(position))
                    && !repeats.contains(number, position)
            });
            if self.is_frugal {
                pack.forget_layout();
            }
            needed
        });
        Chosen { kinds, needed: needed.collect() }
    }

    /// How many bytes of the packs a walk of the chosen objects reads: with their bases.
    pub fn bytes_chosen(&self, chosen: &Chosen) -> u64 {
        chosen.needed.iter().map(|needed| needed.bytes).sum()
    }

    /// [`Self::walk`] over the chosen objects alone. Their bases are made but not visited; `wanted` is the choice
    /// that was passed to [`Self::choose`].
    pub fn walk_chosen<V: Visitor>(
        &self,
        chosen: &Chosen,
        wanted: &(dyn Fn(ObjectNumber) -> bool + Sync),
        options: &Options<'_>,
        visitor: &V,
    ) -> Walked {
        let repeats = self.repeats();
        let mut walked = Walked::default();
        for (number, (pack, needed)) in self.packs.iter().zip(&chosen.needed).enumerate() {
            let mine =
                |position: usize| wanted(pack.numbers.at(position)) && !repeats.contains(number, position);
            walked.add(self.with_layout(pack, &mine, |layout| {
                walk::walk(pack, layout, chosen.kinds, &mine, Some(needed), options, visitor)
            }));
        }
        walked.sort();
        walked
    }

    /// The objects whose type is not known, because their delta chain is broken or leaves the pack: no
    /// walk of any kinds visits them.
    pub fn untyped(&self) -> Vec<Unresolved> {
        let repeats = self.repeats();
        let mut all = Vec::new();
        for (number, pack) in self.packs.iter().enumerate() {
            for &(position, fault) in &pack.faults {
                if !repeats.contains(number, position) {
                    all.push(Unresolved { id: pack.index.id(position), fault });
                }
            }
        }
        all.sort_unstable_by_key(|unresolved| unresolved.id);
        all
    }

    /// The result of `walk` with the layout of `pack`. The layout was read before, from a file that does not change; if
    /// it cannot be read again, all that is `mine` is unresolved.
    fn with_layout(
        &self,
        pack: &Pack,
        mine: &dyn Fn(usize) -> bool,
        walk: impl FnOnce(&DeltaForest) -> Walked,
    ) -> Walked {
        let Ok(layout) = pack.layout() else {
            let mine = (0..pack.index.len()).filter(|&position| mine(position));
            let unresolved = mine.map(|at| Unresolved { id: pack.index.id(at), fault: Fault::Entry });
            return Walked { unresolved: unresolved.collect(), ..Walked::default() };
        };
        let walked = walk(&layout);
        if self.is_frugal {
            pack.forget_layout();
        }
        walked
    }

    fn repeats(&self) -> &Duplicates {
        self.repeats.get_or_init(|| Duplicates::among(&self.packs))
    }
}

/// Applies one delta: what it makes of `base`, at most `largest` bytes, and the longer runs that the two
/// share. The walk does the same in buffers of its own; this one is for tests and fuzzing.
pub fn apply_delta(base: &[u8], delta: &[u8], largest: usize) -> Result<(Vec<u8>, Vec<Copied>), Fault> {
    let mut builder = ObjectBuilder::new(largest);
    let made = builder.apply(base, delta)?;
    Ok((made.bytes().to_vec(), builder.copied))
}

impl Pack {
    /// Opens the pack at `path` and the index beside it.
    fn open(path: &Path, hash: usize, at_once: usize, is_known: bool) -> Result<Self, Error> {
        let index = path.with_extension("idx");
        if !index.exists() {
            return Err(Error::NoIndex);
        }
        if !path.exists() {
            return Err(Error::NoPack);
        }
        Self::new(Map::open(path)?, Map::open(&index)?, hash, at_once, is_known)
    }

    fn new(map: Map, index: Map, hash: usize, at_once: usize, is_known: bool) -> Result<Self, Error> {
        let index = Arc::new(Index::parse(index, hash)?);
        if !matches!(map.get(..8), Some([b'P', b'A', b'C', b'K', 0, 0, 0, 2 | 3])) {
            return Err(Error::Pack("its header is not one of version 2 or 3"));
        }
        if map.len() < 12 + hash || map[8..12] != (index.len() as u32).to_be_bytes() {
            return Err(Error::Pack("its count is not its index's"));
        }
        let end = map.len() - hash;
        if &map[end..] != index.pack_checksum() {
            return Err(Error::Pack("it is not the one its index was made for, or is cut short"));
        }
        let mut layout = match is_known {
            true => DeltaForest::default(),
            false => DeltaForest::read(&map, end, &index, hash, at_once)?,
        };
        if at_once < map.len() {
            index.release();
        }
        let faults = std::mem::take(&mut layout.faults);
        let faults = faults.into_iter().map(|(node, fault)| (layout.position(node), fault)).collect();
        let sizes = layout.sizes();
        let layout = Mutex::new(Some(Arc::new(layout)));
        Ok(Self { map, index, hash, at_once, layout, sizes, faults, numbers: Numbers::default(), is_known })
    }

    /// The pack's layout.
    fn layout(&self) -> Result<Arc<DeltaForest>, Error> {
        let mut held = lock(&self.layout);
        if let Some(layout) = &*held {
            return Ok(Arc::clone(layout));
        }
        let end = self.entries().len();
        let layout = Arc::new(DeltaForest::read(&self.map, end, &self.index, self.hash, self.at_once)?);
        *held = Some(Arc::clone(&layout));
        Ok(layout)
    }

    /// Frees it until it is needed again.
    fn forget_layout(&self) {
        // A known pack has no layout.
        if !self.is_known {
            *lock(&self.layout) = None;
        }
    }

    /// The bytes up to the trailer.
    fn entries(&self) -> &[u8] {
        &self.map[..self.map.len() - self.hash]
    }
}

/// The path of a pack or an index without its extension; nothing for other files.
fn stem(path: &Path) -> Option<PathBuf> {
    let extension = path.extension()?;
    (extension == "pack" || extension == "idx").then(|| path.with_extension(""))
}
