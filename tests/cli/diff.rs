//! `diff`: what HEAD adds that the merge base does not have.

use crate::harness::{Repo, fake, github_token};
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

/// A branch `topic` on which a leak in `path` was added and removed again; the ids of these commits.
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

/// Two branches that merged each other: `main` and `topic`, whose merge bases are the commits `ours` and `theirs`.
/// Files of each commit as (path, content); the merges have exactly these files.
struct CrissCross<'a> {
    ours: &'a [(&'a str, &'a str)],
    theirs: &'a [(&'a str, &'a str)],
    main: &'a [(&'a str, &'a str)],
    topic: &'a [(&'a str, &'a str)],
}

impl CrissCross<'_> {
    /// The repository, with the merge bases in either order of time.
    fn make(&self, theirs_first: bool) -> Repo {
        let repo = Repo::new();
        let commit = |files: &[(&str, &str)], parents: &[&str]| {
            repo.git(&["rm", "-q", "-r", "-f", "--cached", "--ignore-unmatch", "."]);
            for (path, content) in files {
                repo.write(path, content).git(&["add", path]);
            }
            let tree = repo.git(&["write-tree"]);
            let mut arguments = vec!["commit-tree", "-m", "x", &tree];
            parents.iter().for_each(|parent| arguments.extend(["-p", parent]));
            repo.git(&arguments)
        };
        let root = commit(&[("a", "x")], &[]);
        let (ours, theirs) = if theirs_first {
            let theirs = commit(self.theirs, &[&root]);
            (commit(self.ours, &[&root]), theirs)
        } else {
            (commit(self.ours, &[&root]), commit(self.theirs, &[&root]))
        };
        let main = commit(self.main, &[&ours, &theirs]);
        let topic = commit(self.topic, &[&theirs, &ours]);
        repo.git(&["update-ref", "refs/heads/main", &main]);
        repo.git(&["update-ref", "refs/heads/topic", &topic]);
        repo
    }
}

#[test]
fn with_several_merge_bases_only_what_all_of_them_or_the_base_have_is_old() {
    let (leak, edited) =
        (format!("TOKEN={}\n", github_token(1)), format!("TOKEN={}\nMORE=1\n", github_token(1)));
    let (leak, edited) = (leak.as_str(), edited.as_str());
    let (with, moved, without) = ([("s", leak)], [("t", edited)], [("a", "x")]);
    for (what, ours, theirs, main, topic, code) in [
        ("one merge base has it, main dropped it", &without, &with, &without, &with, 1),
        ("the same, and the file was edited", &without, &with, &without, &moved, 1),
        ("the other one has it", &with, &without, &without, &with, 1),
        ("all of them have it", &with, &with, &without, &with, 0),
        ("all of them have it, at another path", &with, &with, &without, &moved, 0),
        ("all of them, each at its own path", &with, &moved, &without, &[("u", leak)], 0),
        ("main has it", &without, &without, &with, &with, 0),
        ("main has it at another path", &without, &without, &with, &moved, 0),
        ("nobody has it but the topic", &without, &without, &without, &with, 1),
    ] {
        let shape = CrissCross { ours, theirs, main, topic };
        for theirs_first in [false, true] {
            let repo = shape.make(theirs_first);
            assert_eq!(repo.git(&["merge-base", "--all", "main", "topic"]).lines().count(), 2);
            let outcome = repo.run(&["diff", "main..topic"]);
            assert_eq!(outcome.code, code, "{what}, {theirs_first}: {}", outcome.stdout);
        }
    }
}

/// Makes a tree with git's plumbing from entries `mode type id<TAB>name`.
fn tree(repo: &Repo, entries: &str) -> String {
    use std::io::Write;
    let mut git = std::process::Command::new("git");
    git.arg("mktree").current_dir(repo.path());
    git.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut git = git.spawn().expect("git can be run");
    git.stdin.take().expect("it is piped").write_all(entries.as_bytes()).expect("git reads");
    let output = git.wait_with_output().expect("git ends");
    String::from_utf8(output.stdout).expect("an id is ASCII").trim().to_owned()
}

/// A commit above `main` whose tree has `levels` levels of ten equal folders above `bottom`.
fn bomb(repo: &Repo, bottom: &str, levels: usize) -> String {
    let mut below = bottom.to_owned();
    for _ in 0..levels {
        let entries: String = (0..10).map(|number| format!("040000 tree {below}\td{number}\n")).collect();
        below = tree(repo, &entries);
    }
    repo.git(&["commit-tree", "-m", "bomb", "-p", "main", &below])
}

#[test]
fn a_tree_bomb_takes_as_long_as_its_objects_and_is_never_clean() {
    let repo = Repo::forked();
    repo.write("leak", format!("TOKEN={}\n", github_token(1))).write("clean", "nothing");
    let (leak, clean) = (repo.git(&["hash-object", "-w", "leak"]), repo.git(&["hash-object", "-w", "clean"]));
    let with = |files: &[(&str, &str)]| {
        tree(&repo, &files.iter().map(|(name, id)| format!("100644 blob {id}\t{name}\n")).collect::<String>())
    };
    let start = std::time::Instant::now();
    let at_bottom = bomb(&repo, &with(&[("s", &leak)]), 12);
    let outcome = repo.run_json(&["diff", &format!("main..{at_bottom}")]).exits(1);
    assert_eq!(outcome.found().len(), 1);
    assert!(outcome.json()["summary"]["coverage"]["unread"].to_string().contains("too many paths"));
    let harmless = bomb(&repo, &with(&[("s", &clean)]), 12);
    let outcome = repo.run(&["diff", &format!("main..{harmless}")]).exits(3);
    assert!(outcome.stdout.contains("too many paths"), "{}", outcome.stdout);
    // Folders without a file in them add nothing.
    let empty = bomb(&repo, &tree(&repo, ""), 12);
    repo.run(&["diff", &format!("main..{empty}")]).exits(0);
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn what_a_tree_bomb_takes_away_is_no_more_than_what_it_brings() {
    let repo = Repo::forked();
    repo.write("leak", format!("TOKEN={}\n", github_token(1))).write("clean", "nothing");
    let (leak, clean) = (repo.git(&["hash-object", "-w", "leak"]), repo.git(&["hash-object", "-w", "clean"]));
    let with = |id: &str| tree(&repo, &format!("100644 blob {id}\ts\n"));
    let start = std::time::Instant::now();
    let at_bottom = bomb(&repo, &with(&leak), 12);
    repo.git(&["update-ref", "refs/heads/bombed", &at_bottom]);
    let moved = repo.git(&["commit-tree", "-m", "moved", "-p", "bombed", &with(&leak)]);
    repo.run(&["diff", &format!("bombed..{moved}")]).exits(0);
    let pruned = repo.git(&["commit-tree", "-m", "pruned", "-p", "bombed", &with(&clean)]);
    repo.run(&["diff", &format!("bombed..{pruned}")]).exits(0);
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn a_blob_at_several_paths_is_one_finding_with_all_of_them_and_counts_for_each() {
    let repo = Repo::forked();
    let leak = format!("TOKEN={}\n", github_token(1));
    for path in ["a.env", "c/c.env", "c/d.env"] {
        repo.write(path, &leak);
    }
    repo.commit("leak");
    let outcome = repo.run_json(&["diff", "main"]).exits(1);
    assert_eq!(outcome.found()[0].1, ["a.env", "c/c.env", "c/d.env"]);
    assert_eq!(outcome.json()["summary"]["coverage"]["scanned"], 4);
    // One of them is excluded: the others still count.
    repo.git(&["checkout", "-q", "main"]);
    repo.write("keydredge.toml", "exclude = [\"/c/\"]\n");
    repo.commit("policy");
    repo.git(&["checkout", "-q", "topic"]);
    repo.git(&["merge", "-q", "--no-edit", "main"]);
    let outcome = repo.run_json(&["diff", "main"]).exits(1);
    assert_eq!(outcome.found()[0].1, ["a.env"]);
    let coverage = &outcome.json()["summary"]["coverage"];
    assert_eq!((&coverage["scanned"], &coverage["excluded"][0]["count"]), (&2.into(), &2.into()));
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

/// A file of `count` passwords that people may have chosen, each followed by `after`.
fn users(count: usize, after: &str) -> String {
    (0..count).map(|at| format!("password_{at} = \"tiger{at}x9\"{after}\n")).collect()
}

/// What covers a table: its name, how it is made, its file, and what follows each value.
type Cover<'a> = (&'a str, fn(&Repo), Option<&'a str>, &'a str);

#[test]
fn a_table_of_passwords_that_loses_what_covered_it_is_reported() {
    let (allow, count) = ("  # keydredge:allow", 300);
    let ignores: fn(&Repo) = |repo| {
        repo.run(&["ignore", "add", &fingerprint(repo), "--reason", "made up"]).exits(0);
    };
    let baseline: fn(&Repo) = |repo| {
        repo.run(&["baseline", "write"]).exits(0);
    };
    let no_cover: fn(&Repo) = |_| {};
    let covers: [Cover<'_>; 4] = [
        ("an ignore entry", ignores, Some("keydredge-ignore.toml"), ""),
        ("a baseline", baseline, Some("keydredge-baseline.txt"), ""),
        ("comments", no_cover, None, allow),
        ("nothing", no_cover, None, ""),
    ];
    for (what, cover, file, comment) in covers {
        let repo = Repo::new();
        repo.write("users.py", users(count, comment));
        repo.commit("the table");
        cover(&repo);
        repo.commit("what covers it");
        let is_covered = what != "nothing";
        // The change keeps what covers it.
        repo.write("users.py", format!("# more\n{}", users(count, comment)));
        repo.commit("an edit");
        repo.run(&["diff", "HEAD~1"]).exits(0);
        // The change removes it, and keeps the values, adds one, or drops some.
        let changes = if file.is_some() { &[count, count + 1, 200][..] } else { &[count, count + 1] };
        for &now in changes {
            repo.write("users.py", users(now, ""));
            if let Some(file) = file {
                repo.remove(file);
            }
            repo.commit("the cover goes");
            let outcome = repo.run_json(&["diff", "HEAD~1"]);
            let occurrences: usize = outcome
                .findings()
                .iter()
                .filter(|finding| finding["suppressed_by"].is_null())
                .map(|finding| finding["occurrences"].as_array().map_or(0, Vec::len))
                .sum();
            let expected = if is_covered { now } else { usize::from(now > count) };
            assert_eq!(occurrences, expected, "{what}, {now}: {}", outcome.stderr);
            assert_eq!(outcome.code, i32::from(expected > 0), "{what}, {now}");
            repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
        }
    }
}

/// The fingerprint of the one finding in a repository.
fn fingerprint(repo: &Repo) -> String {
    let findings = repo.run_json(&["scan", "."]).findings();
    assert_eq!(findings.len(), 1);
    findings[0]["fingerprint"].as_str().expect("a finding has one").to_owned()
}

#[test]
fn values_that_were_covered_one_by_one_and_become_a_table_are_reported_if_their_cover_goes() {
    let repo = Repo::new();
    repo.write("users.py", users(240, ""));
    repo.run(&["baseline", "write"]).exits(0);
    repo.commit("covered one by one");
    repo.write("users.py", users(260, ""));
    repo.commit("twenty more");
    // With the baseline, only the new ones are reported.
    let occurrences = |outcome: &crate::harness::Outcome| -> usize {
        let open = outcome.findings().into_iter().filter(|finding| finding["suppressed_by"].is_null());
        open.map(|finding| finding["occurrences"].as_array().map_or(0, Vec::len)).sum()
    };
    repo.remove("keydredge-baseline.txt");
    repo.git(&["commit", "-q", "--amend", "-a", "-m", "twenty more, and the baseline goes"]);
    let outcome = repo.run_json(&["diff", "HEAD~1"]).exits(1);
    assert_eq!(occurrences(&outcome), 260);
}

#[test]
fn a_secret_is_read_with_the_half_of_its_pair_that_was_there_before() {
    let repo = Repo::new();
    let (id, key) = (fake("AKIA{base32:16}", 4), fake("{base64:40}", 9));
    repo.write("pair.csv", format!("user,id,secret\nada,{id},\n"));
    let base = repo.commit("the id");
    // The line that the change adds has a value and nothing that says what it is.
    repo.write("pair.csv", format!("user,id,secret\nada,{id},\n{key}\n"));
    repo.commit("the key");
    let outcome = repo.run_json(&["diff", &format!("{base}..HEAD")]).exits(1);
    let found: Vec<String> = outcome.found().into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(found, ["aws-secret-access-key-beside-id"], "{}", outcome.stdout);
    repo.write("alone.csv", format!("{key}\n"));
    repo.remove("pair.csv");
    repo.commit("the key alone");
    assert_eq!(repo.run_json(&["scan", "alone.csv"]).findings(), Vec::<serde_json::Value>::new());
}

#[test]
fn swapped_ends_are_named() {
    let repo = Repo::forked();
    let text = repo.run(&["diff", "topic..main"]).exits(0).stdout;
    assert!(
        text.contains("BASE already has all that HEAD has") && text.contains("the other way round"),
        "{text}"
    );
    for range in ["main..topic", "topic..topic"] {
        assert!(!repo.run(&["diff", range]).exits(0).says("BASE already has"), "{range}");
    }
}
