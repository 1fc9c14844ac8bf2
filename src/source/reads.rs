//! Files that somebody is about to read, or lines of them.
//!
//! # Design
//!
//! A coding assistant hands on what it reads, ignored by git or not, so what `.gitignore` covers is read here; what the
//! configuration excludes is not. Of a file only the wanted lines are scanned, and one more on each side, so that the
//! rest of a large file costs nothing and does not count.

use super::containers::{ContentOutcome, Looked, Opener};
use super::excludes::Excludes;
use super::pieces;
use super::{Error, Opening, Sink, reason, stopped};
use crate::container::magic;
use crate::git::Repository;
use crate::model::{Blob, Coverage, Piece, Place};
use crate::shown_path::shown_path;
use globset::GlobBuilder;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Bytes that are read at a time while lines are counted.
const CHUNK: usize = 256 << 10;

/// Bytes of a blob that show whether it is text.
const HEAD: usize = 8 << 10;

/// The most bytes of wanted lines that are held in memory; more are read like a whole file.
const MOST: u64 = 64 << 20;

/// The most files that a pattern in a guess may match.
const MOST_OF_PATTERN: usize = 256;

/// A file, or lines of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its path, absolute or relative to the folder.
    pub path: PathBuf,
    /// The first and the last line, from 1; `None` is all of it.
    pub lines: Option<(u64, u64)>,
    /// True if it is not sure that this is a file's name: what cannot be read then is not in scope. It may be a pattern
    /// (`*.env`).
    pub is_guess: bool,
}

/// How to read.
#[derive(Clone, Debug)]
pub struct Options {
    /// What relative paths are relative to; absolute.
    pub folder: PathBuf,
    /// The configuration's exclude patterns.
    pub exclude: Vec<String>,
    /// Leave out files of more bytes than this.
    pub max_file_size: Option<u64>,
    /// Bytes that a piece of a large file needs on each side.
    pub margin: usize,
    /// Whether containers are opened, if all of a file is wanted.
    pub containers: Opening,
    /// Once this is true no further file is read.
    pub stop: Option<&'static AtomicBool>,
}

/// The names that files have in reports: relative to the top of the repository around a folder.
#[derive(Debug)]
pub struct Shown {
    folder: PathBuf,
    top: Option<PathBuf>,
}

impl Shown {
    /// The names for paths that are relative to `folder`, which is absolute.
    ///
    /// # Errors
    /// Those of opening a repository.
    pub fn at(folder: &Path) -> Result<Self, Error> {
        let repository = Repository::around(folder)?;
        let top = repository.as_ref().and_then(Repository::work_tree).map(Path::to_owned);
        Ok(Self { folder: folder.to_owned(), top })
    }

    /// True if the folder is in a repository.
    pub fn is_in_repository(&self) -> bool {
        self.top.is_some()
    }

    /// The name of a file, which need not exist.
    pub fn name(&self, path: &Path) -> String {
        let whole = plain(&self.folder.join(path));
        shown_path(self.inside(&whole).unwrap_or(&whole))
    }

    /// A path within the repository, relative to its top.
    fn inside<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        path.strip_prefix(self.top.as_ref()?).ok()
    }
}

/// Without `.` and `..`, as far as the text shows.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

/// Gives the wanted files to `sink`.
///
/// # Errors
/// [`Error::Globs`].
pub fn scan(wanted: &[Wanted], shown: &Shown, options: &Options, sink: &Sink<'_>) -> Result<Coverage, Error> {
    let excludes = Excludes::parse(&options.exclude)?;
    let mut coverage = Coverage::default();
    let mut seen: Vec<(PathBuf, Option<(u64, u64)>)> = Vec::new();
    let mut buffer = Vec::new();
    for one in wanted {
        for path in paths(one, options) {
            if stopped(options.stop) {
                coverage.interrupted = true;
                return Ok(coverage);
            }
            let metadata = match path.metadata() {
                Ok(metadata) => metadata,
                // Whoever is about to read it cannot either.
                Err(_) => continue,
            };
            let name = shown_path(&path);
            if !metadata.is_file() {
                if !metadata.is_dir() && !one.is_guess {
                    coverage.miss(reason::of_special(metadata.file_type()), name);
                }
                continue;
            }
            let real = path.canonicalize().unwrap_or(path);
            if seen.iter().any(|(path, lines)| *path == real && (lines.is_none() || *lines == one.lines)) {
                continue;
            }
            seen.push((real.clone(), one.lines));
            let inside = shown.inside(&real);
            let name = shown_path(inside.unwrap_or(&real));
            if inside.is_some_and(|inside| excludes.covers_file(inside)) {
                coverage.exclude(reason::CONFIGURED, name);
                continue;
            }
            if options.max_file_size.is_some_and(|limit| metadata.len() > limit) && one.lines.is_none() {
                coverage.exclude(reason::TOO_LARGE, name);
                continue;
            }
            let place = Place::file(&name);
            let given = File::open(&real).and_then(|mut file| {
                if let Some(lines) = one.lines
                    && let Some(given) = give_lines(&mut file, lines, &place, sink)?
                {
                    return Ok(given);
                }
                let mut file = if one.lines.is_some() { File::open(&real)? } else { file };
                if buffer.is_empty() {
                    buffer = pieces::buffer(options.margin);
                }
                let filled = pieces::fill(&mut file, &mut buffer, 0).begun()?;
                let given = pieces::give(&mut file, &mut buffer, filled, options.margin, &place, sink)?;
                let opening = if one.lines.is_some() { Opening::default() } else { options.containers };
                let margin = options.margin;
                let opener = Opener { opening, margin, sink, excludes: Some(&excludes) };
                opener.open(given, &mut file, &place)
            });
            match given {
                Ok(looked) => looked.count(&name, false, &mut coverage),
                // The reader runs as the same user.
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
                Err(error) => coverage.miss(&reason::of(&error), name),
            }
        }
    }
    Ok(coverage)
}

/// The paths that `wanted` matches.
fn paths(wanted: &Wanted, options: &Options) -> Vec<PathBuf> {
    let path = options.folder.join(&wanted.path);
    let is_pattern =
        wanted.is_guess && wanted.path.to_str().is_some_and(|text| text.contains(['*', '?', '[']));
    if !is_pattern || path.symlink_metadata().is_ok() {
        return vec![path];
    }
    let mut found = vec![PathBuf::new()];
    for part in path.components() {
        let text = part.as_os_str().to_str().unwrap_or_default();
        if !text.contains(['*', '?', '[']) {
            found.iter_mut().for_each(|path| path.push(part));
            continue;
        }
        let Ok(glob) = GlobBuilder::new(text).literal_separator(true).build() else { return Vec::new() };
        let glob = glob.compile_matcher();
        let mut next = Vec::new();
        for folder in &found {
            let Ok(entries) = fs::read_dir(folder) else { continue };
            for entry in entries.flatten() {
                let name = entry.file_name();
                // As in a shell, a pattern does not match hidden files.
                let is_hidden = name.as_encoded_bytes().first() == Some(&b'.') && !text.starts_with('.');
                if !is_hidden && glob.is_match(&name) && next.len() < MOST_OF_PATTERN {
                    next.push(folder.join(name));
                }
            }
        }
        next.sort();
        found = next;
    }
    found
}

/// Gives lines `first` to `last` of `file` and one more on each side. `None` if they are too long to hold.
fn give_lines(
    file: &mut File,
    (first, last): (u64, u64),
    place: &Place,
    sink: &Sink<'_>,
) -> io::Result<Option<Looked>> {
    let (first, last) = (first.saturating_sub(1).max(1), last.saturating_add(1));
    let mut chunk = vec![0; CHUNK];
    let (mut head, mut bytes) = (Vec::new(), Vec::new());
    let (mut line, mut start, mut offset) = (1_u64, None, 0_u64);
    'reading: loop {
        let read = match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let chunk = &chunk[..read];
        let missing = HEAD.saturating_sub(head.len());
        head.extend_from_slice(&chunk[..missing.min(read)]);
        let mut at = 0;
        while at < read {
            let end = memchr::memchr(b'\n', &chunk[at..]).map(|end| at + end + 1);
            if line >= first {
                start.get_or_insert(offset + at as u64);
                bytes.extend_from_slice(&chunk[at..end.unwrap_or(read)]);
                if bytes.len() as u64 > MOST {
                    return Ok(None);
                }
            }
            let Some(end) = end else { break };
            line += 1;
            if line > last {
                break 'reading;
            }
            at = end;
        }
        offset += read as u64;
    }
    let piece = Piece { bytes: &bytes, offset: start.unwrap_or(0), fresh: 0..bytes.len(), head: &head };
    sink(Blob { place, inner: None, piece, line: first, column: 0 }).map_err(reason::refused)?;
    let outcome = match magic::by_start(&head) {
        Some(_) => ContentOutcome::Closed(None),
        None => ContentOutcome::Scanned,
    };
    Ok(Some(Looked { outcome, bytes: bytes.len() as u64, left_out: 0 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn the_wanted_lines_and_one_on_each_side_are_given_with_their_place() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let text: String = (1..=20).map(|line| format!("line {line}\n")).collect();
        fs::write(folder.path().join("a"), &text).expect("a file can be written");
        let folder = folder.path().canonicalize().expect("it is there");
        let shown = Shown::at(&folder).expect("there is no repository");
        let options = Options {
            folder,
            exclude: Vec::new(),
            max_file_size: None,
            margin: 64,
            containers: Opening::default(),
            stop: None,
        };
        let table = [
            (None, 1, 20),
            (Some((1, 1)), 1, 2),
            (Some((0, 0)), 1, 1),
            (Some((5, 6)), 4, 7),
            (Some((20, u64::MAX)), 19, 20),
            (Some((1, u64::MAX)), 1, 20),
        ];
        for (lines, first, last) in table {
            let given = Mutex::new(None);
            let sink = |blob: Blob<'_>| {
                let bytes = String::from_utf8_lossy(blob.piece.bytes).into_owned();
                *given.lock().expect("no thread panicked") = Some((blob.line, blob.piece.offset, bytes));
                Ok(())
            };
            let wanted = [Wanted { path: "a".into(), lines, is_guess: false }];
            let coverage = scan(&wanted, &shown, &options, &sink).expect("there are no patterns");
            assert_eq!((coverage.scanned, coverage.unread_count()), (1, 0), "{lines:?}");
            let whole: String = (first..=last).map(|line| format!("line {line}\n")).collect();
            let offset = text.find(&whole).expect("these lines are in it") as u64;
            assert_eq!(
                given.into_inner().expect("no thread panicked"),
                Some((first, offset, whole)),
                "{lines:?}"
            );
        }
    }
}
