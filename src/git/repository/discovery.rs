//! Finds the git directory: upwards from a start, or by its name.

use super::{LARGEST_LINE, read};
use crate::git::Error;
use crate::git::config::Variables;
use crate::git::path::native;
use std::fs;
use std::path::{Path, PathBuf};

/// A git directory, and how it was found.
#[derive(Debug)]
pub(super) struct Discovered {
    pub(super) git_dir: PathBuf,
    pub(super) kind: DiscoveryKind,
}

/// How a git directory was found.
#[derive(Debug)]
pub(super) enum DiscoveryKind {
    /// As `.git` of the directory `top`, or through the file of that name.
    Inside {
        top: PathBuf,
        /// The file, if it is one.
        file: Option<PathBuf>,
    },
    /// The search came through it, or started there.
    Itself,
    /// `GIT_DIR` names it.
    Named,
}

/// How far a search goes.
#[derive(Debug, Default)]
pub(super) struct Limits {
    /// Directories above which the search does not go, canonical.
    ceilings: Vec<PathBuf>,
    /// True if a search ends at the edge of a file system.
    one_file_system: bool,
}

impl Limits {
    /// The limits that the environment sets, if it is honoured.
    pub(super) fn of(environment: bool, variables: &Variables<'_>) -> Self {
        if !environment {
            return Self::default();
        }
        let text = |name: &str| variables(name).and_then(|value| value.into_string().ok());
        let across = text("GIT_DISCOVERY_ACROSS_FILESYSTEM").unwrap_or_default();
        let across = matches!(across.to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on");
        let mut ceilings = Vec::new();
        let mut are_real = true;
        for dir in std::env::split_paths(&variables("GIT_CEILING_DIRECTORIES").unwrap_or_default()) {
            if dir.as_os_str().is_empty() {
                // After an empty entry links are not resolved.
                are_real = false;
            } else if dir.is_absolute() {
                ceilings.push(if are_real { dir.canonicalize().unwrap_or(dir) } else { dir });
            }
        }
        Self { ceilings, one_file_system: !across }
    }
}

/// The git directory of `start` (a canonical path) or of the nearest directory above that has one.
pub(super) fn upwards(start: &Path, limits: &Limits) -> Result<Option<Discovered>, Error> {
    let device = device(start);
    for dir in start.ancestors() {
        if limits.one_file_system && self::device(dir) != device {
            return Ok(None);
        }
        if let Some(found) = inside(dir)? {
            return Ok(Some(found));
        }
        if is_git_dir(dir) {
            return Ok(Some(Discovered { git_dir: dir.to_owned(), kind: DiscoveryKind::Itself }));
        }
        // A ceiling applies only to a start below it.
        if dir.parent().is_some_and(|above| limits.ceilings.iter().any(|ceiling| ceiling == above)) {
            return Ok(None);
        }
    }
    Ok(None)
}

/// The git directory whose working tree's top is `top`. A `.git` that is neither a git directory nor a file is ignored.
pub(super) fn inside(top: &Path) -> Result<Option<Discovered>, Error> {
    let dot_git = top.join(".git");
    let (git_dir, file) = if dot_git.is_file() {
        (linked(&dot_git)?, Some(dot_git))
    } else if is_git_dir(&dot_git) {
        (dot_git, None)
    } else {
        return Ok(None);
    };
    Ok(Some(Discovered { git_dir, kind: DiscoveryKind::Inside { top: top.to_owned(), file } }))
}

/// The git directory that `GIT_DIR` names, directly or through a file that points to it.
pub(super) fn named(path: &Path) -> Result<Discovered, Error> {
    let path = fs::canonicalize(path).map_err(|_| Error::NotARepository { path: path.to_owned() })?;
    let git_dir = if path.is_file() { linked(&path)? } else { path };
    if !is_git_dir(&git_dir) {
        return Err(Error::NotARepository { path: git_dir });
    }
    Ok(Discovered { git_dir, kind: DiscoveryKind::Named })
}

/// The git directory that the file `.git` of a linked worktree or a submodule points to.
fn linked(file: &Path) -> Result<PathBuf, Error> {
    let broken = || Error::Broken { path: file.to_owned() };
    let text = read(file, LARGEST_LINE)?.ok_or_else(broken)?;
    let target = text.strip_prefix(b"gitdir:").ok_or_else(broken)?;
    let target = file.parent().unwrap_or(file).join(native(target.trim_ascii()));
    fs::canonicalize(target).ok().filter(|dir| is_git_dir(dir)).ok_or_else(broken)
}

/// True for what git itself accepts as a git directory.
fn is_git_dir(dir: &Path) -> bool {
    let has_head = dir.join("HEAD").symlink_metadata().is_ok();
    let is_linked = || dir.join("commondir").symlink_metadata().is_ok();
    has_head && ((dir.join("objects").is_dir() && dir.join("refs").is_dir()) || is_linked())
}

/// The file system that a path is on.
fn device(path: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        path.metadata().ok().map(|metadata| metadata.dev())
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}
