//! The refs of a repository: loose, packed, and those of its worktrees.
//!
//! Everything that keeps a commit alive by name: `HEAD` of each worktree and all of `refs/`. What only a
//! reflog, `ORIG_HEAD` or `FETCH_HEAD` names counts as unreachable. Refs in a reftable are git's to list.

use crate::git::Error;
use crate::git::repository::{Repository, read};
use crate::model::{ObjectId, display_path};
use crate::record::Writer;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

/// How many symbolic refs git follows in a row.
const SYMBOLIC_DEPTH: usize = 5;

/// Ref names and the objects they name, as printed ([`display_path`]); sorted.
pub(crate) type Refs = BTreeMap<String, ObjectId>;

/// The refs of a repository, and the names of those that say nothing a ref can say.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    pub(crate) refs: Refs,
    pub(crate) broken: Vec<String>,
}

/// What says where the refs point, as it stands in the repository.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(crate) packed: Vec<u8>,
    /// Loose refs and the `HEAD`s, by name; each overrides a packed one of its name.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// Directories of refs that could not be listed.
    pub(crate) unlisted: Vec<String>,
    /// What git told, where only git can read the refs.
    pub(crate) asked: Option<Refs>,
}

impl Sources {
    /// Reads what says where the refs of `repository` point.
    pub(crate) fn read(repository: &Repository) -> Result<Self, Error> {
        let mut sources = Self::default();
        if repository.reftable {
            sources.asked = Some(ask_git(repository)?);
            return Ok(sources);
        }
        // As git does: what is packed while this is read is no longer loose only when it already stands in the other.
        sources.loose(&repository.common_dir.join("refs"), "refs")?;
        sources.packed = read(&repository.common_dir.join("packed-refs"))?.unwrap_or_default();
        sources.head(&repository.common_dir, "HEAD")?;
        let mut worktrees = BTreeMap::new();
        if let Ok(entries) = fs::read_dir(repository.common_dir.join("worktrees")) {
            for entry in entries.flatten() {
                let name = display_path(entry.file_name().as_encoded_bytes());
                worktrees.insert(name, entry.path());
            }
        }
        for (name, dir) in worktrees {
            sources.head(&dir, &format!("worktrees/{name}/HEAD"))?;
            sources.loose(&dir.join("refs"), &format!("worktrees/{name}/refs"))?;
        }
        Ok(sources)
    }

    /// All of it but for the packed refs, in one row of bytes: equal, with those, only where each ref is what it was.
    pub(crate) fn told(&self) -> Vec<u8> {
        let mut out = Writer::default();
        // Directories list their entries in no set order.
        let mut files: Vec<_> = self.files.iter().collect();
        files.sort();
        out.list(files, |out, (name, text)| {
            out.bytes(name.as_bytes());
            out.bytes(text);
        });
        let mut unlisted: Vec<_> = self.unlisted.iter().collect();
        unlisted.sort();
        out.list(unlisted, |out, name| out.bytes(name.as_bytes()));
        out.option(self.asked.as_ref(), |out, refs| {
            out.list(refs, |out, (name, id)| {
                out.bytes(name.as_bytes());
                out.bytes(id.as_bytes());
            });
        });
        out.finish()
    }

    /// The refs.
    pub(crate) fn list(&self) -> Listed {
        if let Some(refs) = &self.asked {
            return Listed { refs: refs.clone(), broken: Vec::new() };
        }
        let mut raw = Raw { broken: self.unlisted.clone(), ..Raw::default() };
        for (name, text) in &self.files {
            raw.take(name.clone(), text);
        }
        packed(&self.packed, &mut raw);
        let refs = raw.targets.keys().filter_map(|name| Some((name.clone(), resolve(name, &raw.targets)?)));
        Listed { refs: refs.collect(), broken: raw.broken }
    }

    fn head(&mut self, git_dir: &Path, name: &str) -> Result<(), Error> {
        if let Some(text) = read(&git_dir.join("HEAD"))? {
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
                    // Git would follow it, perhaps for ever.
                    self.unlisted.push(name);
                } else if (kind.is_file() || path.is_file())
                    && is_name(&name)
                    && let Some(text) = read(&path)?
                {
                    self.files.push((name, text));
                }
            }
        }
        Ok(())
    }
}

/// What the files of refs say.
#[derive(Debug, Default)]
struct Raw {
    targets: BTreeMap<String, Target>,
    broken: Vec<String>,
}

impl Raw {
    /// Takes what a ref's file says.
    fn take(&mut self, name: String, text: &[u8]) {
        match parse(text) {
            Some(target) => {
                self.targets.insert(name, target);
            }
            None => self.broken.push(name),
        }
    }
}

/// What a ref's file says.
#[derive(Debug)]
pub(crate) enum Target {
    Id(ObjectId),
    Ref(String),
}

/// Where a ref leads whose file says `text`.
pub(crate) fn parse(text: &[u8]) -> Option<Target> {
    let text = text.trim_ascii();
    match text.strip_prefix(b"ref:") {
        Some(name) => Some(Target::Ref(display_path(name.trim_ascii()))),
        None => std::str::from_utf8(text.split(u8::is_ascii_whitespace).next()?)
            .ok()
            .and_then(ObjectId::from_hex)
            .map(Target::Id),
    }
}

fn resolve(name: &str, raw: &BTreeMap<String, Target>) -> Option<ObjectId> {
    let mut name = name;
    for _ in 0..SYMBOLIC_DEPTH {
        match raw.get(name)? {
            Target::Id(id) => return Some(*id),
            Target::Ref(next) => name = next,
        }
    }
    None
}

fn packed(text: &[u8], raw: &mut Raw) {
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

/// The id and the name that a line of packed refs tells.
pub(crate) fn halves(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_other = line.starts_with(b"#") || line.starts_with(b"^");
    let space = line.iter().position(|&byte| byte == b' ').filter(|_| !is_other)?;
    Some((&line[..space], line[space + 1..].trim_ascii_end()))
}

/// True where git would take a file of this name for a ref.
fn is_name(name: &str) -> bool {
    !name.ends_with(".lock") && !name.contains("/.")
}

fn ask_git(repository: &Repository) -> Result<Refs, Error> {
    let run = |arguments: &[&str]| {
        let output = Command::new("git")
            .arg("--git-dir")
            .arg(&repository.git_dir)
            .args(arguments)
            .output()
            .map_err(|error| error.to_string())?;
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
        }
    };
    let listed =
        run(&["for-each-ref", "--format=%(objectname) %(refname)"]).map_err(|reason| Error::Refs {
            path: repository.common_dir.clone(),
            extension: "extensions.refStorage = reftable".to_owned(),
            reason,
        })?;
    let mut refs = Refs::new();
    for line in listed.split(|&byte| byte == b'\n') {
        let Some(space) = line.iter().position(|&byte| byte == b' ') else { continue };
        if let Some(id) = std::str::from_utf8(&line[..space]).ok().and_then(ObjectId::from_hex) {
            refs.insert(display_path(&line[space + 1..]), id);
        }
    }
    // An unborn HEAD names nothing, and git says so by failing.
    if let Ok(head) = run(&["rev-parse", "--verify", "--quiet", "HEAD"])
        && let Some(id) = ObjectId::from_hex(String::from_utf8_lossy(&head).trim())
    {
        refs.insert("HEAD".to_owned(), id);
    }
    Ok(refs)
}
