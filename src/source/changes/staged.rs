//! What `git commit` would record: the index, never the file on disk.
//!
//! [`open`] compares the index with HEAD; [`named`] takes the entries that a hook's caller names, whole,
//! changed or not. Which index it is git says through the environment: for `git commit -a` and `git commit
//! FILE` it is another one than the repository's own. A branch without a commit has nothing before, and a
//! conflict's sides are all read. A file with the mere intent to add is left out and told: a commit would
//! not record it.

use super::compare::{self, Comparison, is_at_or_below};
use super::{Changes, Options, Store};
use crate::git::index::Index;
use crate::git::path::git_path;
use crate::model::{Kind, ObjectId};
use crate::source::Error;
use crate::source::repository;
use git2::{ErrorCode, Repository};
use std::path::{Component, Path, PathBuf};

/// What is staged in the repository that `dir` stands in. Where there are `paths` (relative to `dir`), only
/// what stands at or below one of them; a path that neither HEAD nor the index knows is told as absent.
pub fn open(dir: &Path, paths: &[PathBuf], options: &Options) -> Result<Changes, Error> {
    let (repository, index) = load(dir, options)?;
    let head = head_tree(&repository)?;
    let mut comparison = compare::index_with_tree(&Store::of(&repository)?, &index, head);
    let mut absent = Vec::new();
    if !paths.is_empty() {
        let wanted: Vec<_> = paths.iter().map(|path| in_repository(&repository, dir, path)).collect();
        for (path, wanted) in paths.iter().zip(&wanted) {
            let known = wanted
                .as_ref()
                .is_some_and(|wanted| !entries(&index, wanted).is_empty() || comparison.knows(wanted));
            if !known {
                absent.push(path.to_string_lossy().into_owned());
            }
        }
        comparison.retain(|path| wanted.iter().flatten().any(|wanted| is_at_or_below(path, wanted)));
    }
    let changes = Changes::new(repository, Kind::Staged, comparison, options)?;
    Ok(Changes { absent, ..changes })
}

/// The index's entries at and below `paths` (relative to `dir`), changed or not; there are no bases. A
/// path that the index does not know is told as absent.
pub fn named(dir: &Path, paths: &[PathBuf], options: &Options) -> Result<Changes, Error> {
    let (repository, index) = load(dir, options)?;
    let store = Store::of(&repository)?;
    let mut comparison = Comparison::default();
    let mut absent = Vec::new();
    let mut taken = vec![false; index.entries().len()];
    for path in paths {
        let found =
            in_repository(&repository, dir, path).map(|wanted| entries(&index, &wanted)).unwrap_or_default();
        if found.is_empty() {
            absent.push(path.to_string_lossy().into_owned());
        }
        for at in found {
            if !std::mem::replace(&mut taken[at], true) {
                let entry = &index.entries()[at];
                comparison.take(&store, &index, entry);
            }
        }
    }
    drop(store);
    let changes = Changes::new(repository, Kind::Staged, comparison, options)?;
    Ok(Changes { absent, ..changes })
}

fn load(dir: &Path, options: &Options) -> Result<(Repository, Index), Error> {
    let repository = repository::open(dir, options.environment)?;
    let index = Index::load(&repository::index(&repository, options.environment))?;
    Ok((repository, index))
}

/// HEAD's tree; `None` on a branch without a commit.
pub(in crate::source) fn head_tree(repository: &Repository) -> Result<Option<ObjectId>, Error> {
    let unreadable =
        |error: git2::Error| Error::Object { what: "HEAD".to_owned(), message: error.message().to_owned() };
    match repository.head() {
        Ok(head) => {
            let commit = head.peel_to_commit().map_err(unreadable)?;
            Ok(ObjectId::from_bytes(commit.tree_id().as_bytes()))
        }
        Err(error) if error.code() == ErrorCode::UnbornBranch => Ok(None),
        Err(error) => Err(unreadable(error)),
    }
}

/// The numbers of the entries at and below a path.
fn entries(index: &Index, path: &[u8]) -> Vec<usize> {
    let all = 0..index.entries().len();
    if path.is_empty() {
        return all.collect();
    }
    let mut prefix = path.to_vec();
    let exact = index.range_at(all.clone(), &prefix);
    prefix.push(b'/');
    exact.chain(index.below(all, &prefix)).collect()
}

/// What the repository calls `path`, which is relative to `dir`; `None` where it stands outside.
pub(in crate::source) fn in_repository(repository: &Repository, dir: &Path, path: &Path) -> Option<Vec<u8>> {
    let Some(top) = repository.workdir() else {
        return Some(git_path(&plain(path)).into_owned());
    };
    let top = top.canonicalize().ok()?;
    let dir = dir.canonicalize().ok()?;
    let path = plain(&dir.join(path));
    let inside = match path.strip_prefix(&top) {
        Ok(inside) => inside.to_owned(),
        // An absolute path by way of a link: only its directory is resolved, for the file may be gone.
        Err(_) => path.parent()?.canonicalize().ok()?.strip_prefix(&top).ok()?.join(path.file_name()?),
    };
    Some(git_path(&inside).into_owned())
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, part| {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
        plain
    })
}
