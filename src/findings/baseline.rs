//! The baseline: findings that are known and accepted, so that only new ones fail.
//!
//! A text file, made so that two branches can each add to it and merge: a header, the salt, then one
//! line a finding, sorted; no times, no line numbers, no paths, no secrets. A check never rewrites it.
//!
//! ```text
//! # keydredge baseline v1
//! salt 00112233445566778899aabbccddeeff
//! 0123456789abcdef provider-kind
//! ```
//!
//! If two baselines were each written anew and are merged by union, the file has two salts. Both count
//! then, and the next write makes them one.

use super::{Error, Problem, Salt, fingerprint};
use crate::model::{Finding, Fingerprint};
use crate::sheet::Fault;
use std::collections::{BTreeMap, BTreeSet};

/// The first line.
const HEADER: &str = "# keydredge baseline v1";

/// A baseline, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// The file, as given; empty if there is none.
    pub file: String,
    /// The salts its fingerprints were made under; more than one after a merge.
    pub salts: Vec<Salt>,
    /// Each finding's fingerprint, with the rule it was found by and the entry's line (1-based).
    pub entries: BTreeMap<Fingerprint, (String, u64)>,
}

impl Baseline {
    /// Reads a baseline; `file` is its name for messages.
    ///
    /// # Errors
    ///
    /// [`Error::Baseline`] names the first line that does not belong in a baseline.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let mut baseline = Self { file: file.to_owned(), ..Self::default() };
        let mut has_header = false;
        for (line, content) in (1..).zip(text.lines()) {
            let wrong = |problem: &str| {
                Error::Baseline(Fault { file: file.to_owned(), line, problem: problem.into() })
            };
            let content = content.trim_end();
            if content == HEADER {
                has_header = true;
            } else if !has_header {
                return Err(wrong(&format!(
                    "This is not a baseline: one starts with `{HEADER}`. Write it with `keydredge baseline write`."
                )));
            } else if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
                .iter()
                .any(|mark| content.starts_with(mark))
            {
                return Err(wrong(
                    "A merge conflict stands here. Keep the lines of both sides; any order will do.",
                ));
            } else if let Some(hex) = content.strip_prefix("salt ") {
                let salt = Salt::from_hex(hex).ok_or_else(|| wrong("A salt is 32 hexadecimal digits."))?;
                if !baseline.salts.contains(&salt) {
                    baseline.salts.push(salt);
                }
            } else if !content.is_empty() && !content.starts_with('#') {
                let (name, rule) = entry(content).ok_or_else(|| {
                    wrong("This line is no entry: one has 16 hexadecimal digits and the id of a rule. Write the file anew with `keydredge baseline write`.")
                })?;
                baseline.entries.entry(name).or_insert((rule.to_owned(), line));
            }
        }
        let end = |problem: &str| {
            Error::Baseline(Fault {
                file: file.to_owned(),
                line: text.lines().count().max(1) as u64,
                problem: problem.into(),
            })
        };
        if !has_header {
            return Err(end("This file is empty. Write a baseline with `keydredge baseline write`."));
        }
        if baseline.salts.is_empty() && !baseline.entries.is_empty() {
            return Err(end("This baseline has lost its `salt` line. Restore it, or write the file anew."));
        }
        Ok(baseline)
    }

    /// Whether the baseline names this finding.
    pub fn holds(&self, name: Fingerprint) -> bool {
        self.entries.contains_key(&name)
    }

    /// The fingerprints of `findings` under each of this baseline's salts.
    fn names(&self, findings: &[Finding]) -> BTreeSet<Fingerprint> {
        let secrets: Vec<_> = findings.iter().map(|finding| &finding.secret).collect();
        self.salts.iter().flat_map(|salt| fingerprint::of_all(&secrets, salt)).collect()
    }

    /// The entries that match none of `findings` (all findings of a whole run).
    pub fn check(&self, findings: &[Finding]) -> Vec<Problem> {
        let names = self.names(findings);
        let gone = self.entries.iter().filter(|(name, _)| !names.contains(*name));
        let problem = |(name, (rule, line)): (&Fingerprint, &(String, u64))| Problem {
            file: self.file.clone(),
            line: *line,
            sentence: format!("`{name}` ({rule}) is gone; `keydredge baseline prune` takes it out."),
        };
        let mut problems: Vec<Problem> = gone.map(problem).collect();
        problems.sort();
        problems
    }

    /// The entries that match none of `findings` (all findings of a whole run).
    pub fn gone(&self, findings: &[Finding]) -> BTreeSet<Fingerprint> {
        let names = self.names(findings);
        self.entries.keys().filter(|name| !names.contains(*name)).copied().collect()
    }

    /// The text of this baseline without the entries `gone`.
    pub fn without(&self, gone: &BTreeSet<Fingerprint>) -> String {
        let kept = self.entries.iter().filter(|(name, _)| !gone.contains(*name));
        lines(&self.salts, kept.map(|(name, (rule, _))| (*name, rule.as_str())))
    }

    /// The text of this baseline with `findings` added, which get their names under `salt`: that of this baseline or of
    /// the ignore file ([`super::Policy::salt`]), or a new one. Entries for other findings stay.
    pub fn with(&self, findings: &[Finding], salt: &Salt) -> String {
        let secrets: Vec<_> = findings.iter().map(|finding| &finding.secret).collect();
        let names = fingerprint::of_all(&secrets, salt);
        let other_salts: Vec<Salt> = self.salts.iter().filter(|known| *known != salt).copied().collect();
        // A finding that another salt named is named anew.
        let mut named: BTreeSet<_> = names.iter().copied().collect();
        named.extend(other_salts.iter().flat_map(|salt| fingerprint::of_all(&secrets, salt)));
        let others = self.entries.iter().filter(|(name, _)| !named.contains(*name));
        let others: Vec<_> = others.map(|(name, (rule, _))| (*name, rule.as_str())).collect();
        let mut salts = vec![*salt];
        if !others.is_empty() {
            salts.extend(other_salts);
        }
        let added = names.into_iter().zip(findings.iter().map(|finding| finding.rule.id.as_str()));
        lines(&salts, added.chain(others))
    }
}

fn lines<'a>(salts: &[Salt], entries: impl Iterator<Item = (Fingerprint, &'a str)>) -> String {
    let entries: BTreeSet<_> = entries.collect();
    let salts = salts.iter().map(|salt| format!("salt {salt}\n"));
    let entries = entries.iter().map(|(name, rule)| format!("{name} {rule}\n"));
    std::iter::once(format!("{HEADER}\n")).chain(salts).chain(entries).collect()
}

fn entry(content: &str) -> Option<(Fingerprint, &str)> {
    let (name, rule) = content.split_once(' ')?;
    let is_id = !rule.is_empty() && rule.bytes().all(|byte| byte.is_ascii_graphic());
    Some((Fingerprint::from_hex(name).filter(|_| is_id)?, rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_baseline_is_sorted_and_reads_back() {
        let salt = Salt::FIXED;
        let entries = [(Fingerprint(2), "b-c"), (Fingerprint(1), "a-b"), (Fingerprint(2), "b-c")];
        let text = lines(&[salt], entries.into_iter());
        let wanted = format!("{HEADER}\nsalt {salt}\n0000000000000001 a-b\n0000000000000002 b-c\n");
        assert_eq!(text, wanted);
        let read = Baseline::parse("b.txt", &text.replace('\n', "\r\n")).expect("what was written reads");
        assert_eq!(read.salts, [salt]);
        assert_eq!(read.entries[&Fingerprint(2)], ("b-c".to_owned(), 4));
        let empty = Baseline::default().with(&[], &salt);
        assert!(Baseline::parse("b.txt", &empty).expect("an empty one reads").entries.is_empty());
    }

    #[test]
    fn a_garbled_file_is_told_with_its_line_and_without_its_text() {
        let head = format!("{HEADER}\nsalt {}\n", Salt::FIXED);
        let table = [
            (String::new(), 1, "is empty"),
            ("{\"results\": {}}\n".to_owned(), 1, "not a baseline"),
            (format!("{head}hunter2hunter2ab a-b\n"), 3, "no entry"),
            (format!("{head}0000000000000001\n"), 3, "no entry"),
            (format!("{head}0000000000000001 hunter2 x\n"), 3, "no entry"),
            (format!("{head}<<<<<<< hunter2\n"), 3, "merge conflict"),
            (format!("{HEADER}\nsalt hunter2\n"), 2, "32 hexadecimal digits"),
            (format!("{HEADER}\n0000000000000001 a-b\n"), 2, "`salt` line"),
        ];
        for (text, line, part) in table {
            let message = Baseline::parse("b.txt", &text).expect_err(&text).to_string();
            assert!(message.starts_with(&format!("b.txt:{line}: ")), "{text}: {message}");
            assert!(message.contains(part) && !message.contains("hunter2"), "{text}: {message}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(# keydredge baseline v1\n)?(salt |[0-9a-f]{16} |[0-9a-f]{32}|a-b|é|\n|#|<<<<<<<){0,12}") {
            let _ = Baseline::parse("b.txt", &text);
        }
    }
}
