//! The `.gitignore` files that apply to a directory: its own and those above it, up to the repository's root.

use crate::git::path::git_path;
use crate::gitignore::Patterns;
use std::path::Path;
use std::sync::Arc;

/// An ignore file of more bytes than this is not read, so what it would cover is scanned.
const LARGEST: u64 = 4 << 20;

/// A directory's ignore file and those above it.
#[derive(Debug)]
pub(super) struct Ignores {
    above: Option<Arc<Self>>,
    patterns: Patterns,
    /// Length of the directory's path relative to the root, with the slash after it.
    base: usize,
}

impl Ignores {
    /// The ignore file of the directory `disk` (`relative` to the root) on top of those `above`. If it cannot be read
    /// or parsed as a whole, it ignores nothing, so that more is read, and the second value says why.
    pub(super) fn load(
        disk: &Path,
        relative: &Path,
        above: Option<Arc<Self>>,
    ) -> (Option<Arc<Self>>, Option<String>) {
        let file = disk.join(".gitignore");
        // Like git, a link is not followed here.
        match file.symlink_metadata() {
            Ok(metadata) if metadata.is_file() && metadata.len() <= LARGEST => {}
            Ok(metadata) if metadata.is_file() => return (above, Some("it is larger than 4 MiB".to_owned())),
            _ => return (above, None),
        }
        let bytes = match std::fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) => return (above, Some(error.to_string())),
        };
        match Patterns::of_file(&bytes) {
            Ok(patterns) if patterns.is_empty() => (above, None),
            Ok(patterns) => {
                let len = git_path(relative).len();
                let base = if len == 0 { 0 } else { len + 1 };
                (Some(Arc::new(Self { above, patterns, base })), None)
            }
            Err(problem) => (above, Some(problem.to_string())),
        }
    }

    /// Whether the entry `path` (relative to the root) is ignored: the nearest file with a pattern for it
    /// decides.
    pub(super) fn cover(&self, path: &Path, is_dir: bool) -> bool {
        let path = git_path(path);
        let mut level = Some(self);
        while let Some(ignores) = level {
            let below = path.get(ignores.base..).unwrap_or_default();
            if let Some(covers) = ignores.patterns.covers(below, is_dir) {
                return covers;
            }
            level = ignores.above.as_deref();
        }
        false
    }
}
