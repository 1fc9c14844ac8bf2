//! The refs of a repository: loose, packed, and those of its worktrees.
//!
//! Everything that keeps a commit reachable by name: `HEAD` of each worktree and all of `refs/`. What
//! only a reflog, `ORIG_HEAD` or `FETCH_HEAD` names counts as unreachable.

use super::limits::LARGEST;
use super::path::git_path;
use super::ref_target::{Target, parse};
use super::reftable::Stack;
use super::repository::{LARGEST_LINE, Repository, read};
use crate::git::Error;
use crate::model::{ObjectId, display_path};
use crate::record::Writer;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How many symbolic refs git follows in a row.
pub(crate) const SYMBOLIC_DEPTH: usize = 5;

/// Ref names and the objects they name, as printed ([`display_path`]); sorted.
pub(crate) type Refs = BTreeMap<String, ObjectId>;

/// The refs of a repository, the names of invalid ones, and the names of those that point nowhere: a branch
/// without a commit, a symbolic ref to it.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    pub(crate) refs: Refs,
    pub(crate) broken: Vec<String>,
    pub(crate) unborn: Vec<String>,
}

/// The files of refs, as they are in the repository.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(crate) packed: Vec<u8>,
    /// Loose refs and the `HEAD`s, by name; each overrides a packed one of its name.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// Directories of refs that could not be listed.
    pub(crate) unlisted: Vec<String>,
}

impl Sources {
    /// Reads the files of the refs of `repository`.
    pub(crate) fn read(repository: &Repository) -> Result<Self, Error> {
        let mut sources = Self::default();
        if repository.reftable {
            sources.tables(repository)?;
            return Ok(sources);
        }
        // Loose refs first, as in git: a ref that is packed meanwhile is removed from here only after it is in
        // the packed file.
        sources.loose(&repository.common_dir.join("refs"), "refs")?;
        sources.packed = read(&repository.common_dir.join("packed-refs"), LARGEST)?.unwrap_or_default();
        sources.head(&repository.common_dir, "HEAD")?;
        let worktrees = sources.worktrees(repository);
        for (name, dir) in worktrees {
            sources.head(&dir, &format!("worktrees/{name}/HEAD"))?;
            sources.loose(&dir.join("refs"), &format!("worktrees/{name}/refs"))?;
        }
        Ok(sources)
    }

    /// Serialises all refs except the packed ones. If both are unchanged, so is every ref.
    pub(crate) fn unpacked(&self) -> Vec<u8> {
        let mut out = Writer::default();
        // Directories list their entries in no fixed order.
        let mut files: Vec<_> = self.files.iter().collect();
        files.sort();
        out.list(files, |out, (name, text)| {
            out.bytes(name.as_bytes());
            out.bytes(text);
        });
        let mut unlisted: Vec<_> = self.unlisted.iter().collect();
        unlisted.sort();
        out.list(unlisted, |out, name| out.bytes(name.as_bytes()));
        out.finish()
    }

    /// The refs.
    pub(crate) fn list(&self) -> Listed {
        let mut raw = Raw { broken: self.unlisted.clone(), ..Raw::default() };
        for (name, text) in &self.files {
            raw.take(name.clone(), text);
        }
        packed(&self.packed, &mut raw);
        let refs = raw.targets.keys().filter_map(|name| Some((name.clone(), resolve(name, &raw.targets)?)));
        let refs: Refs = refs.collect();
        let mut unborn = Vec::new();
        for (name, target) in &raw.targets {
            if let Target::Ref(target) = target {
                let names = [name.clone(), display_path(target)];
                unborn.extend(names.into_iter().filter(|name| !refs.contains_key(name)));
            }
        }
        unborn.sort_unstable();
        unborn.dedup();
        Listed { refs, broken: raw.broken, unborn }
    }

    /// The linked worktrees, by name.
    fn worktrees(&mut self, repository: &Repository) -> BTreeMap<String, PathBuf> {
        let mut worktrees = BTreeMap::new();
        match fs::read_dir(repository.common_dir.join("worktrees")) {
            Ok(entries) => {
                for entry in entries.flatten() {
                    let name = display_path(entry.file_name().as_encoded_bytes());
                    if entry.path().is_dir() {
                        worktrees.insert(name, entry.path());
                    } else {
                        self.unlisted.push(format!("worktrees/{name}"));
                    }
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(_) => self.unlisted.push("worktrees".to_owned()),
        }
        worktrees
    }

    /// Reads the refs of reftables, as if each were a file.
    fn tables(&mut self, repository: &Repository) -> Result<(), Error> {
        let mut stacks = vec![(String::new(), repository.common_dir.clone())];
        let worktrees = self.worktrees(repository);
        stacks.extend(worktrees.into_iter().map(|(name, dir)| (format!("worktrees/{name}/"), dir)));
        for (prefix, dir) in stacks {
            for (name, target) in Stack::read(&dir.join("reftable"), repository.width)?.all()? {
                let text = match target {
                    Target::Id(id) => id.to_string().into_bytes(),
                    Target::Ref(name) => [b"ref: ", name.as_slice()].concat(),
                };
                self.files.push((format!("{prefix}{}", display_path(&name)), text));
            }
        }
        Ok(())
    }

    fn head(&mut self, git_dir: &Path, name: &str) -> Result<(), Error> {
        if let Some(text) = read_ref(&git_dir.join("HEAD"))? {
            self.files.push((name.to_owned(), text));
        }
        Ok(())
    }

    /// Loose refs under `dir`.
    fn loose(&mut self, dir: &Path, prefix: &str) -> Result<(), Error> {
        let mut pending = vec![(dir.to_owned(), prefix.to_owned())];
        while let Some((dir, prefix)) = pending.pop() {
            let entries = match fs::read_dir(&dir) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(_) => {
                    self.unlisted.push(prefix);
                    continue;
                }
            };
            for entry in entries.flatten() {
                let name = format!("{prefix}/{}", display_path(entry.file_name().as_encoded_bytes()));
                let path = entry.path();
                let Ok(kind) = entry.file_type() else { continue };
                if kind.is_dir() {
                    pending.push((path, name));
                } else if kind.is_symlink() && path.is_dir() {
                    // Git would follow it, possibly for ever.
                    self.unlisted.push(name);
                } else if is_name(&name) {
                    match read_ref(&path) {
                        Ok(Some(text)) => self.files.push((name, text)),
                        // It was removed while this was read.
                        Ok(None) if !kind.is_symlink() => {}
                        Ok(None) | Err(_) => self.unlisted.push(name),
                    }
                }
            }
        }
        Ok(())
    }
}

/// The content of a ref's file; `None` if there is none. A symbolic link to another ref, an old form, counts too.
pub(crate) fn read_ref(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    if path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink())
        && let Ok(target) = fs::read_link(path)
        && let target = git_path(&target)
        && target.starts_with(b"refs/")
    {
        return Ok(Some([b"ref: ", &*target].concat()));
    }
    read(path, LARGEST_LINE)
}

/// The refs as their files say.
#[derive(Debug, Default)]
struct Raw {
    targets: BTreeMap<String, Target>,
    broken: Vec<String>,
}

impl Raw {
    /// Adds the content of a ref's file.
    fn take(&mut self, name: String, text: &[u8]) {
        match parse(text) {
            Some(target) => {
                self.targets.insert(name, target);
            }
            None => self.broken.push(name),
        }
    }
}

fn resolve(name: &str, raw: &BTreeMap<String, Target>) -> Option<ObjectId> {
    let mut name = Cow::Borrowed(name);
    for _ in 0..SYMBOLIC_DEPTH {
        match raw.get(&*name)? {
            Target::Id(id) => return Some(*id),
            Target::Ref(next) => name = Cow::Owned(display_path(next)),
        }
    }
    None
}

fn packed(text: &[u8], raw: &mut Raw) {
    if !text.is_empty() && !text.ends_with(b"\n") {
        raw.broken.push("the last line of packed-refs".to_owned());
    }
    for line in text.split(|&byte| byte == b'\n') {
        if line.starts_with(b"#") || line.starts_with(b"^") {
            continue;
        }
        let (id, name) = match halves(line) {
            Some((id, name)) => (id, display_path(name)),
            None if line.trim_ascii().is_empty() => continue,
            None => (line, format!("a line of packed-refs: {}", display_path(&line[..line.len().min(200)]))),
        };
        match parse(id) {
            Some(target @ Target::Id(_)) if id.len() < line.len() => {
                raw.targets.entry(name).or_insert(target);
            }
            _ => raw.broken.push(name),
        }
    }
}

/// The id and the name in a line of packed refs.
pub(crate) fn halves(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_other = line.starts_with(b"#") || line.starts_with(b"^");
    let space = line.iter().position(|&byte| byte == b' ').filter(|_| !is_other)?;
    Some((&line[..space], line[space + 1..].trim_ascii_end()))
}

/// True if git would accept a file of this name as a ref.
fn is_name(name: &str) -> bool {
    !name.ends_with(".lock") && !name.contains("/.")
}
