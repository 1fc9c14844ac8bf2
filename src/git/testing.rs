//! Repositories for unit tests, made by git itself with no configuration but their own.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A repository in a directory that is removed on drop.
pub(crate) struct Repo {
    dir: tempfile::TempDir,
}

impl Repo {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let repo = Self { dir: tempfile::tempdir().expect("a directory can be made") };
        std::fs::create_dir(repo.path("")).expect("a directory can be made");
        repo.git(&["init", "-q", "-b", "main"]);
        repo
    }

    /// A path in its working tree, canonical.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        let dir = self.dir.path().canonicalize().expect("the directory exists").join("repo");
        if relative.is_empty() { dir } else { dir.join(relative) }
    }

    /// A path beside it that is removed with it.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().canonicalize().expect("the directory exists").join(name)
    }

    /// Writes a file, with the directories above it.
    pub(crate) fn write(&self, relative: &str, bytes: &[u8]) {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().expect("the root has been left"))
            .expect("directories can be made");
        std::fs::write(path, bytes).expect("a file can be written");
    }

    /// Runs git at its root and returns what it printed.
    pub(crate) fn git(&self, arguments: &[&str]) -> Vec<u8> {
        git_in(&self.path(""), arguments)
    }

    /// Stages all and commits.
    pub(crate) fn commit_all(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }
}

/// A git without the machine's configuration, with a fixed author and clock.
pub(crate) fn git_command(dir: &Path) -> Command {
    let mut git = Command::new("git");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") {
            git.env_remove(name);
        }
    }
    git.current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", "A")
        .env("GIT_AUTHOR_EMAIL", "a@example.com")
        .env("GIT_AUTHOR_DATE", "1700000000 +0000")
        .env("GIT_COMMITTER_NAME", "C")
        .env("GIT_COMMITTER_EMAIL", "c@example.com")
        .env("GIT_COMMITTER_DATE", "1700000000 +0000");
    git
}

/// Runs git in `dir`, which must succeed, and returns what it printed.
pub(crate) fn git_in(dir: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = git_command(dir).args(arguments).output().expect("git can be started");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
