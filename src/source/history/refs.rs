//! The refs of a repository: loose, packed, and those of its worktrees.
//!
//! Everything that keeps a commit alive by name: `HEAD` of each worktree and all of `refs/`. What only a
//! reflog, `ORIG_HEAD` or `FETCH_HEAD` names counts as unreachable. Refs in a reftable are git's to list.

use super::error::Error;
use super::repository::{Repository, read};
use crate::model::{ObjectId, display_path};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

/// How many symbolic refs git follows in a row.
const SYMBOLIC_DEPTH: usize = 5;

/// Ref names and the objects they name, as printed ([`display_path`]); sorted.
pub(super) type Refs = BTreeMap<String, ObjectId>;

/// The refs of a repository, and the names of those that say nothing a ref can say.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) refs: Refs,
    pub(super) broken: Vec<String>,
}

/// Lists the refs of `repository`.
pub(super) fn list(repository: &Repository) -> Result<Listed, Error> {
    if repository.reftable {
        return Ok(Listed { refs: ask_git(repository)?, broken: Vec::new() });
    }
    let mut raw = Raw::default();
    // As git does: what is packed while this is read is no longer loose only when it already stands in the other.
    loose(&repository.common_dir.join("refs"), "refs", &mut raw)?;
    packed(&repository.common_dir.join("packed-refs"), &mut raw)?;
    head(&repository.common_dir, "HEAD", &mut raw)?;
    let mut worktrees = BTreeMap::new();
    if let Ok(entries) = fs::read_dir(repository.common_dir.join("worktrees")) {
        for entry in entries.flatten() {
            let name = display_path(entry.file_name().as_encoded_bytes());
            worktrees.insert(name, entry.path());
        }
    }
    for (name, dir) in worktrees {
        head(&dir, &format!("worktrees/{name}/HEAD"), &mut raw)?;
        loose(&dir.join("refs"), &format!("worktrees/{name}/refs"), &mut raw)?;
    }
    let refs = raw.targets.keys().filter_map(|name| Some((name.clone(), resolve(name, &raw.targets)?)));
    Ok(Listed { refs: refs.collect(), broken: raw.broken })
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
enum Target {
    Id(ObjectId),
    Ref(String),
}

fn parse(text: &[u8]) -> Option<Target> {
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

fn head(git_dir: &Path, name: &str, raw: &mut Raw) -> Result<(), Error> {
    if let Some(text) = read(&git_dir.join("HEAD"))? {
        raw.take(name.to_owned(), &text);
    }
    Ok(())
}

fn packed(path: &Path, raw: &mut Raw) -> Result<(), Error> {
    let text = read(path)?.unwrap_or_default();
    for line in text.split(|&byte| byte == b'\n') {
        if line.starts_with(b"#") || line.starts_with(b"^") {
            continue;
        }
        let (id, name) = match line.iter().position(|&byte| byte == b' ') {
            Some(space) => (&line[..space], display_path(line[space + 1..].trim_ascii_end())),
            None if line.trim_ascii().is_empty() => continue,
            None => (line, format!("a line of packed-refs: {}", display_path(line))),
        };
        match parse(id) {
            Some(target @ Target::Id(_)) if id.len() < line.len() => {
                raw.targets.entry(name).or_insert(target);
            }
            _ => raw.broken.push(name),
        }
    }
    Ok(())
}

/// True where git would take a file of this name for a ref.
fn is_name(name: &str) -> bool {
    !name.ends_with(".lock") && !name.contains("/.")
}

/// Loose refs under `dir`; each overrides a packed one of its name.
fn loose(dir: &Path, prefix: &str, raw: &mut Raw) -> Result<(), Error> {
    let mut pending = vec![(dir.to_owned(), prefix.to_owned())];
    while let Some((dir, prefix)) = pending.pop() {
        let Ok(entries) = fs::read_dir(&dir) else { continue };
        for entry in entries.flatten() {
            let name = format!("{prefix}/{}", display_path(entry.file_name().as_encoded_bytes()));
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                pending.push((path, name));
            } else if (kind.is_file() || path.is_file())
                && is_name(&name)
                && let Some(text) = read(&path)?
            {
                raw.take(name, &text);
            }
        }
    }
    Ok(())
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
