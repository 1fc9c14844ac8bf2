//! The state of a store, told from its directories alone: which packs there are, which loose objects, and what leads to
//! other stores.
//!
//! A file counts as unchanged while its name, its length and its stamp are. The stamp has the time of the last change
//! to the file, which only the system sets, and where there is none the bytes at its end. The decision to know: what may
//! have changed within the same tick of the clock in which it was looked at has no stamp, and is equal to nothing.

use super::error::Error;
use super::loose;
use super::repository::Repository;
use crate::model::ObjectId;
use crate::record::{Reader, Writer};
use std::fs::{self, Metadata};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// How long after its last change a file may change again with the same stamp: two ticks of the slowest clock that
/// file systems of today take their times from.
const TICK: Duration = Duration::from_millis(20);

/// When a file was last changed, and which it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    len: u64,
    /// Nanoseconds since 1970: of the content, and of anything.
    modified: i128,
    changed: i128,
    inode: (u64, u64),
}

/// A file of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PackFile {
    /// The number of its store.
    pub(super) store: u32,
    /// Its name.
    pub(super) name: Vec<u8>,
    pub(super) stamp: Stamp,
}

/// The state of a repository's stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Bytes of an id; whether objects may be absent; the boundary of a shallow clone, sorted.
    pub(super) width: usize,
    pub(super) partial: bool,
    pub(super) shallow: Vec<ObjectId>,
    /// The stores' directories, and those that are named and not there.
    pub(super) stores: Vec<Vec<u8>>,
    pub(super) lost: Vec<Vec<u8>>,
    /// Files in `pack/`, sorted.
    pub(super) packs: Vec<PackFile>,
    /// Loose objects by store, sorted.
    pub(super) loose: Vec<(u32, ObjectId, Stamp)>,
    /// False where a file is so new that it may yet change without another stamp.
    settled: bool,
}

impl State {
    /// The state of the stores of `repository`.
    pub(super) fn of(repository: &Repository) -> Result<Self, Error> {
        let path_bytes = |path: &std::path::PathBuf| path.as_os_str().as_encoded_bytes().to_vec();
        let mut shallow: Vec<ObjectId> = repository.shallow.iter().copied().collect();
        shallow.sort_unstable();
        let mut state = Self {
            width: repository.width,
            partial: repository.partial,
            shallow,
            stores: repository.stores.iter().map(path_bytes).collect(),
            lost: repository.lost_alternates.iter().map(path_bytes).collect(),
            packs: Vec::new(),
            loose: Vec::new(),
            settled: true,
        };
        for (number, store) in (0..).zip(&repository.stores) {
            let failed = |source| Error::Io { path: store.clone(), source };
            state.packs(number, &store.join("pack")).map_err(failed)?;
            state.loose(number, store)?;
        }
        state.packs.sort_by(|one, other| (one.store, &one.name).cmp(&(other.store, &other.name)));
        state.loose.sort_by_key(|&(store, id, _)| (store, id));
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
                self.packs.push(PackFile { store, name, stamp });
            }
        }
        Ok(())
    }

    fn loose(&mut self, store: u32, directory: &Path) -> Result<(), Error> {
        let mut ids = Vec::new();
        loose::list(directory, self.width, &mut ids).map_err(|(path, source)| Error::Io { path, source })?;
        for id in ids {
            let path = loose::path(directory, id);
            let seen = fs::metadata(&path).map_err(|source| Error::Io { path, source })?;
            let stamp = self.stamp(&seen);
            self.loose.push((store, id, stamp));
        }
        Ok(())
    }

    fn stamp(&mut self, file: &Metadata) -> Stamp {
        let (stamp, latest) = Stamp::of(file);
        let since = latest.map(|latest| SystemTime::now().duration_since(latest));
        self.settled &= matches!(since, Some(Ok(since)) if since > TICK);
        stamp
    }

    /// True where no file is so new that it may yet change without another stamp.
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
        });
        out.list(&self.loose, |out, (store, id, stamp)| {
            out.number((*store).into());
            out.bytes(id.as_bytes());
            stamp.write(out);
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
                Some(PackFile { store: from.word()?, name: bytes(from)?, stamp: Stamp::read(from)? })
            })?,
            loose: from.list(|from| Some((from.word()?, id(from)?, Stamp::read(from)?)))?,
            settled: true,
        })
    }
}

impl Stamp {
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
            (Self { len: file.len(), modified: modified_nanos, changed: 0, inode: (0, 0) }, modified)
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
