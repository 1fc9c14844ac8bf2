//! `audit`: many repositories, by workers, as one answer.

use crate::harness::{Outcome, Repo, fake, formats, github_token, program};
use crate::providers::{Asked, Providers, Reply};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Makes a bare repository in a folder, with a commit for each of these contents of `a.env`.
fn bare(path: &Path, day: i64, contents: &[String]) {
    let repository = git2::Repository::init_bare(path).expect("a repository can be made");
    let mut parent: Option<git2::Oid> = None;
    for (at, content) in (0..).zip(contents) {
        let blob = repository.blob(content.as_bytes()).expect("a blob can be written");
        let mut tree = repository.treebuilder(None).expect("a tree can be built");
        tree.insert("a.env", blob, 0o100_644).expect("the name is sound");
        let tree = tree.write().expect("a tree can be written");
        let tree = repository.find_tree(tree).expect("it is there");
        let time = git2::Time::new(1_700_000_000 + day * 86_400 + at * 60, 60);
        let ada = git2::Signature::new("Ada", "ada@example.org", &time).expect("it is a name");
        let parents: Vec<_> =
            parent.iter().map(|id| repository.find_commit(*id).expect("it is there")).collect();
        let parents: Vec<_> = parents.iter().collect();
        let id = repository.commit(Some("refs/heads/main"), &ada, &ada, "one", &tree, &parents);
        parent = Some(id.expect("a commit can be written"));
    }
    repository.set_head("refs/heads/main").expect("the branch may be unborn");
}

fn token_line(seed: u64) -> String {
    format!("TOKEN={}\n", github_token(seed))
}

/// All of a folder's files except those that are about to go.
fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                pending.push(entry.path());
            } else {
                assert!(found.insert(entry.path()));
            }
        }
    }
    found
}

/// The receipt of the only repository whose name ends so.
#[track_caller]
fn receipt_of(out: &Path, end: &str) -> (PathBuf, Value) {
    let is_it = |path: &&PathBuf| path.to_string_lossy().ends_with(&format!("{end}.json"));
    let path = files(out).iter().find(is_it).cloned().unwrap_or_else(|| panic!("no receipt of {end}"));
    let text = fs::read_to_string(&path).expect("it can be read");
    (path, serde_json::from_str(&text).expect("it is JSON"))
}

/// The findings of a merge, by rule and repositories.
fn merged(repo: &Repo, code: i32) -> (Vec<Value>, Outcome) {
    let outcome = repo.run(&["audit", "merge", "out", "--list", "list", "-f", "json"]).exits(code);
    (outcome.findings(), outcome)
}

/// Without the time of day, which GitLab's format has.
fn steady(text: &str) -> String {
    let times = regex::Regex::new(r#"(start|end)_time": "[^"]*""#).expect("it is sound");
    times.replace_all(text, "TIME").into_owned()
}

#[test]
fn two_hundred_repositories_give_the_same_answer_whole_and_in_four_shards_under_xargs() {
    let repo = Repo::plain();
    let root = repo.path();
    for at in 0..200_u64 {
        let path = root.join(format!("all/g{}/r{at}.git", at % 7));
        fs::create_dir_all(path.parent().expect("it has one")).expect("a folder can be made");
        let day = i64::try_from(at).expect("it is small");
        match at % 10 {
            // A fork of the one before; an empty one.
            9 => {
                let origin = format!("all/g{}/r{}.git", (at - 1) % 7, at - 1);
                let own = path.to_str().expect("it is UTF-8");
                repo.git(&["clone", "-q", "--bare", "--no-local", &origin, own]);
            }
            5 => bare(&path, day, &[]),
            3 => bare(&path, day, &["x=1\n".to_owned()]),
            _ => bare(&path, day, &[token_line(at % 30), format!("{}B={at}\n", token_line(at % 30 + 100))]),
        }
    }
    repo.run(&["audit", "list", "all", "-o", "list"]).exits(0);
    repo.run(&["audit", "run", "--list", "list", "--out", "whole", "-j", "1"]).exits(1);
    // The order of a list says nothing.
    let text = fs::read_to_string(root.join("list")).expect("it was written");
    let mut lines: Vec<&str> = text.lines().collect();
    lines.reverse();
    repo.write("turned", lines.join("\n"));
    let line =
        "seq 4 | xargs -P 2 -I{} keydredge audit run --list turned --shard {}/4 --out out --exit-zero -j 1";
    let mut xargs = Command::new("sh");
    let path = format!(
        "{}:{}",
        Path::new(program()).parent().expect("it has a folder").display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let ended =
        xargs.args(["-c", line]).current_dir(&root).env("PATH", path).output().expect("sh can be run");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert_eq!(said.matches(" 0 failed").count(), 4, "{said}");
    for format in formats() {
        let merge = |out: &str| {
            repo.run(&["audit", "merge", out, "--list", "list", "-f", format, "--color", "never"])
                .exits(1)
                .stdout
        };
        assert_eq!(steady(&merge("out")), steady(&merge("whole")), "{format}");
    }
    let (findings, outcome) = merged(&repo, 1);
    assert_eq!(findings.len(), 42, "{}", outcome.stdout);
    assert_eq!(outcome.json()["summary"]["complete"], true);
    assert!(outcome.says("All 200 listed repositories were read."));

    // Run again, nothing is read again; without a receipt nothing is complete, whatever else was found.
    let again = repo.run(&["audit", "run", "--list", "list", "--out", "out"]).exits(1);
    assert!(again.says("200 repositories: 0 read, 200 as before, 0 failed"), "{}", again.stdout);
    let (path, _) = receipt_of(&root.join("out"), "g1-r1.git");
    fs::remove_file(path).expect("it is there");
    let (_, outcome) = merged(&repo, 3);
    assert_eq!(outcome.json()["summary"]["complete"], false);
    assert!(outcome.says("repository without a receipt") && outcome.says("all/g1/r1.git"));
    repo.run(&["audit", "merge", "out", "--list", "list", "--allow-incomplete", "--exit-zero"]).exits(0);
    let nowhere = repo.run(&["audit", "merge", "nowhere", "--list", "list"]).exits(2);
    assert!(nowhere.stderr.contains("`nowhere` does not exist"), "{}", nowhere.stderr);
    let one = repo.run(&["audit", "run", "--list", "list", "--out", "out"]).exits(1);
    assert!(one.says("1 read, 199 as before"), "{}", one.stdout);
    merged(&repo, 1);
}

#[test]
fn a_report_that_is_not_that_of_its_receipt_or_of_other_settings_does_not_count() {
    let repo = Repo::plain();
    let root = repo.path();
    for at in 0..4_u64 {
        bare(&root.join(format!("all/r{at}.git")), 1, &[token_line(at)]);
    }
    repo.run(&["audit", "list", "all", "-o", "list"]).exits(0);
    repo.run(&["audit", "run", "--list", "list", "--out", "out"]).exits(1);
    let (path, receipt) = receipt_of(&root.join("out"), "r2.git");
    assert_eq!((receipt["outcome"].as_str(), receipt["complete"].as_bool()), (Some("done"), Some(true)));
    let report = path.with_extension("jsonl");
    let text = fs::read_to_string(&report).expect("it can be read");
    for (wrong, said) in [
        (Some(text.replace("critical", "info")), "is not that of its receipt"),
        (Some(String::new()), "is not that of its receipt"),
        (None, "the report of its receipt is missing"),
    ] {
        match wrong {
            Some(wrong) => fs::write(&report, wrong).expect("it can be written"),
            None => fs::remove_file(&report).expect("it is there"),
        }
        let (findings, outcome) = merged(&repo, 3);
        assert_eq!(findings.len(), 3);
        assert!(outcome.says(said), "{}", outcome.stdout);
    }
    // The worker sees it too.
    let again = repo.run(&["audit", "run", "--list", "list", "--out", "out"]).exits(1);
    assert!(again.says("1 read, 3 as before"), "{}", again.stdout);
    merged(&repo, 1);
    // Other settings: those that are fewer are missing in the answer.
    repo.run(&[
        "audit",
        "run",
        "--list",
        "list",
        "--out",
        "out",
        "--shard",
        "1/4",
        "--skip",
        "lark-access-token",
    ])
    .exits(1);
    let (_, outcome) = merged(&repo, 3);
    assert!(outcome.says("read with other settings"), "{}", outcome.stdout);
    // Another list has another salt.
    repo.run(&["audit", "list", "all", "-o", "other"]).exits(0);
    let other = repo.run(&["audit", "merge", "out", "--list", "other"]).exits(3);
    assert!(other.says("another salt"), "{}", other.stdout);
    // One that is not listed is left out, and said.
    let text = fs::read_to_string(root.join("list")).expect("it was written");
    let fewer: Vec<&str> = text.lines().filter(|line| !line.contains("r3.git")).collect();
    repo.write("fewer", fewer.join("\n"));
    repo.run(&["audit", "run", "--list", "list", "--out", "out"]).exits(1);
    let fewer = repo.run(&["audit", "merge", "out", "--list", "fewer"]).exits(1);
    assert!(fewer.says("1 receipt is of a repository that the list does not name"), "{}", fewer.stdout);
}

#[test]
fn a_secret_in_many_repositories_is_one_finding_with_its_path_through_them() {
    let repo = Repo::plain();
    let root = repo.path();
    let (token, password) = (token_line(1), format!("password = \"{}\"\n", fake("{alnum:9}", 7)));
    let both = format!("{token}{password}");
    bare(&root.join("b.git"), 5, &[both.clone(), "x\n".to_owned()]);
    bare(&root.join("c.git"), 9, std::slice::from_ref(&both));
    repo.git(&["clone", "-q", "--bare", "--no-local", "b.git", "a.git"]);
    // One that has accepted it, under a salt of its own.
    repo.git(&["clone", "-q", "--no-local", "c.git", "d"]);
    repo.run_with("d", &["baseline", "write"], &[], b"").exits(0);
    repo.run(&["audit", "list", "a.git", "b.git", "c.git", "d", "-o", "list"]).exits(0);
    repo.run(&["audit", "run", "--list", "list", "--out", "out"]).exits(1);
    let (findings, outcome) = merged(&repo, 1);
    assert_eq!(findings.len(), 2, "{}", outcome.stdout);
    for finding in &findings {
        let path = finding["repositories"].as_array().expect("it has them");
        let told: Vec<(&str, &str)> = path
            .iter()
            .map(|one| (one["repository"].as_str().unwrap_or("-"), one["role"].as_str().unwrap_or("-")))
            .collect();
        assert_eq!(told, [("a.git", "first"), ("b.git", "fork"), ("c.git", "copy"), ("d", "fork")]);
        let prints: BTreeSet<&str> = path.iter().filter_map(|one| one["fingerprint"].as_str()).collect();
        assert_eq!(prints.len(), 2, "d has a salt of its own: {prints:?}");
        assert!(!prints.contains(finding["fingerprint"].as_str().expect("it has one")));
        assert_eq!(path[3]["suppressed_by"], "baseline");
        // What one repository accepts covers the others' places not.
        assert_eq!(finding["suppressed_by"], Value::Null);
        let covered = finding["occurrences"].as_array().expect("it has them").iter();
        let covered: Vec<bool> = covered.map(|one| one["suppressed_by"] == "baseline").collect();
        assert_eq!(covered, [false, false, false, true]);
        assert_eq!((&finding["live"], &finding["removed"]), (&Value::Bool(true), &Value::Null));
    }
    assert!(
        outcome
            .says("in 4 repositories: first in a.git; in forks of that history: b.git, d; copied to: c.git")
    );
    // It is what the schema says, and a saved report like any other.
    let schema: Value =
        serde_json::from_str(include_str!("../../docs/report.schema.json")).expect("it is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is sound");
    assert!(validator.is_valid(&outcome.json()), "{:?}", validator.iter_errors(&outcome.json()).next());
    repo.write("all.json", &outcome.stdout);
    assert_eq!(repo.run(&["report", "all.json", "-f", "json"]).exits(0).stdout, outcome.stdout);
    // Accepted everywhere, it is covered.
    for bare in ["a.git", "b.git", "c.git"] {
        repo.git(&["clone", "-q", "--no-local", bare, "w"]);
        fs::copy(root.join("d/keydredge-baseline.txt"), root.join("w/keydredge-baseline.txt"))
            .expect("it is there");
        repo.git_in("w", &["add", "-A"]);
        repo.git_in("w", &["commit", "-qm", "accept"]);
        repo.git_in("w", &["push", "-q", "origin", "HEAD"]);
        fs::remove_dir_all(root.join("w")).expect("it is there");
    }
    let run = repo.run(&["audit", "run", "--list", "list", "--out", "out"]);
    assert!(run.says("3 read, 1 as before"), "{}", run.stdout);
    let (findings, _) = merged(&repo, 0);
    assert!(findings.iter().all(|one| one["suppressed_by"] == "baseline"));
}

#[test]
fn values_of_an_index_are_found_in_all_repositories_whole_and_in_shards() {
    let repo = Repo::plain();
    let root = repo.path();
    let value = fake("{lower:7}-{lower:8}-{lower:6}", 21);
    let index = repo.home().join("known").to_str().expect("a temporary path is UTF-8").to_owned();
    let add = |name: &str, export: &str| {
        let arguments = ["known", "add", "--from", "-", "--name", name, "-o", &index];
        repo.run_with(".", &arguments, &[], export.as_bytes()).exits(0);
    };
    add("kv/prod/db", &value);
    let base64 = data_encoding::BASE64.encode(format!("word {value};").as_bytes());
    bare(&root.join("a.git"), 5, &[format!("see {value}\n"), "x\n".to_owned()]);
    bare(&root.join("b.git"), 7, &[format!("see {base64}\n")]);
    bare(&root.join("c.git"), 9, &["nothing\n".to_owned()]);
    repo.run(&["audit", "list", "a.git", "b.git", "c.git", "-o", "list"]).exits(0);
    let run = |out: &str, more: &[&str]| {
        repo.run(&[&["audit", "run", "--list", "list", "--out", out][..], more].concat())
    };
    let merge = |out: &str| repo.run(&["audit", "merge", out, "--list", "list", "-f", "json"]);
    run("without", &[]).exits(0);
    run("out", &["--known", &index]).exits(1);
    let whole = merge("out").exits(1);
    let findings = whole.findings();
    assert_eq!(findings.len(), 1, "{}", whole.stdout);
    assert_eq!(findings[0]["rule"], "known-secret");
    assert_eq!(findings[0]["known"]["entries"], json!(["kv/prod/db/line 1"]));
    let repositories = findings[0]["repositories"].as_array().expect("it has them");
    assert_eq!(repositories.len(), 2);
    assert!(!whole.says(&value) && !whole.says(&base64));
    for shard in ["1/2", "2/2"] {
        let variables = [("KEYDREDGE_KNOWN", &*index)];
        let arguments = ["audit", "run", "--list", "list", "--out", "parts", "--shard", shard];
        repo.run_with(".", &arguments, &variables, b"");
    }
    assert_eq!(merge("parts").exits(1).stdout, whole.stdout);
    // Receipts count for this version of the index alone.
    assert!(run("out", &["--known", &index]).exits(1).says("3 as before"));
    add("kv/prod/more", &fake("{alnum:30}", 22));
    assert!(run("out", &["--known", &index]).exits(1).says("3 read"));
    // An index that cannot be opened is an error before anything is read.
    run("none", &["--known", "list"]).exits(2);
}

/// What git must not run for a clone.
#[cfg(unix)]
fn trap(repo: &Repo, at: &str) {
    use std::os::unix::fs::PermissionsExt;
    repo.write(at, format!("#!/bin/sh\ntouch {}/ran\n", repo.path().display()));
    fs::set_permissions(repo.path().join(at), fs::Permissions::from_mode(0o755)).expect("it is ours");
}

#[test]
#[cfg(unix)]
fn a_clone_runs_nothing_shows_no_credentials_and_is_gone_after_its_scan() {
    let repo = Repo::plain();
    let root = repo.path();
    bare(&root.join("one.git"), 1, &[token_line(1)]);
    bare(&root.join("two.git"), 1, &["x\n".to_owned()]);
    // Refs that a plain clone does not fetch are read, too.
    let hidden = github_token(9);
    repo.git(&["clone", "-q", "two.git", "w"]);
    repo.write("w/b.env", format!("T={hidden}\n"));
    repo.git_in("w", &["add", "-A"]);
    repo.git_in("w", &["commit", "-qm", "two"]);
    repo.git_in("w", &["push", "-q", "origin", "HEAD:refs/pull/7/head"]);
    trap(&repo, "one.git/hooks/post-checkout");
    trap(&repo, "templates/hooks/post-checkout");
    trap(&repo, "templates/hooks/reference-transaction");
    let url = |name: &str| format!("file://{}/{name}", root.display());
    let secret = fake("{alnum:24}", 3);
    let lines = [
        url("one.git"),
        url("two.git"),
        url("missing.git"),
        format!("https://ada:{secret}@127.0.0.1:1/x/y.git"),
        "http://127.0.0.1:1/x/z.git".to_owned(),
    ];
    repo.write("urls", lines.join("\n"));
    repo.run(&["audit", "list", "--from", "urls", "-o", "list"]).exits(0);
    let templates = root.join("templates").display().to_string();
    let run = |more: &[&str]| {
        let mut flags = vec![
            "audit",
            "run",
            "--list",
            "list",
            "--out",
            "out",
            "--work",
            "clones",
            "--retries",
            "1",
            "-v",
        ];
        flags.extend(more);
        repo.run_with(".", &flags, &[("GIT_TEMPLATE_DIR", templates.as_str())], b"")
    };
    let outcome = run(&[]).exits(3);
    assert!(outcome.says("2 read, 0 as before, 3 failed"), "{}{}", outcome.stdout, outcome.stderr);
    assert!(outcome.says("--insecure"), "{}", outcome.stderr);
    assert!(!root.join("ran").exists(), "git ran a hook");
    assert_eq!(files(&root.join("clones")), BTreeSet::new());
    let (_, receipt) = receipt_of(&root.join("out"), "one.git");
    assert_eq!((receipt["attempts"].as_u64(), receipt["state"].as_str()), (Some(1), None));
    let (_, receipt) = receipt_of(&root.join("out"), "missing.git");
    assert_eq!((receipt["outcome"].as_str(), receipt["attempts"].as_u64()), (Some("failed"), Some(2)));
    let (findings, outcome) = merged(&repo, 3);
    assert_eq!(findings.len(), 2, "{}", outcome.stdout);
    assert!(outcome.says("2 of 5 listed") || outcome.says("3 of 5 listed"), "{}", outcome.stdout);
    // The list has the credentials, and nothing else.
    for path in files(&root.join("out")) {
        let text = fs::read_to_string(&path).expect("it is text");
        assert!(!text.contains(&secret) && !text.contains(&hidden), "{}", path.display());
    }
    assert!(!outcome.says(&secret) && outcome.says("127.0.0.1:1/x/y"));
    // Only what changed is cloned again.
    bare(&root.join("one.git/../three.git"), 1, &["x\n".to_owned()]);
    repo.git_in("w", &["commit", "-q", "--allow-empty", "-m", "three"]);
    repo.git_in("w", &["push", "-q", "origin", "HEAD:refs/heads/new"]);
    let outcome = run(&[]).exits(3);
    assert!(outcome.says("1 read, 1 as before, 3 failed"), "{}", outcome.stdout);
    let outcome = run(&["--redo"]).exits(3);
    assert!(outcome.says("2 read, 0 as before, 3 failed"), "{}", outcome.stdout);
    // What a filter leaves out is unread.
    repo.git_in("two.git", &["config", "uploadpack.allowFilter", "true"]);
    repo.write("urls", url("two.git"));
    repo.run(&["audit", "list", "--from", "urls", "-o", "list"]).exits(0);
    repo.run(&["audit", "run", "--list", "list", "--out", "out", "--filter", "blob:none"]).exits(3);
    let (_, receipt) = receipt_of(&root.join("out"), "two.git");
    assert_eq!((receipt["outcome"].as_str(), receipt["complete"].as_bool()), (Some("done"), Some(false)));
}

#[test]
fn what_is_no_repository_fails_and_never_the_one_around_it_is_read() {
    let repo = Repo::new();
    repo.write("a.env", token_line(1));
    repo.commit("one");
    repo.write("inside/x", "x").write("broken/.git/HEAD", "ref: refs/heads/main\n");
    bare(&repo.path().join("empty.git"), 1, &[]);
    let list = "inside\nbroken\nnot-there\nempty.git\n";
    repo.write("list", list);
    let run = repo.run(&["audit", "run", "--list", "list", "--out", "out"]).exits(3);
    assert!(run.says("4 repositories: 1 read, 0 as before, 3 failed"), "{}", run.stdout);
    let (_, outcome) = merged(&repo, 3);
    assert_eq!(outcome.findings(), Vec::<Value>::new());
    assert!(outcome.says("3 of 4 listed repositories are missing"), "{}", outcome.stdout);
    // A list without a salt is one, too; and an empty one is not.
    repo.write("list", "empty.git\n");
    repo.run(&["audit", "run", "--list", "list", "--out", "out"]).exits(0);
    merged(&repo, 0);
    repo.write("list", "# nothing\n");
    repo.run(&["audit", "run", "--list", "list", "--out", "out"]).exits(2);
    repo.run(&["audit", "run", "--list", "list", "--out", "out", "--allow-empty"]).exits(0);
    for wrong in ["ext::sh -c true\n", "--upload-pack=x\n", "a\tb\n", "ftp://a/b\n"] {
        repo.write("list", wrong);
        repo.run(&["audit", "run", "--list", "list", "--out", "out"]).exits(2);
    }
    repo.write("list", "empty.git\n");
    for wrong in
        [&["--shard", "5/4"][..], &["--shard", "/4"], &["--config", "missing"], &["--only", "no-such-rule"]]
    {
        repo.run(&[&["audit", "run", "--list", "list", "--out", "out"][..], wrong].concat()).exits(2);
    }
    let alone = repo.run_with(
        ".",
        &["audit", "run", "--list", "list", "--out", "out"],
        &[("JOB_COMPLETION_INDEX", "0")],
        b"",
    );
    assert!(alone.exits(2).says("--shard /N"));
}

#[test]
fn a_list_has_what_is_there_and_keeps_its_salt() {
    let repo = Repo::plain();
    let root = repo.path();
    bare(&root.join("all/x/a.git"), 1, &[token_line(1)]);
    bare(&root.join("all/b.git"), 1, &[token_line(1)]);
    let list = repo.run(&["audit", "list", "all", "https://github.com/acme/api.git"]).exits(0).stdout;
    let lines: Vec<&str> = list.lines().collect();
    assert!(lines[0].starts_with('#') && lines[1].starts_with("salt "), "{list}");
    let names: Vec<&str> = lines[2..].iter().filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(names, ["all/b.git", "all/x/a.git", "https://github.com/acme/api.git"]);
    let size = |line: &str| line.split_once('\t').and_then(|(_, size)| size.parse::<u64>().ok());
    assert!(size(lines[2]).is_some_and(|size| size > 100) && size(lines[4]).is_none(), "{list}");
    repo.run(&["audit", "list", "all", "-o", "list"]).exits(0);
    let first = fs::read_to_string(root.join("list")).expect("it was written");
    bare(&root.join("all/c.git"), 1, &[]);
    let piped = ["audit", "list", "all", "--from", "-", "-o", "list"];
    repo.run_with(".", &piped, &[], b"/elsewhere/d.git\t77\n").exits(0);
    let second = fs::read_to_string(root.join("list")).expect("it was written");
    assert_eq!(first.lines().nth(1), second.lines().nth(1));
    assert!(second.contains("all/c.git") && second.contains("/elsewhere/d.git\t77"), "{second}");
    // What cannot be listed is said.
    fs::create_dir(root.join("none")).expect("a folder can be made");
    let outcome = repo.run(&["audit", "list", "all", "none", "missing"]).exits(3);
    assert!(outcome.says("none is not in the list") && outcome.says("missing is not in the list"));
    assert!(outcome.stdout.contains("all/b.git"));
}

#[test]
#[cfg(unix)]
fn a_worker_that_is_ended_leaves_nothing_that_the_next_would_take_for_done() {
    let repo = Repo::plain();
    let root = repo.path();
    for at in 0..12_u64 {
        bare(&root.join(format!("all/r{at}.git")), 1, &[token_line(at)]);
    }
    let urls: Vec<String> = (0..12).map(|at| format!("file://{}/all/r{at}.git", root.display())).collect();
    repo.write("urls", urls.join("\n"));
    repo.run(&["audit", "list", "--from", "urls", "-o", "list"]).exits(0);
    repo.run(&["audit", "run", "--list", "list", "--out", "whole"]).exits(1);
    let count = |out: &str| {
        files(&root.join(out)).iter().filter(|path| path.extension().is_some_and(|one| one == "json")).count()
    };
    for signal in ["-INT", "-TERM", "-KILL"] {
        let _it_may_not_be_there = fs::remove_dir_all(root.join("out"));
        let mut child = repo.start_with(&["audit", "run", "--list", "list", "--out", "out"], Stdio::null());
        let start = Instant::now();
        while count("out") < 3 {
            assert!(start.elapsed() < Duration::from_secs(40), "it does not begin");
            std::thread::sleep(Duration::from_millis(5));
        }
        Command::new("kill").args([signal, &child.id().to_string()]).status().expect("there is kill");
        let status = child.wait().expect("it can be waited for");
        if signal == "-KILL" {
            // A clone may be left, until the next worker.
            let out = root.join("out");
            let place = HEXLOWER.encode(&Sha256::digest(out.as_os_str().as_encoded_bytes())[..4]);
            let left = format!("work/0123456789abcdef-r.git.{place}.99999/objects");
            fs::create_dir_all(out.join(left)).expect("it can be made");
            // That of another audit is not touched.
            fs::create_dir_all(out.join("work/0123456789abcdef-r.git.00000000.99999"))
                .expect("it can be made");
        } else {
            assert_eq!(status.code(), Some(130), "{signal}");
            assert_eq!(files(&root.join("out/work")), BTreeSet::new(), "{signal}");
        }
        assert!(count("out") < 12, "it was not ended in the middle");
        repo.run(&["audit", "merge", "out", "--list", "list", "-q", "-f", "json"]).exits(3);
        repo.run(&["audit", "run", "--list", "list", "--out", "out"]).exits(1);
        let merge =
            |out: &str| repo.run(&["audit", "merge", out, "--list", "list", "-f", "jsonl"]).exits(1).stdout;
        assert_eq!(merge("out"), merge("whole"), "{signal}");
        let left = fs::read_dir(root.join("out/work")).expect("it is there").count();
        assert_eq!(left, usize::from(signal == "-KILL"), "{signal}");
        assert_eq!(fs::read_dir(root.join("out/locks")).expect("it is there").count(), 0, "{signal}");
    }
    // One that takes too long has failed.
    let outcome = repo.run(&["audit", "run", "--list", "list", "--out", "late", "--timeout", "1ms"]).exits(3);
    assert!(outcome.says("12 failed") && outcome.says("--timeout"), "{}{}", outcome.stdout, outcome.stderr);
}

/// A page of a forge's list.
fn page(forge: &str, names: &[u32], next: Option<&str>) -> Reply {
    let one = |at: &u32| match forge {
        "api.github.com" => json!({
            "clone_url": format!("https://github.com/acme/r{at}.git"),
            "ssh_url": format!("git@github.com:acme/r{at}.git"),
            "size": at, "archived": false, "private": true,
        }),
        _ => json!({
            "http_url_to_repo": format!("https://{forge}/acme/r{at}.git"),
            "ssh_url_to_repo": format!("git@{forge}:acme/r{at}.git"),
            "statistics": { "repository_size": at * 10 },
        }),
    };
    let body = Value::from(names.iter().map(one).collect::<Vec<_>>()).to_string();
    let link = next.map(|next| format!("link: <{next}>; rel=\"next\"\r\n")).unwrap_or_default();
    Reply::Answer(200, format!("content-type: application/json\r\n{link}"), body.into_bytes())
}

/// Lists through a server of the test's.
fn forge(repo: &Repo, providers: &Providers, more: &[&str], token: (&str, &str)) -> Outcome {
    let mut flags: Vec<String> = ["audit", "list"].map(str::to_owned).to_vec();
    flags.extend(providers.flags().into_iter().filter(|flag| flag != "--verify"));
    flags.extend(more.iter().map(|one| (*one).to_owned()));
    repo.run_with(
        ".",
        &flags.iter().map(String::as_str).collect::<Vec<_>>(),
        &[
            token,
            ("GH_TOKEN", ""),
            ("https_proxy", ""),
            ("HTTPS_PROXY", ""),
            ("ALL_PROXY", ""),
            ("all_proxy", ""),
        ],
        b"",
    )
}

#[test]
fn a_forge_s_list_is_read_to_its_end_within_the_server_s_limits() {
    let (repo, host) = (Repo::plain(), "api.github.com");
    let token = fake("{alnum:32}", 5);
    let times = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&times);
    let providers = Providers::new([host], move |asked| {
        let nth = count.fetch_add(1, Ordering::Relaxed);
        let of = |text: &str| asked.line.contains(text);
        match nth {
            1 => Reply::Answer(429, "retry-after: 1\r\n".to_owned(), Vec::new()),
            2 => Reply::Answer(
                403,
                "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 1\r\n".to_owned(),
                Vec::new(),
            ),
            3 => Reply::Answer(502, String::new(), Vec::new()),
            _ if of("/orgs/acme/repos?per_page=100") => {
                page(host, &[1, 2], Some("https://api.github.com/organizations/7/repos?page=2"))
            }
            _ if of("page=2") => {
                page(host, &[3], Some("https://api.github.com/organizations/7/repos?page=3"))
            }
            _ if of("page=3") => page(host, &[2, 4], None),
            _ if of("/users/ada/repos") => page(host, &[9], None),
            _ => Reply::json(404, "{}"),
        }
    });
    let variable = ("GITHUB_TOKEN", token.as_str());
    let start = Instant::now();
    let list = forge(&repo, &providers, &["--github", "acme", "--github", "ada"], variable).exits(0);
    assert!(start.elapsed() >= Duration::from_secs(3), "it waited as it was asked to");
    let lines: Vec<&str> = list.stdout.lines().skip(2).collect();
    let wanted = [1, 2, 3, 4, 9].map(|at| format!("https://github.com/acme/r{at}.git\t{}", at * 1024));
    assert_eq!(lines, wanted);
    let asked = providers.asked();
    assert!(
        asked.iter().all(|one| one.whole.contains(&format!("Bearer {token}")) && one.host == host),
        "{asked:?}"
    );
    assert!(!list.says(&token));
    // The one that is not an organisation is a user; one that is neither is an error.
    forge(&repo, &providers, &["--github", "nobody"], variable).exits(2);
    let ssh = forge(&repo, &providers, &["--github", "ada", "--ssh"], variable).exits(0);
    assert!(ssh.says("git@github.com:acme/r9.git\t9216"), "{}", ssh.stdout);
}

#[test]
fn a_forge_s_list_that_is_not_whole_is_an_error_and_the_token_goes_nowhere_else() {
    let repo = Repo::plain();
    let token = fake("{alnum:32}", 6);
    let variable = ("GITLAB_TOKEN", token.as_str());
    let gitlab = ["--gitlab", "acme/sub", "--api-url", "https://git.example.org/api/v4"];
    type Case = (&'static str, fn(&Asked) -> Reply, &'static str);
    let answers: [Case; 6] = [
        (
            "another host",
            |_| page("git.example.org", &[1], Some("https://elsewhere.example/x")),
            "another place",
        ),
        (
            "a redirect",
            |_| Reply::Answer(302, "location: https://elsewhere.example/\r\n".to_owned(), Vec::new()),
            "redirect",
        ),
        ("no list", |_| Reply::page(200), "no list of repositories"),
        ("no access", |_| Reply::json(401, "{}"), "401"),
        (
            "hours to wait",
            |_| Reply::Answer(429, "retry-after: 99999\r\n".to_owned(), Vec::new()),
            "more than an hour",
        ),
        (
            "cut off in the middle",
            |asked| match asked.line.contains("page=2") {
                true => Reply::json(404, "{}"),
                false => page("git.example.org", &[1], Some("https://git.example.org/api/v4/x?page=2")),
            },
            "not there",
        ),
    ];
    for (what, answer, said) in answers {
        let providers = Providers::new(["git.example.org", "elsewhere.example"], answer);
        let outcome = forge(&repo, &providers, &[&gitlab[..], &["-o", "list"]].concat(), variable).exits(2);
        assert!(outcome.says(said) && !outcome.says(&token), "{what}: {}", outcome.stderr);
        assert!(providers.asked().iter().all(|one| one.host == "git.example.org"), "{what}");
        assert!(!repo.path().join("list").exists(), "{what}: no part of a list is written");
    }
    let providers = Providers::new(["git.example.org"], |_| page("git.example.org", &[1], None));
    let list = forge(&repo, &providers, &gitlab, variable).exits(0);
    assert!(list.says("https://git.example.org/acme/r1.git\t10"), "{}", list.stdout);
    let asked = &providers.asked()[0];
    assert!(asked.line.contains("/api/v4/groups/acme%2Fsub/projects?include_subgroups=true"), "{asked:?}");
    assert!(asked.whole.to_lowercase().contains("private-token: ") && asked.line.contains("statistics=true"));
    for wrong in ["http://git.example.org", "https://u:p@git.example.org", "git.example.org", "https://"] {
        forge(&repo, &providers, &["--gitlab", "acme", "--api-url", wrong], variable).exits(2);
    }
}

#[test]
fn the_version_as_json_says_what_a_receipt_needs() {
    let repo = Repo::plain();
    for flags in [["--version", "--json"], ["--json", "-V"]] {
        let about = repo.run(&flags).exits(0).json();
        assert_eq!(about["version"], env!("CARGO_PKG_VERSION"));
        let rules = about["catalogue"]["rules"].as_u64().expect("a number of rules");
        assert_eq!(rules as usize, keydredge::rules::Catalogue::embedded().infos().len());
        assert!(about["build"].as_str().is_some_and(|build| !build.is_empty()), "{about}");
        assert_eq!(about["catalogue"]["digest"].as_str().map(str::len), Some(64));
    }
    repo.run(&["--json"]).exits(2);
}

/// A repository with 400 files of their own, a secret in every fiftieth, one in an archive, an archive that is cut off, and
/// what only points to a file elsewhere.
fn upstream(repo: &Repo, at: &str) {
    let path = repo.path().join(at);
    let repository = git2::Repository::init_bare(&path).expect("a repository can be made");
    let mut tree = repository.treebuilder(None).expect("a tree can be built");
    let mut add = |name: &str, content: &[u8]| {
        let blob = repository.blob(content).expect("a blob can be written");
        tree.insert(name, blob, 0o100_644).expect("the name is sound");
    };
    for number in 0..400_u64 {
        let line = if number % 50 == 0 { token_line(number) } else { format!("port = {number}\n") };
        add(&format!("f{number}.env"), format!("# {}\n{line}", "x".repeat(number as usize)).as_bytes());
    }
    let packed = crate::unopened::zip(&token_line(1000));
    add("whole.zip", &packed);
    add("cut.zip", &packed[..packed.len() / 2]);
    let oid = HEXLOWER.encode(&Sha256::digest("elsewhere"));
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 9\n");
    add("large.bin", pointer.as_bytes());
    let tree = tree.write().expect("a tree can be written");
    let tree = repository.find_tree(tree).expect("it is there");
    let ada =
        git2::Signature::new("Ada", "ada@example.org", &git2::Time::new(1_700_000_000, 0)).expect("a name");
    repository.commit(Some("refs/heads/main"), &ada, &ada, "one", &tree, &[]).expect("it can be written");
    repository.set_head("refs/heads/main").expect("it can be set");
}

/// A commit of one more file on top of `main`.
fn add_file(path: &Path, name: &str, content: &str) {
    let repository = git2::Repository::open_bare(path).expect("it is one");
    let parent =
        repository.find_reference("refs/heads/main").and_then(|one| one.peel_to_commit()).expect("there");
    let mut tree =
        repository.treebuilder(Some(&parent.tree().expect("it has one"))).expect("it can be built");
    let blob = repository.blob(content.as_bytes()).expect("a blob can be written");
    tree.insert(name, blob, 0o100_644).expect("the name is sound");
    let tree = repository.find_tree(tree.write().expect("it can be written")).expect("it is there");
    let bob =
        git2::Signature::new("Bob", "bob@example.org", &git2::Time::new(1_700_000_600, 0)).expect("a name");
    repository
        .commit(Some("refs/heads/main"), &bob, &bob, "two", &tree, &[&parent])
        .expect("it can be written");
}

#[test]
fn blobs_that_forks_share_are_read_once_and_the_answer_is_the_same_byte_for_byte() {
    let repo = Repo::plain();
    let root = repo.path();
    upstream(&repo, "a.git");
    for name in ["b.git", "c.git", "d.git", "e.git"] {
        repo.git(&["clone", "-q", "--bare", "--no-local", "a.git", name]);
    }
    add_file(&root.join("b.git"), "new.env", &token_line(2000));
    add_file(&root.join("c.git"), "f7.env", &format!("# {}\n{}", "x".repeat(7), token_line(2001)));
    // The same blob at a path that says something else of it.
    add_file(&root.join("d.git"), "tests_fixture.md", &format!("# \n{}", token_line(0)));
    let urls = ["a", "b", "c", "d", "e"].map(|name| format!("file://{}/{name}.git", root.display()));
    repo.write("urls", urls.join("\n"));
    repo.run(&["audit", "list", "--from", "urls", "-o", "list"]).exits(0);
    let run = |more: &[&str]| {
        repo.run(&[&["audit", "run", "--list", "list", "--exit-zero", "--redo"], more].concat()).exits(3)
    };
    let answer =
        |out: &str| repo.run(&["audit", "merge", out, "--list", "list", "-f", "jsonl"]).exits(1).stdout;
    let known = |outcome: &Outcome| {
        let line = outcome.stdout.lines().find(|line| line.contains("those of other clones"));
        line.and_then(|line| line.split(' ').next()?.parse::<u64>().ok()).unwrap_or(0)
    };
    let without = run(&["--out", "without", "--no-cache"]);
    assert_eq!(known(&without), 0);
    let expected = answer("without");
    assert!(expected.contains("\"complete\":false") && expected.contains("whole.zip!a"), "{expected}");
    let with = run(&["--out", "with"]);
    // All but the archive that is cut off and the pointer, four times.
    assert_eq!(known(&with), 4 * 401, "{}", with.stdout);
    assert_eq!(answer("with"), expected);
    assert!(!root.join("without/blobs").exists());

    // Nothing of it can be read without the key.
    let kept = files(&root.join("with/blobs"));
    let segments: Vec<&PathBuf> = kept.iter().filter(|path| path.extension().is_some()).collect();
    assert_eq!(segments.len(), 1, "{kept:?}");
    let bytes = fs::read(segments[0]).expect("it can be read");
    let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(!holds(&bytes, &github_token(0)) && !holds(&bytes, "f0.env"));

    // Workers share it, at the same time too; what other rules find is another matter.
    let shards: Vec<_> = (1..=2)
        .map(|number| {
            let shard = format!("{number}/2");
            let all =
                ["audit", "run", "--list", "list", "--exit-zero", "--out", "shards", "--cache", "with/blobs"];
            repo.start_with(&[&all[..], &["--shard", &shard]].concat(), Stdio::null())
        })
        .collect();
    for child in shards {
        let output = child.wait_with_output().expect("it can be waited for");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains("those of other clones"), "{said}");
    }
    assert_eq!(answer("shards"), expected);
    let others = ["--skip", "github-pat-classic"];
    run(&[&["--out", "plain-others", "--no-cache"], &others[..]].concat());
    let outcome = run(&[&["--out", "others", "--cache", "with/blobs"], &others[..]].concat());
    assert_eq!(known(&outcome), 4 * 401, "the first of them had to be read again: {}", outcome.stdout);
    assert_eq!(
        repo.run(&["audit", "merge", "others", "--list", "list", "-f", "jsonl"]).stdout,
        repo.run(&["audit", "merge", "plain-others", "--list", "list", "-f", "jsonl"]).stdout
    );

    // A repository in a folder may list any bytes under any id: it is read whole.
    repo.run(&["audit", "list", "a.git", "b.git", "-o", "folders"]).exits(0);
    let all =
        ["audit", "run", "--list", "folders", "--exit-zero", "--out", "folders-out", "--cache", "with/blobs"];
    assert_eq!(known(&repo.run(&all).exits(3)), 0);

    // What is damaged, or was put there by someone else, is not trusted.
    for path in files(&root.join("with/blobs")) {
        if path.extension().is_some() {
            let mut bytes = fs::read(&path).expect("it can be read");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(&path, bytes).expect("it can be written");
        }
    }
    let one = ["--shard", "1/5"];
    let outcome = repo.run(
        &[&["audit", "run", "--list", "list", "--exit-zero", "--redo", "--out", "with"], &one[..]].concat(),
    );
    assert_eq!(known(&outcome), 0, "{}", outcome.stdout);
    assert_eq!(answer("with"), expected);
    let stranger = root.join("stranger");
    fs::create_dir_all(stranger.join("keydredge")).expect("it can be made");
    let outcome = repo.run_with(
        ".",
        &["audit", "run", "--list", "list", "--exit-zero", "--redo", "--out", "with", "--shard", "2/5"],
        &[("XDG_STATE_HOME", stranger.to_str().expect("it is UTF-8"))],
        b"",
    );
    assert_eq!(known(&outcome), 0, "{}", outcome.stdout);
    assert_eq!(answer("with"), expected);
    // A file in the place of the folder stops nothing.
    repo.write("no-folder", "");
    run(&["--out", "with", "--cache", "no-folder"]);
    assert_eq!(answer("with"), expected);
}

#[test]
fn the_job_of_kubernetes_gives_the_unsharded_answer() {
    let repo = Repo::plain();
    let root = repo.path();
    for at in 0..20_u64 {
        bare(&root.join(format!("all/r{at}.git")), 1, &[token_line(at % 7)]);
    }
    repo.run(&["audit", "list", "all", "-o", "list"]).exits(0);
    repo.run(&["audit", "run", "--list", "list", "--out", "whole"]).exits(1);
    // The arguments of the manifest, with the paths of this test, in the environment of its pods.
    let manifest =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/audit/kubernetes.yaml"))
            .expect("it is there");
    let text = |line: &str| line.split('#').next().unwrap_or_default().trim().to_owned();
    let value = |key: &str| {
        let line = manifest.lines().map(text).find(|line| line.starts_with(key));
        line.unwrap_or_else(|| panic!("{key} is missing"))[key.len()..].trim().to_owned()
    };
    assert_eq!(
        (value("completionMode:"), value("restartPolicy:")),
        ("Indexed".to_owned(), "Never".to_owned())
    );
    let completions: u64 = value("completions:").parse().expect("it is a number");
    let arguments: Vec<String> = manifest
        .lines()
        .map(text)
        .skip_while(|line| line != "args:")
        .skip(1)
        .take_while(|line| line.starts_with("- "))
        .map(|line| line[2..].trim().to_owned())
        .map(|line| {
            line.replace("/list/list", "list").replace("/audit/out", "out").replace("=/work", "=work")
        })
        .collect();
    assert!(arguments.contains(&format!("--shard=/{completions}")), "{arguments:?}");
    assert!(!arguments.iter().any(|one| one.contains("=/") && !one.starts_with("--shard")), "{arguments:?}");
    for index in 0..completions {
        let mut pod = Command::new(program());
        pod.args(&arguments).current_dir(&root).env_clear();
        pod.env("HOME", root.join("nothing-here")).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let output = pod.env("JOB_COMPLETION_INDEX", index.to_string()).output().expect("it can be run");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let merge =
        |out: &str| repo.run(&["audit", "merge", out, "--list", "list", "-f", "jsonl"]).exits(1).stdout;
    // The settings differ in what has no say in what is found, so that each answer is one of its own.
    assert_eq!(merge("out"), merge("whole"));
}
