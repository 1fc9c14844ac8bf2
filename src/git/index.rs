//! git's index: the entries that a commit would record, read as they stand in the file.
//!
//! Format: gitformat-index(5), versions 2 to 4, with the `TREE` extension (the ids of directories that
//! are as some tree object has them) and sparse directories. It is read here and not by libgit2, which
//! takes its time over large ones and refuses split and sparse ones. A split index is left to the `git`
//! program. The trailing checksum is not computed: git itself may leave it out, and a wrong id shows as a
//! missing object.

use super::Error;
use super::repository::LARGEST;
use crate::model::ObjectId;
use crate::regular_file;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The longest path git puts into an index.
const LONGEST_PATH: usize = 4096;

/// How deep directories may nest in the `TREE` extension; a path of the longest length nests half as deep
/// at most, and where it does the extension is only not used.
const DEEPEST: usize = 512;

/// The type bits of a mode.
const TYPE: u32 = 0o170_000;

/// The index, with entries sorted by path and stage.
#[derive(Debug, Default)]
pub(crate) struct Index {
    paths: Vec<u8>,
    entries: Vec<Entry>,
    trees: Vec<CachedTree>,
}

/// One entry.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    path: Range<usize>,
    /// The id of its blob (or commit, or tree).
    pub(crate) id: ObjectId,
    /// Mode, as git writes it.
    pub(crate) mode: u32,
    /// 0, or 1 to 3 for the sides of a conflict.
    pub(crate) stage: u8,
    /// True where only the intent to add was recorded.
    pub(crate) intent_to_add: bool,
}

/// A directory of which the index knows the tree object.
#[derive(Debug)]
pub(crate) struct CachedTree {
    name: Vec<u8>,
    /// The tree's id; `None` where an entry below has changed since.
    pub(crate) id: Option<ObjectId>,
    children: Vec<usize>,
}

/// Where an index is, and what is needed to ask git for it.
#[derive(Clone, Debug)]
pub(crate) struct Location {
    /// The index file.
    pub(crate) file: PathBuf,
    /// The git directory.
    pub(crate) git_dir: PathBuf,
    /// Top of the working tree, where there is one.
    pub(crate) work_tree: Option<PathBuf>,
    /// Length of object ids in bytes.
    pub(crate) id_len: usize,
}

/// Why bytes are not an index that can be read here.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    Damaged(&'static str),
    Extension(String),
}

impl Entry {
    /// True for a commit of another repository.
    pub(crate) fn is_submodule(&self) -> bool {
        self.mode & TYPE == 0o160_000
    }

    /// True for a directory of a sparse index, which stands for all of its tree.
    pub(crate) fn is_sparse_directory(&self) -> bool {
        self.mode & TYPE == 0o040_000
    }
}

impl Index {
    /// Reads the index at `location`. One that does not exist is empty.
    pub(crate) fn load(location: &Location) -> Result<Self, Error> {
        let path = || location.file.clone();
        let bytes = match regular_file::read(&location.file, LARGEST) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(Error::Unreadable { path: path(), source }),
        };
        match Self::parse(&bytes, location.id_len) {
            Ok(index) => Ok(index),
            Err(Refusal::Damaged(problem)) => Err(Error::Index { path: path(), problem: problem.to_owned() }),
            Err(Refusal::Extension(extension)) => Self::ask_git(location)
                .map_err(|problem| Error::IndexExtension { path: path(), extension, problem }),
        }
    }

    /// The entries, sorted by path and stage.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The path of one of its entries, relative to the repository's root, with `/`. That of a sparse
    /// directory ends with one.
    pub(crate) fn path(&self, entry: &Entry) -> &[u8] {
        &self.paths[entry.path.clone()]
    }

    /// The entries among `within` whose paths start with `prefix`, given that all share what precedes.
    pub(crate) fn below(&self, within: Range<usize>, prefix: &[u8]) -> Range<usize> {
        let entries = &self.entries[within.clone()];
        let first = entries.partition_point(|entry| self.path(entry) < prefix);
        let count = entries[first..].partition_point(|entry| self.path(entry).starts_with(prefix));
        within.start + first..within.start + first + count
    }

    /// The entries among `within` with exactly this path: several where it is in conflict.
    pub(crate) fn at(&self, within: Range<usize>, path: &[u8]) -> &[Entry] {
        &self.entries[self.range_at(within, path)]
    }

    /// The numbers of those entries.
    pub(crate) fn range_at(&self, within: Range<usize>, path: &[u8]) -> Range<usize> {
        let entries = &self.entries[within.clone()];
        let first = entries.partition_point(|entry| self.path(entry) < path);
        let count = entries[first..].partition_point(|entry| self.path(entry) == path);
        within.start + first..within.start + first + count
    }

    /// The root among the directories whose trees the index knows.
    pub(crate) fn root_tree(&self) -> Option<&CachedTree> {
        self.trees.first()
    }

    /// The directory `name` in `tree`.
    pub(crate) fn subtree(&self, tree: &CachedTree, name: &[u8]) -> Option<&CachedTree> {
        tree.children.iter().map(|&child| &self.trees[child]).find(|child| child.name == name)
    }

    fn parse(bytes: &[u8], id_len: usize) -> Result<Self, Refusal> {
        let body = bytes.len().checked_sub(id_len).map(|end| &bytes[..end]);
        let mut reader = Reader { rest: body.ok_or(Refusal::Damaged("it is shorter than its checksum"))? };
        if reader.take(4)? != b"DIRC" {
            return Err(Refusal::Damaged("it does not start with `DIRC`"));
        }
        let version = reader.number()?;
        if !(2..=4).contains(&version) {
            return Err(Refusal::Damaged("its version is not 2, 3 or 4"));
        }
        let count = reader.number()? as usize;
        let mut index = Self::default();
        // The count is a claim: no more is set aside than the bytes could hold.
        index.entries.reserve(count.min(reader.rest.len() / (42 + id_len)));
        index.paths.reserve(reader.rest.len() / 2);
        for _ in 0..count {
            index.entry(&mut reader, version, id_len)?;
        }
        // Before the entries are judged: those of a split index may lack their path.
        index.extensions(&mut reader, id_len)?;
        if index.entries.iter().any(|entry| entry.path.is_empty()) {
            return Err(Refusal::Damaged("a path is empty"));
        }
        index.sort();
        Ok(index)
    }

    fn entry(&mut self, reader: &mut Reader<'_>, version: u32, id_len: usize) -> Result<(), Refusal> {
        let before = reader.rest.len();
        let stat = reader.take(40)?;
        let mode = u32::from_be_bytes([stat[24], stat[25], stat[26], stat[27]]);
        let id =
            ObjectId::from_bytes(reader.take(id_len)?).ok_or(Refusal::Damaged("an id has a wrong length"))?;
        let flags = reader.short()?;
        let extended = if flags & 0x4000 != 0 && version > 2 { reader.short()? } else { 0 };
        let start = self.paths.len();
        if version == 4 {
            let previous = self.entries.last().map_or(0..0, |entry| entry.path.clone());
            let kept = previous.len().checked_sub(reader.varint()?);
            let kept = kept.ok_or(Refusal::Damaged("a path is cut below its start"))?;
            self.paths.extend_from_within(previous.start..previous.start + kept);
        }
        let name = reader.until(0)?;
        self.paths.extend_from_slice(name);
        if version < 4 {
            // Entries are padded with one to eight NULs to a multiple of eight bytes.
            let used = before - reader.rest.len();
            reader.take(used.next_multiple_of(8) - used)?;
        }
        let path = start..self.paths.len();
        if path.len() > LONGEST_PATH {
            return Err(Refusal::Damaged("a path is longer than 4096 bytes"));
        }
        let stage = (flags >> 12 & 3) as u8;
        self.entries.push(Entry { path, id, mode, stage, intent_to_add: extended & 0x2000 != 0 });
        Ok(())
    }

    fn extensions(&mut self, reader: &mut Reader<'_>, id_len: usize) -> Result<(), Refusal> {
        while !reader.rest.is_empty() {
            let signature = reader.take(4)?;
            let len = reader.number()? as usize;
            let body = reader.take(len)?;
            match signature {
                b"TREE" => {
                    let mut body = Reader { rest: body };
                    if self.cached_tree(&mut body, id_len, 0).is_err() {
                        self.trees.clear();
                    }
                }
                b"sdir" => {}
                // A capital says that a reader may skip what it does not know.
                [first, ..] if first.is_ascii_uppercase() => {}
                other => return Err(Refusal::Extension(other.escape_ascii().to_string())),
            }
        }
        Ok(())
    }

    /// Reads a directory of the `TREE` extension with all below, and returns its number.
    fn cached_tree(
        &mut self,
        reader: &mut Reader<'_>,
        id_len: usize,
        depth: usize,
    ) -> Result<usize, Refusal> {
        let damaged = Refusal::Damaged("its `TREE` extension does not parse");
        if depth > DEEPEST {
            return Err(damaged);
        }
        let name = reader.until(0)?.to_vec();
        let valid = !reader.until(b' ')?.starts_with(b"-");
        let children =
            std::str::from_utf8(reader.until(b'\n')?).ok().and_then(|text| text.parse::<usize>().ok());
        let Some(children) = children else { return Err(damaged) };
        let id = if valid { ObjectId::from_bytes(reader.take(id_len)?) } else { None };
        let here = self.trees.len();
        self.trees.push(CachedTree { name, id, children: Vec::new() });
        for _ in 0..children {
            let child = self.cached_tree(reader, id_len, depth + 1)?;
            self.trees[here].children.push(child);
        }
        Ok(here)
    }

    fn sort(&mut self) {
        let paths = &self.paths;
        let key = |entry: &Entry| (&paths[entry.path.clone()], entry.stage);
        if !self.entries.is_sorted_by(|a, b| key(a) <= key(b)) {
            self.entries.sort_by(|a, b| key(a).cmp(&key(b)));
        }
    }

    /// Has `git ls-files` read an index with an extension that is not read here. No program that the
    /// repository's configuration names is run by that.
    fn ask_git(location: &Location) -> Result<Self, String> {
        let mut git = Command::new("git");
        git.args(["-c", "core.fsmonitor=false", "ls-files", "--stage", "--full-name", "-z"])
            .env("GIT_DIR", &location.git_dir)
            .env("GIT_INDEX_FILE", &location.file)
            .env("GIT_OPTIONAL_LOCKS", "0")
            .stdin(Stdio::null());
        if let Some(top) = &location.work_tree {
            git.env("GIT_WORK_TREE", top).current_dir(top);
        }
        let output = git.output().map_err(|error| format!("git did not start ({error})"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("git said `{}`", said.lines().next().unwrap_or_default()));
        }
        Self::parse_listing(&output.stdout).ok_or_else(|| "its answer does not parse".to_owned())
    }

    /// Lines of `mode id stage<TAB>path`, ended by NUL.
    fn parse_listing(listing: &[u8]) -> Option<Self> {
        let mut index = Self::default();
        for line in listing.split(|&byte| byte == 0).filter(|line| !line.is_empty()) {
            let tab = memchr::memchr(b'\t', line)?;
            let mut fields = std::str::from_utf8(&line[..tab]).ok()?.split(' ');
            let mode = u32::from_str_radix(fields.next()?, 8).ok()?;
            let id = ObjectId::from_hex(fields.next()?)?;
            let stage = fields.next()?.parse().ok()?;
            let start = index.paths.len();
            index.paths.extend_from_slice(&line[tab + 1..]);
            let path = start..index.paths.len();
            index.entries.push(Entry { path, id, mode, stage, intent_to_add: false });
        }
        index.sort();
        Some(index)
    }
}

/// Bytes still to be read.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], Refusal> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(Refusal::Damaged("it ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, Refusal> {
        let bytes = self.take(4)?;
        Ok(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn short(&mut self) -> Result<u16, Refusal> {
        let bytes = self.take(2)?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    /// What precedes the next `end`, which is passed over.
    fn until(&mut self, end: u8) -> Result<&'a [u8], Refusal> {
        let at = memchr::memchr(end, self.rest).ok_or(Refusal::Damaged("it ends too early"))?;
        let taken = self.take(at)?;
        self.take(1)?;
        Ok(taken)
    }

    /// A number in the variable-length form of OFS_DELTA offsets.
    fn varint(&mut self) -> Result<usize, Refusal> {
        let mut byte = self.take(1)?[0];
        let mut value = usize::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = self.take(1)?[0];
            value = value
                .checked_add(1)
                .and_then(|value| value.checked_mul(128))
                .ok_or(Refusal::Damaged("a number is too large"))?
                + usize::from(byte & 0x7f);
        }
        Ok(value)
    }
}

/// What git calls a path: relative to the root, with `/`.
pub(crate) fn git_path(path: &Path) -> std::borrow::Cow<'_, [u8]> {
    let bytes = path.as_os_str().as_encoded_bytes();
    if cfg!(windows) {
        bytes.iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect::<Vec<_>>().into()
    } else {
        bytes.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::Repo;

    fn listing(index: &Index) -> Vec<(String, String, u8)> {
        let entries = index.entries().iter();
        entries
            .map(|entry| {
                (String::from_utf8_lossy(index.path(entry)).into_owned(), entry.id.to_string(), entry.stage)
            })
            .collect()
    }

    fn load(repo: &Repo) -> Index {
        let location = Location {
            file: repo.path(".git/index"),
            git_dir: repo.path(".git"),
            work_tree: Some(repo.path("")),
            id_len: 20,
        };
        Index::load(&location).expect("the index is sound")
    }

    fn sample() -> Repo {
        let repo = Repo::new();
        for number in 0..40 {
            repo.write(
                &format!("dir{}/sub{}/file{number}.txt", number % 3, number % 7),
                format!("{number}").as_bytes(),
            );
        }
        repo.write("dir0.txt", b"beside a directory of nearly the same name");
        repo.commit_all("first");
        repo
    }

    #[test]
    fn every_version_and_a_split_index_read_as_git_lists_them() {
        let repo = sample();
        repo.write("later", b"x");
        repo.git(&["add", "--intent-to-add", "later"]);
        let expected =
            Index::parse_listing(&repo.git(&["ls-files", "--stage", "-z"])).expect("git's listing parses");
        for settings in [
            &["update-index", "--index-version", "2"][..],
            &["update-index", "--index-version", "4"],
            &["update-index", "--split-index"],
        ] {
            repo.git(settings);
            assert_eq!(listing(&load(&repo)), listing(&expected), "{settings:?}");
        }
    }

    #[test]
    fn the_intent_to_add_is_told_from_a_file() {
        let repo = sample();
        repo.write("later", b"x");
        repo.git(&["add", "--intent-to-add", "later"]);
        let index = load(&repo);
        let marked = index.entries().iter().filter(|entry| entry.intent_to_add);
        assert_eq!(marked.map(|entry| index.path(entry)).collect::<Vec<_>>(), [b"later"]);
    }

    #[test]
    fn known_trees_are_found_and_forgotten_where_an_entry_changed() {
        let repo = sample();
        repo.git(&["read-tree", "HEAD"]);
        let tree = |path: &str| {
            let id = repo.git(&["rev-parse", &format!("HEAD:{path}")]);
            ObjectId::from_hex(String::from_utf8_lossy(&id).trim())
        };
        let known = |index: &Index, name: &[u8]| {
            index.root_tree().and_then(|root| index.subtree(root, name)).and_then(|tree| tree.id)
        };
        let index = load(&repo);
        assert_eq!(index.root_tree().and_then(|root| root.id), tree(""));
        assert_eq!(known(&index, b"dir1"), tree("dir1"));
        repo.write("dir1/new", b"x");
        repo.git(&["add", "dir1/new"]);
        let index = load(&repo);
        assert_eq!(index.root_tree().and_then(|root| root.id), None);
        assert_eq!((known(&index, b"dir1"), known(&index, b"dir2")), (None, tree("dir2")));
    }

    #[test]
    fn entries_are_found_by_prefix_and_by_path() {
        let index = load(&sample());
        let all = 0..index.entries().len();
        let below = index.below(all.clone(), b"dir0/");
        assert!(!below.is_empty());
        assert!(index.entries()[below.clone()].iter().all(|entry| index.path(entry).starts_with(b"dir0/")));
        assert_eq!(index.at(all.clone(), b"dir0.txt").len(), 1);
        assert_eq!(index.at(all, b"dir0").len(), 0);
        assert_eq!(index.below(below, b"dir0/none/").len(), 0);
    }

    #[test]
    fn a_cut_or_scrambled_index_is_refused_or_read_but_never_a_panic() {
        let repo = sample();
        repo.git(&["update-index", "--index-version", "4"]);
        let bytes = std::fs::read(repo.path(".git/index")).expect("git wrote it");
        for len in 0..bytes.len() {
            let _ = Index::parse(&bytes[..len], 20);
        }
        let mut state = 1_u32;
        for _ in 0..4_000 {
            let mut damaged = bytes.clone();
            for _ in 0..3 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = state as usize % damaged.len();
                damaged[at] = (state >> 24) as u8;
            }
            let _ = Index::parse(&damaged, 20);
        }
        assert_eq!(
            Index::parse(b"nothing like an index at all", 20).err(),
            Some(Refusal::Damaged("it does not start with `DIRC`"))
        );
    }
}
