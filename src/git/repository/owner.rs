//! git's `safe.directory` rule: the repository of another user is not trusted, unless the user's or the system's
//! configuration, or the environment, says so.
//!
//! It is git's protection against repositories that someone put above the current directory. On systems without owners
//! in the Unix sense every repository counts as the user's own.

use super::discovery::{Discovered, DiscoveryKind};
use super::{Repository, Variables};
use crate::git::Error;
use crate::git::config::{Config, expand};
use crate::git::path::native;
use std::path::Path;

/// Refuses the repository if it belongs to another user and nothing trusts it.
pub(super) fn check(
    found: &Discovered,
    repository: &Repository,
    variables: &Variables<'_>,
) -> Result<(), Error> {
    let mut parts: Vec<&Path> = repository.work_tree.as_deref().into_iter().collect();
    if let DiscoveryKind::Inside { file: Some(file), .. } = &found.kind {
        parts.push(file);
    }
    parts.push(&repository.git_dir);
    if parts.iter().all(|part| is_own(part, variables)) {
        return Ok(());
    }
    let config = Config::protected(variables)?;
    let named = parts[0].canonicalize().unwrap_or_else(|_| parts[0].to_owned());
    let mut is_safe = false;
    for setting in config.all("safe.directory") {
        match setting.text() {
            b"" => is_safe = false,
            b"*" => is_safe = true,
            value => is_safe |= names(value, &named, variables),
        }
    }
    if is_safe { Ok(()) } else { Err(Error::Owner { path: parts[0].to_owned() }) }
}

/// True if a value of `safe.directory` names `path`: itself, or with `/*` at its end a directory above.
fn names(value: &[u8], path: &Path, variables: &Variables<'_>) -> bool {
    let (value, is_above) = match value.strip_suffix(b"/*") {
        Some(above) => (above, true),
        None => (value, false),
    };
    let prefixed = value.strip_prefix(b"%(prefix)/");
    // What follows is absolute, or below the directory that git is installed in.
    let dir = match prefixed {
        Some(rest) if rest.starts_with(b"/") => Some(native(rest)),
        Some(rest) => installed(variables).map(|prefix| prefix.join(native(rest))),
        None if value.is_empty() => Some("/".into()),
        None => expand(value, variables),
    };
    let Some(dir) = dir.filter(|dir| dir.is_absolute() || dir == Path::new(".")) else { return false };
    let dir = dir.canonicalize().unwrap_or(dir);
    if is_above { path != dir && path.starts_with(&dir) } else { path == dir }
}

/// The directory in whose `bin` the program `git` is.
fn installed(variables: &Variables<'_>) -> Option<std::path::PathBuf> {
    let path = variables("PATH")?;
    let bin = std::env::split_paths(&path).find(|dir| dir.join("git").is_file())?;
    bin.parent().map(Path::to_owned)
}

/// True if `path` belongs to the user, or to the one who ran `sudo`; and if it does not exist.
#[cfg(unix)]
fn is_own(path: &Path, variables: &Variables<'_>) -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(metadata) = path.symlink_metadata() else { return true };
    let user = rustix::process::geteuid();
    if metadata.uid() == user.as_raw() {
        return true;
    }
    let sudo = variables("SUDO_UID").and_then(|uid| uid.into_string().ok()?.parse::<u32>().ok());
    user.is_root() && sudo == Some(metadata.uid())
}

#[cfg(not(unix))]
fn is_own(_: &Path, _: &Variables<'_>) -> bool {
    true
}
