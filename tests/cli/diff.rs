//! `diff`: what HEAD brings that the merge base does not have.

use crate::harness::{Repo, github_token};

#[test]
fn what_a_branch_brings_is_found_and_what_stood_before_is_not() {
    let repo = Repo::new();
    repo.write("old.env", format!("OLD={}\n", github_token(1)));
    repo.commit("one");
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo.write("old.env", format!("# edited\nOLD={}\n", github_token(1)));
    repo.commit("edit");
    repo.run(&["diff", "main"]).exits(0);
    repo.write("new.env", format!("NEW={}\n", github_token(2)));
    repo.commit("leak");
    let outcome = repo.run_json(&["diff", "main"]).exits(1);
    assert_eq!(outcome.found().len(), 1);
    assert_eq!(outcome.found()[0].1, ["new.env"]);
    assert_eq!(outcome.findings()[0]["occurrences"][0]["kind"], "diff");
    repo.run(&["diff", "main..topic"]).exits(1);
    repo.run(&["diff", "topic..main"]).exits(0);
}

#[test]
fn a_leak_that_came_and_went_on_the_branch_is_not_in_the_net_diff() {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo.write("a.env", github_token(3));
    repo.commit("leak");
    repo.remove("a.env");
    repo.commit("gone");
    repo.run(&["diff", "main"]).exits(0);
}

#[test]
fn the_base_moving_on_changes_nothing() {
    let repo = Repo::forked();
    repo.git(&["checkout", "-q", "main"]);
    repo.write("main.env", github_token(4));
    repo.commit("a leak on main");
    repo.git(&["checkout", "-q", "topic"]);
    repo.run(&["diff", "main"]).exits(0);
}

#[test]
fn deleting_a_leak_does_not_fail() {
    let repo = Repo::new();
    repo.write("a.env", format!("A={}\nB=1\n", github_token(5)));
    repo.commit("one");
    repo.write("a.env", "B=1\n");
    repo.commit("clean");
    repo.run(&["diff", "HEAD~1"]).exits(0);
}

#[test]
fn equal_ends_are_clean_and_say_so() {
    let repo = Repo::new();
    repo.write("a.env", github_token(6));
    repo.commit("one");
    let outcome = repo.run(&["diff", "HEAD"]).exits(0);
    assert!(outcome.stdout.contains("0 in scope"), "{}", outcome.stdout);
}

#[test]
fn an_unknown_revision_is_an_error_that_names_it() {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    let outcome = repo.run(&["diff", "no-such-branch"]).exits(2);
    assert!(outcome.stderr.contains("no-such-branch"), "{}", outcome.stderr);
    assert!(repo.run(&["diff", "HEAD..nope"]).exits(2).stderr.contains("nope"));
    repo.run(&["diff", "--help"]).exits(0);
}

#[test]
fn no_common_ancestor_is_an_error() {
    let repo = Repo::new();
    repo.write("a", "x");
    repo.commit("one");
    repo.git(&["checkout", "-q", "--orphan", "other"]);
    repo.write("b", "y");
    repo.commit("two");
    let outcome = repo.run(&["diff", "main"]).exits(2);
    assert!(outcome.stderr.contains("common ancestor"), "{}", outcome.stderr);
}

#[test]
fn a_shallow_clone_is_an_error_that_names_the_fix() {
    let repo = Repo::new();
    for name in ["a", "b", "c"] {
        repo.write(name, name);
        repo.commit(name);
    }
    repo.git(&["branch", "base", "HEAD~2"]);
    let clones = Repo::plain();
    let url = format!("file://{}", repo.path().display());
    clones.git(&["clone", "-q", "--depth", "1", "--no-single-branch", &url, "shallow"]);
    let outcome = clones.run_with("shallow", &["diff", "origin/base"], &[], b"").exits(2);
    assert!(outcome.stderr.contains("fetch-depth: 0"), "{}", outcome.stderr);
}

#[test]
fn a_merge_of_the_base_brings_only_what_is_new() {
    let repo = Repo::forked();
    repo.git(&["checkout", "-q", "main"]);
    repo.write("main.env", github_token(7));
    repo.commit("a leak on main");
    repo.git(&["checkout", "-q", "topic"]);
    repo.git(&["merge", "-q", "--no-edit", "main"]);
    repo.run(&["diff", "main"]).exits(0);
    repo.write("c.env", github_token(8));
    repo.commit("a leak on the topic");
    let outcome = repo.run_json(&["diff", "main"]).exits(1);
    assert_eq!(outcome.found()[0].1, ["c.env"]);
}

#[test]
fn taking_away_the_entry_that_covered_a_leak_reports_it() {
    let repo = Repo::new();
    repo.write("a.env", format!("TOKEN={}\n", github_token(9)));
    repo.run(&["baseline", "write"]).exits(0);
    repo.commit("one");
    repo.write("a.env", format!("TOKEN={}\nMORE=1\n", github_token(9)));
    repo.commit("an edit");
    repo.run(&["diff", "HEAD~1"]).exits(0);
    repo.remove("keydredge-baseline.txt");
    repo.write("a.env", format!("TOKEN={}\nMORE=2\n", github_token(9)));
    repo.commit("the baseline goes");
    repo.run(&["diff", "HEAD~1"]).exits(1);
}
