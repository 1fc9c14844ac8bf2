//! Finding a repository, and opening it through libgit2.
//!
//! A walk of files needs only to know where the root, the git directory and the index are: [`Layout`]
//! looks for itself and reads no configuration beyond the object format. What reads objects goes through
//! [`open`], which keeps libgit2's ownership check and honours, where it is told to, the environment that
//! git gives to its hooks. Nothing here writes.

use super::Error;
use crate::git::index::{Index, Location};
use git2::{ErrorClass, ErrorCode, Repository, RepositoryOpenFlags};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Once;

/// Where a repository's parts are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Top of the working tree.
    pub(super) root: PathBuf,
    /// The git directory: of the worktree, where it is a linked one.
    pub(super) git_dir: PathBuf,
    /// The git directory that linked worktrees share.
    pub(super) common_dir: PathBuf,
}

impl Layout {
    /// The repository whose working tree `start` (an absolute path) stands in.
    pub(super) fn discover(start: &Path) -> Option<Self> {
        start.ancestors().find_map(Self::at)
    }

    /// The repository whose working tree's top is `root`.
    pub(super) fn at(root: &Path) -> Option<Self> {
        let dot_git = root.join(".git");
        let git_dir = if dot_git.is_dir() {
            dot_git
        } else {
            // A linked worktree or a submodule: a file that says where the git directory is.
            let text = small_file(&dot_git)?;
            root.join(text.strip_prefix("gitdir:")?.trim())
        };
        let common_dir = match small_file(&git_dir.join("commondir")) {
            Some(text) => git_dir.join(text.trim()),
            None => git_dir.clone(),
        };
        let is_repository =
            git_dir.join("HEAD").symlink_metadata().is_ok() && common_dir.join("objects").is_dir();
        is_repository.then(|| Self { root: root.to_owned(), git_dir, common_dir })
    }

    /// The repository's index; empty where it has none yet.
    pub(super) fn index(&self) -> Result<Index, Error> {
        Ok(Index::load(&Location {
            file: self.git_dir.join("index"),
            git_dir: self.git_dir.clone(),
            work_tree: Some(self.root.clone()),
            id_len: id_len(&self.common_dir),
        })?)
    }
}

/// Length in bytes of the object ids of the repository with this common directory. The setting's name
/// stands in one section only, so its line alone is looked for.
fn id_len(common_dir: &Path) -> usize {
    let config = read_file(&common_dir.join("config")).unwrap_or_default();
    let config = String::from_utf8_lossy(&config).to_ascii_lowercase();
    let sha256 = config.lines().any(|line| {
        line.split_once('=').is_some_and(|(key, value)| {
            key.trim().ends_with("objectformat")
                && !key.contains("compat")
                && value.trim().starts_with("sha256")
        })
    });
    if sha256 { 32 } else { 20 }
}

/// The text of a file that holds one short line.
fn small_file(path: &Path) -> Option<String> {
    let is_small = path.metadata().ok()?.len() < 64 << 10;
    String::from_utf8(is_small.then(|| read_file(path).ok())??).ok()
}

/// The largest of git's own files that is read whole, bytes. A sparse one may claim to be of any size.
const LARGEST: u64 = 1 << 30;

/// The bytes of the regular file `path`.
pub(super) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    crate::regular_file::read(path, LARGEST)
}

/// Opens the repository that `dir` stands in (or the one that the environment names, where `environment`
/// says to honour it: `GIT_DIR` and its kin, as git sets them for its hooks).
pub(super) fn open(dir: &Path, environment: bool) -> Result<Repository, Error> {
    accept_partial_clones();
    let opened = if environment && std::env::var_os("GIT_DIR").is_some() {
        Repository::open_from_env()
    } else {
        let mut flags = RepositoryOpenFlags::empty();
        flags.set(RepositoryOpenFlags::FROM_ENV, environment);
        Repository::open_ext(dir, flags, std::iter::empty::<&OsStr>())
    };
    opened.map_err(|error| refusal(dir, &error))
}

/// Why libgit2 does not open the repository at `dir`.
fn refusal(dir: &Path, error: &git2::Error) -> Error {
    let path = dir.to_owned();
    let message = error.message().to_owned();
    if error.code() == ErrorCode::Owner {
        return Error::Owner { path };
    }
    if let Some((_, name)) = message.split_once("unsupported extension name ") {
        return Error::Format { path, format: format!("`{name}`") };
    }
    if message.contains("object format") || message.contains("objectformat") {
        return Error::Format {
            path,
            format: "an object format other than sha1 (`extensions.objectformat`)".into(),
        };
    }
    if error.code() == ErrorCode::NotFound && error.class() == ErrorClass::Repository {
        return Error::NotARepository { path };
    }
    Error::Repository { path, message }
}

/// Where the index of an opened repository is. `environment` as for [`open`].
pub(super) fn index(repository: &Repository, environment: bool) -> Location {
    let work_tree = repository.workdir().map(Path::to_owned);
    let named = std::env::var_os("GIT_INDEX_FILE").filter(|name| environment && !name.is_empty());
    let file = match (named, &work_tree) {
        // git reads a relative name from the top of the working tree, where its hooks start.
        (Some(name), Some(top)) => top.join(name),
        (Some(name), None) => PathBuf::from(name),
        (None, _) => repository.path().join("index"),
    };
    Location { file, git_dir: repository.path().to_owned(), work_tree, id_len: 20 }
}

/// Lets libgit2 open partial clones, which it refuses for one reason only: it cannot fetch what is
/// missing. Nothing here fetches; what is missing is reported as unread.
#[allow(
    unsafe_code,
    reason = "libgit2's options are process-wide; they are set once, before any repository opens"
)]
fn accept_partial_clones() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the option is written once in the process, under `Once`, and read when a repository is
        // opened, which every caller here does after this returns. Where it fails, partial clones stay
        // refused, with a clear error.
        let _ = unsafe { git2::opts::set_extensions(&["partialclone"]) };
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::testing::Repo;

    #[test]
    fn a_repository_is_found_from_below_and_from_a_linked_worktree() {
        let repo = Repo::new();
        repo.write("a/b/c.txt", b"x");
        repo.commit_all("first");
        let layout = Layout::discover(&repo.path("a/b")).expect("the directory is inside");
        assert_eq!(layout.root, repo.path(""));
        assert_eq!(layout.git_dir, layout.common_dir);

        let linked = repo.beside("linked");
        repo.git(&[
            "worktree",
            "add",
            "-q",
            "-b",
            "side",
            linked.to_str().expect("the test's path is UTF-8"),
        ]);
        let layout = Layout::discover(&linked.join("a")).expect("the directory is inside");
        assert_eq!(layout.root, linked);
        assert_ne!(layout.git_dir, layout.common_dir);
        assert!(layout.common_dir.join("objects").is_dir());
    }

    #[test]
    fn no_repository_is_an_error_that_says_so() {
        let dir = tempfile::tempdir().expect("a directory can be made");
        assert_eq!(Layout::discover(dir.path()), None);
        std::fs::create_dir(dir.path().join(".git")).expect("a directory can be made");
        assert_eq!(Layout::discover(dir.path()), None, "an empty .git is no repository");
        let error = open(dir.path(), false).err().expect("there is no repository");
        assert!(matches!(error, Error::NotARepository { .. }), "{error}");
    }

    #[test]
    fn a_format_that_libgit2_cannot_read_is_named() {
        let repo = Repo::new();
        repo.git(&["config", "core.repositoryformatversion", "1"]);
        repo.git(&["config", "extensions.refstorage", "reftable"]);
        let error = open(&repo.path(""), false).err().expect("the extension is unknown to libgit2");
        assert!(error.to_string().contains("refstorage"), "{error}");
    }

    #[test]
    fn a_partial_clone_opens() {
        let repo = Repo::new();
        repo.git(&["config", "core.repositoryformatversion", "1"]);
        repo.git(&["config", "extensions.partialClone", "origin"]);
        assert!(open(&repo.path(""), false).is_ok());
    }
}
