//! Files that say how to scan (configuration, ignore entries, a baseline), read from where the scanned
//! content comes from.
//!
//! A scan of files takes them from disk. A hook takes them from the index, so that a change of them that is
//! not part of the commit has no say; a bare repository, from HEAD's tree. The nearest one counts, from the
//! target up to the repository's root and no further; outside a repository, only the target's own directory.

use super::changes::diff::base_tree;
use super::changes::staged::head_tree;
use super::{Error, reason};
use crate::git::index::Index;
use crate::git::object::{ObjectKind, TreeEntry};
use crate::git::odb::loose::Read;
use crate::git::odb::reader::ObjectReader;
use crate::git::{self, Access, Repository};
use crate::model::{ObjectId, display_path};
use crate::regular_file;
use std::io;
use std::path::{Path, PathBuf};

/// The largest file of settings that is read, bytes.
const LARGEST: u64 = 1 << 30;

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
    Index { store: Box<Store>, index: Index },
    Tree { store: Box<Store>, tree: Option<ObjectId> },
}

/// A repository, and where in it settings are looked for.
struct Store {
    repository: Repository,
    objects: ObjectReader,
    dir: PathBuf,
}

/// The nearest file `name`; `None` where there is none. For several files [`Origin::open`] saves time.
pub fn read(origin: &Origin, name: &str) -> Result<Option<Settings>, Error> {
    origin.open()?.read(name)
}

impl Origin {
    /// Opens it: the repository, and the index or the tree that it is about.
    pub fn open(&self) -> Result<Opened, Error> {
        Ok(Opened(match self {
            Self::Disk(start) => Inner::Disk(start.clone()),
            Self::Index { dir, environment } => {
                let store = Box::new(Store::open(dir, *environment)?);
                let index = store.repository.index()?;
                Inner::Index { store, index }
            }
            Self::Head { dir, environment } => {
                let store = Box::new(Store::open(dir, *environment)?);
                let tree = head_tree(&store.repository, &store.objects)?;
                Inner::Tree { store, tree }
            }
            Self::Base { dir, range } => {
                let store = Box::new(Store::open(dir, false)?);
                let tree = Some(base_tree(&store.repository, &store.objects, range)?);
                Inner::Tree { store, tree }
            }
        }))
    }
}

impl Opened {
    /// The nearest file `name`; `None` where there is none.
    pub fn read(&self, name: &str) -> Result<Option<Settings>, Error> {
        match &self.0 {
            Inner::Disk(start) => from_disk(start, name),
            Inner::Index { store, index } => {
                let found = store.candidates(name).into_iter().find_map(|path| {
                    let entries = index.at(0..index.entries().len(), &path);
                    let entry = entries.iter().find(|entry| !entry.intent_to_add)?;
                    Some((path, entry.id))
                });
                found.map(|(path, id)| store.load(&path, id)).transpose()
            }
            Inner::Tree { tree: None, .. } => Ok(None),
            Inner::Tree { store, tree: Some(tree) } => {
                for path in store.candidates(name) {
                    if let Some(id) = store.find(*tree, &path)? {
                        return store.load(&path, id).map(Some);
                    }
                }
                Ok(None)
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
    let repository = Repository::around(dir)?;
    let root = repository.as_ref().and_then(Repository::work_tree).unwrap_or(dir);
    for above in dir.ancestors().take_while(|above| above.starts_with(root)) {
        let file = above.join(name);
        match regular_file::read(&file, LARGEST) {
            Ok(bytes) => {
                return Ok(Some(Settings { path: display_path(file.as_os_str().as_encoded_bytes()), bytes }));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(Error::Unreadable { path: file, source }),
        }
    }
    Ok(None)
}

impl Store {
    fn open(dir: &Path, environment: bool) -> Result<Self, Error> {
        let repository = Repository::open(dir, Access { environment, owner: true })?;
        let objects = ObjectReader::new(&repository);
        Ok(Self { repository, objects, dir: dir.to_owned() })
    }

    /// The paths that `name` may have, the nearest to the directory first.
    fn candidates(&self, name: &str) -> Vec<Vec<u8>> {
        let below =
            self.repository.work_tree().and_then(|_| self.repository.name_of(&self.dir, Path::new("")));
        let below = below.unwrap_or_default();
        let mut paths = Vec::new();
        let mut rest = below.as_slice();
        while !rest.is_empty() {
            paths.push([rest, b"/", name.as_bytes()].concat());
            rest = &rest[..memchr::memrchr(b'/', rest).unwrap_or(0)];
        }
        paths.push(name.as_bytes().to_vec());
        paths
    }

    /// What is at `path` in the tree `id`.
    fn find(&self, id: ObjectId, path: &[u8]) -> Result<Option<ObjectId>, Error> {
        let mut at = id;
        for name in path.split(|&byte| byte == b'/') {
            let bytes = match self.objects.read(at) {
                Read::Whole(ObjectKind::Tree, bytes) => bytes,
                // A file is where a directory would be.
                Read::Whole(ObjectKind::Blob, _) if at != id => return Ok(None),
                Read::Missing => return Err(unreadable(&format!("The tree {at}"), reason::MISSING_OBJECT)),
                _ => return Err(unreadable(&format!("The tree {at}"), reason::CORRUPT_OBJECT)),
            };
            let mut start = 0;
            let mut found = None;
            while start < bytes.len() && found.is_none() {
                let entry = TreeEntry::parse(&bytes, start, self.objects.width())
                    .ok_or_else(|| unreadable(&format!("The tree {at}"), reason::CORRUPT_OBJECT))?;
                start = entry.end;
                if entry.name == name {
                    found = ObjectId::from_bytes(entry.id);
                }
            }
            match found {
                Some(id) => at = id,
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }

    fn load(&self, path: &[u8], id: ObjectId) -> Result<Settings, Error> {
        let path = display_path(path);
        let what = format!("`{path}`");
        match self.objects.read(id) {
            Read::Whole(ObjectKind::Blob, bytes) => Ok(Settings { path, bytes }),
            Read::Missing => Err(unreadable(&what, reason::MISSING_OBJECT)),
            Read::Whole(..) | Read::TooLarge | Read::Unreadable => {
                Err(unreadable(&what, reason::CORRUPT_OBJECT))
            }
        }
    }
}

fn unreadable(what: &str, message: &str) -> Error {
    git::Error::Object { what: what.to_owned(), message: message.to_owned() }.into()
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
    fn settings_of_a_range_are_the_merge_bases_and_of_several_the_bases_own() {
        let repo = Repo::new();
        let commit = |text: &str, parents: &[&str]| {
            repo.write("keydredge.toml", text.as_bytes());
            repo.git(&["add", "keydredge.toml"]);
            let id = |bytes: Vec<u8>| String::from_utf8(bytes).expect("an id is ASCII").trim().to_owned();
            let tree = id(repo.git(&["write-tree"]));
            let mut arguments = vec!["commit-tree", "-m", text, &tree];
            parents.iter().for_each(|parent| arguments.extend(["-p", parent]));
            id(repo.git(&arguments))
        };
        let root = commit("root", &[]);
        let (one, two) = (commit("one", &[&root]), commit("two", &[&root]));
        let (base, head) = (commit("base", &[&one, &two]), commit("head", &[&two, &one]));
        let of = |range: String| {
            text(&Origin::Base { dir: repo.path(""), range }).map(|(_, text)| text).unwrap_or_default()
        };
        assert_eq!(of(format!("{one}..{two}")), "root");
        assert_eq!(of(format!("{one}..{head}")), "one");
        assert_eq!(of(format!("{base}..{head}")), "base", "neither merge base is what was agreed on last");
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
            for pipe in ["keydredge.toml", ".git/index"] {
                std::fs::remove_file(repo.path(pipe)).expect("the FIFO is there");
            }
        }
        std::fs::create_dir(repo.path("keydredge.toml")).expect("a directory can be made");
        let error = read(&Origin::Disk(repo.path("")), "keydredge.toml").expect_err("it is a directory");
        assert!(matches!(error, Error::Unreadable { .. }), "{error}");
    }
}
