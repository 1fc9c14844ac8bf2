//! Finding and opening a repository: one way for every command.
//!
//! Nothing is run and nothing is written. Each file's kind and size are checked before it is opened, so that a pipe or
//! device in its place cannot block the program. Of the repository's configuration only its format and its working tree
//! are used.
//!
//! `discovery` finds the git directory, `format` reads the configuration, `owner` is git's `safe.directory` rule,
//! `stores` finds the object directories.

mod discovery;
mod format;
mod owner;
mod stores;
#[cfg(test)]
mod tests;

use super::config::{Config, Place, Variables};
use super::index::{Index, Location};
use super::limits::LARGEST;
use super::path::{git_path, native, plain};
use crate::git::Error;
use crate::model::{ObjectId, display_path};
use crate::regular_file;
use discovery::{Discovered, DiscoveryKind};
use format::RepositoryFormat;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The largest small file that is read: lists of commits, of alternates.
const LARGEST_LIST: u64 = 64 << 20;

/// The largest file of one line.
pub(crate) const LARGEST_LINE: u64 = 64 << 10;

/// How a repository is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Honour the environment variables that git sets for its hooks: `GIT_DIR`, `GIT_INDEX_FILE` and the like.
    pub environment: bool,
    /// Refuse the repository of another user unless `safe.directory` names it, as git does.
    pub owner: bool,
}

/// A repository's directories and format.
#[derive(Clone, Debug)]
pub struct Repository {
    /// The git directory (of a linked worktree its own one).
    pub(crate) git_dir: PathBuf,
    /// The directory that all worktrees share.
    pub(crate) common_dir: PathBuf,
    /// Top of the working tree, if it has one.
    pub(crate) work_tree: Option<PathBuf>,
    /// The index file.
    pub(crate) index_file: PathBuf,
    /// Bytes of an object id: 20 or 32.
    pub(crate) width: usize,
    /// True if the refs are kept as a reftable.
    pub(crate) reftable: bool,
    /// True if the configuration says that it is a partial clone.
    partial: bool,
    /// Commits whose parents a shallow clone left out.
    pub(crate) shallow: HashSet<ObjectId>,
    /// Commits that `info/grafts` gives other parents, with these parents.
    pub(crate) grafts: HashMap<ObjectId, Vec<ObjectId>>,
    /// Object directories: its own, then the alternates.
    pub(crate) stores: Vec<PathBuf>,
    /// Alternates that are named and do not exist.
    pub(crate) lost_alternates: Vec<PathBuf>,
}

impl Repository {
    /// The repository at `path`: its work tree or a directory in it, its git directory, or a bare one. With the
    /// environment honoured, the one that it names.
    pub fn open(path: &Path, access: Access) -> Result<Self, Error> {
        Self::open_with(path, access, &|name| std::env::var_os(name))
    }

    fn open_with(path: &Path, access: Access, variables: &Variables<'_>) -> Result<Self, Error> {
        let start = fs::canonicalize(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => Error::NoSuchPath { path: path.to_owned() },
            _ => Error::Unreadable { path: path.to_owned(), source },
        })?;
        if start.is_file() && !start.ends_with(".git") {
            return Err(Error::File { path: path.to_owned() });
        }
        let hooks = |name: &str| variables(name).filter(|value| access.environment && !value.is_empty());
        let found = match hooks("GIT_DIR") {
            Some(dir) => discovery::named(&start.join(dir))?,
            None => {
                let limits = discovery::Limits::of(access.environment, variables);
                discovery::upwards(&start, &limits)?
                    .ok_or_else(|| Error::NotARepository { path: path.to_owned() })?
            }
        };
        let repository = Self::found(&found, &start, &hooks)?;
        if access.owner {
            owner::check(&found, &repository, variables)?;
        }
        Ok(repository)
    }

    /// The repository whose working tree `start` (a canonical path) is in, for a walk of files: a `.git` that
    /// points nowhere is none.
    pub(crate) fn around(start: &Path) -> Result<Option<Self>, Error> {
        for dir in start.ancestors() {
            if let Some(found) = Self::at(dir)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The repository whose working tree's top is `top`.
    pub(crate) fn at(top: &Path) -> Result<Option<Self>, Error> {
        match discovery::inside(top) {
            Ok(Some(found)) => {
                let repository = Self::found(&found, top, &|_| None)?;
                Ok(Some(Self { work_tree: Some(top.to_owned()), ..repository }))
            }
            Ok(None) | Err(_) => Ok(None),
        }
    }

    fn found(found: &Discovered, start: &Path, hooks: &Variables<'_>) -> Result<Self, Error> {
        let git_dir = found.git_dir.clone();
        let common_dir = match hooks("GIT_COMMON_DIR") {
            Some(dir) => start.join(dir),
            None => common_dir(&git_dir)?,
        };
        look_around(&git_dir, &common_dir)?;
        let format = RepositoryFormat::read(&common_dir, &git_dir)?;
        let objects = hooks("GIT_OBJECT_DIRECTORY");
        let objects = objects.map_or_else(|| common_dir.join("objects"), |dir| start.join(dir));
        let others = hooks("GIT_ALTERNATE_OBJECT_DIRECTORIES").unwrap_or_default();
        let (stores, lost_alternates) = stores::all(&objects, &stores::listed(&others, start))?;
        let work_tree = work_tree(found, &format, &common_dir, start, hooks)?;
        let index_file = match (hooks("GIT_INDEX_FILE"), &work_tree) {
            // git reads a relative name from the top of the working tree, in which its hooks start.
            (Some(name), Some(top)) => top.join(name),
            (Some(name), None) => start.join(name),
            (None, _) => git_dir.join("index"),
        };
        Ok(Self {
            shallow: shallow(&common_dir, format.width)?,
            grafts: grafts(&common_dir, format.width)?,
            partial: format.partial,
            width: format.width,
            reftable: format.reftable,
            git_dir,
            common_dir,
            work_tree,
            index_file,
            stores,
            lost_alternates,
        })
    }

    /// True if objects may be absent because a partial clone left them at its origin.
    pub(crate) fn is_partial(&self) -> bool {
        self.partial || stores::have_promisor_pack(&self.stores)
    }

    /// The git directory; of a linked worktree its own one.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// The directory that all worktrees share.
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// Top of the working tree; `None` for a bare repository.
    pub fn work_tree(&self) -> Option<&Path> {
        self.work_tree.as_deref()
    }

    /// The git directories that have an index: the shared one, and those of linked worktrees, by name.
    pub(crate) fn index_dirs(&self) -> Vec<PathBuf> {
        let linked = fs::read_dir(self.common_dir.join("worktrees")).into_iter().flatten().flatten();
        let linked: BTreeSet<PathBuf> = linked.map(|entry| entry.path()).collect();
        std::iter::once(self.common_dir.clone()).chain(linked).collect()
    }

    /// The index; empty if there is none yet.
    pub(crate) fn index(&self) -> Result<Index, Error> {
        Index::load(&Location {
            file: self.index_file.clone(),
            git_dir: self.git_dir.clone(),
            id_len: self.width,
        })
    }

    /// The path that a setting of git's configuration names, from all of its files and the environment; a relative one
    /// as it is written.
    pub fn configured_path(&self, key: &str) -> Result<Option<PathBuf>, Error> {
        let variables: &Variables<'_> = &|name| std::env::var_os(name);
        let head = self.refs().head_branch();
        let branch = head.as_deref().and_then(|name| name.strip_prefix("refs/heads/"));
        let place = Place { git_dir: &self.git_dir, common_dir: &self.common_dir, branch };
        let config = Config::of_repository(place, variables)?;
        let setting = config.last(key);
        Ok(setting.and_then(|setting| super::config::expand(setting.text(), variables)))
    }

    /// The name under which `HEAD` here is listed among the refs.
    pub(crate) fn head_name(&self) -> String {
        match self.git_dir.file_name() {
            Some(name) if self.git_dir != self.common_dir => {
                format!("worktrees/{}/HEAD", display_path(name.as_encoded_bytes()))
            }
            _ => "HEAD".to_owned(),
        }
    }

    /// The path in the repository of `path`, which is relative to `dir`; `None` if it is outside.
    pub(crate) fn name_of(&self, dir: &Path, path: &Path) -> Option<Vec<u8>> {
        let Some(top) = &self.work_tree else {
            return Some(git_path(&plain(path)).into_owned());
        };
        let top = top.canonicalize().ok()?;
        let dir = dir.canonicalize().ok()?;
        let path = plain(&dir.join(path));
        let inside = match path.strip_prefix(&top) {
            Ok(inside) => inside.to_owned(),
            // An absolute path through a link: only its directory is resolved, for the file may be gone.
            Err(_) => path.parent()?.canonicalize().ok()?.strip_prefix(&top).ok()?.join(path.file_name()?),
        };
        Some(git_path(&inside).into_owned())
    }
}

/// Checks every file with a fixed name in a repository before it is read: git never makes a pipe, a device, a directory
/// or a huge file in one of these places.
fn look_around(git_dir: &Path, common_dir: &Path) -> Result<(), Error> {
    const OWN: [(&str, u64); 4] = [
        ("HEAD", LARGEST_LINE),
        ("index", LARGEST),
        ("gitdir", LARGEST_LINE),
        ("config.worktree", LARGEST_LIST),
    ];
    const SHARED: [(&str, u64); 9] = [
        ("HEAD", LARGEST_LINE),
        ("config", LARGEST_LIST),
        ("packed-refs", LARGEST),
        ("shallow", LARGEST_LIST),
        ("info/grafts", LARGEST_LIST),
        ("objects/info/alternates", LARGEST_LIST),
        ("objects/info/commit-graph", u64::MAX),
        ("objects/pack/multi-pack-index", u64::MAX),
        ("reftable/tables.list", LARGEST),
    ];
    let own = OWN.iter().map(|(name, largest)| (git_dir.join(name), *largest));
    let shared = SHARED.iter().map(|(name, largest)| (common_dir.join(name), *largest));
    for (path, largest) in own.chain(shared) {
        match regular_file::look(&path, largest) {
            Ok(_) => {}
            // A link to a branch without a commit is an old form of `HEAD`.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(source) => return Err(Error::Unreadable { path, source }),
        }
    }
    Ok(())
}

/// The directory that the worktree with this git directory shares with others.
fn common_dir(git_dir: &Path) -> Result<PathBuf, Error> {
    let file = git_dir.join("commondir");
    match line(&file)? {
        Some(text) => fs::canonicalize(git_dir.join(native(&text))).map_err(|_| Error::Broken { path: file }),
        None => Ok(git_dir.to_owned()),
    }
}

/// Top of the working tree.
fn work_tree(
    found: &Discovered,
    format: &RepositoryFormat,
    common_dir: &Path,
    start: &Path,
    hooks: &Variables<'_>,
) -> Result<Option<PathBuf>, Error> {
    if let Some(named) = hooks("GIT_WORK_TREE") {
        return Ok(Some(start.join(named)));
    }
    let git_dir = &found.git_dir;
    if git_dir != common_dir && !format.is_own {
        // The shared configuration is about the main working tree.
        return Ok(match &found.kind {
            DiscoveryKind::Inside { top, .. } => Some(top.clone()),
            _ => line(&git_dir.join("gitdir"))?
                .and_then(|text| git_dir.join(native(&text)).parent().map(Path::to_owned)),
        });
    }
    if let Some(named) = &format.work_tree {
        let named = git_dir.join(native(named));
        return Ok(Some(named.canonicalize().unwrap_or(named)));
    }
    if format.bare == Some(true) {
        return Ok(None);
    }
    Ok(match &found.kind {
        DiscoveryKind::Inside { top, .. } => Some(top.clone()),
        DiscoveryKind::Named => Some(start.to_owned()),
        DiscoveryKind::Itself if git_dir.file_name().is_some_and(|name| name == ".git") => {
            git_dir.parent().map(Path::to_owned)
        }
        DiscoveryKind::Itself => None,
    })
}

/// The commits whose parents a shallow clone left out.
fn shallow(common_dir: &Path, width: usize) -> Result<HashSet<ObjectId>, Error> {
    let text = read(&common_dir.join("shallow"), LARGEST_LIST)?.unwrap_or_default();
    let ids = text.split(|&byte| byte == b'\n').filter_map(|line| id(line.trim_ascii(), width));
    Ok(ids.collect())
}

/// The commits that `info/grafts` gives other parents.
fn grafts(common_dir: &Path, width: usize) -> Result<HashMap<ObjectId, Vec<ObjectId>>, Error> {
    let text = read(&common_dir.join("info").join("grafts"), LARGEST_LIST)?.unwrap_or_default();
    let lines = text.split(|&byte| byte == b'\n').filter(|line| !line.starts_with(b"#"));
    let graft = |line: &[u8]| {
        let mut ids = line.trim_ascii().split(|&byte| byte == b' ').map(|hex| id(hex, width));
        Some((ids.next()??, ids.collect::<Option<Vec<_>>>()?))
    };
    Ok(lines.filter_map(graft).collect())
}

fn id(hex: &[u8], width: usize) -> Option<ObjectId> {
    let id = ObjectId::from_hex(std::str::from_utf8(hex).ok()?)?;
    (id.as_bytes().len() == width).then_some(id)
}

/// A file of at most `largest` bytes; `None` if there is none.
pub(crate) fn read(path: &Path, largest: u64) -> Result<Option<Vec<u8>>, Error> {
    match regular_file::read(path, largest) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(source) if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(source) => Err(Error::Unreadable { path: path.to_owned(), source }),
    }
}

/// The content of a file of one line, without blanks at its ends; `None` if there is none.
fn line(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    Ok(read(path, LARGEST_LINE)?.map(|text| text.trim_ascii().to_vec()))
}
