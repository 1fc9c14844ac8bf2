//! git's index: the entries that a commit would record, read as they are in the file.
//!
//! Format: gitformat-index(5), versions 2 to 4, with the `TREE` extension (the tree ids of directories that have not
//! changed), sparse directories, and split indexes (the `link` extension). Neither gix-index nor libgit2 reads split
//! and sparse ones in full.
//!
//! The trailing checksum is verified, unless git left it out (`index.skipHash`): a mode that was changed by accident
//! would make a file a submodule, which is not scanned.

use super::limits::LARGEST;
use super::{Error, digest};
use crate::model::ObjectId;
use crate::regular_file;
use std::ops::Range;
use std::path::PathBuf;

/// The longest path git puts into an index.
const LONGEST_PATH: usize = 4096;

/// How deep directories may nest in the `TREE` extension; a path of the longest length nests half as deep
/// at most, and at that depth the extension is merely not used.
const DEEPEST: usize = 512;

/// The most entries that a file of the largest size has.
const MOST_ENTRIES: usize = LARGEST as usize / 62;

/// The type bits of a mode.
const TYPE: u32 = 0o170_000;

/// From this many bytes on the checksum is computed beside the parsing. An index of 100,000 files has 8 MB, whose SHA-1
/// takes 8 ms.
const WORTH_A_THREAD: usize = 1 << 20;

/// The index, with entries sorted by path and stage.
#[derive(Debug, Default)]
pub(crate) struct Index {
    paths: Vec<u8>,
    entries: Vec<IndexEntry>,
    trees: Vec<CachedTree>,
    /// What closes the file, if git did not leave it out.
    checksum: Option<Vec<u8>>,
}

/// One entry.
#[derive(Clone, Debug)]
pub(crate) struct IndexEntry {
    path: Range<usize>,
    /// The id of its blob (or commit, or tree).
    pub(crate) id: ObjectId,
    /// Mode, as git writes it.
    pub(crate) mode: u32,
    /// 0, or 1 to 3 for the sides of a conflict.
    pub(crate) stage: u8,
    /// True if only the intent to add was recorded.
    pub(crate) intent_to_add: bool,
    /// True if a sparse checkout leaves it out of the work tree.
    pub(crate) is_skipped: bool,
}

/// A directory of which the index knows the tree object.
#[derive(Debug)]
pub(crate) struct CachedTree {
    name: Vec<u8>,
    /// The tree's id; `None` if an entry below has changed since.
    pub(crate) id: Option<ObjectId>,
    children: Vec<usize>,
}

/// Where an index is.
#[derive(Clone, Debug)]
pub(crate) struct Location {
    /// The index file.
    pub(crate) file: PathBuf,
    /// The git directory, which has the file that a split index shares with earlier ones.
    pub(crate) git_dir: PathBuf,
    /// Length of object ids in bytes.
    pub(crate) id_len: usize,
}

/// What a split index says about the shared index.
#[derive(Debug)]
struct Link {
    /// The checksum of the shared file, which is its name.
    shared: ObjectId,
    /// Which entries of the shared index are gone, ascending.
    deleted: Vec<usize>,
    /// Which are replaced by the first entries of this one, ascending.
    replaced: Vec<usize>,
}

/// Why bytes are not an index that can be read here.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    Damaged(&'static str),
    Extension(String),
}

impl IndexEntry {
    /// True for a symbolic link.
    pub(crate) fn is_link(&self) -> bool {
        self.mode & TYPE == 0o120_000
    }

    /// True for a commit of another repository.
    pub(crate) fn is_submodule(&self) -> bool {
        self.mode & TYPE == 0o160_000
    }

    /// True for a file that may be executed.
    pub(crate) fn is_executable(&self) -> bool {
        self.mode & TYPE == 0o100_000 && self.mode & 0o111 != 0
    }

    /// True for a directory of a sparse index, one entry for its whole tree.
    pub(crate) fn is_sparse_directory(&self) -> bool {
        self.mode & TYPE == 0o040_000
    }
}

impl Index {
    /// Reads the index at `location`. One that does not exist is empty.
    pub(crate) fn load(location: &Location) -> Result<Self, Error> {
        let Some((mut index, link)) = Self::load_file(&location.file, location.id_len)? else {
            return Ok(Self::default());
        };
        if let Some(link) = link {
            let path = location.git_dir.join(format!("sharedindex.{}", link.shared));
            let refuse = |problem| Error::Index { path: path.clone(), problem };
            let (shared, further) = Self::load_file(&path, location.id_len)?
                .ok_or_else(|| refuse("it does not exist, and the index is split from it"))?;
            if further.is_some() {
                return Err(refuse("it is split itself"));
            }
            if shared.checksum.as_deref() != Some(link.shared.as_bytes()) {
                return Err(refuse("it is not the one that the index was split from"));
            }
            index = index.joined(&shared, &link).map_err(refuse)?;
        }
        if index.entries.iter().any(|entry| entry.path.is_empty()) {
            let (path, problem) = (location.file.clone(), "a path is empty");
            return Err(Error::Index { path, problem });
        }
        index.sort();
        Ok(index)
    }

    /// The index in one file, and what it says of a shared one; `None` if there is no file.
    fn load_file(path: &std::path::Path, id_len: usize) -> Result<Option<(Self, Option<Link>)>, Error> {
        let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
        let Some(bytes) = regular_file::read_if_there(path, LARGEST).map_err(unreadable)? else {
            return Ok(None);
        };
        let refused = |refusal| match refusal {
            Refusal::Damaged(problem) => Error::Index { path: path.to_owned(), problem },
            Refusal::Extension(extension) => Error::IndexExtension { path: path.to_owned(), extension },
        };
        Self::parse(&bytes, id_len).map(Some).map_err(refused)
    }

    /// The index that these bytes are, if they are one; a split one is joined with its own entries.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn of_bytes(bytes: &[u8], id_len: usize) -> Option<Self> {
        let (mut index, link) = Self::parse(bytes, id_len).ok()?;
        if let Some(link) = link {
            let (shared, _) = Self::parse(bytes, id_len).ok()?;
            index = index.joined(&shared, &link).ok()?;
        }
        index.sort();
        Some(index)
    }

    /// The entries of `shared`, which this one was split from, with the changes in this one.
    fn joined(mut self, shared: &Self, link: &Link) -> Result<Self, &'static str> {
        let mut joined = Self { trees: std::mem::take(&mut self.trees), ..Self::default() };
        let take = |joined: &mut Self, from: &Self, path: Range<usize>, entry: &IndexEntry| {
            let start = joined.paths.len();
            joined.paths.extend_from_slice(&from.paths[path]);
            joined.entries.push(IndexEntry { path: start..joined.paths.len(), ..entry.clone() });
        };
        let mut fresh = self.entries.iter().peekable();
        let (mut deleted, mut replaced) = (link.deleted.iter().peekable(), link.replaced.iter().peekable());
        for (at, entry) in shared.entries.iter().enumerate() {
            let is_deleted = deleted.next_if_eq(&&at).is_some();
            if replaced.next_if_eq(&&at).is_some() {
                // It has the path of the one that it replaces, and no other.
                let by = fresh.next_if(|by| by.path.is_empty()).ok_or("a replaced entry is missing")?;
                if !is_deleted {
                    take(&mut joined, shared, entry.path.clone(), by);
                }
            } else if !is_deleted {
                take(&mut joined, shared, entry.path.clone(), entry);
            }
        }
        if deleted.next().is_some() || replaced.next().is_some() {
            return Err("the index changes entries that it does not have");
        }
        let kept = joined.entries.len();
        for entry in fresh {
            take(&mut joined, &self, entry.path.clone(), entry);
        }
        // An added entry replaces one with the same path and stage.
        let key = |entry: &IndexEntry| (joined.paths[entry.path.clone()].to_vec(), entry.stage);
        let added: std::collections::HashSet<_> = joined.entries[kept..].iter().map(key).collect();
        if !added.is_empty() {
            let is_kept: Vec<bool> =
                joined.entries[..kept].iter().map(|entry| !added.contains(&key(entry))).collect();
            let mut at = 0;
            joined.entries.retain(|_| {
                at += 1;
                is_kept.get(at - 1).copied().unwrap_or(true)
            });
        }
        Ok(joined)
    }

    /// The entries, sorted by path and stage.
    pub(crate) fn entries(&self) -> &[IndexEntry] {
        &self.entries
    }

    /// The path of one of its entries, relative to the repository's root, with `/`. That of a sparse
    /// directory ends with one.
    pub(crate) fn path(&self, entry: &IndexEntry) -> &[u8] {
        &self.paths[entry.path.clone()]
    }

    /// The entries among `within` whose paths start with `prefix`; all must be in its directory.
    pub(crate) fn below(&self, within: Range<usize>, prefix: &[u8]) -> Range<usize> {
        let entries = &self.entries[within.clone()];
        let first = entries.partition_point(|entry| self.path(entry) < prefix);
        let count = entries[first..].partition_point(|entry| self.path(entry).starts_with(prefix));
        within.start + first..within.start + first + count
    }

    /// The entries among `within` with exactly this path: several if it is in conflict.
    pub(crate) fn at(&self, within: Range<usize>, path: &[u8]) -> &[IndexEntry] {
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

    fn parse(bytes: &[u8], id_len: usize) -> Result<(Self, Option<Link>), Refusal> {
        let (body, sum) = bytes
            .len()
            .checked_sub(id_len)
            .map(|end| bytes.split_at(end))
            .ok_or(Refusal::Damaged("it is shorter than its checksum"))?;
        let mut reader = IndexReader { rest: body };
        if reader.take(4)? != b"DIRC" {
            return Err(Refusal::Damaged("it does not start with `DIRC`"));
        }
        let version = reader.number()?;
        if !(2..=4).contains(&version) {
            return Err(Refusal::Damaged("its version is not 2, 3 or 4"));
        }
        let mut index = Self::default();
        let count = reader.number()? as usize;
        let is_summed = sum.iter().any(|&byte| byte != 0);
        let (holds, parsed) = if is_summed && body.len() >= WORTH_A_THREAD {
            std::thread::scope(|scope| {
                let holds = scope.spawn(|| digest::of(&[body], id_len) == sum);
                let parsed = index.parts(&mut reader, version, count, id_len);
                (holds.join().unwrap_or(false), parsed)
            })
        } else {
            let holds = !is_summed || digest::of(&[body], id_len) == sum;
            (holds, index.parts(&mut reader, version, count, id_len))
        };
        if !holds {
            return Err(Refusal::Damaged("its checksum is wrong"));
        }
        index.checksum = is_summed.then(|| sum.to_vec());
        Ok((index, parsed?))
    }

    /// The entries and the extensions.
    fn parts(
        &mut self,
        reader: &mut IndexReader<'_>,
        version: u32,
        count: usize,
        id_len: usize,
    ) -> Result<Option<Link>, Refusal> {
        // The count is not trusted: no more is reserved than fits into the bytes.
        self.entries.reserve(count.min(reader.rest.len() / (42 + id_len)));
        self.paths.reserve(reader.rest.len() / 2);
        for _ in 0..count {
            self.entry(reader, version, id_len)?;
        }
        self.extensions(reader, id_len)
    }

    fn entry(&mut self, reader: &mut IndexReader<'_>, version: u32, id_len: usize) -> Result<(), Refusal> {
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
        let (intent_to_add, is_skipped) = (extended & 0x2000 != 0, extended & 0x4000 != 0);
        self.entries.push(IndexEntry { path, id, mode, stage, intent_to_add, is_skipped });
        Ok(())
    }

    fn extensions(&mut self, reader: &mut IndexReader<'_>, id_len: usize) -> Result<Option<Link>, Refusal> {
        let mut link = None;
        while !reader.rest.is_empty() {
            let signature = reader.take(4)?;
            let len = reader.number()? as usize;
            let body = reader.take(len)?;
            match signature {
                b"TREE" => {
                    let mut body = IndexReader { rest: body };
                    if self.cached_tree(&mut body, id_len, 0).is_err() {
                        self.trees.clear();
                    }
                }
                b"link" => link = Link::parse(&mut IndexReader { rest: body }, id_len)?,
                b"sdir" => {}
                // A capital means that a reader may skip an unknown extension.
                [first, ..] if first.is_ascii_uppercase() => {}
                other => return Err(Refusal::Extension(other.escape_ascii().to_string())),
            }
        }
        Ok(link)
    }

    /// Reads a directory of the `TREE` extension with all below, and returns its number.
    fn cached_tree(
        &mut self,
        reader: &mut IndexReader<'_>,
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
        let key = |entry: &IndexEntry| (&paths[entry.path.clone()], entry.stage);
        if !self.entries.is_sorted_by(|a, b| key(a) <= key(b)) {
            self.entries.sort_by(|a, b| key(a).cmp(&key(b)));
        }
    }
}

impl Link {
    /// Reads the extension; `None` if it names no shared index.
    fn parse(reader: &mut IndexReader<'_>, id_len: usize) -> Result<Option<Self>, Refusal> {
        let shared = reader.take(id_len)?;
        let shared = ObjectId::from_bytes(shared).filter(|_| shared.iter().any(|&byte| byte != 0));
        let Some(shared) = shared else { return Ok(None) };
        if reader.rest.is_empty() {
            return Ok(Some(Self { shared, deleted: Vec::new(), replaced: Vec::new() }));
        }
        Ok(Some(Self { shared, deleted: positions(reader)?, replaced: positions(reader)? }))
    }
}

/// The positions of the bits that an EWAH bitmap has set, ascending (gitformat-bitmap(5), "EWAH bitmap").
fn positions(reader: &mut IndexReader<'_>) -> Result<Vec<usize>, Refusal> {
    const DAMAGED: Refusal = Refusal::Damaged("its `link` extension does not parse");
    let bits = reader.number()? as usize;
    let words = reader.number()? as usize;
    let mut words = reader.take(words.checked_mul(8).ok_or(DAMAGED)?)?.as_chunks::<8>().0.iter();
    reader.number()?;
    let mut set = Vec::new();
    let mut at = 0_usize;
    while let Some(marker) = words.next() {
        // One bit that is repeated, how many words of it, and how many words follow as they are.
        let marker = u64::from_be_bytes(*marker);
        let (run, literal) = ((marker >> 1 & 0xffff_ffff) as usize, (marker >> 33) as usize);
        let end = at.checked_add(run.checked_mul(64).ok_or(DAMAGED)?).ok_or(DAMAGED)?;
        if marker & 1 == 1 {
            let end = end.min(bits);
            if end.saturating_sub(at) > MOST_ENTRIES {
                return Err(DAMAGED);
            }
            set.extend(at..end);
        }
        at = end;
        for _ in 0..literal {
            let word = u64::from_be_bytes(*words.next().ok_or(DAMAGED)?);
            set.extend(
                (0..64).filter(|bit| word >> bit & 1 == 1).map(|bit| at + bit).filter(|&at| at < bits),
            );
            at = at.checked_add(64).ok_or(DAMAGED)?;
            if set.len() > MOST_ENTRIES {
                return Err(DAMAGED);
            }
        }
    }
    Ok(set)
}

/// Bytes still to be read.
struct IndexReader<'a> {
    rest: &'a [u8],
}

impl<'a> IndexReader<'a> {
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

    /// The bytes before the next `end`, which is skipped.
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

    /// Paths, ids and stages as `git ls-files` has them.
    fn listed_by_git(repo: &Repo) -> Vec<(String, String, u8)> {
        let text = String::from_utf8(repo.git(&["ls-files", "--stage", "-z"])).expect("the paths are UTF-8");
        let entry = |line: &str| {
            let (head, path) = line.split_once('\t').expect("a path follows a tab");
            let mut fields = head.split(' ').skip(1);
            let id = fields.next().expect("an id follows the mode").to_owned();
            let stage = fields.next().and_then(|stage| stage.parse().ok()).expect("a stage follows the id");
            (path.to_owned(), id, stage)
        };
        text.split_terminator('\0').map(entry).collect()
    }

    fn load(repo: &Repo) -> Index {
        let location = Location { file: repo.path(".git/index"), git_dir: repo.path(".git"), id_len: 20 };
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
        let expected = listed_by_git(&repo);
        for settings in [
            &["update-index", "--index-version", "2"][..],
            &["update-index", "--index-version", "4"],
            &["update-index", "--split-index"],
        ] {
            repo.git(settings);
            assert_eq!(listing(&load(&repo)), expected, "{settings:?}");
        }
    }

    #[test]
    fn a_split_index_has_its_changes_in_the_place_of_what_it_shares() {
        let repo = sample();
        repo.git(&["config", "splitIndex.maxPercentChange", "100"]);
        repo.git(&["update-index", "--split-index"]);
        let shared = std::fs::read_dir(repo.path(".git")).expect("it is a directory").flatten();
        let shared: Vec<_> = shared
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().contains("sharedindex"))
            .collect();
        for round in 0..6 {
            repo.write(&format!("dir1/new{round}"), b"new");
            repo.write(&format!("dir0/sub{round}/file{}.txt", [0, 15, 30, 3, 18, 33][round]), b"changed");
            repo.git(&["add", "."]);
            repo.git(&[
                "rm",
                "-q",
                "-f",
                &format!("dir2/sub{}/file{}.txt", [2, 5, 1, 4, 0, 3][round], [2, 5, 8, 11, 14, 17][round]),
            ]);
            assert_eq!(listing(&load(&repo)), listed_by_git(&repo), "{round}");
        }
        assert!(shared[0].exists(), "the index is still split from the first one");
        let location = Location { file: repo.path(".git/index"), git_dir: repo.path(".git"), id_len: 20 };
        let bytes = std::fs::read(&shared[0]).expect("it is a file");
        for damage in [0, 100, bytes.len() - 1] {
            let mut damaged = bytes.clone();
            damaged[damage] ^= 1;
            std::fs::write(&shared[0], damaged).expect("it can be written");
            assert!(matches!(Index::load(&location), Err(Error::Index { .. })), "{damage}");
        }
        std::fs::remove_file(&shared[0]).expect("it is there");
        assert!(matches!(Index::load(&location), Err(Error::Index { .. })));
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
        for round in 0..4_000 {
            let mut damaged = bytes.clone();
            for _ in 0..3 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = state as usize % damaged.len();
                damaged[at] = (state >> 24) as u8;
            }
            // If git left out the checksum, the parser itself sees the damage.
            if round % 2 == 0 {
                let end = damaged.len() - 20;
                damaged[end..].fill(0);
            }
            let _ = Index::parse(&damaged, 20);
        }
        assert_eq!(
            Index::parse(b"nothing like an index at all", 20).err(),
            Some(Refusal::Damaged("it does not start with `DIRC`"))
        );
    }
}
