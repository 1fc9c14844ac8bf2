//! Finding a repository, and opening it through libgit2.
//!
//! A walk of files needs only to know where the root, the git directory and the index are: [`Layout`]
//! looks for itself and reads no configuration beyond the object format. What reads objects goes through
//! [`open`], which keeps libgit2's ownership check and honours, where it is told to, the environment that
//! git gives to its hooks. Nothing here writes.

use super::Error;
use crate::git::index::Location;
use git2::{ErrorClass, ErrorCode, Repository, RepositoryOpenFlags};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Once;

/// The largest file of settings that is read, bytes.
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
    Location { file, git_dir: repository.path().to_owned(), id_len: 20 }
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
