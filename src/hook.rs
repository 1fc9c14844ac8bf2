//! Installing, removing and inspecting the pre-commit hook.
//!
//! The hook is `hooks/pre-commit` of this repository, byte for byte. The decision to know: a hook that
//! is there is kept beside ours under another name and run first, and nothing else of the repository
//! (no configuration, no other hook) is touched.

use crate::git::{self, Access, Repository};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The hook itself.
const SCRIPT: &str = include_str!("../hooks/pre-commit");

/// What every version of the hook says of itself.
const MARK: &str = "# keydredge hook v";

/// What stands between the hook's name and the hook that was there before.
const BEFORE: &str = ".before-keydredge";

/// What can go wrong.
#[derive(Debug, Error)]
pub enum Error {
    /// There is no repository, or it cannot be opened.
    #[error(transparent)]
    Repository(#[from] git::Error),
    /// A file could not be read, written or moved.
    #[error("{path} could not be {verb}")]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried: `read`, `written`, `moved`.
        verb: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// Two hooks are there from before.
    #[error(
        "{path} is in the way: it was kept by an earlier install, and another hook stands in its place now; merge the two by hand"
    )]
    TwoBefore {
        /// The kept one.
        path: PathBuf,
    },
    /// The hooks folder belongs to more than this repository.
    #[error(
        "core.hooksPath points to {path}, outside this repository, so a hook there would run in every repository that uses it; put this line into its pre-commit by hand: keydredge hook run"
    )]
    Shared {
        /// The folder.
        path: PathBuf,
    },
}

/// Where git looks for the hook of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The hook's path.
    pub hook: PathBuf,
    /// True where `core.hooksPath` chose the folder.
    pub chosen: bool,
    /// True where the folder is not this repository's own.
    pub shared: bool,
}

/// What stands where git looks for the hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing.
    Absent,
    /// Our hook as this version writes it.
    Current,
    /// Our hook as another version wrote it.
    Other,
    /// Somebody's hook that names keydredge.
    Calls,
    /// Somebody's hook.
    Foreign,
}

impl Site {
    /// The site for the repository that `folder` is in.
    ///
    /// # Errors
    /// [`Error::Repository`].
    pub fn of(folder: &Path) -> Result<Self, Error> {
        let repository = Repository::open(folder, Access::default())?;
        let common = repository.common_dir().to_owned();
        let root = repository.work_tree().unwrap_or(&common).to_owned();
        let chosen = repository.configured_path("core.hookspath")?;
        let folder = match &chosen {
            Some(path) => root.join(path),
            None => common.join("hooks"),
        };
        let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let inside = real(&folder).starts_with(real(&root)) || real(&folder).starts_with(real(&common));
        Ok(Self { hook: folder.join("pre-commit"), chosen: chosen.is_some(), shared: !inside })
    }

    /// What stands there.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn state(&self) -> Result<State, Error> {
        match fs::metadata(&self.hook) {
            // To read a FIFO would block for ever; a folder is no hook either.
            Ok(metadata) if !metadata.is_file() => {
                return Err(self.failed("read", io::Error::other("it is not a regular file")));
            }
            _ => {}
        }
        let bytes = match fs::read(&self.hook) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::Absent),
            Err(source) => return Err(self.failed("read", source)),
        };
        let text = String::from_utf8_lossy(&bytes);
        Ok(if text == SCRIPT {
            State::Current
        } else if text.contains(MARK) {
            State::Other
        } else if text.contains("keydredge") {
            State::Calls
        } else {
            State::Foreign
        })
    }

    /// Whether git runs what stands there: it passes over a hook that may not be executed.
    pub fn runs(&self) -> bool {
        may_be_executed(&self.hook)
    }

    /// The path of the hook that was there before ours.
    pub fn before(&self) -> PathBuf {
        let mut name = self.hook.clone().into_os_string();
        name.push(BEFORE);
        PathBuf::from(name)
    }

    /// Puts the hook in place; returns what was done, as sentences.
    ///
    /// # Errors
    /// [`Error::Shared`], [`Error::TwoBefore`], [`Error::File`].
    pub fn install(&self) -> Result<Vec<String>, Error> {
        if self.shared {
            let path = self.hook.parent().unwrap_or(&self.hook).to_owned();
            return Err(Error::Shared { path });
        }
        let mut done = Vec::new();
        match self.state()? {
            State::Current if self.runs() => {
                return Ok(vec![format!("{} is there already.", self.hook.display())]);
            }
            State::Absent | State::Current | State::Other => {}
            State::Calls | State::Foreign => {
                let before = self.before();
                if before.exists() {
                    return Err(Error::TwoBefore { path: before });
                }
                fs::rename(&self.hook, &before).map_err(|source| self.failed("moved", source))?;
                done.push(format!("Your hook is kept as {} and runs first.", before.display()));
            }
        }
        if let Some(folder) = self.hook.parent() {
            fs::create_dir_all(folder).map_err(|source| self.failed("written", source))?;
        }
        write_script(&self.hook).map_err(|source| self.failed("written", source))?;
        done.insert(0, format!("Git now runs keydredge before each commit: {}.", self.hook.display()));
        if self.chosen {
            done.push("The folder is the one that core.hooksPath names.".to_owned());
        }
        Ok(done)
    }

    /// Takes the hook away and puts back what was there before; returns what was done.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn remove(&self) -> Result<Vec<String>, Error> {
        if !matches!(self.state()?, State::Current | State::Other) {
            return Ok(vec![format!(
                "There is no hook of keydredge at {}; nothing was changed.",
                self.hook.display()
            )]);
        }
        let before = self.before();
        if before.exists() {
            fs::rename(&before, &self.hook).map_err(|source| self.failed("moved", source))?;
            return Ok(vec![format!(
                "The hook is gone; {} is again the one from before.",
                self.hook.display()
            )]);
        }
        fs::remove_file(&self.hook).map_err(|source| self.failed("moved", source))?;
        Ok(vec![format!("The hook is gone: {}.", self.hook.display())])
    }

    fn failed(&self, verb: &'static str, source: io::Error) -> Error {
        Error::File { path: self.hook.clone(), verb, source }
    }
}

#[cfg(unix)]
fn write_script(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, SCRIPT)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(unix)]
fn may_be_executed(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn may_be_executed(path: &Path) -> bool {
    path.exists()
}

#[cfg(not(unix))]
fn write_script(path: &Path) -> io::Result<()> {
    fs::write(path, SCRIPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> (tempfile::TempDir, Site) {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        git2::Repository::init(folder.path()).expect("a repository can be made");
        let site = Site::of(folder.path()).expect("it is a repository");
        (folder, site)
    }

    #[test]
    fn a_hook_that_was_there_is_kept_and_comes_back() {
        let (_folder, site) = site();
        fs::create_dir_all(site.hook.parent().unwrap()).unwrap();
        fs::write(&site.hook, "#!/bin/sh\nexit 0\n").unwrap();
        site.install().unwrap();
        assert_eq!(site.state().unwrap(), State::Current);
        assert!(site.before().exists());
        site.install().unwrap();
        site.remove().unwrap();
        assert_eq!(fs::read_to_string(&site.hook).unwrap(), "#!/bin/sh\nexit 0\n");
        assert!(!site.before().exists());
    }

    #[test]
    fn nothing_there_means_nothing_left() {
        let (_folder, site) = site();
        site.install().unwrap();
        site.remove().unwrap();
        assert_eq!(site.state().unwrap(), State::Absent);
    }

    #[test]
    fn a_shared_folder_is_left_alone() {
        let (folder, _) = site();
        let elsewhere = tempfile::tempdir().unwrap();
        let repository = git2::Repository::open(folder.path()).unwrap();
        let path = elsewhere.path().to_str().unwrap();
        repository.config().unwrap().set_str("core.hooksPath", path).unwrap();
        let site = Site::of(folder.path()).unwrap();
        assert!(matches!(site.install(), Err(Error::Shared { .. })));
    }

    #[test]
    fn a_folder_of_the_repository_that_core_hooks_path_names_is_used() {
        let (folder, _) = site();
        let repository = git2::Repository::open(folder.path()).unwrap();
        repository.config().unwrap().set_str("core.hooksPath", ".githooks").unwrap();
        let site = Site::of(folder.path()).unwrap();
        site.install().unwrap();
        assert!(folder.path().join(".githooks/pre-commit").exists());
    }
}
