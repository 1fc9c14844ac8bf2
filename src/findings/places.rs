//! What gitleaks ignores, honoured here too: the places of `.gitleaksignore`, and a gitleaks report in JSON used as a
//! baseline.
//!
//! ```text
//! # a comment
//! path/of/a/file.env:generic-api-key:12
//! 0123456789abcdef0123456789abcdef01234567:path/of/a/file.env:generic-api-key:12
//! ```
//!
//! # Design
//!
//! An entry names a place and no secret: whatever is later at that line of that file is covered, which is gitleaks's
//! own weakness; of what a change brings the reason says that it is new. `keydredge baseline write` names the secrets
//! instead. The rule is gitleaks's and not ours, so it is
//! not compared. With a commit the entry is about what that commit added.
//!
//! An entry of a report covers its secret everywhere. If the secret was redacted, the entry covers only its place.

use super::Error;
use crate::model::{Finding, Location, Place, Secret, Suppression};
use crate::sheet::Fault;
use serde::Deserialize;
use std::collections::{BTreeSet, HashSet};

/// The name of the file.
pub const FILE: &str = ".gitleaksignore";

/// Said of what an entry covers.
const REASON: &str = "this place is in .gitleaksignore or in gitleaks's baseline";

/// The same of a secret that the change brings.
const REASON_OF_NEW: &str =
    "this place is in .gitleaksignore or in gitleaks's baseline, which name no secret; this one is new";

/// The places of an ignore file, and what a report names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Commit (lower case, empty for any), path and line.
    places: BTreeSet<(String, String, u64)>,
    secrets: HashSet<Secret>,
}

/// A finding of gitleaks's report, as far as it counts here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reported {
    file: String,
    start_line: u64,
    #[serde(default)]
    commit: String,
    #[serde(default)]
    secret: String,
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
        Ok(Self { places, ..Self::default() })
    }

    /// True for a text that is meant as a report.
    pub fn is_report(text: &str) -> bool {
        text.trim_start().starts_with('[')
    }

    /// Adds what a report in JSON names; `file` is its name for messages, which repeat nothing of it.
    ///
    /// # Errors
    /// [`Error::Baseline`] names the line at which it stops being one.
    pub fn add_report(&mut self, file: &str, text: &str) -> Result<(), Error> {
        let all: Vec<Reported> = serde_json::from_str(text).map_err(|error| {
            let problem = "This is no report of gitleaks: a list of objects with `File` and `StartLine`.";
            Error::Baseline(Fault {
                file: file.to_owned(),
                line: error.line().max(1) as u64,
                problem: problem.to_owned(),
            })
        })?;
        for Reported { file, start_line, commit, secret } in all {
            // `--redact` writes a word, or a part and dots.
            if secret.is_empty() || secret == "REDACTED" || secret.ends_with("...") {
                self.places.insert((commit.to_ascii_lowercase(), file.replace('\\', "/"), start_line));
            } else {
                self.secrets.insert(Secret::new(secret.into_bytes()));
            }
        }
        Ok(())
    }

    /// Adds the places of another file.
    pub fn merge(&mut self, other: Self) {
        self.places.extend(other.places);
        self.secrets.extend(other.secrets);
    }

    /// The entries, for comparing.
    pub fn entries(&self) -> impl Iterator<Item = String> {
        let places = self.places.iter().map(|(commit, path, line)| format!("{commit}:{path}:{line}"));
        // No secret is named: its number says only that there is one.
        places.chain((0..self.secrets.len()).map(|number| format!("secret {number}")))
    }

    fn has(&self, secret: &Secret) -> bool {
        self.secrets.contains(secret)
    }

    /// What covers a secret at a place: an entry for the place, or for the secret.
    pub(super) fn covered(&self, secret: &Secret, place: &Place, location: &Location) -> Option<Suppression> {
        let is_covered = *self != Self::default() && (self.has(secret) || self.covers(place, location));
        is_covered.then(|| entry(false))
    }

    fn covers(&self, place: &Place, location: &Location) -> bool {
        let Some(path) = place.path.as_deref().filter(|_| !place.kind().is_name()) else { return false };
        let is_here = |commit: String| self.places.contains(&(commit, path.to_owned(), location.line));
        is_here(String::new()) || place.commit().is_some_and(|commit| is_here(commit.id.to_string()))
    }
}

/// The commit (lower case, empty for any), path and line that a line of `.gitleaksignore` names. A path may have colons in
/// it; a commit is whole.
pub fn place(line: &str) -> Option<(String, String, u64)> {
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

/// Covers the places of `finding` that `places` name; those that `after`, the file after the change, no longer names
/// are not covered. If a change brings the secret (`is_new`), the reason says so.
pub(super) fn cover(finding: &mut Finding, places: &Places, after: Option<&Places>, is_new: bool) {
    if *places == Places::default() || finding.suppressed_by.is_some() {
        return;
    }
    if places.has(&finding.secret) && after.is_none_or(|after| after.has(&finding.secret)) {
        finding.suppressed_by = Some(Suppression::Baseline);
        return;
    }
    for occurrence in finding.occurrences.iter_mut().filter(|one| one.suppressed_by.is_none()) {
        let covers = |places: &Places| places.covers(&occurrence.place, &occurrence.location);
        if covers(places) && after.is_none_or(covers) {
            occurrence.suppressed_by = Some(entry(is_new));
        }
    }
    if finding.is_suppressed() {
        let are_new =
            finding.occurrences.iter().any(|one| one.suppressed_by.as_ref().is_some_and(Suppression::is_new));
        let whole = if are_new { Suppression::AllowComments { are_new } } else { entry(is_new) };
        finding.suppressed_by = Some(whole);
    }
}

fn entry(is_new: bool) -> Suppression {
    let reason = if is_new { REASON_OF_NEW } else { REASON };
    Suppression::IgnoreEntry { reason: Some(reason.to_owned()), owner: None }
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

    #[test]
    fn what_is_no_report_is_an_error_that_repeats_nothing_of_it() {
        for text in
            ["[1]", "[{}]", "[{\"File\":\"hunter2\"}]", "[", "[{\"File\":\"a\",\"StartLine\":\"hunter2\"}]"]
        {
            let error = Places::default().add_report("r.json", text).expect_err(text).to_string();
            assert!(error.starts_with("r.json:1: ") && !error.contains("hunter2"), "{error}");
        }
        let mut places = Places::default();
        places.add_report("r.json", "[]").expect("a report without findings");
        assert_eq!(places, Places::default());
    }
}
