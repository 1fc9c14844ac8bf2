//! Files that say how to scan (configuration, ignore entries, a baseline), read from where the scanned
//! content comes from.
//!
//! A scan of files takes them from disk. A hook takes them from the index, so that a change to them that is not part of
//! the commit does not count; a bare repository, from HEAD's tree; a `diff`, from the merge base, so that a change does
//! not choose the rules for itself. The nearest one counts, from the target up to the repository's root and no further;
//! outside a repository, only the target's own directory. A file that another one names is looked for beside that one.

use super::changes::diff::{self, base_tree};
use super::changes::staged::head_tree;
use super::{Error, reason};
use crate::git::index::Index;
use crate::git::object::{ObjectKind, TreeEntry};
use crate::git::odb::loose::Read;
use crate::git::odb::reader::ObjectReader;
use crate::git::{self, Access, Repository};
use crate::model::{ObjectId, display_path};
use crate::regular_file;
use crate::shown_path::shown_path;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The largest file of settings that is read, bytes.
const LARGEST: u64 = 1 << 30;

/// The name of configuration files.
pub const CONFIGURATION: &str = "keydredge.toml";

/// Where to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: what is scanned is no repository's.
    Nowhere,
    /// On disk, from this file or directory up.
    Disk(PathBuf),
    /// This configuration file on disk, with any name, and other files in its directory.
    File(PathBuf),
    /// In the index of the repository that `dir` is in, from `dir` up.
    Index {
        /// Where to start.
        dir: PathBuf,
        /// Honour the environment variables that git sets for its hooks.
        environment: bool,
    },
    /// In HEAD's tree of the repository that `dir` is in (or is, if it is bare), from `dir` up.
    Head {
        /// Where to start.
        dir: PathBuf,
        /// Honour the environment variables that git sets for its hooks.
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
    /// Its content.
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

/// A path that the user names, seen from the origin of the settings.
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
    Nowhere,
    Disk(PathBuf),
    File(PathBuf),
    Index { store: Box<Store>, index: Arc<Index> },
    Tree { store: Box<Store>, tree: Option<ObjectId>, label: String },
}

/// A repository, and where in it settings are looked for.
struct Store {
    repository: Repository,
    objects: ObjectReader,
    dir: PathBuf,
}

/// The nearest file `name`; `None` if there is none. For several files [`Origin::open`] saves time.
pub fn read(origin: &Origin, name: &str) -> Result<Option<Settings>, Error> {
    origin.open()?.read(name)
}

/// Where settings of files at these `paths` begin: for each repository, and outside of one for each folder, the folder that all
/// its paths are in. What is below another of these folders is left out, and so is a path at which nothing is.
pub fn starts(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut folders: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    let all = paths.iter().filter_map(|path| path.canonicalize().ok());
    let all = all.map(|path| if path.is_dir() { path } else { path.parent().unwrap_or(&path).to_owned() });
    for folder in all.collect::<BTreeSet<PathBuf>>() {
        let repository = Repository::around(&folder)?;
        let root = repository.as_ref().and_then(Repository::work_tree).unwrap_or(&folder).to_owned();
        let common = folders.entry(root).or_insert_with(|| folder.clone());
        while !folder.starts_with(&*common) && common.pop() {}
    }
    let mut starts: Vec<PathBuf> = folders.into_values().collect();
    starts.sort_unstable();
    starts.dedup_by(|below, above| below.starts_with(above));
    Ok(starts)
}

impl Origin {
    /// Opens it: the repository, and the index or the tree that it is about.
    pub fn open(&self) -> Result<Opened, Error> {
        Ok(Opened(match self {
            Self::Nowhere => Inner::Nowhere,
            Self::Disk(start) => Inner::Disk(start.clone()),
            Self::File(path) => Inner::File(path.clone()),
            Self::Index { dir, environment } => {
                let store = Box::new(Store::open(dir, *environment)?);
                let index = Arc::new(store.repository.index()?);
                Inner::Index { store, index }
            }
            Self::Head { dir, environment } => {
                let store = Box::new(Store::open(dir, *environment)?);
                let tree = head_tree(&store.repository, &store.objects)?;
                Inner::Tree { store, tree, label: "HEAD".to_owned() }
            }
            Self::Base { dir, range } => {
                let store = Box::new(Store::open(dir, false)?);
                let (tree, label) = base_tree(&store.repository, &store.objects, range)?;
                Inner::Tree { store, tree, label }
            }
            Self::Tip { dir, range } => {
                let store = Box::new(Store::open(dir, false)?);
                let (tree, label) = diff::head_tree(&store.repository, &store.objects, range)?;
                Inner::Tree { store, tree: Some(tree), label }
            }
        }))
    }
}

impl Opened {
    /// The index, if that is where it is: so that what is judged and the settings are of the same one, read once.
    pub(crate) fn index(&self) -> Option<Arc<Index>> {
        match &self.0 {
            Inner::Index { index, .. } => Some(Arc::clone(index)),
            Inner::Nowhere | Inner::Disk(_) | Inner::File(_) | Inner::Tree { .. } => None,
        }
    }

    /// What it is, fit to print: `disk`, `index`, `HEAD`, `merge base` and an id.
    pub fn label(&self) -> &str {
        match &self.0 {
            Inner::Nowhere | Inner::Disk(_) | Inner::File(_) => "disk",
            Inner::Index { .. } => "index",
            Inner::Tree { label, .. } => label,
        }
    }

    /// The nearest file `name`; `None` if there is none.
    pub fn read(&self, name: &str) -> Result<Option<Settings>, Error> {
        match &self.0 {
            Inner::Nowhere => Ok(None),
            Inner::Disk(start) => from_disk(start, name),
            Inner::File(path) if name == CONFIGURATION => {
                let missing = || Error::Missing { path: path.clone() };
                read_disk(path)?.ok_or_else(missing).map(Some)
            }
            Inner::File(path) => read_disk(&path.parent().unwrap_or(path).join(name)),
            Inner::Index { store, .. } | Inner::Tree { store, .. } => {
                for path in store.candidates(name) {
                    if let Some(found) = self.at(&path)? {
                        return Ok(Some(found));
                    }
                }
                Ok(None)
            }
        }
    }

    /// Those of the files `names` that are at the root: of the repository, or outside one of the folder itself. The
    /// repository is opened once, and the root's tree is read once.
    pub fn read_at_root<'n>(&self, names: &[&'n str]) -> Result<Vec<(&'n str, Settings)>, Error> {
        let on_disk = |root: &Path| {
            let all = names.iter().map(|name| Ok((*name, read_disk(&root.join(name))?)));
            let found = all.filter_map(|one| one.map(|(name, found)| Some((name, found?))).transpose());
            found.collect::<Result<Vec<_>, Error>>()
        };
        match &self.0 {
            Inner::Nowhere => Ok(Vec::new()),
            Inner::Disk(start) => {
                let missing = |_| Error::Missing { path: start.clone() };
                let path = start.canonicalize().map_err(missing)?;
                let dir = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(&path) };
                let repository = Repository::around(dir)?;
                on_disk(repository.as_ref().and_then(Repository::work_tree).unwrap_or(dir))
            }
            Inner::File(path) => on_disk(path.parent().unwrap_or(path)),
            Inner::Index { .. } => {
                let all = names.iter().map(|name| Ok((*name, self.at(name.as_bytes())?)));
                all.filter_map(|one| one.map(|(name, found)| Some((name, found?))).transpose()).collect()
            }
            Inner::Tree { tree: None, .. } => Ok(Vec::new()),
            Inner::Tree { store, tree: Some(tree), .. } => store.at_root(*tree, names),
        }
    }

    /// The files `name` in those of `folders` that have one; folders are relative to the repository's root, or outside of
    /// one to the current directory.
    pub fn read_in<'f>(
        &self,
        folders: impl IntoIterator<Item = &'f str>,
        name: &str,
    ) -> Vec<(&'f str, Result<Settings, Error>)> {
        let root = match &self.0 {
            Inner::Nowhere | Inner::File(_) => return Vec::new(),
            Inner::Disk(start) => start.canonicalize().ok().and_then(|start| {
                let dir = if start.is_dir() { start.as_path() } else { start.parent().unwrap_or(&start) };
                let repository = Repository::around(dir).ok()?;
                match repository.as_ref().and_then(Repository::work_tree) {
                    Some(root) => Some(root.to_owned()),
                    None => std::env::current_dir().ok(),
                }
            }),
            Inner::Index { .. } | Inner::Tree { .. } => None,
        };
        let one = |folder: &'f str| {
            let found = match &root {
                Some(root) => read_disk(&root.join(folder).join(name)),
                None => self.at(format!("{folder}/{name}").as_bytes()),
            };
            Some((folder, found.transpose()?))
        };
        folders.into_iter().filter_map(one).collect()
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
        let Inner::Tree { store, .. } = &self.0 else { return Ok(Named::Outside) };
        if store.repository.work_tree().is_none() {
            return Ok(Named::Outside);
        }
        match store.repository.name_of(&store.dir, path) {
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
            Inner::Nowhere | Inner::Disk(_) | Inner::File(_) | Inner::Tree { tree: None, .. } => Ok(None),
            Inner::Index { store, index } => {
                let entries = index.at(0..index.entries().len(), path);
                let entry = entries.iter().find(|entry| !entry.intent_to_add);
                entry.map(|entry| store.load(path, entry.id, entry.is_link())).transpose()
            }
            Inner::Tree { store, tree: Some(tree), .. } => {
                let Some((id, is_link)) = store.find(*tree, path)? else { return Ok(None) };
                store.load(path, id, is_link).map(Some)
            }
        }
    }
}

/// A file on disk; `None` if there is none.
fn read_disk(path: &Path) -> Result<Option<Settings>, Error> {
    match regular_file::read(path, LARGEST) {
        Ok(bytes) => {
            let shown = shown_path(path);
            let directory = Directory::Disk(path.parent().unwrap_or(path).to_owned());
            Ok(Some(Settings { path: shown, bytes, directory }))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Unreadable { path: path.to_owned(), source }),
    }
}

/// `name` below the directory `above` (both relative to the root), without `.` and `..`; `None` if that is outside.
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
    let repository = Repository::around(dir)?;
    let root = repository.as_ref().and_then(Repository::work_tree).unwrap_or(dir);
    for above in dir.ancestors().take_while(|above| above.starts_with(root)) {
        let file = above.join(name);
        if let Some(found) = read_disk(&file)? {
            return Ok(Some(found));
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

    /// What is at `path` in the tree `id`, and whether it is a symbolic link.
    fn find(&self, id: ObjectId, path: &[u8]) -> Result<Option<(ObjectId, bool)>, Error> {
        let (mut at, mut is_link) = (id, false);
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
                    is_link = bytes[entry.start..entry.end].starts_with(b"120000 ");
                }
            }
            match found {
                Some(id) => at = id,
                None => return Ok(None),
            }
        }
        Ok(Some((at, is_link)))
    }

    /// Those of the files `names` that the tree `id` itself has.
    fn at_root<'n>(&self, id: ObjectId, names: &[&'n str]) -> Result<Vec<(&'n str, Settings)>, Error> {
        let bytes = match self.objects.read(id) {
            Read::Whole(ObjectKind::Tree, bytes) => bytes,
            Read::Missing => return Err(unreadable(&format!("The tree {id}"), reason::MISSING_OBJECT)),
            _ => return Err(unreadable(&format!("The tree {id}"), reason::CORRUPT_OBJECT)),
        };
        let (mut start, mut found) = (0, Vec::new());
        while start < bytes.len() {
            let entry = TreeEntry::parse(&bytes, start, self.objects.width())
                .ok_or_else(|| unreadable(&format!("The tree {id}"), reason::CORRUPT_OBJECT))?;
            start = entry.end;
            let name = names.iter().find(|name| name.as_bytes() == entry.name);
            let mode = &bytes[entry.start..entry.end];
            if let (Some(name), Some(blob)) = (name, ObjectId::from_bytes(entry.id))
                && !mode.starts_with(b"40000 ")
            {
                found.push((*name, self.load(name.as_bytes(), blob, mode.starts_with(b"120000 "))?));
            }
        }
        Ok(found)
    }

    fn load(&self, path: &[u8], id: ObjectId, is_link: bool) -> Result<Settings, Error> {
        let directory = Directory::Inside(path[..memchr::memrchr(b'/', path).unwrap_or(0)].to_owned());
        let path = display_path(path);
        let what = format!("`{path}`");
        if is_link {
            return Err(unreadable(&what, "it is a symbolic link"));
        }
        match self.objects.read(id) {
            Read::Whole(ObjectKind::Blob, bytes) => Ok(Settings { path, bytes, directory }),
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
