//! The log of revocations: lines of JSON without any secret, in a file that only its user can read.
//!
//! # Design
//!
//! The first line is written before the request is sent: if it cannot be, nothing is revoked. So a program that ends in
//! between leaves a trace.

use crate::atomic_file;
use crate::cache::state_folder;
use crate::error::Error;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The name of the file in the user's folder for state.
const FILE: &str = "revocations.jsonl";

/// The log.
pub(super) struct RevocationLog {
    path: PathBuf,
}

impl RevocationLog {
    /// The log at `path`, or the user's own; makes it if it is not there.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Error> {
        let path = match path {
            Some(path) => path.to_owned(),
            None => own()?,
        };
        let failed = |source| Error::Write { path: path.clone(), source };
        if let Some(folder) =
            path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(folder).map_err(failed)?;
        }
        let there = if path.parent().is_some_and(|folder| folder.as_os_str().is_empty()) {
            Path::new(".").join(&path)
        } else {
            path.clone()
        };
        if fs::symlink_metadata(&there).is_err() {
            atomic_file::create_private(&there, b"").map_err(failed)?;
        }
        Ok(Self { path: there })
    }

    /// Appends a line.
    pub(super) fn write(&self, line: &Value) -> Result<(), Error> {
        let failed = |source| Error::Write { path: self.path.clone(), source };
        atomic_file::append(&self.path, format!("{line}\n").as_bytes()).map_err(failed)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The user's own log.
fn own() -> Result<PathBuf, Error> {
    let folder = state_folder().ok_or_else(|| Error::Usage {
        what: "no folder is known for the log of revocations; name a file with --audit-log".to_owned(),
    })?;
    Ok(folder.join(FILE))
}

/// The number of the user.
#[cfg(unix)]
fn number() -> Option<String> {
    Some(format!("uid {}", rustix::process::geteuid().as_raw()))
}

#[cfg(not(unix))]
fn number() -> Option<String> {
    None
}

/// Who runs the program, as far as the system says so.
pub(super) fn user() -> Option<String> {
    let named = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(named).or_else(number)
}
