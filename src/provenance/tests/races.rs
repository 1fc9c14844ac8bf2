//! Others write to the store while it is read: `git gc` moves what there is from one place to another.

use super::{Marks, Placement, Quiet, Repo, counts, hermetic, output, place, reasons};
use crate::git::odb::Listing;
use crate::source::history::{History, Options, Scanned};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Eight commits, half of them packed; each round a secret, in blobs that delta well.
fn sample(format: &str) -> Repo {
    let mut repo = Repo::new();
    fs::remove_dir_all(repo.path().join(".git")).unwrap();
    repo.git(&["init", "-q", "-b", "main", &format!("--object-format={format}")]);
    let lines: String = (0..200).map(|line| format!("line {line}\n")).collect();
    for round in 0..8 {
        repo.write("d/grows", &format!("{lines}S{round};\n"));
        repo.write(&format!("d/e/file{round}"), &format!("S{};", 10 + round));
        repo.commit("round");
        repo.git(&["tag", "-a", &format!("v{round}"), "-m", &format!("S{};", 20 + round)]);
        if round == 3 {
            repo.git(&["repack", "-q", "-a", "-d"]);
        }
    }
    repo
}

/// A history while it is read, step by step.
struct Reading {
    history: History,
    marks: Marks,
    stop: AtomicBool,
}

impl Reading {
    fn open(path: &Path) -> Self {
        let history = History::open(path, &Options::default()).expect("it is a repository");
        Self { history, marks: Marks::default(), stop: AtomicBool::new(false) }
    }

    fn scan(&self) -> Scanned {
        self.history.scan(&self.marks, &Quiet, &self.stop)
    }

    fn place(self, scanned: Scanned) -> Placement {
        let held = self.marks.held.into_inner().unwrap();
        place(&self.history, scanned, &held, &Quiet, &self.stop)
    }
}

fn read(path: &Path) -> Placement {
    let reading = Reading::open(path);
    let scanned = reading.scan();
    reading.place(scanned)
}

#[test]
fn an_object_that_moves_while_the_store_is_listed_is_listed() {
    // From loose files to a pack, and back: `-A` unpacks what no ref reaches.
    for unreachable in [false, true] {
        let repo = sample("sha1");
        let stores = [repo.path().join(".git/objects")];
        if unreachable {
            repo.git(&["repack", "-q", "-a", "-d"]);
            for round in 0..8 {
                repo.git(&["tag", "-d", &format!("v{round}")]);
            }
        }
        let mut times = 0;
        let mut repack = || {
            if times == 0 {
                repo.git(&["repack", "-q", if unreachable { "-A" } else { "-a" }, "-d"]);
            }
            times += 1;
        };
        let listing = Listing::settled(&stores, 20, None, &mut repack).expect("it can be listed");
        let mut ids: Vec<_> = listing.packs.ids().chain(listing.loose).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len() as u64, repo.listed().iter().sum::<u64>());
        assert_eq!(times, 2);
    }
}

#[test]
fn a_repack_between_listing_and_reading_loses_nothing() {
    for format in ["sha1", "sha256"] {
        for collect in [&["repack", "-a", "-d", "-q"][..], &["gc", "--prune=now", "-q"]] {
            let repo = sample(format);
            let expected = read(repo.path());
            assert!(expected.coverage.is_complete());
            let reading = Reading::open(repo.path());
            repo.git(collect);
            let scanned = reading.scan();
            let placement = reading.place(scanned);
            assert_eq!(reasons(&placement), [], "{format} {collect:?}");
            assert_eq!(placement.coverage.objects, expected.coverage.objects);
            assert_eq!(placement.places, expected.places);
            assert_eq!(placement.lives, expected.lives);
        }
    }
}

#[test]
fn repacks_between_the_passes_lose_nothing() {
    for format in ["sha1", "sha256"] {
        let repo = sample(format);
        let expected = read(repo.path());
        let reading = Reading::open(repo.path());
        repo.git(&["repack", "-q", "-d"]);
        let scanned = reading.scan();
        // The pack in which loose objects were found in the first pass is gone in the second.
        repo.git(&["repack", "-q", "-a", "-d", "-f"]);
        let tag = repo.id("v7");
        let text = reading.history.text(tag).expect("it stands in the new pack");
        assert_eq!(text, b"S27;\n");
        let placement = reading.place(scanned);
        assert_eq!(reasons(&placement), [], "{format}");
        assert_eq!(placement.places, expected.places);
    }
}

#[test]
fn what_is_pruned_before_it_is_read_is_unread() {
    for format in ["sha1", "sha256"] {
        let repo = sample(format);
        fs::write(repo.path().join("lost"), "S99;").unwrap();
        let lost = repo.git(&["hash-object", "-w", "lost"]);
        let reading = Reading::open(repo.path());
        repo.git(&["gc", "-q", "--prune=now"]);
        let scanned = reading.scan();
        let placement = reading.place(scanned);
        assert_eq!(reasons(&placement), [("missing object", 1)]);
        assert_eq!(placement.coverage.unread["missing object"].examples, [lost.trim()]);
        assert_eq!(counts(&placement), repo.listed());
    }
}

#[test]
fn repacks_without_end_lose_nothing() {
    for format in ["sha1", "sha256"] {
        let repo = sample(format);
        let objects = repo.path().join(".git/objects");
        let expected = read(repo.path());
        // All of it loose, to be put back again and again.
        let loose = tempfile::tempdir().unwrap();
        let mut init = hermetic(loose.path());
        init.args(["init", "-q", "--bare", "--object-format", format, "."]);
        output(init);
        repo.git(&["repack", "-q", "-a", "-d"]);
        for pack in packs(&objects) {
            let mut unpack = hermetic(loose.path());
            output({
                unpack.args(["unpack-objects", "-q"]).stdin(fs::File::open(pack).unwrap());
                unpack
            });
        }
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let mut rounds = 0;
                while !done.load(Ordering::Relaxed) {
                    repo.git(&["repack", "-q", "-a", "-d", "-f", &format!("--depth={}", rounds % 3 * 10)]);
                    repo.git(&["pack-refs", "--all"]);
                    put_back(&loose.path().join("objects"), &objects);
                    // A ref is loose again, with the same value.
                    let aside = repo.path().join(".git/aside");
                    fs::write(&aside, format!("{}\n", repo.id("v3"))).unwrap();
                    fs::create_dir_all(repo.path().join(".git/refs/tags")).unwrap();
                    fs::rename(aside, repo.path().join(".git/refs/tags/v3")).unwrap();
                    for pack in packs(&objects) {
                        for extension in ["idx", "rev", "pack"] {
                            let _not_all_are_there = fs::remove_file(pack.with_extension(extension));
                        }
                    }
                    rounds += 1;
                }
                rounds
            });
            for _ in 0..15 {
                let placement = read(repo.path());
                assert_eq!(reasons(&placement), [], "{format}");
                assert_eq!(placement.coverage.objects, expected.coverage.objects);
                assert_eq!(placement.places, expected.places);
                assert_eq!(placement.lives, expected.lives);
            }
            done.store(true, Ordering::Relaxed);
            assert!(writer.join().unwrap() > 0);
        });
    }
}

fn packs(objects: &Path) -> Vec<std::path::PathBuf> {
    let files = fs::read_dir(objects.join("pack")).unwrap().flatten().map(|entry| entry.path());
    files.filter(|path| path.extension().is_some_and(|kind| kind == "pack")).collect()
}

/// Copies loose objects, each first under another name, as git writes them.
fn put_back(from: &Path, to: &Path) {
    for directory in fs::read_dir(from).unwrap().flatten().filter(|entry| entry.file_name().len() == 2) {
        let target = to.join(directory.file_name());
        fs::create_dir_all(&target).unwrap();
        for file in fs::read_dir(directory.path()).unwrap().flatten() {
            let aside = target.join("tmp_obj_aside");
            fs::copy(file.path(), &aside).unwrap();
            fs::rename(&aside, target.join(file.file_name())).unwrap();
        }
    }
}
