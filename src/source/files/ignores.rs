//! The `.gitignore` files that bind a directory: its own and those above it, up to the repository's root.

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::path::Path;
use std::sync::Arc;

/// An ignore file of more bytes than this is not read, and what it would cover is.
const LARGEST: u64 = 4 << 20;

/// A directory's ignore file and those above it.
#[derive(Debug)]
pub(super) struct Ignores {
    above: Option<Arc<Self>>,
    patterns: Gitignore,
}

impl Ignores {
    /// The ignore file of the directory `disk` (`relative` to the root) on top of those `above`. Where it
    /// cannot be read or understood as a whole, it ignores nothing, so that more is read, and the second
    /// value says why.
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
        let mut builder = GitignoreBuilder::new(relative);
        let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes));
        for line in text.lines() {
            // A line that is no pattern covers nothing, in git as here.
            let _ = builder.add_line(None, line);
        }
        match builder.build() {
            Ok(patterns) if patterns.is_empty() => (above, None),
            Ok(patterns) => (Some(Arc::new(Self { above, patterns })), None),
            Err(error) => (above, Some(error.to_string())),
        }
    }

    /// Whether the entry `path` (relative to the root) is ignored: the nearest file with a pattern for it
    /// decides.
    pub(super) fn cover(&self, path: &Path, is_dir: bool) -> bool {
        let mut level = Some(self);
        while let Some(ignores) = level {
            match ignores.patterns.matched(path, is_dir) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => level = ignores.above.as_deref(),
            }
        }
        false
    }
}
