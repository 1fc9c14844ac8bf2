//! `config`: settings are checked, shown with where they come from, and begun.

use crate::harness::{Outcome, Repo, fake, github_token};

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
        "no-archives",
        "max-archive-depth",
        "max-time-per-file",
        "max-age-databases",
        "max-age-keys",
        "only",
        "skip",
        "rules",
        "baseline",
        "ignore-file",
        "extends",
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
    for (key, value) in [("min-confidence", "\"high\""), ("exclude", "[\"a/\"]")] {
        let line =
            shown.lines().find(|line| line.starts_with(&format!("{key} = {value}"))).unwrap_or_default();
        assert!(line.ends_with("keydredge.toml"), "{shown}");
    }
    // The nearest file counts, alone.
    repo.write("sub/keydredge.toml", "fail-on = \"high\"\n");
    let shown = repo.run(&["config", "show", "sub"]).exits(0).stdout;
    assert!(
        shown.contains("fail-on = \"high\"\n") && shown.contains("min-confidence = \"medium\"\n"),
        "{shown}"
    );
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
    assert_eq!(keys.len(), 21, "{text}");
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

/// The rules that found something.
fn rules_of(outcome: &Outcome) -> Vec<String> {
    outcome.findings().iter().map(|one| one["rule"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_configuration_is_laid_over_those_that_it_extends() {
    let repo = Repo::new();
    let token = |seed| format!("key: {}\n", fake("acme_{hex:16}", seed));
    let rule = "[[rules]]\nid = \"acme-key\"\ndescription = \"Acme key\"\nregex = '''acme_[0-9a-f]{16}'''\n\
                keywords = [\"acme_\"]\nseverity = \"high\"\nconfidence = \"high\"\n";
    repo.write("policy/org.toml", "fail-on = \"critical\"\nexclude = [\"old/\"]\nrules = [\"more.toml\"]\n");
    repo.write("policy/more.toml", rule);
    repo.write("keydredge.toml", "extends = [\"policy/org.toml\"]\nexclude = [\"gone/\"]\n");
    repo.write("old/a.env", github_token(1)).write("gone/a.env", github_token(2)).write("a.txt", token(1));
    let shown = repo.run(&["config", "show", "--origin"]).exits(0).stdout;
    for (line, file) in [
        ("fail-on = \"critical\"  # ", "policy/org.toml"),
        ("exclude = [\"old/\", \"gone/\"]  # ", "/keydredge.toml"),
        ("rules = [\"more.toml\"]  # ", "policy/org.toml"),
    ] {
        assert!(shown.lines().any(|one| one.starts_with(line) && one.ends_with(file)), "{line}: {shown}");
    }
    let outcome = repo.run_json(&["scan"]).exits(0);
    assert_eq!(rules_of(&outcome), ["acme-key"], "{}", outcome.stdout);
    // Its own values win.
    repo.write("keydredge.toml", "extends = [\"policy/org.toml\"]\nfail-on = \"low\"\n");
    repo.run(&["scan"]).exits(1);
    repo.remove("gone/a.env");
    // In the index and at the merge base they count as they are there.
    repo.write("keydredge.toml", "extends = [\"policy/org.toml\"]\n");
    repo.write("b.txt", token(2));
    repo.stage();
    repo.run(&["staged"]).exits(0);
    let base = repo.commit("one");
    repo.write("policy/org.toml", "skip = [\"acme-key\"]\nfail-on = \"critical\"\n").write("c.txt", token(3));
    repo.commit("two");
    let outcome = repo.run_json(&["diff", &format!("{base}..HEAD")]).exits(0);
    assert_eq!(rules_of(&outcome), ["acme-key"], "the base's policy counts: {}", outcome.stdout);
}

#[test]
fn what_cannot_be_extended_is_an_error_with_its_line() {
    let repo = Repo::new();
    let id = "0123456789abcdef0123456789abcdef01234567";
    let remote = format!("extends = [\"git+https://example.org/x@{id}#k.toml\"]\n");
    let table = [
        ("\nextends = [\"missing.toml\"]\n", "keydredge.toml:2", "missing.toml"),
        ("extends = [\"keydredge.toml\"]\n", "keydredge.toml:1", "circle"),
        ("extends = [\"../outside.toml\"]\n", "keydredge.toml:1", "outside.toml"),
        ("extends = [\"https://example.org/k.toml\"]\n", "keydredge.toml:1", "git+URL@COMMIT#PATH"),
        ("extends = [\"git+https://example.org/x@main#k.toml\"]\n", "keydredge.toml:1", "whole id"),
        (remote.as_str(), "keydredge.toml:1", "config fetch"),
    ];
    for (text, place, said) in table {
        repo.write("keydredge.toml", text).write("a", "x");
        repo.stage();
        for command in [&["scan"][..], &["staged"], &["config", "check"], &["config", "show"]] {
            let outcome = repo.run(command).exits(2);
            assert!(
                outcome.stderr.contains(place) && outcome.stderr.contains(said),
                "{text}: {}",
                outcome.stderr
            );
        }
    }
}

#[test]
fn a_configuration_of_another_repository_is_fetched_once_and_then_read_offline() {
    let policy = Repo::new();
    policy.write("team/keydredge.toml", "skip = [\"github-pat-classic\"]\n");
    let commit = policy.commit("policy");
    let source = format!("git+file://{}@{commit}#team/keydredge.toml", policy.path().display());
    let repo = Repo::new();
    repo.write("keydredge.toml", format!("extends = [\"{source}\"]\n")).write("a.env", github_token(1));
    repo.run(&["scan"]).exits(2);
    let outcome = repo.run(&["config", "fetch"]).exits(0);
    assert!(outcome.stdout.contains("keydredge.lock"), "{}", outcome.stdout);
    policy.remove("team/keydredge.toml");
    std::fs::remove_dir_all(policy.path().join(".git")).expect("it is ours");
    let outcome = repo.run_json(&["scan"]).exits(0);
    assert_eq!(
        outcome.json()["summary"]["settings"]["skipped"][0]["rule"],
        "github-pat-classic",
        "{}",
        outcome.stdout
    );
    // A text that was changed by hand is not believed, and neither is one that names files.
    let lock = std::fs::read_to_string(repo.path().join("keydredge.lock")).expect("it is written");
    repo.write("keydredge.lock", lock.replace("classic", "clasic"));
    assert!(repo.run(&["scan"]).exits(2).stderr.contains("digest"));
    for (other, said) in [("team/keydredge.tom", "fetch"), ("team", "fetch")] {
        repo.write(
            "keydredge.toml",
            format!("extends = [\"{}\"]\n", source.replace("team/keydredge.toml", other)),
        );
        let outcome = repo.run(&["config", "fetch"]).exits(2);
        assert!(outcome.stderr.contains("keydredge.toml:1"), "{said}: {}", outcome.stderr);
    }
}

#[test]
fn the_published_schema_knows_each_key_and_takes_what_the_program_takes() {
    let schema = include_str!("../../docs/keydredge.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).expect("it is JSON");
    let validator = jsonschema::validator_for(&schema).expect("it is sound");
    let repo = Repo::new();
    repo.run(&["config", "init"]).exits(0);
    let text = std::fs::read_to_string(repo.path().join("keydredge.toml")).expect("it is written");
    let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# ")).collect();
    let lines: Vec<&str> = lines.into_iter().filter(|line| line.contains(" = ")).collect();
    let keys: std::collections::BTreeSet<&str> =
        lines.iter().filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
    let known = schema["properties"].as_object().expect("it has properties");
    assert!(keys.iter().all(|key| known.contains_key(*key)), "{keys:?}");
    for key in known.keys() {
        repo.write("keydredge.toml", format!("{key}x = 1\n"));
        let said = repo.run(&["config", "check"]).exits(2).stderr;
        assert!(said.contains(&format!("`{key}`")), "the program suggests each key of the schema: {said}");
    }
    let rule = "[[rules]]\nid = \"acme-key\"\ndescription = \"Acme\"\nregex = 'acme_[0-9a-f]{16}'\nkeywords = [\"acme_\"]\nseverity = \"high\"\n";
    for text in lines.iter().copied().chain([
        rule,
        "exclude = \"x\"",
        "fail-on = \"grave\"",
        "frobnicate = 1",
        "[[rules]]\nid = 1",
    ]) {
        repo.write("keydredge.toml", format!("{text}\n"));
        let value: toml::Value = toml::from_str(text).expect("it is TOML");
        let value = serde_json::to_value(value).expect("it is JSON, too");
        let names_file = text.starts_with("baseline") || text.starts_with("ignore-file");
        let is_taken = names_file || repo.run(&["config", "show"]).code == 0;
        assert_eq!(validator.is_valid(&value), is_taken, "{text}");
    }
}

#[test]
fn a_path_and_a_rule_have_floors_of_their_own() {
    let repo = Repo::plain();
    repo.write("src/a.env", format!("TOKEN={}\nAPP_PASSWORD=Xk2vT9qLmz4R\n", github_token(1)));
    repo.write("ops/b.env", format!("TOKEN={}\nDB_PASSWORD=Lm7wQ2xVbn9T\n", github_token(2)));
    let open = |text: &str| -> Vec<String> {
        repo.write("keydredge.toml", text);
        let outcome = repo.run_json(&["scan"]);
        let findings = outcome.findings();
        let open = findings.iter().filter(|one| one["suppressed_by"].is_null());
        let name = |one: &serde_json::Value| {
            let path = one["occurrences"][0]["path"].as_str().unwrap_or_default().to_owned();
            format!("{path} {}", one["rule"].as_str().unwrap_or_default())
        };
        let mut open: Vec<String> = open.map(name).collect();
        open.sort();
        open
    };
    let all = [
        "ops/b.env generic-password",
        "ops/b.env github-pat-classic",
        "src/a.env generic-password",
        "src/a.env github-pat-classic",
    ];
    assert_eq!(open(""), all);
    let floor = "[[allow]]\nreason = \"operations\"\npaths = [\"ops/\"]\n";
    assert_eq!(open(&format!("{floor}confidence-below = \"certain\"\n")), [all[1], all[2], all[3]]);
    assert_eq!(open(&format!("{floor}severity-below = \"critical\"\n")), [all[1], all[2], all[3]]);
    assert_eq!(open(&format!("{floor}severity-below = \"medium\"\n")), all);
    assert_eq!(
        open("[[allow]]\nrules = [\"generic-password\"]\nconfidence-below = \"certain\"\n"),
        [all[1], all[3]]
    );
    assert_eq!(open("[[allow]]\nconfidence-below = \"certain\"\n"), [all[1], all[3]]);
    // A floor for a file of a certain content is none for others once that has changed.
    let digest = "0".repeat(64);
    let of_file = format!(
        "[[allow]]\nfiles = [{{ path = \"ops/b.env\", sha256 = \"{digest}\" }}]\nconfidence-below = \"certain\"\n"
    );
    assert_eq!(open(&of_file), all);
    repo.write("keydredge.toml", "[[allow]]\nconfidence-below = \"sure\"\n");
    assert!(repo.run(&["scan"]).exits(2).stderr.contains("keydredge.toml:2"));
}
