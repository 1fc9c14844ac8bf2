//! What `git commit` would record: the index, never the file on disk.
//!
//! [`open`] compares the index with HEAD; [`named`] takes the entries that a hook's caller names. Git names the index
//! in the environment: for `git commit -a` and `git commit FILE` it is not the repository's own. On a branch without a
//! commit there is nothing before, and all sides of a conflict are read. A file with the intent to add only is left out
//! and reported as such: a commit would not record it.

use super::compare::{self, Comparison, FileSide, is_at_or_below};
use super::tree_walk::Trees;
use super::{Bases, Changes, Options};
use crate::git::commits::Commits;
use crate::git::index::Index;
use crate::git::odb::reader::ObjectReader;
use crate::git::ref_store::Led;
use crate::git::{Access, Repository};
use crate::model::{ObjectId, Source};
use crate::source::Error;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is staged in the repository that `dir` is in. If there are `paths` (relative to `dir`), only what is at or
/// below one of them; a path that neither HEAD nor the index knows is reported as absent. `index` is the repository's, if
/// it has been read.
pub(crate) fn open(
    dir: &Path,
    paths: &[PathBuf],
    index: Option<Arc<Index>>,
    options: &Options,
) -> Result<Changes, Error> {
    let Staged { repository, objects, index, comparison } = Staged::load(dir, index, options)?;
    let mut absent = Vec::new();
    let wanted: Vec<_> = paths.iter().map(|path| repository.name_of(dir, path)).collect();
    for (path, wanted) in paths.iter().zip(&wanted) {
        let known = wanted
            .as_ref()
            .is_some_and(|wanted| !entries(&index, wanted).is_empty() || knows(&comparison, wanted));
        if !known {
            absent.push(path.to_string_lossy().into_owned());
        }
    }
    let wanted = (!paths.is_empty()).then(|| wanted.into_iter().flatten().collect());
    let mut changes = Changes::new(repository, objects, Source::Staged, comparison, Bases::One, options)?;
    changes.absent = absent;
    changes.wanted = wanted;
    Ok(changes)
}

/// The index's entries at and below `paths` (relative to `dir`). Those that differ from HEAD are read as in [`open`]:
/// what was there before, in any file that changes, is not new. Those that do not differ are read for their own sake:
/// the caller named them to know what is in them. A path that the index does not know is reported as absent.
pub(crate) fn named(
    dir: &Path,
    paths: &[PathBuf],
    index: Option<Arc<Index>>,
    options: &Options,
) -> Result<Changes, Error> {
    let Staged { repository, objects, index, mut comparison } = Staged::load(dir, index, options)?;
    let mut absent = Vec::new();
    let mut taken = vec![false; index.entries().len()];
    for path in paths {
        let found = repository.name_of(dir, path).map(|wanted| entries(&index, &wanted)).unwrap_or_default();
        if found.is_empty() {
            absent.push(path.to_string_lossy().into_owned());
        }
        found.into_iter().for_each(|at| taken[at] = true);
    }
    let taken: Vec<_> =
        index.entries().iter().zip(taken).filter(|(_, taken)| *taken).map(|(entry, _)| entry).collect();
    let changed: HashSet<(Vec<u8>, ObjectId)> =
        comparison.heads.iter().chain(&comparison.modes).map(|side| (side.path.clone(), side.id)).collect();
    let modes = std::mem::take(&mut comparison.modes);
    // All changed files decide what is old; only what is named is in scope.
    let Comparison { bases, directories, notes, .. } = comparison;
    let removed = directories.into_iter().filter(|(_, sides)| sides.head.is_none()).collect();
    let mut named = Comparison { bases, directories: removed, notes, ..Comparison::default() };
    // A file whose mode alone changes has the same content on both sides.
    named.bases.extend(modes);
    for entry in taken {
        named.add_entry(index.path(entry), entry);
    }
    for side in &mut named.heads {
        side.is_whole = !changed.contains(&(side.path.clone(), side.id));
    }
    let mut changes = Changes::new(repository, objects, Source::Staged, named, Bases::One, options)?;
    changes.absent = absent;
    changes.are_whole = true;
    Ok(changes)
}

/// An index and what it has that HEAD does not.
struct Staged {
    repository: Repository,
    objects: ObjectReader,
    index: Arc<Index>,
    comparison: Comparison,
}

impl Staged {
    fn load(dir: &Path, index: Option<Arc<Index>>, options: &Options) -> Result<Self, Error> {
        let access = Access { environment: options.environment, owner: true };
        let repository = Repository::open(dir, access)?;
        let index = index.map_or_else(|| repository.index().map(Arc::new), Ok)?;
        if repository.work_tree().is_none() && index.entries().is_empty() {
            return Err(Error::NoIndex { repository: dir.to_owned() });
        }
        let objects = ObjectReader::new(&repository);
        let head = head_tree(&repository, &objects)?;
        let comparison = compare::index_with_tree(&Trees::new(&objects), &index, head);
        Ok(Self { repository, objects, index, comparison })
    }
}

/// HEAD's tree; `None` on a branch without a commit.
pub(in crate::source) fn head_tree(
    repository: &Repository,
    objects: &ObjectReader,
) -> Result<Option<ObjectId>, Error> {
    match repository.refs().head()? {
        Led::To(commit) => Ok(Some(Commits::new(repository, objects).get(commit)?.tree)),
        Led::Unborn(_) => Ok(None),
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

/// True if the path, or something below it, is on one of the sides that differ.
fn knows(comparison: &Comparison, path: &[u8]) -> bool {
    let sides: [&[FileSide]; 2] = [&comparison.heads, &comparison.bases];
    let files = sides.into_iter().flatten().map(|side| side.path.as_slice());
    let directories = comparison.directories.iter().map(|(path, _)| path.as_slice());
    let excluded = comparison.excluded.iter().map(|(path, _)| path.as_slice());
    files
        .chain(directories)
        .chain(excluded)
        .any(|found| is_at_or_below(found, path) || is_at_or_below(path, found))
}
