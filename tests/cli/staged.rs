//! `staged`: what `git commit` would record, from the index and never from disk.

use crate::harness::{Repo, github_token, with_submodule};
use std::fs;

#[test]
fn the_first_commit_of_a_repository_is_scanned() {
    let repo = Repo::new();
    repo.write("a.env", format!("TOKEN={}\n", github_token(1))).stage();
    let outcome = repo.run_json(&["staged"]).exits(1);
    assert_eq!(outcome.findings()[0]["occurrences"][0]["kind"], "staged");
}

#[test]
fn nothing_staged_is_clean_and_says_so() {
    let repo = Repo::new();
    let outcome = repo.run(&["staged"]).exits(0);
    assert!(outcome.stdout.contains("0 in scope"), "{}", outcome.stdout);
    repo.write("a", "x");
    repo.commit("one");
    repo.run(&["staged"]).exits(0);
}

#[test]
fn what_is_staged_counts_though_the_file_was_cleaned_on_disk() {
    let repo = Repo::new();
    repo.write("a.env", format!("TOKEN={}\n", github_token(2))).stage();
    repo.write("a.env", "TOKEN=\n");
    repo.run(&["staged"]).exits(1);
    repo.remove("a.env");
    repo.run(&["staged"]).exits(1);
}

#[test]
fn what_is_only_on_disk_does_not_count() {
    let repo = Repo::new();
    repo.write("a.env", "TOKEN=\n").stage();
    repo.write("a.env", format!("TOKEN={}\n", github_token(3)));
    repo.run(&["staged"]).exits(0);
}

#[test]
fn a_secret_that_stood_in_head_is_not_reported_again() {
    let repo = Repo::new();
    let old = github_token(4);
    repo.write("a.env", format!("TOKEN={old}\n"));
    repo.commit("one");
    repo.write("a.env", format!("# moved\n\nTOKEN={old}\nOTHER=1\n")).stage();
    repo.run(&["staged"]).exits(0);
    repo.write("a.env", format!("TOKEN={old}\nNEW={}\n", github_token(5))).stage();
    let outcome = repo.run_json(&["staged"]).exits(1);
    assert_eq!(outcome.findings().len(), 1);
    assert_eq!(outcome.findings()[0]["occurrences"][0]["line"], 2);
}

#[test]
fn moving_a_file_or_removing_a_leak_reports_nothing() {
    let repo = Repo::new();
    repo.write("a.env", format!("TOKEN={}\n", github_token(6)));
    repo.commit("one");
    repo.git(&["mv", "a.env", "b.env"]);
    repo.run(&["staged"]).exits(0);
    repo.git(&["rm", "-q", "-f", "b.env"]);
    repo.run(&["staged"]).exits(0);
}

#[test]
fn taking_away_the_allow_comment_reports_the_secret() {
    let repo = Repo::new();
    let token = github_token(7);
    repo.write("a.env", format!("TOKEN={token} # keydredge:allow\n")).stage();
    repo.run(&["staged"]).exits(0);
    repo.commit("one");
    repo.write("a.env", format!("TOKEN={token}\n")).stage();
    repo.run(&["staged"]).exits(1);
}

#[test]
fn a_linked_worktree_and_a_sub_directory_are_the_same_repository() {
    let repo = Repo::new();
    repo.write("deep/er/a", "x");
    repo.commit("one");
    repo.git(&["worktree", "add", "-q", "tree"]);
    repo.write("tree/deep/b.env", format!("TOKEN={}\n", github_token(8)));
    repo.git_in("tree", &["add", "-A"]);
    repo.run_with("tree", &["staged"], &[], b"").exits(1);
    repo.run_with("tree/deep/er", &["staged"], &[], b"").exits(1);
    repo.run(&["staged"]).exits(0);
}

#[test]
fn paths_choose_what_is_looked_at() {
    let repo = Repo::new();
    repo.write("a/x.env", format!("TOKEN={}\n", github_token(9))).write("b/y.env", "B=1\n").stage();
    repo.run(&["staged", "b"]).exits(0);
    repo.run(&["staged", "a"]).exits(1);
    repo.run_with("b", &["staged", "../a"], &[], b"").exits(1);
}

#[test]
fn a_hook_sees_the_index_that_git_made_for_it() {
    let repo = Repo::new();
    repo.write("a.env", "A=1\n").write("b.env", "B=1\n");
    repo.commit("one");
    repo.run(&["hook", "install"]).exits(0);
    repo.write("a.env", format!("A={}\n", github_token(10)));
    assert_ne!(repo.try_git(".", &["commit", "-q", "-a", "-m", "all"]).0, 0);
    assert_ne!(repo.try_git(".", &["commit", "-q", "-m", "one", "a.env"]).0, 0);
    repo.write("b.env", "B=2\n");
    let (code, _, stderr) = repo.try_git(".", &["commit", "-q", "-m", "the other", "b.env"]);
    assert_eq!(code, 0, "{stderr}");
}

#[test]
fn nothing_is_written_into_the_repository() {
    let repo = Repo::new();
    repo.write("a", "x").write("b/c", "y");
    repo.commit("one");
    repo.write("a", "z").stage();
    let listing = |repo: &Repo| {
        let output = std::process::Command::new("find")
            .args([".git", "-printf", "%p %s %T@\n"])
            .current_dir(repo.path())
            .output()
            .expect("find can be run");
        let mut lines: Vec<String> =
            String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let before = listing(&repo);
    repo.run(&["staged"]).exits(0);
    repo.run(&["scan"]).exits(0);
    repo.run(&["diff", "HEAD"]).exits(0);
    assert_eq!(before, listing(&repo));
}

#[test]
fn a_staged_submodule_is_excluded_and_said() {
    let (repo, _inner) = with_submodule();
    let outcome = repo.run_json(&["staged"]).exits(0);
    assert!(
        outcome.json()["summary"]["coverage"]["excluded"].to_string().contains("submodule"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn a_damaged_object_in_the_index_is_not_clean() {
    let repo = Repo::new();
    repo.write("a", "some content\n").stage();
    let blob = repo.git(&["rev-parse", ":a"]);
    fs::remove_file(repo.path().join(format!(".git/objects/{}/{}", &blob[..2], &blob[2..])))
        .expect("it is loose");
    repo.run(&["staged"]).exits(3);
}

#[test]
fn a_sparse_checkout_hides_nothing_that_is_staged() {
    let repo = Repo::new();
    repo.write("kept/a", "x").write("away/b.env", "B=1\n");
    repo.commit("one");
    repo.git(&["sparse-checkout", "set", "--cone", "kept"]);
    repo.run(&["staged"]).exits(0);
    repo.write("kept/a.env", format!("A={}\n", github_token(20))).stage();
    assert_eq!(repo.run_json(&["staged"]).exits(1).found()[0].1, ["kept/a.env"]);
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let (repo, _inner) = with_submodule();
    repo.commit("a submodule");
    repo.write("sub/a.env", format!("A={}\n", github_token(21)));
    repo.git_in("sub", &["add", "-A"]);
    repo.run_with("sub", &["staged"], &[], b"").exits(1);
    repo.run_with("sub", &["hook", "install"], &[], b"").exits(0);
    assert_ne!(repo.try_git("sub", &["commit", "-q", "-m", "leak"]).0, 0);
    repo.run(&["staged"]).exits(0);
}

#[test]
fn a_bare_repository_has_nothing_to_be_staged_in() {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("a");
    repo.git(&["clone", "-q", "--bare", ".", "b.git"]);
    for arguments in [&["staged"][..], &["staged", "--allow-empty"], &["hook", "run", "a"]] {
        let outcome = repo.run_with("b.git", arguments, &[], b"").exits(2);
        assert!(outcome.stderr.contains("bare repository"), "{}", outcome.stderr);
    }
    repo.run(&["staged"]).exits(0);
}
