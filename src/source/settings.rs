//! Files that say how to scan (configuration, ignore entries, a baseline), read from where the scanned
//! content comes from.
//!
//! A scan of files takes them from disk. A hook takes them from the index, so that a change of them that is
//! not part of the commit has no say; a bare repository, from HEAD's tree; a `diff`, from the merge base, so that a
//! change does not choose what it is judged by. The nearest one counts, from the target up to the repository's root and
//! no further; outside a repository, only the target's own directory. A file that another one names is looked for
//! beside that one.

use super::changes::diff::{base_tree, head_of_range};
use super::changes::staged::{head_tree, in_repository};
use super::index::Index;
use super::repository::{self, Layout};
use super::{Error, reason};
use crate::model::{ObjectId, display_path};
use git2::{ObjectType, Oid, Repository};
use std::io;
use std::path::{Path, PathBuf};

/// The name of configuration files.
pub const CONFIGURATION: &str = "keydredge.toml";

/// Where to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// On disk, from this file or directory up.
    Disk(PathBuf),
    /// This configuration file on disk, whatever its name, and other files in its directory.
    File(PathBuf),
    /// In the index of the repository that `dir` stands in, from `dir` up.
    Index {
        /// Where to start.
        dir: PathBuf,
        /// Honour what git tells its hooks through the environment.
        environment: bool,
    },
    /// In HEAD's tree of the repository that `dir` stands in (or is, where it is bare), from `dir` up.
    Head {
        /// Where to start.
        dir: PathBuf,
        /// Honour what git tells its hooks through the environment.
        environment: bool,
    },
    /// In the tree that the range of a `diff` is compared against, from `dir` up.
    Base {
        /// Where to start.
        dir: PathBuf,
        /// The range.
        range: String,
    },
    /// In the tree of the head of a `diff`'s range, from `dir` up.
    Tip {
        /// Where to start.
        dir: PathBuf,
        /// The range.
        range: String,
    },
}

/// A file of settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where it was found: a path on disk, or one relative to the repository's root.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
    /// The directory that the paths in it are relative to.
    pub directory: Directory,
}

/// A directory, in the place that settings are read from or on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directory {
    /// On disk.
    Disk(PathBuf),
    /// In the index or a tree: relative to the repository's root, empty for the root itself.
    Inside(Vec<u8>),
}

/// What a path that the user names is, as seen from where settings are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A file of the repository's, which is there.
    Found(Settings),
    /// A path inside the repository at which there is nothing.
    Absent,
    /// A path outside the repository, or the settings are read from disk anyway.
    Outside,
}

/// An origin that has been opened, for several files.
pub struct Opened(Inner);

enum Inner {
    Disk(PathBuf),
    File(PathBuf),
    Index { repository: Repository, index: Index, dir: PathBuf },
    Tree { repository: Repository, tree: Option<Oid>, dir: PathBuf, label: String },
}

/// The nearest file `name`; `None` where there is none. For several files [`Origin::open`] saves time.
pub fn read(origin: &Origin, name: &str) -> Result<Option<Settings>, Error> {
    origin.open()?.read(name)
}

impl Origin {
    /// Opens it: the repository, and the index where it is about that.
    pub fn open(&self) -> Result<Opened, Error> {
        Ok(Opened(match self {
            Self::Disk(start) => Inner::Disk(start.clone()),
            Self::File(path) => Inner::File(path.clone()),
            Self::Index { dir, environment } => {
                let repository = repository::open(dir, *environment)?;
                let index = Index::load(&repository::index(&repository, *environment))?;
                Inner::Index { repository, index, dir: dir.clone() }
            }
            Self::Head { dir, environment } => {
                let repository = repository::open(dir, *environment)?;
                let tree = head_tree(&repository)?.and_then(|id| Oid::from_bytes(id.as_bytes()).ok());
                Inner::Tree { repository, tree, dir: dir.clone(), label: "HEAD".to_owned() }
            }
            Self::Base { dir, range } => {
                let repository = repository::open(dir, false)?;
                let (tree, label) = base_tree(&repository, range)?;
                let tree = Oid::from_bytes(tree.as_bytes()).ok();
                Inner::Tree { repository, tree, dir: dir.clone(), label }
            }
            Self::Tip { dir, range } => {
                let repository = repository::open(dir, false)?;
                let (tree, label) = head_of_range(&repository, range)?;
                let tree = Oid::from_bytes(tree.as_bytes()).ok();
                Inner::Tree { repository, tree, dir: dir.clone(), label }
            }
        }))
    }
}

impl Opened {
    /// What it is, fit to print: `disk`, `index`, `HEAD`, `merge base` and an id.
    pub fn label(&self) -> &str {
        match &self.0 {
            Inner::Disk(_) | Inner::File(_) => "disk",
            Inner::Index { .. } => "index",
            Inner::Tree { label, .. } => label,
        }
    }

    /// The nearest file `name`; `None` if there is none.
    pub fn read(&self, name: &str) -> Result<Option<Settings>, Error> {
        match &self.0 {
            Inner::Disk(start) => from_disk(start, name),
            Inner::File(path) if name == CONFIGURATION => {
                let missing = || Error::Missing { path: path.clone() };
                read_disk(path)?.ok_or_else(missing).map(Some)
            }
            Inner::File(path) => read_disk(&path.parent().unwrap_or(path).join(name)),
            Inner::Index { repository, dir, .. } | Inner::Tree { repository, dir, .. } => {
                for path in candidates(repository, dir, name) {
                    if let Some(found) = self.at(&path)? {
                        return Ok(Some(found));
                    }
                }
                Ok(None)
            }
        }
    }

    /// The file `name`, relative to the directory of a file that was read; `None` if there is none.
    pub fn read_beside(&self, directory: &Directory, name: &str) -> Result<Option<Settings>, Error> {
        let outside = Path::new(name).is_absolute();
        match directory {
            Directory::Inside(above) if !outside => match joined(above, name) {
                Some(path) => self.at(&path),
                None => Err(unreadable(name, "it is outside the repository")),
            },
            Directory::Inside(_) => read_disk(Path::new(name)),
            Directory::Disk(above) => read_disk(&above.join(name)),
        }
    }

    /// The file at a path that the user names, relative to the current directory.
    pub fn read_named(&self, path: &Path) -> Result<Named, Error> {
        let Inner::Tree { repository, dir, .. } = &self.0 else { return Ok(Named::Outside) };
        if repository.workdir().is_none() {
            return Ok(Named::Outside);
        }
        match in_repository(repository, dir, path) {
            Some(inside) => Ok(self.at(&inside)?.map_or(Named::Absent, Named::Found)),
            None => Ok(Named::Outside),
        }
    }

    /// True if the user's `path`, relative to the current directory, is a file of the index or tree.
    pub fn has(&self, path: &Path) -> Result<bool, Error> {
        Ok(matches!(self.read_named(path)?, Named::Found(_)))
    }

    /// The file at `path` in the index or tree.
    fn at(&self, path: &[u8]) -> Result<Option<Settings>, Error> {
        match &self.0 {
            Inner::Disk(_) | Inner::File(_) | Inner::Tree { tree: None, .. } => Ok(None),
            Inner::Index { repository, index, .. } => {
                let entries = index.at(0..index.entries().len(), path);
                let entry = entries.iter().find(|entry| !entry.intent_to_add);
                entry.map(|entry| load(repository, path, entry.id, entry.is_link())).transpose()
            }
            Inner::Tree { repository, tree: Some(tree), .. } => {
                let tree = repository.find_tree(*tree);
                let tree = tree.map_err(|error| unreadable(self.label(), error.message()))?;
                let Ok(text) = std::str::from_utf8(path) else { return Ok(None) };
                let Ok(entry) = tree.get_path(Path::new(text)) else { return Ok(None) };
                let Some(id) = ObjectId::from_bytes(entry.id().as_bytes()) else { return Ok(None) };
                load(repository, path, id, entry.filemode() == 0o120_000).map(Some)
            }
        }
    }
}

/// A file on disk; `None` if there is none.
fn read_disk(path: &Path) -> Result<Option<Settings>, Error> {
    match repository::read_file(path) {
        Ok(bytes) => {
            let shown = display_path(path.as_os_str().as_encoded_bytes());
            let directory = Directory::Disk(path.parent().unwrap_or(path).to_owned());
            Ok(Some(Settings { path: shown, bytes, directory }))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Unreadable { path: path.to_owned(), source }),
    }
}

/// `name` below the directory `above` (both relative to the root), without `.` and `..`; `None` if it leads out.
fn joined(above: &[u8], name: &str) -> Option<Vec<u8>> {
    let name = name.replace(std::path::MAIN_SEPARATOR, "/");
    let mut parts: Vec<&[u8]> = above.split(|&byte| byte == b'/').filter(|part| !part.is_empty()).collect();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part.as_bytes()),
        }
    }
    Some(parts.join(&b'/'))
}

fn from_disk(start: &Path, name: &str) -> Result<Option<Settings>, Error> {
    let failed = |path: &Path, source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => Error::Missing { path: path.to_owned() },
        _ => Error::Unreadable { path: path.to_owned(), source },
    };
    let path = start.canonicalize().map_err(|error| failed(start, error))?;
    let dir = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(&path) };
    let root = Layout::discover(dir).map_or(dir.to_owned(), |layout| layout.root);
    for above in dir.ancestors().take_while(|above| above.starts_with(&root)) {
        let file = above.join(name);
        if let Some(found) = read_disk(&file)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The paths that `name` may have, the nearest to `dir` first.
fn candidates(repository: &Repository, dir: &Path, name: &str) -> Vec<Vec<u8>> {
    let below =
        repository.workdir().and_then(|_| in_repository(repository, dir, Path::new(""))).unwrap_or_default();
    let mut paths = Vec::new();
    let mut rest = below.as_slice();
    while !rest.is_empty() {
        paths.push([rest, b"/", name.as_bytes()].concat());
        rest = &rest[..memchr::memrchr(b'/', rest).unwrap_or(0)];
    }
    paths.push(name.as_bytes().to_vec());
    paths
}

fn load(repository: &Repository, path: &[u8], id: ObjectId, is_link: bool) -> Result<Settings, Error> {
    let directory = Directory::Inside(path[..memchr::memrchr(b'/', path).unwrap_or(0)].to_owned());
    let path = display_path(path);
    if is_link {
        return Err(unreadable(&path, "it is a symbolic link"));
    }
    let blob = Oid::from_bytes(id.as_bytes()).and_then(|id| {
        repository
            .odb()?
            .read(id)
            .map(|object| (object.kind() == ObjectType::Blob).then(|| object.data().to_vec()))
    });
    match blob {
        Ok(Some(bytes)) => Ok(Settings { path, bytes, directory }),
        Ok(None) => Err(unreadable(&path, reason::CORRUPT_OBJECT)),
        Err(error) => Err(unreadable(&path, error.message())),
    }
}

fn unreadable(what: &str, message: &str) -> Error {
    Error::Object { what: format!("`{what}`"), message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::testing::Repo;

    fn text(origin: &Origin) -> Option<(String, String)> {
        let found = read(origin, "keydredge.toml").expect("the origin can be read");
        found.map(|found| (found.path, String::from_utf8_lossy(&found.bytes).into_owned()))
    }

    #[test]
    fn settings_come_from_where_the_content_comes_from_and_the_nearest_count() {
        let repo = Repo::new();
        let index = |dir: &str| Origin::Index { dir: repo.path(dir), environment: false };
        let head = |dir: &str| Origin::Head { dir: repo.path(dir), environment: false };
        repo.write("a/b/c", b"x");
        assert_eq!((text(&head("")), text(&index(""))), (None, None), "nothing has been committed");
        repo.write("keydredge.toml", b"committed");
        repo.commit_all("first");
        repo.write("keydredge.toml", b"staged");
        repo.write("a/keydredge.toml", b"nearer");
        repo.git(&["add", "."]);
        repo.write("keydredge.toml", b"on disk");
        let found = |path: &str, text: &str| Some((path.to_owned(), text.to_owned()));
        assert_eq!(text(&head("a/b")), found("keydredge.toml", "committed"));
        assert_eq!(text(&index("a/b")), found("a/keydredge.toml", "nearer"));
        assert_eq!(text(&index("")), found("keydredge.toml", "staged"));
        let on_disk = |path: &str| text(&Origin::Disk(repo.path(path))).map(|(_, text)| text);
        assert_eq!(on_disk("a/b/c").as_deref(), Some("nearer"));
        assert_eq!(on_disk("").as_deref(), Some("on disk"));

        let bare = repo.beside("bare.git");
        repo.git(&["clone", "-q", "--bare", ".", bare.to_str().expect("the test's path is UTF-8")]);
        let origin = Origin::Head { dir: bare, environment: false };
        assert_eq!(text(&origin), found("keydredge.toml", "committed"));
    }

    #[test]
    fn nothing_above_the_repository_or_a_plain_directory_counts() {
        let repo = Repo::new();
        std::fs::write(repo.beside("keydredge.toml"), b"above").expect("a file can be written");
        assert_eq!(text(&Origin::Disk(repo.path(""))), None);
        std::fs::create_dir(repo.beside("plain")).expect("a directory can be made");
        assert_eq!(text(&Origin::Disk(repo.beside("plain"))), None);
        assert!(text(&Origin::Disk(repo.beside(""))).is_some());
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let repo = Repo::new();
        #[cfg(unix)]
        {
            for pipe in ["keydredge.toml", ".git/index"] {
                let made = std::process::Command::new("mkfifo").arg(repo.path(pipe)).status();
                assert!(made.expect("mkfifo can be started").success());
            }
            let origins =
                [Origin::Disk(repo.path("")), Origin::Index { dir: repo.path(""), environment: false }];
            for origin in origins {
                let error = read(&origin, "keydredge.toml").expect_err("a FIFO would block for ever");
                assert!(matches!(error, Error::Unreadable { .. }), "{error}");
            }
            std::fs::remove_file(repo.path("keydredge.toml")).expect("the FIFO is there");
        }
        std::fs::create_dir(repo.path("keydredge.toml")).expect("a directory can be made");
        let error = read(&Origin::Disk(repo.path("")), "keydredge.toml").expect_err("it is a directory");
        assert!(matches!(error, Error::Unreadable { .. }), "{error}");
    }
}
