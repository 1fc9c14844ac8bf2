//! `config`: settings are checked, shown with where they come from, and begun.

use crate::harness::{Repo, github_token};

#[test]
fn what_is_in_force_is_shown_with_where_it_comes_from() {
    let repo = Repo::new();
    let keys = [
        "min-confidence",
        "fail-on",
        "fail-in-tests",
        "new-allows",
        "exclude",
        "no-ignore",
        "max-file-size",
        "strict",
        "max-time-per-file",
        "only",
        "skip",
        "rules",
        "baseline",
        "ignore-file",
    ];
    let shown = repo.run(&["config", "show", "--origin"]).exits(0).stdout;
    for key in keys {
        assert!(
            shown.lines().any(|line| line.starts_with(&format!("{key} = ")) && line.ends_with("# default")),
            "{key}: {shown}"
        );
    }
    repo.write("keydredge.toml", "min-confidence = \"high\"\nexclude = [\"a/\"]\n").write("sub/x", "");
    let shown = repo.run_with("sub", &["config", "show", "--origin"], &[], b"").exits(0).stdout;
    for (key, value) in [("min-confidence", "high"), ("exclude", "[\"a/\"]")] {
        let line =
            shown.lines().find(|line| line.starts_with(&format!("{key} = {value}"))).unwrap_or_default();
        assert!(line.ends_with("keydredge.toml"), "{shown}");
    }
    // The nearest file counts, alone.
    repo.write("sub/keydredge.toml", "fail-on = \"high\"\n");
    let shown = repo.run(&["config", "show", "sub"]).exits(0).stdout;
    assert!(shown.contains("fail-on = high\n") && shown.contains("min-confidence = \"medium\"\n"), "{shown}");
    assert!(!shown.contains('#'), "{shown}");
}

#[test]
fn a_file_of_settings_that_cannot_be_used_is_named_with_its_line() {
    let repo = Repo::new();
    assert!(repo.run(&["config", "check"]).exits(0).stdout.contains("the defaults are in force"));
    let table = [
        ("keydredge.toml", "min-confidenc = \"high\"\n", "keydredge.toml:1"),
        ("keydredge.toml", "skip = [\"no-such-rule\"]\n", "no-such-rule"),
        ("keydredge.toml", "rules = [\"missing.toml\"]\n", "missing.toml"),
        ("keydredge.toml", "[[rules]]\nid = \"a\"\n", "keydredge.toml:1"),
        ("keydredge-baseline.txt", "nonsense\n", "keydredge-baseline.txt"),
        ("keydredge-ignore.toml", "x = 1\n", "keydredge-ignore.toml"),
    ];
    for (file, text, said) in table {
        repo.write(file, text);
        for command in ["check", "show"] {
            let outcome = repo.run(&["config", command]);
            let is_seen = command == "check" || !text.contains("no-such-rule");
            assert_eq!(outcome.code, if is_seen { 2 } else { 0 }, "{text}: {outcome:?}");
            assert!(!is_seen || outcome.stderr.contains(said), "{text}: {outcome:?}");
        }
        repo.remove(file);
    }
    let entry = "[[ignore]]\nfingerprint = \"0123456789abcdef\"\nreason = \"r\"\nexpires = \"2020-01-31\"\n";
    repo.write("keydredge-ignore.toml", entry);
    let outcome = repo.run(&["config", "check"]);
    assert!(outcome.code != 0 && outcome.says("keydredge-ignore.toml"), "{outcome:?}");
}

#[test]
fn a_configuration_is_begun_once_and_each_of_its_lines_may_be_used() {
    let repo = Repo::new();
    repo.run(&["config", "init"]).exits(0);
    let text = std::fs::read_to_string(repo.path().join("keydredge.toml")).expect("it is written");
    repo.run(&["config", "check"]).exits(0);
    assert!(repo.run(&["config", "init"]).exits(2).stderr.contains("already"));
    assert_eq!(std::fs::read_to_string(repo.path().join("keydredge.toml")).expect("it is there"), text);
    let lines = text.lines().filter_map(|line| line.strip_prefix("# "));
    let keys: Vec<&str> = lines.filter(|line| line.contains(" = ")).collect();
    assert_eq!(keys.len(), 16, "{text}");
    for key in keys {
        repo.write("keydredge.toml", format!("{key}\n"));
        let outcome = repo.run(&["config", "show"]);
        // What a configuration names has to be there.
        let names_file = key.starts_with("baseline") || key.starts_with("ignore-file");
        assert_eq!(outcome.code, if names_file { 2 } else { 0 }, "{key}: {outcome:?}");
    }
}

#[test]
fn each_run_appends_one_line_to_the_log_also_if_it_fails_or_finds_something() {
    let repo = Repo::new();
    let token = github_token(990);
    repo.write("a.txt", "x\n").write("keydredge.toml", "fail-on = \"low\"\n").stage();
    let log = repo.home().join("audit.jsonl");
    let log = log.to_str().expect("a temporary path is UTF-8");
    let run = |arguments: &[&str]| repo.run(&[arguments, &["--audit-log", log]].concat()).code;
    assert_eq!(run(&["scan", "a.txt"]), 0);
    repo.write("leak.txt", &token).stage();
    assert_eq!(run(&["staged"]), 1);
    assert_eq!(run(&["hook", "run"]), 1);
    assert_eq!(run(&["scan", "a.txt", "--only", &token]), 2);
    assert_eq!(run(&["diff", "none..HEAD"]), 2);
    let text = std::fs::read_to_string(log).expect("it is written");
    assert!(!text.contains(&token), "{text}");
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let ends: Vec<_> = lines
        .iter()
        .map(|line| (line["command"].as_str().unwrap_or_default(), line["exit"].as_u64()))
        .collect();
    let wanted = [("scan", 0), ("staged", 1), ("staged", 1), ("scan", 2), ("diff", 2)];
    assert_eq!(ends, wanted.map(|(name, exit)| (name, Some(exit))));
    assert_eq!((&lines[1]["failing"], &lines[0]["scanned"]), (&1.into(), &1.into()));
    assert_eq!(lines[0]["settings"][0]["role"], "configuration");
    assert!(lines[3]["error"].is_string());
    // A log that cannot be written is no log.
    let outcome = repo.run(&["scan", "a.txt", "--audit-log", "."]);
    assert_eq!(outcome.code, 2, "{outcome:?}");
}
