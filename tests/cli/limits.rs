//! Lists of enormous length and patterns made to be slow: accepted quickly, or refused with file and line.

use crate::harness::{Outcome, Repo, github_token};
use std::time::{Duration, Instant};

/// Runs `scan`, which must be fast: a debug build on a busy machine is far below the limit; the fault that this test is
/// about took minutes.
#[track_caller]
fn scan_at_once(repo: &Repo) -> Outcome {
    let start = Instant::now();
    let outcome = repo.run_json(&["scan"]);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    outcome
}

fn excludes(item: impl Fn(usize) -> String, count: usize) -> String {
    let items: Vec<String> = (0..count).map(|at| format!("  \"{}\",\n", item(at))).collect();
    format!("# many\nexclude = [\n{}]\n", items.concat())
}

#[test]
fn a_hundred_thousand_excludes_are_taken_and_more_are_refused() {
    let repo = Repo::new();
    repo.write("a.txt", "x").write("dir99999/b", github_token(1)).write("c.e99999", github_token(2));
    repo.write("keydredge.toml", excludes(|at| format!("dir{at}/"), 100_000));
    assert_eq!(scan_at_once(&repo).exits(1).found().len(), 1);
    repo.write("keydredge.toml", excludes(|at| format!("*.e{at}"), 100_000));
    assert_eq!(scan_at_once(&repo).exits(1).found().len(), 1);
    for text in
        [excludes(|at| format!("dir{at}/"), 100_001), excludes(|at| format!("a{at}*b?c[x-z]"), 100_000)]
    {
        repo.write("keydredge.toml", text);
        let outcome = scan_at_once(&repo).exits(2);
        assert!(outcome.stderr.contains("keydredge.toml:2: `exclude` cannot be used"), "{}", outcome.stderr);
        assert!(outcome.stderr.len() < 500, "{}", outcome.stderr);
    }
}

#[test]
fn a_hundred_thousand_rules_that_are_none_are_refused_in_a_few_lines() {
    let repo = Repo::new();
    let ids: Vec<String> = (0..100_000).map(|at| format!("\"no-rule-{at}\"")).collect();
    repo.write("a", "x")
        .write("keydredge.toml", format!("skip = [\"{}\", {}]\n", "z".repeat(1 << 20), ids.join(",")));
    let outcome = scan_at_once(&repo).exits(2);
    assert_eq!(outcome.stderr.lines().count(), 20);
}

#[test]
fn an_ignore_file_made_to_be_slow_is_not() {
    let repo = Repo::new();
    for at in 0..200 {
        repo.write(&format!("{}{at}", "abcdefgh".repeat(24)), "x");
    }
    let stars = |at: usize| format!("*a*b*c*d*e*f*g*h*a*b*c*x{at}");
    let lines = |item: &dyn Fn(usize) -> String, count: usize| {
        (0..count).map(|at| item(at) + "\n").collect::<String>()
    };
    repo.write(".gitignore", lines(&stars, 1_000));
    assert_eq!(scan_at_once(&repo).exits(0).json()["summary"]["coverage"]["scanned"], 201);
    // A list that is too long is not applied, so that more is read, and the report says so.
    for text in
        [lines(&stars, 1_001), lines(&|at| format!("name{at}"), 100_001), format!("*{}*\n", "?".repeat(200))]
    {
        repo.write(".gitignore", text + "abc*\n");
        let outcome = scan_at_once(&repo).exits(0);
        let coverage = &outcome.json()["summary"]["coverage"];
        assert_eq!(coverage["scanned"], 201, "{coverage}");
        assert!(
            coverage["notes"][0].as_str().is_some_and(|note| note.contains("`.gitignore` was not applied"))
        );
    }
    repo.write(".gitignore", lines(&|at| format!("name{at}"), 99_999) + "abc*\n");
    assert_eq!(scan_at_once(&repo).exits(0).json()["summary"]["coverage"]["scanned"], 1);
}

#[test]
fn a_hundred_thousand_ignore_and_baseline_entries_and_allow_comments_are_taken() {
    let repo = Repo::new();
    let entries: String = (0..100_000)
        .map(|at| format!("[[ignore]]\nfingerprint = \"{at:016x}\"\nreason = \"number {at}\"\n\n"))
        .collect();
    repo.write("keydredge-ignore.toml", &entries).write("a", github_token(3));
    scan_at_once(&repo).exits(1);
    repo.write("keydredge-ignore.toml", format!("{entries}[[ignore]]\nfingerprint = \"x\"\n"));
    let outcome = scan_at_once(&repo).exits(2);
    assert!(outcome.stderr.contains("keydredge-ignore.toml:400002: "), "{}", outcome.stderr);
    repo.remove("keydredge-ignore.toml");
    let entries: String = (0..100_000).map(|at| format!("{at:016x} some-rule\n")).collect();
    let salt = "00112233445566778899aabbccddeeff";
    repo.write("keydredge-baseline.txt", format!("# keydredge baseline v1\nsalt {salt}\n{entries}"));
    scan_at_once(&repo).exits(1);
    repo.write("a", format!("t = {} # keydredge:allow x -- y\n", github_token(4)).repeat(10_000));
    scan_at_once(&repo).exits(0);
}
