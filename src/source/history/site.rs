//! An opened repository whose objects are not listed yet: its directories, and the state of its store and its refs.
//!
//! Listing millions of objects takes longer than a second look at a history should. What is read here is cheap, and
//! enough to say whether anything is different from the last time.

use super::{History, Options};
use crate::git::Error;
use crate::git::StoreStamp;
use crate::git::refs::{Listed, Sources};
use crate::git::{Access, Repository};
use std::path::Path;
use std::sync::OnceLock;

/// A repository whose objects have not been listed.
#[derive(Debug)]
pub struct Site {
    repository: Repository,
    refs: Sources,
    /// The refs, once they have been listed.
    listed: OnceLock<Listed>,
}

impl Site {
    /// The repository at `path`: a work tree (linked or not) or a directory in it, a git directory, a bare repository.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let repository = Repository::open(path, Access::default())?;
        let refs = Sources::read(&repository)?;
        Ok(Self { repository, refs, listed: OnceLock::new() })
    }

    /// The directory that all worktrees share.
    pub fn common_dir(&self) -> &Path {
        &self.repository.common_dir
    }

    /// The git directory; of a linked worktree its own one.
    pub fn git_dir(&self) -> &Path {
        &self.repository.git_dir
    }

    /// The state of the store: what would be different if an object had come, gone or changed.
    pub fn state(&self) -> Result<StoreStamp, Error> {
        StoreStamp::of(&self.repository)
    }

    /// The state by now of the store of the repository at `path`.
    pub fn state_of(path: &Path) -> Result<StoreStamp, Error> {
        StoreStamp::of(&Repository::open(path, Access::default())?)
    }

    /// The packed refs, as their file has them.
    pub fn packed_refs(&self) -> &[u8] {
        &self.refs.packed
    }

    /// What the other refs say, as the files that say it; with the packed ones equal only where each ref is what it was.
    pub fn refs_told(&self) -> Vec<u8> {
        self.refs.told()
    }

    /// Lists the refs, if there is time before they are needed: there may be tens of thousands.
    pub fn list_refs(&self) {
        self.listed.get_or_init(|| self.refs.list());
    }

    /// The repository and its refs.
    pub(super) fn into_parts(self) -> (Repository, Listed) {
        self.list_refs();
        let listed = self.listed.into_inner().unwrap_or_default();
        (self.repository, listed)
    }

    /// The history of which only the objects `listed` are listed (ids, one after the other, ascending) and those that have
    /// come since the store was in the state `past`; `None` if others have gone since, or changed.
    pub(crate) fn beside(
        self,
        past: &StoreStamp,
        now: &StoreStamp,
        listed: &[u8],
        options: &Options,
    ) -> Option<History> {
        History::beside(self, past, now, listed, options)
    }

    /// The repository.
    pub(crate) fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Lists the objects.
    pub fn history(self, options: &Options) -> Result<History, Error> {
        History::of(self, options)
    }
}
