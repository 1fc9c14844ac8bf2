//! What a scan of files reads, leaves out and reports, on real trees and repositories.

use super::*;
use crate::model::Blob;
use crate::source::testing::{GivenTexts, Repo, git_in};

fn options(paths: &[PathBuf]) -> Options {
    Options { paths: paths.to_vec(), margin: 64, threads: 2, ..Options::default() }
}

fn run(options: &Options) -> (GivenTexts, Coverage) {
    let given = GivenTexts::default();
    let coverage = scan(options, &|blob: Blob<'_>| {
        given.take(&blob);
        Ok(())
    })
    .expect("the scan can start");
    let compressed = coverage.excluded.get(reason::COMPRESSED).map_or(0, |tally| tally.count);
    assert_eq!(coverage.scanned + compressed, given.paths().len() as u64);
    (given, coverage)
}

fn read(paths: &[PathBuf]) -> (GivenTexts, Coverage) {
    run(&options(paths))
}

/// The excluded or unread units as `reason: example example`.
fn told(tallies: &BTreeMap<crate::model::Reason, crate::model::Tally>) -> Vec<String> {
    tallies
        .iter()
        .map(|(reason, tally)| {
            assert!(tally.count >= tally.examples.len() as u64);
            format!("{reason}: {}", tally.examples.join(" "))
        })
        .collect()
}

#[test]
fn hidden_and_tracked_files_are_read_and_ignored_ones_counted_once() {
    let repo = Repo::new();
    repo.write(".env", b"hidden");
    repo.write("build/kept.txt", b"tracked though ignored");
    repo.write("deps/a/b.js", b"ignored");
    repo.write("deps/c.js", b"ignored");
    repo.write("src/.hidden/x", b"x");
    repo.write("src/a.log", b"ignored by the root");
    repo.write("src/keep.log", b"named again by a nearer file");
    repo.write("src/.gitignore", b"!keep.log\r\n/only-here\n");
    repo.write("src/only-here", b"ignored");
    repo.write("src/deep/only-here", b"the pattern is anchored");
    repo.write(".gitignore", b"\xef\xbb\xbfbuild/\n/deps\n*.log\n!*.sample.log\n");
    repo.git(&["add", "-f", "build/kept.txt", ".env"]);
    repo.git(&["commit", "-q", "-m", "first"]);
    repo.write("build/new.txt", b"untracked and ignored");
    repo.write("x.sample.log", b"negated");

    let (given, coverage) = read(&[repo.path("")]);
    let expected = [
        ".env",
        ".gitignore",
        "build/kept.txt",
        "src/.gitignore",
        "src/.hidden/x",
        "src/deep/only-here",
        "src/keep.log",
        "x.sample.log",
    ];
    assert_eq!(given.paths(), expected);
    assert_eq!(given.text("build/kept.txt"), "tracked though ignored");
    assert_eq!(told(&coverage.excluded), ["ignored: build/new.txt deps src/a.log src/only-here"]);
    assert_eq!(coverage.excluded_count(), 4);
    assert!(coverage.is_complete());

    let (given, coverage) = run(&Options { no_ignore: true, ..options(&[repo.path("")]) });
    assert_eq!((given.paths().len(), coverage.excluded_count()), (13, 0));
}

#[test]
fn what_git_ignores_is_what_is_ignored() {
    let repo = Repo::new();
    repo.write(
        ".gitignore",
        b"*.o\n!/lib/*.o\n/out/**\nfoo/bar/\n**/tmp\n\\#x\n a \nq?[0-9]\n/lib/sub/*\n!/lib/sub/k\n",
    );
    for path in [
        "a.o",
        "lib/a.o",
        "lib/x/a.o",
        "out/a/b",
        "foo/bar/c",
        "z/foo/bar/c",
        "tmp/a",
        "z/tmp",
        "#x",
        "qa1",
        "qab",
        "lib/sub/k",
        "lib/sub/l",
        " a",
        "z/out/a",
    ] {
        repo.write(path, b"x");
    }
    let (given, _) = read(&[repo.path("")]);
    let listed = repo.git(&["ls-files", "-z", "--others", "--exclude-standard"]);
    let mut listed: Vec<String> =
        listed.split(|&byte| byte == 0).map(|path| String::from_utf8_lossy(path).into_owned()).collect();
    listed.retain(|path| !path.is_empty());
    listed.sort();
    assert_eq!(given.paths(), listed);
}

/// Ignore files of random lines, in two directories, against git's own reading of them.
#[cfg(unix)]
#[test]
fn what_git_ignores_is_what_is_ignored_whatever_the_lines() {
    use proptest::strategy::{Strategy, ValueTree};
    let part = "(a|b|x|\\*|\\*\\*|\\?|\\[ab\\]|\\[!b-x\\]|\\[\\]x\\]|\\[|\\\\a|\\\\|\\{|\\.|#| |é)";
    let line = format!("!?/?{part}{{0,4}}(/{part}{{0,3}}){{0,2}}/? {{0,2}}");
    let lines =
        proptest::string::string_regex(&format!("({line}\r?\n){{1,6}}")).expect("the pattern is sound");
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let repo = Repo::new();
    for path in [
        "a",
        "x",
        "ab",
        "a.x",
        ".b",
        "#a",
        "é",
        "x b",
        "{",
        "[",
        "]",
        "b/a",
        "b/x/a",
        "b/x/ab",
        "b/x/b/a",
        "ax/a.x",
        "ax/b/x",
        "ax/b/.x",
        "d/a",
        "d/b/a",
        "d/b/x/a",
        "d/x",
        "d/ab",
        "d/[a",
        "xx/a b",
        "xx/ab/a",
        "xx/ab/b/a.b",
        "a b/x",
        "aa/a/a/a",
        "!a",
        "d/!x",
        "bb/\\a",
    ] {
        repo.write(path, b"x");
    }
    for _ in 0..300 {
        let mut text = || lines.new_tree(&mut runner).expect("a text can be made").current();
        let (top, below) = (text(), text());
        repo.write(".gitignore", top.as_bytes());
        repo.write("d/.gitignore", below.as_bytes());
        let listed = repo.git(&["ls-files", "-z", "--others", "--exclude-standard"]);
        let mut listed: Vec<_> = listed.split(|byte| *byte == 0).filter(|path| !path.is_empty()).collect();
        listed.sort_unstable();
        let (given, coverage) = read(&[repo.path("")]);
        assert_eq!(coverage.notes, Vec::<String>::new());
        let given = given.paths();
        let mut given: Vec<_> = given.iter().map(|path| path.as_bytes()).collect();
        given.sort_unstable();
        assert_eq!(given, listed, "{top:?} and in d {below:?}");
    }
}

#[test]
fn the_users_own_ignores_and_those_above_the_repository_have_no_say() {
    let repo = Repo::new();
    repo.write("secret.txt", b"x");
    repo.write(".git/info/exclude", b"secret.txt\n");
    std::fs::write(repo.beside(".gitignore"), b"*\n").expect("a file can be written");
    assert_eq!(read(&[repo.path("")]).0.paths(), ["secret.txt"]);
}

#[test]
fn a_named_path_is_never_excluded_and_paths_that_overlap_are_read_once() {
    let repo = Repo::new();
    repo.write(".gitignore", b"deps/\n*.log\n");
    repo.write("deps/a/x.js", b"x");
    repo.write("deps/a/x.log", b"x");
    repo.write("deps/b/y.js", b"y");
    repo.write("top.log", b"named");
    repo.write("src/m.rs", b"m");
    let paths = ["", "deps/a", "top.log", "src", "src/m.rs", "src"].map(|path| repo.path(path));
    let mut some = options(&paths);
    some.exclude = vec!["/top.log".to_owned()];
    let (given, coverage) = run(&some);
    assert_eq!(given.paths(), [".gitignore", "deps/a/x.js", "src/m.rs", "top.log"]);
    assert_eq!(told(&coverage.excluded), ["ignored: deps deps/a/x.log"]);
}

#[test]
fn configured_patterns_bind_tracked_files_too() {
    let repo = Repo::new();
    repo.write("fixtures/a/key.pem", b"x");
    repo.write("src/a.snap", b"x");
    repo.write("src/a.rs", b"x");
    repo.commit_all("first");
    let mut some = options(&[repo.path("")]);
    some.exclude = vec!["fixtures/".to_owned(), "*.snap".to_owned()];
    let (given, coverage) = run(&some);
    assert_eq!(given.paths(), ["src/a.rs"]);
    assert_eq!(told(&coverage.excluded), ["excluded by configuration: fixtures src/a.snap"]);
    some.exclude = vec!["[z-a]".to_owned()];
    assert!(matches!(scan(&some, &|_| Ok(())), Err(Error::Globs(_))));
}

#[test]
fn sub_directories_and_linked_worktrees_are_shown_from_their_root() {
    let repo = Repo::new();
    repo.write(".gitignore", b"*.log\n");
    repo.write("a/b/c.txt", b"x");
    repo.write("a/b/d.log", b"tracked");
    repo.git(&["add", "-f", "."]);
    repo.git(&["commit", "-q", "-m", "first"]);
    repo.write("a/b/e.log", b"ignored");
    let (given, coverage) = read(&[repo.path("a/b")]);
    assert_eq!(given.paths(), ["a/b/c.txt", "a/b/d.log"]);
    assert_eq!(told(&coverage.excluded), ["ignored: a/b/e.log"]);

    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "-q", "-b", "side", linked.to_str().expect("the test's path is UTF-8")]);
    assert_eq!(read(&[linked]).0.paths(), [".gitignore", "a/b/c.txt", "a/b/d.log"]);
}

#[test]
fn outside_a_repository_all_is_read_and_shown_as_given() {
    let dir = tempfile::tempdir().expect("a directory can be made");
    let at = |path: &str| dir.path().join(path);
    std::fs::create_dir_all(at("x/y")).expect("directories can be made");
    std::fs::write(at("x/.gitignore"), b"*\n").expect("a file can be written");
    std::fs::write(at("x/y/z"), b"z").expect("a file can be written");
    let (given, coverage) = read(&[at("x")]);
    let shown = |path: &str| at(path).to_string_lossy().into_owned();
    assert_eq!(given.paths(), [shown("x/.gitignore"), shown("x/y/z")]);
    assert_eq!(coverage.excluded_count(), 0);
    assert_eq!(read(&[at("x/y/z")]).0.paths(), [shown("x/y/z")]);
    assert_eq!(read(&[at("x/y/../y")]).0.paths(), [shown("x/y/../y/z")]);
}

#[test]
fn repositories_in_a_plain_directory_are_read_by_their_own_rules() {
    let repo = Repo::new();
    repo.write(".gitignore", b"*.log\n");
    repo.write("a.log", b"ignored");
    let (given, coverage) = read(&[repo.beside("")]);
    let shown = |path: &str| repo.beside("").join(path).to_string_lossy().into_owned();
    assert_eq!(given.paths(), [shown("repo/.gitignore")]);
    assert_eq!(told(&coverage.excluded), [format!("ignored: {}", shown("repo/a.log"))]);
}

#[test]
fn submodules_and_nested_repositories_are_left_out_and_told() {
    let repo = Repo::new();
    let other = Repo::new();
    other.write("inner.txt", b"x");
    other.commit_all("first");
    let url = other.path("");
    repo.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "add",
        "-q",
        url.to_str().expect("UTF-8"),
        "sub",
    ]);
    repo.write("own.txt", b"x");
    repo.write("tracked/x.txt", b"tracked before a repository appears here");
    repo.commit_all("first");
    repo.write("scratch/tree/x.txt", b"x");
    git_in(&repo.path("scratch/tree"), &["init", "-q"]);
    git_in(&repo.path("tracked"), &["init", "-q"]);
    repo.write("fake/.git/x.txt", b"no repository");
    let (given, coverage) = read(&[repo.path("")]);
    assert_eq!(given.paths(), [".gitmodules", "own.txt", "tracked/x.txt"]);
    let expected =
        ["git directory: fake/.git tracked/.git", "nested repository: scratch/tree", "submodule: sub"];
    assert_eq!(told(&coverage.excluded), expected);
    assert_eq!(read(&[repo.path("scratch/tree")]).0.paths(), ["x.txt"], "named, it is read");
    assert_eq!(read(&[repo.path("sub")]).0.paths(), ["inner.txt"]);
}

#[test]
fn lfs_objects_are_read_in_their_pointers_place() {
    let repo = Repo::new();
    let pointer = |id: &str| format!("version https://git-lfs.github.com/spec/v1\noid sha256:{id}\nsize 7\n");
    let (here, gone) = ("0a".repeat(32), "1b".repeat(32));
    repo.write("here.bin", pointer(&here).as_bytes());
    repo.write("gone.bin", pointer(&gone).as_bytes());
    repo.write(&format!(".git/lfs/objects/0a/0a/{here}"), b"content");
    let (given, coverage) = read(&[repo.path("")]);
    assert_eq!(given.paths(), ["here.bin"]);
    assert_eq!(given.text("here.bin"), "content");
    assert_eq!(told(&coverage.excluded), ["lfs pointer: gone.bin"]);
}

#[test]
fn a_size_limit_leaves_out_and_large_files_are_read_to_their_end() {
    let repo = Repo::new();
    let large: Vec<u8> = (0..20_000_000_u32).map(|at| b' ' + (at % 90) as u8).collect();
    repo.write("large", &large);
    repo.write("small", b"x");
    std::fs::File::create(repo.path("sparse"))
        .and_then(|file| file.set_len(50 << 20))
        .expect("a file can grow");
    let (given, coverage) = read(&[repo.path("")]);
    assert_eq!(given.paths(), ["large", "small", "sparse"]);
    assert!(given.text("large").as_bytes() == large);
    assert_eq!(coverage.bytes, (20_000_000 + 1 + (50 << 20)) as u64);

    let limited = Options { max_file_size: Some(1_000_000), ..options(&[repo.path("")]) };
    let (given, coverage) = run(&limited);
    assert_eq!(given.paths(), ["small"]);
    assert_eq!(told(&coverage.excluded), ["larger than the size limit: large sparse"]);
    let named = Options { paths: vec![repo.path("large")], ..limited };
    assert_eq!(run(&named).0.paths(), ["large"]);
}

#[test]
fn a_path_that_does_not_exist_is_an_error() {
    let repo = Repo::new();
    let error = scan(&options(&[repo.path("none")]), &|_| Ok(())).expect_err("the path does not exist");
    assert!(matches!(error, Error::Missing { .. }), "{error}");
}

#[test]
fn a_bare_repository_is_read_as_files_with_a_word_about_its_history() {
    let repo = Repo::new();
    repo.write("a", b"x");
    repo.commit_all("first");
    assert!(read(&[repo.path("")]).1.notes.is_empty());
    let bare = repo.beside("bare.git");
    repo.git(&["clone", "-q", "--bare", ".", bare.to_str().expect("the test's path is UTF-8")]);
    let (given, coverage) = read(&[bare]);
    assert!(given.paths().iter().any(|path| path.ends_with("bare.git/HEAD")));
    assert_eq!(coverage.excluded[reason::COMPRESSED].count, 3, "commit, tree and blob");
    assert!(matches!(coverage.notes.as_slice(), [note] if note.contains("keydredge history")));
}

#[test]
fn a_sha_256_repository_has_its_tracked_files_read() {
    let repo = Repo::new();
    std::fs::remove_dir_all(repo.path(".git")).expect("the repository is there");
    repo.git(&["init", "-q", "--object-format=sha256"]);
    repo.write("a.log", b"tracked");
    repo.write(".gitignore", b"*.log\n");
    repo.git(&["add", "-f", "."]);
    repo.write("b.log", b"ignored");
    assert_eq!(read(&[repo.path("")]).0.paths(), [".gitignore", "a.log"]);
}

#[test]
fn a_damaged_index_is_an_error_for_it_is_not_known_what_is_tracked() {
    let repo = Repo::new();
    repo.write(".git/index", b"DIRC, but not for long");
    let error = scan(&options(&[repo.path("")]), &|_| Ok(())).expect_err("the index is damaged");
    assert!(matches!(error, Error::Git(crate::git::Error::Index { .. })), "{error}");
}

#[test]
fn a_scan_that_is_told_to_stop_says_that_it_was_interrupted() {
    static STOP: AtomicBool = AtomicBool::new(true);
    let repo = Repo::new();
    repo.write("a", b"x");
    let (given, coverage) = run(&Options { stop: Some(&STOP), ..options(&[repo.path("")]) });
    assert!(given.paths().is_empty());
    assert!(coverage.interrupted && !coverage.is_complete());
}

#[test]
fn the_same_comes_at_any_number_of_threads() {
    let repo = Repo::new();
    for number in 0..300 {
        repo.write(&format!("d{}/f{number}", number % 5), format!("{number}").as_bytes());
        repo.write(&format!("d{}/f{number}.log", number % 5), b"ignored");
    }
    repo.write(".gitignore", b"*.log\n");
    let at = |threads| run(&Options { threads, ..options(&[repo.path("")]) });
    let (given, coverage) = at(1);
    for threads in [2, 8] {
        let other = at(threads);
        assert_eq!(other.0.paths(), given.paths());
        assert_eq!(other.1, coverage);
    }
}

#[cfg(unix)]
mod on_unix {
    use super::*;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_not_followed_and_fifos_and_sockets_never_opened() {
        let repo = Repo::new();
        std::fs::write(repo.beside("outside.txt"), b"x").expect("a file can be written");
        repo.write("inside.txt", b"x");
        symlink(repo.beside("outside.txt"), repo.path("out")).expect("a link can be made");
        symlink(repo.beside(""), repo.path("up")).expect("a link can be made");
        symlink("inside.txt", repo.path("in")).expect("a link can be made");
        symlink("nowhere", repo.path("dangling")).expect("a link can be made");
        let fifo = repo.path("fifo");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo can be started");
        assert!(made.success());
        let _socket =
            std::os::unix::net::UnixListener::bind(repo.path("socket")).expect("a socket can be made");
        let (given, coverage) = read(&[repo.path("")]);
        assert_eq!(given.paths(), ["dangling", "in", "inside.txt", "out", "up"]);
        assert_eq!(
            (given.text("in"), given.text("dangling")),
            ("inside.txt".to_owned(), "nowhere".to_owned())
        );
        assert_eq!(given.text("up"), repo.beside("").to_str().expect("the test's path is UTF-8"));
        assert_eq!(told(&coverage.excluded), ["fifo: fifo", "socket: socket"]);
        assert!(coverage.is_complete());

        let (_, coverage) = read(&[fifo, repo.path("inside.txt")]);
        assert_eq!((coverage.scanned, coverage.unread_count()), (1, 1), "a named one is unread");
        let (given, _) = read(&[repo.path("out"), repo.path("in")]);
        assert_eq!(given.paths().len(), 2, "a named link is followed");
        assert!(
            given.paths().iter().all(|path| path.starts_with('/')),
            "as given, since one is in no repository"
        );
        assert!(given.paths().iter().any(|path| path.ends_with("/inside.txt")));
        assert!(matches!(scan(&options(&[repo.path("dangling")]), &|_| Ok(())), Err(Error::Missing { .. })));
    }

    #[test]
    fn names_that_are_not_utf_8_are_read_matched_and_shown() {
        let repo = Repo::new();
        for name in [&b"caf\xe9"[..], b"caf\xe9.log"] {
            std::fs::write(repo.path("").join(std::ffi::OsStr::from_bytes(name)), b"x")
                .expect("a file can be written");
        }
        repo.write(".gitignore", b"*.log\nx\xe9\n");
        let (given, coverage) = read(&[repo.path("")]);
        assert_eq!(given.paths(), [".gitignore", "caf\\xe9"]);
        assert_eq!(told(&coverage.excluded), ["ignored: caf\\xe9.log"]);
    }

    #[test]
    fn a_named_path_that_cannot_be_reached_is_unread_beside_what_can() {
        let repo = Repo::new();
        repo.write("a", b"x");
        symlink("loop", repo.path("loop")).expect("a link can be made");
        let (given, coverage) = read(&[repo.path("loop"), repo.path("a")]);
        assert_eq!(given.paths(), ["a"]);
        assert_eq!((coverage.scanned, coverage.unread_count()), (1, 1));
        assert!(matches!(scan(&options(&[repo.path("a/b")]), &|_| Ok(())), Err(Error::Missing { .. })));
    }

    #[test]
    fn a_named_pipe_of_the_shell_is_unread_and_not_said_to_be_missing() {
        let mut held = std::process::Command::new("cat")
            .stdin(std::process::Stdio::piped())
            .spawn()
            .expect("cat can be started");
        let pipe = PathBuf::from(format!("/proc/{}/fd/0", held.id()));
        if pipe.exists() {
            let (_, coverage) = read(&[pipe]);
            assert_eq!((coverage.scanned, coverage.unread.contains_key("fifo")), (0, true));
        }
        drop(held.stdin.take());
        held.wait().expect("cat ends with its input");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_unread() {
        // The tests may run as root, so permissions do not help; reading this file always fails.
        let memory = Path::new("/proc/self/mem");
        if memory.exists() {
            let (_, coverage) = read(&[memory.to_owned()]);
            assert_eq!((coverage.scanned, coverage.unread_count()), (0, 1));
            assert!(!coverage.is_complete());
        }
    }
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_counted() {
    let repo = Repo::new();
    repo.write("here/a", b"a");
    repo.write("there/b", b"b");
    repo.write("there/deep/c", b"c");
    repo.git(&["add", "."]);
    repo.git(&["commit", "-qm", "x"]);
    for (index, left_out) in [("--no-sparse-index", "there/b there/deep/c"), ("--sparse-index", "there/")] {
        repo.git(&["sparse-checkout", "set", "--cone", index, "here"]);
        let (given, coverage) = read(&[repo.path("")]);
        assert_eq!(given.paths(), ["here/a"]);
        assert_eq!(told(&coverage.excluded), [format!("not checked out (sparse): {left_out}")]);
        assert!(read(&[repo.path("here")]).1.excluded.is_empty());
    }
}
