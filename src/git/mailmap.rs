//! `.mailmap`: the names and addresses that people are known by today, for those that their commits have
//! (gitmailmap(5)).
//!
//! Lines as git reads them: `Proper Name <commit@address>`, `<proper@address> <commit@address>`, and either with the
//! commit's name before the commit's address, so that only commits of that name are meant. Case is ignored in what is
//! looked up. A line without an address is no entry. Later lines win.

use crate::model::Commit;
use std::collections::HashMap;

/// What a commit's name and address are replaced with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Proper {
    name: Option<String>,
    email: Option<String>,
}

/// The entries for one address.
#[derive(Debug, Default)]
struct Entry {
    /// For every name.
    any: Proper,
    /// For these names, in lower case.
    named: HashMap<String, Proper>,
}

/// A file's entries, by address in lower case.
#[derive(Debug, Default)]
pub(crate) struct Mailmap(HashMap<String, Entry>);

impl Mailmap {
    /// Reads a file; bytes that are not UTF-8 are replaced.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let mut map = Self::default();
        for line in String::from_utf8_lossy(bytes).lines() {
            map.add(line);
        }
        map
    }

    /// True if nobody is renamed.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, line: &str) {
        if line.starts_with('#') {
            return;
        }
        let Some((first_name, first, rest)) = person(line) else { return };
        let (proper, name, email) = match person(rest) {
            // The second address is the commit's.
            Some((name, email, _)) => {
                let proper = Proper { name: first_name, email: Some(first.to_owned()) };
                (proper, name, email)
            }
            None => (Proper { name: first_name, email: None }, None, first),
        };
        let entry = self.0.entry(email.to_ascii_lowercase()).or_default();
        match name {
            Some(name) => {
                entry.named.insert(name.to_ascii_lowercase(), proper);
            }
            None => {
                entry.any.name = proper.name.or(entry.any.name.take());
                entry.any.email = proper.email.or(entry.any.email.take());
            }
        }
    }

    /// The commit with its author's proper name and address; `None` if they are what it has.
    pub(crate) fn rename(&self, commit: &Commit) -> Option<Commit> {
        let entry = self.0.get(&commit.email.to_ascii_lowercase())?;
        let proper = entry.named.get(&commit.author.to_ascii_lowercase()).unwrap_or(&entry.any);
        let author = proper.name.as_ref().unwrap_or(&commit.author);
        let email = proper.email.as_ref().unwrap_or(&commit.email);
        let is_renamed = (author, email) != (&commit.author, &commit.email);
        is_renamed.then(|| Commit { author: author.clone(), email: email.clone(), ..commit.clone() })
    }
}

/// The name before the first address of `text`, if there is one; the address; and what follows it.
fn person(text: &str) -> Option<(Option<String>, &str, &str)> {
    let (name, rest) = text.split_once('<')?;
    let (email, rest) = rest.split_once('>')?;
    let name = name.trim();
    Some(((!name.is_empty()).then(|| name.to_owned()), email.trim(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ObjectId;

    #[test]
    fn people_are_renamed_as_gitmailmap_says() {
        let map = Mailmap::parse(
            b"# Who <is@who>\n\
            Joe R. Developer <joe@example.com>\n\
            Jane Doe <jane@example.com> <Jane@Laptop.(none)>\n\
            <jane@example.com> <jane@desktop.(none)>\n\
            Jane Doe <jane@example.com> Joe <bugs@example.com>\n\
            Ann <ann@example.com> <bugs@example.com>\n\
            no address\n\
            Later <joe@example.com>\n",
        );
        let id = ObjectId::from_bytes(&[0; 20]).expect("20 is a length of an id");
        for (author, email, name, address) in [
            ("joe", "JOE@example.com", "Later", "JOE@example.com"),
            ("jane", "jane@laptop.(none)", "Jane Doe", "jane@example.com"),
            ("Jane", "jane@desktop.(none)", "Jane", "jane@example.com"),
            ("JOE", "bugs@example.com", "Jane Doe", "jane@example.com"),
            ("other", "bugs@example.com", "Ann", "ann@example.com"),
            ("is", "is@who", "is", "is@who"),
        ] {
            let commit = Commit { id, author: author.into(), email: email.into(), time: 7, zone: 60 };
            let seen = map.rename(&commit).unwrap_or(commit);
            assert_eq!((&*seen.author, &*seen.email, seen.time), (name, address, 7), "{author} <{email}>");
        }
        assert!(Mailmap::parse(b"#\n\n\xff<\n").is_empty());
    }
}
