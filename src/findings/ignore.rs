//! The ignore file: findings that someone has reviewed and does not want reported, with reason, owner,
//! expiry.
//!
//! ```toml
//! salt = "…32 hexadecimal digits…"
//!
//! [[ignore]]
//! fingerprint = "…16 hexadecimal digits…"
//! reason = "a test account without rights"
//! owner = "platform team"
//! expires = "2027-01-31"
//! ```
//!
//! An entry covers its finding everywhere, up to and with the day it expires on. The functions here take
//! and return text; the caller reads and writes the file.

use super::{Error, Problem, Salt};
use crate::model::{Fingerprint, Suppression};
use crate::sheet::{Fault, Page, Sheet};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// The name of the file at a repository's root.
pub const FILE: &str = "keydredge-ignore.toml";

/// An ignore file, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignores {
    /// The file, as given; empty if there is none.
    pub file: String,
    /// The salt its fingerprints were made under; `None` means the fixed one.
    pub salt: Option<Salt>,
    /// The entries, in the file's order.
    pub entries: Vec<IgnoreEntry>,
}

/// An entry of the ignore file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoreEntry {
    /// The finding.
    pub fingerprint: Fingerprint,
    /// Why it is ignored.
    pub reason: Option<String>,
    /// Who answers for that.
    pub owner: Option<String>,
    /// The last day on which the entry covers.
    pub expires: Option<Date>,
    /// The line of the entry, 1-based; 0 for one that is in no file yet.
    pub line: u64,
}

impl IgnoreEntry {
    /// What the entry says as the cover of a finding.
    pub(super) fn cover(&self) -> Suppression {
        Suppression::IgnoreEntry { reason: self.reason.clone(), owner: self.owner.clone() }
    }
}

impl Ignores {
    /// Reads an ignore file; `file` is its name for messages.
    ///
    /// # Errors
    ///
    /// [`Error::Ignore`] names the line of what is not TOML, not a known key or not a valid value.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        parse(file, text).map_err(Error::Ignore)
    }

    /// The salt under which the entries name findings.
    pub fn naming_salt(&self) -> Salt {
        self.salt.unwrap_or(Salt::FIXED)
    }

    /// The file's text with `entry` added; `text` is the present file, if there is one. Its content is
    /// kept, comments included. A new file gets `salt`, and `entry` must be named under it; in an
    /// existing file, under [`Ignores::naming_salt`].
    ///
    /// # Errors
    ///
    /// [`Error::Ignore`] if the file is wrong, has the entry, or is laid out so that a table cannot be
    /// added at its end.
    pub fn add(file: &str, text: Option<&str>, salt: &Salt, entry: &IgnoreEntry) -> Result<String, Error> {
        let mut out = match text {
            Some(text) => text.to_owned(),
            None => format!(
                "# Findings that keydredge does not report. The salt keys the fingerprints; keep it.\n\
                 salt = \"{salt}\"\n"
            ),
        };
        let before = Self::parse(file, &out)?;
        if let Some(same) = before.entries.iter().find(|known| known.fingerprint == entry.fingerprint) {
            return Err(Error::Ignore(Fault {
                file: file.to_owned(),
                line: same.line,
                problem: format!("`{}` is ignored already; edit this entry.", entry.fingerprint),
            }));
        }
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        out.push_str(&format!("\n[[ignore]]\nfingerprint = \"{}\"\n", entry.fingerprint));
        let expires = entry.expires.map(|day| day.to_string());
        for (key, value) in [("reason", &entry.reason), ("owner", &entry.owner), ("expires", &expires)] {
            if let Some(value) = value {
                out.push_str(&format!("{key} = {}\n", toml::Value::String(value.clone())));
            }
        }
        Self::parse(file, &out)?;
        Ok(out)
    }

    /// What is wrong with well-formed entries: expired, duplicate, or matching nothing (if `seen` is
    /// given, the fingerprints of everything that a whole run has found).
    pub fn check(&self, seen: Option<&BTreeSet<Fingerprint>>, today: Date) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut first = BTreeMap::new();
        for entry in &self.entries {
            let name = entry.fingerprint;
            let mut tell = |sentence| problems.push(self.problem(entry, sentence));
            match first.get(&name) {
                Some(line) => tell(format!("`{name}` stands on line {line} already; one entry is enough.")),
                None => {
                    first.insert(name, entry.line);
                }
            }
            if let Some(day) = entry.expires.filter(|day| *day < today) {
                tell(format!("`{name}` expired on {day}: it covers nothing any more."));
            }
            if seen.is_some_and(|seen| !seen.contains(&name)) {
                tell(format!(
                    "`{name}` matches nothing that was found here; the entry can go if it is about nothing else."
                ));
            }
        }
        problems
    }

    /// The entries that cover nothing any more, since their last day is over.
    pub fn expired(&self, today: Date) -> Vec<Problem> {
        let sentence = |entry: &IgnoreEntry| {
            let day = entry.expires.filter(|day| *day < today)?;
            let name = entry.fingerprint;
            Some(self.problem(entry, format!("`{name}` expired on {day}: it covers nothing any more.")))
        };
        self.entries.iter().filter_map(sentence).collect()
    }

    /// The entries that do not say why.
    pub fn without_reason(&self) -> Vec<Problem> {
        let silent =
            |entry: &&IgnoreEntry| entry.reason.as_deref().is_none_or(|reason| reason.trim().is_empty());
        let problem = |entry: &IgnoreEntry| {
            self.problem(
                entry,
                format!("`{}` has no reason; the next reader will want one.", entry.fingerprint),
            )
        };
        self.entries.iter().filter(silent).map(problem).collect()
    }

    /// A problem of an entry of this file.
    pub(super) fn problem(&self, entry: &IgnoreEntry, sentence: String) -> Problem {
        Problem { file: self.file.clone(), line: entry.line, sentence }
    }
}

fn parse(file: &str, text: &str) -> Result<Ignores, Fault> {
    let mut sheet = Sheet::parse(Page { file, text })?;
    let salt = match sheet.take("salt") {
        Some(salt) => Some(Salt::from_hex(salt.string()?).ok_or_else(|| {
            salt.fault("must be 32 hexadecimal digits, as `keydredge ignore add` wrote it.")
        })?),
        None => None,
    };
    let tables = sheet.take("ignore").map(|ignore| ignore.tables()).transpose()?.unwrap_or_default();
    sheet.finish()?;
    let entries = tables.into_iter().map(|(line, table)| entry(file, line, table));
    Ok(Ignores { file: file.to_owned(), salt, entries: entries.collect::<Result<_, _>>()? })
}

fn entry(file: &str, line: u64, mut table: Sheet<'_>) -> Result<IgnoreEntry, Fault> {
    let fingerprint = table.take("fingerprint").ok_or_else(|| Fault {
        file: file.to_owned(),
        line,
        problem: "This entry has no `fingerprint`; copy it from a report.".to_owned(),
    })?;
    let name = Fingerprint::from_hex(fingerprint.string()?)
        .ok_or_else(|| fingerprint.fault("must be 16 hexadecimal digits, copied from a report."))?;
    let reason = table.take("reason").map(|value| value.string().map(str::to_owned)).transpose()?;
    let owner = table.take("owner").map(|value| value.string().map(str::to_owned)).transpose()?;
    let expires = table.take("expires").map(|value| value.date()).transpose()?;
    table.finish()?;
    Ok(IgnoreEntry { fingerprint: name, reason, owner, expires, line })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("the test's dates are dates")
    }

    fn sample(name: u64) -> IgnoreEntry {
        IgnoreEntry {
            fingerprint: Fingerprint(name),
            reason: Some("a \"test\" account\nwithout rights".to_owned()),
            owner: Some("platform".to_owned()),
            expires: Some(day("2027-01-31")),
            line: 0,
        }
    }

    #[test]
    fn what_is_added_reads_back_and_what_stood_stays() {
        let salt = Salt::FIXED;
        let first = Ignores::add(FILE, None, &salt, &sample(1)).expect("a new file takes an entry");
        let second = Ignores::add(FILE, Some(&format!("{first}# kept")), &salt, &sample(2))
            .expect("a standing file takes an entry");
        assert!(second.starts_with(&first) && second.contains("# kept\n"));
        let read = Ignores::parse(FILE, &second).expect("what was written reads");
        assert_eq!(read.salt, Some(salt));
        let lines: Vec<u64> = read.entries.iter().map(|entry| entry.line).collect();
        assert_eq!(lines, [4, 13]);
        assert_eq!(read.entries[1].reason, sample(2).reason);
        assert_eq!(read.entries[1].expires, sample(2).expires);
        let again = Ignores::add(FILE, Some(&second), &salt, &sample(2));
        assert!(again.expect_err("the entry is there").to_string().contains(":13:"));
    }

    #[test]
    fn a_wrong_file_is_told_with_its_line() {
        let table = [
            ("salt = 1", 1, "`salt` must be a string."),
            ("salt = \"12\"", 1, "32 hexadecimal digits"),
            ("\n[[ignore]]\nreason = \"x\"", 2, "has no `fingerprint`"),
            ("[[ignore]]\nfingerprint = \"xyz\"", 2, "16 hexadecimal digits"),
            (
                "[[ignore]]\nfingerprint = \"0000000000000001\"\nexpire = \"2027-01-01\"",
                3,
                "Did you mean `expires`?",
            ),
            ("[[ignore]]\nfingerprint = \"0000000000000001\"\nexpires = \"soon\"", 3, "must be a date"),
            ("ignores = []", 1, "Did you mean `ignore`?"),
            ("ignore = 3", 1, "`[[…]]`"),
            ("[[ignore", 1, "not TOML"),
        ];
        for (text, line, part) in table {
            let message = Ignores::parse("f.toml", text).expect_err(text).to_string();
            assert!(message.starts_with(&format!("f.toml:{line}: ")), "{text}: {message}");
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn an_entry_covers_up_to_and_with_its_last_day() {
        let ignores = Ignores { entries: vec![sample(1), sample(1)], ..Ignores::default() };
        let seen = BTreeSet::from([Fingerprint(1)]);
        assert_eq!(ignores.check(Some(&seen), day("2027-01-31")).len(), 1);
        assert_eq!(ignores.check(Some(&seen), day("2027-02-01")).len(), 3);
        assert_eq!(ignores.check(Some(&BTreeSet::new()), day("2027-01-31")).len(), 3);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(\\[\\[ignore\\]\\]|ignore|salt|fingerprint|expires|=|\\[|\\]|\"|[a-zé0-9{}-]|\n| ){0,30}") {
            let _ = Ignores::parse(FILE, &text);
        }
    }
}
