//! Where a repository keeps what: git directory, common directory, object directories, format.
//!
//! Found without libgit2's repository handle, which refuses partial clones and reftables. Nothing of the
//! configuration is obeyed but the format, nothing is run and nothing is written, so whose repository it is
//! does not matter.

use crate::git::Error;
use crate::model::{ObjectId, display_path};
use crate::regular_file;
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How deep git follows alternates of alternates.
const ALTERNATES_DEPTH: usize = 5;

/// The largest of git's own files that is read whole, bytes.
pub(crate) const LARGEST: u64 = 1 << 30;

/// A repository's directories and format.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    /// The git directory (of a linked worktree its own one).
    pub(crate) git_dir: PathBuf,
    /// The directory that all worktrees share.
    pub(crate) common_dir: PathBuf,
    /// Bytes of an object id: 20 or 32.
    pub(crate) width: usize,
    /// True where the refs are kept as a reftable.
    pub(crate) reftable: bool,
    /// True where objects may be absent because a partial clone left them at its origin.
    pub(crate) partial: bool,
    /// Commits whose parents a shallow clone left out.
    pub(crate) shallow: HashSet<ObjectId>,
    /// Object directories: its own, then the alternates.
    pub(crate) stores: Vec<PathBuf>,
    /// Alternates that are named and do not exist.
    pub(crate) lost_alternates: Vec<PathBuf>,
}

impl Repository {
    /// The repository at `path`: its work tree or a directory in it, its git directory, or a bare one.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let start = fs::canonicalize(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => Error::NoSuchPath { path: path.to_owned() },
            _ => Error::Io { path: path.to_owned(), source },
        })?;
        let git_dir = discover(&start)?.ok_or_else(|| Error::NotARepository { path: path.to_owned() })?;
        let common_dir = match read(&git_dir.join("commondir"))? {
            Some(text) => {
                let dir = git_dir.join(native(text.trim_ascii()));
                fs::canonicalize(dir).map_err(|_| Error::Broken { path: git_dir.join("commondir") })?
            }
            None => git_dir.clone(),
        };
        let format = Format::read(&common_dir)?;
        let (stores, lost_alternates) = stores(&common_dir.join("objects"))?;
        Ok(Self {
            shallow: shallow(&common_dir)?,
            partial: format.partial || has_promisor_pack(&stores),
            width: format.width,
            reftable: format.reftable,
            git_dir,
            common_dir,
            stores,
            lost_alternates,
        })
    }

    /// The name, as refs are listed, of what is `HEAD` here.
    pub(crate) fn head(&self) -> String {
        match self.git_dir.file_name() {
            // Git was asked from here.
            Some(name) if !self.reftable && self.git_dir != self.common_dir => {
                format!("worktrees/{}/HEAD", display_path(name.as_encoded_bytes()))
            }
            _ => "HEAD".to_owned(),
        }
    }
}

/// The git directory at `start` or of the nearest directory above that has one.
fn discover(start: &Path) -> Result<Option<PathBuf>, Error> {
    for dir in start.ancestors() {
        let inside = dir.join(".git");
        if inside.is_file() {
            let broken = || Error::Broken { path: inside.clone() };
            let text = read(&inside)?.ok_or_else(broken)?;
            let target = text.strip_prefix(b"gitdir:").ok_or_else(broken)?;
            let target = dir.join(native(target.trim_ascii()));
            return fs::canonicalize(target)
                .ok()
                .filter(|dir| dir.join("HEAD").exists())
                .map(Some)
                .ok_or_else(broken);
        }
        if is_git_dir(&inside) {
            return Ok(Some(inside));
        }
        if is_git_dir(dir) {
            return Ok(Some(dir.to_owned()));
        }
    }
    Ok(None)
}

/// What git itself asks of a directory before it believes that it is a repository.
fn is_git_dir(dir: &Path) -> bool {
    let has_head = dir.join("HEAD").symlink_metadata().is_ok();
    has_head
        && (dir.join("commondir").is_file() || (dir.join("objects").is_dir() && dir.join("refs").is_dir()))
}

/// What the configuration says of the repository's format.
#[derive(Debug)]
struct Format {
    width: usize,
    reftable: bool,
    partial: bool,
}

impl Format {
    fn read(common_dir: &Path) -> Result<Self, Error> {
        let mut format = Self { width: 20, reftable: false, partial: false };
        let path = common_dir.join("config");
        if !path.exists() {
            return Ok(format);
        }
        let wrong = |source| Error::Config { path: path.clone(), source };
        let config = git2::Config::open(&path).map_err(wrong)?;
        let mut entries = config.entries(None).map_err(wrong)?;
        let mut version = String::from("0");
        let mut extensions = Vec::new();
        while let Some(entry) = entries.next() {
            let entry = entry.map_err(wrong)?;
            let name = String::from_utf8_lossy(entry.name_bytes()).to_ascii_lowercase();
            let value = if entry.has_value() {
                String::from_utf8_lossy(entry.value_bytes()).into_owned()
            } else {
                String::new()
            };
            if name == "core.repositoryformatversion" {
                version = value.trim().to_owned();
            } else if let Some(extension) = name.strip_prefix("extensions.") {
                extensions.push((extension.to_owned(), value));
            } else if name.starts_with("remote.") && name.ends_with(".promisor") {
                format.partial |= value.is_empty() || !matches!(value.as_str(), "false" | "no" | "off" | "0");
            }
        }
        let refuse = |extension: String| Err(Error::Extension { path: common_dir.to_owned(), extension });
        if version != "0" && version != "1" {
            return refuse(format!("core.repositoryFormatVersion = {version}"));
        }
        for (name, value) in extensions {
            match (name.as_str(), value.to_ascii_lowercase().as_str()) {
                ("objectformat", "sha1") | ("refstorage", "files") => {}
                ("objectformat", "sha256") => format.width = 32,
                ("refstorage", "reftable") => format.reftable = true,
                ("partialclone", _) => format.partial = true,
                ("noop" | "worktreeconfig" | "preciousobjects" | "relativeworktrees", _) => {}
                _ if version == "0" => {}
                _ => return refuse(format!("extensions.{name} = {value}")),
            }
        }
        Ok(format)
    }
}

/// The object directories that `objects` leads to, itself first, and the alternates that do not exist.
fn stores(objects: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Error> {
    let mut found = vec![objects.to_owned()];
    let mut lost = Vec::new();
    let mut from = 0;
    for _ in 0..=ALTERNATES_DEPTH {
        let until = found.len();
        for at in from..until {
            let Some(text) = read(&found[at].join("info").join("alternates"))? else { continue };
            for line in text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end) {
                if line.is_empty() || line.starts_with(b"#") {
                    continue;
                }
                let named = found[at].join(native(&unquoted(line)));
                match fs::canonicalize(&named) {
                    Ok(dir) if found.contains(&dir) => {}
                    Ok(dir) if dir.is_dir() => found.push(dir),
                    _ if lost.contains(&named) => {}
                    _ => lost.push(named),
                }
            }
        }
        from = until;
    }
    Ok((found, lost))
}

/// A line of `alternates`, which git writes in quotes, with escapes, where a name needs them.
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

fn shallow(common_dir: &Path) -> Result<HashSet<ObjectId>, Error> {
    let text = read(&common_dir.join("shallow"))?.unwrap_or_default();
    Ok(String::from_utf8_lossy(&text).lines().filter_map(|line| ObjectId::from_hex(line.trim())).collect())
}

fn has_promisor_pack(stores: &[PathBuf]) -> bool {
    let packs = stores.iter().filter_map(|store| fs::read_dir(store.join("pack")).ok());
    packs.flatten().flatten().any(|entry| entry.path().extension().is_some_and(|kind| kind == "promisor"))
}

/// A small file's bytes; `None` where there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match regular_file::read(path, LARGEST) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(source) if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(source) => Err(Error::Io { path: path.to_owned(), source }),
    }
}

/// A path as git writes it, as the system's.
fn native(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    {
        PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
    }
}
