//! Something that is no file, or has no end, in the place of one of git's own files: each command reports it at once.

use crate::harness::{Repo, ends, github_token};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Makes something in the place of a file.
type Make = fn(&Path);

/// What may be in the place of a file.
const KINDS: [(&str, Make); 4] = [
    ("a pipe", |path| {
        assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo is there").success());
    }),
    ("a device", |path| {
        std::os::unix::fs::symlink("/dev/zero", path).expect("a link can be made");
    }),
    ("a directory", |path| fs::create_dir(path).expect("a directory can be made")),
    ("endless", |path| {
        let file = fs::File::create(path).expect("a file can be made");
        file.set_len(6 << 30).expect("it may be sparse");
    }),
];

/// Files that every command checks before it opens anything.
const EVERYWHERE: [&str; 10] = [
    "HEAD",
    "config",
    "index",
    "packed-refs",
    "shallow",
    "info/grafts",
    "objects/info/alternates",
    "objects/info/commit-graph",
    "objects/pack/multi-pack-index",
    "reftable/tables.list",
];

const COMMANDS: [&[&str]; 8] = [
    &["history", "--no-cache"],
    &["staged"],
    &["diff", "HEAD~1"],
    &["scan", "."],
    &["baseline", "check"],
    &["ignore", "list"],
    &["hook", "run"],
    &["hook", "status"],
];

/// Two commits, a linked worktree, and something staged.
fn sample() -> Repo {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    repo.write("a", "y");
    repo.commit("two");
    let linked = repo.home().join("linked");
    repo.git(&["worktree", "add", "-q", "-b", "side", linked.to_str().expect("the path is UTF-8")]);
    repo.write("b", "staged").stage();
    repo
}

/// Replaces `path` by what `make` makes.
fn replace(path: &Path, make: Make) {
    if path.is_dir() {
        fs::remove_dir_all(path).expect("it is there");
    } else {
        let _there_may_be_none = fs::remove_file(path);
    }
    fs::create_dir_all(path.parent().expect("it is in a folder")).expect("folders can be made");
    make(path);
}

#[test]
fn no_command_waits_for_what_is_in_the_place_of_a_file() {
    for file in EVERYWHERE {
        let repo = sample();
        for (kind, make) in KINDS {
            // The size of these two does not matter: git maps them, and so would we.
            if kind == "endless" && (file.ends_with("commit-graph") || file.ends_with("multi-pack-index")) {
                continue;
            }
            let path = repo.path().join(".git").join(file);
            replace(&path, make);
            // One kind is tried with all commands; the check is the same for each.
            let commands = if kind == "a pipe" { &COMMANDS[..] } else { &COMMANDS[..2] };
            for command in commands {
                let what = format!("{file} is {kind}");
                let outcome = ends(&repo, &repo.path(), command, &what).exits(2);
                let name = Path::new(file).file_name().and_then(|name| name.to_str()).expect("it is UTF-8");
                assert!(outcome.stderr.contains(name), "{what}: {}", outcome.stderr);
            }
        }
    }
}

#[test]
fn refs_worktrees_packs_and_objects_are_looked_at_before_they_are_opened() {
    for file in [
        "refs/heads/main",
        "refs/heads/side",
        "worktrees/linked/HEAD",
        "worktrees/linked",
        "idx",
        "pack",
        "loose",
    ] {
        let repo = sample();
        let git = repo.path().join(".git");
        let packed = |extension: &str| {
            repo.git(&["gc", "-q"]);
            let packs = fs::read_dir(git.join("objects/pack")).expect("it is a folder").flatten();
            let mut found = packs.map(|entry| entry.path());
            found.find(|path| path.extension().is_some_and(|end| end == extension)).expect("there is a pack")
        };
        let path = match file {
            "idx" | "pack" => packed(file),
            "loose" => {
                let blob = repo.git(&["rev-parse", ":b"]);
                git.join("objects").join(&blob[..2]).join(&blob[2..])
            }
            file => git.join(file),
        };
        for (kind, make) in KINDS {
            // A directory among the refs is one that has none.
            if kind == "a directory"
                && matches!(file, "refs/heads/main" | "refs/heads/side" | "worktrees/linked")
            {
                continue;
            }
            let what = format!("{file} is {kind}");
            replace(&path, make);
            let history = ends(&repo, &repo.path(), &["history", "--no-cache"], &what);
            assert!(matches!(history.code, 2 | 3), "{what}: {history:?}");
            let staged = ends(&repo, &repo.path(), &["staged"], &what);
            // `staged` does not read what it does not need.
            let is_needed = matches!(file, "refs/heads/main" | "idx" | "pack" | "loose");
            assert_eq!(staged.code > 0, is_needed, "{what}: {staged:?}");
            assert!(staged.code < 4, "{what}: {staged:?}");
        }
    }
}

#[test]
fn a_linked_worktree_is_looked_at_the_same_way() {
    for file in ["HEAD", "commondir", "gitdir", "index", "config.worktree"] {
        let repo = sample();
        let linked = repo.home().join("linked");
        let path = repo.path().join(".git/worktrees/linked").join(file);
        replace(&path, KINDS[0].1);
        for command in [&["staged"][..], &["history", "--no-cache"], &["hook", "run"]] {
            let outcome = ends(&repo, &linked, command, file);
            assert_eq!(outcome.code, 2, "{file}: {outcome:?}");
        }
    }
    let repo = sample();
    let dot_git = repo.home().join("linked/.git");
    fs::write(&dot_git, vec![b'x'; 100_000]).expect("it can be written");
    ends(&repo, &repo.home().join("linked"), &["staged"], "a long file").exits(2);
}

#[test]
fn a_split_index_and_what_configuration_includes_are_looked_at_too() {
    let repo = sample();
    repo.git(&["update-index", "--split-index"]);
    let entries = fs::read_dir(repo.path().join(".git")).expect("it is a folder").flatten();
    let shared =
        entries.map(|entry| entry.path()).find(|path| path.to_string_lossy().contains("sharedindex"));
    let shared = shared.expect("the index is split");
    for (kind, make) in KINDS {
        replace(&shared, make);
        ends(&repo, &repo.path(), &["staged"], kind).exits(2);
    }
    let repo = sample();
    replace(&repo.path().join(".git/more"), KINDS[0].1);
    repo.write(".git/config", "[core]\n\trepositoryformatversion = 0\n[include]\n\tpath = more\n");
    ends(&repo, &repo.path(), &["hook", "status"], "what is included is a pipe").exits(2);
    // No other command needs the included file.
    ends(&repo, &repo.path(), &["staged"], "what is included is a pipe").exits(0);
    ends(&repo, &repo.path(), &["diff", "HEAD@{1}"], "what is included is a pipe").exits(0);
}

#[test]
fn what_only_git_reads_is_not_waited_for() {
    let repo = sample();
    replace(&repo.path().join(".git/more"), KINDS[0].1);
    repo.write(".git/config", "[core]\n\trepositoryformatversion = 0\n[include]\n\tpath = more\n");
    let outcome = ends(&repo, &repo.path(), &["diff", "main@{upstream}"], "git waits for a pipe").exits(2);
    assert!(outcome.stderr.contains("git did not answer"), "{}", outcome.stderr);
}

#[test]
fn a_secret_is_found_whatever_the_alternates_are() {
    let repo = sample();
    repo.write("b", format!("TOKEN={}\n", github_token(1))).stage();
    let (one, two) = (repo.home().join("one"), repo.home().join("two"));
    for (dir, other) in [(&one, &two), (&two, &one)] {
        fs::create_dir_all(dir.join("info")).expect("folders can be made");
        let text = format!("{}\n{}\n", other.display(), repo.path().join(".git/objects").display());
        fs::write(dir.join("info/alternates"), text).expect("it can be written");
    }
    repo.write(".git/objects/info/alternates", format!("{}\n./relative\n", one.display()));
    ends(&repo, &repo.path(), &["staged"], "alternates that name each other").exits(1);
    ends(&repo, &repo.path(), &["history", "--no-cache"], "alternates that name each other").exits(1);
}

/// Runs the program in `folder` with `kilobytes` KB of address space.
#[cfg(target_os = "linux")]
fn with_memory(repo: &Repo, kilobytes: u64, arguments: &[&str], input: &[u8]) -> std::process::Output {
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "ulimit -v \"$1\"; shift; exec \"$@\"", "sh"]).arg(kilobytes.to_string());
    command.arg(crate::harness::program()).args(arguments).current_dir(repo.path());
    command.env("HOME", repo.home()).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    command.env_remove("CI").env_remove("PRE_COMMIT").env("RUST_BACKTRACE", "1");
    command.stdin(std::process::Stdio::piped());
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().expect("sh is there");
    let mut stdin = child.stdin.take().expect("it has a standard input");
    // It does not matter if not all is read: the run may end before.
    let _broken_pipe_is_fine = std::io::Write::write_all(&mut stdin, input);
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

#[cfg(target_os = "linux")]
#[test]
fn without_memory_a_run_ends_with_a_sentence_and_never_with_a_signal() {
    let repo = Repo::new();
    for at in 0..40_u64 {
        let filler = "let x = call(y);\n".repeat(2_000);
        repo.write(&format!("src/{at}.rs"), format!("// {at}\n{filler}TOKEN={}\n{filler}", github_token(at)));
    }
    repo.commit("one");
    repo.write("src/0.rs", format!("TOKEN={}\n", github_token(98)));
    repo.commit("two");
    repo.write("src/0.rs", format!("TOKEN={}\n", github_token(99))).stage();
    let large = [b"TOKEN=".as_slice(), github_token(5).as_bytes(), b"\n", &[b'x'; 3 << 20]].concat();
    // The memory needed to start, which depends on the build.
    let starts = |kilobytes: &u64| with_memory(&repo, *kilobytes, &["--version"], b"").status.success();
    let least = (8..500).map(|step| step * 1_000).find(starts).expect("some memory is enough");
    let commands: [(&[&str], &[u8]); 7] = [
        (&["scan", "src"], b""),
        (&["history", "--no-cache"], b""),
        (&["history"], b""),
        (&["staged"], b""),
        (&["diff", "HEAD~1"], b""),
        (&["scan", "-"], &large),
        (&["baseline", "write"], b""),
    ];
    for (arguments, input) in commands {
        for threads in [&[][..], &["--threads", "1"]] {
            if !threads.is_empty() && !["scan", "history"].contains(&arguments[0]) {
                continue;
            }
            let arguments = [arguments, threads].concat();
            let expected = i32::from(arguments[0] != "baseline");
            let mut codes = std::collections::BTreeSet::new();
            for more in [0, 2_000, 5_000, 10_000, 20_000, 40_000, 120_000, 400_000] {
                let output = with_memory(&repo, least + more, &arguments, input);
                let stderr = String::from_utf8_lossy(&output.stderr);
                let Some(code) = output.status.code() else {
                    panic!("{arguments:?} with {} died of {:?}: {stderr}", least + more, output.status);
                };
                let what = format!("{arguments:?} with {}: {code} {stderr}", least + more);
                // 3: not all could be read, and that is reported. 2: the job could not be done.
                assert!(code == expected || [2, 3].contains(&code), "{what}");
                if code == 2 {
                    assert!(stderr.starts_with("keydredge: "), "{what}");
                    assert!(!stderr.contains("internal error") && !stderr.contains("panicked"), "{what}");
                }
                if arguments[0] == "baseline" {
                    let path = repo.path().join("keydredge-baseline.txt");
                    let text = fs::read_to_string(&path).unwrap_or_default();
                    assert_eq!(
                        text.lines().filter(|line| !line.starts_with('#')).count() > 39,
                        code == 0,
                        "{what}"
                    );
                    let _it_may_not_be_there = fs::remove_file(&path);
                }
                codes.insert(code);
            }
            assert!(codes.contains(&expected), "{arguments:?}: {codes:?}");
        }
    }
}
