//! One pack, opened to look up single objects: its index is mapped on the first look-up, the pack itself when an object
//! is made from it, and no layout is made.
//!
//! Neither file is trusted: all reads are within its bytes, and the caller checks the result against the id. If an
//! entry on the way to an object is damaged, or its base is in another place, the caller is asked for that object by
//! its id.

use super::buffer::Buffer;
use super::delta::Delta;
use super::entry::{EntryForm, EntryHeader};
use super::error::Fault;
use super::index::Index;
use super::inflate::Seal;
use super::map::Map;
use super::object_builder::ObjectBuilder;
use crate::git::object::ObjectKind;
use crate::model::ObjectId;
use crate::sync::lock;
use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

/// The longest chain of deltas that is followed; git makes none above 4,095.
const LONGEST: usize = 1 << 14;
/// The most memory for cached bases, bytes.
const REMEMBERED: usize = 16 << 20;
/// A base of more bytes is not cached.
const LARGEST_REMEMBERED: usize = 128 << 10;

/// A pack by its path, opened on first use.
#[derive(Debug)]
pub(crate) struct SinglePack {
    /// The path of the `.pack`.
    path: PathBuf,
    /// Its number among the packs of a reader, for the cache of bases.
    number: u32,
    /// Bytes of an object id.
    width: usize,
    index: OnceLock<Option<Index>>,
    map: OnceLock<Option<Map>>,
    /// Offsets of all entries and their positions in the index, ascending: made when an entry turns out to be damaged.
    offsets: OnceLock<Vec<(u64, u32)>>,
}

/// What the reader of all packs provides for making an object.
pub(crate) struct Elsewhere<'a> {
    /// Objects that were made on the way to others.
    pub(crate) bases: &'a Bases,
    /// Reads another object by its id.
    pub(crate) read: &'a mut dyn FnMut(ObjectId) -> Option<(ObjectKind, Vec<u8>)>,
    /// How many bytes were made so far in total.
    pub(crate) made: u64,
}

/// An object's bytes, owned or cached.
enum Made {
    Buffer(Buffer),
    Shared(Arc<[u8]>),
    Read(Vec<u8>),
}

impl Made {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Buffer(buffer) => buffer.bytes(),
            Self::Shared(bytes) => bytes,
            Self::Read(bytes) => bytes,
        }
    }

    /// Gives the buffer back.
    fn give(self, builder: &mut ObjectBuilder) {
        if let Self::Buffer(buffer) = self {
            builder.pool.give(buffer);
        }
    }
}

impl SinglePack {
    /// The pack whose file is `path` (ending in `.pack`), for ids of `width` bytes.
    pub(crate) fn new(path: PathBuf, number: u32, width: usize) -> Self {
        let (index, map, offsets) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { path, number, width, index, map, offsets }
    }

    /// The path of the `.pack`.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the object `id` starts in the pack, if its index lists it.
    pub(crate) fn find(&self, id: ObjectId) -> Option<u64> {
        let index = self.index()?;
        index.offset(index.find(id.as_bytes())?)
    }

    /// Every id that the index lists, even if the rest is damaged.
    pub(crate) fn ids(&self) -> impl Iterator<Item = ObjectId> + '_ {
        let index = self.index();
        index.into_iter().flat_map(|index| (0..index.len()).map(|position| index.id(position)))
    }

    /// Adds the ids to `found` that are at least `first` and at most `last`.
    pub(crate) fn within(&self, first: ObjectId, last: ObjectId, found: &mut Vec<ObjectId>) {
        let Some(index) = self.index() else { return };
        let mut at = index.lower_bound(first.as_bytes());
        while at < index.len() && index.name(at) <= last.as_bytes() {
            found.push(index.id(at));
            at += 1;
        }
    }

    /// Makes the object whose entry starts at `offset`.
    pub(crate) fn make(
        &self,
        offset: u64,
        builder: &mut ObjectBuilder,
        elsewhere: &mut Elsewhere<'_>,
    ) -> Result<(ObjectKind, Vec<u8>), Fault> {
        let pack = self.entries().ok_or(Fault::Entry)?;
        // The delta chain from the object down to its base, each delta with its offset.
        let mut deltas: Vec<(EntryHeader<'_>, u64)> = Vec::new();
        let mut at = offset;
        let (kind, mut made) = loop {
            if !deltas.is_empty()
                && let Some((kind, bytes)) = elsewhere.bases.get((self.number, at))
            {
                break (kind, Made::Shared(bytes));
            }
            let step = self.step(pack, at, builder);
            match step {
                Ok(ChainStep::Whole(kind, buffer)) => {
                    elsewhere.made += buffer.bytes().len() as u64;
                    break (kind, Made::Buffer(buffer));
                }
                Ok(ChainStep::Delta(entry, base)) => {
                    if deltas.len() == LONGEST {
                        return Err(Fault::Cycle);
                    }
                    deltas.push((entry, at));
                    match base {
                        Ok(base) => at = base,
                        Err(id) => {
                            let (kind, bytes) = (elsewhere.read)(id).ok_or(Fault::Outside(id))?;
                            break (kind, Made::Read(bytes));
                        }
                    }
                }
                Err(fault) if deltas.is_empty() => return Err(fault),
                Err(fault) => {
                    let (kind, bytes) = self.copy(at, elsewhere).ok_or(fault)?;
                    break (kind, Made::Read(bytes));
                }
            }
        };
        while let Some((entry, at)) = deltas.pop() {
            let applied = self.apply(pack, &made, &entry, builder);
            let next = match applied {
                Ok(buffer) => {
                    elsewhere.made += buffer.bytes().len() as u64;
                    Made::Buffer(buffer)
                }
                Err(fault) if deltas.is_empty() => return Err(fault),
                // A copy of this delta's result serves as well.
                Err(fault) => {
                    Made::Read(self.copy(at, elsewhere).filter(|(copy, _)| *copy == kind).ok_or(fault)?.1)
                }
            };
            if !deltas.is_empty() {
                elsewhere.bases.add((self.number, at), kind, next.bytes());
            }
            std::mem::replace(&mut made, next).give(builder);
        }
        let bytes = made.bytes().to_vec();
        made.give(builder);
        Ok((kind, bytes))
    }

    /// The entry at `offset`: an object, or a delta and where its base is.
    fn step<'p>(
        &self,
        pack: &'p [u8],
        offset: u64,
        builder: &mut ObjectBuilder,
    ) -> Result<ChainStep<'p>, Fault> {
        let entry = EntryHeader::parse(pack, offset, self.width)?;
        let base = match entry.form {
            EntryForm::Whole(kind) => {
                let buffer = builder.inflate(pack, &entry, pack.len(), Seal::Within)?;
                return Ok(ChainStep::Whole(kind, buffer));
            }
            EntryForm::Offset(base) => Ok(base),
            EntryForm::Named(name) => {
                let id = ObjectId::from_bytes(name).ok_or(Fault::Entry)?;
                self.find(id).ok_or(id)
            }
        };
        Ok(ChainStep::Delta(entry, base))
    }

    /// What the delta in `entry` makes of `base`.
    fn apply(
        &self,
        pack: &[u8],
        base: &Made,
        entry: &EntryHeader<'_>,
        builder: &mut ObjectBuilder,
    ) -> Result<Buffer, Fault> {
        let delta = builder.inflate(pack, entry, pack.len(), Seal::Within)?;
        let result = Delta::parse(delta.bytes()).and_then(|_| builder.apply(base.bytes(), delta.bytes()));
        builder.pool.give(delta);
        result
    }

    /// Another copy of the object whose entry starts at `offset`.
    fn copy(&self, offset: u64, elsewhere: &mut Elsewhere<'_>) -> Option<(ObjectKind, Vec<u8>)> {
        let index = self.index()?;
        let offsets = self.offsets.get_or_init(|| {
            let all = (0..index.len()).filter_map(|at| Some((index.offset(at)?, at as u32)));
            let mut offsets: Vec<_> = all.collect();
            offsets.sort_unstable();
            offsets
        });
        let row = offsets.binary_search_by_key(&offset, |&(offset, _)| offset).ok()?;
        (elsewhere.read)(index.id(offsets[row].1 as usize))
    }

    fn index(&self) -> Option<&Index> {
        let open = || Index::parse(Map::open(&self.path.with_extension("idx")).ok()?, self.width).ok();
        self.index.get_or_init(open).as_ref()
    }

    /// The pack's bytes up to its trailer.
    fn entries(&self) -> Option<&[u8]> {
        let map = self.map.get_or_init(|| Map::open(&self.path).ok()).as_ref()?;
        map.get(..map.len().checked_sub(self.width)?)
    }
}

/// What an entry is.
enum ChainStep<'a> {
    Whole(ObjectKind, Buffer),
    /// A delta, and where its base is in the pack, or its id if it is not there.
    Delta(EntryHeader<'a>, Result<u64, ObjectId>),
}

/// A pack and an offset in it.
type EntryPlace = (u32, u64);

/// Objects that were made on the way to others, the latest ones: versions of a file, and trees of one directory, are
/// made from each other.
#[derive(Debug, Default)]
pub(crate) struct Bases(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    objects: HashMap<EntryPlace, (ObjectKind, Arc<[u8]>)>,
    /// In the order in which they came.
    order: VecDeque<EntryPlace>,
    bytes: usize,
}

impl Bases {
    fn get(&self, place: EntryPlace) -> Option<(ObjectKind, Arc<[u8]>)> {
        lock(&self.0).objects.get(&place).map(|(kind, bytes)| (*kind, Arc::clone(bytes)))
    }

    fn add(&self, place: EntryPlace, kind: ObjectKind, bytes: &[u8]) {
        if bytes.len() > LARGEST_REMEMBERED {
            return;
        }
        let shared: Arc<[u8]> = bytes.into();
        let mut remembered = lock(&self.0);
        if remembered.objects.insert(place, (kind, shared)).is_some() {
            return;
        }
        remembered.order.push_back(place);
        remembered.bytes += bytes.len();
        while remembered.bytes > REMEMBERED
            && let Some(oldest) = remembered.order.pop_front()
        {
            let gone = remembered.objects.remove(&oldest);
            remembered.bytes -= gone.map_or(0, |(_, bytes)| bytes.len());
        }
    }
}
