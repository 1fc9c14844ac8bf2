//! `diff`: what HEAD brings that the merge base does not have.

use crate::harness::{Repo, github_token};
use serde_json::json;

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

/// A branch `topic` on which a leak in `path` came and went again; the ids of the commits that did so.
fn came_and_went(repo: &Repo, path: &str, secret: &str) -> (String, String) {
    repo.write(path, format!("A=1\nTOKEN={secret}\n"));
    let came = repo.commit("leak");
    repo.write(path, format!("A=2\nTOKEN={secret}\n"));
    repo.commit("an edit beside it");
    repo.remove(path);
    (came, repo.commit("gone"))
}

#[test]
fn a_leak_that_came_and_went_on_the_branch_is_published_with_its_commits() {
    let repo = Repo::forked();
    let (came, went) = came_and_went(&repo, "a.env", &github_token(3));
    let outcome = repo.run_json(&["diff", "main"]).exits(1);
    let findings = outcome.findings();
    assert_eq!(findings.len(), 1, "{}", outcome.stdout);
    let places = findings[0]["occurrences"].as_array().expect("a list");
    assert_eq!(places.len(), 1, "an edit beside it introduces nothing: {places:?}");
    let place = &places[0];
    assert_eq!(
        (&place["kind"], &place["path"], &place["line"]),
        (&json!("commit"), &json!("a.env"), &json!(2))
    );
    assert_eq!((&place["commit"], &place["removed_in"]), (&json!(came), &json!(went)));
    assert_eq!((&place["live"], &findings[0]["live"]), (&json!(false), &json!(false)));
    assert_eq!(findings[0]["introduced"]["commit"], json!(came));
    assert_eq!(findings[0]["removed"]["commit"], json!(went));
    assert!(findings[0]["reasons"].to_string().contains("published with the commits"), "{findings:?}");
    repo.run(&["diff", "--net", "main"]).exits(0);
    let range = [("PRE_COMMIT_FROM_REF", "main"), ("PRE_COMMIT_TO_REF", "topic")];
    repo.run_with(".", &["hook", "run"], &range, b"").exits(1);
    assert_eq!(outcome.json()["summary"]["coverage"]["objects"]["commit"], 4, "{}", outcome.stdout);
}

#[test]
fn what_commits_do_with_a_secret_from_before_is_no_leak() {
    let repo = Repo::new();
    let line = format!("TOKEN={}\n", github_token(31));
    repo.write("old.env", &line).write("other", "x");
    repo.commit("one");
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo.write("other", "y");
    repo.commit("nothing");
    repo.write("old.env", format!("# edited\n{line}"));
    repo.commit("an edit");
    repo.git(&["mv", "old.env", "moved.env"]);
    repo.commit("a move");
    repo.write("copy.env", &line);
    repo.commit("a copy");
    repo.remove("copy.env").remove("moved.env");
    repo.commit("gone");
    repo.run(&["diff", "main"]).exits(0);
    repo.git(&["revert", "--no-edit", "HEAD"]);
    repo.run(&["diff", "main"]).exits(0);
}

#[test]
fn what_is_at_the_end_is_reported_there_alone() {
    let repo = Repo::forked();
    repo.write("first.env", format!("TOKEN={}\n", github_token(32)));
    repo.commit("leak");
    repo.git(&["mv", "first.env", "second.env"]);
    repo.commit("a move");
    let outcome = repo.run_json(&["diff", "main"]).exits(1);
    assert_eq!(outcome.found()[0].1, ["second.env"]);
    assert_eq!(outcome.findings()[0]["live"], json!(null), "{}", outcome.stdout);
}

#[test]
fn commits_of_a_merged_branch_and_of_the_base_are_told_apart() {
    let repo = Repo::forked();
    repo.git(&["checkout", "-q", "main"]);
    came_and_went(&repo, "main.env", &github_token(33));
    repo.git(&["checkout", "-q", "topic"]);
    repo.git(&["merge", "-q", "--no-edit", "main"]);
    repo.run(&["diff", "main"]).exits(0);
    repo.git(&["checkout", "-q", "-b", "side"]);
    came_and_went(&repo, "side.env", &github_token(34));
    repo.git(&["checkout", "-q", "topic"]);
    repo.git(&["merge", "-q", "--no-ff", "--no-edit", "side"]);
    let outcome = repo.run_json(&["diff", "main"]).exits(1);
    assert_eq!(outcome.found().len(), 1, "{}", outcome.stdout);
    assert_eq!(outcome.found()[0].1, ["side.env"]);
}

#[test]
fn a_leak_that_only_a_merge_commit_has_and_the_next_one_takes_away_is_found() {
    let repo = Repo::forked();
    repo.git(&["checkout", "-q", "-b", "side", "main"]);
    repo.write("c", "z");
    repo.commit("three");
    repo.git(&["checkout", "-q", "topic"]);
    repo.git(&["merge", "-q", "--no-commit", "side"]);
    repo.write("evil.env", format!("TOKEN={}\n", github_token(35)));
    let merge = repo.commit("a merge that brings more");
    repo.remove("evil.env");
    repo.commit("gone");
    let outcome = repo.run_json(&["diff", "main"]).exits(1);
    assert_eq!(outcome.findings()[0]["occurrences"][0]["commit"], json!(merge));
}

#[test]
fn messages_of_the_commits_that_enter_are_looked_at() {
    let repo = Repo::forked();
    let token = github_token(36);
    let commit = repo.commit(&format!("use {token} for now"));
    let outcome = repo.run_json(&["diff", "main"]).exits(1);
    let place = &outcome.findings()[0]["occurrences"][0];
    assert_eq!((&place["kind"], &place["commit"]), (&json!("message"), &json!(commit)));
    repo.run(&["diff", "--net", "main"]).exits(0);
    repo.run(&["diff", "topic..main"]).exits(0);
}

#[test]
fn if_nothing_was_before_all_commits_enter() {
    let repo = Repo::new();
    repo.write("keydredge.toml", "exclude = [\"a.env\"]\n");
    came_and_went(&repo, "a.env", &github_token(37));
    repo.write("b.env", format!("TOKEN={}\n", github_token(38)));
    repo.commit("another");
    for base in ["0".repeat(40), "4b825dc642cb6eb9a060e54bf8d69288fbee4904".to_owned()] {
        let outcome = repo.run_json(&["diff", &format!("{base}..main")]).exits(1);
        assert_eq!(outcome.found().len(), 2, "{}", outcome.stdout);
        assert_eq!(outcome.json()["summary"]["settings"]["files"], json!([]));
    }
}

#[test]
fn an_intermediate_version_that_cannot_be_read_is_not_clean() {
    let repo = Repo::forked();
    repo.write("a.txt", "some words\n");
    repo.commit("came");
    let blob = repo.git(&["rev-parse", "HEAD:a.txt"]);
    repo.remove("a.txt");
    repo.commit("went");
    repo.run(&["diff", "main"]).exits(0);
    std::fs::remove_file(repo.path().join(format!(".git/objects/{}/{}", &blob[..2], &blob[2..])))
        .expect("it is loose");
    let outcome = repo.run(&["diff", "main"]).exits(3);
    assert!(outcome.says("a.txt"), "{}", outcome.stdout);
    repo.run(&["diff", "--net", "main"]).exits(0);
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

#[test]
fn tokens_in_the_names_that_commits_bring_are_looked_at() {
    let repo = Repo::new();
    repo.write("a", "x\n");
    let base = repo.commit("base");
    let (on_the_way, at_the_end, person) = (github_token(31), github_token(32), github_token(33));
    repo.write(&format!("backup/{on_the_way}/db.sql"), "x\n");
    repo.write(&format!("{at_the_end}.txt"), "x\n");
    repo.commit("names");
    repo.git(&["rm", "-rq", "backup"]);
    repo.git(&["commit", "-q", "-m", "gone again", "--author", &format!("{person} <a@example.org>")]);
    let report = repo.run_json(&["diff", &base]).exits(1);
    let findings = report.findings();
    let mut kinds: Vec<_> = findings
        .iter()
        .map(|finding| {
            let places = finding["occurrences"].as_array().expect("there is a list");
            assert_eq!(places.len(), 1, "{finding}");
            (places[0]["kind"].as_str().unwrap_or_default(), !places[0]["commit"].is_null())
        })
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, [("author", true), ("path", false), ("path", true)]);
    assert_eq!(repo.run_json(&["diff", "--net", &base]).exits(1).found().len(), 1);
}
