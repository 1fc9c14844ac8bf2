//! The pack reader against git, against packs made by hand, and against broken ones.

use super::pack_builder::{self, PackBuilder, Step};
use super::{Fault, Options, Packs, Walked, apply_delta, fuzz_bodies};
use crate::git::object::{KindSet, ObjectKind};
use crate::git::odb::visitor::{Object, Visitor};
use crate::model::{Copied, ObjectId};
use proptest::prelude::*;
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tempfile::TempDir;

const ALL: KindSet = KindSet::of(&ObjectKind::ALL);

type Objects = HashMap<ObjectId, (ObjectKind, Vec<u8>)>;

/// Records every object and checks what the walk says about its base.
#[derive(Default)]
struct Recorder {
    objects: Mutex<Objects>,
    derived: AtomicU64,
}

impl Recorder {
    fn record(&self, object: Object<'_>) -> Vec<u8> {
        let before = self
            .objects
            .lock()
            .expect("no recorder panics")
            .insert(object.id(), (object.kind, object.bytes.to_vec()));
        assert!(before.is_none(), "{} came twice", object.id());
        object.bytes.to_vec()
    }
}

impl Visitor for Recorder {
    type Kept = Vec<u8>;

    fn whole(&self, object: Object<'_>) -> Vec<u8> {
        self.record(object)
    }

    fn derived(&self, base: &Vec<u8>, base_bytes: &[u8], object: Object<'_>, copied: &[Copied]) -> Vec<u8> {
        assert_eq!(base, base_bytes, "the base is not the one that was kept");
        let mut end = 0;
        for run in copied {
            assert!(run.to >= end, "runs overlap or are out of order");
            end = run.to + run.len;
            assert_eq!(base_bytes[run.from..][..run.len], object.bytes[run.to..end]);
        }
        self.derived.fetch_add(1, Ordering::Relaxed);
        self.record(object)
    }

    fn unread(&self, _: Option<ObjectId>, _: &str) {
        unreachable!("a walk returns what it could not read");
    }
}

fn walk(packs: &Packs, options: &Options<'_>) -> (Objects, Walked, u64) {
    let recorder = Recorder::default();
    let walked = packs.walk(ALL, options, &recorder);
    let objects = recorder.objects.into_inner().expect("no recorder panics");
    assert_eq!(walked.objects, objects.len() as u64);
    assert_eq!(walked.bytes, objects.values().map(|(_, bytes)| bytes.len() as u64).sum::<u64>());
    (objects, walked, recorder.derived.into_inner())
}

/// A bare repository in a temporary directory.
struct Repository {
    directory: TempDir,
    hash: usize,
}

impl Repository {
    fn init(format: &str) -> Self {
        let directory = TempDir::new().expect("a temporary directory can be made");
        let repository = Self { directory, hash: if format == "sha1" { 20 } else { 32 } };
        repository.git(&["init", "--quiet", "--bare", &format!("--object-format={format}"), "."], b"");
        repository
    }

    /// A repository in which a few files change from commit to commit.
    fn with_history(format: &str, commits: usize) -> Self {
        let repository = Self::init(format);
        repository.import("main", commits, 1);
        repository
    }

    fn import(&self, branch: &str, commits: usize, seed: u64) {
        let mut random = Random(seed);
        let mut files: Vec<Vec<u8>> = (0..4).map(|_| random.text(3000)).collect();
        let mut stream = format!("reset refs/heads/{branch}\n").into_bytes();
        for commit in 0..commits {
            let number = random.below(files.len());
            let file = &mut files[number];
            let at = random.below(file.len());
            let cut = random.below(file.len() - at).min(200);
            let fresh = random.text(100);
            file.splice(at..at + cut, fresh);
            let date = 1_700_000_000 + commit;
            write!(stream, "commit refs/heads/{branch}\ncommitter A <a@b.c> {date} +0000\ndata 2\nm\n")
                .and_then(|()| {
                    write!(stream, "M 100644 inline d{}/f{number}\ndata {}\n", number % 2, file.len())
                })
                .and_then(|()| stream.write_all(file))
                .and_then(|()| stream.write_all(b"\n"))
                .expect("a vector takes bytes");
        }
        self.git(&["-c", "fastimport.unpackLimit=0", "fast-import", "--quiet"], &stream);
        self.git(&["tag", "-a", "-m", "note", &format!("t-{branch}"), branch], b"");
    }

    fn repack(&self, options: &[&str]) {
        self.git(&[&["repack", "-adfq", "--no-write-bitmap-index"], options].concat(), b"");
    }

    fn git(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = Command::new("git")
            .args(arguments)
            .current_dir(self.directory.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_AUTHOR_NAME", "A")
            .env("GIT_AUTHOR_EMAIL", "a@b.c")
            .env("GIT_COMMITTER_NAME", "A")
            .env("GIT_COMMITTER_EMAIL", "a@b.c")
            .env("GIT_COMMITTER_DATE", "1700000000 +0000")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("git is installed");
        let mut pipe = child.stdin.take().expect("standard input is a pipe");
        let input = input.to_vec();
        let writer = std::thread::spawn(move || pipe.write_all(&input));
        let output = child.wait_with_output().expect("git ends");
        writer.join().expect("the writer does not panic").expect("git reads its input");
        assert!(output.status.success(), "git {arguments:?} fails");
        output.stdout
    }

    fn packs(&self) -> Packs {
        let packs = Packs::open(&[self.directory.path().join("objects")], self.hash);
        assert!(packs.unusable().is_empty(), "{:?}", packs.unusable());
        packs
    }

    fn pack_files(&self, extension: &str) -> Vec<PathBuf> {
        let directory = self.directory.path().join("objects/pack");
        let files = std::fs::read_dir(directory).expect("a repository has packs");
        let paths = files.map(|file| file.expect("a directory can be read").path());
        paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
    }

    /// Every object as git gives it.
    fn objects(&self) -> Objects {
        let output = self.git(&["cat-file", "--batch-all-objects", "--unordered", "--batch"], b"");
        let mut rest = &output[..];
        let mut objects = HashMap::new();
        while !rest.is_empty() {
            let end = rest.iter().position(|&byte| byte == b'\n').expect("a head is a line");
            let head = std::str::from_utf8(&rest[..end]).expect("a head is text");
            let [id, kind, size] =
                head.split(' ').collect::<Vec<_>>().try_into().expect("a head has three words");
            let size: usize = size.parse().expect("a size is a number");
            let kind = ObjectKind::ALL.into_iter().find(|known| known.name() == kind);
            let bytes = rest[end + 1..][..size].to_vec();
            let id = ObjectId::from_hex(id).expect("an id is hexadecimal");
            objects.insert(id, (kind.expect("git knows four kinds"), bytes));
            rest = &rest[end + 1 + size + 1..];
        }
        objects
    }

    /// Compares the walk and single reads with git; returns how many objects came as derived.
    fn agrees(&self, options: &Options<'_>) -> u64 {
        let packs = self.packs();
        let (objects, walked, derived) = walk(&packs, options);
        let expected = self.objects();
        assert_eq!(objects.len(), expected.len());
        assert_eq!(packs.len(), expected.len());
        assert!(objects == expected, "some object's bytes differ from git's");
        assert_eq!(walked.unresolved, []);
        assert_eq!(packs.untyped(), []);
        assert_eq!(packs.ids().count(), expected.len());
        for (&id, object) in &expected {
            assert!(packs.contains(id));
            assert_eq!(packs.read(id).as_ref(), Some(object));
        }
        derived
    }
}

/// A small generator, so that tests do the same every time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { self.next() as usize % end }
    }

    fn text(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| b"abcdefghijklmnopqrstuvwxyz\n     "[self.below(32)]).collect()
    }
}

#[test]
fn every_object_equals_what_git_reads() {
    for format in ["sha1", "sha256"] {
        let repository = Repository::with_history(format, 120);
        repository.repack(&[]);
        assert!(repository.agrees(&Options::default()) > 50, "git made hardly any delta");
    }
}

#[test]
fn the_number_of_threads_and_the_budget_change_nothing() {
    let repository = Repository::with_history("sha1", 200);
    repository.repack(&["--depth=60", "--window=50"]);
    for threads in [1, 2, 7] {
        for max_memory in [None, Some(0), Some(20 << 10)] {
            let options = Options { threads, max_memory, ..Options::default() };
            assert!(repository.agrees(&options) > 100);
        }
    }
}

#[test]
fn deltas_that_name_their_base_are_followed() {
    let repository = Repository::with_history("sha1", 100);
    repository.git(&["config", "repack.useDeltaBaseOffset", "false"], b"");
    repository.repack(&[]);
    assert!(repository.agrees(&Options::default()) > 50);
}

#[test]
fn deep_chains_are_followed() {
    let repository = Repository::with_history("sha1", 1200);
    repository.repack(&["--depth=4000", "--window=20"]);
    assert!(repository.agrees(&Options::default()) > 500);
    assert!(repository.agrees(&Options { max_memory: Some(0), ..Options::default() }) > 500);
}

#[test]
fn a_chain_of_a_hundred_thousand_is_walked() {
    let mut forge = PackBuilder::new(20);
    let mut last = forge.whole(3, b"0");
    for at in 1..100_000_u32 {
        let number = at.to_string();
        let base = (at - 1).to_string().len();
        last = forge
            .by_offset(last, &pack_builder::delta(base, number.len(), &[Step::Insert(number.as_bytes())]));
    }
    let packs = Packs::of_bytes(vec![forge.finish(2)], 20).expect("the pack is right");
    let (objects, walked, derived) = walk(&packs, &Options::default());
    assert_eq!((objects.len(), walked.unresolved.len(), derived), (100_000, 0, 99_999));
}

#[test]
fn an_object_in_several_packs_is_seen_once() {
    let repository = Repository::with_history("sha1", 60);
    repository.repack(&[]);
    repository.import("second", 60, 2);
    let everything = repository.git(&["rev-list", "--objects", "--all", "--no-object-names"], b"");
    repository.git(&["pack-objects", "-q", "--window=0", "objects/pack/pack"], &everything);
    let half: Vec<u8> = everything[..everything.len() / 2 / 41 * 41].to_vec();
    repository.git(&["pack-objects", "-q", "objects/pack/pack"], &half);
    assert!(repository.pack_files("idx").len() >= 4);
    repository.agrees(&Options::default());
    repository.git(&["multi-pack-index", "write"], b"");
    repository.agrees(&Options::default());
}

#[test]
fn indexes_of_version_1_and_with_long_offsets_are_read() {
    for version in ["1", "2,0x40"] {
        let repository = Repository::with_history("sha1", 50);
        repository.repack(&[]);
        for pack in repository.pack_files("pack") {
            let index = pack.with_extension("idx");
            std::fs::remove_file(&index).expect("an index can be removed");
            let pack = pack.to_str().expect("the path is text");
            repository.git(&["index-pack", &format!("--index-version={version}"), pack], b"");
        }
        repository.agrees(&Options::default());
    }
}

#[test]
fn large_blobs_are_read_under_a_small_budget() {
    let repository = Repository::init("sha1");
    let mut random = Random(3);
    let line = random.text(100_000);
    let mut stream = b"reset refs/heads/main\n".to_vec();
    for version in 0..3 {
        let mut blob = line.repeat(180);
        blob.splice(5_000_000..5_000_010, version.to_string().into_bytes());
        write!(stream, "commit refs/heads/main\ncommitter A <a@b.c> {version} +0000\ndata 0\n")
            .and_then(|()| write!(stream, "M 100644 inline f\ndata {}\n", blob.len()))
            .and_then(|()| stream.write_all(&blob))
            .and_then(|()| stream.write_all(b"\n"))
            .expect("a vector takes bytes");
    }
    repository.git(&["fast-import", "--quiet"], &stream);
    repository.repack(&["--window=3"]);
    let options = Options { max_memory: Some(1 << 20), threads: 2, ..Options::default() };
    assert!(repository.agrees(&options) >= 2, "git made no delta of large blobs");
    repository.agrees(&Options::default());
}

#[test]
fn kinds_are_walked_apart_and_progress_adds_up() {
    let repository = Repository::with_history("sha1", 60);
    repository.repack(&[]);
    let packs = repository.packs();
    let progress = AtomicU64::new(0);
    let mut objects = HashMap::new();
    for kind in ObjectKind::ALL {
        let recorder = Recorder::default();
        let tell = |bytes| _ = progress.fetch_add(bytes, Ordering::Relaxed);
        let options = Options { progress: Some(&tell), ..Options::default() };
        let before = progress.load(Ordering::Relaxed);
        packs.walk(KindSet::of(&[kind]), &options, &recorder);
        assert_eq!(progress.load(Ordering::Relaxed) - before, packs.bytes(KindSet::of(&[kind])));
        let found = recorder.objects.into_inner().expect("no recorder panics");
        assert!(found.values().all(|(found, _)| *found == kind));
        objects.extend(found);
    }
    assert!(objects == repository.objects());
    assert_eq!(progress.into_inner(), packs.bytes(KindSet::of(&ObjectKind::ALL)));
}

#[test]
fn a_walk_that_is_told_to_stop_stops() {
    let repository = Repository::with_history("sha1", 30);
    repository.repack(&[]);
    let stop = AtomicBool::new(true);
    let (_, walked, _) =
        walk(&repository.packs(), &Options { stop: Some(&stop), threads: 3, ..Options::default() });
    assert!(walked.stopped);
}

#[test]
fn a_visitor_that_panics_ends_the_walk() {
    struct Panics;
    impl Visitor for Panics {
        type Kept = ();
        fn whole(&self, object: Object<'_>) {
            assert!(object.kind != ObjectKind::Tree, "as it should");
        }
        fn derived(&self, (): &(), _: &[u8], _: Object<'_>, _: &[Copied]) {}
        fn unread(&self, _: Option<ObjectId>, _: &str) {}
    }
    let repository = Repository::with_history("sha1", 30);
    repository.repack(&[]);
    let packs = repository.packs();
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        packs.walk(ALL, &Options { threads: 3, ..Options::default() }, &Panics);
    }));
    assert!(ended.is_err());
}

#[test]
fn packs_that_lack_a_half_are_named() {
    let repository = Repository::with_history("sha1", 10);
    repository.repack(&[]);
    repository.import("second", 10, 9);
    let indexes = repository.pack_files("idx");
    std::fs::remove_file(&indexes[0]).expect("an index can be removed");
    std::fs::remove_file(indexes[1].with_extension("pack")).expect("a pack can be removed");
    let packs = Packs::open(&[repository.directory.path().join("objects")], 20);
    assert!(packs.is_empty());
    let mut reasons: Vec<String> = packs.unusable().iter().map(|(_, error)| error.to_string()).collect();
    reasons.sort();
    assert_eq!(
        reasons,
        ["The index has no pack (.pack) beside it.", "The pack has no index (.idx) beside it."]
    );
    assert!(Packs::open(&[Path::new("/nowhere/at/all").into()], 20).unusable().is_empty());
}

/// The result for each entry of a forged pack: its bytes, or why it has none.
fn outcome(forge: PackBuilder) -> Vec<Result<Vec<u8>, Fault>> {
    let count = forge.len();
    let names: Vec<ObjectId> =
        (0..count).map(|at| ObjectId::from_bytes(&forge.name(at)).expect("a name is an id")).collect();
    let packs = Packs::of_bytes(vec![forge.finish(2)], 20).expect("the pack as a whole is right");
    let (mut objects, walked, _) = walk(&packs, &Options::default());
    let faults: HashMap<_, _> =
        walked.unresolved.into_iter().chain(packs.untyped()).map(|lost| (lost.id, lost.fault)).collect();
    names
        .iter()
        .map(|id| {
            let bytes = objects.remove(id).map(|(_, bytes)| bytes);
            assert_eq!(packs.read(*id).map(|(_, bytes)| bytes), bytes);
            bytes.ok_or_else(|| faults[id])
        })
        .collect()
}

#[test]
fn a_base_may_stand_behind_its_deltas() {
    let mut forge = PackBuilder::new(20);
    let base = forge.name(1);
    forge.by_name(&base, &pack_builder::delta(5, 4, &[Step::Copy(1, 3), Step::Insert(b"!")]));
    forge.whole(3, b"hello");
    assert_eq!(outcome(forge), [Ok(b"ell!".to_vec()), Ok(b"hello".to_vec())]);
}

#[test]
fn cycles_end() {
    let mut forge = PackBuilder::new(20);
    let delta = pack_builder::delta(1, 1, &[Step::Copy(0, 1)]);
    for base in [1, 2, 0, 3] {
        let name = forge.name(base);
        forge.by_name(&name, &delta);
    }
    forge.by_offset(0, &delta);
    assert_eq!(
        outcome(forge),
        [Err(Fault::Cycle), Err(Fault::Cycle), Err(Fault::Cycle), Err(Fault::Cycle), Err(Fault::Base)]
    );
}

#[test]
fn bases_behind_their_deltas_are_not_made_again_and_again() {
    // A long chain with a small tree beside each step, every base after what is made from it. A few bases may wait;
    // if one waited at every step, each would be dropped, and made again from the far end of the chain.
    const STEPS: usize = 4000;
    let mut forge = PackBuilder::new(20);
    let text = Random(3).text(200);
    let delta =
        pack_builder::delta(200, 200, &[Step::Copy(0, 100), Step::Insert(b"fresh"), Step::Copy(100, 95)]);
    for leaf in 0..3 * STEPS {
        let base = forge.name(3 * STEPS + leaf / 3);
        forge.by_name(&base, &delta);
    }
    for side in 0..2 * STEPS {
        let base = forge.name(4 * STEPS + if side < STEPS { side } else { side - STEPS + 1 });
        forge.by_name(&base, &delta);
    }
    forge.whole(3, &text);
    let (pack, index) = forge.finish(2);
    let packs = Packs::of_bytes(vec![(pack, index)], 20).expect("the pack is well formed");
    let started = std::time::Instant::now();
    let options = Options { threads: 1, max_memory: Some(256 << 10), ..Options::default() };
    let (objects, walked, _) = walk(&packs, &options);
    assert_eq!((objects.len(), walked.unresolved.len()), (5 * STEPS + 1, 0));
    // A second at most; made again, half a minute.
    assert!(started.elapsed() < std::time::Duration::from_secs(8), "{:?}", started.elapsed());
}

#[test]
fn a_base_outside_the_pack_is_told() {
    let mut forge = PackBuilder::new(20);
    let far = [0xee; 20];
    forge.by_name(&far, &pack_builder::delta(1, 1, &[Step::Copy(0, 1)]));
    forge.by_offset(0, &pack_builder::delta(1, 1, &[Step::Copy(0, 1)]));
    let id = ObjectId::from_bytes(&far).expect("it is as long as an id");
    assert_eq!(outcome(forge), [Err(Fault::Outside(id)), Err(Fault::Base)]);
}

#[test]
fn lies_about_sizes_are_faults_and_cost_no_memory() {
    let mut forge = PackBuilder::new(20);
    let base = forge.whole(3, b"0123456789");
    let mut bomb = pack_builder::head(3, 100 << 30);
    bomb.extend(pack_builder::zlib(b"small"));
    forge.raw(&bomb);
    for (said, real) in [(4, 5), (6, 5)] {
        let mut entry = pack_builder::head(3, said);
        entry.extend(pack_builder::zlib(&vec![b'x'; real]));
        forge.raw(&entry);
    }
    let copy = || Step::Copy(0, 10);
    for delta in [
        pack_builder::delta(10, 100 << 30, &[copy()]),
        pack_builder::delta(10, 1 << 30, &[copy()]),
        pack_builder::delta(10, 11, &[copy()]),
        pack_builder::delta(10, 9, &[copy()]),
        pack_builder::delta(9, 10, &[copy()]),
        pack_builder::delta(10, 10, &[Step::Copy(1, 10)]),
        pack_builder::delta(10, 10, &[Step::Copy(usize::MAX, 10)]),
        pack_builder::delta(10, 1, &[Step::Insert(b"")]),
        pack_builder::delta(10, 0, &[])[..1].to_vec(),
        Vec::new(),
    ] {
        forge.by_offset(base, &delta);
    }
    forge.by_offset(base, &pack_builder::delta(10, 0, &[]));
    let outcome = outcome(forge);
    assert_eq!(outcome[0], Ok(b"0123456789".to_vec()));
    assert_eq!(outcome[1..4], [Err(Fault::Entry), Err(Fault::Entry), Err(Fault::Entry)]);
    assert!(outcome[4..14].iter().all(|lost| *lost == Err(Fault::Delta)), "{outcome:?}");
    assert_eq!(outcome[14], Ok(Vec::new()));
}

#[test]
fn what_derives_from_a_broken_object_is_told_too() {
    let mut forge = PackBuilder::new(20);
    let mut broken = pack_builder::head(3, 5);
    broken.extend(b"\x78\x9cnot a stream");
    let broken = forge.raw(&broken);
    let child = forge.by_offset(broken, &pack_builder::delta(5, 5, &[Step::Copy(0, 5)]));
    forge.by_offset(child, &pack_builder::delta(5, 5, &[Step::Copy(0, 5)]));
    assert_eq!(outcome(forge), [Err(Fault::Entry), Err(Fault::Base), Err(Fault::Base)]);
}

#[test]
fn a_bomb_of_copies_is_refused_and_an_honest_large_copy_is_made() {
    let mut forge = PackBuilder::new(20);
    let base = forge.whole(3, &[b'a'; 0x1_0000]);
    let steps: Vec<_> = (0..64).map(|_| Step::Copy(0, 0x1_0000)).collect();
    let wide = forge.by_offset(base, &pack_builder::delta(0x1_0000, 64 << 16, &steps));
    let steps: Vec<_> = (0..1024).map(|_| Step::Copy(0, 4 << 20)).collect();
    forge.by_offset(wide, &pack_builder::delta(64 << 16, 4 << 30, &steps));
    let outcome = outcome(forge);
    assert_eq!(outcome[1].as_ref().map(Vec::len), Ok(4 << 20));
    assert_eq!(outcome[2], Err(Fault::TooLarge));
}

fn sample(version: u8) -> (Vec<u8>, Vec<u8>) {
    let mut forge = PackBuilder::new(20);
    let text = Random(5).text(2000);
    let base = forge.whole(3, &text);
    let mut last = base;
    for at in 0..12 {
        let steps = [Step::Copy(0, 100 * at), Step::Insert(b"fresh"), Step::Copy(100 * at, 2000 - 100 * at)];
        let delta = pack_builder::delta(2000 + 5 * at, 2005, &steps[if at == 0 { 1 } else { 0 }..]);
        if at % 3 == 0 {
            let name = forge.name(base);
            forge.by_name(&name, &pack_builder::delta(2000, 5, &[Step::Insert(b"fresh")]));
        }
        last = forge.by_offset(if at == 0 { base } else { last }, &delta);
    }
    forge.whole(2, b"100644 f\x0012345678901234567890");
    forge.finish(version)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn broken_packs_never_panic(
        version in 1..=2_u8,
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 1..8),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let (mut pack, mut index) = sample(version);
        for (at, byte, in_pack) in flips {
            let file = if in_pack { &mut pack } else { &mut index };
            let at = at.index(file.len());
            file[at] = byte;
        }
        if let Some(cut) = cut {
            let file = if version == 1 { &mut pack } else { &mut index };
            file.truncate(cut.index(file.len()));
        }
        fuzz_bodies::walk(vec![(pack, index)], 20);
    }

    #[test]
    fn packs_described_by_any_bytes_never_panic(data in prop::collection::vec(any::<u8>(), 0..400)) {
        fuzz_bodies::pack(&data);
    }

    #[test]
    fn deltas_of_any_bytes_do_what_a_plain_application_does(
        base in prop::collection::vec(any::<u8>(), 0..300),
        steps in prop::collection::vec((any::<bool>(), 0..300_usize, 1..120_usize), 0..12),
        flip in prop::option::weighted(0.3, (any::<prop::sample::Index>(), any::<u8>())),
    ) {
        let fresh: Vec<u8> = (0..120).collect();
        let mut result = 0;
        let steps: Vec<Step<'_>> = steps
            .into_iter()
            .filter(|(copies, from, len)| !copies || from + len <= base.len())
            .inspect(|(_, _, len)| result += len)
            .map(|(copies, from, len)| if copies { Step::Copy(from, len) } else { Step::Insert(&fresh[..len]) })
            .collect();
        let mut delta = pack_builder::delta(base.len(), result, &steps);
        if let Some((at, byte)) = flip {
            let at = at.index(delta.len());
            delta[at] = byte;
        } else {
            let (made, _) = apply_delta(&base, &delta, 1 << 20).expect("the delta is right");
            prop_assert_eq!(made.len(), result);
        }
        let mut data = (base.len() as u16).to_be_bytes().to_vec();
        data.extend(&base);
        data.extend(&delta);
        fuzz_bodies::delta(&data);
    }
}

/// Runs `trial` on each seed of a fuzz target and on some thousands of mutations of them.
fn replay(target: &str, trial: impl Fn(&[u8])) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let files = std::fs::read_dir(directory).expect("the seeds stand beside the targets");
    let mut paths: Vec<PathBuf> = files.map(|file| file.expect("a directory can be read").path()).collect();
    paths.sort();
    let seeds: Vec<Vec<u8>> =
        paths.iter().map(|path| std::fs::read(path).expect("a seed can be read")).collect();
    assert!(!seeds.is_empty());
    let mut random = Random(11);
    for seed in &seeds {
        trial(seed);
        for _ in 0..200 {
            let mut data = seed.clone();
            for _ in 0..=random.below(4) {
                let at = random.below(data.len());
                match random.below(5) {
                    0 => data.truncate(at),
                    1 => data.insert(at, random.next() as u8),
                    2 => data.extend_from_slice(&seeds[random.below(seeds.len())]),
                    3 if at < data.len() => data[at] ^= 1 << random.below(8),
                    _ if at < data.len() => data[at] = [0, 1, 0x7f, 0x80, 0xff][random.below(5)],
                    _ => {}
                }
            }
            trial(&data);
        }
    }
}

#[test]
fn the_seeds_of_the_fuzz_targets_and_their_mutations_pass() {
    replay("pack", fuzz_bodies::pack);
    replay("delta", fuzz_bodies::delta);
}

#[test]
fn the_seeds_reach_what_they_are_named_for() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/pack");
    let reached = |seed: &str| {
        let data = std::fs::read(directory.join(seed)).expect("the seed is there");
        let (packs, hash) = pack_builder::interpret(&data);
        let packs = Packs::of_bytes(packs, hash).expect("its packs are well formed");
        let options = Options { largest: Some(1 << 20), ..Options::default() };
        let (_, walked, derived) = walk(&packs, &options);
        let faults = walked.unresolved.into_iter().chain(packs.untyped()).map(|object| object.fault);
        (derived, faults.collect::<Vec<_>>())
    };
    let is_outside = |fault: &Fault| matches!(fault, Fault::Outside(_));
    assert!(reached("several").0 == 3 && reached("several").1.iter().any(is_outside));
    assert_eq!(reached("by-name"), (4, vec![]));
    assert!(reached("by-name-sha256").0 == 3 && reached("by-name-sha256").1.iter().any(is_outside));
    assert_eq!(reached("large"), (3, vec![Fault::TooLarge, Fault::TooLarge]));
    assert_eq!(reached("long-offsets"), (2, vec![]));
    assert_eq!(reached("spoiled"), (1, vec![Fault::Entry, Fault::Base, Fault::Entry, Fault::Base]));
    assert_eq!(reached("branches"), (24, vec![]));
    assert_eq!(reached("repeats-version-1"), (1, vec![]));
    assert!(reached("cycle").1.contains(&Fault::Cycle));
}
