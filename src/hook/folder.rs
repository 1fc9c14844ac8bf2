//! Where git looks for the hooks of a repository.
//!
//! # Design
//!
//! The git program gives the folder, because `core.hooksPath` may come from any configuration, the environment
//! included. Paths are compared without links and `..`: `../shared` and a link out of the repository are outside,
//! even if the folder does not exist.

use super::{Error, Hook, HookKind, NO_COMMIT_HOOK, NO_PUSH_HOOK, PUSH_HOOK, SERVER, State, git};
use crate::atomic_file::real_path;
use crate::git::{Access, Repository};
use std::io;
use std::path::{Path, PathBuf};

/// The folder that git takes the hooks of a repository from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HooksFolder {
    /// The folder, without links and `..` as far as it exists.
    pub path: PathBuf,
    /// The setting that chose it, if it is not the repository's own.
    pub chosen: Option<HooksPath>,
    /// True if it is not in this repository.
    pub is_outside: bool,
    /// Where git runs hooks: the top of the work tree, or a bare repository's git directory.
    pub(super) top: PathBuf,
    /// The git directory that all work trees share.
    pub(super) git_dir: PathBuf,
}

/// `core.hooksPath`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HooksPath {
    /// Where the value is from, in git's words (`file:.git/config`, `command line:`); unknown without git.
    pub origin: Option<String>,
}

impl HooksFolder {
    /// That of the repository that `folder` is in.
    ///
    /// # Errors
    /// [`Error::Repository`], [`Error::Git`], [`Error::File`].
    pub fn of(folder: &Path) -> Result<Self, Error> {
        let repository = Repository::open(folder, Access::default())?;
        let git_dir = repository.common_dir().to_owned();
        let top = repository.work_tree().unwrap_or(&git_dir).to_owned();
        let (named, chosen) = match asked(&top)? {
            Some(answer) => answer,
            None => known(&repository)?,
        };
        // Git goes to the top before it runs a hook.
        let named = top.join(named.unwrap_or_else(|| git_dir.join("hooks")));
        let unreadable = |path: &Path, source| Error::File { path: path.to_owned(), verb: "read", source };
        let (path, is_outside) = match real_path(&named) {
            Ok(path) => {
                let mut own = [top.as_path(), &git_dir, repository.git_dir()].into_iter();
                let is_inside = own.any(|own| real_path(own).is_ok_and(|own| path.starts_with(own)));
                (path, !is_inside)
            }
            // A dangling link may point anywhere.
            Err(error) if error.kind() == io::ErrorKind::NotFound => (named, true),
            Err(source) => return Err(unreadable(&named, source)),
        };
        Ok(Self { path, chosen, is_outside, top, git_dir })
    }

    /// The hook of this kind, installed or not.
    pub fn hook(&self, kind: HookKind) -> Hook {
        Hook { kind, path: self.path.join(kind.name()) }
    }

    /// True if the repository has no work tree.
    pub fn is_bare(&self) -> bool {
        self.top == self.git_dir
    }

    /// What the hooks do not scan, and what does.
    pub fn not_covered(&self) -> String {
        if self.is_bare() {
            return SERVER.to_owned();
        }
        let found = self.hook(HookKind::PrePush).look().map(|found| found.state);
        let is_there = matches!(found, Ok(State::Current | State::Other | State::Calls));
        format!("{NO_COMMIT_HOOK} {}", if is_there { PUSH_HOOK } else { NO_PUSH_HOOK })
    }

    /// The hooks in the repository's own folder that git ignores because it uses another folder.
    pub fn passed_over(&self) -> Vec<PathBuf> {
        let own = self.git_dir.join("hooks");
        if real_path(&own).is_ok_and(|own| own == self.path) || super::global::runs_own(&self.path) {
            return Vec::new();
        }
        let hooks = HookKind::ALL.map(|kind| own.join(kind.name())).into_iter();
        hooks.filter(|hook| hook.symlink_metadata().is_ok()).collect()
    }

    /// Refuses to change a folder that others use, too.
    pub(super) fn refuse_outside(&self) -> Result<(), Error> {
        let path = self.path.clone();
        match (self.is_outside, &self.chosen) {
            (false, _) => Ok(()),
            (true, Some(_)) => Err(Error::Shared { path }),
            (true, None) => Err(Error::LeadsOut { path: self.git_dir.join("hooks") }),
        }
    }
}

/// The folder as it is named, relative to the top, and what chose it.
type NamedFolder = (Option<PathBuf>, Option<HooksPath>);

/// Git's own answer, if there is a git.
fn asked(top: &Path) -> Result<Option<NamedFolder>, Error> {
    const WHAT: &str = "where the hooks of this repository are";
    let Some(hook) = git::ask(top, WHAT, ["rev-parse", "--git-path", "hooks/pre-commit"])? else {
        return Ok(None);
    };
    let hook = git::path(hook.strip_suffix(b"\n").unwrap_or(&hook));
    let folder = hook.parent().map(Path::to_owned);
    let question = ["config", "-z", "--show-origin", "--path", "--get", "core.hooksPath"];
    let answer = git::run(git::command(top).args(question));
    let answer = answer.map_err(|source| Error::NoAnswer { what: WHAT, source })?;
    // Not set, which is exit code 1, is no error.
    let answer = answer.filter(|answer| answer.status.success());
    let origin = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let chosen =
        answer.map(|answer| HooksPath { origin: answer.stdout.split(|byte| *byte == 0).next().map(origin) });
    Ok(Some((folder, chosen)))
}

/// The answer of git's configuration files.
fn known(repository: &Repository) -> Result<NamedFolder, Error> {
    let path = repository.configured_path("core.hookspath")?;
    let chosen = path.as_ref().map(|_| HooksPath { origin: None });
    Ok((path, chosen))
}
