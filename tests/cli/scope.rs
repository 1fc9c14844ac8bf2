//! `history` of a part: `--refs`, `--since`, `--reachable-only`, their receipts and their errors.

use crate::harness::{Outcome, Repo, github_token, with_submodule};
use serde_json::Value;
use std::collections::BTreeSet;

/// The paths of a report's occurrences, sorted.
fn paths(outcome: &Outcome) -> Vec<String> {
    let findings = outcome.findings();
    let of = findings.iter().flat_map(|finding| finding["occurrences"].as_array().expect("a list").clone());
    let paths: BTreeSet<String> = of.map(|one| one["path"].as_str().unwrap_or("-").to_owned()).collect();
    paths.into_iter().collect()
}

/// Asserts that the receipt counts `listed` (lines of `git rev-list --objects`) as scanned, everything else in the
/// store as excluded for `reason`, and nothing twice.
#[track_caller]
fn counts(repo: &Repo, outcome: &Outcome, listed: &str, reason: &str) {
    let ids: BTreeSet<&str> = listed.lines().filter_map(|line| line.split(' ').next()).collect();
    let all = repo.git(&["cat-file", "--batch-check=%(objectname)", "--batch-all-objects"]).lines().count();
    let coverage = &outcome.json()["summary"]["coverage"];
    let unread: u64 = coverage["unread"]
        .as_array()
        .map_or(0, |all| all.iter().filter_map(|one| one["count"].as_u64()).sum());
    assert_eq!(coverage["scanned"].as_u64(), Some(ids.len() as u64), "{coverage}");
    assert_eq!(coverage["excluded"][0]["count"].as_u64(), Some((all - ids.len()) as u64), "{coverage}");
    assert_eq!(coverage["excluded"][0]["reason"], reason, "{coverage}");
    assert_eq!(coverage["in_scope"].as_u64(), Some(all as u64 + unread), "{coverage}");
}

/// One commit on `main` tagged `v1`, one more on it, one on `topic`, and one that no ref reaches; each with a secret.
fn four() -> Repo {
    let repo = Repo::new();
    repo.write("one.env", github_token(1));
    repo.commit("one");
    repo.git(&["tag", "-a", "-m", "first", "v1"]);
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo.write("lost.env", github_token(2));
    repo.commit("lost");
    repo.git(&["reset", "-q", "--hard", "v1"]);
    repo.write("topic.env", github_token(3));
    repo.commit("topic");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("two.env", github_token(4));
    repo.commit("two");
    repo
}

#[test]
fn each_option_reads_what_it_says_and_counts_the_rest() {
    let repo = four();
    for packed in [false, true] {
        if packed {
            repo.git(&["repack", "-q", "-a", "-d", "-k"]);
        }
        assert_eq!(
            paths(&repo.run_json(&["history"]).exits(1)),
            ["lost.env", "one.env", "topic.env", "two.env"]
        );
        for (arguments, listed, reason, found) in [
            (
                &["--reachable-only"][..],
                &["--all"][..],
                "unreachable",
                &["one.env", "topic.env", "two.env"][..],
            ),
            (&["--refs", "main"], &["main"], "outside --refs", &["one.env", "two.env"]),
            (&["--refs", "HEAD"], &["HEAD"], "outside --refs", &["one.env", "two.env"]),
            (&["--refs", "v*"], &["v1"], "outside --refs", &["one.env"]),
            (
                &["--refs", "main", "--refs", "refs/heads/t*"],
                &["main", "topic"],
                "outside --refs",
                &["one.env", "topic.env", "two.env"],
            ),
            (
                &["--since", "v1", "--reachable-only"],
                &["--all", "--not", "v1"],
                "unreachable, or reachable from --since",
                &["topic.env", "two.env"],
            ),
            (
                &["--since", "v1", "--refs", "main"],
                &["main", "--not", "v1"],
                "outside --refs, or reachable from --since",
                &["two.env"],
            ),
            (
                &["--since", "main~1", "--refs", "topic"],
                &["topic", "--not", "main~1"],
                "outside --refs, or reachable from --since",
                &["topic.env"],
            ),
        ] {
            let outcome = repo.run_json(&[&["history"], arguments].concat()).exits(1);
            let listed = repo.git(&[&["rev-list", "--objects"], listed].concat());
            counts(&repo, &outcome, &listed, reason);
            assert_eq!(paths(&outcome), found, "{arguments:?}");
        }
        let outcome = repo.run_json(&["history", "--since", "v1"]).exits(1);
        assert_eq!(paths(&outcome), ["lost.env", "topic.env", "two.env"]);
    }
}

#[test]
fn a_secret_that_stood_before_the_range_is_not_new_whatever_happens_to_its_file() {
    let repo = Repo::new();
    repo.write("old.env", format!("A=1\nTOKEN={}\n", github_token(1)));
    repo.commit("one");
    repo.git(&["tag", "v1"]);
    repo.write("old.env", format!("A=2\nTOKEN={}\n", github_token(1)));
    repo.commit("edit");
    repo.git(&["mv", "old.env", "moved.env"]);
    repo.commit("rename");
    repo.write("copy.env", format!("A=3\nTOKEN={}\n", github_token(1)));
    repo.commit("copy");
    let outcome = repo.run(&["history", "--since", "v1"]).exits(0);
    assert!(outcome.stdout.contains("stood before"), "{}", outcome.stdout);
    repo.write("copy.env", format!("TOKEN={}\nOTHER={}\n", github_token(1), github_token(2)));
    let came = repo.commit("leak");
    let outcome = repo.run_json(&["history", "--since", "v1"]).exits(1);
    let findings = outcome.findings();
    assert_eq!(findings.len(), 1, "{}", outcome.stdout);
    assert_eq!(findings[0]["introduced"]["commit"], came);
    assert_eq!(findings[0]["live"], true);
    assert_eq!(findings[0]["occurrences"][0]["commit"], came);
}

#[test]
fn what_was_gone_before_the_range_and_comes_back_in_it_is_new() {
    let repo = Repo::new();
    repo.write("a.env", github_token(1));
    repo.commit("leak");
    repo.remove("a.env");
    repo.write("b", "b");
    repo.commit("clean");
    repo.git(&["tag", "v1"]);
    repo.git(&["revert", "--no-edit", "HEAD"]);
    let back = repo.git(&["rev-parse", "HEAD"]);
    let outcome = repo.run_json(&["history", "--since", "v1"]).exits(1);
    assert_eq!(outcome.findings()[0]["introduced"]["commit"], back);
    let listed = repo.git(&["rev-list", "--objects", "HEAD", "--not", "v1"]);
    let outcome = repo.run_json(&["history", "--since", "v1", "--refs", "main"]).exits(1);
    counts(&repo, &outcome, &listed, "outside --refs, or reachable from --since");
}

#[test]
fn messages_and_notes_belong_to_the_range_by_their_commits() {
    let repo = Repo::new();
    repo.write("a", "a");
    repo.commit(&format!("old {}", github_token(1)));
    repo.git(&["tag", "-a", "-m", &format!("old {}", github_token(2)), "v1"]);
    repo.write("a", "b");
    let new = repo.commit(&format!("new {}", github_token(3)));
    repo.git(&["notes", "add", "-m", &format!("noted {}", github_token(4))]);
    let outcome = repo.run_json(&["history", "--since", "v1"]).exits(1);
    let findings = outcome.findings();
    let mut kinds: Vec<&Value> = findings.iter().map(|finding| &finding["occurrences"][0]["kind"]).collect();
    kinds.sort_by_key(|kind| kind.as_str());
    assert_eq!(kinds, ["message", "note"], "{}", outcome.stdout);
    let outcome = repo.run_json(&["history", "--since", "v1", "--refs", "HEAD"]).exits(1);
    assert_eq!(outcome.findings()[0]["occurrences"][0]["commit"], new);
    assert_eq!(outcome.findings().len(), 1);
}

#[test]
fn revisions_are_read_as_git_reads_them() {
    let repo = Repo::new();
    for name in ["one", "two", "three", "four"] {
        repo.write(name, name);
        repo.commit(name);
        repo.git(&["tag", "-a", "-m", name, &format!("t-{name}")]);
    }
    let id = repo.git(&["rev-parse", "HEAD~2"]);
    let described = format!("t-one-1-g{}", &id[..10]);
    let listed = |revision: &str| repo.git(&["rev-list", "--count", "HEAD", "--not", revision]);
    for revision in [
        "HEAD~2",
        "@~2",
        "HEAD^^",
        "main~1^1",
        "HEAD~2^0",
        "main@{2}",
        "t-two",
        "refs/tags/t-two",
        "tags/t-two",
        "t-two^{commit}",
        "t-three~1",
        &id,
        &id[..8],
        &id.to_uppercase()[..9],
        &described,
        ":/tw",
    ] {
        let outcome = repo.run_json(&["history", "--since", revision, "--refs", "main"]).exits(0);
        assert_eq!(listed(revision), "2", "{revision}");
        assert_eq!(outcome.json()["summary"]["coverage"]["objects"]["commit"], 2, "{revision}");
    }
}

#[test]
fn what_cannot_be_meant_is_an_error_that_says_what_could() {
    let repo = four();
    let tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
    for (arguments, says) in [
        (&["--refs", "mian"][..], "refs/heads/main"),
        (&["--refs", "release/*"], "no ref is called `release/*`"),
        (&["--refs", "main", "--refs", "v2"], "refs/tags/v1"),
        (&["--since", "mian"], "refs/heads/main"),
        (&["--since", "0123456789012345678901234567890123456789"], "names no commit"),
        (&["--since", "HEAD~9"], "goes back further"),
        (&["--since", "HEAD^{tree}"], "names a tree or a blob"),
        (&["--since", "2024-01-31"], "looks like a date"),
        (&["--since", "2 weeks ago"], "looks like a date"),
        (&["--since", "v1..main"], "is a range"),
        (&["--since", &tree], "names a tree or a blob"),
        (&["--since", ""], "names no commit"),
    ] {
        let outcome = repo.run(&[&["history"], arguments].concat()).exits(2);
        assert!(outcome.stderr.contains(says), "{arguments:?}: {}", outcome.stderr);
    }
    // As with `diff` of equal ends, there is nothing new, and all of it was read.
    let nothing = repo.run(&["history", "--since", "main", "--refs", "main"]).exits(0);
    assert!(
        nothing.stdout.contains("0 objects") || nothing.stdout.contains("0 scanned"),
        "{}",
        nothing.stdout
    );
    let empty = Repo::new();
    empty.run(&["history", "--reachable-only"]).exits(2);
    empty.write("a.env", github_token(9)).stage();
    empty.run(&["history"]).exits(1);
    let outcome = empty.run(&["history", "--reachable-only"]).exits(2);
    assert!(outcome.stderr.contains("no ref reaches anything"), "{}", outcome.stderr);
}

#[test]
fn what_only_the_left_out_names_and_the_store_lacks_is_not_this_runs_to_find() {
    let repo = Repo::new();
    repo.write("old", "old").write("kept", "kept");
    repo.commit("one");
    let old = repo.git(&["rev-parse", "HEAD:old"]);
    let kept = repo.git(&["rev-parse", "HEAD:kept"]);
    repo.remove("old");
    repo.commit("two");
    repo.write("new", "new");
    repo.commit("three");
    let new = repo.git(&["rev-parse", "HEAD:new"]);
    let lose = |id: &str| repo.remove(&format!(".git/objects/{}/{}", &id[..2], &id[2..]));
    lose(&old);
    lose(&kept);
    repo.run(&["history"]).exits(3);
    repo.run(&["history", "--refs", "main"]).exits(3);
    repo.run(&["history", "--since", "HEAD~1"]).exits(0);
    lose(&new);
    let outcome = repo.run_json(&["history", "--since", "HEAD~1"]).exits(3);
    let unread = &outcome.json()["summary"]["coverage"]["unread"];
    assert_eq!((&unread[0]["count"], &unread[0]["examples"][0]), (&1.into(), &new.into()), "{unread}");
}

#[test]
fn what_belongs_to_it_and_cannot_be_read_is_unread() {
    for revision in ["HEAD", "HEAD^{tree}", "HEAD:a"] {
        let repo = Repo::new();
        repo.write("a", "a");
        repo.commit("one");
        repo.write("a", "b");
        repo.commit("two");
        let id = repo.git(&["rev-parse", revision]);
        let file = format!(".git/objects/{}/{}", &id[..2], &id[2..]);
        repo.remove(&file);
        repo.write(&file, "garbage");
        for arguments in [&["--refs", "main"][..], &["--reachable-only"]] {
            let outcome = repo.run(&[&["history"], arguments].concat()).exits(3);
            assert!(outcome.says(&id), "{}", outcome.stdout);
        }
        if revision == "HEAD" {
            let outcome = repo.run(&["history", "--since", &id]).exits(2);
            assert!(outcome.stderr.contains("cannot be read"), "{}", outcome.stderr);
        }
    }
}

#[test]
fn refs_that_are_not_asked_for_may_be_broken() {
    let repo = Repo::new();
    repo.write("a", "a");
    repo.commit("one");
    repo.write(".git/refs/heads/broken", "garbage\n");
    repo.write(".git/refs/heads/gone", "0123456789012345678901234567890123456789\n");
    repo.run(&["history", "--refs", "main"]).exits(0);
    repo.run(&["history", "--refs", "broken", "--refs", "main"]).exits(3);
    repo.run(&["history", "--refs", "gone"]).exits(3);
    repo.run(&["history", "--reachable-only"]).exits(3);
}

#[test]
fn clones_of_every_kind_have_parts() {
    let repo = Repo::new();
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    for version in ["one", "two", "three", "four"] {
        repo.write("a", version);
        repo.commit(version);
    }
    let clones = Repo::plain();
    let url = format!("file://{}", repo.path().display());
    clones.git(&["clone", "-q", "--depth", "2", &url, "shallow"]);
    clones.run_with("shallow", &["history"], &[], b"").exits(3);
    let outcome = clones.run_with("shallow", &["history", "--since", "HEAD~1"], &[], b"").exits(0);
    assert!(outcome.stdout.contains("shallow"), "{}", outcome.stdout);
    for beyond in ["HEAD~2", "HEAD~3", "nowhere"] {
        let outcome = clones.run_with("shallow", &["history", "--since", beyond], &[], b"").exits(2);
        assert!(outcome.stderr.contains("shallow"), "{}", outcome.stderr);
    }
    clones.git(&["clone", "-q", "--filter=blob:none", &url, "partial"]);
    clones.run_with("partial", &["history"], &[], b"").exits(3);
    clones.run_with("partial", &["history", "--since", "HEAD~1"], &[], b"").exits(0);
    clones.git(&["clone", "-q", "--shared", &url[7..], "shared"]);
    let outcome =
        clones.run_with("shared", &["history", "--since", "HEAD~2", "-f", "json"], &[], b"").exits(0);
    assert_eq!(outcome.json()["summary"]["coverage"]["objects"]["commit"], 2);
    clones.git_in("shared", &["worktree", "add", "-q", "-b", "side", "../side", "HEAD~1"]);
    let outcome = clones.run_with("side", &["history", "--refs", "HEAD", "-f", "json"], &[], b"").exits(0);
    assert_eq!(outcome.json()["summary"]["coverage"]["objects"]["commit"], 3);
}

#[test]
fn a_sha_256_repository_has_parts() {
    let repo = Repo::plain();
    repo.git(&["init", "-q", "-b", "main", "--object-format=sha256"]);
    for seed in 1..5 {
        repo.write(&format!("{seed}.env"), github_token(seed));
        repo.commit("one more");
    }
    let id = repo.git(&["rev-parse", "HEAD~1"]);
    for _ in 0..2 {
        for revision in ["HEAD~1", &id, &id[..12], "main^"] {
            let outcome = repo.run_json(&["history", "--since", revision]).exits(1);
            assert_eq!(paths(&outcome), ["4.env"], "{revision}");
            let listed = repo.git(&["rev-list", "--objects", "HEAD", "--not", revision]);
            counts(&repo, &outcome, &listed, "reachable from --since");
        }
        repo.git(&["repack", "-q", "-a", "-d"]);
    }
}

#[test]
fn submodules_of_the_range_are_counted_once() {
    let (repo, _inner) = with_submodule();
    repo.commit("a submodule");
    repo.write("a", "a");
    repo.commit("no change to it");
    let count = |arguments: &[&str]| {
        let outcome = repo.run_json(&[&["history"], arguments].concat()).exits(0);
        outcome.json()["summary"]["coverage"]["excluded"].to_string().contains("submodule")
    };
    assert!(count(&["--reachable-only"]));
    assert!(!count(&["--since", "HEAD~1"]));
}

#[test]
fn reports_do_not_depend_on_threads() {
    let repo = four();
    let mut before: Option<Value> = None;
    for threads in ["1", "2", "8"] {
        let outcome = repo.run_json(&["history", "--since", "v1", "--threads", threads]).exits(1);
        let mut report = outcome.json();
        report["summary"]["seconds"] = Value::Null;
        assert_eq!(*before.get_or_insert(report.clone()), report);
    }
}
