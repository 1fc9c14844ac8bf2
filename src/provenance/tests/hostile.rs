//! Small repositories made to be expensive: the work stays in proportion, and what is cut is reported.

use super::range::read_part;
use super::{Repo, read, reasons, told};
use crate::model::{ObjectId, SecretNumber};
use crate::source::history::{History, Options, Selection};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Writes an object of any bytes.
fn object(repo: &Repo, kind: &str, bytes: &[u8]) -> ObjectId {
    let mut command = repo.command(&["hash-object", "-w", "--literally", "--stdin", "-t", kind]);
    let mut git = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("git is installed");
    git.stdin.take().unwrap().write_all(bytes).unwrap();
    let output = git.wait_with_output().unwrap();
    ObjectId::from_hex(String::from_utf8(output.stdout).unwrap().trim()).unwrap()
}

fn commit(tree: ObjectId, parents: &[ObjectId], message: &str) -> String {
    let parents = parents.iter().fold(String::new(), |mut lines, parent| {
        let _ = writeln!(lines, "parent {parent}");
        lines
    });
    let person = "A <a@example.com> 1700000000 +0000";
    format!("tree {tree}\n{parents}author {person}\ncommitter {person}\n\n{message}")
}

#[test]
fn a_parent_that_is_named_many_times_is_one() {
    let mut repo = Repo::new();
    repo.write("a", "S1;");
    let first = repo.commit("one");
    repo.write("a", "S2;");
    let second = repo.commit("two");
    let tree = repo.id("HEAD^{tree}");
    let merge = object(&repo, "commit", commit(tree, &[first, second].repeat(20_000), "S3;").as_bytes());
    repo.git(&["update-ref", "refs/heads/merge", &merge.to_string()]);
    let placement = read(repo.path());
    assert_eq!(reasons(&placement), []);
    assert_eq!(told(&placement, 2), [("commit", "a".to_owned(), Some(second))]);
    assert_eq!(told(&placement, 3), [("message", String::new(), Some(merge))]);
}

#[test]
fn a_commit_with_more_parents_than_any_history_has_is_scanned_and_told() {
    let repo = Repo::new();
    let tree = object(&repo, "tree", b"");
    let mut stream = String::new();
    for at in 0..5000 {
        let _ = write!(stream, "commit refs/heads/c{at}\ncommitter A <a@example.com> {at} +0000\ndata 0\n\n");
    }
    let mut import = repo.command(&["-c", "fastimport.unpackLimit=0", "fast-import", "--quiet"]);
    let mut import = import.stdin(Stdio::piped()).spawn().unwrap();
    import.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(import.wait().unwrap().success());
    let listed = repo.git(&["for-each-ref", "--format=%(objectname)"]);
    let parents: Vec<_> = listed.lines().filter_map(ObjectId::from_hex).collect();
    let merge = object(&repo, "commit", commit(tree, &parents, "S3;").as_bytes());
    let placement = read(repo.path());
    assert_eq!(reasons(&placement), [("commit with too many parents", 1)]);
    assert_eq!(told(&placement, 3), [("message", String::new(), Some(merge))]);
    assert_eq!(placement.coverage.in_scope(), repo.listed().iter().sum::<u64>());
}

#[test]
fn many_refs_to_a_long_chain_of_tags_are_followed_once() {
    const TAGS: usize = 2000;
    const REFS: usize = 20_000;
    let mut repo = Repo::new();
    repo.write("a", "S1;");
    let first = repo.commit("one");
    let mut stream = String::new();
    let mut target = format!("from {first}");
    for at in 0..TAGS {
        let _ = write!(
            stream,
            "tag t{at}\nmark :{}\n{target}\ntagger A <a@example.com> 0 +0000\ndata 0\n\n",
            at + 1
        );
        target = format!("from :{}", at + 1);
    }
    let mut import = repo.command(&["-c", "fastimport.unpackLimit=0", "fast-import", "--quiet"]);
    let mut import = import.stdin(Stdio::piped()).spawn().unwrap();
    import.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(import.wait().unwrap().success());
    let last = repo.id(&format!("t{}", TAGS - 1));
    let refs = (0..REFS).fold(String::new(), |mut lines, at| {
        let _ = writeln!(lines, "{last} refs/tags/many/{at:05}");
        lines
    });
    fs::write(repo.path().join(".git/packed-refs"), refs).unwrap();
    let started = Instant::now();
    let placement = read(repo.path());
    // A second at most; each ref on its own, half a minute.
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    assert_eq!(reasons(&placement), []);
    let life = placement.lives.iter().find(|life| life.secret == SecretNumber(1)).unwrap();
    assert_eq!(life.history.ref_count as usize, REFS + TAGS + 2);
    let started = Instant::now();
    let selection = Selection { reachable_only: true, ..Selection::default() };
    let (seen, ..) = read_part(repo.path(), &selection);
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    assert_eq!(seen.len(), TAGS + 2);
}

#[test]
fn many_refs_to_a_tree_are_counted_and_not_listed_blob_by_blob() {
    const BLOBS: usize = 2000;
    const REFS: usize = 4000;
    let repo = Repo::new();
    for at in 0..BLOBS {
        repo.write(&format!("f{at}"), &format!("{at} S{};", at % 50));
    }
    repo.git(&["add", "-A"]);
    let tree = repo.git(&["write-tree"]);
    let refs = (0..REFS).fold(String::new(), |mut lines, at| {
        let _ = writeln!(lines, "{} refs/tags/many/{at:05}", tree.trim());
        lines
    });
    fs::write(repo.path().join(".git/packed-refs"), refs).unwrap();
    let started = Instant::now();
    let placement = read(repo.path());
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    assert_eq!(placement.places.len(), BLOBS);
    assert!(placement.places.iter().all(|placed| placed.place.presence().live == Some(true)));
    assert_eq!(placement.lives.len(), 50);
    for life in &placement.lives {
        assert_eq!(life.history.ref_count as usize, REFS);
        assert_eq!(life.history.refs.len(), 20);
        assert!(life.history.live && life.history.introduced.is_none());
    }
}

#[test]
fn of_paths_longer_than_any_system_takes_the_end_is_told() {
    const LEVELS: usize = 200;
    let repo = Repo::new();
    let secret = object(&repo, "blob", b"S1;");
    let mut below: Option<ObjectId> = None;
    for level in 0..LEVELS {
        let mut tree = Vec::new();
        if let Some(below) = below {
            tree.extend_from_slice(format!("40000 d{level}{}\0", "x".repeat(30_000)).as_bytes());
            tree.extend_from_slice(below.as_bytes());
        }
        tree.extend_from_slice(b"100644 s\0");
        tree.extend_from_slice(secret.as_bytes());
        below = Some(object(&repo, "tree", &tree));
    }
    let root = below.expect("there is a level");
    let commit = object(&repo, "commit", commit(root, &[], "").as_bytes());
    repo.git(&["update-ref", "refs/heads/main", &commit.to_string()]);
    let placement = read(repo.path());
    let paths: Vec<_> = placement.places.iter().filter_map(|placed| placed.place.path.as_deref()).collect();
    assert_eq!(paths.len(), LEVELS);
    assert!(paths.iter().all(|path| path.len() <= 4096 + 8 && (path.ends_with("x/s") || *path == "s")));
    assert!(paths.iter().filter(|path| path.starts_with('…')).count() == LEVELS - 1);
    assert!(placement.coverage.is_complete());
}

#[test]
fn files_that_claim_to_be_endless_are_not_read() {
    let repo = Repo::new();
    let lost = object(&repo, "blob", b"S1;");
    let sparse = |path: &std::path::Path, text: &[u8]| {
        let _there_may_be_none = fs::remove_file(path);
        fs::write(path, text).unwrap();
        fs::File::options().write(true).open(path).unwrap().set_len(1 << 42).unwrap();
    };
    sparse(&repo.loose(lost), b"x");
    let placement = read(repo.path());
    assert_eq!(reasons(&placement), [("object too large", 1)]);
    for file in ["packed-refs", "shallow", "objects/info/alternates", "HEAD"] {
        let repo = Repo::new();
        sparse(&repo.path().join(".git").join(file), b"ref: refs/heads/main\n");
        let opened = History::open(repo.path(), &Options::default());
        assert!(opened.is_err(), "{file}");
    }
    let repo = Repo::new();
    object(&repo, "blob", b"x");
    sparse(&repo.path().join(".git/refs/heads/main"), b"ref: refs/heads/main\n");
    assert_eq!(reasons(&read(repo.path())), [("unreadable ref", 1)]);
}

#[cfg(unix)]
#[test]
fn refs_behind_a_link_are_told() {
    let mut repo = Repo::new();
    repo.write("a", "S1;");
    repo.commit("one");
    let refs = repo.path().join(".git/refs/heads");
    std::os::unix::fs::symlink(&refs, refs.join("again")).unwrap();
    assert_eq!(reasons(&read(repo.path())), [("unreadable ref", 1)]);
}
