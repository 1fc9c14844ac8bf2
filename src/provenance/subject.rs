//! What is attributed: a store, its refs, the part of it that is read, and what was noted while its texts were read.

use crate::git::Repository;
use crate::git::commit_links::Gathered;
use crate::git::odb::ObjectDatabase;
use crate::git::odb::missing::{Counts, Missing, Unread};
use crate::git::odb::object_set::ObjectRange;
use crate::git::refs::Refs;
use crate::model::Names;
use std::borrow::Cow;

/// A store and its refs.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    /// The repository.
    pub(crate) repository: &'a Repository,
    /// True if objects may be absent because a partial clone left them at its origin.
    pub(crate) partial: bool,
    /// Its objects.
    pub(crate) objects: &'a ObjectDatabase,
    /// All refs.
    pub(crate) refs: &'a Refs,
    /// The refs whose history is read.
    pub(crate) meant: Cow<'a, Refs>,
    /// The names of refs in which secrets are looked for, those of broken and unborn refs among them.
    pub(crate) ref_names: Vec<&'a str>,
    /// The part of the history that is read, if that is not all.
    pub(crate) range: Option<&'a ObjectRange>,
}

impl<'a> Subject<'a> {
    /// The full name of the branch that `HEAD` names, if that is known.
    pub(crate) fn main_branch(&self) -> Option<String> {
        self.repository.refs().head_branch()
    }

    /// Notes in `unread` what something names and the store lacks. If only a part of the store is `listed`, the rest of
    /// it is searched too.
    pub(crate) fn missing<'u>(&'u self, unread: &'u Unread, listed: StoreListing) -> Missing<'u> {
        Missing {
            table: &self.objects.table,
            unread,
            partial: self.partial,
            shallow: &self.repository.shallow,
            elsewhere: (listed == StoreListing::InPart).then_some(self.objects),
        }
    }
}

/// How much of a store is in the table of its objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreListing {
    /// All of it.
    Whole,
    /// What matters of an earlier run, and what is new since then.
    InPart,
}

/// What the pass over the texts left.
#[derive(Debug)]
pub(crate) struct GatheredTexts<'a> {
    /// What commits and tags name.
    pub(crate) gathered: Gathered,
    /// Who made them.
    pub(crate) people: &'a Names,
    /// Where what cannot be read is noted.
    pub(crate) unread: &'a Unread,
    /// Where trees are counted.
    pub(crate) counts: &'a Counts,
}
