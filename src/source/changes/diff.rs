//! What one commit adds that another does not have: its tree against that of their merge base.
//!
//! The base side is the merge base and not BASE itself, so that what BASE's branch has added since does not count as
//! removed, nor what it has removed as added. If there are several merge bases, no single one decides what was there
//! before: a file is old only if all of them have it, or BASE itself has.

use super::compare::Comparison;
use super::push::Refs;
use super::tree_walk::Sides;
use super::{Bases, Changes, Options, Range};
use crate::git::commits::Commits;
use crate::git::object::is_empty_tree;
use crate::git::odb::reader::ObjectReader;
use crate::git::revision::{Resolved, Revisions};
use crate::git::{Access, Repository};
use crate::model::{ObjectId, Source};
use crate::source::Error;
use std::path::Path;

/// The two ends of a range, and what they have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::source) struct Ends {
    /// BASE; `None` if nothing was before.
    pub(in crate::source) base: Option<ObjectId>,
    /// HEAD.
    pub(in crate::source) head: ObjectId,
    /// The annotated tags by which HEAD is named.
    pub(in crate::source) tags: Vec<ObjectId>,
    /// Their merge bases: one at least, unless nothing was before.
    pub(in crate::source) merge_bases: Vec<ObjectId>,
}

/// The difference that `range` (`BASE`, `BASE..HEAD` or `BASE...HEAD`, which mean the same; the head is `HEAD` by
/// default) makes in the repository that `dir` is in.
pub fn open(dir: &Path, range: &str, options: &Options) -> Result<Changes, Error> {
    let repository = Repository::open(dir, Access { environment: options.environment, owner: true })?;
    let objects = ObjectReader::new(&repository);
    let commits = Commits::new(&repository, &objects);
    let ends = Ends::resolve(&repository, &objects, &commits, range)?;
    let (bases, olds) = match (ends.base, ends.merge_bases.as_slice()) {
        (None, _) => (Bases::One, vec![None]),
        (Some(_), [only]) => (Bases::One, vec![Some(*only)]),
        (base, several) => {
            (Bases::Several, std::iter::once(base).chain(several.iter().copied().map(Some)).collect())
        }
    };
    let tree = |id: ObjectId| commits.get(id).map(|commit| commit.tree);
    let olds = olds.into_iter().map(|id| id.map(tree).transpose()).collect::<Result<_, _>>()?;
    let sides = Sides { head: Some(tree(ends.head)?), bases: olds };
    drop(commits);
    let comparison = Comparison { directories: vec![(Vec::new(), sides)], ..Comparison::default() };
    let changes = Changes::new(repository, objects, Source::Diff, comparison, bases, options)?;
    let range = Range {
        base: ends.base,
        known: ends.bases(),
        heads: vec![ends.head],
        refs: Refs::of_tags(&ends.tags),
        is_behind: ends.merge_bases == [ends.head] && ends.base != Some(ends.head),
    };
    Ok(Changes { range: Some(range), ..changes })
}

/// The tree that settings come from for `range`, and what it is called: the merge base's. If there are several, it is
/// BASE's own.
pub(in crate::source) fn base_tree(
    repository: &Repository,
    objects: &ObjectReader,
    range: &str,
) -> Result<(Option<ObjectId>, String), Error> {
    let commits = Commits::new(repository, objects);
    let ends = Ends::resolve(repository, objects, &commits, range)?;
    let (from, what) = match (ends.base, ends.merge_bases.as_slice()) {
        (None, _) => return Ok((None, "nothing before".to_owned())),
        (Some(_), [only]) => (*only, "merge base"),
        (Some(base), _) => (base, "base"),
    };
    Ok((Some(commits.get(from)?.tree), format!("{what} {:.10}", from.to_string())))
}

/// The tree of the head of `range`, and what it is called.
pub(in crate::source) fn head_tree(
    repository: &Repository,
    objects: &ObjectReader,
    range: &str,
) -> Result<(ObjectId, String), Error> {
    let commits = Commits::new(repository, objects);
    let (_, head) = names(range)?;
    let head = Revisions::new(repository, objects, &commits).resolve(head)?.commit;
    Ok((commits.get(head)?.tree, format!("head {:.10}", head.to_string())))
}

impl Ends {
    /// The commits whose history is not the range's.
    pub(super) fn bases(&self) -> Vec<ObjectId> {
        self.base.into_iter().collect()
    }

    /// The ends of `range`.
    pub(in crate::source) fn resolve(
        repository: &Repository,
        objects: &ObjectReader,
        commits: &Commits<'_>,
        range: &str,
    ) -> Result<Self, Error> {
        let (base_name, head_name) = names(range)?;
        let revisions = Revisions::new(repository, objects, commits);
        let Resolved { commit: head, tags } = revisions.resolve(head_name)?;
        if is_nothing(base_name) {
            return Ok(Self { base: None, head, tags, merge_bases: Vec::new() });
        }
        let base = revisions.resolve(base_name)?.commit;
        let merge_bases = commits.merge_bases(base, head);
        let is_shallow = !repository.shallow.is_empty();
        let (base_name, head_name) = (base_name.to_owned(), head_name.to_owned());
        match merge_bases {
            Ok(merge_bases) if !merge_bases.is_empty() => {
                Ok(Self { base: Some(base), head, tags, merge_bases })
            }
            _ if is_shallow => Err(Error::Shallow { base: base_name, head: head_name }),
            Ok(_) => Err(Error::NoCommonAncestor { base: base_name, head: head_name }),
            Err(error) => Err(error.into()),
        }
    }
}

/// True for what git and its hosts write as the base if there was nothing before: an id of zeros, or the empty tree.
fn is_nothing(base: &str) -> bool {
    let is_zero = matches!(base.len(), 40 | 64) && base.bytes().all(|byte| byte == b'0');
    is_zero || ObjectId::from_hex(base).is_some_and(is_empty_tree)
}

/// The names of a range's ends.
fn names(range: &str) -> Result<(&str, &str), Error> {
    let (base, head) = range.split_once("..").unwrap_or((range, ""));
    let head = head.strip_prefix('.').unwrap_or(head);
    if base.is_empty() {
        return Err(Error::Range { range: range.to_owned() });
    }
    Ok((base, if head.is_empty() { "HEAD" } else { head }))
}
