//! Stores of each shape: every object is visited once, and what is missing is reported.

use super::{Repo, counts, hermetic, output, place, read, reasons, told};
use crate::model::SecretNumber;
use crate::source::history::{Error, History, Options};
use std::fs;
use std::path::Path;

/// Three commits with a tag, in directories.
fn sample() -> Repo {
    let mut repo = Repo::new();
    for round in 0..3 {
        repo.write("top", &format!("{round}"));
        repo.write("d/e/deep", &format!("S{round};"));
        repo.commit("round");
    }
    repo.git(&["tag", "-a", "v1", "-m", "tag"]);
    repo
}

fn at(directory: &Path, arguments: &[&str]) -> String {
    let mut command = hermetic(directory);
    command.args(arguments);
    output(command)
}

#[test]
fn loose_packed_and_doubly_packed_objects_come_once_each() {
    let mut repo = sample();
    assert_eq!(counts(&read(repo.path())), repo.listed());
    repo.git(&["repack", "-q", "-a", "-d"]);
    assert_eq!(counts(&read(repo.path())), repo.listed());
    repo.write("more", "S9;");
    repo.commit("more");
    repo.git(&["repack", "-q"]);
    repo.write("loose", "S8;");
    repo.commit("loose");
    // All once more in another pack, and some of that loose as well.
    let all = repo.git(&["rev-list", "--objects", "--all"]);
    let names: Vec<_> = all.lines().map(|line| &line[..40]).collect();
    fs::write(repo.path().join(".git/names"), names.join("\n") + "\n").unwrap();
    let mut pack = repo.command(&["pack-objects", "-q", ".git/objects/pack/pack"]);
    pack.stdin(fs::File::open(repo.path().join(".git/names")).unwrap());
    output(pack);
    let placement = read(repo.path());
    assert_eq!(counts(&placement), repo.listed());
    assert!(placement.coverage.is_complete());
    assert_eq!(placement.coverage.in_scope(), repo.listed().iter().sum::<u64>());
    assert_eq!(told(&placement, 8).len(), 1);
}

#[test]
fn a_repository_is_found_from_everywhere_in_it() {
    let repo = sample();
    let expected = read(repo.path()).places;
    assert_eq!(read(&repo.path().join("d/e")).places, expected);
    assert_eq!(read(&repo.path().join(".git")).places, expected);
    let outside = tempfile::tempdir().unwrap();
    let bare = outside.path().join("bare.git");
    at(outside.path(), &["clone", "-q", "--mirror", repo.path().to_str().unwrap(), bare.to_str().unwrap()]);
    let placement = read(&bare);
    assert_eq!(counts(&placement), repo.listed());
    assert_eq!(placement.places, expected);
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(History::open(empty.path(), &Options::default()), Err(Error::NotARepository { .. })));
    assert!(matches!(
        History::open(&empty.path().join("no"), &Options::default()),
        Err(Error::NoSuchPath { .. })
    ));
}

#[test]
fn a_linked_worktree_sees_the_whole_store_and_keeps_its_head_live() {
    let mut repo = sample();
    let outside = tempfile::tempdir().unwrap();
    let tree = outside.path().join("linked");
    repo.git(&["worktree", "add", "-q", "--detach", tree.to_str().unwrap()]);
    fs::write(tree.join("only"), "S7;").unwrap();
    at(&tree, &["add", "-A"]);
    at(&tree, &["commit", "-q", "-m", "detached"]);
    repo.clock += 1;
    for path in [repo.path(), &tree] {
        let placement = read(path);
        assert_eq!(counts(&placement), repo.listed());
        let life = placement.lives.iter().find(|life| life.secret == SecretNumber(7)).unwrap();
        assert_eq!(life.history.refs, ["worktrees/linked/HEAD"]);
    }
}

#[test]
fn alternates_are_read_and_a_lost_one_is_unread() {
    let repo = sample();
    let outside = tempfile::tempdir().unwrap();
    let shared = outside.path().join("shared");
    at(outside.path(), &["clone", "-q", "--shared", repo.path().to_str().unwrap(), shared.to_str().unwrap()]);
    let placement = read(&shared);
    assert_eq!(counts(&placement), repo.listed());
    assert!(placement.coverage.is_complete());
    fs::rename(repo.path().join(".git/objects"), repo.path().join(".git/elsewhere")).unwrap();
    let placement = read(&shared);
    assert!(!placement.coverage.is_complete());
    assert_eq!(placement.coverage.unread["missing alternate"].count, 1);
    assert!(placement.coverage.unread.contains_key("missing object"));
}

#[test]
fn a_shallow_clone_says_where_it_ends() {
    let repo = sample();
    let outside = tempfile::tempdir().unwrap();
    let shallow = outside.path().join("shallow");
    let url = format!("file://{}", repo.path().display());
    at(outside.path(), &["clone", "-q", "--depth", "1", &url, shallow.to_str().unwrap()]);
    let placement = read(&shallow);
    assert_eq!(reasons(&placement), [("shallow boundary", 1)]);
    let parent = repo.id("HEAD~1").to_string();
    assert_eq!(placement.coverage.unread["shallow boundary"].examples, [parent]);
    assert!(!placement.coverage.notes.is_empty());
}

#[test]
fn a_partial_clone_says_which_blobs_it_lacks() {
    let repo = sample();
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let outside = tempfile::tempdir().unwrap();
    let partial = outside.path().join("partial");
    let url = format!("file://{}", repo.path().display());
    let arguments = ["clone", "-q", "--bare", "--filter=blob:none", &url, partial.to_str().unwrap()];
    at(outside.path(), &arguments);
    let placement = read(&partial);
    let blobs = repo.listed()[0];
    assert_eq!(reasons(&placement), [("missing object (partial clone)", blobs)]);
    assert_eq!(counts(&placement), [0, repo.listed()[1], repo.listed()[2], 1]);
    assert_eq!(placement.coverage.in_scope(), repo.listed().iter().sum::<u64>());
}

#[test]
fn missing_objects_of_each_type_are_unread() {
    for (revision, named) in
        [("HEAD:top", 1), ("HEAD:d", 1), ("HEAD~1", 1), ("v1^{tag}", 1), ("HEAD^{tree}", 1)]
    {
        let repo = sample();
        let before: u64 = repo.listed().iter().sum();
        let id = repo.id(revision);
        fs::remove_file(repo.loose(id)).unwrap();
        let placement = read(repo.path());
        assert_eq!(reasons(&placement), [("missing object", named)], "{revision}");
        assert_eq!(placement.coverage.unread["missing object"].examples, [id.to_string()]);
        assert_eq!(placement.coverage.in_scope(), before, "{revision}");
    }
}

#[test]
fn corrupt_objects_of_each_type_are_unread_and_the_rest_is_read() {
    for revision in ["HEAD:top", "HEAD:d", "HEAD~1", "v1^{tag}", "HEAD^{tree}"] {
        let repo = sample();
        let before: u64 = repo.listed().iter().sum();
        let id = repo.id(revision);
        let path = repo.loose(id);
        fs::remove_file(&path).unwrap();
        fs::write(&path, b"not an object").unwrap();
        let placement = read(repo.path());
        assert_eq!(reasons(&placement), [("corrupt object", 1)], "{revision}");
        assert_eq!(placement.coverage.in_scope(), before, "{revision}");
        assert!(!placement.places.is_empty());
    }
}

#[test]
fn objects_whose_text_is_nonsense_are_corrupt() {
    let repo = sample();
    for kind in ["commit", "tree", "tag"] {
        fs::write(repo.path().join(".git/nonsense"), "nonsense").unwrap();
        repo.git(&["hash-object", "-w", "--literally", "-t", kind, ".git/nonsense"]);
    }
    assert_eq!(reasons(&read(repo.path())), [("corrupt object", 3)]);
}

#[test]
fn submodules_are_no_gap() {
    let mut repo = sample();
    let entry = format!("160000,{},sub", "1".repeat(40));
    repo.git(&["update-index", "--add", "--cacheinfo", &entry]);
    repo.git(&["commit", "-q", "-m", "sub"]);
    repo.clock += 1;
    assert!(read(repo.path()).coverage.is_complete());
}

#[test]
fn a_ref_to_nothing_is_a_gap() {
    let repo = sample();
    fs::write(repo.path().join(".git/refs/heads/gone"), format!("{}\n", "2".repeat(40))).unwrap();
    assert_eq!(reasons(&read(repo.path())), [("missing object", 1)]);
}

#[test]
fn a_pack_without_its_index_is_a_gap() {
    let repo = sample();
    repo.git(&["repack", "-q", "-a", "-d"]);
    let packs = repo.path().join(".git/objects/pack");
    let mut index = fs::read_dir(&packs).unwrap().flatten().map(|entry| entry.path());
    let index = index.find(|path| path.extension().is_some_and(|kind| kind == "idx")).unwrap();
    fs::remove_file(index).unwrap();
    assert_eq!(read(repo.path()).coverage.unread["pack without an index"].count, 1);
}

#[test]
fn damaged_packs_and_indexes_never_read_as_clean() {
    for kind in ["idx", "pack"] {
        for cut in [0, 7, 40, 1100, usize::MAX] {
            let repo = sample();
            repo.git(&["repack", "-q", "-a", "-d"]);
            let packs = fs::read_dir(repo.path().join(".git/objects/pack")).unwrap().flatten();
            let path = packs
                .map(|entry| entry.path())
                .find(|path| path.extension().is_some_and(|ext| ext == kind))
                .unwrap();
            let mut bytes = fs::read(&path).unwrap();
            if cut == usize::MAX {
                let middle = bytes.len() / 2;
                bytes[middle..middle + 40].fill(0xa5);
            } else {
                bytes.truncate(cut);
            }
            fs::remove_file(&path).unwrap();
            fs::write(&path, bytes).unwrap();
            let placement = read(repo.path());
            assert!(!placement.coverage.is_complete(), "{kind} cut at {cut}");
        }
    }
}

#[test]
fn a_sha_256_repository_is_read_like_any_other() {
    let mut repo = Repo::new();
    fs::remove_dir_all(repo.path().join(".git")).unwrap();
    repo.git(&["init", "-q", "-b", "main", "--object-format=sha256"]);
    for round in 0..4 {
        repo.write("d/a", &format!("{}S{round};", "text\n".repeat(100)));
        repo.commit("round");
        if round == 1 {
            repo.git(&["repack", "-q", "-a", "-d"]);
        }
    }
    let placement = read(repo.path());
    assert_eq!(counts(&placement), repo.listed());
    assert!(placement.coverage.is_complete());
    assert_eq!(told(&placement, 3), [("commit", "d/a".to_owned(), Some(repo.id("HEAD")))]);
}

#[test]
fn an_empty_repository_holds_nothing() {
    let placement = read(Repo::new().path());
    assert_eq!(placement.coverage.in_scope(), 0);
    assert!(placement.places.is_empty() && placement.coverage.is_complete());
}

#[test]
fn an_extension_that_is_not_known_is_an_error() {
    let repo = sample();
    repo.git(&["config", "core.repositoryFormatVersion", "1"]);
    repo.git(&["config", "extensions.fancy", "yes"]);
    assert!(matches!(History::open(repo.path(), &Options::default()), Err(Error::Extension { .. })));
}

#[test]
fn reading_writes_nothing() {
    let repo = sample();
    let list = || {
        at(repo.path(), &["-c", "alias.l=!find . -type f -o -type d | sort | xargs ls -ld --full-time", "l"])
    };
    let before = list();
    read(repo.path());
    assert_eq!(list(), before);
}

#[test]
fn an_object_beyond_the_limit_is_unread_with_what_derives_from_it_wherever_it_stands() {
    let mut repo = Repo::new();
    let lines: String = (0..4000).map(|line| format!("line {line}\n")).collect();
    repo.write("large", &lines);
    repo.commit("one");
    repo.write("large", &format!("{lines}more\n"));
    repo.commit("two");
    let is_too_large = |repo: &Repo| {
        let mut history = History::open(repo.path(), &Options::default()).expect("it is a repository");
        history.objects.largest = 10_000;
        let (stop, marks) = (std::sync::atomic::AtomicBool::new(false), super::Marks::default());
        let scanned = history.scan(&marks, &super::Quiet, &stop);
        let placement = place(&history, scanned, &std::collections::HashMap::new(), &super::Quiet, &stop);
        assert_eq!(reasons(&placement), [("object too large", 2)]);
        assert_eq!(placement.coverage.in_scope(), repo.listed().iter().sum::<u64>());
    };
    is_too_large(&repo);
    repo.git(&["repack", "-q", "-a", "-d", "-f"]);
    is_too_large(&repo);
}
