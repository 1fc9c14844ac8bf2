//! The objects visited are those that git lists, by id, type and bytes, in stores of every shape.

use super::{Quiet, Repo, hermetic, output, read, reasons};
use crate::git::{KindSet, Object, ObjectKind, ObjectNumber, Visitor};
use crate::model::{Copied, ObjectId};
use crate::source::history::{History, Options};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

/// Objects by id, each seen once.
#[derive(Default)]
struct SeenKinds(Mutex<BTreeMap<ObjectId, ObjectKind>>);

impl Visitor for SeenKinds {
    type Kept = ();

    fn whole(&self, object: Object<'_>) {
        if object.id().as_bytes().len() == 20 {
            // The name of an object is the hash of its bytes.
            let kind = git2::ObjectType::from_str(object.kind.name()).unwrap();
            let name = git2::Oid::hash_object(kind, object.bytes).unwrap();
            assert_eq!(name.as_bytes(), object.id().as_bytes());
        }
        let before = self.0.lock().unwrap().insert(object.id(), object.kind);
        assert_eq!(before, None, "{} came twice", object.id());
    }

    fn derived(&self, (): &(), _: &[u8], object: Object<'_>, _: &[Copied]) {
        self.whole(object);
    }

    fn unread(&self, id: Option<ObjectId>, reason: &str) {
        panic!("{id:?} is unread: {reason}");
    }
}

fn git(directory: &Path, arguments: &[&str]) -> String {
    let mut command = hermetic(directory);
    command.args(arguments);
    output(command)
}

fn listed(path: &Path) -> BTreeMap<ObjectId, ObjectKind> {
    let text = git(path, &["cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)"]);
    let object = |line: &str| {
        let (id, kind) = line.split_once(' ').unwrap();
        let kind = ObjectKind::ALL.into_iter().find(|known| known.name() == kind).unwrap();
        (ObjectId::from_hex(id).unwrap(), kind)
    };
    text.lines().map(object).collect()
}

/// Compares the objects visited with git's list: without a memory limit, with a small one, and with one that leaves
/// layouts no memory between visits. Compares the ids in the table with it too.
fn agrees(path: &Path) {
    let expected = listed(path);
    assert!(!expected.is_empty());
    for max_memory in [None, Some(64 << 10), Some(1 << 10)] {
        let history =
            History::open(path, &Options { max_memory, ..Options::default() }).expect("it is a repository");
        assert_eq!(history.objects.unlisted, []);
        let stop = AtomicBool::new(false);
        let table = &history.objects.table;
        let ids: Vec<ObjectId> = ObjectNumber::first(table.len()).map(|object| table.id(object)).collect();
        assert!(ids.iter().eq(expected.keys()), "the table's ids ascend and are all there are, each once");
        assert!(
            ObjectNumber::first(ids.len())
                .zip(&ids)
                .all(|(object, id)| table.find(id.as_bytes()) == Some(object))
        );
        // Visited twice, as the passes do: what is made for the first visit may be gone before the second.
        for kinds in [&[ObjectKind::Tree][..], &ObjectKind::ALL] {
            let seen = SeenKinds::default();
            let chosen = history.objects.choose(KindSet::of(kinds), None);
            history.objects.visit(&chosen, &seen, &Quiet, &stop);
            let expected = expected.iter().filter(|(_, kind)| kinds.contains(kind));
            assert!(seen.0.into_inner().unwrap().iter().eq(expected), "{max_memory:?} {kinds:?}");
        }
    }
}

/// A file that grows at both ends, in `commits` commits, with a tag and a merge.
fn sample(format: &str, commits: usize) -> Repo {
    let repo = Repo::new();
    fs::remove_dir_all(repo.path().join(".git")).unwrap();
    repo.git(&["init", "-q", "-b", "main", &format!("--object-format={format}")]);
    let mut stream = String::new();
    let mut text = String::from("the first line of a file that grows\n");
    for round in 0..commits {
        text = format!("line {} before\n{text}line {round} behind\n", round * 7919 % 1000);
        let date = 1_700_000_000 + round;
        stream += &format!("commit refs/heads/main\ncommitter C <c@example.com> {date} +0000\ndata 0\n");
        stream += &format!("M 100644 inline d/e/grows\ndata {}\n{text}\n", text.len());
        stream += &format!("M 100644 inline d/small{}\ndata 3\n{:03}\n", round % 9, round % 1000);
    }
    stream += "tag v1\nfrom refs/heads/main\ntagger T <t@example.com> 1700000000 +0000\ndata 3\ntag\n";
    let mut import = hermetic(repo.path());
    import.args(["-c", "fastimport.unpackLimit=1000000", "fast-import", "--quiet"]).stdin(Stdio::piped());
    let mut import = import.spawn().expect("git is installed");
    import.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(import.wait().unwrap().success());
    repo
}

fn packs(repo: &Repo) -> Vec<PathBuf> {
    let files = fs::read_dir(repo.path().join(".git/objects/pack")).unwrap().flatten();
    files.map(|file| file.path()).filter(|path| path.extension().is_some_and(|kind| kind == "pack")).collect()
}

/// How many entries of its packs name their base by offset (6) and by id (7).
fn deltas(repo: &Repo) -> [usize; 2] {
    let mut counts = [0, 0];
    for pack in packs(repo) {
        let index = fs::File::open(pack.with_extension("idx")).unwrap();
        let mut show = hermetic(repo.path());
        show.arg("show-index").stdin(index);
        let bytes = fs::read(&pack).unwrap();
        for line in output(show).lines() {
            let offset: usize = line.split(' ').next().unwrap().parse().unwrap();
            match bytes[offset] >> 4 & 7 {
                6 => counts[0] += 1,
                7 => counts[1] += 1,
                _ => {}
            }
        }
    }
    counts
}

#[test]
fn loose_objects_alone() {
    for format in ["sha1", "sha256"] {
        agrees(sample(format, 20).path());
    }
}

#[test]
fn one_pack() {
    for format in ["sha1", "sha256"] {
        let repo = sample(format, 60);
        repo.git(&["repack", "-q", "-a", "-d", "-f"]);
        assert!(deltas(&repo)[0] > 30);
        agrees(repo.path());
    }
}

#[test]
fn several_packs_with_duplicates_and_loose_ones_beside() {
    for format in ["sha1", "sha256"] {
        let mut repo = sample(format, 40);
        // Loose, in one pack, and half of them in another, against other bases.
        repo.git(&["repack", "-q", "-a"]);
        let half: Vec<_> = listed(repo.path()).keys().step_by(2).map(|id| format!("{id}\n")).collect();
        let mut pack = repo.command(&["pack-objects", "-q", "--window=50", ".git/objects/pack/pack"]);
        let mut pack = pack.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        pack.stdin.take().unwrap().write_all(half.concat().as_bytes()).unwrap();
        assert!(pack.wait().unwrap().success());
        repo.git(&["read-tree", "HEAD"]);
        repo.write("more", "more");
        repo.commit("more");
        assert_eq!(packs(&repo).len(), 2);
        agrees(repo.path());
        // A multi-pack-index, bitmaps and a pack that is to be kept change nothing.
        repo.git(&["multi-pack-index", "write"]);
        fs::write(packs(&repo)[0].with_extension("keep"), "").unwrap();
        agrees(repo.path());
    }
}

#[test]
fn deltas_that_name_their_base() {
    for format in ["sha1", "sha256"] {
        let repo = sample(format, 60);
        repo.git(&["-c", "repack.useDeltaBaseOffset=false", "repack", "-q", "-a", "-d", "-f"]);
        let [by_offset, by_name] = deltas(&repo);
        assert!(by_name > 30 && by_offset == 0, "{by_offset} {by_name}");
        agrees(repo.path());
    }
}

#[test]
fn deep_chains() {
    let repo = sample("sha1", 250);
    // With several threads git splits the work where they meet, and how deep chains get depends on their speed.
    repo.git(&[
        "-c",
        "pack.depth=4000",
        "-c",
        "pack.threads=1",
        "repack",
        "-q",
        "-a",
        "-d",
        "-f",
        "--depth=4000",
        "--window=5",
    ]);
    let verified = repo.git(&["verify-pack", "-v", packs(&repo)[0].to_str().unwrap()]);
    let depth =
        verified.lines().filter_map(|line| line.split_whitespace().nth(5)?.parse::<usize>().ok()).max();
    assert!(depth > Some(100), "{depth:?}");
    agrees(repo.path());
}

#[test]
fn large_blobs() {
    let mut repo = sample("sha1", 3);
    repo.git(&["read-tree", "HEAD"]);
    let mut state = 1u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    })
    .take(2 << 20)
    .collect();
    fs::write(repo.path().join("noise"), &noise).unwrap();
    fs::write(repo.path().join("zeros"), vec![0; 12 << 20]).unwrap();
    repo.commit("large");
    fs::write(repo.path().join("noise"), [&noise[..1 << 20], b"more", &noise[1 << 20..]].concat()).unwrap();
    repo.commit("larger");
    agrees(repo.path());
    repo.git(&["repack", "-q", "-a", "-d", "-f"]);
    agrees(repo.path());
    // Above this size git stores blobs without deltas.
    repo.git(&["-c", "core.bigFileThreshold=1m", "repack", "-q", "-a", "-d", "-f"]);
    agrees(repo.path());
}

#[test]
fn alternates_of_alternates() {
    for format in ["sha1", "sha256"] {
        let repo = sample(format, 30);
        repo.git(&["repack", "-q", "-a", "-d"]);
        let outside = tempfile::tempdir().unwrap();
        let mut from = repo.path().to_owned();
        for name in ["one", "two"] {
            let to = outside.path().join(name);
            git(outside.path(), &["clone", "-q", "--shared", from.to_str().unwrap(), name]);
            fs::write(to.join(name), name).unwrap();
            git(&to, &["add", name]);
            git(&to, &["commit", "-q", "-m", name]);
            from = to;
        }
        // Some of what is borrowed is here too.
        git(&from, &["repack", "-q", "-a", "-d"]);
        agrees(&from);
        agrees(&outside.path().join("one"));
    }
}

#[test]
fn a_linked_worktree() {
    let repo = sample("sha1", 10);
    let outside = tempfile::tempdir().unwrap();
    let linked = outside.path().join("linked");
    repo.git(&["worktree", "add", "-q", linked.to_str().unwrap(), "HEAD~1"]);
    fs::write(linked.join("new"), "new").unwrap();
    git(&linked, &["add", "new"]);
    agrees(&linked);
    agrees(repo.path());
}

#[test]
fn a_shallow_clone() {
    let repo = sample("sha1", 30);
    let outside = tempfile::tempdir().unwrap();
    let url = format!("file://{}", repo.path().display());
    git(outside.path(), &["clone", "-q", "--depth", "3", &url, "shallow"]);
    agrees(&outside.path().join("shallow"));
}

#[test]
fn unreachable_objects_in_a_pack_of_their_own() {
    let mut repo = sample("sha1", 10);
    repo.git(&["read-tree", "HEAD"]);
    repo.write("lost", "S1;");
    let lost = repo.commit("lost");
    repo.git(&["update-ref", "HEAD", "HEAD~1"]);
    repo.git(&["reflog", "expire", "--expire=now", "--all"]);
    repo.git(&["repack", "-q", "-d", "--cruft"]);
    assert_eq!(packs(&repo).len(), 2);
    assert!(listed(repo.path()).contains_key(&lost));
    agrees(repo.path());
}

#[test]
fn partial_clones_lack_exactly_what_trees_name_and_no_listing_shows() {
    let repo = sample("sha1", 30);
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let outside = tempfile::tempdir().unwrap();
    let url = format!("file://{}", repo.path().display());
    for (filter, may_lack) in [("blob:none", ObjectKind::Blob), ("tree:0", ObjectKind::Tree)] {
        let name = filter.replace(':', "-");
        git(outside.path(), &["clone", "-q", "--bare", &format!("--filter={filter}"), &url, &name]);
        let partial = outside.path().join(&name);
        agrees(&partial);
        let (all, here) = (listed(repo.path()), listed(&partial));
        // What is named by something that is here: all blobs, or each commit's tree.
        let named: BTreeSet<ObjectId> = match may_lack {
            ObjectKind::Blob => all.keys().copied().collect(),
            // `git log` would fetch the tree of HEAD, for a mailmap.
            _ => git(&partial, &["rev-list", "--all", "--no-commit-header", "--format=%T"])
                .lines()
                .filter_map(ObjectId::from_hex)
                .collect(),
        };
        let lacking = named.iter().filter(|id| !here.contains_key(id)).count() as u64;
        assert!(lacking > 25);
        assert_eq!(reasons(&read(&partial)), [("missing object (partial clone)", lacking)], "{filter}");
        // Without the promise they are simply missing.
        for file in fs::read_dir(partial.join("objects/pack")).unwrap().flatten() {
            if file.path().extension().is_some_and(|kind| kind == "promisor") {
                fs::remove_file(file.path()).unwrap();
            }
        }
        fs::write(partial.join("config"), "[core]\n\tbare = true\n\trepositoryformatversion = 0\n").unwrap();
        assert_eq!(reasons(&read(&partial)), [("missing object", lacking)], "{filter}");
    }
}
