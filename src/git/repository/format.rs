//! The format and the working tree in a repository's own configuration.
//!
//! As git reads it before anything else: the file `config` of the common directory, without what it includes, then
//! `config.worktree` if the extension says so. An extension that is not known here may mean anything, so it is refused
//! by name.

use crate::git::Error;
use crate::git::config::{Config, Setting};
use std::path::Path;

/// A repository's format.
#[derive(Debug)]
pub(super) struct RepositoryFormat {
    /// Bytes of an object id.
    pub(super) width: usize,
    /// True if the refs are kept as a reftable.
    pub(super) reftable: bool,
    /// True if objects may be absent because a partial clone left them at its origin.
    pub(super) partial: bool,
    /// `core.bare`.
    pub(super) bare: Option<bool>,
    /// `core.worktree`.
    pub(super) work_tree: Option<Vec<u8>>,
    /// True if `bare` and `work_tree` are about this very worktree.
    pub(super) is_own: bool,
}

/// Extensions that a repository of version 0 may not have, as in git.
const NOT_IN_VERSION_0: [&str; 5] =
    ["noop-v1", "objectformat", "compatobjectformat", "refstorage", "relativeworktrees"];

impl RepositoryFormat {
    /// The format of the repository with these directories.
    pub(super) fn read(common_dir: &Path, git_dir: &Path) -> Result<Self, Error> {
        let config = Config::of_file(&common_dir.join("config"))?;
        let mut format = Self {
            width: 20,
            reftable: false,
            partial: false,
            bare: config.last("core.bare").and_then(Setting::as_bool),
            work_tree: config.last("core.worktree").map(|setting| setting.text().to_vec()),
            is_own: false,
        };
        let refuse = |extension: String| Err(Error::Extension { path: common_dir.to_owned(), extension });
        let version = config.last("core.repositoryformatversion").map(Setting::text).unwrap_or(b"0");
        if version != b"0" && version != b"1" {
            let version = String::from_utf8_lossy(version);
            return refuse(format!("core.repositoryFormatVersion = {version}"));
        }
        let mut has_own = false;
        for setting in config.iter() {
            let Ok(key) = std::str::from_utf8(&setting.key) else { continue };
            if key.starts_with("remote.") && key.ends_with(".promisor") {
                format.partial |= setting.as_bool() == Some(true);
            }
            let Some(name) = key.strip_prefix("extensions.") else { continue };
            let value = String::from_utf8_lossy(setting.text()).into_owned();
            let named = || format!("extensions.{name} = {value}");
            if version == b"0" && NOT_IN_VERSION_0.contains(&name) {
                return refuse(format!("{} in a repository of version 0", named()));
            }
            match (name, value.to_ascii_lowercase().as_str()) {
                ("objectformat", "sha1") | ("refstorage", "files") => {}
                ("objectformat", "sha256") => format.width = 32,
                ("refstorage", "reftable") => format.reftable = true,
                ("partialclone", _) => format.partial = true,
                ("worktreeconfig", _) => has_own = setting.as_bool() == Some(true),
                ("noop" | "noop-v1" | "preciousobjects" | "relativeworktrees", _) => {}
                _ if version == b"0" => {}
                _ => return refuse(named()),
            }
        }
        if has_own {
            let own = Config::of_file(&git_dir.join("config.worktree"))?;
            if let Some(setting) = own.last("core.bare") {
                format.bare = setting.as_bool();
            }
            if let Some(setting) = own.last("core.worktree") {
                format.work_tree = Some(setting.text().to_vec());
            }
            // Once this worktree has its own file, git applies the shared ones to it too.
            format.is_own = format.work_tree.is_some();
        }
        Ok(format)
    }
}
