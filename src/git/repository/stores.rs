//! The object directories of a repository: its own, and their alternates.

use super::{LARGEST_LIST, read};
use crate::git::Error;
use crate::git::path::native;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// How deep git follows alternates of alternates.
const DEPTH: usize = 5;

/// How many object directories are read at most: each file of alternates may name thousands.
const MOST: usize = 1000;

/// The object directories: `objects` first, then `others`, with all their alternates; and the alternates that do not
/// exist.
pub(super) fn all(objects: &Path, others: &[PathBuf]) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Error> {
    let mut found = vec![objects.to_owned()];
    let mut known: HashSet<PathBuf> = objects.canonicalize().into_iter().collect();
    let mut lost = Vec::new();
    let mut add = |found: &mut Vec<PathBuf>, named: PathBuf| match fs::canonicalize(&named) {
        Ok(dir) if dir.is_dir() => {
            if found.len() < MOST && known.insert(dir.clone()) {
                found.push(dir);
            } else if !known.contains(&dir) && !lost.contains(&named) {
                lost.push(named);
            }
        }
        _ if lost.len() > MOST || lost.contains(&named) => {}
        _ => lost.push(named),
    };
    let mut from = 0;
    for _ in 0..=DEPTH {
        let until = found.len();
        for at in from..until {
            let Some(text) = read(&found[at].join("info").join("alternates"), LARGEST_LIST)? else {
                continue;
            };
            for line in text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end) {
                if !line.is_empty() && !line.starts_with(b"#") {
                    let named = found[at].join(native(&unquoted(line)));
                    add(&mut found, named);
                }
            }
        }
        from = until;
        if from == 1 {
            others.iter().for_each(|other| add(&mut found, other.clone()));
        }
    }
    Ok((found, lost))
}

/// The directories that a variable lists, relative ones from `start`.
pub(super) fn listed(value: &OsStr, start: &Path) -> Vec<PathBuf> {
    let separator = if cfg!(windows) { b';' } else { b':' };
    let mut dirs = Vec::new();
    let mut rest = value.as_encoded_bytes();
    while !rest.is_empty() {
        // A quoted one may contain the separator.
        let end = if rest.starts_with(b"\"") {
            let mut at = 1;
            while at < rest.len() && rest[at] != b'"' {
                at += if rest[at] == b'\\' { 2 } else { 1 };
            }
            (at + 1).min(rest.len())
        } else {
            memchr::memchr(separator, rest).unwrap_or(rest.len())
        };
        if end > 0 {
            dirs.push(start.join(native(&unquoted(&rest[..end]))));
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    dirs
}

/// A line of `alternates`, which git writes in quotes, with escapes, if a name needs them.
fn unquoted(line: &[u8]) -> Vec<u8> {
    let Some(inside) = line.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) else {
        return line.to_vec();
    };
    let mut out = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let octal = rest.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(value) = octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            out.push(value);
            rest = &rest[3..];
        } else if let Some((&letter, after)) = rest.split_first() {
            rest = after;
            out.push(match letter {
                b'n' => b'\n',
                b't' => b'\t',
                b'r' => b'\r',
                other => other,
            });
        }
    }
    out
}

/// True if a pack came from a partial clone's origin.
pub(super) fn have_promisor_pack(stores: &[PathBuf]) -> bool {
    let packs = stores.iter().filter_map(|store| fs::read_dir(store.join("pack")).ok());
    packs.flatten().flatten().any(|entry| entry.path().extension().is_some_and(|kind| kind == "promisor"))
}
