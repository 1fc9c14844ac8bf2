//! What one commit brings that another does not have: its tree against that of their merge base.
//!
//! The base side is the merge base and not BASE itself, so that what BASE's branch has gained since does
//! not count as removed, nor what it has lost as brought. Where there are several merge bases, the one that
//! git names first is it.

use super::{Changes, Options, Store, compare};
use crate::model::{Kind, ObjectId};
use crate::source::{Error, repository};
use git2::{Commit, ErrorCode, Repository};
use std::path::Path;

/// The difference that `range` (`BASE`, `BASE..HEAD` or `BASE...HEAD`, which mean the same; the head is
/// `HEAD` where none is named) makes in the repository that `dir` stands in.
pub fn open(dir: &Path, range: &str, options: &Options) -> Result<Changes, Error> {
    let repository = repository::open(dir, options.environment)?;
    let (base, head) = ends(range)?;
    let (old, new) = trees(&repository, base, head)?;
    let comparison = compare::trees(&Store::of(&repository)?, old, new);
    Changes::new(repository, Kind::Diff, comparison, options)
}

/// The tree that `range` is compared against, the merge base's, and what it is called.
pub(in crate::source) fn base_tree(
    repository: &Repository,
    range: &str,
) -> Result<(ObjectId, String), Error> {
    let (base, head) = ends(range)?;
    let ancestor = merge_base(repository, base, head)?;
    Ok((tree(&ancestor)?, format!("merge base {:.10}", ancestor.id().to_string())))
}

/// The tree of the head of `range`, and what it is called.
pub(in crate::source) fn head_of_range(
    repository: &Repository,
    range: &str,
) -> Result<(ObjectId, String), Error> {
    let (_, head) = ends(range)?;
    let head = commit(repository, head)?;
    Ok((tree(&head)?, format!("head {:.10}", head.id().to_string())))
}

fn ends(range: &str) -> Result<(&str, &str), Error> {
    let (base, head) = range.split_once("..").unwrap_or((range, ""));
    let head = head.strip_prefix('.').unwrap_or(head);
    if base.is_empty() {
        return Err(Error::Range { range: range.to_owned() });
    }
    Ok((base, if head.is_empty() { "HEAD" } else { head }))
}

/// The trees of the merge base and of the head.
fn trees(repository: &Repository, base: &str, head: &str) -> Result<(ObjectId, ObjectId), Error> {
    Ok((tree(&merge_base(repository, base, head)?)?, tree(&commit(repository, head)?)?))
}

fn merge_base<'a>(repository: &'a Repository, base: &str, head: &str) -> Result<Commit<'a>, Error> {
    let (old, new) = (commit(repository, base)?, commit(repository, head)?);
    let merge_base = match repository.merge_base(old.id(), new.id()) {
        Ok(id) => repository.find_commit(id),
        Err(error) => Err(error),
    };
    merge_base.map_err(|error| {
        let (base, head) = (base.to_owned(), head.to_owned());
        if repository.is_shallow() {
            Error::Shallow { base, head }
        } else if error.code() == ErrorCode::NotFound {
            Error::NoCommonAncestor { base, head }
        } else {
            let what = format!("The history between `{base}` and `{head}`");
            Error::Object { what, message: error.message().to_owned() }
        }
    })
}

fn commit<'a>(repository: &'a Repository, revision: &str) -> Result<Commit<'a>, Error> {
    let found = repository.revparse_single(revision).and_then(|object| object.peel_to_commit());
    found.map_err(|_| Error::Revision { revision: revision.to_owned(), shallow: repository.is_shallow() })
}

fn tree(commit: &Commit<'_>) -> Result<ObjectId, Error> {
    ObjectId::from_bytes(commit.tree_id().as_bytes()).ok_or_else(|| Error::Object {
        what: format!("The commit {}", commit.id()),
        message: "its tree's id has an odd length".to_owned(),
    })
}
