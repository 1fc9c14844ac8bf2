//! What is staged, and what a range of commits adds, in real repositories.

use super::*;
use crate::git;
use crate::source::Error;
use crate::source::testing::{GivenTexts, Repo, git_command, git_in};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

/// The new and the old sides that were given, as `path=text`, and the coverage.
struct Sides {
    heads: Vec<String>,
    bases: Vec<String>,
    coverage: Coverage,
}

fn sides(changes: &Changes) -> Sides {
    let texts: Mutex<HashMap<ObjectId, String>> = Mutex::default();
    let sink = |blob: Blob<'_>| {
        if blob.place.kind().is_name() {
            return Ok(());
        }
        let id = blob.place.blob().expect("every side is a blob");
        let text = String::from_utf8_lossy(blob.piece.bytes).into_owned();
        let before = texts.lock().expect("no thread panicked").insert(id, text);
        assert!(before.is_none(), "a blob is given once");
        assert!(blob.place.path.is_some());
        Ok(())
    };
    let taken = || std::mem::take(&mut *texts.lock().expect("no thread panicked"));
    let mut coverage = changes.heads(&sink);
    let given = taken();
    let places = changes.head_places(&given.keys().copied().collect(), &mut coverage);
    let at = |(path, id): (&String, &ObjectId)| format!("{path}={}", given[id]);
    let each = places.iter().flat_map(|(id, places)| places.iter().map(move |(path, _)| (path, id)));
    let mut heads: Vec<String> = each.map(at).collect();
    heads.sort();
    if coverage.is_complete() {
        assert_eq!(coverage.scanned, heads.len() as u64);
    }
    let (_, places) = changes.bases(&sink);
    let given = taken();
    let each = places.iter().flat_map(|(id, places)| places.iter().map(move |(path, _)| (path, id)));
    let read = each.filter(|(_, id)| given.contains_key(*id));
    let mut bases: Vec<String> = read.map(|(path, id)| format!("{path}={}", given[id])).collect();
    bases.sort();
    Sides { heads, bases, coverage }
}

fn staged(dir: &Path) -> Sides {
    sides(&staged::open(dir, &[], None, &Options::default()).expect("the index can be compared"))
}

fn diff(repo: &Repo, range: &str) -> Result<Sides, Error> {
    diff::open(&repo.path(""), range, &Options::default()).map(|changes| sides(&changes))
}

/// A repository of several directories with one commit.
fn sample() -> Repo {
    let repo = Repo::new();
    for number in 0..30 {
        repo.write(&format!("d{}/e{}/f{number}", number % 3, number % 5), format!("old {number}").as_bytes());
    }
    repo.write("top", b"old top");
    repo.commit_all("first");
    repo
}

#[test]
fn the_index_is_compared_with_head_and_the_file_on_disk_is_not_read() {
    let repo = sample();
    repo.write("d1/e1/f1", b"staged");
    repo.write("d1/new", b"new");
    repo.git(&["add", "."]);
    repo.write("d1/e1/f1", b"on disk only");
    repo.write("top", b"on disk only");
    repo.git(&["rm", "-q", "d2/e2/f2"]);
    let Sides { heads, bases, coverage } = staged(&repo.path(""));
    assert_eq!(heads, ["d1/e1/f1=staged", "d1/new=new"]);
    assert_eq!(bases, ["d1/e1/f1=old 1", "d2/e2/f2=old 2"]);
    assert_eq!((coverage.in_scope(), coverage.bytes), (2, 9));
}

#[test]
fn nothing_staged_is_nothing_in_scope() {
    let repo = sample();
    repo.write("top", b"not staged");
    let Sides { heads, bases, coverage } = staged(&repo.path("d0"));
    assert_eq!((heads.len(), bases.len(), coverage.in_scope()), (0, 0, 0));
}

#[test]
fn on_a_branch_without_a_commit_all_is_new() {
    let repo = Repo::new();
    assert_eq!(staged(&repo.path("")).coverage.in_scope(), 0);
    repo.write("a/b", b"x");
    repo.write("c", b"y");
    repo.git(&["add", "a", "c"]);
    let Sides { heads, bases, .. } = staged(&repo.path(""));
    assert_eq!(heads, ["a/b=x", "c=y"]);
    assert!(bases.is_empty());
}

#[test]
fn whole_directories_come_and_go() {
    let repo = sample();
    repo.git(&["mv", "d0", "d3"]);
    repo.git(&["rm", "-q", "-r", "d1"]);
    repo.write("d1", b"a file where a directory stood");
    repo.git(&["rm", "-q", "top"]);
    repo.write("top/x", b"a directory where a file stood");
    repo.git(&["add", "."]);
    let Sides { heads, bases, .. } = staged(&repo.path(""));
    assert_eq!(heads.len(), 12);
    assert_eq!(bases.len(), 21);
    assert!(heads.contains(&"d1=a file where a directory stood".to_owned()));
    assert!(heads.contains(&"d3/e0/f0=old 0".to_owned()));
    assert!(bases.contains(&"d0/e0/f0=old 0".to_owned()));
}

#[test]
fn the_same_comes_with_and_without_known_trees_and_through_git_itself() {
    let repo = sample();
    repo.git(&["read-tree", "HEAD"]);
    repo.write("d1/e1/f1", b"staged");
    repo.write("d1.x", b"sorts between a directory and its files");
    repo.git(&["rm", "-q", "-r", "d2"]);
    repo.git(&["add", "."]);
    let with = staged(&repo.path(""));
    for command in [
        // Neither writes the `TREE` extension.
        &["update-index", "--split-index"][..],
        &["update-index", "--no-split-index"],
        &["update-index", "--force-remove", "none"],
        &["update-index", "--index-version", "4"],
    ] {
        repo.git(command);
        let without = staged(&repo.path(""));
        assert_eq!((&without.heads, &without.bases), (&with.heads, &with.bases), "{command:?}");
    }
    let listed =
        repo.git(&["diff-index", "--cached", "--name-only", "--no-renames", "--diff-filter=d", "HEAD"]);
    let listed = String::from_utf8(listed).expect("the names are UTF-8");
    let paths: Vec<_> = with.heads.iter().filter_map(|head| head.split('=').next()).collect();
    assert_eq!(paths, listed.lines().collect::<Vec<_>>());
}

#[test]
fn a_sparse_index_is_read() {
    let repo = sample();
    repo.git(&["sparse-checkout", "init", "--cone", "--sparse-index"]);
    repo.git(&["sparse-checkout", "set", "d0"]);
    let listed = repo.git(&["ls-files", "--stage", "--sparse"]);
    assert!(String::from_utf8_lossy(&listed).contains("040000"), "the index is sparse");
    repo.write("d0/new", b"x");
    repo.git(&["add", "d0/new"]);
    assert_eq!(staged(&repo.path("")).heads, ["d0/new=x"]);
    repo.git(&["reset", "-q", "--soft", "HEAD"]);
    repo.git(&["checkout", "-q", "--orphan", "fresh"]);
    assert_eq!(staged(&repo.path("")).heads.len(), 32, "a sparse directory stands for its files");
}

#[test]
fn modes_intents_submodules_links_and_conflicts() {
    let repo = sample();
    repo.git(&["update-index", "--chmod=+x", "top"]);
    repo.write("later", b"x");
    repo.git(&["add", "--intent-to-add", "later"]);
    let head = String::from_utf8(repo.git(&["rev-parse", "HEAD"])).expect("an id is ASCII");
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},sub", head.trim())]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("the target", repo.path("link")).expect("a link can be made");
        repo.git(&["add", "link"]);
    }
    let Sides { heads, coverage, .. } = staged(&repo.path(""));
    assert_eq!(heads, if cfg!(unix) { &["link=the target"][..] } else { &[] });
    let excluded: Vec<_> =
        coverage.excluded.iter().map(|(reason, tally)| (reason.as_str(), tally.count)).collect();
    assert_eq!(excluded, [("intent to add", 1), ("submodule", 1)]);

    let repo = sample();
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("top", b"theirs");
    repo.commit_all("theirs");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("top", b"ours");
    repo.commit_all("ours");
    let merged =
        git_command(&repo.path("")).args(["merge", "-q", "side"]).output().expect("git can be started");
    assert!(!merged.status.success(), "the merge is in conflict");
    assert_eq!(staged(&repo.path("")).heads, ["top=old top", "top=theirs"]);
}

#[test]
fn a_linked_worktree_has_its_own_index() {
    let repo = sample();
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "-q", "-b", "side", linked.to_str().expect("the test's path is UTF-8")]);
    std::fs::write(linked.join("d0/x"), b"x").expect("a file can be written");
    git_in(&linked, &["add", "."]);
    assert_eq!(staged(&linked.join("d0")).heads, ["d0/x=x"]);
    assert!(staged(&repo.path("")).heads.is_empty());
}

#[test]
fn paths_filter_what_is_staged_and_absent_ones_are_told() {
    let repo = sample();
    repo.write("d0/x", b"x");
    repo.write("d1/y", b"y");
    repo.git(&["add", "."]);
    repo.git(&["rm", "-q", "-r", "--cached", "d2/e2"]);
    let open = |dir: &str, paths: &[&str]| {
        let paths: Vec<_> = paths.iter().map(PathBuf::from).collect();
        staged::open(&repo.path(dir), &paths, None, &Options::default()).expect("the index can be compared")
    };
    let changes = open("", &["d1", "none", "d2/e2/f2", "../out"]);
    assert_eq!(sides(&changes).heads, ["d1/y=y"]);
    assert_eq!(changes.absent(), ["none", "../out"]);
    assert_eq!(sides(&open("d1", &["../d0/./x"])).heads, ["d0/x=x"]);
    assert_eq!(sides(&open("d1", &["."])).heads, ["d1/y=y"]);
    assert_eq!(sides(&open("", &["d"])).heads.len(), 0, "a path is no prefix of a name");
}

#[test]
fn named_entries_are_net_where_they_change_and_whole_where_they_do_not() {
    let repo = sample();
    repo.write("top", b"on disk only");
    repo.write("d1/e1/f1", b"new 1");
    repo.git(&["add", "d1"]);
    repo.git(&["update-index", "--chmod=+x", "d1/e4/f4"]);
    repo.git(&["mv", "d2/e2/f2", "d2/moved"]);
    let named = |paths: &[&str]| {
        let paths: Vec<_> = paths.iter().map(PathBuf::from).collect();
        staged::named(&repo.path(""), &paths, None, &Options::default()).expect("the index can be read")
    };
    let changes = named(&["top", "d0/e0", "none", "top"]);
    let Sides { heads, bases, .. } = sides(&changes);
    assert_eq!(heads, ["d0/e0/f0=old 0", "d0/e0/f15=old 15", "top=old top"]);
    assert_eq!(changes.absent(), ["none"]);
    let expected = ["d1/e1/f1=old 1", "d1/e4/f4=old 4", "d2/e2/f2=old 2"];
    assert_eq!(bases, expected, "what changes decides what is old, named or not");
    let whole = |changes: &Changes| {
        let blobs = Mutex::new(HashSet::new());
        let sink = |blob: Blob<'_>| {
            blobs.lock().expect("no thread panicked").extend([blob.place.blob()]);
            Ok(())
        };
        let mut coverage = changes.heads(&sink);
        let blobs = blobs.into_inner().expect("no thread panicked").into_iter().flatten().collect();
        let places = changes.head_places(&blobs, &mut coverage).into_values().flatten();
        places
            .filter(|(_, is_whole)| *is_whole)
            .map(|(path, _)| path)
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(whole(&changes).len(), 3);
    let changes = named(&["d1/e1/f1", "d1/e4/f4", "d2/moved", "d1/e1/f16"]);
    assert_eq!(whole(&changes).into_iter().collect::<Vec<_>>(), ["d1/e1/f16"]);
    assert_eq!(sides(&changes).heads.len(), 4);
}

#[test]
fn policy_leaves_out_and_a_missing_object_is_unread() {
    let repo = sample();
    repo.write("fixtures/key", b"x");
    repo.write("large", &[b'x'; 5000]);
    repo.write("gone", b"to be removed from the store");
    repo.write(
        "big.bin",
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 7\n", "0a".repeat(32))
            .as_bytes(),
    );
    repo.git(&["add", "."]);
    let id = String::from_utf8(repo.git(&["rev-parse", ":gone"])).expect("an id is ASCII");
    let (dir, file) = id.trim().split_at(2);
    std::fs::remove_file(repo.path(&format!(".git/objects/{dir}/{file}"))).expect("the object is loose");
    let options =
        Options { exclude: vec!["fixtures/".to_owned()], max_file_size: Some(1000), ..Options::default() };
    let changes = staged::open(&repo.path(""), &[], None, &options).expect("the index can be compared");
    let Sides { heads, coverage, .. } = sides(&changes);
    assert!(heads.is_empty());
    let told =
        |tallies: &std::collections::BTreeMap<crate::model::Reason, crate::model::Tally>| -> Vec<String> {
            tallies.iter().map(|(reason, tally)| format!("{reason}: {}", tally.examples.join(" "))).collect()
        };
    let expected = [
        "excluded by configuration: fixtures/key",
        "larger than the size limit: large",
        "lfs pointer: big.bin",
    ];
    assert_eq!(told(&coverage.excluded), expected);
    assert_eq!(told(&coverage.unread), ["missing object: gone"]);
    repo.write(&format!(".git/lfs/objects/0a/0a/{}", "0a".repeat(32)), b"content");
    let given = GivenTexts::default();
    let changes = staged::open(&repo.path(""), &[], None, &options).expect("the index can be compared");
    changes.heads(&|blob: Blob<'_>| {
        given.take(&blob);
        Ok(())
    });
    assert_eq!(given.text("big.bin"), "content");
}

#[test]
fn many_files_are_read_by_several_threads_to_the_same_end() {
    let repo = Repo::new();
    for number in 0..500 {
        repo.write(&format!("d{}/f{number}", number % 7), format!("{number}").as_bytes());
    }
    repo.git(&["add", "."]);
    let at = |threads| {
        let options = Options { threads, ..Options::default() };
        sides(&staged::open(&repo.path(""), &[], None, &options).expect("the index can be compared"))
    };
    let one = at(1);
    assert_eq!(one.heads.len(), 500);
    for threads in [2, 8] {
        let other = at(threads);
        assert_eq!((other.heads, other.coverage), (one.heads.clone(), one.coverage.clone()));
    }
}

#[test]
fn a_change_that_is_told_to_stop_says_that_it_was_interrupted() {
    static STOP: AtomicBool = AtomicBool::new(true);
    let repo = sample();
    repo.write("top", b"new");
    repo.git(&["add", "."]);
    let options = Options { stop: Some(&STOP), ..Options::default() };
    let changes = staged::open(&repo.path(""), &[], None, &options).expect("the index can be compared");
    let Sides { heads, coverage, .. } = sides(&changes);
    assert!(heads.is_empty() && coverage.interrupted && !coverage.is_complete());
}

#[test]
fn nothing_in_the_repository_is_written() {
    let repo = sample();
    repo.write("top", b"new");
    repo.git(&["add", "."]);
    let state = || {
        let mut files = Vec::new();
        let mut pending = vec![repo.path(".git")];
        while let Some(dir) = pending.pop() {
            for entry in
                std::fs::read_dir(dir).expect("it is a directory").map(|entry| entry.expect("it is listed"))
            {
                let metadata = entry.metadata().expect("it exists");
                if metadata.is_dir() {
                    pending.push(entry.path());
                } else {
                    files.push((
                        entry.path(),
                        metadata.modified().expect("there is a clock"),
                        metadata.len(),
                    ));
                }
            }
        }
        files.sort();
        files
    };
    let before = state();
    assert_eq!(staged(&repo.path("")).heads, ["top=new"]);
    diff(&repo, "HEAD").expect("the range is sound");
    assert_eq!(state(), before);
}

#[test]
fn a_range_brings_what_its_head_has_and_the_merge_base_has_not() {
    let repo = sample();
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("d0/side", b"brought");
    repo.write("top", b"brought and taken back");
    repo.commit_all("one");
    repo.git(&["rm", "-q", "d1/e1/f1"]);
    repo.write("top", b"old top");
    repo.commit_all("two");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("d0/main", b"only on main");
    repo.commit_all("three");
    for range in ["main..side", "main...side", "HEAD~0..side"] {
        let Sides { heads, bases, coverage } = diff(&repo, range).expect("the range is sound");
        assert_eq!((heads, coverage.in_scope()), (vec!["d0/side=brought".to_owned()], 1), "{range}");
        assert_eq!(bases, ["d1/e1/f1=old 1"]);
    }
    assert_eq!(diff(&repo, "side").expect("the range is sound").heads, ["d0/main=only on main"]);
    for equal in ["main", "main..main", "main~1..main~1", "main..main~1"] {
        assert_eq!(diff(&repo, equal).expect("the range is sound").coverage.in_scope(), 0, "{equal}");
    }
}

#[test]
fn a_range_that_means_nothing_is_an_error_with_a_remedy() {
    let repo = sample();
    repo.git(&["checkout", "-q", "--orphan", "alone"]);
    repo.git(&["commit", "-q", "-m", "alone"]);
    assert!(matches!(diff(&repo, "none"), Err(Error::Git(git::Error::Revision { .. }))));
    assert!(matches!(diff(&repo, "main..none"), Err(Error::Git(git::Error::Revision { .. }))));
    assert!(matches!(diff(&repo, "HEAD^{tree}"), Err(Error::Git(git::Error::Revision { .. }))));
    assert!(matches!(diff(&repo, "..main"), Err(Error::Range { .. })));
    assert!(matches!(diff(&repo, ""), Err(Error::Range { .. })));
    assert!(matches!(diff(&repo, "main..alone"), Err(Error::NoCommonAncestor { .. })));

    let repo = sample();
    repo.git(&["checkout", "-q", "-b", "side"]);
    for (branch, count) in [("side", 3), ("main", 3)] {
        repo.git(&["checkout", "-q", branch]);
        for number in 0..count {
            repo.write(&format!("{branch}{number}"), b"x");
            repo.commit_all("more");
        }
    }
    let shallow = repo.beside("shallow");
    let url = format!("file://{}", repo.path("").display());
    let to = shallow.to_str().expect("the test's path is UTF-8");
    repo.git(&["clone", "-q", "--depth", "1", "--no-single-branch", &url, to]);
    let open =
        |range: &str| diff::open(&shallow, range, &Options::default()).err().expect("history is missing");
    let error = open("origin/main..origin/side");
    assert!(matches!(error, Error::Shallow { .. }), "{error}");
    assert!(error.to_string().contains("fetch-depth: 0"));
    let error = open("HEAD~1");
    assert!(error.to_string().contains("fetch-depth: 0"), "{error}");
}

#[test]
fn blobs_that_a_partial_clone_lacks_are_unread() {
    let repo = sample();
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    repo.write("d0/new", b"x");
    repo.commit_all("second");
    let partial = repo.beside("partial");
    let url = format!("file://{}", repo.path("").display());
    let to = partial.to_str().expect("the test's path is UTF-8");
    repo.git(&["clone", "-q", "--no-checkout", "--filter=blob:none", &url, to]);
    let changes = diff::open(&partial, "HEAD~1", &Options::default()).expect("commits and trees are there");
    let Sides { heads, coverage, .. } = sides(&changes);
    assert!(heads.is_empty());
    assert_eq!(coverage.unread.get("missing object").map(|tally| tally.count), Some(1));
}

#[test]
fn a_sha_256_repository_is_read_like_any_other() {
    let repo = Repo::new();
    std::fs::remove_dir_all(repo.path(".git")).expect("the repository is there");
    repo.git(&["init", "-q", "-b", "main", "--object-format=sha256"]);
    repo.write("a", b"one");
    repo.git(&["add", "."]);
    assert_eq!(staged(&repo.path("")).heads, ["a=one"]);
    repo.commit_all("one");
    repo.write("a", b"two");
    repo.git(&["add", "."]);
    let Sides { heads, bases, .. } = staged(&repo.path(""));
    assert_eq!((heads, bases), (vec!["a=two".to_owned()], vec!["a=one".to_owned()]));
    repo.commit_all("two");
    repo.git(&["gc", "-q"]);
    assert_eq!(diff(&repo, "HEAD~1").expect("the range is sound").heads, ["a=two"]);
}

#[test]
fn trees_that_stand_for_endless_files_end_in_unread() {
    let repo = sample();
    let blob = String::from_utf8(repo.git(&["rev-parse", "HEAD:top"])).expect("an id is ASCII");
    let tree = |kind: &str, id: &str| {
        let entries: String = (0..64).map(|number| format!("{kind} {}\tn{number}\n", id.trim())).collect();
        let mut git = git_command(&repo.path(""));
        git.arg("mktree").stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut git = git.spawn().expect("git can be started");
        std::io::Write::write_all(&mut git.stdin.take().expect("it is piped"), entries.as_bytes())
            .expect("git reads its input");
        String::from_utf8(git.wait_with_output().expect("git ends").stdout).expect("an id is ASCII")
    };
    let mut id = tree("100644 blob", &blob);
    for _ in 0..9 {
        id = tree("040000 tree", &id);
    }
    let commit = String::from_utf8(repo.git(&["commit-tree", id.trim(), "-p", "HEAD", "-m", "bomb"]));
    let range = format!("HEAD..{}", commit.expect("an id is ASCII").trim());
    let Sides { heads, coverage, .. } = diff(&repo, &range).expect("the range is sound");
    assert_eq!(heads.len(), MOST_PLACES);
    assert_eq!(coverage.scanned, MOST_PLACES as u64);
    assert_eq!(coverage.unread["too many paths"].count, MOST_COUNTED + MOST_PATHS - MOST_PLACES as u64);
    // The other way round all of it is removed: nothing is in scope, and what was before is read up to the limit.
    repo.git(&["update-ref", "refs/heads/bomb", range.split("..").nth(1).expect("it has an end")]);
    repo.git(&["checkout", "-q", "--orphan", "after"]);
    let empty = String::from_utf8(repo.git(&["mktree", "--missing"])).unwrap_or_default();
    let after = repo.git(&["commit-tree", empty.trim(), "-p", "bomb", "-m", "after"]);
    let after = String::from_utf8(after).expect("an id is ASCII");
    let Sides { heads, bases, coverage } =
        diff(&repo, &format!("bomb..{}", after.trim())).expect("it is sound");
    assert_eq!((heads.len(), coverage.in_scope()), (0, 0));
    assert_eq!(bases.len(), MOST_PLACES);
}

#[test]
fn a_blob_only_beyond_the_paths_that_are_spelled_out_is_given_all_the_same() {
    let repo = sample();
    let plumb = |arguments: &[&str], input: &str| {
        let mut git = git_command(&repo.path(""));
        git.args(arguments).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut git = git.spawn().expect("git can be started");
        std::io::Write::write_all(&mut git.stdin.take().expect("it is piped"), input.as_bytes())
            .expect("git reads");
        String::from_utf8(git.wait_with_output().expect("git ends").stdout)
            .expect("an id is ASCII")
            .trim()
            .to_owned()
    };
    let blob = plumb(&["hash-object", "-w", "--stdin"], "many");
    let last = plumb(&["hash-object", "-w", "--stdin"], "last of all");
    let mut tree = plumb(&["mktree"], &format!("100644 blob {blob}\tx\n"));
    for _ in 0..8 {
        let entries: String = (0..10).map(|number| format!("040000 tree {tree}\tn{number}\n")).collect();
        tree = plumb(&["mktree"], &entries);
    }
    let root = plumb(&["mktree"], &format!("040000 tree {tree}\ta\n100644 blob {last}\tz\n"));
    let commit = plumb(&["commit-tree", &root, "-p", "HEAD", "-m", "bomb"], "");
    let Sides { coverage, .. } = diff(&repo, &format!("HEAD..{commit}")).expect("the range is sound");
    assert!(!coverage.is_complete());
    let given = GivenTexts::default();
    let changes =
        diff::open(&repo.path(""), &format!("HEAD..{commit}"), &Options::default()).expect("it is sound");
    changes.heads(&|blob: Blob<'_>| {
        given.take(&blob);
        Ok(())
    });
    assert_eq!(given.text("z"), "last of all");
}

#[test]
fn with_several_merge_bases_what_base_or_all_of_them_have_is_before() {
    let repo = Repo::new();
    let commit = |text: &str, files: &[(&str, &str)]| {
        repo.git(&["rm", "-q", "-r", "-f", "--ignore-unmatch", "."]);
        for (path, content) in files {
            repo.write(path, content.as_bytes());
        }
        repo.git(&["add", "-A"]);
        String::from_utf8(repo.git(&["write-tree"]))
            .map(|tree| (tree.trim().to_owned(), text.to_owned()))
            .expect("an id")
    };
    let commit_of = |(tree, text): (String, String), parents: &[&str]| {
        let mut arguments = vec!["commit-tree", &tree, "-m", &text];
        for parent in parents {
            arguments.extend(["-p", parent]);
        }
        String::from_utf8(repo.git(&arguments)).expect("an id is ASCII").trim().to_owned()
    };
    let root = commit_of(commit("root", &[("a", "a")]), &[]);
    let one =
        commit_of(commit("one", &[("a", "a"), ("both", "x"), ("one", "only in one"), ("f", "1")]), &[&root]);
    let two =
        commit_of(commit("two", &[("a", "a"), ("both", "x"), ("two", "only in two"), ("f", "2")]), &[&root]);
    let base = commit_of(commit("base", &[("a", "a"), ("base", "in base"), ("f", "3")]), &[&one, &two]);
    let head_files = [
        ("a", "a"),
        ("both", "x"),
        ("one", "only in one"),
        ("two", "only in two"),
        ("base", "in base"),
        ("new", "new"),
        ("f", "4"),
    ];
    let head = commit_of(commit("head", &head_files), &[&two, &one]);
    let changes =
        diff::open(&repo.path(""), &format!("{base}..{head}"), &Options::default()).expect("it is sound");
    let found = sides(&changes);
    assert_eq!(found.heads, ["f=4", "new=new", "one=only in one", "two=only in two"]);
    let (_, places) = changes.bases(&|_| Ok(()));
    let mut told: Vec<_> = places.into_values().flatten().collect();
    told.sort_by(|one, other| {
        one.0.cmp(&other.0).then_with(|| format!("{:?}", one.1).cmp(&format!("{:?}", other.1)))
    });
    let in_parts = |wanted: &str| {
        let befores = told.iter().filter(|(path, _)| path == wanted).flat_map(|(_, befores)| befores);
        befores.filter(|before| matches!(before, Before::Part { .. })).count()
    };
    assert_eq!((in_parts("one"), in_parts("two"), in_parts("f"), in_parts("new")), (1, 1, 2, 0));
    assert!(told.iter().any(|(path, befores)| path == "f" && befores.contains(&Before::Alone)));
}

#[test]
fn random_changes_are_what_git_says_they_are() {
    let mut state = 7_u32;
    let mut below = |limit: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % limit
    };
    let repo = Repo::new();
    for round in 0..25 {
        for _ in 0..12 {
            let path = match below(4) {
                0 => format!("f{}", below(6)),
                1 => format!("d{}", below(3)),
                2 => format!("d{}/f{}", below(3), below(6)),
                _ => format!("d{}/e{}/f.{}", below(3), below(3), below(3)),
            };
            let _ = git_command(&repo.path("")).args(["rm", "-r", "-f", "-q", &path]).output();
            let above = path.split('/').scan(String::new(), |above, part| {
                let here = if above.is_empty() { part.to_owned() } else { format!("{above}/{part}") };
                above.clone_from(&here);
                Some(here)
            });
            let blocked =
                above.into_iter().any(|above| repo.path(&above).is_file()) || repo.path(&path).is_dir();
            if below(3) > 0 && !blocked {
                repo.write(&path, format!("{round} {}", below(4)).as_bytes());
                repo.git(&["add", &path]);
            }
        }
        let given = staged(&repo.path(""));
        if round > 0 {
            let raw =
                repo.git(&["diff-index", "--cached", "--raw", "-z", "--no-renames", "--abbrev=40", "HEAD"]);
            let (mut heads, mut bases) = (Vec::new(), Vec::new());
            let mut fields =
                raw.split(|&byte| byte == 0).map(|field| String::from_utf8_lossy(field).into_owned());
            while let (Some(line), Some(path)) = (fields.next(), fields.next()) {
                let ids: Vec<&str> = line.split(' ').collect();
                let text = |id: &str| {
                    let none = id.bytes().all(|byte| byte == b'0');
                    (!none).then(|| {
                        format!("{path}={}", String::from_utf8_lossy(&repo.git(&["cat-file", "blob", id])))
                    })
                };
                bases.extend(text(ids[2]));
                heads.extend(text(ids[3]));
            }
            heads.sort();
            bases.sort();
            assert_eq!((given.heads, given.bases), (heads, bases), "round {round}");
        }
        if below(2) == 0 || round == 0 {
            repo.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
        }
        if below(3) == 0 {
            repo.git(&["read-tree", "HEAD"]);
            repo.git(&["reset", "-q", "--hard"]);
        }
    }
}

#[test]
fn objects_in_quarantine_and_alternates_named_by_the_environment_are_read() {
    let repo = sample();
    let quarantine = repo.beside("quarantine");
    std::fs::create_dir(&quarantine).expect("a directory can be made");
    repo.write("top", b"in quarantine");
    let environment = |command: &mut Command| {
        command
            .env("GIT_OBJECT_DIRECTORY", &quarantine)
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", repo.path(".git/objects"))
            .env("GIT_INDEX_FILE", repo.beside("index"));
    };
    for arguments in [&["read-tree", "HEAD"][..], &["add", "top"]] {
        let mut git = git_command(&repo.path(""));
        environment(&mut git);
        assert!(git.args(arguments).status().expect("git can be started").success());
    }
    let out = repo.beside("out");
    let mut program = Command::new(std::env::current_exe().expect("the test has a program"));
    environment(&mut program);
    program.current_dir(repo.path("")).env("KEYDREDGE_TEST_OUT", &out);
    program.args(["--exact", "source::changes::tests::the_hooks_side", "--ignored"]);
    let done = program.output().expect("the program can be started");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    assert_eq!(std::fs::read_to_string(&out).expect("the result was written"), "top=in quarantine");
}

/// What is run as a hook: this test program, limited to this test.
#[test]
#[ignore = "it is the hook's side of other tests"]
fn the_hooks_side() {
    let Some(out) = std::env::var_os("KEYDREDGE_TEST_OUT") else { return };
    let options = Options { environment: true, ..Options::default() };
    let changes = staged::open(Path::new("."), &[], None, &options).expect("the index can be compared");
    std::fs::write(out, sides(&changes).heads.join("\n")).expect("the result can be written");
}

#[test]
#[cfg(unix)]
fn a_hook_sees_what_the_commit_will_record() {
    use std::os::unix::fs::PermissionsExt;
    let repo = sample();
    let hook = repo.path(".git/hooks/pre-commit");
    let program = std::env::current_exe().expect("the test has a program");
    let script = format!(
        "#!/bin/sh\nexec '{}' --exact source::changes::tests::the_hooks_side --ignored >/dev/null\n",
        program.display()
    );
    repo.write(".git/hooks/pre-commit", script.as_bytes());
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).expect("a mode can be set");
    let out = repo.beside("out");
    let commit = |dir: &Path, arguments: &[&str]| {
        let _ = std::fs::remove_file(&out);
        let mut git: Command = git_command(dir);
        git.env("KEYDREDGE_TEST_OUT", &out).args(["commit", "-q", "-m", "x"]).args(arguments);
        let done = git.output().expect("git can be started");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        std::fs::read_to_string(&out).expect("the hook ran")
    };
    repo.write("top", b"by -a");
    repo.write("untracked", b"x");
    assert_eq!(commit(&repo.path(""), &["-a"]), "top=by -a");

    repo.write("d0/staged", b"not part of it");
    repo.git(&["add", "d0/staged"]);
    repo.write("top", b"by path");
    assert_eq!(commit(&repo.path("d1"), &["../top"]), "top=by path");
    assert_eq!(commit(&repo.path("d1"), &[]), "d0/staged=not part of it");

    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "-q", "-b", "side", linked.to_str().expect("the test's path is UTF-8")]);
    std::fs::write(linked.join("top"), b"in a worktree").expect("a file can be written");
    assert_eq!(commit(&linked.join("d0"), &["-a"]), "top=in a worktree");
}
