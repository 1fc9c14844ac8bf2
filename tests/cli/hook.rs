//! The hook: installed beside existing hooks, and never without input under a hook framework.

use crate::harness::{Repo, github_token, program};
use std::path::Path;

#[test]
fn an_installed_hook_stops_a_leak_and_lets_the_rest_pass() {
    let repo = Repo::new();
    let outcome = repo.run(&["hook", "install"]).exits(0);
    assert!(outcome.stdout.contains("pre-commit"), "{}", outcome.stdout);
    repo.write("a.env", format!("TOKEN={}\n", github_token(1))).stage();
    let (code, stdout, stderr) = repo.try_git(".", &["commit", "-q", "-m", "leak"]);
    assert_ne!(code, 0);
    assert!(stdout.contains("a.env") || stderr.contains("a.env"), "{stdout}{stderr}");
    repo.write("a.env", "TOKEN=\n").stage();
    let (code, _, stderr) = repo.try_git(".", &["commit", "-q", "-m", "clean"]);
    assert_eq!(code, 0, "{stderr}");
}

#[test]
fn a_finding_takes_five_lines_and_names_the_command_that_explains_it() {
    let repo = Repo::new();
    let text = format!("\nTOKEN={}\n", github_token(1));
    repo.write("a.env", &text).write("b/it's c.env", &text).stage();
    let outcome = repo.run(&["hook", "run"]).exits(1);
    let finding: Vec<&str> = outcome.stdout.lines().take_while(|line| !line.is_empty()).collect();
    assert_eq!(finding.len(), 5, "{outcome:?}");
    assert!(finding[1].contains("a.env:2:7") && finding[1].ends_with("and 1 more place"), "{outcome:?}");
    assert!(
        finding[4].contains("keydredge explain a.env:2, or accept it: keydredge ignore add "),
        "{outcome:?}"
    );
    repo.run(&["explain", "a.env:2"]).exits(0);
    let all = repo.run(&["hook", "run", "-v"]).exits(1);
    assert!(all.says("  fingerprint  ") && !all.says("keydredge explain a.env"), "{all:?}");
    repo.git(&["rm", "-q", "--cached", "a.env"]);
    let quoted = repo.run(&["hook", "run"]).exits(1);
    assert!(quoted.says(r"keydredge explain 'b/it'\''s c.env:2'"), "{quoted:?}");
}

#[cfg(unix)]
#[test]
fn a_hook_that_was_there_still_runs_and_still_decides() {
    use std::os::unix::fs::PermissionsExt;
    let repo = Repo::new();
    repo.write(".git/hooks/pre-commit", "#!/bin/sh\ntouch ran\nexit 7\n");
    let hook = repo.path().join(".git/hooks/pre-commit");
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    repo.run(&["hook", "install"]).exits(0);
    repo.write("a", "x").stage();
    assert_ne!(repo.try_git(".", &["commit", "-q", "-m", "one"]).0, 0);
    assert!(repo.path().join("ran").exists());
    repo.run(&["hook", "remove"]).exits(0);
    assert!(std::fs::read_to_string(&hook).expect("it is back").contains("exit 7"));
}

/// A branch `side` that adds a leak, and `main`, checked out, with a later commit.
fn with_a_leak_to_merge() -> Repo {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.write("leak.env", format!("TOKEN={}\n", github_token(50)));
    repo.commit("leak");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("b", "y");
    repo.commit("two");
    repo
}

#[test]
fn an_installed_hook_stops_a_merge_that_brings_a_leak_and_lets_others_pass() {
    let repo = with_a_leak_to_merge();
    repo.git(&["branch", "clean", "side~1"]);
    repo.git(&["checkout", "-q", "clean"]);
    repo.write("c", "z");
    repo.commit("three");
    repo.git(&["checkout", "-q", "main"]);
    repo.run(&["hook", "install"]).exits(0);
    let (code, _, stderr) = repo.try_git(".", &["merge", "-q", "--no-edit", "clean"]);
    assert_eq!(code, 0, "{stderr}");
    let before = repo.git(&["rev-parse", "HEAD"]);
    for merge in [
        &["merge", "-q", "--no-edit", "side"][..],
        &["merge", "-q", "--no-ff", "--no-edit", "side"],
        &["pull", "-q", "--no-rebase", "--no-edit", ".", "side"],
    ] {
        let (code, stdout, stderr) = repo.try_git(".", merge);
        assert_ne!(code, 0, "{merge:?}");
        assert!(stdout.contains("leak.env") || stderr.contains("leak.env"), "{stdout}{stderr}");
        assert_eq!(repo.git(&["rev-parse", "HEAD"]), before);
        repo.git(&["merge", "--abort"]);
    }
    repo.run(&["hook", "remove"]).exits(0);
    assert_eq!(repo.try_git(".", &["merge", "-q", "--no-edit", "side"]).0, 0);
}

#[cfg(unix)]
#[test]
fn a_merge_hook_that_was_there_still_runs_and_still_decides() {
    let repo = with_a_leak_to_merge();
    let hook = hook(&repo, "pre-merge-commit", "#!/bin/sh\ntouch ran\nexit 7\n");
    repo.run(&["hook", "install"]).exits(0);
    assert_ne!(repo.try_git(".", &["merge", "-q", "--no-edit", "side"]).0, 0);
    assert!(repo.path().join("ran").exists());
    repo.run(&["hook", "remove"]).exits(0);
    assert!(std::fs::read_to_string(hook).expect("it is back").contains("exit 7"));
}

#[test]
fn install_and_status_say_what_no_hook_looks_at_and_that_is_true() {
    let repo = with_a_leak_to_merge();
    for command in ["install", "status"] {
        let said = repo.run(&["hook", command]).exits(0).stdout;
        for word in ["cherry-pick", "revert", "rebase", "fast-forward", "--no-verify", "push"] {
            assert!(said.contains(word), "{word}: {said}");
        }
    }
    repo.git(&["branch", "work"]);
    for bringing in [
        &["cherry-pick", "side"][..],
        &["rebase", "-q", "side"],
        &["commit", "-q", "--amend", "--no-edit", "--no-verify"],
    ] {
        repo.git(&["checkout", "-q", "-B", "work", "main"]);
        if bringing[0] == "commit" {
            repo.write("leak.env", github_token(51)).stage();
        }
        let (code, _, stderr) = repo.try_git(".", bringing);
        assert_eq!(code, 0, "git runs a hook for {bringing:?} after all: {stderr}");
        repo.run(&["diff", "main..work"]).exits(1);
    }
    // What a person commits after a conflict is scanned.
    repo.git(&["checkout", "-q", "-B", "work", "main"]);
    repo.write("leak.env", "none\n");
    repo.commit("in the way");
    assert_ne!(repo.try_git(".", &["merge", "-q", "--no-edit", "side"]).0, 0);
    repo.write("leak.env", github_token(52)).stage();
    assert_ne!(repo.try_git(".", &["commit", "-q", "--no-edit"]).0, 0);
}

/// Writes a hook; its path.
#[cfg(unix)]
fn hook(repo: &Repo, name: &str, text: &str) -> std::path::PathBuf {
    repo.write(&format!(".git/hooks/{name}"), text);
    let path = repo.path().join(".git/hooks").join(name);
    make_executable(&path);
    path
}

#[cfg(unix)]
fn make_executable(path: &Path) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(path, mode).expect("it is ours");
}

#[test]
fn status_says_that_a_hook_works_once_it_has_stopped_a_planted_secret() {
    let repo = Repo::new();
    assert!(repo.run(&["hook", "status"]).exits(1).stdout.contains("not installed"));
    repo.run(&["hook", "install"]).exits(0);
    let outcome = repo.run(&["hook", "status"]).exits(0);
    assert_eq!(outcome.stdout.matches("installed and works").count(), 2, "{}", outcome.stdout);
    let hook = repo.path().join(".git/hooks/pre-commit");
    assert!(outcome.stdout.contains(hook.to_str().expect("UTF-8")), "{}", outcome.stdout);
    assert!(!outcome.says("ghp_"), "{}", outcome.stdout);
    // The repository is as it was.
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
    assert_eq!(repo.git(&["count-objects"]), "0 objects, 0 kilobytes");
    // With a history, changes that are staged, and a program that is not on the PATH.
    repo.write("a", "x");
    repo.commit("one");
    repo.write("a", "y").stage();
    repo.run(&["hook", "status"]).exits(0);
    let path = std::env::var("PATH").unwrap_or_default();
    let outcome = repo.run_with(".", &["hook", "status"], &[("PATH", &path)], b"").exits(1);
    assert!(outcome.stdout.contains("not on the PATH"), "{}", outcome.stdout);
    let variables = [("PATH", path.as_str()), ("KEYDREDGE", program())];
    repo.run_with(".", &["hook", "status"], &variables, b"").exits(0);
}

#[cfg(unix)]
#[test]
fn status_believes_what_a_hook_does_and_not_what_it_says() {
    // Each with what is reported about it, and whether it protects.
    let table = [
        ("#!/bin/sh\nexec keydredge hook run\n", "installed and works", true),
        ("#!/bin/sh\nset -e\nkeydredge hook run -q\necho done\n", "installed and works", true),
        ("#!/bin/sh\nkeydredge hook run -f json || exit 1\n", "installed and works", true),
        // Without a `#!` line git passes it to the shell.
        ("keydredge hook run\n", "installed and works", true),
        ("#!/bin/sh\n# keydredge hook run\n", "lets a planted secret pass", false),
        ("#!/bin/sh\n# keydredge hook v0\nexit 0\n", "lets a planted secret pass", false),
        ("#!/bin/sh\nexit 0\nkeydredge hook run\n", "lets a planted secret pass", false),
        ("#!/bin/sh\nkeydredge hook run || true\n", "lets a planted secret pass", false),
        ("#!/bin/sh\nkeydredge hook run &\n", "lets a planted secret pass", false),
        ("#!/bin/sh\nif false; then keydredge hook run; fi\n", "lets a planted secret pass", false),
        ("#!/bin/sh\nkeydredge scan README >/dev/null; exit 0\n", "lets a planted secret pass", false),
        ("#!/bin/sh\nkeydredge hook run --exit-zero\n", "lets a planted secret pass", false),
        ("#!/bin/sh\ncd /; keydredge --version && exit 3\n", "not known to work", false),
        ("#!/bin/sh\necho keydredge: planted; git diff --cached; exit 1\n", "not known to work", false),
        ("#!/bin/sh\nkeydredgee hook run\n", "not known to work", false),
        ("#!/nowhere/sh\nkeydredge hook run\n", "cannot be started", false),
        ("#!/bin/sh\nmake lint\n", "another hook, which was not run", false),
    ];
    for name in ["pre-commit", "pre-merge-commit"] {
        for (text, said, protects) in table {
            let repo = Repo::new();
            repo.run(&["hook", "install"]).exits(0);
            hook(&repo, name, text);
            let outcome = repo.run(&["hook", "status"]);
            let line = outcome.stdout.lines().find(|line| line.starts_with(&format!("{name}:")));
            assert!(line.is_some_and(|line| line.contains(said)), "{text}: {}", outcome.stdout);
            // A user's hook for merges is reported and does not make the one for commits fail.
            let is_foreign = name == "pre-merge-commit" && !text.contains("keydredg");
            assert_eq!(outcome.code, i32::from(!protects && !is_foreign), "{text}: {}", outcome.stdout);
            assert!(!outcome.says("ghp_") || outcome.says("ghp_…"), "{text}: {}", outcome.stdout);
        }
    }
}

#[cfg(unix)]
#[test]
fn status_runs_no_script_that_does_not_name_keydredge() {
    let repo = Repo::new();
    let outside = tempfile::tempdir().expect("a folder can be made");
    let mark = outside.path().join("ran");
    let text = format!("#!/bin/sh\ntouch '{}'\n", mark.display());
    hook(&repo, "pre-commit", &text);
    hook(&repo, "pre-merge-commit", &text);
    repo.run(&["hook", "status"]).exits(1);
    repo.run(&["hook", "install"]).exits(0);
    let outcome = repo.run(&["hook", "status"]).exits(0);
    assert!(outcome.stdout.contains("runs first"), "{}", outcome.stdout);
    assert!(!mark.exists());
}

#[test]
fn status_tries_the_hook_with_the_settings_of_the_repository() {
    for setting in [
        "exclude = [\"*\"]\n",
        "skip = [\"github-pat-classic\"]\n",
        "fail-on = \"critical\"\n",
        "only = [\"jwt\"]\n",
    ] {
        let repo = Repo::new();
        repo.run(&["hook", "install"]).exits(0);
        repo.write("keydredge.toml", setting).stage();
        let outcome = repo.run(&["hook", "status"]);
        repo.write("leak", github_token(60)).stage();
        let (code, ..) = repo.try_git(".", &["commit", "-q", "-m", "leak"]);
        assert_eq!(outcome.code == 0, code != 0, "{setting}: {}", outcome.stdout);
        assert_eq!(outcome.stdout.contains("lets a planted secret pass"), code == 0, "{setting}");
    }
}

#[test]
fn status_says_what_decides_where_git_looks_and_what_it_passes_over() {
    let repo = Repo::new();
    repo.run(&["hook", "install"]).exits(0);
    repo.git(&["config", "core.hooksPath", ".githooks"]);
    let outcome = repo.run(&["hook", "status"]).exits(1);
    for part in ["not installed", ".githooks", "in this repository", "file:.git/config", "git does not run"] {
        assert!(outcome.stdout.contains(part), "{part}: {}", outcome.stdout);
    }
    repo.run(&["hook", "install"]).exits(0);
    repo.run(&["hook", "status"]).exits(0);
    repo.write("a.env", github_token(70)).stage();
    assert_ne!(repo.try_git(".", &["commit", "-q", "-m", "leak"]).0, 0);
    repo.git(&["config", "--unset", "core.hooksPath"]);
    // From the environment, and from the user's own configuration.
    let outside = tempfile::tempdir().expect("a folder can be made");
    let path = outside.path().to_str().expect("UTF-8");
    let set =
        [("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "core.hooksPath"), ("GIT_CONFIG_VALUE_0", path)];
    let outcome = repo.run_with(".", &["hook", "status"], &set, b"").exits(1);
    assert!(outcome.stdout.contains("the environment"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("outside this repository"), "{}", outcome.stdout);
    repo.run_with(".", &["hook", "install"], &set, b"").exits(2);
    let config = outside.path().join("gitconfig");
    std::fs::write(&config, format!("[core]\n\thooksPath = {path}/hooks\n")).expect("it can be written");
    let global = [("GIT_CONFIG_GLOBAL", config.to_str().expect("UTF-8"))];
    let outcome = repo.run_with(".", &["hook", "status"], &global, b"").exits(1);
    assert!(outcome.stdout.contains("gitconfig"), "{}", outcome.stdout);
    repo.run_with(".", &["hook", "install"], &global, b"").exits(2);
    assert!(!outside.path().join("hooks").exists());
}

#[test]
fn a_hooks_path_out_of_the_repository_is_refused_in_each_way_to_write_it() {
    let repo = Repo::new();
    repo.write("sub/a", "x");
    let home = repo.home();
    for value in ["../shared", "sub/../../shared", "~/shared", "/nowhere/shared", "~root/shared", ".."] {
        repo.git(&["config", "core.hooksPath", value]);
        for folder in [".", "sub"] {
            let home = [("HOME", home.to_str().expect("UTF-8"))];
            let outcome = repo.run_with(folder, &["hook", "install"], &home, b"").exits(2);
            assert!(outcome.stderr.contains("outside this repository"), "{value}: {}", outcome.stderr);
        }
    }
    assert!(!home.join("shared").exists());
    assert!(!repo.path().parent().expect("it is in a folder").join("shared").exists());
    // From a folder below, a path is still relative to the top.
    repo.git(&["config", "core.hooksPath", "own"]);
    repo.run_with("sub", &["hook", "install"], &[], b"").exits(0);
    assert!(repo.path().join("own/pre-commit").exists() && !repo.path().join("sub/own").exists());
    // In a bare repository, to the git directory.
    repo.commit("one");
    repo.git(&["clone", "-q", "--bare", ".", "bare.git"]);
    repo.git_in("bare.git", &["config", "core.hooksPath", "own"]);
    repo.run_with("bare.git", &["hook", "install"], &[], b"").exits(0);
    assert!(repo.path().join("bare.git/own/pre-merge-commit").exists());
    repo.git_in("bare.git", &["config", "core.hooksPath", "../own"]);
    repo.run_with("bare.git", &["hook", "install"], &[], b"").exits(2);
}

#[cfg(unix)]
#[test]
fn without_git_status_says_what_can_be_known() {
    let repo = Repo::new();
    let empty = tempfile::tempdir().expect("a folder can be made");
    let path = [("PATH", empty.path().to_str().expect("UTF-8"))];
    repo.run_with(".", &["hook", "status"], &path, b"").exits(1);
    repo.run_with(".", &["hook", "install"], &path, b"").exits(0);
    let outcome = repo.run_with(".", &["hook", "status"], &path, b"").exits(2);
    assert!(outcome.stdout.contains("no git on the PATH"), "{}", outcome.stdout);
}

#[cfg(unix)]
#[test]
fn a_hook_that_is_a_link_is_never_written_through() {
    use std::os::unix::fs::symlink;
    for name in ["pre-commit", "pre-merge-commit"] {
        let repo = Repo::new();
        let outside = tempfile::tempdir().expect("a folder can be made");
        let target = outside.path().join("shared");
        let path = repo.path().join(".git/hooks").join(name);
        std::fs::create_dir_all(repo.path().join(".git/hooks")).expect("a folder can be made");
        symlink(&target, &path).expect("a link can be made");
        let outcome = repo.run(&["hook", "install"]).exits(2);
        assert!(outcome.stderr.contains("symbolic link") && !target.exists(), "{}", outcome.stderr);
        let other = if name == "pre-commit" { "pre-merge-commit" } else { "pre-commit" };
        assert!(!repo.path().join(".git/hooks").join(other).exists(), "all or none");
        std::fs::write(&target, "#!/bin/sh\n# keydredge hook v0\nexit 0\n").expect("it can be written");
        make_executable(&target);
        repo.run(&["hook", "install"]).exits(2);
        assert!(std::fs::read_to_string(&target).expect("it is there").contains("hook v0"));
        // An existing hook is tried, link or not.
        let outcome = repo.run(&["hook", "status"]).exits(1);
        assert!(outcome.stdout.contains("a link to"), "{}", outcome.stdout);
        repo.run(&["hook", "remove"]).exits(0);
        assert!(target.exists() && path.symlink_metadata().is_err());
    }
}

#[test]
fn file_names_of_a_hook_framework_are_read_whole_though_unchanged() {
    let repo = Repo::new();
    repo.write("a.env", format!("TOKEN={}\n", github_token(2))).write("b", "x");
    repo.commit("one");
    // `pre-commit run --all-files` in CI: nothing is staged, the names are all there is.
    repo.run(&["hook", "run", "a.env", "b"]).exits(1);
    repo.run(&["hook", "run", "b"]).exits(0);
    repo.run_with(".", &["hook", "run", "a.env"], &[("PRE_COMMIT", "1")], b"").exits(1);
}

#[test]
fn file_names_that_the_index_does_not_know_are_not_clean() {
    let repo = Repo::new();
    repo.write("b", "x");
    repo.commit("one");
    repo.write("untracked.env", github_token(3));
    repo.run(&["hook", "run", "untracked.env"]).exits(2);
    repo.run(&["hook", "run", "untracked.env", "--allow-empty"]).exits(0);
}

#[test]
fn named_files_are_read_from_the_index_and_not_from_disk() {
    let repo = Repo::new();
    repo.write("a.env", format!("TOKEN={}\n", github_token(4))).stage();
    repo.write("a.env", "clean\n");
    repo.run(&["hook", "run", "a.env"]).exits(1);
}

#[test]
fn the_range_that_a_framework_names_is_what_is_scanned() {
    let repo = Repo::new();
    repo.write("a", "x");
    let from = repo.commit("one");
    repo.write("a.env", github_token(5));
    let to = repo.commit("leak");
    let range =
        [("PRE_COMMIT", "1"), ("PRE_COMMIT_FROM_REF", from.as_str()), ("PRE_COMMIT_TO_REF", to.as_str())];
    repo.run_with(".", &["hook", "run"], &range, b"").exits(1);
    let none =
        [("PRE_COMMIT", "1"), ("PRE_COMMIT_FROM_REF", to.as_str()), ("PRE_COMMIT_TO_REF", to.as_str())];
    repo.run_with(".", &["hook", "run"], &none, b"").exits(0);
}

#[cfg(unix)]
#[test]
fn a_hook_that_git_passes_over_is_not_called_installed() {
    use std::os::unix::fs::PermissionsExt;
    let repo = Repo::new();
    repo.run(&["hook", "install"]).exits(0);
    let hook = repo.path().join(".git/hooks/pre-commit");
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o644)).expect("it is ours");
    let outcome = repo.run(&["hook", "status"]).exits(1);
    assert!(outcome.stdout.contains("may not be executed"), "{}", outcome.stdout);
    repo.run(&["hook", "install"]).exits(0);
    repo.run(&["hook", "status"]).exits(0);
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_a_hook_blocks_nothing() {
    let repo = Repo::new();
    let hook = repo.path().join(".git/hooks/pre-commit");
    std::fs::create_dir_all(hook.parent().expect("it stands in a folder")).expect("a folder can be made");
    let made = std::process::Command::new("mkfifo").arg(&hook).status().expect("mkfifo is there");
    assert!(made.success());
    repo.run(&["hook", "status"]).exits(2);
    repo.run(&["hook", "install"]).exits(2);
}

#[test]
fn a_named_file_that_the_index_does_not_know_is_told_beside_others() {
    let repo = Repo::new();
    repo.write("a", "x").write("telling.env", github_token(4));
    repo.git(&["add", "a"]);
    let outcome = repo.run(&["hook", "run", "a", "telling.env"]).exits(0);
    assert!(outcome.says("telling.env"), "{}", outcome.stdout);
}

#[test]
fn a_linked_worktree_shares_the_hook_and_a_bare_repository_takes_one() {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    repo.git(&["worktree", "add", "-q", "tree"]);
    repo.run_with("tree", &["hook", "install"], &[], b"").exits(0);
    repo.run(&["hook", "status"]).exits(0);
    repo.write("tree/a.env", format!("A={}\n", github_token(40)));
    repo.git_in("tree", &["add", "-A"]);
    assert_ne!(repo.try_git("tree", &["commit", "-q", "-m", "leak"]).0, 0);
    repo.git(&["clone", "-q", "--bare", ".", "bare.git"]);
    repo.run_with("bare.git", &["hook", "install"], &[], b"").exits(0);
}

#[test]
fn a_range_that_is_half_named_or_unknown_is_not_taken_for_no_change() {
    let repo = Repo::new();
    repo.write("a", "x");
    let commit = repo.commit("one");
    let zeros = "0000000000000000000000000000000000000000";
    for (from, to) in [("", commit.as_str()), (commit.as_str(), ""), (&commit, zeros), ("nope", &commit)] {
        let range = [("PRE_COMMIT_FROM_REF", from), ("PRE_COMMIT_TO_REF", to)];
        repo.run_with(".", &["hook", "run"], &range, b"").exits(2);
    }
    // Git gives the zero id for a ref that did not exist: everything is new.
    let range = [("PRE_COMMIT_FROM_REF", zeros), ("PRE_COMMIT_TO_REF", &commit)];
    let outcome = repo.run_with(".", &["hook", "run"], &range, b"").exits(0);
    assert!(outcome.stdout.contains("1 scanned"), "{}", outcome.stdout);
}

#[test]
fn under_a_framework_an_old_secret_in_what_changes_is_no_news_and_in_what_does_not_it_is() {
    let leak = |number| format!("TOKEN={}\n", github_token(number));
    let repo = Repo::new();
    repo.write("old.env", leak(1)).write("moved.env", leak(2)).write("kept.env", leak(3)).write("b", "x");
    repo.write("mode.env", leak(4));
    repo.commit("one");
    type Row<'a> = (&'a str, &'a dyn Fn(), &'a [&'a str], i32);
    let table: [Row<'_>; 9] = [
        (
            "an edited file",
            &|| {
                repo.write("old.env", format!("{}MORE=1\n", leak(1)));
            },
            &["old.env"],
            0,
        ),
        (
            "a renamed file",
            &|| {
                repo.git(&["mv", "moved.env", "here.env"]);
            },
            &["here.env"],
            0,
        ),
        (
            "a renamed and edited file",
            &|| {
                repo.git(&["mv", "moved.env", "here.env"]);
                repo.write("here.env", format!("A=1\n{}", leak(2)));
            },
            &["here.env"],
            0,
        ),
        (
            "a secret that goes from one changed file to another",
            &|| {
                repo.write("old.env", "A=1\n").write("other.env", leak(1));
            },
            &["other.env"],
            0,
        ),
        (
            "a file whose mode alone changes",
            &|| {
                repo.git(&["update-index", "--chmod=+x", "mode.env"]);
            },
            &["mode.env"],
            0,
        ),
        (
            "a new secret in an edited file",
            &|| {
                repo.write("old.env", leak(5));
            },
            &["old.env"],
            1,
        ),
        (
            "a copy of what does not change",
            &|| {
                repo.write("copy.env", leak(3));
            },
            &["copy.env"],
            1,
        ),
        (
            "all files, one of them edited",
            &|| {
                repo.write("b", "y");
            },
            &["old.env", "b"],
            1,
        ),
        (
            "what is edited here and kept there",
            &|| {
                repo.write("old.env", format!("{}{}", leak(1), leak(3)));
            },
            &["old.env", "kept.env"],
            1,
        ),
    ];
    for (what, change, files, code) in table {
        change();
        if what != "a file whose mode alone changes" {
            repo.stage();
        }
        let plain = repo.run(&["hook", "run"]);
        let named = repo.run_with(".", &[&["hook", "run"], files].concat(), &[("PRE_COMMIT", "1")], b"");
        assert_eq!(named.code, code, "{what}: {}", named.stdout);
        if code == 0 {
            assert_eq!(plain.code, 0, "{what}: the plain hook says the same");
        }
        repo.git(&["reset", "-q", "--hard"]);
    }
}

#[test]
fn a_named_file_that_loses_what_covered_its_secret_is_reported() {
    let repo = Repo::new();
    repo.write("a.env", format!("TOKEN={} # keydredge:allow\n", github_token(1)));
    repo.commit("one");
    repo.write("a.env", format!("TOKEN={}\n", github_token(1))).stage();
    repo.run(&["hook", "run"]).exits(1);
    repo.run(&["hook", "run", "a.env"]).exits(1);
}
