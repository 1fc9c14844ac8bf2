//! Single objects by id: nothing is listed in advance, so a hook reads three trees of a store of millions of objects
//! in a millisecond.
//!
//! An object may be loose, in any pack, in any alternate, in several of them, or a delta against one that is elsewhere;
//! if there are damaged and intact copies, an intact one is found. Each object is checked against its id: anything else
//! that a damaged or forged store has in its place counts as unreadable.
//!
//! # Invariant
//!
//! The work for one object is bounded by the sizes of the store's parts: no object is tried twice on the way to
//! another, and one reader makes at most [`MOST_WORK`] bytes.

use super::loose::{self, Read};
use super::pack::{Bases, Elsewhere, Fault, MAX_OBJECT, ObjectBuilder, Packs, SinglePack};
use crate::git::digest::id_of;
use crate::git::object::{ObjectKind, is_empty_tree};
use crate::git::repository::Repository;
use crate::model::ObjectId;
use crate::sync::lock;
use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// The most bytes that one reader inflates from packs, with all bases: delta chains made long on purpose would take
/// for ever. git's own chains are at most 50 long.
const MOST_WORK: u64 = 64 << 30;
/// How often packs are listed again in total when an object has moved.
const SEARCHES: usize = 64;
/// How many objects in other places may be bases on the way to one.
const DEEPEST: usize = 64;
/// With more packs than this the youngest are searched first.
const MANY: usize = 16;

/// Reads single objects of a repository.
#[derive(Debug)]
pub struct ObjectReader {
    stores: Vec<PathBuf>,
    width: usize,
    /// The largest object that is read, bytes.
    largest: usize,
    packs: Mutex<Option<Arc<PackList>>>,
    /// The pack in which the last object was.
    latest: AtomicUsize,
    /// Whether the last object was in a pack.
    is_packed: AtomicBool,
    searches: AtomicUsize,
    numbers: AtomicUsize,
    bases: Bases,
    builders: Mutex<Vec<ObjectBuilder>>,
    made: AtomicU64,
}

/// The packs of the stores when they were last listed.
#[derive(Debug)]
struct PackList {
    names: BTreeSet<PathBuf>,
    packs: Vec<Arc<SinglePack>>,
}

/// The state of reading one object.
struct Attempt {
    largest: usize,
    /// The objects that were tried.
    tried: HashSet<ObjectId>,
    depth: usize,
}

impl ObjectReader {
    /// A reader of the objects of `repository`.
    pub fn new(repository: &Repository) -> Self {
        Self::of_stores(repository.stores.clone(), repository.width, MAX_OBJECT)
    }

    /// A reader of the objects in these object directories, of at most `largest` bytes each.
    pub(crate) fn of_stores(stores: Vec<PathBuf>, width: usize, largest: usize) -> Self {
        Self {
            stores,
            width,
            largest,
            packs: Mutex::default(),
            latest: AtomicUsize::new(0),
            is_packed: AtomicBool::new(false),
            searches: AtomicUsize::new(0),
            numbers: AtomicUsize::new(0),
            bases: Bases::default(),
            builders: Mutex::default(),
            made: AtomicU64::new(0),
        }
    }

    /// Bytes of an object id.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Reads the object `id`.
    pub(crate) fn read(&self, id: ObjectId) -> Read {
        self.read_within(id, self.largest)
    }

    /// Reads the object `id`, of at most `largest` bytes.
    pub(crate) fn read_within(&self, id: ObjectId, largest: usize) -> Read {
        let largest = largest.min(self.largest);
        self.find(id, &mut Attempt { largest, tried: HashSet::new(), depth: 0 })
    }

    /// The ids that start with these hexadecimal digits, of which there are two at least, ascending, each once.
    pub(crate) fn starting_with(&self, digits: &str) -> Vec<ObjectId> {
        let missing = (self.width * 2).checked_sub(digits.len()).filter(|_| digits.len() >= 2);
        let Some(missing) = missing else { return Vec::new() };
        let end = |fill: &str| ObjectId::from_hex(&format!("{digits}{}", fill.repeat(missing)));
        let (Some(first), Some(last)) = (end("0"), end("f")) else { return Vec::new() };
        let mut found = Vec::new();
        for pack in &self.packs().packs {
            pack.within(first, last, &mut found);
        }
        let folder = &first.to_string()[..2];
        for entry in
            self.stores.iter().filter_map(|store| fs::read_dir(store.join(folder)).ok()).flatten().flatten()
        {
            let name = entry.file_name();
            let id = name.to_str().and_then(|rest| ObjectId::from_hex(&format!("{folder}{rest}")));
            found.extend(id.filter(|id| id.as_bytes().len() == self.width && (first..=last).contains(id)));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Every id that the index of the pack at `path` lists, for packs that are too damaged to be walked.
    pub(crate) fn listed_in(&self, path: &std::path::Path) -> Vec<ObjectId> {
        let packs = self.packs();
        packs.packs.iter().filter(|pack| pack.path() == path).flat_map(|pack| pack.ids()).collect()
    }

    fn find(&self, id: ObjectId, attempt: &mut Attempt) -> Read {
        if id.as_bytes().len() != self.width || attempt.depth > DEEPEST || !attempt.tried.insert(id) {
            return Read::Missing;
        }
        let mut worst = Read::Missing;
        // A commit that is loose often has loose trees, so that a hook opens no pack; packed ones are next to each other.
        for is_packed in if self.is_packed.load(Ordering::Relaxed) { [true, false] } else { [false, true] } {
            let found = match is_packed {
                true => self.find_packed(&self.packs(), id, attempt),
                false => self.find_loose(id, attempt),
            };
            match found {
                Read::Missing => {}
                Read::Unreadable => worst = Read::Unreadable,
                found => {
                    self.is_packed.store(is_packed, Ordering::Relaxed);
                    return found;
                }
            }
        }
        let packs = self.packs();
        // A repack writes an object to its new place before it deletes the old one.
        if let Some(packs) = (worst == Read::Missing).then(|| self.listed_again(&packs)).flatten() {
            match self.find_packed(&packs, id, attempt) {
                Read::Missing => {}
                found => return found,
            }
        }
        // It is built into git.
        if worst == Read::Missing && is_empty_tree(id) {
            return Read::Whole(ObjectKind::Tree, Vec::new());
        }
        worst
    }

    fn find_loose(&self, id: ObjectId, attempt: &Attempt) -> Read {
        let mut worst = Read::Missing;
        for store in &self.stores {
            match loose::read(store, id, attempt.largest) {
                Read::Whole(kind, bytes) if id_of(kind, &bytes, self.width) == Some(id) => {
                    return Read::Whole(kind, bytes);
                }
                Read::Missing => {}
                Read::Whole(..) | Read::Unreadable => worst = Read::Unreadable,
                Read::TooLarge => return Read::TooLarge,
            }
        }
        worst
    }

    fn find_packed(&self, packs: &PackList, id: ObjectId, attempt: &mut Attempt) -> Read {
        let mut worst = Read::Missing;
        let latest = self.latest.load(Ordering::Relaxed);
        let others = (0..packs.packs.len()).filter(|&number| number != latest);
        for number in std::iter::once(latest).chain(others) {
            let Some(pack) = packs.packs.get(number) else { continue };
            let Some(offset) = pack.find(id) else { continue };
            match self.make(pack, offset, attempt) {
                Ok((kind, bytes)) if id_of(kind, &bytes, self.width) == Some(id) => {
                    self.latest.store(number, Ordering::Relaxed);
                    return Read::Whole(kind, bytes);
                }
                Err(Fault::TooLarge) => return Read::TooLarge,
                Ok(_) | Err(_) => worst = Read::Unreadable,
            }
        }
        worst
    }

    fn make(
        &self,
        pack: &SinglePack,
        offset: u64,
        attempt: &mut Attempt,
    ) -> Result<(ObjectKind, Vec<u8>), Fault> {
        if self.made.load(Ordering::Relaxed) > MOST_WORK {
            return Err(Fault::Base);
        }
        let lent = lock(&self.builders).pop();
        let mut builder = lent.unwrap_or_else(|| ObjectBuilder::new(self.largest));
        builder.limit(attempt.largest);
        let mut read = |id: ObjectId| {
            attempt.depth += 1;
            let found = self.find(id, attempt);
            attempt.depth -= 1;
            match found {
                Read::Whole(kind, bytes) => Some((kind, bytes)),
                Read::TooLarge | Read::Missing | Read::Unreadable => None,
            }
        };
        let mut elsewhere = Elsewhere { bases: &self.bases, read: &mut read, made: 0 };
        let made = pack.make(offset, &mut builder, &mut elsewhere);
        self.made.fetch_add(elsewhere.made, Ordering::Relaxed);
        lock(&self.builders).push(builder);
        made
    }

    fn packs(&self) -> Arc<PackList> {
        let mut packs = lock(&self.packs);
        let list = packs.get_or_insert_with(|| Arc::new(self.list(Packs::names(&self.stores), &[])));
        Arc::clone(list)
    }

    /// The packs as they are now, if they differ from `known`.
    fn listed_again(&self, known: &PackList) -> Option<Arc<PackList>> {
        if self.searches.fetch_add(1, Ordering::Relaxed) >= SEARCHES {
            return None;
        }
        let names = Packs::names(&self.stores);
        if names == known.names {
            return None;
        }
        let list = Arc::new(self.list(names, &known.packs));
        *lock(&self.packs) = Some(Arc::clone(&list));
        Some(list)
    }

    /// The packs with these names, those of `known` as they are.
    fn list(&self, names: BTreeSet<PathBuf>, known: &[Arc<SinglePack>]) -> PackList {
        let stems: BTreeSet<PathBuf> = names.iter().map(|name| name.with_extension("pack")).collect();
        let mut packs: Vec<_> = stems
            .into_iter()
            .map(|path| match known.iter().find(|pack| pack.path() == path) {
                Some(pack) => Arc::clone(pack),
                None => {
                    let number = self.numbers.fetch_add(1, Ordering::Relaxed) as u32;
                    Arc::new(SinglePack::new(path, number, self.width))
                }
            })
            .collect();
        if packs.len() > MANY {
            packs.sort_by_cached_key(|pack| {
                let modified = pack.path().metadata().and_then(|metadata| metadata.modified());
                std::cmp::Reverse(modified.ok())
            });
        }
        PackList { names, packs }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pack::pack_builder::{PackBuilder, Step, delta};
    use super::*;
    use crate::git::testing::Repo;
    use std::path::Path;

    const BASE: &[u8] = b"a base of some length, whose bytes are copied by what derives from it";
    const MADE: &[u8] = b"a base of some length, and then other bytes";

    fn id(bytes: &[u8]) -> ObjectId {
        id_of(ObjectKind::Blob, bytes, 20).expect("an id has 20 bytes")
    }

    fn instructions() -> Vec<u8> {
        delta(BASE.len(), MADE.len(), &[Step::Copy(0, 22), Step::Insert(&MADE[22..])])
    }

    /// An object directory with packs made by these functions.
    fn store(packs: &[&dyn Fn(&mut PackBuilder)]) -> (tempfile::TempDir, ObjectReader) {
        let dir = tempfile::tempdir().expect("a directory can be made");
        for (number, make) in packs.iter().enumerate() {
            add_pack(dir.path(), &format!("pack-{number}"), *make);
        }
        let reader = ObjectReader::of_stores(vec![dir.path().to_owned()], 20, 1 << 20);
        (dir, reader)
    }

    fn add_pack(store: &Path, name: &str, make: &dyn Fn(&mut PackBuilder)) {
        let mut builder = PackBuilder::new(20);
        make(&mut builder);
        let (pack, index) = builder.finish(2);
        let folder = store.join("pack");
        fs::create_dir_all(&folder).expect("a directory can be made");
        fs::write(folder.join(name).with_extension("idx"), index).expect("a file can be written");
        fs::write(folder.join(name).with_extension("pack"), pack).expect("a file can be written");
    }

    fn add_loose(store: &Path, id: ObjectId, content: &[u8]) {
        let path = loose::path(store, id);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a directory can be made");
        let text = [format!("blob {}\0", content.len()).as_bytes(), content].concat();
        fs::write(path, super::super::pack::pack_builder::zlib(&text)).expect("a file can be written");
    }

    fn whole(builder: &mut PackBuilder, name: ObjectId, bytes: &[u8]) -> usize {
        let number = builder.whole(3, bytes);
        builder.rename(number, name.as_bytes());
        number
    }

    fn derived(builder: &mut PackBuilder) {
        let number = builder.by_name(id(BASE).as_bytes(), &instructions());
        builder.rename(number, id(MADE).as_bytes());
    }

    fn found(bytes: &[u8]) -> Read {
        Read::Whole(ObjectKind::Blob, bytes.to_vec())
    }

    #[test]
    fn a_base_may_be_in_the_same_pack_in_another_one_loose_or_in_an_alternate() {
        let base = |builder: &mut PackBuilder| {
            whole(builder, id(BASE), BASE);
        };
        let (_dir, reader) = store(&[&|builder| {
            derived(builder);
            whole(builder, id(BASE), BASE);
        }]);
        assert_eq!(reader.read(id(MADE)), found(MADE));
        let (_dir, reader) = store(&[&derived, &base]);
        assert_eq!(reader.read(id(MADE)), found(MADE));
        let (dir, reader) = store(&[&derived]);
        add_loose(dir.path(), id(BASE), BASE);
        assert_eq!(reader.read(id(MADE)), found(MADE));
        let (other, _) = store(&[&base]);
        let (dir, _) = store(&[&derived]);
        let stores = vec![dir.path().to_owned(), other.path().to_owned()];
        assert_eq!(ObjectReader::of_stores(stores, 20, 1 << 20).read(id(MADE)), found(MADE));
        let (_dir, reader) = store(&[&derived]);
        assert_eq!(reader.read(id(MADE)), Read::Unreadable, "its base is nowhere");
        assert_eq!(reader.read(id(BASE)), Read::Missing);
    }

    #[test]
    fn of_damaged_copies_and_sound_ones_a_sound_one_is_found() {
        let lie = |builder: &mut PackBuilder| {
            whole(builder, id(MADE), b"something else");
        };
        let torn = |builder: &mut PackBuilder| {
            let number = builder.raw(&[0x3f, 0x78, 0x9c, 0xff]);
            builder.rename(number, id(MADE).as_bytes());
        };
        let sound = |builder: &mut PackBuilder| {
            whole(builder, id(MADE), MADE);
        };
        for damaged in [&lie as &dyn Fn(&mut PackBuilder), &torn, &derived] {
            let (_dir, reader) = store(&[damaged]);
            assert_eq!(reader.read(id(MADE)), Read::Unreadable);
            for packs in [[damaged, &sound], [&sound, damaged]] {
                let (_dir, reader) = store(&packs);
                assert_eq!(reader.read(id(MADE)), found(MADE));
            }
            let (dir, reader) = store(&[damaged]);
            add_loose(dir.path(), id(MADE), MADE);
            assert_eq!(reader.read(id(MADE)), found(MADE));
            // The other way round: the loose file has another object's bytes.
            let (dir, reader) = store(&[&sound]);
            add_loose(dir.path(), id(MADE), b"something else");
            assert_eq!(reader.read(id(MADE)), found(MADE));
        }
    }

    #[test]
    fn a_damaged_entry_on_the_way_is_replaced_by_a_copy_elsewhere() {
        // A chain of two deltas whose middle, or whose end, is damaged in one pack.
        let last = b"a base of some length, and then other";
        let second = delta(MADE.len(), last.len(), &[Step::Copy(0, last.len())]);
        for is_middle in [true, false] {
            let chain = |builder: &mut PackBuilder| {
                let base = if is_middle { whole(builder, id(BASE), BASE) } else { builder.raw(&[0xff; 40]) };
                builder.rename(base, id(BASE).as_bytes());
                let damaged = delta(BASE.len() + 1, MADE.len(), &[Step::Insert(MADE)]);
                let middle = if is_middle { &damaged } else { &instructions() };
                let middle = builder.by_offset(base, middle);
                builder.rename(middle, id(MADE).as_bytes());
                let end = builder.by_offset(middle, &second);
                builder.rename(end, id(last).as_bytes());
            };
            let (dir, reader) = store(&[&chain]);
            assert_eq!(reader.read(id(last)), Read::Unreadable);
            let (copy, bytes) = if is_middle { (id(MADE), MADE) } else { (id(BASE), BASE) };
            add_loose(dir.path(), copy, bytes);
            assert_eq!(reader.read(id(last)), found(last), "{is_middle}");
        }
    }

    #[test]
    fn chains_that_meet_themselves_end() {
        let one = delta(MADE.len(), BASE.len(), &[Step::Copy(0, 22), Step::Insert(&BASE[22..])]);
        let back = |builder: &mut PackBuilder| {
            let number = builder.by_name(id(MADE).as_bytes(), &one);
            builder.rename(number, id(BASE).as_bytes());
        };
        let both = |builder: &mut PackBuilder| {
            derived(builder);
            back(builder);
        };
        for packs in [&[&both as &dyn Fn(&mut PackBuilder)][..], &[&derived, &back], &[&both, &both, &both]] {
            let (_dir, reader) = store(packs);
            assert_eq!(reader.read(id(MADE)), Read::Unreadable);
        }
    }

    #[test]
    fn what_came_since_is_found_and_what_is_too_large_is_said() {
        let (dir, reader) = store(&[]);
        assert_eq!(reader.read(id(MADE)), Read::Missing);
        add_pack(dir.path(), "pack-new", &|builder| {
            whole(builder, id(MADE), MADE);
        });
        assert_eq!(reader.read(id(MADE)), found(MADE));
        assert_eq!(reader.read_within(id(MADE), MADE.len() - 1), Read::TooLarge);
        assert_eq!(reader.read_within(id(MADE), MADE.len()), found(MADE));
        add_loose(dir.path(), id(BASE), BASE);
        assert_eq!(reader.read_within(id(BASE), 5), Read::TooLarge);
        let empty = ObjectId::from_hex("4b825dc642cb6eb9a060e54bf8d69288fbee4904").expect("an id");
        assert_eq!(reader.read(empty), Read::Whole(ObjectKind::Tree, Vec::new()));
    }

    #[test]
    fn every_object_that_git_lists_reads_as_git_reads_it() {
        for format in ["sha1", "sha256"] {
            let repo = Repo::new();
            fs::remove_dir_all(repo.path(".git")).expect("it is there");
            repo.git(&["init", "-q", "-b", "main", &format!("--object-format={format}")]);
            for round in 0..12 {
                let text: String = (0..200).map(|line| format!("{}\n", (line * round) % 77)).collect();
                repo.write("a/b", text.as_bytes());
                repo.write(&format!("c{round}"), text.as_bytes());
                repo.commit_all("commit");
                if round % 4 == 1 {
                    repo.git(&["repack", "-q", "-d"]);
                }
            }
            repo.git(&["tag", "-a", "-m", "x", "v1"]);
            let repository =
                Repository::open(&repo.path(""), crate::git::Access::default()).expect("it opens");
            let reader = ObjectReader::new(&repository);
            let listed = repo.git(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
            let listed = String::from_utf8(listed).expect("ids are ASCII");
            assert!(listed.lines().count() > 40);
            for hex in listed.lines() {
                let id = ObjectId::from_hex(hex).expect("git lists ids");
                let Read::Whole(kind, bytes) = reader.read(id) else { panic!("{hex} is not read") };
                assert_eq!(id_of(kind, &bytes, repository.width), Some(id));
                assert_eq!(reader.starting_with(&hex[..9]), [id]);
            }
            assert_eq!(reader.starting_with(""), [], "too few digits");
        }
    }
}
