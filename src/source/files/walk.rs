//! The walk: directories are tasks of a thread pool, and so are batches of their files.

use super::file::File;
use super::ignores::Ignores;
use super::read::FileReader;
use super::{Options, Sink, Tree, reason};
use crate::git;
use crate::git::Repository;
use crate::git::index::IndexEntry;
use crate::git::path::native;
use crate::model::{Blob, Coverage, NameOf, Names, Piece, Place, Source};
use crate::source::Error;
use crate::source::excludes::Excludes;
use crate::source::stopped;
use crate::sync::{into_inner, lock};
use rayon::Scope;
use std::ffi::OsString;
use std::fs::FileType;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

/// Files read by one task. Small, so that a directory of many files occupies all threads.
const BATCH: usize = 32;

/// A walk over any number of trees.
pub(super) struct DirectoryWalk<'a> {
    no_ignore: bool,
    excludes: Excludes,
    named: Vec<PathBuf>,
    reader: FileReader<'a>,
    stop: Option<&'static AtomicBool>,
    coverage: Mutex<Coverage>,
    /// The names of what is in scope that have not been given out yet.
    names: Mutex<Names>,
    sink: &'a Sink<'a>,
}

/// A directory to be entered.
pub(super) struct Directory {
    tree: Arc<Tree>,
    disk: PathBuf,
    relative: PathBuf,
    /// The ignore files above it.
    ignores: Option<Arc<Ignores>>,
    /// The index's entries below it.
    tracked: Range<usize>,
    /// True inside an ignored directory: only what is tracked is read.
    ignored: bool,
    /// True if the caller named it.
    named: bool,
}

/// What became of a directory's entries.
#[derive(Default)]
struct Sorted {
    directories: Vec<Directory>,
    /// Names of files; true for a symbolic link.
    files: Vec<(OsString, bool)>,
    /// Names of what is in scope and not read.
    names: Names,
    coverage: Coverage,
}

impl Directory {
    /// The directory `path` (canonical) that the caller named, in its tree.
    pub(super) fn top(path: &Path, tree: &Arc<Tree>) -> Self {
        let relative = path.strip_prefix(&tree.top).unwrap_or(path).to_owned();
        Self {
            disk: path.to_owned(),
            ignores: tree.ignores_above(&relative),
            tracked: tree.tracked(&relative),
            relative,
            tree: Arc::clone(tree),
            ignored: false,
            named: true,
        }
    }

    fn shown(&self, name: &OsString) -> String {
        self.tree.shown(&self.relative.join(name))
    }

    fn shown_itself(&self) -> String {
        let shown = self.tree.shown(&self.relative);
        if shown.is_empty() { ".".to_owned() } else { shown }
    }

    /// The index's entries for the path `relative` in it.
    fn entries(&self, relative: &Path) -> &[IndexEntry] {
        self.tree.index.at(self.tracked.clone(), &crate::git::path::git_path(relative))
    }
}

impl<'a> DirectoryWalk<'a> {
    /// A walk that treats none of `named` (canonical paths) as part of another.
    pub(super) fn new(
        options: &Options,
        excludes: Excludes,
        named: Vec<PathBuf>,
        sink: &'a Sink<'a>,
    ) -> Self {
        Self {
            no_ignore: options.no_ignore,
            excludes,
            named,
            reader: FileReader::new(options, sink),
            stop: options.stop,
            coverage: Mutex::default(),
            names: Mutex::default(),
            sink,
        }
    }

    /// Reads `directory` and all below it, on the threads of `scope`.
    pub(super) fn enter<'scope>(&'scope self, scope: &Scope<'scope>, directory: Directory) {
        scope.spawn(move |scope| {
            if stopped(self.stop) {
                return;
            }
            let Some((directory, sorted)) = self.sort(directory) else { return };
            let Sorted { directories, mut files, names, mut coverage } = sorted;
            for below in directories {
                self.enter(scope, below);
            }
            self.name(&names);
            let directory = Arc::new(directory);
            while files.len() > BATCH {
                let batch = files.split_off(files.len() - BATCH);
                let directory = Arc::clone(&directory);
                scope.spawn(move |_| {
                    let mut coverage = Coverage::default();
                    self.read(&directory, &batch, &mut coverage);
                    self.count(coverage);
                });
            }
            self.read(&directory, &files, &mut coverage);
            self.count(coverage);
        });
    }

    /// Counts what is tracked below `directory` and, in a sparse checkout, not on disk.
    pub(super) fn count_sparse(&self, directory: &Directory) {
        let Directory { tree, tracked, .. } = directory;
        let mut coverage = Coverage::default();
        let entries = &tree.index.entries()[tracked.clone()];
        for entry in entries.iter().filter(|entry| entry.is_skipped || entry.is_sparse_directory()) {
            let relative = native(tree.index.path(entry));
            if entry.is_sparse_directory() || tree.top.join(&relative).symlink_metadata().is_err() {
                coverage.exclude(reason::SPARSE, tree.shown(&relative));
            }
        }
        self.count(coverage);
    }

    /// Reads one file that the caller named, on a thread of `scope`.
    pub(super) fn read_one<'scope>(&'scope self, scope: &Scope<'scope>, tree: Arc<Tree>, file: File) {
        scope.spawn(move |_| {
            let (mut coverage, mut names) = (Coverage::default(), Names::default());
            names.add(&file.shown);
            self.reader.read(&file, tree.repository.as_ref(), None, &mut coverage);
            self.name(&names);
            self.count(coverage);
        });
    }

    /// The coverage of the walk.
    pub(super) fn finish(self) -> Coverage {
        self.give_names(&lock(&self.names));
        let mut coverage = into_inner(self.coverage);
        coverage.notes.sort();
        coverage
    }

    fn count(&self, part: Coverage) {
        lock(&self.coverage).merge(part);
    }

    /// Keeps `names` until there are enough to be given out.
    fn name(&self, names: &Names) {
        if names.is_empty() {
            return;
        }
        let mut kept = lock(&self.names);
        kept.append(names);
        if kept.is_full() {
            let full = std::mem::take(&mut *kept);
            drop(kept);
            self.give_names(&full);
        }
    }

    fn give_names(&self, names: &Names) {
        if !names.is_empty() && !stopped(self.stop) {
            let place = Place::of(Source::Path(NameOf::File));
            let piece = Piece::whole(names.as_bytes());
            if let Err(reason) = (self.sink)(Blob { place: &place, inner: None, piece, line: 1, column: 0 }) {
                let mut coverage = Coverage::default();
                coverage.miss(reason, "names of files".to_owned());
                self.count(coverage);
            }
        }
    }

    fn read(&self, directory: &Directory, files: &[(OsString, bool)], coverage: &mut Coverage) {
        let mut names = Names::default();
        for (name, is_link) in files {
            if stopped(self.stop) {
                return;
            }
            let shown = directory.shown(name);
            names.add(&shown);
            let file = File { path: directory.disk.join(name), shown, named: false, is_link: *is_link };
            let repository = directory.tree.repository.as_ref();
            self.reader.read(&file, repository, Some(&self.excludes), coverage);
        }
        self.name(&names);
    }

    /// Lists a directory and sorts its entries into what is to be entered, read, and left out. `None`
    /// if the directory itself was left out or could not be read, which has been counted.
    fn sort(&self, mut directory: Directory) -> Option<(Directory, Sorted)> {
        let mut sorted = Sorted::default();
        let entries = match list(&directory.disk, &mut sorted.coverage, &directory) {
            Ok(entries) => entries,
            Err(error) => {
                sorted.coverage.miss(&reason::of(&error), directory.shown_itself());
                self.count(sorted.coverage);
                return None;
            }
        };
        if !directory.relative.as_os_str().is_empty() && has(&entries, ".git") && !directory.named {
            directory = match self.nested(directory, &mut sorted.coverage) {
                Some(directory) => directory,
                None => {
                    self.count(sorted.coverage);
                    return None;
                }
            };
        }
        if directory.tree.ignores && has(&entries, ".gitignore") {
            let above = directory.ignores.take();
            let (ignores, problem) = Ignores::load(&directory.disk, &directory.relative, above);
            directory.ignores = ignores;
            if let Some(problem) = problem {
                let file = directory.shown(&".gitignore".into());
                sorted.coverage.notes.push(format!("`{file}` was not applied: {problem}."));
            }
        }
        if ["HEAD", "objects", "refs"].into_iter().all(|part| has(&entries, part)) {
            let shown = directory.shown_itself();
            sorted.coverage.notes.push(format!(
                "`{shown}` is a git repository without files: what is in its history is found by `keydredge history`."
            ));
        }
        for (name, kind) in entries {
            self.sort_entry(&directory, name, kind, &mut sorted);
        }
        if sorted.files.is_empty() && sorted.directories.is_empty() {
            // None of the paths below contains its name.
            sorted.names.add(&directory.shown_itself());
        }
        Some((directory, sorted))
    }

    /// What to do with a directory that has a `.git` in it: read it as part of this tree, as a
    /// repository of its own, or not at all.
    fn nested(&self, directory: Directory, coverage: &mut Coverage) -> Option<Directory> {
        let repository = match Repository::at(&directory.disk) {
            Ok(None) => return Some(directory),
            _ if !directory.tracked.is_empty() => return Some(directory),
            Ok(Some(repository)) => Ok(repository),
            Err(error) => Err(error),
        };
        let shown = directory.shown_itself();
        if directory.tree.repository.is_some() {
            coverage.exclude(reason::NESTED, shown);
            return None;
        }
        let prefix = directory.tree.prefix.join(&directory.relative);
        let tree = repository
            .map_err(Error::Git)
            .and_then(|repository| Tree::of_repository(repository, prefix, self.no_ignore));
        match tree {
            Ok(tree) => Some(Directory { named: false, ..Directory::top(&directory.disk, &Arc::new(tree)) }),
            Err(error) => {
                coverage.miss(index_problem(&error), shown);
                None
            }
        }
    }

    fn sort_entry(&self, directory: &Directory, name: OsString, kind: FileType, sorted: &mut Sorted) {
        let coverage = &mut sorted.coverage;
        if name == ".git" {
            // The repository's own is not part of its tree. (The top of a tree has an empty path.)
            if !directory.relative.as_os_str().is_empty() || directory.tree.repository.is_none() {
                coverage.exclude(reason::GIT_DIRECTORY, directory.shown(&name));
            }
            return;
        }
        if self.named.len() > 1 && self.named.binary_search(&directory.disk.join(&name)).is_ok() {
            return;
        }
        let relative = directory.relative.join(&name);
        let is_dir = kind.is_dir();
        let ignored = directory.ignored
            || directory.ignores.as_ref().is_some_and(|ignores| ignores.cover(&relative, is_dir));
        if is_dir {
            if directory.entries(&relative).iter().any(IndexEntry::is_submodule) {
                sorted.names.add(&directory.shown(&name));
                coverage.exclude(reason::SUBMODULE, directory.shown(&name));
                return;
            }
            let tracked = below(directory, &relative);
            if ignored && tracked.is_empty() {
                coverage.exclude(reason::IGNORED, directory.shown(&name));
            } else if self.excludes.covers(&relative, true) {
                coverage.exclude(reason::CONFIGURED, directory.shown(&name));
            } else {
                sorted.directories.push(Directory {
                    tree: Arc::clone(&directory.tree),
                    disk: directory.disk.join(&name),
                    relative,
                    ignores: directory.ignores.clone(),
                    tracked,
                    ignored,
                    named: false,
                });
            }
            return;
        }
        if ignored && directory.entries(&relative).is_empty() {
            coverage.exclude(reason::IGNORED, directory.shown(&name));
        } else if self.excludes.covers(&relative, false) {
            coverage.exclude(reason::CONFIGURED, directory.shown(&name));
        } else if kind.is_file() || kind.is_symlink() {
            sorted.files.push((name, kind.is_symlink()));
        } else {
            sorted.names.add(&directory.shown(&name));
            coverage.exclude(reason::of_special(kind), directory.shown(&name));
        }
    }
}

/// The entries of the directory at `disk`. One whose kind cannot be learnt is counted as unread.
fn list(
    disk: &Path,
    coverage: &mut Coverage,
    directory: &Directory,
) -> std::io::Result<Vec<(OsString, FileType)>> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(disk)? {
        let entry = entry?;
        match entry.file_type() {
            Ok(kind) => entries.push((entry.file_name(), kind)),
            Err(error) => coverage.miss(&reason::of(&error), directory.shown(&entry.file_name())),
        }
    }
    Ok(entries)
}

fn has(entries: &[(OsString, FileType)], name: &str) -> bool {
    entries.iter().any(|(found, _)| found == name)
}

/// The index's entries below `relative`, which is in `directory`.
fn below(directory: &Directory, relative: &Path) -> Range<usize> {
    if directory.tracked.is_empty() {
        return directory.tracked.clone();
    }
    let mut prefix = crate::git::path::git_path(relative).into_owned();
    prefix.push(b'/');
    directory.tree.index.below(directory.tracked.clone(), &prefix)
}

/// Why the files of a nested repository are not read: without its index, or if its format is not known, it is unknown
/// which are tracked.
fn index_problem(error: &Error) -> &'static str {
    match error {
        Error::Git(git::Error::Index { .. }) => "repository with a damaged index",
        Error::Git(git::Error::IndexExtension { .. }) => "repository with an index of unknown format",
        Error::Git(git::Error::Extension { .. }) => "repository of unknown format",
        _ => "repository whose index cannot be read",
    }
}
