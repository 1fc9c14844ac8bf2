//! The configuration's exclude patterns, in the syntax of `.gitignore`, relative to the repository's root.

use super::Error;
use crate::git::path::git_path;
use crate::gitignore::Patterns;
use std::path::Path;

/// A set of exclude patterns.
#[derive(Debug)]
pub(super) struct Excludes(Patterns);

impl Excludes {
    /// The set of `globs`.
    ///
    /// # Errors
    ///
    /// [`Error::Globs`] if one is no pattern, or they are too many.
    pub(super) fn parse(globs: &[String]) -> Result<Self, Error> {
        Patterns::of_list(globs).map(Self).map_err(|problem| Error::Globs(problem.to_string()))
    }

    /// Whether the entry `path` (relative to the root) itself is covered: enough for a walk from the top.
    pub(super) fn covers(&self, path: &Path, is_dir: bool) -> bool {
        !self.0.is_empty() && self.0.covers(&git_path(path), is_dir) == Some(true)
    }

    /// Whether the file `path` (relative to the root) or a directory it is in is covered.
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
        let error =
            Excludes::parse(&["a".to_owned(), "[z-a]".to_owned()]).expect_err("the range is reversed");
        assert!(error.to_string().contains("number 2"), "{error}");
    }
}
