//! An opened repository whose objects are not listed yet: its directories, and the state of its store and its refs.
//!
//! Listing millions of objects would take too long for a second run. What is read here is cheap, and enough to know
//! whether anything has changed since the last run.

use super::{History, Options};
use crate::git::Error;
use crate::git::StoreStamp;
use crate::git::odb::NotExtended;
use crate::git::ref_store::Led;
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

    /// The state of the store: it differs if an object was added, removed or changed.
    pub fn state(&self) -> Result<StoreStamp, Error> {
        StoreStamp::of(&self.repository)
    }

    /// The present state of the store of the repository at `path`.
    pub fn state_of(path: &Path) -> Result<StoreStamp, Error> {
        StoreStamp::of(&Repository::open(path, Access::default())?)
    }

    /// The packed refs, as their file has them.
    pub fn packed_refs(&self) -> &[u8] {
        &self.refs.packed
    }

    /// The files of all other refs, serialised: if these and the packed refs are unchanged, so is every ref.
    pub fn unpacked_refs(&self) -> Vec<u8> {
        self.refs.unpacked()
    }

    /// How many refs there are, `HEAD`s included.
    pub(crate) fn ref_count(&self) -> u64 {
        self.listed.get_or_init(|| self.refs.list()).refs.len() as u64
    }

    /// The object that `HEAD` names, if there is one.
    pub(crate) fn head(&self) -> Option<String> {
        match self.repository.refs().head() {
            Ok(Led::To(id)) => Some(id.to_string()),
            _ => None,
        }
    }

    /// Lists the refs in advance: there may be tens of thousands.
    pub fn list_refs(&self) {
        self.listed.get_or_init(|| self.refs.list());
    }

    /// The repository and its refs.
    pub(super) fn into_parts(self) -> (Repository, Listed) {
        self.list_refs();
        let listed = self.listed.into_inner().unwrap_or_default();
        (self.repository, listed)
    }

    /// The history with only these objects: `listed` (ids, one after the other, ascending), and those added since the
    /// store was in the state `past`.
    ///
    /// # Errors
    /// Why these are not enough, or too many.
    pub(crate) fn beside(
        self,
        past: &StoreStamp,
        now: &StoreStamp,
        listed: &[u8],
        options: &Options,
    ) -> Result<History, NotExtended> {
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
