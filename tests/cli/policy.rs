//! The settings of a run: which are in force, that a change does not choose its own, and that the receipt shows them.

use crate::harness::{Outcome, Repo, fake, formats, github_token};
use serde_json::Value;

/// A credential that no checksum proves.
fn unproved(seed: u64) -> String {
    fake("sk_live_{base62:24}", seed)
}

/// A branch `pr` that is checked out, whose base has these files.
fn pull_request(base: &[(&str, &str)]) -> Repo {
    let repo = Repo::new();
    repo.write("a", "x");
    for (path, text) in base {
        repo.write(path, text);
    }
    repo.commit("base");
    repo.git(&["checkout", "-q", "-b", "pr"]);
    repo
}

fn leak(repo: &Repo) {
    repo.write("s.env", format!("TOKEN={}\n", github_token(1)));
    repo.commit("leak");
}

fn settings(outcome: &Outcome) -> Value {
    outcome.json()["summary"]["settings"].clone()
}

const NEUTERED: &str = "[[rules]]\nid = \"github-pat-classic\"\ndescription = \"Nothing\"\nregex = '''zzzz_[0-9]{9}'''\n\
                        keywords = [\"zzzz_\"]\nseverity = \"low\"\nconfidence = \"low\"\n";

#[test]
fn no_setting_that_a_change_brings_decides_how_it_is_judged() {
    let table: &[&[(&str, &str)]] = &[
        &[("keydredge.toml", "exclude = [\"s.env\"]\n")],
        &[("keydredge.toml", "skip = [\"github-pat-classic\"]\n")],
        &[("keydredge.toml", "only = [\"jwt\"]\n")],
        &[("keydredge.toml", "fail-on = \"critical\"\nmin-confidence = \"certain\"\n")],
        &[("keydredge.toml", "max-file-size = 1\n")],
        &[("keydredge.toml", "new-allows = \"permit\"\n")],
        &[("keydredge.toml", NEUTERED)],
        &[("keydredge.toml", "rules = [\"r.toml\"]\n"), ("r.toml", NEUTERED)],
        &[("keydredge.toml", "this is no TOML\n")],
    ];
    for files in table {
        let repo = pull_request(&[]);
        for (path, text) in *files {
            repo.write(path, text);
        }
        leak(&repo);
        let outcome = repo.run_json(&["diff", "main..pr"]).exits(1);
        let settings = settings(&outcome);
        assert_eq!(settings["files"], serde_json::json!([]), "{files:?}");
        assert!(settings["proposed"].to_string().contains("keydredge.toml"), "{files:?}: {settings}");
        assert!(repo.run(&["diff", "main..pr"]).stdout.contains("this change would"), "{files:?}");
    }
}

#[test]
fn a_baseline_or_an_ignore_entry_that_a_change_brings_covers_nothing() {
    let repo = pull_request(&[]);
    leak(&repo);
    repo.run(&["baseline", "write"]).exits(0);
    repo.commit("accept it");
    let outcome = repo.run_json(&["diff", "main..pr"]).exits(1);
    assert!(settings(&outcome)["proposed"].to_string().contains("keydredge-baseline.txt"), "{outcome:?}");

    let repo = pull_request(&[]);
    leak(&repo);
    let print = repo.run_json(&["diff", "main..pr"]).exits(1).findings()[0]["fingerprint"].clone();
    let print = print.as_str().expect("a fingerprint").to_owned();
    repo.run(&["ignore", "add", &print, "--reason", "mine"]).exits(0);
    repo.commit("ignore it");
    let outcome = repo.run_json(&["diff", "main..pr"]).exits(1);
    assert!(settings(&outcome)["proposed"].to_string().contains("keydredge-ignore.toml"), "{outcome:?}");
    // Once it is merged, it counts.
    repo.git(&["checkout", "-q", "-b", "later"]);
    repo.write("t.env", format!("TOKEN={}\n", github_token(1)));
    repo.commit("the same again");
    repo.run(&["diff", "pr..later"]).exits(0);
}

#[test]
fn a_nested_configuration_that_a_change_brings_is_no_nearer() {
    let repo = pull_request(&[("keydredge.toml", "min-confidence = \"low\"\n"), ("sub/a", "x")]);
    repo.write("sub/keydredge.toml", "exclude = [\"*\"]\n");
    leak(&repo);
    let outcome = repo.run_with("sub", &["diff", "main..pr", "-f", "json"], &[], b"").exits(1);
    let settings = settings(&outcome);
    assert_eq!(settings["files"][0]["path"], "keydredge.toml", "{settings}");
    assert!(settings["proposed"].to_string().contains("sub/keydredge.toml"), "{settings}");
}

#[test]
fn a_file_that_the_command_line_names_is_read_from_before_the_change() {
    let repo = pull_request(&[("ci/kd.toml", "min-confidence = \"low\"\n"), ("ci/rules.toml", "")]);
    repo.write("ci/kd.toml", "exclude = [\"*\"]\n").write("ci/new.toml", "exclude = [\"*\"]\n");
    repo.write("ci/rules.toml", NEUTERED);
    leak(&repo);
    repo.run(&["diff", "main..pr", "--config", "ci/kd.toml"]).exits(1);
    repo.run(&["diff", "main..pr", "--rules", "ci/rules.toml"]).exits(1);
    repo.run_with("ci", &["diff", "main..pr", "--config", "../ci/./kd.toml"], &[], b"").exits(1);
    let absolute = repo.path().join("ci/kd.toml");
    repo.run(&["diff", "main..pr", "--config", absolute.to_str().expect("UTF-8")]).exits(1);
    for flag in ["--config", "--rules", "--baseline", "--policy-from"] {
        let outcome = repo.run(&["diff", "main..pr", flag, "ci/new.toml"]).exits(2);
        assert!(outcome.stderr.contains("brought by the change"), "{flag}: {}", outcome.stderr);
    }
    // Files that the job itself makes are trusted.
    repo.write("made.toml", "exclude = [\"s.env\", \"ci\"]\n");
    repo.run(&["diff", "main..pr", "--config", "made.toml"]).exits(0);
    repo.run(&["diff", "main..pr", "--policy-from", "made.toml"]).exits(0);
}

#[cfg(unix)]
#[test]
fn a_configuration_that_becomes_a_link_leads_nowhere() {
    let repo = pull_request(&[("real.toml", "exclude = [\"s.env\"]\n")]);
    std::os::unix::fs::symlink("real.toml", repo.path().join("keydredge.toml")).expect("a link can be made");
    leak(&repo);
    repo.run(&["diff", "main..pr"]).exits(1);
    let outcome = repo.run(&["diff", "main..pr", "--policy-from", "HEAD"]).exits(2);
    assert!(outcome.stderr.contains("symbolic link"), "{}", outcome.stderr);
}

#[test]
fn a_change_is_judged_by_its_own_settings_if_that_is_asked_for() {
    let repo = pull_request(&[]);
    repo.write("keydredge.toml", "exclude = [\"s.env\"]\n");
    leak(&repo);
    repo.run(&["diff", "main..pr", "--policy-from", "BASE"]).exits(1);
    let outcome = repo.run_json(&["diff", "main..pr", "--policy-from", "HEAD"]).exits(0);
    assert!(settings(&outcome)["files"][0]["origin"].to_string().contains("head "), "{outcome:?}");
    repo.run(&["diff", "main..pr", "--policy-from", "nowhere.toml"]).exits(2);
}

#[test]
fn the_settings_of_the_base_are_in_force_although_the_change_takes_them_away() {
    let repo = pull_request(&[("keydredge.toml", "exclude = [\"s.env\"]\n")]);
    repo.remove("keydredge.toml");
    leak(&repo);
    let outcome = repo.run_json(&["diff", "main..pr"]).exits(0);
    let proposed = settings(&outcome)["proposed"].to_string();
    assert!(proposed.contains("to unset"), "{proposed}");
}

#[test]
fn the_receipt_names_what_was_used_and_what_it_left_out() {
    let repo = Repo::new();
    repo.write("keydredge.toml", "skip = [\"jwt\"]\nrules = [\"r.toml\"]\n").write("r.toml", NEUTERED);
    repo.write("keydredge-baseline.txt", "# keydredge baseline v1\n").write("a", "x");
    repo.commit("one");
    for command in [&["scan"][..], &["history"], &["diff", "HEAD"], &["staged"]] {
        let outcome = repo.run_json(command).exits(0);
        let settings = settings(&outcome);
        let roles: Vec<_> =
            settings["files"].as_array().expect("a list").iter().map(|file| &file["role"]).collect();
        assert_eq!(roles, ["configuration", "rules", "baseline"], "{command:?}");
        let digest = settings["files"][1]["sha256"].as_str().expect("a digest");
        assert_eq!(digest.len(), 64, "{settings}");
        assert_eq!(settings["skipped"], serde_json::json!([{ "rule": "jwt", "by": path(&settings, 0) }]));
        let overridden = serde_json::json!([{ "rule": "github-pat-classic", "by": path(&settings, 1) }]);
        assert_eq!(settings["overridden"], overridden, "{command:?}");
        let text = repo.run(command).exits(0).stdout;
        assert!(text.contains("1 rule skipped") && text.contains("1 rule overridden"), "{text}");
    }
    let outcome = repo.run_json(&["scan", "--skip", "jwt", "--skip", "npm-access-token"]).exits(0);
    assert!(settings(&outcome)["skipped"].to_string().contains("command line"), "{outcome:?}");
    let sarif = repo.run(&["scan", "--format", "sarif"]).exits(0).json();
    let said = &sarif["runs"][0]["invocations"][0]["properties"]["settings"];
    assert_eq!(said["overriddenRules"], 1, "{said}");
}

fn path(settings: &Value, at: usize) -> Value {
    settings["files"][at]["path"].clone()
}

#[test]
fn rules_and_baselines_are_looked_for_beside_the_file_that_names_them() {
    let repo = Repo::new();
    repo.write("team/keydredge.toml", "rules = [\"more/r.toml\"]\n").write("team/more/r.toml", NEUTERED);
    repo.write("team/deep/a", "key: zzzz_739182645\n");
    repo.commit("one");
    let outcome =
        repo.run_with("team/deep", &["scan", "-f", "json", "--min-confidence", "low"], &[], b"").exits(1);
    assert_eq!(outcome.found()[0].0, "github-pat-classic");
    let elsewhere = repo.path().join("team/keydredge.toml");
    let config = elsewhere.to_str().expect("UTF-8");
    repo.run(&["scan", "--config", config, "--min-confidence", "low"]).exits(1);
}

/// The result for an allow comment that a change adds with a credential, under a `new-allows` of the base.
fn with_new_allow(new_allows: Option<&str>, secret: &str) -> Outcome {
    let text = new_allows.map(|value| format!("new-allows = \"{value}\"\n"));
    let repo = pull_request(&[("keydredge.toml", text.as_deref().unwrap_or_default())]);
    repo.write("s.env", format!("KEY={secret} # keydredge:allow\n"));
    repo.commit("leak");
    repo.run_json(&["diff", "main..pr"])
}

#[test]
fn an_allow_comment_that_a_change_brings_is_reported_and_covers_nothing_that_is_proved() {
    let table = [
        (None, unproved(1), 0),
        (None, github_token(1), 1),
        (Some("report"), github_token(1), 1),
        (Some("deny"), unproved(1), 1),
        (Some("deny"), github_token(1), 1),
        (Some("permit"), unproved(1), 0),
        (Some("permit"), github_token(1), 0),
    ];
    for (new_allows, secret, code) in table {
        let outcome = with_new_allow(new_allows, &secret).exits(code);
        let is_told = outcome.json()["summary"]["notes"].to_string().contains("s.env:1");
        assert_eq!(is_told, code == 0 && new_allows != Some("permit"), "{new_allows:?}: {}", outcome.stdout);
        let is_explained = outcome.findings()[0]["reasons"].to_string().contains("allow comment");
        assert_eq!(is_explained, code == 1, "{new_allows:?}: {}", outcome.stdout);
    }
}

#[test]
fn a_new_allow_comment_is_under_review_in_sarif() {
    let repo = pull_request(&[]);
    repo.write("s.env", format!("KEY={} # keydredge:allow\n", unproved(3)));
    repo.commit("leak");
    let sarif = repo.run(&["diff", "main..pr", "-f", "sarif"]).exits(0).json();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["suppressions"][0]["status"], "underReview", "{result}");
    assert_eq!(result["suppressions"][0]["kind"], "inSource", "{result}");
    let told = sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"].to_string();
    assert!(told.contains("to be reviewed"), "{told}");
}

#[test]
fn an_allow_comment_from_before_the_change_moves_with_its_secret() {
    let line = format!("KEY={} # keydredge:allow\n", github_token(7));
    let repo = pull_request(&[("old.env", &line)]);
    repo.git(&["mv", "old.env", "new.env"]);
    repo.commit("move");
    let outcome = repo.run_json(&["diff", "main..pr"]).exits(0);
    assert!(!outcome.json()["summary"]["notes"].to_string().contains("reviewed"), "{}", outcome.stdout);
    // One that covers the secret for the first time is new.
    let repo = pull_request(&[]);
    repo.write("old.env", line);
    repo.commit("leak");
    repo.run(&["diff", "main..pr"]).exits(1);
    repo.run(&["diff", "main..pr", "--policy-from", "HEAD"]).exits(1);
}

#[test]
fn a_secret_in_a_proposed_setting_or_in_the_name_of_a_settings_file_is_masked() {
    let repo = pull_request(&[]);
    let (one, other) = (github_token(8), github_token(9));
    repo.write("keydredge.toml", format!("exclude = [\"{one}\"]\nrules = [\"{other}.toml\"]\n"));
    repo.write(&format!("{other}.toml"), NEUTERED.replace("github-pat-classic", "acme-key"));
    repo.commit("leak");
    for format in formats() {
        let outcome = repo.run(&["diff", "main..pr", "-f", format]).exits(1);
        assert!(!outcome.says(&one[8..20]) && !outcome.says(&other[8..20]), "{format}: {}", outcome.stdout);
    }
    let outcome = repo.run(&["diff", "main..pr", "--policy-from", "HEAD", "-f", "json"]);
    assert!(!outcome.says(&other[8..20]), "{}", outcome.stdout);
}

#[test]
fn annotations_and_the_summary_tell_the_reviewer_what_the_change_would_silence() {
    let repo = pull_request(&[]);
    repo.write("keydredge.toml", "skip = [\"jwt\"]\n");
    repo.write("a,b:c.env", format!("KEY={} # keydredge:allow\n", unproved(4)));
    repo.write("s.env", format!("TOKEN={}\n", github_token(2)));
    repo.commit("leak");
    let text = repo.run(&["diff", "main..pr", "-f", "github"]).exits(1).stdout;
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("::error file=s.env,line=1,endLine=1,col=7,"), "{text}");
    assert!(lines.iter().any(|line| line.starts_with("::warning file=a%2Cb%3Ac.env,line=1")), "{text}");
    assert!(lines.iter().any(|line| line.starts_with("::warning file=keydredge.toml")), "{text}");
    let text = repo.run(&["diff", "main..pr", "-f", "markdown"]).exits(1).stdout;
    assert!(text.contains("1 secret found") && text.contains("`s.env:1`"), "{text}");
    assert!(text.contains("To be reviewed") && text.contains("this change would"), "{text}");
}

#[test]
fn several_paths_are_judged_by_what_is_above_all_of_them() {
    let repo = Repo::new();
    let token = github_token(1);
    let silent = "skip = [\"github-pat-classic\"]\n";
    repo.write("a/keydredge.toml", silent).write("a/x", "text\n").write("b/x", format!("t={token}\n"));
    for paths in [&["a", "b"][..], &["b", "a"], &["a/x", "b/x"], &["a/x", "a", "b/x"]] {
        let mut arguments = vec!["scan"];
        arguments.extend(paths);
        repo.run(&arguments).exits(1);
    }
    repo.write("a/y", format!("t={token}\n"));
    repo.run(&["scan", "a/x", "a/y"]).exits(0);
    repo.write("keydredge.toml", silent);
    repo.run(&["scan", "a/x", "b/x"]).exits(0);
}

#[test]
fn the_settings_of_one_repository_do_not_judge_another() {
    let (one, two) = (Repo::new(), Repo::new());
    one.write("x", "text\n");
    two.write("x", format!("t={}\n", github_token(1)));
    let paths = [one.path().display().to_string(), two.path().display().to_string()];
    let arguments = |first: usize| ["scan".to_owned(), paths[first].clone(), paths[1 - first].clone()];
    let run = |first: usize| {
        let arguments = arguments(first);
        one.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    (0..2).for_each(|first| drop(run(first).exits(1)));
    for (repo, name, text) in [
        (&one, "keydredge.toml", "skip = [\"github-pat-classic\"]\n"),
        (&two, "keydredge.toml", "skip = [\"github-pat-classic\"]\n"),
        (&one, ".gitleaks.toml", "[extend]\nuseDefault = true\n[allowlist]\npaths = ['.*']\n"),
    ] {
        repo.write(name, text);
        for first in 0..2 {
            let outcome = run(first).exits(2);
            assert!(outcome.stderr.contains("have different settings"), "{}", outcome.stderr);
            assert!(outcome.stderr.contains(name), "{}", outcome.stderr);
        }
        std::fs::remove_file(repo.path().join(name)).expect("it was there");
    }
}

#[test]
fn places_in_two_repositories_are_two_and_a_comment_in_one_covers_nothing_in_the_other() {
    let (one, two) = (Repo::new(), Repo::new());
    let token = github_token(1);
    one.write("x", format!("t={token} # keydredge:allow\n")).write("sub/y", "z\n");
    two.write("x", format!("t={token} # nothing to see\n"));
    let beside = format!("../{}", two.path().file_name().expect("it has a name").display());
    for arguments in [&["scan", ".", &beside][..], &["scan", &beside, "."], &["scan", &beside, "x"]] {
        let outcome = one.run_json(arguments).exits(1);
        let mut paths = outcome.found().remove(0).1;
        paths.sort();
        assert_eq!(paths, [format!("{beside}/x"), "x".to_owned()], "{arguments:?}");
    }
    let outcome =
        one.run_with("sub", &["scan", ".", &format!("../{beside}"), "-f", "json"], &[], b"").exits(1);
    assert_eq!(outcome.found()[0].1, [format!("../{beside}/x")]);
    let outcome =
        one.run_with("sub", &["scan", "../x", &format!("../{beside}"), "-f", "json"], &[], b"").exits(1);
    assert_eq!(outcome.found()[0].1, [format!("../{beside}/x"), "../x".to_owned()]);
}
