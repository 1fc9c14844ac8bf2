//! `keydredge.toml`: found from subfolders, strict, and never silently read in part.

use crate::harness::{Outcome, Repo, fake, github_token};

#[test]
fn it_is_found_from_a_sub_directory_and_for_a_single_file() {
    let repo = Repo::new();
    repo.write("keydredge.toml", "skip = [\"github-pat-classic\"]\n");
    repo.write("deep/er/a.txt", format!("{}\n", github_token(1)));
    repo.run(&["scan"]).exits(0);
    repo.run_with("deep", &["scan"], &[], b"").exits(0);
    repo.run_with("deep/er", &["scan", "a.txt"], &[], b"").exits(0);
    repo.run(&["scan", "deep/er/a.txt"]).exits(0);
}

#[test]
fn unknown_keys_and_wrong_values_are_errors_with_a_line() {
    let repo = Repo::plain();
    repo.write("a", "x");
    for (text, line, word) in [
        ("skip = []\nmin-confidense = \"low\"\n", "keydredge.toml:2", "min-confidense"),
        ("[allowlist]\npaths = []\n", "keydredge.toml:1", "allowlist"),
        ("\nmin-confidence = \"sure\"\n", "keydredge.toml:2", "min-confidence"),
        ("exclude = [\n", "keydredge.toml:", ""),
    ] {
        repo.write("keydredge.toml", text);
        let outcome = repo.run(&["scan"]).exits(2);
        assert!(outcome.stderr.contains(line) && outcome.stderr.contains(word), "{text}: {}", outcome.stderr);
    }
    assert!(repo.run(&["scan", "--config", "nowhere.toml"]).exits(2).stderr.contains("nowhere.toml"));
}

#[test]
fn folders_are_left_out_with_the_globs_people_know() {
    let repo = Repo::new();
    repo.write("keydredge.toml", "exclude = [\"vendor/\", \"*.min.js\"]\n");
    repo.write("vendor/deep/a.env", github_token(2)).write("x/y.min.js", github_token(3)).write("kept", "x");
    let outcome = repo.run_json(&["scan"]).exits(0);
    assert!(
        outcome.json()["summary"]["coverage"]["excluded"].to_string().contains("vendor"),
        "{}",
        outcome.stdout
    );
    repo.stage();
    repo.run(&["staged"]).exits(0);
}

#[test]
fn rules_of_one_s_own_are_found_and_wrong_ones_refused_with_file_and_line() {
    let repo = Repo::plain();
    repo.write(
        "keydredge.toml",
        "[[rules]]\nid = \"acme-key\"\ndescription = \"Acme key\"\nregex = '''acme_[0-9a-f]{16}'''\nkeywords = [\"acme_\"]\nseverity = \"high\"\nconfidence = \"high\"\n",
    );
    repo.write("a", "key: acme_0f3c9a7be21d4856\n");
    let outcome = repo.run_json(&["scan"]).exits(1);
    assert_eq!(outcome.found()[0].0, "acme-key");
    repo.write(
        "bad.toml",
        "[[rules]]\nid = \"bad\"\ndescription = \"Bad\"\nregex = '''(unclosed'''\nkeywords = [\"unclosed\"]\n\n[[rules]]\nid = \"worse\"\ncolour = \"red\"\n",
    );
    let outcome = repo.run(&["scan", "--rules", "bad.toml"]).exits(2);
    assert!(outcome.stderr.contains("bad.toml:"), "{}", outcome.stderr);
    repo.run(&["rules", "check", "bad.toml"]).exits(2);
}

#[test]
fn built_in_rules_stay_on_whatever_is_configured() {
    let repo = Repo::plain();
    repo.write("keydredge.toml", "min-confidence = \"low\"\n");
    repo.write("a.env", github_token(4));
    repo.run(&["scan"]).exits(1);
}

#[test]
fn what_a_configuration_names_and_is_not_there_is_told_with_file_and_line() {
    let repo = Repo::new();
    repo.write("a/x", "x").write("empty.toml", "");
    let table: &[(&str, &[&str])] = &[
        (
            "skip = [\n  \"generic-password\",\n  \"github-pat-classik\",\n]\n",
            &["keydredge.toml:3: there is no rule `github-pat-classik`. Did you mean `github-pat-classic`?"],
        ),
        ("only = [\"nobody-s\"]\n", &["keydredge.toml:1: there is no rule `nobody-s`"]),
        (
            "\n[[allow]]\nwords = [\"x\"]\nrules = [\"nope\"]\n[[allow]]\nwords = [\"x\"]\nrules = [\"none\"]\n",
            &["keydredge.toml:4: there is no rule `nope`", "keydredge.toml:7: there is no rule `none`"],
        ),
        (
            "rules = [\"../empty.toml\",\n\"nope.toml\"]\n",
            &[
                "keydredge.toml:2: `rules` names `nope.toml`: nope.toml could not be read: there is no such file",
            ],
        ),
        ("strict = true\nbaseline = \"nope.txt\"\n", &["keydredge.toml:2: `baseline` names `nope.txt`: "]),
        ("ignore-file = \"nope.toml\"\n", &["keydredge.toml:1: `ignore-file` names `nope.toml`: "]),
        (
            "exclude = [\n  \"a/\",\n  \"b[\",\n]\n",
            &[
                "keydredge.toml:3: `exclude` cannot be used (`b[`): pattern number 2",
                "has a `[` that no `]` closes",
            ],
        ),
    ];
    for &(text, parts) in table {
        repo.write("a/keydredge.toml", text);
        let outcome = repo.run(&["scan", "a"]).exits(2);
        for part in parts {
            assert!(outcome.stderr.contains(part), "{text}: {}", outcome.stderr);
        }
    }
    // What the command line names is no matter of the file.
    repo.write("a/keydredge.toml", "skip = [\"generic-password\"]\n");
    let outcome = repo.run(&["scan", "a", "--skip", "nope"]).exits(2);
    assert!(outcome.stderr.starts_with("keydredge: there is no rule `nope`"), "{}", outcome.stderr);
}

/// The paths of findings that fail a run, as JSON tells them.
fn failing(outcome: &Outcome) -> Vec<String> {
    let mut paths = Vec::new();
    for finding in outcome.findings() {
        for one in finding["occurrences"].as_array().expect("a finding has occurrences") {
            if one["suppressed_by"].is_null() {
                paths.push(one["path"].as_str().unwrap_or("-").to_owned());
            }
        }
    }
    paths.sort();
    paths.dedup();
    paths
}

#[test]
fn a_configuration_further_down_counts_for_what_is_below_it_wherever_it_is_looked() {
    let repo = Repo::new();
    repo.write("keydredge.toml", "exclude = [\"third-party/\"]\n");
    repo.write("a/keydredge.toml", "[[allow]]\nreason = \"made up\"\npaths = [\"made/\"]\n");
    repo.write("skip/keydredge.toml", "skip = [\"github-pat-classic\"]\n");
    repo.write("deep/er/keydredge.toml", "exclude = [\"/x\"]\n");
    repo.write("other", "nothing\n");
    let base = repo.commit("one");
    let line = |seed| format!("t = {}\n", github_token(seed));
    let covered = ["a/made/x", "a/b/made/x", "skip/x", "deep/er/x"];
    for (seed, path) in (1..).zip(covered) {
        repo.write(path, line(seed));
    }
    repo.stage();
    let files = "a/keydredge.toml";
    let staged = repo.run_json(&["staged"]).exits(0);
    assert!(staged.stdout.contains(files), "{}", staged.stdout);
    repo.run(&["hook", "run", "a/made/x", "skip/x"]).exits(0);
    let loud = ["b/made/x", "a/x", "deep/x", "deep/er/y/x", "skipped/x"];
    for (seed, path) in (10..).zip(loud) {
        repo.write(path, line(seed));
    }
    repo.stage();
    let mut expected = loud.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(failing(&repo.run_json(&["staged"]).exits(1)), expected);
    repo.commit("two");
    for command in [["diff", base.as_str()].as_slice(), &["scan"], &["history", "--no-cache"]] {
        assert_eq!(failing(&repo.run_json(command).exits(1)), expected, "{command:?}");
    }
    repo.run(&["scan", "a/made"]).exits(0);
    repo.run(&["scan", "--config", "keydredge.toml", "a/made"]).exits(1);
}

#[test]
fn a_change_chooses_no_configuration_further_down_and_is_told_of_what_it_uncovers() {
    let repo = Repo::new();
    repo.write("a/keydredge.toml", "[[allow]]\nreason = \"made up\"\npaths = [\"x\"]\n");
    repo.write("a/x", format!("t = {}\n", github_token(1)));
    let base = repo.commit("one");
    repo.write("c/keydredge.toml", "skip = [\"github-pat-classic\"]\n");
    repo.write("c/x", format!("t = {}\n", github_token(2)));
    repo.stage();
    repo.run(&["staged"]).exits(0);
    let second = repo.commit("two");
    let outcome = repo.run_json(&["diff", &base]).exits(1);
    assert_eq!(failing(&outcome), ["c/x"]);
    assert!(outcome.says("c/keydredge.toml is of this change"), "{}", outcome.stdout);
    repo.run(&["diff", "--policy-from", "HEAD", &base]).exits(0);
    repo.remove("a/keydredge.toml");
    repo.write("a/x", format!("t = {}\nmore\n", github_token(1)));
    repo.stage();
    assert_eq!(failing(&repo.run_json(&["staged"]).exits(1)), ["a/x"]);
    repo.commit("three");
    assert_eq!(failing(&repo.run_json(&["diff", &second]).exits(1)), ["a/x"]);
}

#[test]
fn a_change_that_takes_an_allowance_away_uncovers_what_it_touches() {
    let repo = Repo::new();
    repo.write("keydredge.toml", "[[allow]]\nreason = \"made up\"\npaths = [\"x\"]\n");
    repo.write("x", format!("t = {}\n", github_token(1)));
    let base = repo.commit("one");
    repo.write("x", format!("t = {}\nmore\n", github_token(1)));
    repo.stage();
    repo.run(&["staged"]).exits(0);
    repo.remove("keydredge.toml");
    repo.stage();
    assert_eq!(failing(&repo.run_json(&["staged"]).exits(1)), ["x"]);
    repo.commit("two");
    assert_eq!(failing(&repo.run_json(&["diff", &base]).exits(1)), ["x"]);
}

#[test]
fn a_configuration_further_down_that_is_broken_or_asks_for_more_is_told() {
    let repo = Repo::new();
    repo.write("a/keydredge.toml", "no-such-key = 1\n");
    repo.write("a/x", format!("t = {}\n", github_token(1)));
    repo.write("b/keydredge.toml", "strict = true\nfail-on = \"critical\"\nrules = [\"more.toml\"]\n");
    repo.write("b/x", format!("url = \"https://someone:{}@db.example.org/\"\n", fake("{base62:16}", 1)));
    let outcome = repo.run_json(&["scan"]).exits(1);
    assert_eq!(failing(&outcome), ["a/x"], "{}", outcome.stdout);
    assert!(outcome.says("a/keydredge.toml is not in force"), "{}", outcome.stdout);
    assert!(outcome.says("`rules`, `strict` of"), "{}", outcome.stdout);
}
