//! Files and directories on disk.
//!
//! What is read: hidden files, tracked files ignored or not, and untracked files unless a `.gitignore`
//! inside the repository covers them. The user's own ignore file, `.git/info/exclude` and ignore files
//! above the repository do not count: a laptop and CI must agree. Outside a repository all is read. A
//! directory that is left out counts as one.
//!
//! Symbolic links are not followed (a target inside the tree is read at its own place): a link's content is its target,
//! as in git, and that is scanned. The names of what is read are given out, too, many at once.
//!
//! Not read, and counted: submodules, repositories inside a repository that does not track them (a scratch worktree of
//! some tool; name it to scan it), LFS pointers without their object, and FIFOs, sockets and devices, which are never
//! opened. Below a directory that is in no repository, the repositories are each read by their own rules. The
//! repository's own `.git` is no file of its working tree: it is left to `history` and not counted.
//!
//! A bare repository's files are read as files. Its objects are compressed, so little is found in them: a
//! note says so.
//!
//! A path named by the caller is never excluded: it is followed if it is a link, and read if it is ignored.

mod file;
mod ignores;
mod read;
mod walk;

use super::excludes::Excludes;
use super::{Error, Opening, Sink, pool, reason, stopped};
use crate::git::Repository;
use crate::git::index::Index;
use crate::git::path::git_path;
use crate::model::Coverage;
use crate::shown_path::shown_path;
use file::File;
use ignores::Ignores;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use walk::{Directory, DirectoryWalk};

/// What to read, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Files and directories; none means the current directory. A path inside another one is still read once.
    pub paths: Vec<PathBuf>,
    /// Read what `.gitignore` covers, too.
    pub no_ignore: bool,
    /// The configuration's exclude patterns, as in a `.gitignore` at the repository's root. They
    /// apply to tracked files, too.
    pub exclude: Vec<String>,
    /// Leave out files of more bytes than this.
    pub max_file_size: Option<u64>,
    /// Bytes that a piece of a large file needs on each side.
    pub margin: usize,
    /// Whether containers are opened.
    pub containers: Opening,
    /// Threads; 0 means one for each core.
    pub threads: usize,
    /// Once this is true no further file is read, and the coverage says that the run was interrupted.
    pub stop: Option<&'static AtomicBool>,
}

/// Reads the files that `options` name and gives them to `sink`, in no particular order, from several
/// threads. Places are relative to the root of the repository they are in, or as given outside one and if there are several.
pub fn scan(options: &Options, sink: &Sink<'_>) -> Result<Coverage, Error> {
    let excludes = Excludes::parse(&options.exclude)?;
    let here = [PathBuf::from(".")];
    let mut coverage = Coverage::default();
    let named = named(if options.paths.is_empty() { &here } else { &options.paths }, &mut coverage)?;
    let mut trees = Trees { are_shown: is_in_several(&named)?, ..Trees::default() };
    let (mut directories, mut files) = (Vec::new(), Vec::new());
    for (path, given) in &named {
        let kind = match path.metadata() {
            Ok(metadata) => metadata.file_type(),
            Err(error) => {
                miss(given, &error, &mut coverage)?;
                continue;
            }
        };
        if kind.is_dir() {
            let tree = trees.at(path, given, options.no_ignore)?;
            directories.push(Directory::top(path, &tree));
        } else if kind.is_file() {
            let tree = trees.at(
                path.parent().unwrap_or(path),
                given.parent().unwrap_or(given),
                options.no_ignore,
            )?;
            let relative = path.strip_prefix(&tree.top).unwrap_or(path);
            let shown = if tree.repository.is_some() { tree.shown(relative) } else { shown_as_given(given) };
            files.push((tree, File { path: path.clone(), shown, named: true, is_link: false }));
        } else {
            coverage.miss(reason::of_special(kind), shown_as_given(given));
        }
    }
    let walk = DirectoryWalk::new(options, excludes, named.into_keys().collect(), sink);
    pool(options.threads)?.in_place_scope(|scope| {
        for directory in directories {
            walk.count_sparse(&directory);
            walk.enter(scope, directory);
        }
        for (tree, file) in files {
            walk.read_one(scope, tree, file);
        }
    });
    coverage.merge(walk.finish());
    coverage.interrupted |= stopped(options.stop);
    Ok(coverage)
}

/// Why a scan of the whole repository leaves out the file at `path`, if it does: reading it by its name does not.
///
/// # Errors
///
/// If a pattern of `options` is none, or the repository cannot be opened.
pub fn left_out(path: &Path, options: &Options) -> Result<Option<&'static str>, Error> {
    let excludes = Excludes::parse(&options.exclude)?;
    let Ok(path) = path.canonicalize() else { return Ok(None) };
    let Some(parent) = path.parent() else { return Ok(None) };
    let tree = Trees::default().at(parent, parent, options.no_ignore)?;
    let relative = path.strip_prefix(&tree.top).unwrap_or(&path);
    if excludes.covers_file(relative) {
        return Ok(Some("`exclude` of the configuration covers it"));
    }
    let is_tracked = !tree.index.at(tree.tracked(Path::new("")), &git_path(relative)).is_empty();
    let covers = |ignores: &Ignores| {
        let mut above = relative.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
        above.any(|folder| ignores.cover(folder, true)) || ignores.cover(relative, false)
    };
    let is_ignored = !is_tracked && tree.ignores_above(relative).is_some_and(|ignores| covers(&ignores));
    Ok(is_ignored.then_some("it is not tracked, and a .gitignore covers it"))
}

/// The first of `paths` that is a directory which contains only directories and git's own files.
pub fn barren(paths: &[PathBuf]) -> Option<&PathBuf> {
    paths.iter().find(|path| path.is_dir() && !holds_something(path))
}

/// Whether something that a scan counts is below `top`; a directory that cannot be listed counts. It ends
/// at the first file, so it costs nothing unless there is none.
fn holds_something(top: &Path) -> bool {
    let mut pending = vec![top.to_owned()];
    while let Some(directory) = pending.pop() {
        let Ok(entries) = directory.read_dir() else { return true };
        for entry in entries {
            let Ok(entry) = entry else { return true };
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && entry.file_name() != ".git" => pending.push(entry.path()),
                Ok(_) if entry.file_name() == ".git" => {}
                _ => return true,
            }
        }
    }
    false
}

/// The tree of files that a path belongs to: a repository's working tree, or a directory in none.
#[derive(Debug)]
struct Tree {
    /// Its top, canonical.
    top: PathBuf,
    /// How its top is shown: nothing for a named repository, or as given.
    prefix: PathBuf,
    /// The repository, if it is one.
    repository: Option<Repository>,
    /// What the repository tracks.
    index: Index,
    /// Whether `.gitignore` files are obeyed.
    ignores: bool,
}

impl Tree {
    /// How a path relative to its top is shown.
    fn shown(&self, relative: &Path) -> String {
        if self.prefix.as_os_str().is_empty() {
            shown_path(relative)
        } else {
            shown_path(&self.prefix.join(relative))
        }
    }

    /// The tree of the repository `repository`, shown with `prefix` before its paths.
    fn of_repository(repository: Repository, prefix: PathBuf, no_ignore: bool) -> Result<Self, Error> {
        let index = repository.index()?;
        let top = repository.work_tree().map(Path::to_owned).unwrap_or_default();
        Ok(Self { top, prefix, repository: Some(repository), index, ignores: !no_ignore })
    }

    /// What it tracks below `relative`.
    fn tracked(&self, relative: &Path) -> std::ops::Range<usize> {
        let all = 0..self.index.entries().len();
        if relative.as_os_str().is_empty() {
            return all;
        }
        let mut prefix = git_path(relative).into_owned();
        prefix.push(b'/');
        self.index.below(all, &prefix)
    }

    /// The ignore files above `relative`, from the top down.
    fn ignores_above(&self, relative: &Path) -> Option<Arc<Ignores>> {
        let mut above: Vec<&Path> = relative.ancestors().skip(1).collect();
        above.reverse();
        let mut ignores = None;
        for directory in above.into_iter().filter(|_| self.ignores) {
            ignores = Ignores::load(&self.top.join(directory), directory, ignores).0;
        }
        ignores
    }
}

/// The trees of the paths named so far, each repository's index read once.
#[derive(Default)]
struct Trees {
    by_root: HashMap<PathBuf, Arc<Tree>>,
    /// Whether a repository's paths are shown as given, since those of several would look alike.
    are_shown: bool,
}

impl Trees {
    /// The tree that the canonical directory `path`, given as `given`, belongs to.
    fn at(&mut self, path: &Path, given: &Path, no_ignore: bool) -> Result<Arc<Tree>, Error> {
        let Some(repository) = Repository::around(path)? else {
            return Ok(Arc::new(Tree {
                top: path.to_owned(),
                prefix: without_dots(given),
                repository: None,
                index: Index::default(),
                ignores: false,
            }));
        };
        let root = repository.work_tree().map(Path::to_owned).unwrap_or_default();
        if let Some(tree) = self.by_root.get(&root) {
            return Ok(Arc::clone(tree));
        }
        let prefix = if self.are_shown { prefix_of(&root, path, given) } else { PathBuf::new() };
        let tree = Arc::new(Tree::of_repository(repository, prefix, no_ignore)?);
        self.by_root.insert(root, Arc::clone(&tree));
        Ok(tree)
    }
}

/// Whether the paths are in several repositories, or in one and outside.
fn is_in_several(named: &BTreeMap<PathBuf, PathBuf>) -> Result<bool, Error> {
    let mut roots = BTreeSet::new();
    let folder =
        |path: &PathBuf| if path.is_dir() { path.clone() } else { path.parent().unwrap_or(path).to_owned() };
    for folder in named.keys().filter(|_| named.len() > 1).map(folder).collect::<BTreeSet<_>>() {
        let repository = Repository::around(&folder)?;
        roots.insert(repository.and_then(|repository| repository.work_tree().map(Path::to_owned)));
    }
    Ok(roots.len() > 1)
}

/// How the top `root` of a repository is given if `path` in it is given as `given`.
fn prefix_of(root: &Path, path: &Path, given: &Path) -> PathBuf {
    let below = path.strip_prefix(root).unwrap_or(Path::new(""));
    let given = without_dots(given);
    let depth = below.components().count();
    if given.ends_with(below) {
        let kept = given.components().count() - depth;
        return given.components().take(kept).collect();
    }
    std::iter::repeat_n("..", depth).fold(given, |at, up| at.join(up))
}

/// A path without `.` in it.
fn without_dots(given: &Path) -> PathBuf {
    given.components().filter(|part| *part != std::path::Component::CurDir).collect()
}

/// The named paths, canonical, each with how it was given first.
fn named(paths: &[PathBuf], coverage: &mut Coverage) -> Result<BTreeMap<PathBuf, PathBuf>, Error> {
    let mut named = BTreeMap::new();
    for given in paths {
        let path = match given.canonicalize() {
            Ok(path) => path,
            // A pipe under `/dev/fd` has no path but is there.
            Err(_) if given.metadata().is_ok() => given.clone(),
            Err(error) => {
                miss(given, &error, coverage)?;
                continue;
            }
        };
        named.entry(path).or_insert_with(|| given.clone());
    }
    Ok(named)
}

/// A named path that is not there is an error; one that is there and cannot be reached is unread.
fn miss(given: &Path, error: &io::Error, coverage: &mut Coverage) -> Result<(), Error> {
    if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
        return Err(Error::Missing { path: given.to_owned() });
    }
    coverage.miss(&reason::of(error), shown_as_given(given));
    Ok(())
}

/// A named path that is in no repository, without a leading `./`.
fn shown_as_given(given: &Path) -> String {
    shown_path(given.strip_prefix(".").unwrap_or(given))
}

#[cfg(test)]
mod tests;
