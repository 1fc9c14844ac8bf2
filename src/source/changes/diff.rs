//! What one commit brings that another does not have: its tree against that of their merge base.
//!
//! The base side is the merge base and not BASE itself, so that what BASE's branch has gained since does not count as
//! removed, nor what it has lost as brought. If there are several merge bases, none of them says alone what was before: a
//! file is old only if all of them have it, or BASE itself has.

use super::compare::Comparison;
use super::tree_walk::Sides;
use super::{Bases, Changes, Options};
use crate::git::commits::Commits;
use crate::git::odb::reader::ObjectReader;
use crate::git::revision::Revisions;
use crate::git::{Access, Repository};
use crate::model::{Kind, ObjectId};
use crate::source::Error;
use std::path::Path;

/// The two ends of a range, and what they have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::source) struct Ends {
    /// BASE.
    pub(in crate::source) base: ObjectId,
    /// HEAD.
    pub(in crate::source) head: ObjectId,
    /// Their merge bases; one at least.
    pub(in crate::source) merge_bases: Vec<ObjectId>,
}

/// The difference that `range` (`BASE`, `BASE..HEAD` or `BASE...HEAD`, which mean the same; the head is `HEAD` if none is
/// named) makes in the repository that `dir` is in.
pub fn open(dir: &Path, range: &str, options: &Options) -> Result<Changes, Error> {
    let repository = Repository::open(dir, Access { environment: options.environment, owner: true })?;
    let objects = ObjectReader::new(&repository);
    let commits = Commits::new(&repository, &objects);
    let ends = Ends::resolve(&repository, &objects, &commits, range)?;
    let (bases, olds) = match ends.merge_bases.as_slice() {
        [only] => (Bases::One, vec![*only]),
        several => (Bases::Several, std::iter::once(ends.base).chain(several.iter().copied()).collect()),
    };
    let tree = |id: ObjectId| commits.get(id).map(|commit| commit.tree);
    let olds = olds.into_iter().map(|id| tree(id).map(Some)).collect::<Result<_, _>>()?;
    let sides = Sides { head: Some(tree(ends.head)?), bases: olds };
    drop(commits);
    let comparison = Comparison { directories: vec![(Vec::new(), sides)], ..Comparison::default() };
    Changes::new(repository, objects, Kind::Diff, comparison, bases, options)
}

/// The tree that settings come from for `range`: the merge base's. If there are several, none of them is what was agreed
/// on last, so that it is BASE's own.
pub(in crate::source) fn base_tree(
    repository: &Repository,
    objects: &ObjectReader,
    range: &str,
) -> Result<ObjectId, Error> {
    let commits = Commits::new(repository, objects);
    let ends = Ends::resolve(repository, objects, &commits, range)?;
    let from = match ends.merge_bases.as_slice() {
        [only] => *only,
        _ => ends.base,
    };
    Ok(commits.get(from)?.tree)
}

impl Ends {
    /// The ends of `range`.
    pub(in crate::source) fn resolve(
        repository: &Repository,
        objects: &ObjectReader,
        commits: &Commits<'_>,
        range: &str,
    ) -> Result<Self, Error> {
        let (base_name, head_name) = names(range)?;
        let revisions = Revisions::new(repository, objects, commits);
        let base = revisions.resolve(base_name)?.commit;
        let head = revisions.resolve(head_name)?.commit;
        let merge_bases = commits.merge_bases(base, head);
        let is_shallow = !repository.shallow.is_empty();
        let (base_name, head_name) = (base_name.to_owned(), head_name.to_owned());
        match merge_bases {
            Ok(merge_bases) if !merge_bases.is_empty() => Ok(Self { base, head, merge_bases }),
            _ if is_shallow => Err(Error::Shallow { base: base_name, head: head_name }),
            Ok(_) => Err(Error::NoCommonAncestor { base: base_name, head: head_name }),
            Err(error) => Err(error.into()),
        }
    }
}

/// What a range calls its ends.
fn names(range: &str) -> Result<(&str, &str), Error> {
    let (base, head) = range.split_once("..").unwrap_or((range, ""));
    let head = head.strip_prefix('.').unwrap_or(head);
    if base.is_empty() {
        return Err(Error::Range { range: range.to_owned() });
    }
    Ok((base, if head.is_empty() { "HEAD" } else { head }))
}
