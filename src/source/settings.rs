//! Files that say how to scan (configuration, ignore entries, a baseline), read from where the scanned
//! content comes from.
//!
//! A scan of files takes them from disk. A hook takes them from the index, so that a change of them that is
//! not part of the commit has no say; a bare repository, from HEAD's tree. The nearest one counts, from the
//! target up to the repository's root and no further; outside a repository, only the target's own directory.

use super::changes::diff::base_tree;
use super::changes::staged::{head_tree, in_repository};
use super::repository;
use super::{Error, reason};
use crate::git::Repository as Opener;
use crate::git::index::Index;
use crate::model::{ObjectId, display_path};
use git2::{ObjectType, Oid, Repository};
use std::io;
use std::path::{Path, PathBuf};

/// Where to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// On disk, from this file or directory up.
    Disk(PathBuf),
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
}

/// A file of settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where it was found: a path on disk, or one relative to the repository's root.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// An origin that has been opened, for several files.
pub struct Opened(Inner);

enum Inner {
    Disk(PathBuf),
    Index { repository: Repository, index: Index, dir: PathBuf },
    Head { repository: Repository, tree: Option<Oid>, dir: PathBuf },
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
            Self::Index { dir, environment } => {
                let repository = repository::open(dir, *environment)?;
                let index = Index::load(&repository::index(&repository, *environment))?;
                Inner::Index { repository, index, dir: dir.clone() }
            }
            Self::Head { dir, environment } => {
                let repository = repository::open(dir, *environment)?;
                let tree = head_tree(&repository)?.and_then(|id| Oid::from_bytes(id.as_bytes()).ok());
                Inner::Head { repository, tree, dir: dir.clone() }
            }
            Self::Base { dir, range } => {
                let repository = repository::open(dir, false)?;
                let tree = Oid::from_bytes(base_tree(&repository, range)?.as_bytes()).ok();
                Inner::Head { repository, tree, dir: dir.clone() }
            }
        }))
    }
}

impl Opened {
    /// The nearest file `name`; `None` where there is none.
    pub fn read(&self, name: &str) -> Result<Option<Settings>, Error> {
        match &self.0 {
            Inner::Disk(start) => from_disk(start, name),
            Inner::Index { repository, index, dir } => {
                let found = candidates(repository, dir, name).into_iter().find_map(|path| {
                    let entries = index.at(0..index.entries().len(), &path);
                    let entry = entries.iter().find(|entry| !entry.intent_to_add)?;
                    Some((path, entry.id))
                });
                found.map(|(path, id)| load(repository, &path, id)).transpose()
            }
            Inner::Head { tree: None, .. } => Ok(None),
            Inner::Head { repository, tree: Some(tree), dir } => {
                let tree = repository.find_tree(*tree);
                let tree = tree.map_err(|error| unreadable("HEAD's tree", error.message()))?;
                let found = candidates(repository, dir, name).into_iter().find_map(|path| {
                    let entry = tree.get_path(Path::new(std::str::from_utf8(&path).ok()?)).ok()?;
                    Some((path, ObjectId::from_bytes(entry.id().as_bytes())?))
                });
                found.map(|(path, id)| load(repository, &path, id)).transpose()
            }
        }
    }
}

fn from_disk(start: &Path, name: &str) -> Result<Option<Settings>, Error> {
    let failed = |path: &Path, source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => Error::Missing { path: path.to_owned() },
        _ => Error::Unreadable { path: path.to_owned(), source },
    };
    let path = start.canonicalize().map_err(|error| failed(start, error))?;
    let dir = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(&path) };
    let repository = Opener::around(dir)?;
    let root = repository.as_ref().and_then(Opener::work_tree).unwrap_or(dir);
    for above in dir.ancestors().take_while(|above| above.starts_with(root)) {
        let file = above.join(name);
        match repository::read_file(&file) {
            Ok(bytes) => {
                return Ok(Some(Settings { path: display_path(file.as_os_str().as_encoded_bytes()), bytes }));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(Error::Unreadable { path: file, source }),
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

fn load(repository: &Repository, path: &[u8], id: ObjectId) -> Result<Settings, Error> {
    let path = display_path(path);
    let blob = Oid::from_bytes(id.as_bytes()).and_then(|id| {
        repository
            .odb()?
            .read(id)
            .map(|object| (object.kind() == ObjectType::Blob).then(|| object.data().to_vec()))
    });
    match blob {
        Ok(Some(bytes)) => Ok(Settings { path, bytes }),
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
                assert!(error.to_string().contains("not a regular file"), "{error}");
            }
            std::fs::remove_file(repo.path("keydredge.toml")).expect("the FIFO is there");
        }
        std::fs::create_dir(repo.path("keydredge.toml")).expect("a directory can be made");
        let error = read(&Origin::Disk(repo.path("")), "keydredge.toml").expect_err("it is a directory");
        assert!(matches!(error, Error::Unreadable { .. }), "{error}");
    }
}
