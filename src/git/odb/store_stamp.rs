//! The state of a store, from its directories alone: its packs, its loose objects, and the files that name other
//! stores.
//!
//! A file counts as unchanged while its name and its stat data are. Stat data has the time of the last change, which
//! only the system sets; if the system has none, nothing counts as unchanged. A file that may have changed within the
//! same clock tick in which it was checked is not settled, and no state with it is kept.
//!
//! git sets the times of a pack or a loose object anew when it would write an object that is there already: the first
//! commit in a fresh clone does so to the pack. So a kept state has a digest of each file's bytes, and a file with other
//! times is the same one if it still has that digest. The digest of a loose object is a hash. That of a pack, which
//! may have gigabytes, is a Poly1305 tag under a random key of its own, at 2.4 GB/s (SHA-256 with the processor's
//! own instructions: 1.4, Blake2b: 0.8): the key is kept only in the sealed cache, so nobody else can make other
//! bytes with the same tag.

use crate::git::Error;
use crate::git::limits::LARGEST;
use crate::git::odb::{NotExtended, loose};
use crate::git::repository::Repository;
use crate::model::ObjectId;
use crate::record::{Reader, Writer};
use crate::regular_file;
use blake2::{Blake2s256, Digest};
use poly1305::Poly1305;
use poly1305::universal_hash::{KeyInit, UniversalHash};
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How long after its last change a file may change again with the same stamp: two ticks of the slowest clock that
/// present file systems use.
const TICK: Duration = Duration::from_millis(20);

/// Bytes of the key and of the tag of a pack's digest.
const KEY: usize = 32;
const TAG: usize = 16;
/// How many bytes of a pack are read at a time; whole blocks of Poly1305.
const PIECE: usize = 1 << 18;

/// Stat data: the size and times of a file, and its inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StatData {
    len: u64,
    /// Nanoseconds since 1970: of the content, and of anything.
    modified: i128,
    changed: i128,
    inode: (u64, u64),
}

/// A file of a pack.
#[derive(Clone, Debug)]
pub(crate) struct PackFile {
    /// The number of its store.
    pub(crate) store: u32,
    /// Its name.
    pub(crate) name: Vec<u8>,
    stamp: StatData,
    /// Of a `.pack`: a digest of its bytes, if it was computed.
    digest: Option<PackDigest>,
}

impl PartialEq for PackFile {
    /// The digest is not part of the state.
    fn eq(&self, other: &Self) -> bool {
        (self.store, &self.name, self.stamp) == (other.store, &other.name, other.stamp)
    }
}

impl Eq for PackFile {}

/// A digest of a pack's bytes, under a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PackDigest {
    key: [u8; KEY],
    tag: [u8; TAG],
}

/// A loose object's file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loose {
    /// The number of its store.
    pub(crate) store: u32,
    pub(crate) id: ObjectId,
    stamp: StatData,
    /// A hash of its bytes, if it was computed.
    digest: Option<[u8; 32]>,
}

impl PartialEq for Loose {
    /// The hash of the bytes is not part of the state.
    fn eq(&self, other: &Self) -> bool {
        (self.store, self.id, self.stamp) == (other.store, other.id, other.stamp)
    }
}

impl Eq for Loose {}

/// The state of a repository's stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreStamp {
    /// Bytes of an id; whether objects may be absent; the boundary of a shallow clone, sorted.
    pub(crate) width: usize,
    pub(crate) partial: bool,
    pub(crate) shallow: Vec<ObjectId>,
    /// The stores' directories, and those that are named but missing.
    pub(crate) stores: Vec<Vec<u8>>,
    pub(crate) lost: Vec<Vec<u8>>,
    /// Files in `pack/`, sorted.
    pub(crate) packs: Vec<PackFile>,
    /// Loose objects, sorted by store and id.
    pub(crate) loose: Vec<Loose>,
    /// False if a file is so new that it may yet change without another stamp.
    settled: bool,
}

impl StoreStamp {
    /// The state of the stores of `repository`.
    pub(crate) fn of(repository: &Repository) -> Result<Self, Error> {
        let path_bytes = |path: &PathBuf| path.as_os_str().as_encoded_bytes().to_vec();
        let mut shallow: Vec<ObjectId> = repository.shallow.iter().copied().collect();
        shallow.sort_unstable();
        let mut state = Self {
            width: repository.width,
            partial: repository.is_partial(),
            shallow,
            stores: repository.stores.iter().map(path_bytes).collect(),
            lost: repository.lost_alternates.iter().map(path_bytes).collect(),
            packs: Vec::new(),
            loose: Vec::new(),
            settled: true,
        };
        for (number, store) in (0..).zip(&repository.stores) {
            let failed = |source| Error::Unreadable { path: store.clone(), source };
            state.packs(number, &store.join("pack")).map_err(failed)?;
            state.loose(number, store)?;
        }
        state.packs.sort_by(|one, other| (one.store, &one.name).cmp(&(other.store, &other.name)));
        state.loose.sort_by_key(|file| (file.store, file.id));
        Ok(state)
    }

    fn packs(&mut self, store: u32, directory: &Path) -> io::Result<()> {
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = entry?.path();
            let counts = |extension: &std::ffi::OsStr| extension == "pack" || extension == "idx";
            if path.extension().is_some_and(counts) {
                let name = path.file_name().unwrap_or_default().as_encoded_bytes().to_vec();
                let stamp = self.stamp(&fs::metadata(&path)?);
                self.packs.push(PackFile { store, name, stamp, digest: None });
            }
        }
        Ok(())
    }

    fn loose(&mut self, store: u32, directory: &Path) -> Result<(), Error> {
        let mut ids = Vec::new();
        loose::list(directory, self.width, &mut ids)
            .map_err(|(path, source)| Error::Unreadable { path, source })?;
        for id in ids {
            let path = loose::path(directory, id);
            let seen = fs::metadata(&path).map_err(|source| Error::Unreadable { path, source })?;
            let stamp = self.stamp(&seen);
            self.loose.push(Loose { store, id, stamp, digest: None });
        }
        Ok(())
    }

    fn stamp(&mut self, file: &Metadata) -> StatData {
        let (stamp, latest) = StatData::of(file);
        let since = latest.map(|latest| SystemTime::now().duration_since(latest));
        self.settled &= matches!(since, Some(Ok(since)) if since > TICK);
        stamp
    }

    /// The loose objects added since `past`, if nothing else differs, except for more packs.
    ///
    /// # Errors
    /// What else differs.
    pub(crate) fn since(&self, past: &Self) -> Result<Vec<ObjectId>, NotExtended> {
        let frame = |state: &Self| {
            let Self { width, partial, shallow, stores, lost, .. } = state;
            (*width, *partial, shallow.clone(), stores.clone(), lost.clone())
        };
        if frame(self) != frame(past) {
            return Err(NotExtended::OtherStores);
        }
        let packs: HashMap<_, _> = self.packs.iter().map(|file| ((file.store, &file.name), file)).collect();
        let is_there = |before: &PackFile| {
            packs.get(&(before.store, &before.name)).is_some_and(|file| self.is_same_pack(file, before))
        };
        if !past.packs.iter().all(is_there) {
            return Err(NotExtended::ObjectsMoved);
        }
        let known: HashMap<_, _> = past.loose.iter().map(|file| ((file.store, file.id), file)).collect();
        let ids: HashSet<_> = past.loose.iter().map(|file| file.id).collect();
        let mut met = 0;
        let mut fresh = Vec::new();
        for file in &self.loose {
            match known.get(&(file.store, file.id)) {
                Some(before) if before.stamp == file.stamp || self.is_same(before) => met += 1,
                Some(_) => return Err(NotExtended::ObjectsMoved),
                // A second copy of an old object: which one is read depends on the order of the stores.
                None if ids.contains(&file.id) => return Err(NotExtended::ObjectsMoved),
                None => fresh.push(file.id),
            }
        }
        fresh.sort_unstable();
        fresh.dedup();
        if met == past.loose.len() { Ok(fresh) } else { Err(NotExtended::ObjectsMoved) }
    }

    /// The loose objects added since `past`; `None` if anything else differs.
    pub fn loose_since(&self, past: &Self) -> Option<Vec<ObjectId>> {
        (self.packs.len() == past.packs.len()).then(|| self.since(past).ok())?
    }

    /// True if `file` of a pack is `before`, or has the bytes that it had.
    fn is_same_pack(&self, file: &PackFile, before: &PackFile) -> bool {
        file == before
            || before.digest.is_some_and(|past| match file.digest {
                Some(digest) => digest == past,
                None => {
                    file.stamp.len == before.stamp.len && self.pack_tag(file, &past.key) == Some(past.tag)
                }
            })
    }

    /// The Poly1305 tag of a pack's bytes.
    fn pack_tag(&self, file: &PackFile, key: &[u8; KEY]) -> Option<[u8; TAG]> {
        let store = stored_path(self.stores.get(file.store as usize)?)?;
        let path = store.join("pack").join(std::str::from_utf8(&file.name).ok()?);
        let len = regular_file::look(&path, file.stamp.len).ok()?;
        let mut rest = File::open(path).ok()?.take(len);
        let mut mac = Poly1305::new(&(*key).into());
        let mut piece = vec![0; PIECE];
        loop {
            let filled = fill(&mut rest, &mut piece).ok()?;
            if filled < PIECE {
                return Some(mac.compute_unpadded(&piece[..filled]).into());
            }
            mac.update_padded(&piece);
        }
    }

    /// Takes over from `past` the digests of packs that are unchanged, or that have other times and the same bytes.
    pub(crate) fn recognise_packs(&mut self, past: &Self) {
        let known: HashMap<_, _> = past.packs.iter().map(|file| ((file.store, &file.name), file)).collect();
        let digest = |file: &PackFile| {
            let before = known.get(&(file.store, &file.name))?;
            before.digest.filter(|_| self.is_same_pack(file, before))
        };
        let has_none = |file: &PackFile| file.digest.is_none();
        let digests: Vec<_> = self
            .packs
            .par_iter()
            .map(|file| if has_none(file) { digest(file) } else { file.digest })
            .collect();
        self.set_pack_digests(digests);
    }

    fn set_pack_digests(&mut self, digests: Vec<Option<PackDigest>>) {
        for (file, digest) in self.packs.iter_mut().zip(digests) {
            file.digest = digest;
        }
    }

    /// A digest of a pack under a new key.
    fn pack_digest(&self, file: &PackFile) -> Option<PackDigest> {
        let mut key = [0; KEY];
        getrandom::fill(&mut key).ok()?;
        Some(PackDigest { key, tag: self.pack_tag(file, &key)? })
    }

    /// True if a loose object's file still has the bytes that it had: git touches a file when the object is written
    /// again.
    fn is_same(&self, before: &Loose) -> bool {
        before.digest.is_some() && self.digest(before) == before.digest
    }

    fn digest(&self, file: &Loose) -> Option<[u8; 32]> {
        let store = stored_path(self.stores.get(file.store as usize)?)?;
        let bytes = regular_file::read(&loose::path(&store, file.id), LARGEST).ok()?;
        Some(Blake2s256::digest(bytes).into())
    }

    /// Computes the digests that are missing: of packs, and of loose objects that `past` has no hash of, or that have
    /// changed since.
    pub fn learn(&mut self, past: Option<&Self>) {
        let is_wanted = |file: &PackFile| file.digest.is_none() && file.name.ends_with(b".pack");
        let of_pack = |file: &PackFile| if is_wanted(file) { self.pack_digest(file) } else { file.digest };
        let digests = self.packs.par_iter().map(of_pack).collect();
        self.set_pack_digests(digests);
        let past = past.into_iter().flat_map(|past| &past.loose);
        let known: HashMap<_, _> = past.map(|file| ((file.store, file.id), file)).collect();
        let digest = |file: &Loose| match known.get(&(file.store, file.id)) {
            Some(before) if *before == file => before.digest,
            _ => self.digest(file),
        };
        let digests: Vec<_> = self.loose.par_iter().map(digest).collect();
        for (file, digest) in self.loose.iter_mut().zip(digests) {
            file.digest = digest;
        }
    }

    /// The packs' `.pack` files: store and name.
    pub(crate) fn pack_paths(&self) -> impl Iterator<Item = (usize, &Path)> {
        let packs = self.packs.iter().filter(|file| file.name.ends_with(b".pack"));
        packs.filter_map(|file| Some((file.store as usize, Path::new(std::str::from_utf8(&file.name).ok()?))))
    }

    /// True if no file is so new that it may yet change without another stamp.
    pub fn is_settled(&self) -> bool {
        self.settled
    }

    /// Writes it down.
    pub fn write(&self, out: &mut Writer) {
        out.size(self.width);
        out.flag(self.partial);
        out.list(&self.shallow, |out, id| out.bytes(id.as_bytes()));
        out.list(&self.stores, |out, path| out.bytes(path));
        out.list(&self.lost, |out, path| out.bytes(path));
        out.list(&self.packs, |out, file| {
            out.number(file.store.into());
            out.bytes(&file.name);
            file.stamp.write(out);
            out.option(file.digest, |out, digest| {
                out.raw(&digest.key);
                out.raw(&digest.tag);
            });
        });
        out.list(&self.loose, |out, file| {
            out.number(file.store.into());
            out.bytes(file.id.as_bytes());
            file.stamp.write(out);
            out.option(file.digest, |out, digest| out.raw(&digest));
        });
    }

    /// Reads what [`Self::write`] wrote.
    pub fn read(from: &mut Reader<'_>) -> Option<Self> {
        let id = |from: &mut Reader<'_>| ObjectId::from_bytes(from.bytes()?);
        let bytes = |from: &mut Reader<'_>| from.bytes().map(<[u8]>::to_vec);
        Some(Self {
            width: from.size()?,
            partial: from.flag()?,
            shallow: from.list(id)?,
            stores: from.list(bytes)?,
            lost: from.list(bytes)?,
            packs: from.list(|from| {
                Some(PackFile {
                    store: from.word()?,
                    name: bytes(from)?,
                    stamp: StatData::read(from)?,
                    digest: from.option(|from| {
                        let key = from.raw(KEY)?.try_into().ok()?;
                        Some(PackDigest { key, tag: from.raw(TAG)?.try_into().ok()? })
                    })?,
                })
            })?,
            loose: from.list(|from| {
                Some(Loose {
                    store: from.word()?,
                    id: id(from)?,
                    stamp: StatData::read(from)?,
                    digest: from.option(|from| from.raw(32)?.try_into().ok())?,
                })
            })?,
            settled: true,
        })
    }
}

/// Reads from `from` until `piece` is full or nothing is left; how many bytes were read.
fn fill(from: &mut impl Read, piece: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < piece.len() {
        match from.read(&mut piece[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// A path, from its stored bytes.
fn stored_path(bytes: &[u8]) -> Option<PathBuf> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        Some(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
    }
    #[cfg(not(unix))]
    {
        std::str::from_utf8(bytes).ok().map(PathBuf::from)
    }
}

impl StatData {
    /// A file's stamp, and the last of its times.
    fn of(file: &Metadata) -> (Self, Option<SystemTime>) {
        let modified = file.modified().ok();
        let since = modified.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        let modified_nanos = since.map_or(0, |since| since.as_nanos() as i128);
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let changed = i128::from(file.ctime()) * 1_000_000_000 + i128::from(file.ctime_nsec());
            let latest = u64::try_from(changed.max(modified_nanos)).ok();
            let stamp =
                Self { len: file.len(), modified: modified_nanos, changed, inode: (file.dev(), file.ino()) };
            (stamp, latest.map(|nanos| SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos)))
        }
        #[cfg(not(unix))]
        {
            // A file's content can change without a change to either of these, so nothing counts as unchanged.
            (Self { len: file.len(), modified: modified_nanos, changed: 0, inode: (0, 0) }, None)
        }
    }

    fn write(self, out: &mut Writer) {
        out.number(self.len);
        out.raw(&self.modified.to_le_bytes());
        out.raw(&self.changed.to_le_bytes());
        out.number(self.inode.0);
        out.number(self.inode.1);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let len = from.number()?;
        let mut time = || Some(i128::from_le_bytes(from.raw(16)?.try_into().ok()?));
        let (modified, changed) = (time()?, time()?);
        Some(Self { len, modified, changed, inode: (from.number()?, from.number()?) })
    }
}
