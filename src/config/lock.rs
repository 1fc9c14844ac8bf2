//! `keydredge.lock`: the configurations of other repositories that `extends` names, as they were fetched.
//!
//! A scan opens no connection: it reads the texts from this file, which is committed beside `keydredge.toml`.
//! `keydredge config fetch` writes it. A source names a commit, whose id is a digest of the content, so that nobody can
//! change what a source means; each text is held against its own digest too.

use super::Error;
use crate::sheet::{Page, Sheet};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The name of the file, beside the configuration.
pub const LOCK: &str = "keydredge.lock";

/// What a source begins with that has to be fetched.
const SCHEME: &str = "git+";

/// A file of another repository at a commit: `git+URL@COMMIT#PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// The repository's address: https, ssh or file.
    pub url: String,
    /// The commit's whole id.
    pub commit: String,
    /// The file's path, with `/`.
    pub path: String,
}

impl Remote {
    /// The remote file that `source` names; `None` if it is a path.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence.
    pub fn parse(source: &str) -> Option<Result<Self, &'static str>> {
        let rest = match source.strip_prefix(SCHEME) {
            Some(rest) => rest,
            None if source.contains("://") => {
                return Some(Err("is no path, and a file of another repository is `git+URL@COMMIT#PATH`"));
            }
            None => return None,
        };
        Some(Self::of(rest))
    }

    fn of(text: &str) -> Result<Self, &'static str> {
        let (place, path) = text.split_once('#').ok_or("lacks `#` and the file's path")?;
        let (url, commit) = place.rsplit_once('@').ok_or("lacks `@` and a commit")?;
        let is_id = matches!(commit.len(), 40 | 64) && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_id {
            return Err("must name a commit by its whole id, since a branch or a tag may move");
        }
        let host = ["https://", "ssh://", "file://"].iter().find_map(|scheme| url.strip_prefix(scheme));
        let host = host.ok_or("must have an address that begins with https://, ssh:// or file://")?;
        let is_odd = |letter: char| letter.is_control() || letter.is_whitespace();
        if host.is_empty() || host.starts_with('-') || url.contains(is_odd) {
            return Err("has an address that git would not take");
        }
        let has_password =
            host.split('/').next().is_some_and(|user| user.contains('@') && user.contains(':'));
        if has_password {
            return Err("has a password in its address; let git's credential helper give it");
        }
        let steps = path.split('/').all(|step| !step.is_empty() && step != "." && step != "..");
        if !steps || path.contains(is_odd) || path.contains(':') {
            return Err("has no path of a file after `#`");
        }
        Ok(Self { url: url.to_owned(), commit: commit.to_ascii_lowercase(), path: path.to_owned() })
    }
}

/// The fetched texts, by their sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    texts: BTreeMap<String, String>,
}

impl Lock {
    /// Reads one; `file` is its name for messages.
    ///
    /// # Errors
    /// An [`Error`] with file and line. A text that does not have its digest is one.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let mut sheet = Sheet::parse(Page { file, text })?;
        let mut texts = BTreeMap::new();
        let tables = sheet.take("extends").map(|cell| cell.tables()).transpose()?.unwrap_or_default();
        for (line, mut table) in tables {
            let mut string = |key| table.take(key).map(|cell| cell.string().map(str::to_owned)).transpose();
            let (source, digest, text) = (string("source")?, string("sha256")?, string("text")?);
            table.finish()?;
            let fault = |problem: &str| crate::sheet::Fault {
                file: file.to_owned(),
                line,
                problem: problem.to_owned(),
            };
            let (Some(source), Some(digest), Some(text)) = (source, digest, text) else {
                return Err(fault("An entry has `source`, `sha256` and `text`.").into());
            };
            if digest != self::digest(&text) {
                let problem =
                    "The text does not have the digest that is given. Run `keydredge config fetch`.";
                return Err(fault(problem).into());
            }
            texts.insert(source, text);
        }
        sheet.finish()?;
        Ok(Self { texts })
    }

    /// The text of a source, if it was fetched.
    pub fn get(&self, source: &str) -> Option<&str> {
        self.texts.get(source).map(String::as_str)
    }

    /// Adds the text of a source.
    pub fn insert(&mut self, source: String, text: String) {
        self.texts.insert(source, text);
    }

    /// The file, which [`Self::parse`] reads again.
    pub fn print(&self) -> String {
        let mut out =
            "# Written by `keydredge config fetch`: what `extends` names in other repositories. Commit it.\n"
                .to_owned();
        for (source, text) in &self.texts {
            let value = |text: &str| toml::Value::String(text.to_owned());
            out.push_str(&format!("\n[[extends]]\nsource = {}\n", value(source)));
            out.push_str(&format!("sha256 = \"{}\"\ntext = {}\n", digest(text), value(text)));
        }
        out
    }
}

fn digest(text: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_names_a_commit_and_a_file() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        let source = format!("git+ssh://git@example.org/policy.git@{id}#a/keydredge.toml");
        let wanted = Remote {
            url: "ssh://git@example.org/policy.git".to_owned(),
            commit: id.to_owned(),
            path: "a/keydredge.toml".to_owned(),
        };
        assert_eq!(Remote::parse(&source), Some(Ok(wanted)));
        assert_eq!(Remote::parse("../policy.toml"), None);
        for wrong in [
            "https://example.org/keydredge.toml".to_owned(),
            format!("git+https://example.org/x@{id}"),
            "git+https://example.org/x@main#k.toml".to_owned(),
            format!("git+https://example.org/x@{}#k.toml", &id[..12]),
            format!("git+ext::sh -c x@{id}#k.toml"),
            format!("git+https://-x@{id}#k.toml"),
            format!("git+https://u:p@example.org/x@{id}#k.toml"),
            format!("git+https://example.org/x@{id}#../k.toml"),
            format!("git+https://example.org/x@{id}#/k.toml"),
        ] {
            assert!(matches!(Remote::parse(&wrong), Some(Err(_))), "{wrong}");
        }
    }

    #[test]
    fn what_is_printed_is_read_again_and_a_changed_text_is_refused() {
        let mut lock = Lock::default();
        lock.insert("git+a".to_owned(), "x = \"'''\"\n\n[[rules]]\r\n\\ \u{1}\"\"\"".to_owned());
        lock.insert("git+b".to_owned(), String::new());
        let text = lock.print();
        assert_eq!(Lock::parse("l", &text), Ok(lock));
        let changed = text.replace("rules", "ruler");
        let message = Lock::parse("l", &changed).expect_err("it was changed").to_string();
        assert!(message.starts_with("l:3: ") && message.contains("digest"), "{message}");
    }
}
