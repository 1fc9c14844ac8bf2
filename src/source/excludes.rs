//! The configuration's exclude patterns, in the syntax of `.gitignore`, relative to the repository's root.

use super::Error;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::path::Path;

/// A set of exclude patterns.
#[derive(Debug)]
pub(super) struct Excludes(Gitignore);

impl Excludes {
    /// The set of `globs`; one that does not parse is an error.
    pub(super) fn parse(globs: &[String]) -> Result<Self, Error> {
        let mut builder = GitignoreBuilder::new("");
        for glob in globs {
            builder
                .add_line(None, glob)
                .map_err(|error| Error::Glob { glob: glob.clone(), message: error.to_string() })?;
        }
        let set = builder
            .build()
            .map_err(|error| Error::Glob { glob: globs.join(" "), message: error.to_string() })?;
        Ok(Self(set))
    }

    /// Whether the entry `path` (relative to the root) itself is covered: enough for a walk from the top.
    pub(super) fn covers(&self, path: &Path, is_dir: bool) -> bool {
        self.0.matched(path, is_dir).is_ignore()
    }

    /// Whether the file `path` (relative to the root) or a directory it stands in is covered.
    pub(super) fn covers_file(&self, path: &Path) -> bool {
        if self.0.is_empty() || path.has_root() {
            return false;
        }
        path.ancestors().skip(1).any(|above| !above.as_os_str().is_empty() && self.covers(above, true))
            || self.covers(path, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_an_entry_and_what_stands_in_it() {
        let excludes =
            Excludes::parse(&["vendor/".to_owned(), "*.min.js".to_owned(), "!keep.min.js".to_owned()])
                .expect("the patterns are valid");
        for (path, covered) in [
            ("a/vendor/b/c.rs", true),
            ("vendor", false),
            ("x/y.min.js", true),
            ("x/keep.min.js", false),
            ("src/main.rs", false),
        ] {
            assert_eq!(excludes.covers_file(Path::new(path)), covered, "{path}");
        }
    }

    #[test]
    fn a_pattern_that_does_not_parse_is_named() {
        let error = Excludes::parse(&["[z-a]".to_owned()]).expect_err("the range is reversed");
        assert!(error.to_string().contains("[z-a]"));
    }
}
