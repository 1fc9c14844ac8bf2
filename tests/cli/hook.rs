//! The hook: installed beside what is there, and never empty-handed under a hook framework.

use crate::harness::{Repo, github_token};

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

#[test]
fn status_tells_what_stands_there() {
    let repo = Repo::new();
    assert!(repo.run(&["hook", "status"]).exits(1).stdout.contains("not installed"));
    repo.run(&["hook", "install"]).exits(0);
    assert!(repo.run(&["hook", "status"]).exits(0).stdout.contains("installed"));
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
    for (from, to) in
        [("", commit.as_str()), (commit.as_str(), ""), (zeros, commit.as_str()), ("nope", &commit)]
    {
        let range = [("PRE_COMMIT_FROM_REF", from), ("PRE_COMMIT_TO_REF", to)];
        repo.run_with(".", &["hook", "run"], &range, b"").exits(2);
    }
}

#[test]
fn under_a_framework_an_old_secret_in_what_changes_is_no_news_and_in_what_does_not_it_is() {
    let leak = |number| format!("TOKEN={}\n", github_token(number));
    let repo = Repo::new();
    repo.write("old.env", leak(1)).write("moved.env", leak(2)).write("kept.env", leak(3)).write("b", "x");
    repo.write("mode.env", leak(4));
    repo.commit("one");
    let table: [(&str, &dyn Fn(), &[&str], i32); 9] = [
        ("an edited file", &|| drop(repo.write("old.env", format!("{}MORE=1\n", leak(1)))), &["old.env"], 0),
        ("a renamed file", &|| drop(repo.git(&["mv", "moved.env", "here.env"])), &["here.env"], 0),
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
            &|| drop(repo.git(&["update-index", "--chmod=+x", "mode.env"])),
            &["mode.env"],
            0,
        ),
        ("a new secret in an edited file", &|| drop(repo.write("old.env", leak(5))), &["old.env"], 1),
        ("a copy of what does not change", &|| drop(repo.write("copy.env", leak(3))), &["copy.env"], 1),
        ("all files, one of them edited", &|| drop(repo.write("b", "y")), &["old.env", "b"], 1),
        (
            "what is edited here and kept there",
            &|| drop(repo.write("old.env", format!("{}{}", leak(1), leak(3)))),
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
