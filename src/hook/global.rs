//! The hooks of all repositories of a user: a folder that `core.hooksPath` of the user's configuration names.
//!
//! # Design
//!
//! `core.hooksPath`, and not `init.templateDir`: a template is copied only into repositories that are made later, and
//! the copies become outdated. But if `core.hooksPath` is set, git runs nothing in a repository's own folder. So this
//! folder has each hook that git knows, and each runs the repository's own (`hooks/repository-own`). Ours runs that
//! first, as the hook that was there before. A repository that sets `core.hooksPath` itself, as husky does, is not
//! covered; `hook status` there says so.

use super::{Error, HookKind, SCRIPT, git};
use crate::atomic_file::{self, Access};
use crate::shown_path::shown_path;
use crate::update_lock::UpdateLock;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What runs the repository's own hook.
const OWN: &str = include_str!("../../hooks/repository-own");

/// The hooks that git looks for in that folder (githooks(5), git 2.49).
const ALL: [&str; 22] = [
    "applypatch-msg",
    "commit-msg",
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "post-receive",
    "post-rewrite",
    "post-update",
    "pre-applypatch",
    "pre-auto-gc",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
    "proc-receive",
    "push-to-checkout",
    "reference-transaction",
    "update",
];

/// The question to git.
const WHAT: &str = "what core.hooksPath is for all repositories";

/// The setting.
const KEY: &str = "core.hooksPath";

/// The folder of the hooks of all repositories.
#[derive(Debug)]
pub struct GlobalHooks {
    path: PathBuf,
}

impl GlobalHooks {
    /// That of this user: `keydredge/hooks` in the folder of configurations.
    ///
    /// # Errors
    /// [`Error::NoHome`].
    pub fn of_user() -> Result<Self, Error> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = || variable(if cfg!(windows) { "USERPROFILE" } else { "HOME" });
        let configurations = variable("XDG_CONFIG_HOME").or_else(|| Some(home()?.join(".config")));
        let path = configurations.filter(|path| path.is_absolute()).ok_or(Error::NoHome)?;
        Ok(Self { path: path.join("keydredge").join("hooks") })
    }

    /// Puts these hooks in place, and all others, which run the repositories' own; returns what was done, as sentences.
    ///
    /// # Errors
    /// [`Error::Taken`] if another folder is set already; [`Error::NotAConfiguration`]; the others of [`enum@Error`].
    pub fn install(&self, kinds: &[HookKind]) -> Result<Vec<String>, Error> {
        refuse_devices()?;
        let set = self.setting()?;
        if let Some(other) = set.as_ref().filter(|set| **set != self.path) {
            return Err(Error::Taken { path: other.clone() });
        }
        let failed = |source| Error::File { path: self.path.clone(), verb: "made", source };
        fs::create_dir_all(&self.path).map_err(failed)?;
        let _lock = UpdateLock::take(&self.path, None)?;
        for name in ALL {
            let kind = kinds.iter().find(|kind| kind.name() == name);
            let path = self.path.join(name);
            let before = before(&path);
            if kind.is_some() {
                put(&before, OWN)?;
                put(&path, SCRIPT)?;
            } else if !is(&path, SCRIPT) {
                put(&path, OWN)?;
            }
        }
        if set.is_none() {
            let path = self.path.as_os_str();
            let command = git::run(git::command(&self.path).args(["config", "--global", KEY]).arg(path));
            check(command)?;
        }
        let before = kinds.iter().map(|kind| kind.before_what()).collect::<Vec<_>>().join(", ");
        Ok(vec![
            format!("Git now runs keydredge before {before}, in all repositories: {}.", shown_path(&self.path)),
            "A repository's own hooks run as before, and run first. One that sets core.hooksPath itself (as husky does) is \
             not covered: install there, too."
                .to_owned(),
        ])
    }

    /// Takes the hooks away, and the setting; returns what was done, as sentences.
    ///
    /// # Errors
    /// [`enum@Error`].
    pub fn remove(&self) -> Result<Vec<String>, Error> {
        let mut done = Vec::new();
        if self.setting()?.is_some_and(|set| set == self.path) {
            check(git::run(
                git::command(&std::env::temp_dir()).args(["config", "--global", "--unset", KEY]),
            ))?;
            done.push(
                "core.hooksPath is no longer set for all repositories: each runs its own hooks.".to_owned(),
            );
        }
        for name in ALL {
            let path = self.path.join(name);
            for path in [before(&path), path] {
                if is(&path, SCRIPT) || is(&path, OWN) {
                    let failed = |source| Error::File { path: path.clone(), verb: "removed", source };
                    fs::remove_file(&path).map_err(failed)?;
                }
            }
        }
        // Unless somebody has put something there.
        let _it_stays = fs::remove_dir(&self.path);
        if done.is_empty() {
            done.push("There was no hook of keydredge for all repositories; nothing was changed.".to_owned());
        }
        Ok(done)
    }

    /// What `core.hooksPath` is in the user's own configuration.
    fn setting(&self) -> Result<Option<PathBuf>, Error> {
        let question = ["config", "--global", "-z", "--path", "--get", KEY];
        // Run outside of any repository, so that none affects it.
        let output = git::run(git::command(&std::env::temp_dir()).args(question));
        let output = output.map_err(no_answer)?.ok_or_else(|| no_answer(io::ErrorKind::NotFound.into()))?;
        match output.status.code() {
            Some(0) => Ok(Some(git::path(output.stdout.strip_suffix(b"\0").unwrap_or(&output.stdout)))),
            Some(1) => Ok(None),
            _ => Err(git::refusal(WHAT, &output)),
        }
    }
}

/// Git replaces the file that it writes to, whatever it is: run by root, it makes `/dev/null` an ordinary file.
fn refuse_devices() -> Result<(), Error> {
    let named = std::env::var_os("GIT_CONFIG_GLOBAL").filter(|value| !value.is_empty()).map(PathBuf::from);
    match named.filter(|path| fs::metadata(path).is_ok_and(|data| !data.is_file())) {
        Some(path) => Err(Error::NotAConfiguration { path }),
        None => Ok(()),
    }
}

/// True for a folder of hooks that run the repositories' own.
pub(super) fn runs_own(folder: &Path) -> bool {
    is(&folder.join("prepare-commit-msg"), OWN)
}

fn before(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(super::BEFORE);
    name.into()
}

/// True if the regular file at `path` is this one.
fn is(path: &Path, text: &str) -> bool {
    let seen = fs::symlink_metadata(path);
    seen.is_ok_and(|seen| seen.is_file() && seen.len() == text.len() as u64)
        && fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes())
}

/// Writes a hook, unless a file of somebody else's is there.
fn put(path: &Path, text: &str) -> Result<(), Error> {
    let is_ours = || {
        fs::read_to_string(path)
            .is_ok_and(|there| there.contains(super::MARK) || there.contains(super::OWN_MARK))
    };
    if path.symlink_metadata().is_ok() && !is_ours() {
        return Err(Error::InTheWay { path: path.to_owned() });
    }
    Ok(atomic_file::write(path, Access::Executable, |out| out.write_all(text.as_bytes()))?)
}

fn check(output: io::Result<Option<std::process::Output>>) -> Result<(), Error> {
    match output.map_err(no_answer)? {
        Some(output) if output.status.success() => Ok(()),
        Some(output) => Err(git::refusal(WHAT, &output)),
        None => Err(no_answer(io::ErrorKind::NotFound.into())),
    }
}

fn no_answer(source: io::Error) -> Error {
    Error::NoAnswer { what: WHAT, source }
}
