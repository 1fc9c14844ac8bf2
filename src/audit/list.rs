//! The list of an audit: which repositories, how large, and the salt of their findings' names.
//!
//! ```text
//! # keydredge audit list v1
//! salt 00112233445566778899aabbccddeeff
//! https://github.com/acme/api.git <tab> 123456
//! /srv/git/tools.git
//! ```
//!
//! A line is a clone URL or a path, then, if it is known, a tab and the size in bytes. One repository is read once, however
//! often and by whichever protocol it is listed.

use super::Error;
use crate::shown_path::shown_path;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The first line.
const HEADER: &str = "# keydredge audit list v1";

/// The protocols that git may use. Over the others anyone on the way can read and change what comes.
const SAFE: [&str; 3] = ["https", "ssh", "file"];
const UNSAFE: [&str; 2] = ["http", "git"];

/// How many letters of a name are in that of its files.
const SLUG: usize = 60;

/// The list of an audit.
#[derive(Debug, Default)]
pub(crate) struct RepositoryList {
    /// The salt of names over repositories, as 32 hexadecimal digits.
    pub(crate) salt: Option<String>,
    /// The repositories, by their names.
    pub(crate) entries: Vec<ListEntry>,
    /// How many lines name a repository that another line names already.
    pub(crate) repeated: usize,
}

/// A repository of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListEntry {
    /// Its name in reports: host and path, or the path.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) at: RepositoryAt,
    /// Its size in bytes, if it is known.
    pub(crate) size: Option<u64>,
}

/// Where a repository is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RepositoryAt {
    /// In a folder; it is scanned in place.
    Folder(PathBuf),
    /// At a URL, from which it is cloned.
    Url {
        /// The URL, without credentials.
        clean: String,
        /// The same with the credentials of the list.
        secret: Option<String>,
    },
}

impl std::fmt::Debug for RepositoryAt {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.shown())
    }
}

impl RepositoryAt {
    /// The path or URL, without credentials.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Folder(path) => shown_path(path),
            Self::Url { clean, .. } => clean.clone(),
        }
    }
}

impl ListEntry {
    /// The repository that `text` names.
    ///
    /// # Errors
    /// Why it names none.
    pub(crate) fn parse(text: &str, size: Option<u64>) -> Result<Self, String> {
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err("a repository is a clone URL or a path, without control characters".to_owned());
        }
        if text.starts_with('-') {
            return Err(format!("`{text}` looks like a flag; write ./{text} for a path"));
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            return Self::of_url(scheme, rest, size);
        }
        let before_slash = text.split('/').next().unwrap_or_default();
        if before_slash.contains("::") {
            return Err(
                "git would run a program for a URL with `::`; https, ssh and file URLs are cloned".to_owned()
            );
        }
        // `C:\…` has one letter.
        if let Some((host, path)) = text.split_once(':').filter(|(host, _)| before_slash.len() > host.len())
            && host.len() > 1
        {
            let bare = host.rsplit('@').next().unwrap_or(host);
            let name = named(bare, path);
            return Ok(Self { name, at: RepositoryAt::Url { clean: text.to_owned(), secret: None }, size });
        }
        let path = trimmed(text);
        Ok(Self { name: path.to_owned(), at: RepositoryAt::Folder(PathBuf::from(path)), size })
    }

    fn of_url(scheme: &str, rest: &str, size: Option<u64>) -> Result<Self, String> {
        let scheme = scheme.to_ascii_lowercase();
        if !SAFE.contains(&scheme.as_str()) && !UNSAFE.contains(&scheme.as_str()) {
            // The rest may be a secret.
            let known = [&SAFE[..], &UNSAFE[..]].concat().join(", ");
            return Err(format!("URLs of {known} are cloned, and this is one of another protocol"));
        }
        if rest.contains(['?', '#']) {
            return Err("a clone URL has no `?` and no `#`".to_owned());
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        if scheme == "file" {
            let path = format!("/{path}");
            let at = RepositoryAt::Url { clean: format!("file://{rest}"), secret: None };
            return Ok(Self { name: trimmed(&path).to_owned(), at, size });
        }
        if host.is_empty() || path.trim_matches('/').is_empty() {
            return Err("a clone URL has a host and a path".to_owned());
        }
        // The user of ssh is part of the address; elsewhere it may be a token.
        let shown_user = user.and_then(|user| {
            let name = user.split(':').next().unwrap_or_default();
            (scheme == "ssh" && !name.is_empty()).then(|| format!("{name}@"))
        });
        let clean = format!("{scheme}://{}{host}/{path}", shown_user.clone().unwrap_or_default());
        let has_secret = user.is_some_and(|user| shown_user.as_deref() != Some(&format!("{user}@")));
        let secret = has_secret.then(|| format!("{scheme}://{rest}"));
        Ok(Self { name: named(host, path), at: RepositoryAt::Url { clean, secret }, size })
    }

    /// True if anyone on the way can read and change what git fetches.
    pub(crate) fn is_unsafe(&self) -> bool {
        let RepositoryAt::Url { clean, .. } = &self.at else { return false };
        UNSAFE.iter().any(|scheme| clean.strip_prefix(scheme).is_some_and(|rest| rest.starts_with("://")))
    }

    /// The name of its files: a hash of the name, and what of it a file's name can have.
    pub(crate) fn file_name(&self) -> String {
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(&self.name)[..8]);
        let letters = self.name.chars().map(|one| match one {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '-' => one,
            _ => '-',
        });
        let all: String = letters.collect();
        let slug = all[all.len().saturating_sub(SLUG)..].trim_matches(['-', '.']);
        format!("{hash}-{slug}")
    }
}

/// The name of a repository at a host.
fn named(host: &str, path: &str) -> String {
    format!(
        "{}/{}",
        host.to_ascii_lowercase(),
        trimmed(path).trim_start_matches('/').trim_end_matches(".git")
    )
}

/// A path without what does not change its meaning at the end.
fn trimmed(path: &str) -> &str {
    let short = path.trim_end_matches('/');
    let short = short.strip_suffix("/.git").unwrap_or(short);
    if short.is_empty() { path } else { short }
}

impl RepositoryList {
    /// Reads a list; `file` is its name for messages.
    ///
    /// # Errors
    /// The first line that names no repository.
    pub(crate) fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let mut list = Self::default();
        let mut entries: BTreeMap<String, ListEntry> = BTreeMap::new();
        for (line, content) in (1..).zip(text.lines()) {
            let wrong = |what: String| Error::List { file: file.to_owned(), line, what };
            let content = content.trim_end_matches(['\r', ' ']);
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            if let Some(salt) = content.strip_prefix("salt ") {
                let is_salt = salt.len() == 32 && salt.bytes().all(|byte| byte.is_ascii_hexdigit());
                if !is_salt || list.salt.as_deref().is_some_and(|other| other != salt) {
                    return Err(wrong("a list has one salt, of 32 hexadecimal digits".to_owned()));
                }
                list.salt = Some(salt.to_ascii_lowercase());
                continue;
            }
            let (place, size) = match content.split_once('\t') {
                Some((place, size)) => {
                    let size = size.trim();
                    let bytes = (!size.is_empty()).then(|| size.parse()).transpose();
                    (place, bytes.map_err(|_| wrong("after the tab is the size, in bytes".to_owned()))?)
                }
                None => (content, None),
            };
            let entry = ListEntry::parse(place, size).map_err(wrong)?;
            list.repeated += usize::from(!insert(&mut entries, entry));
        }
        list.entries = entries.into_values().collect();
        Ok(list)
    }

    /// Adds repositories; one that is there already keeps one line.
    pub(crate) fn extend(&mut self, more: impl IntoIterator<Item = ListEntry>) {
        let mut entries: BTreeMap<String, ListEntry> =
            std::mem::take(&mut self.entries).into_iter().map(|entry| (entry.name.clone(), entry)).collect();
        for entry in more {
            self.repeated += usize::from(!insert(&mut entries, entry));
        }
        self.entries = entries.into_values().collect();
    }

    /// The list as text.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{HEADER}\n");
        if let Some(salt) = &self.salt {
            let _ = writeln!(text, "salt {salt}");
        }
        for entry in &self.entries {
            let place = match &entry.at {
                RepositoryAt::Url { secret: Some(secret), .. } => secret.clone(),
                at => at.shown(),
            };
            let _ = match entry.size {
                Some(size) => writeln!(text, "{place}\t{size}"),
                None => writeln!(text, "{place}"),
            };
        }
        text
    }
}

/// Adds an entry; false if one of its name is there. Whichever comes first, the same one stays.
fn insert(entries: &mut BTreeMap<String, ListEntry>, entry: ListEntry) -> bool {
    let Some(known) = entries.get_mut(&entry.name) else {
        entries.insert(entry.name.clone(), entry);
        return true;
    };
    let size = known.size.max(entry.size);
    if entry.at < known.at {
        *known = entry;
    }
    known.size = size;
    false
}

/// The folder that `path` names from `base` on.
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_has_one_name_and_no_credentials_in_it() {
        let table = [
            ("https://github.com/acme/api.git", "github.com/acme/api"),
            ("https://ada:pass@GitHub.com/acme/api", "github.com/acme/api"),
            ("https://token@github.com:8443/acme/api/", "github.com:8443/acme/api"),
            ("ssh://git@github.com/acme/api.git", "github.com/acme/api"),
            ("git@github.com:acme/api.git", "github.com/acme/api"),
            ("file:///srv/git/api.git", "/srv/git/api.git"),
            ("/srv/git/api.git/", "/srv/git/api.git"),
            ("repos/a/.git", "repos/a"),
            ("/", "/"),
        ];
        for (text, name) in table {
            let entry = ListEntry::parse(text, None).expect(text);
            assert_eq!(entry.name, name, "{text}");
            assert!(!format!("{entry:?}").contains("pass") && !format!("{entry:?}").contains("token"));
        }
    }

    #[test]
    fn what_is_no_repository_is_an_error() {
        for text in [
            "",
            "-u",
            "ext::sh -c true",
            "https://",
            "https://h",
            "https://h/?a",
            "ext://a/b",
            "fd://7/a",
            "a\u{7}",
        ] {
            assert!(ListEntry::parse(text, None).is_err(), "{text}");
        }
        for (text, line) in [("a\tb", 1), ("#\nsalt 1", 2), ("a\n--x", 2)] {
            assert!(
                matches!(RepositoryList::parse("l", text), Err(Error::List { line: at, .. }) if at == line)
            );
        }
    }

    #[test]
    fn a_list_reads_back_and_its_order_says_nothing() {
        let salt = "00112233445566778899aabbccddeeff";
        let one = format!("salt {salt}\nhttps://u:p@h/a.git\t5\n/b\n# no\n\n/a\t7\n");
        let list = RepositoryList::parse("l", &one).expect("it is one");
        assert_eq!((list.salt.as_deref(), list.entries.len(), list.repeated), (Some(salt), 3, 0));
        let again = RepositoryList::parse("l", &list.text()).expect("it is one");
        assert_eq!(again.entries, list.entries);
        let mut lines: Vec<&str> = one.lines().collect();
        lines.push("ssh://git@h/a");
        lines.reverse();
        let other = RepositoryList::parse("l", &lines.join("\n")).expect("it is one");
        assert_eq!(other.repeated, 1);
        assert_eq!(other.entries, list.entries);
    }

    #[test]
    fn files_are_named_so_that_people_find_them() {
        let entry = ListEntry::parse("https://github.com/acme/api.git", None).expect("it is one");
        assert!(entry.file_name().ends_with("-github.com-acme-api"), "{}", entry.file_name());
        let long = ListEntry::parse(&format!("/{}/..", "ö".repeat(200)), None).expect("it is one");
        assert!(long.file_name().len() <= 80, "{}", long.file_name());
    }
}
