//! gitleaks's files in a repository, honoured as they are.

use crate::harness::{Repo, github_token};

fn leak(seed: u64) -> String {
    format!("TOKEN={}\n", github_token(seed))
}

#[test]
fn places_of_gitleaksignore_are_covered_in_every_command() {
    let repo = Repo::new();
    repo.write("a.env", format!("# one\n{}", leak(1)));
    let commit = repo.commit("leak");
    for command in [&["scan"][..], &["history"], &["diff", "4b825dc642cb6eb9a060e54bf8d69288fbee4904..HEAD"]]
    {
        repo.run(command).exits(1);
    }
    let covered = "# ours\n\na.env:github-pat:2\n".to_owned();
    repo.write(".gitleaksignore", &covered);
    let outcome = repo.run_json(&["scan"]).exits(0);
    assert!(
        outcome.findings()[0]["suppressed_by"].to_string().contains(".gitleaksignore"),
        "{}",
        outcome.stdout
    );
    assert!(outcome.json()["summary"]["settings"]["files"].to_string().contains(".gitleaksignore"));
    repo.run_with(".", &["scan", "."], &[], b"").exits(0);
    repo.run(&["history"]).exits(0);
    repo.stage();
    repo.run(&["hook", "run", "a.env"]).exits(0);
    repo.run(&["hook", "run", "--stage", "pre-receive"]).exits(0);
    // With a commit it is about what that commit added.
    repo.write(".gitleaksignore", format!("{commit}:a.env:github-pat:2\n"));
    repo.run(&["history"]).exits(0);
    repo.run(&["scan"]).exits(1);
    // Another line, file or commit, and a second place, are not covered.
    for entry in
        ["a.env:github-pat:1", "b.env:github-pat:2", "1111111111111111111111111111111111111111:a.env:x:2"]
    {
        repo.write(".gitleaksignore", entry);
        repo.run(&["scan"]).exits(1);
        repo.run(&["history"]).exits(1);
    }
    repo.write(".gitleaksignore", &covered).write("b.env", leak(1));
    repo.run(&["scan"]).exits(1);
    // An invalid line is an error with its number.
    repo.write(".gitleaksignore", format!("{covered}what is this\n"));
    let outcome = repo.run(&["scan"]).exits(2);
    assert!(outcome.stderr.contains(".gitleaksignore:4"), "{}", outcome.stderr);
}

#[test]
fn entries_of_gitleaksignore_that_a_change_brings_do_not_cover_what_it_brings() {
    let repo = Repo::forked();
    repo.write("a.env", leak(2)).write(".gitleaksignore", "a.env:github-pat:1\n");
    repo.commit("leak");
    let outcome = repo.run_json(&["diff", "main..topic"]).exits(1);
    let proposed = outcome.json()["summary"]["settings"]["proposed"].to_string();
    assert!(proposed.contains(".gitleaksignore") && proposed.contains("add 1"), "{proposed}");
    repo.run(&["diff", "main..topic", "--policy-from", "HEAD"]).exits(0);
    // Nor may a change remove the entry for a place that it keeps.
    let repo = Repo::new();
    repo.write("a.env", leak(3)).write(".gitleaksignore", "a.env:github-pat:1\nb.env:github-pat:1\n");
    repo.commit("one");
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo.write("b.env", leak(4));
    repo.commit("covered by what was there");
    repo.run(&["diff", "main..topic"]).exits(0);
    repo.remove(".gitleaksignore");
    repo.commit("taken away");
    repo.run(&["diff", "main..topic"]).exits(1);
}

#[test]
fn a_report_of_gitleaks_is_a_baseline() {
    let repo = Repo::new();
    repo.write("a.env", leak(5)).write("b.env", format!("# one\n{}", leak(6)));
    let commit = repo.commit("leaks");
    let report = |second: &str, secret: &str| {
        format!(
            r#"[{{"RuleID":"github-pat","File":"a.env","StartLine":1,"Commit":"","Secret":"{}","Match":"x","Tags":[]}},
                {{"RuleID":"github-pat","File":"b.env","StartLine":2,"Commit":"{second}","Secret":"{secret}"}}]"#,
            github_token(5)
        )
    };
    repo.write("report.json", report("", "REDACTED"));
    repo.run(&["scan"]).exits(1);
    let outcome = repo.run_json(&["scan", "--baseline", "report.json"]).exits(0);
    assert_eq!(outcome.findings().len(), 2, "{}", outcome.stdout);
    assert!(!outcome.says(&github_token(5)), "{}", outcome.stdout);
    // The secret is covered everywhere; a redacted one at its place.
    repo.write("c.env", leak(5));
    repo.run(&["scan", "--baseline", "report.json"]).exits(0);
    repo.write("b.env", leak(6));
    repo.run(&["scan", "--baseline", "report.json"]).exits(1);
    repo.write("report.json", report(&commit, "REDACTED"));
    repo.run(&["history", "--baseline", "report.json"]).exits(0);
    repo.write("report.json", report("", &github_token(6)));
    repo.write("keydredge.toml", "baseline = \"report.json\"\n");
    repo.run(&["scan"]).exits(0);
    repo.write("report.json", "[{\"File\": 1}]");
    repo.run(&["scan"]).exits(2);
    // A change cannot bring its own.
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo.write("report.json", report("", "x")).write("new.env", leak(5));
    repo.git(&["checkout", "-q", "main", "--", "a.env", "b.env"]);
    repo.remove("c.env");
    repo.commit("leak");
    repo.run(&["diff", "main..topic", "--baseline", "report.json"]).exits(2);
}
