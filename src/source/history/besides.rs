//! What the answer of a run depends on besides the store and the refs: LFS objects, and the index.
//!
//! A later run that would otherwise believe what an earlier one found asks whether it is still the same.

use super::Site;
use super::unopened::{LfsObjects, hex};
use crate::git::index::{Index, Location};
use crate::git::repository::LARGEST;
use crate::git::{Repository, digest, lfs};
use crate::model::ObjectId;
use crate::record::{Reader, Writer};
use crate::regular_file;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

/// Bytes of a digest.
const DIGEST: usize = 32;

/// What an answer depends on besides the store and the refs.
#[derive(Clone, Debug, Default)]
pub struct Besides {
    lfs: LfsObjects,
    /// A digest of the index files, if they were asked for paths.
    indexes: Option<Vec<u8>>,
}

impl Besides {
    /// What a run depends on that looked for these LFS objects, and asked the index files of `repository` if `are_asked`.
    pub(super) fn of(repository: &Repository, lfs: LfsObjects, are_asked: bool) -> Self {
        Self { lfs, indexes: are_asked.then(|| indexes_told(repository)) }
    }

    /// Adds what the run depends on that this one went on from; that asked the index for nothing that this one did not.
    pub fn go_on(&mut self, earlier: Self) {
        for (id, is_here) in earlier.lfs {
            self.lfs.entry(id).or_insert(is_here);
        }
    }

    /// True if the LFS objects are still here, or still not.
    pub fn has_same_lfs(&self, site: &Site) -> bool {
        let common_dir = &site.repository.common_dir;
        let is_here = |id| matches!(lfs::open(common_dir, &hex(id)), Ok(Some(_)));
        self.lfs.iter().all(|(id, &was_here)| is_here(id) == was_here)
    }

    /// True if all of it is what it was.
    pub fn is_same(&self, site: &Site) -> bool {
        let is_same_index = |told: &Vec<u8>| *told == indexes_told(&site.repository);
        self.indexes.as_ref().is_none_or(is_same_index) && self.has_same_lfs(site)
    }

    /// Writes it down.
    pub fn write(&self, out: &mut Writer) {
        out.list(&self.lfs, |out, (id, is_here)| {
            out.raw(id);
            out.flag(*is_here);
        });
        out.option(self.indexes.as_ref(), |out, told| out.bytes(told));
    }

    /// Reads what [`Self::write`] wrote.
    pub fn read(from: &mut Reader<'_>) -> Option<Self> {
        let lfs = from.list(|from| Some((from.raw(DIGEST)?.try_into().ok()?, from.flag()?)))?;
        let indexes = from.option(|from| from.bytes().map(<[u8]>::to_vec))?;
        Some(Self { lfs: lfs.into_iter().collect(), indexes })
    }
}

/// The git directories that have an index: the shared one, and those of linked worktrees, by name.
fn git_dirs(repository: &Repository) -> Vec<PathBuf> {
    let linked = std::fs::read_dir(repository.common_dir.join("worktrees")).into_iter().flatten().flatten();
    let linked: BTreeSet<PathBuf> = linked.map(|entry| entry.path()).collect();
    std::iter::once(repository.common_dir.clone()).chain(linked).collect()
}

/// A digest of the index files. (What a split index shares never changes under its name.)
fn indexes_told(repository: &Repository) -> Vec<u8> {
    let read = |dir: PathBuf| regular_file::read(&dir.join("index"), LARGEST).unwrap_or_default();
    let digests: Vec<u8> =
        git_dirs(repository).into_iter().flat_map(|dir| digest::of(&[&read(dir)], DIGEST)).collect();
    digest::of(&[&digests], DIGEST)
}

/// The paths at which the index has the blobs `wanted`, the first of each. An index that cannot be read tells none:
/// it is not what is scanned here.
pub(super) fn staged(repository: &Repository, wanted: &BTreeSet<ObjectId>) -> HashMap<ObjectId, Vec<u8>> {
    let mut paths = HashMap::new();
    if wanted.is_empty() {
        return paths;
    }
    for git_dir in git_dirs(repository) {
        let location = Location { file: git_dir.join("index"), git_dir, id_len: repository.width };
        let Ok(index) = Index::load(&location) else { continue };
        for entry in index.entries().iter().filter(|entry| wanted.contains(&entry.id)) {
            if !entry.is_submodule() && !entry.is_sparse_directory() {
                paths.entry(entry.id).or_insert_with(|| index.path(entry).to_vec());
            }
        }
    }
    paths
}
