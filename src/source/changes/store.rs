//! Objects by id, and what a tree object holds.

use crate::model::ObjectId;
use crate::source::{Error, reason};
use git2::{ErrorCode, ObjectType, Odb, OdbObject, Oid, Repository};

/// A repository's objects.
pub(super) struct Store<'a> {
    odb: Odb<'a>,
}

/// An entry of a tree object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TreeEntry {
    /// Its name; never empty, and with a `/` at the end where it is a tree, which makes git's order of
    /// entries the order of names.
    pub(super) key: Vec<u8>,
    /// What it is.
    pub(super) kind: EntryKind,
    /// Its id.
    pub(super) id: ObjectId,
}

/// What an entry of a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    /// A file, or a symbolic link, whose target is its blob's content.
    Blob,
    /// A directory.
    Tree,
    /// A commit of another repository.
    Submodule,
}

impl<'a> Store<'a> {
    /// The objects of `repository`.
    pub(super) fn of(repository: &'a Repository) -> Result<Self, Error> {
        let odb = repository.odb().map_err(|error| Error::Object {
            what: "The repository's object store".to_owned(),
            message: error.message().to_owned(),
        })?;
        Ok(Self { odb })
    }

    /// The entries of the tree `id`, sorted by key, or why they cannot be read.
    pub(super) fn tree(&self, id: ObjectId) -> Result<Vec<TreeEntry>, &'static str> {
        let object = read(&self.odb, id, ObjectType::Tree)?;
        let mut entries = parse(object.data(), id.as_bytes().len()).ok_or(reason::CORRUPT_OBJECT)?;
        if !entries.is_sorted_by(|a, b| a.key <= b.key) {
            entries.sort_by(|a, b| a.key.cmp(&b.key));
        }
        Ok(entries)
    }
}

/// The blob `id`, or why it cannot be read.
pub(super) fn blob<'a>(odb: &'a Odb<'a>, id: ObjectId) -> Result<OdbObject<'a>, &'static str> {
    read(odb, id, ObjectType::Blob)
}

/// Length in bytes of the object `id`, without reading all of it.
pub(super) fn len(odb: &Odb<'_>, id: ObjectId) -> Result<u64, &'static str> {
    odb.read_header(oid(id)?).map(|(len, _)| len as u64).map_err(|error| why(&error))
}

fn read<'a>(odb: &'a Odb<'a>, id: ObjectId, kind: ObjectType) -> Result<OdbObject<'a>, &'static str> {
    let object = odb.read(oid(id)?).map_err(|error| why(&error))?;
    if object.kind() == kind { Ok(object) } else { Err(reason::CORRUPT_OBJECT) }
}

fn oid(id: ObjectId) -> Result<Oid, &'static str> {
    Oid::from_bytes(id.as_bytes()).map_err(|_| reason::CORRUPT_OBJECT)
}

fn why(error: &git2::Error) -> &'static str {
    if error.code() == ErrorCode::NotFound { reason::MISSING_OBJECT } else { reason::CORRUPT_OBJECT }
}

/// The entries of a tree object: `mode SP name NUL id`, over and over.
fn parse(mut rest: &[u8], id_len: usize) -> Option<Vec<TreeEntry>> {
    let mut entries = Vec::with_capacity(rest.len() / (id_len + 20));
    while !rest.is_empty() {
        let space = memchr::memchr(b' ', rest)?;
        let mode = u32::from_str_radix(std::str::from_utf8(&rest[..space]).ok()?, 8).ok()?;
        rest = &rest[space + 1..];
        let end = memchr::memchr(0, rest)?;
        let mut key = rest[..end].to_vec();
        let (id, after) = rest[end + 1..].split_at_checked(id_len)?;
        rest = after;
        let kind = match mode & 0o170_000 {
            0o040_000 => EntryKind::Tree,
            0o160_000 => EntryKind::Submodule,
            _ => EntryKind::Blob,
        };
        if key.is_empty() {
            return None;
        }
        if kind == EntryKind::Tree {
            key.push(b'/');
        }
        entries.push(TreeEntry { key, kind, id: ObjectId::from_bytes(id)? });
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_parses_to_its_entries_and_a_cut_one_does_not() {
        let mut bytes = Vec::new();
        for (mode, name) in [("100644", "a.c"), ("40000", "a"), ("160000", "sub"), ("120000", "z")] {
            bytes.extend_from_slice(format!("{mode} {name}\0").as_bytes());
            bytes.extend_from_slice(&[7; 20]);
        }
        let entries = parse(&bytes, 20).expect("the tree is sound");
        let kinds: Vec<_> = entries.iter().map(|entry| (entry.key.as_slice(), entry.kind)).collect();
        let expected: [(&[u8], EntryKind); 4] = [
            (b"a.c", EntryKind::Blob),
            (b"a/", EntryKind::Tree),
            (b"sub", EntryKind::Submodule),
            (b"z", EntryKind::Blob),
        ];
        assert_eq!(kinds, expected);
        let entry = bytes.len() / 4;
        for len in 1..bytes.len() {
            let whole = [31, 59, 90].contains(&len);
            assert_eq!(parse(&bytes[..len], 20).is_some(), whole, "{len} of {} ({entry})", bytes.len());
        }
        assert_eq!(parse(b"100644 \0aaaaaaaaaaaaaaaaaaaa", 20), None, "an entry without a name");
    }
}
