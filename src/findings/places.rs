//! `.gitleaksignore`: places that gitleaks does not report, honoured as they are.
//!
//! ```text
//! # a comment
//! path/of/a/file.env:generic-api-key:12
//! 0123456789abcdef0123456789abcdef01234567:path/of/a/file.env:generic-api-key:12
//! ```
//!
//! # Design
//!
//! An entry names a place and no secret: whatever comes to be at that line of that file is covered, which is gitleaks's own
//! weakness. `keydredge baseline write` names the secrets instead. The rule is gitleaks's and is not ours, so that it is not
//! compared. With a commit the entry is about what that commit brought.

use super::Error;
use crate::model::{Finding, Occurrence, Suppression};
use crate::sheet::Fault;
use std::collections::BTreeSet;

/// The name of the file.
pub const FILE: &str = ".gitleaksignore";

/// Said of what an entry covers.
const REASON: &str = "this place is in .gitleaksignore";

/// The places of a file, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Commit (lower case, empty for any), path and line.
    places: BTreeSet<(String, String, u64)>,
}

impl Places {
    /// Reads the file; `file` is its name for messages.
    ///
    /// # Errors
    /// [`Error::Ignore`] names a line that is no place.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let mut places = BTreeSet::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let place = place(line).ok_or_else(|| {
                let problem = "is no `FILE:RULE:LINE` or `COMMIT:FILE:RULE:LINE`, as gitleaks writes it.";
                Error::Ignore(Fault {
                    file: file.to_owned(),
                    line: number as u64 + 1,
                    problem: format!("This line {problem}"),
                })
            })?;
            places.insert(place);
        }
        Ok(Self { places })
    }

    /// The entries, for comparing.
    pub fn entries(&self) -> impl Iterator<Item = String> {
        self.places.iter().map(|(commit, path, line)| format!("{commit}:{path}:{line}"))
    }

    fn covers(&self, occurrence: &Occurrence) -> bool {
        let place = &occurrence.place;
        let Some(path) = place.path.as_deref().filter(|_| !place.kind.is_name()) else { return false };
        let is_here =
            |commit: String| self.places.contains(&(commit, path.to_owned(), occurrence.location.line));
        is_here(String::new()) || place.commit.as_ref().is_some_and(|commit| is_here(commit.id.to_string()))
    }
}

/// The place of a line. A path may have colons in it; a commit is whole.
fn place(line: &str) -> Option<(String, String, u64)> {
    let (rest, number) = line.rsplit_once(':')?;
    let (rest, rule) = rest.rsplit_once(':')?;
    let is_id =
        |text: &str| matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (commit, path) = match rest.split_once(':') {
        Some((commit, path)) if is_id(commit) => (commit.to_ascii_lowercase(), path),
        _ => (String::new(), rest),
    };
    let path = path.replace('\\', "/");
    let path = path.strip_prefix("./").unwrap_or(&path);
    (!rule.is_empty() && !path.is_empty()).then_some((commit, path.to_owned(), number.parse().ok()?))
}

/// Covers the places of `finding` that `places` name; those that `after`, what a change makes of the file, names no more
/// are not covered.
pub(super) fn cover(finding: &mut Finding, places: &Places, after: Option<&Places>) {
    if places.places.is_empty() || finding.suppressed_by.is_some() {
        return;
    }
    for occurrence in finding.occurrences.iter_mut().filter(|one| one.suppressed_by.is_none()) {
        if places.covers(occurrence) && after.is_none_or(|after| after.covers(occurrence)) {
            occurrence.suppressed_by = Some(entry());
        }
    }
    if finding.is_suppressed() {
        let are_new =
            finding.occurrences.iter().any(|one| one.suppressed_by.as_ref().is_some_and(Suppression::is_new));
        let whole = if are_new { Suppression::AllowComments { are_new } } else { entry() };
        finding.suppressed_by = Some(whole);
    }
}

fn entry() -> Suppression {
    Suppression::IgnoreEntry { reason: Some(REASON.to_owned()), owner: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_place_or_an_error_with_its_line() {
        let id = "0123456789abcdef0123456789ABCDEF01234567";
        let table = [
            ("a/b.env:rule:12", Some(("", "a/b.env", 12))),
            ("./a:rule:1", Some(("", "a", 1))),
            ("a\\b:rule:1", Some(("", "a/b", 1))),
            ("a:b:c:rule:1", Some(("", "a:b:c", 1))),
            ("a:rule:x", None),
            ("a:1", None),
            (":rule:1", None),
            ("a::1", None),
            ("a:rule:-1", None),
            ("word", None),
        ];
        for (line, wanted) in table {
            let wanted = wanted
                .map(|(commit, path, line): (&str, &str, u64)| (commit.to_owned(), path.to_owned(), line));
            assert_eq!(place(line), wanted, "{line}");
        }
        let with = place(&format!("{id}:a b:rule:3"));
        assert_eq!(with, Some((id.to_lowercase(), "a b".to_owned(), 3)));
        let text = "# one\n\n  a:rule:1  \r\nnonsense\n";
        let error = Places::parse(".gitleaksignore", text).expect_err("the last line is none").to_string();
        assert!(error.starts_with(".gitleaksignore:4: "), "{error}");
        assert_eq!(Places::parse("x", "# only\n").expect("a comment").entries().count(), 0);
    }
}
