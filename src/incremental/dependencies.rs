//! What the result of a run depends on besides the store and the refs: LFS objects, and the index.
//!
//! A later run repeats the results of an earlier one only if these are the same.

use crate::git::limits::LARGEST;
use crate::git::{Repository, digest, lfs};
use crate::record::{Reader, Writer};
use crate::regular_file;
use crate::source::history::{LfsObjects, Site, hex};
use std::path::PathBuf;

/// Bytes of a digest.
const DIGEST: usize = 32;

/// What a result depends on besides the store and the refs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dependencies {
    lfs: LfsObjects,
    /// A digest of the index files, if they were searched for paths.
    indexes: Option<Vec<u8>>,
}

impl Dependencies {
    /// The dependencies of a run that looked for these LFS objects, and that read the index files of `repository` if
    /// `are_asked`.
    pub(crate) fn of(repository: &Repository, lfs: LfsObjects, are_asked: bool) -> Self {
        Self { lfs, indexes: are_asked.then(|| indexes_digest(repository)) }
    }

    /// Adds the dependencies of the earlier run that this one extended; that run searched the index for nothing that
    /// this one did not.
    pub(crate) fn go_on(&mut self, earlier: Self) {
        for (id, is_here) in earlier.lfs {
            self.lfs.entry(id).or_insert(is_here);
        }
    }

    /// True if the LFS objects are still here, or still absent.
    pub(crate) fn has_same_lfs(&self, site: &Site) -> bool {
        let common_dir = &site.repository().common_dir;
        let is_here = |id| matches!(lfs::open(common_dir, &hex(id)), Ok(Some(_)));
        self.lfs.iter().all(|(id, &was_here)| is_here(id) == was_here)
    }

    /// True if none of it has changed.
    pub(crate) fn is_same(&self, site: &Site) -> bool {
        let is_same_index = |earlier: &Vec<u8>| *earlier == indexes_digest(site.repository());
        self.indexes.as_ref().is_none_or(is_same_index) && self.has_same_lfs(site)
    }

    /// Writes it down.
    pub(crate) fn write(&self, out: &mut Writer) {
        out.list(&self.lfs, |out, (id, is_here)| {
            out.raw(id);
            out.flag(*is_here);
        });
        out.option(self.indexes.as_ref(), |out, digest| out.bytes(digest));
    }

    /// Reads what [`Self::write`] wrote.
    pub(crate) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let lfs = from.list(|from| Some((from.raw(DIGEST)?.try_into().ok()?, from.flag()?)))?;
        let indexes = from.option(|from| from.bytes().map(<[u8]>::to_vec))?;
        Some(Self { lfs: lfs.into_iter().collect(), indexes })
    }
}

/// A digest of the index files. (What a split index shares never changes under its name.)
pub(crate) fn indexes_digest(repository: &Repository) -> Vec<u8> {
    let read = |dir: PathBuf| regular_file::read(&dir.join("index"), LARGEST).unwrap_or_default();
    let digests: Vec<u8> =
        repository.index_dirs().into_iter().flat_map(|dir| digest::of(&[&read(dir)], DIGEST)).collect();
    digest::of(&[&digests], DIGEST)
}
