//! `keydredge as gitleaks …`, and the program called by that name: gitleaks's commands, flags and reports.

use crate::harness::{Outcome, Repo, github_token, program};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

const CONFIG: &str = "[[rules]]\nid = 'acme'\ndescription = 'Acme token'\nregex = '''acme_([a-z0-9]{10})'''\nkeywords = ['acme_']\ntags = ['one', 'two']\n";

/// Two commits with leaks of a rule of the configuration.
fn leaky() -> (Repo, String, String) {
    let repo = Repo::new();
    repo.write(".gitleaks.toml", CONFIG).write("a.txt", "one\nkey=acme_0123456789 x\n");
    let first = repo.commit("first <one>\n\nbody");
    repo.write("sub/b.txt", "acme_abcdefghij\n");
    let second = repo.commit("second");
    (repo, first, second)
}

fn gitleaks(repo: &Repo, arguments: &[&str]) -> Outcome {
    repo.run(&[&["as", "gitleaks"], arguments].concat())
}

/// The leaks of a report on standard output.
fn leaks(outcome: &Outcome) -> Vec<Value> {
    outcome.json().as_array().expect("a report is a list").clone()
}

fn spots(outcome: &Outcome) -> BTreeSet<String> {
    let text = |leak: &Value, name: &str| leak[name].as_str().unwrap_or("-").to_owned();
    leaks(outcome)
        .iter()
        .map(|leak| format!("{} {}:{}", text(leak, "RuleID"), text(leak, "File"), leak["StartLine"]))
        .collect()
}

fn set(spots: &[&str]) -> BTreeSet<String> {
    spots.iter().map(|spot| (*spot).to_owned()).collect()
}

const JSON: [&str; 4] = ["-f", "json", "-r", "-"];

#[test]
fn every_command_of_gitleaks_finds_what_gitleaks_finds() {
    let (repo, ..) = leaky();
    let both = set(&["acme a.txt:2", "acme sub/b.txt:1"]);
    let table: &[(&[&str], &[&str])] = &[
        (&["git"], &["acme a.txt:2", "acme sub/b.txt:1"]),
        (&["git", "."], &["acme a.txt:2", "acme sub/b.txt:1"]),
        (&["dir", "."], &["acme a.txt:2", "acme sub/b.txt:1"]),
        (&["directory"], &["acme a.txt:2", "acme sub/b.txt:1"]),
        (&["dir", "sub"], &["acme sub/b.txt:1"]),
        (&["file", "a.txt"], &["acme a.txt:2"]),
        (&["detect"], &["acme a.txt:2", "acme sub/b.txt:1"]),
        (&["detect", "-v=false", "--source", "."], &["acme a.txt:2", "acme sub/b.txt:1"]),
        (&["detect", "--no-git", "-s", "sub"], &["acme sub/b.txt:1"]),
        (&["git", "--log-opts=HEAD~1..HEAD"], &["acme sub/b.txt:1"]),
        (&["git", "--log-opts", "--all"], &["acme a.txt:2", "acme sub/b.txt:1"]),
        (&["git", "--log-opts", "-1"], &["acme sub/b.txt:1"]),
        (&["detect", "--log-opts=HEAD~1"], &["acme a.txt:2"]),
        (&["git", "--enable-rule", "acme"], &["acme a.txt:2", "acme sub/b.txt:1"]),
    ];
    for (arguments, wanted) in table {
        let outcome = gitleaks(&repo, &[arguments, &JSON[..]].concat()).exits(1);
        assert_eq!(spots(&outcome), set(wanted), "{arguments:?}");
    }
    let late = gitleaks(&repo, &[&["git", "--log-opts=--since=2100-01-01"][..], &JSON].concat()).exits(0);
    assert_eq!(late.stdout, "[]\n");
    let early = gitleaks(&repo, &[&["git", "--log-opts=--since=2000-01-01"][..], &JSON].concat()).exits(1);
    assert_eq!(spots(&early), both);
    // From a folder below, paths are as gitleaks gives them.
    let below = repo.run_with("sub", &["as", "gitleaks", "dir", "-r", "-", "-f", "json"], &[], b"").exits(1);
    assert_eq!(spots(&below), set(&["acme b.txt:1"]));
    let absolute = repo.path().join("sub");
    let absolute = absolute.to_str().expect("UTF-8");
    let outcome = gitleaks(&repo, &[&["dir", absolute][..], &JSON].concat()).exits(1);
    assert_eq!(spots(&outcome), BTreeSet::from([format!("acme {absolute}/b.txt:1")]));
}

#[test]
fn standard_input_and_what_is_staged_are_scanned() {
    let (repo, ..) = leaky();
    for arguments in [&["stdin"][..], &["detect", "--pipe"]] {
        let all = [&["as", "gitleaks"], arguments, &JSON].concat();
        let outcome = repo.run_with(".", &all, &[], b"x\nacme_5555566666\n").exits(1);
        assert_eq!(spots(&outcome), set(&["acme :2"]), "{arguments:?}");
        repo.run_with(".", &all, &[], b"nothing\n").exits(0);
    }
    for arguments in [
        &["git", "--staged"][..],
        &["git", "--pre-commit", "--staged", "."],
        &["protect", "--staged"],
        &["protect", "--staged", "-s", "."],
    ] {
        let all = [arguments, &JSON].concat();
        repo.write("new.txt", "nothing\n").stage();
        gitleaks(&repo, &all).exits(0);
        repo.write("new.txt", "a\nb acme_7777788888\n").stage();
        // Only the index counts.
        repo.write("new.txt", "nothing\n");
        assert_eq!(spots(&gitleaks(&repo, &all).exits(1)), set(&["acme new.txt:2"]), "{arguments:?}");
    }
    let elsewhere = Repo::plain();
    let path = repo.path();
    let path = path.to_str().expect("UTF-8");
    let outcome = gitleaks(&elsewhere, &[&["git", "--staged", path][..], &JSON].concat()).exits(1);
    assert_eq!(spots(&outcome), set(&["acme new.txt:2"]));
}

#[test]
fn a_leak_has_every_key_that_gitleaks_gives_it() {
    let (repo, first, _) = leaky();
    let outcome = gitleaks(&repo, &[&["git"][..], &JSON].concat()).exits(1);
    let leak = &leaks(&outcome)[0];
    let wanted = serde_json::json!({
        "RuleID": "acme",
        "Description": "Acme token",
        "StartLine": 2,
        "EndLine": 2,
        "StartColumn": 5,
        "EndColumn": 19,
        "Match": "acme_0123456789",
        "Secret": "0123456789",
        "File": "a.txt",
        "SymlinkFile": "",
        "Commit": first,
        "Entropy": leak["Entropy"],
        "Author": "Ada",
        "Email": "ada@example.org",
        "Date": leak["Date"],
        "Message": "first <one>\n\nbody",
        "Tags": ["one", "two"],
        "Fingerprint": format!("{first}:a.txt:acme:2"),
    });
    assert_eq!(*leak, wanted);
    assert!((leak["Entropy"].as_f64().expect("a number") - 10_f64.log2()).abs() < 1e-5, "{leak}");
    assert!(
        leak["Date"].as_str().is_some_and(|date| date.starts_with("2023-11-1") && date.ends_with('Z')),
        "{leak}"
    );
    assert!(
        outcome.stdout.contains("\\u003cone\\u003e") && outcome.stdout.starts_with("[\n {\n  \"RuleID\"")
    );
    assert!(outcome.stderr.contains("leaks found: 2"), "{}", outcome.stderr);
}

#[test]
fn reports_are_written_in_four_formats() {
    let (repo, ..) = leaky();
    for (name, part) in [
        ("r.json", "\"RuleID\": \"acme\""),
        ("r.csv", "RuleID,Commit,File,SymlinkFile,Secret,Match,StartLine"),
        ("r.sarif", "https://json.schemastore.org/sarif-2.1.0.json"),
    ] {
        gitleaks(&repo, &["dir", "-r", name]).exits(1);
        let text = fs::read_to_string(repo.path().join(name)).expect("the report was written");
        assert!(text.contains(part), "{name}: {text}");
        repo.remove(name);
    }
    let csv = gitleaks(&repo, &["dir", "sub", "-r", "-", "-f", "csv"]).exits(1).stdout;
    assert_eq!(
        csv.lines().nth(1),
        Some("acme,,sub/b.txt,,abcdefghij,acme_abcdefghij,1,1,1,15,,,,,sub/b.txt:acme:1,one two")
    );
    let junit = gitleaks(&repo, &["dir", "sub", "-r", "-", "-f", "junit"]).exits(1).stdout;
    for part in [
        "<testsuite failures=\"1\" name=\"gitleaks\" tests=\"1\" time=\"\">",
        "<testcase classname=\"Acme token\" file=\"sub/b.txt\" name=\"acme has detected a secret in file sub/b.txt, line 1.\" time=\"\">",
    ] {
        assert!(junit.contains(part), "{junit}");
    }
    let sarif = gitleaks(&repo, &["git", "-r", "-", "-f", "sarif"]).exits(1).json();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][0]["id"], "acme", "{sarif}");
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 2, "{sarif}");
    // The published schema has a stray bracket in one pattern, which makes it no regex.
    let schema = include_str!("../fixtures/sarif-2.1.0.json").replace("-[a-zA-Z]{2}]?$", "-[a-zA-Z]{2}?$");
    let schema: Value = serde_json::from_str(&schema).expect("the schema is JSON");
    assert!(jsonschema::is_valid(&schema, &sarif), "{sarif}");
    for format in ["json", "csv", "junit", "sarif"] {
        let outcome = gitleaks(&repo, &["dir", "-r", "-", "-f", format, "--log-level", "error"]).exits(1);
        assert_eq!(outcome.stderr, "", "{format}");
    }
}

#[test]
fn secrets_are_redacted_as_far_as_that_is_asked_for() {
    let (repo, ..) = leaky();
    let secret = |redact: &[&str]| {
        let outcome = gitleaks(&repo, &[&["dir", "sub", "-v"], redact, &["-r", "r.json"]].concat()).exits(1);
        let text = fs::read_to_string(repo.path().join("r.json")).expect("the report was written");
        repo.remove("r.json");
        let leak = serde_json::from_str::<Value>(&text).expect("it is JSON")[0].clone();
        let text = |name: &str| leak[name].as_str().expect("a string").to_owned();
        assert_eq!(outcome.stdout.contains("abcdefghij"), redact.is_empty(), "{}", outcome.stdout);
        (text("Secret"), text("Match"))
    };
    let pair = |secret: &str| (secret.to_owned(), format!("acme_{secret}"));
    assert_eq!(secret(&[]), pair("abcdefghij"));
    assert_eq!(secret(&["--redact"]), pair("REDACTED"));
    assert_eq!(secret(&["--redact=100"]), pair("REDACTED"));
    assert_eq!(secret(&["--redact=70"]), pair("abc..."));
    let shown = gitleaks(&repo, &["dir", "sub", "--verbose"]).exits(1).stdout;
    for part in [
        "Finding:     acme_abcdefghij",
        "RuleID:      acme",
        "Line:        1",
        "Fingerprint: sub/b.txt:acme:1",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
}

#[test]
fn the_exit_code_is_gitleaks_s_and_never_0_if_something_was_not_read() {
    let (repo, ..) = leaky();
    gitleaks(&repo, &["dir"]).exits(1);
    gitleaks(&repo, &["dir", "--exit-code", "7"]).exits(7);
    gitleaks(&repo, &["dir", "--exit-code=0"]).exits(0);
    repo.write(".gitleaks.toml", CONFIG.replace("acme_", "none_"));
    gitleaks(&repo, &["dir"]).exits(0);
    gitleaks(&repo, &["git"]).exits(0);
    gitleaks(&repo, &["dir", "no-such-folder"]).exits(2);
    gitleaks(&repo, &["git", "--log-opts=no..such"]).exits(2);
    gitleaks(&Repo::plain(), &["git"]).exits(2);
    gitleaks(&repo, &["dir", "--no-such-flag"]).exits(2);
    // An object is missing.
    let blob = repo.git(&["rev-parse", "HEAD:a.txt"]);
    fs::remove_file(repo.path().join(format!(".git/objects/{}/{}", &blob[..2], &blob[2..])))
        .expect("it is loose");
    let outcome = gitleaks(&repo, &["git"]).exits(3);
    assert!(outcome.stderr.contains("not read"), "{}", outcome.stderr);
    gitleaks(&repo, &["git", "--exit-code=0"]).exits(3);
}

#[test]
fn what_cannot_be_honoured_is_refused_by_name() {
    let (repo, ..) = leaky();
    let table: &[(&[&str], &str)] = &[
        (&["dir", "--report-format", "template", "-r", "x"], "template"),
        (&["dir", "--report-template", "x"], "--report-template"),
        (&["dir", "--report-path", "x.txt"], "--report-format"),
        (&["dir", "--report-path", "x.json", "-f", "yaml"], "--report-format"),
        (&["dir", "--timeout", "5"], "--timeout"),
        (&["dir", "--diagnostics=cpu"], "--diagnostics"),
        (&["dir", "--follow-symlinks"], "--follow-symlinks"),
        (&["dir", "--log-level=loud"], "--log-level"),
        (&["git", "--pre-commit"], "--pre-commit"),
        (&["protect"], "--staged"),
        (&["git", "--platform", "github"], "--platform"),
        (&["git", "--log-opts=-G x"], "`-G`"),
        (&["git", "--log-opts=--output=x"], "`--output`"),
        (&["git", "--log-opts=main -- path"], "`--`"),
        (&["git", "--enable-rule", "no-such"], "no-such"),
    ];
    for (arguments, part) in table {
        let outcome = gitleaks(&repo, arguments).exits(2);
        assert!(outcome.stderr.contains(part), "{arguments:?}: {}", outcome.stderr);
    }
    // What is no harm is taken.
    gitleaks(
        &repo,
        &[
            "dir",
            "--no-banner",
            "--no-color",
            "--timeout=0",
            "--max-decode-depth=2",
            "--max-target-megabytes",
            "3",
            "-l",
            "debug",
        ],
    )
    .exits(1);
    assert!(!repo.path().join("x").exists());
}

#[test]
fn what_is_known_or_allowed_is_no_leak() {
    let (repo, first, _) = leaky();
    let only_b = set(&["acme sub/b.txt:1"]);
    let json = |arguments: &[&str]| gitleaks(&repo, &[arguments, &JSON].concat());
    // A baseline, with the secrets and redacted.
    for redact in ["--redact=0", "--redact=100"] {
        gitleaks(&repo, &["dir", "a.txt", "-r", "known.json", redact]).exits(1);
        assert_eq!(spots(&json(&["dir", "-b", "known.json"]).exits(1)), only_b, "{redact}");
        repo.remove("known.json");
    }
    repo.write("known.json", "this is none");
    json(&["dir", "-b", "known.json"]).exits(2);
    repo.remove("known.json");
    // An ignore file: at the root, a file, a folder.
    repo.write(".gitleaksignore", "a.txt:acme:2\n");
    assert_eq!(spots(&json(&["dir"]).exits(1)), only_b);
    assert_eq!(spots(&json(&["git"]).exits(1)), only_b);
    repo.remove(".gitleaksignore");
    repo.write("ci/.gitleaksignore", format!("{first}:a.txt:acme:2\n"));
    assert_eq!(spots(&json(&["git", "-i", "ci"]).exits(1)), only_b);
    assert_eq!(spots(&json(&["git", "--gitleaks-ignore-path=ci/.gitleaksignore"]).exits(1)), only_b);
    assert_eq!(spots(&json(&["git"]).exits(1)).len(), 2);
    // Comments.
    repo.write("c.txt", "acme_cccccddddd # gitleaks:allow\n");
    assert_eq!(spots(&json(&["dir", "c.txt"]).exits(0)), set(&[]));
    assert_eq!(spots(&json(&["dir", "c.txt", "--ignore-gitleaks-allow"]).exits(1)), set(&["acme c.txt:1"]));
}

#[test]
fn the_configuration_comes_from_where_gitleaks_takes_it() {
    let (repo, ..) = leaky();
    let of = |name: &str| CONFIG.replace("'acme'", &format!("'{name}'"));
    repo.write("flag.toml", of("flag")).write("variable.toml", of("variable"));
    let text = of("text");
    let both = [("GITLEAKS_CONFIG", "variable.toml"), ("GITLEAKS_CONFIG_TOML", text.as_str())];
    type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a str);
    let table: [Case<'_>; 5] = [
        (&[], &[], "acme"),
        (&["-c", "flag.toml"], &both, "flag"),
        (&["--config=flag.toml"], &[], "flag"),
        (&[], &both, "variable"),
        (&[], &both[1..], "text"),
    ];
    for (arguments, variables, rule) in table {
        let all = [&["as", "gitleaks", "dir", "sub"], arguments, &JSON].concat();
        let outcome = repo.run_with(".", &all, variables, b"").exits(1);
        assert_eq!(spots(&outcome), BTreeSet::from([format!("{rule} sub/b.txt:1")]), "{arguments:?}");
    }
    // Without one, our rules are gitleaks's default ones, and have its names.
    let repo = Repo::new();
    repo.write("s.txt", format!("see {}\n", github_token(4)));
    repo.commit("one");
    for command in ["git", "dir"] {
        let outcome = gitleaks(&repo, &[&[command][..], &JSON].concat()).exits(1);
        assert_eq!(spots(&outcome), set(&["github-pat s.txt:1"]), "{command}");
        let outcome = gitleaks(&repo, &[&[command, "--enable-rule=gitlab-pat"][..], &JSON].concat()).exits(0);
        assert_eq!(leaks(&outcome).len(), 0);
        gitleaks(&repo, &[command, "--enable-rule=github-pat,gitlab-pat"]).exits(1);
    }
}

#[test]
fn a_merge_and_a_move_are_told_once() {
    let (repo, ..) = leaky();
    repo.git(&["mv", "a.txt", "moved.txt"]);
    repo.commit("move");
    let outcome = gitleaks(&repo, &[&["git"][..], &JSON].concat()).exits(1);
    assert_eq!(spots(&outcome), set(&["acme a.txt:2", "acme sub/b.txt:1"]));
    // What gitleaks does not look at is not in the report, and said.
    repo.git(&["commit", "-q", "--allow-empty", "-m", "acme_message001"]);
    let outcome = gitleaks(&repo, &[&["git"][..], &JSON].concat()).exits(1);
    assert_eq!(leaks(&outcome).len(), 2);
    assert!(outcome.stderr.contains("(messages, names) are not shown: 1;"), "{}", outcome.stderr);
}

#[cfg(unix)]
#[test]
fn a_link_of_that_name_is_gitleaks() {
    let (repo, ..) = leaky();
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let link = folder.path().join("gitleaks");
    std::os::unix::fs::symlink(program(), &link).expect("a link can be made");
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(&link);
        command.args(arguments).current_dir(repo.path()).env("GIT_CONFIG_GLOBAL", "/dev/null");
        let output = command.output().expect("it can be run");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, text) = run(&["git", "--redact", "-v", "."]);
    assert!(code == Some(1) && text.contains("REDACTED") && text.contains("sub/b.txt"), "{code:?} {text}");
    let (code, text) = run(&["version"]);
    assert!(code == Some(0) && text.starts_with("8."), "{text}");
    assert_eq!(run(&["scan"]).0, Some(2));
    assert_eq!(gitleaks(&repo, &["version"]).exits(0).stdout, text);
}

#[test]
fn archives_are_opened_to_the_depth_that_is_asked_for() {
    let repo = Repo::plain();
    repo.write(".gitleaks.toml", CONFIG).write("in/a.txt", "key=acme_0123456789 x\n");
    let tar = |arguments: &[&str]| {
        assert!(repo.command("tar").args(arguments).status().expect("tar is there").success());
    };
    tar(&["czf", "one.tgz", "in/a.txt"]);
    tar(&["czf", "two.tgz", "one.tgz"]);
    repo.remove("in/a.txt").write("plain.txt", "x");
    let with = |depth: &str| {
        let all = [&["dir", ".", "--max-archive-depth", depth], &JSON[..]].concat();
        gitleaks(&repo, &all)
    };
    assert_eq!(spots(&with("0").exits(0)), set(&[]));
    assert_eq!(spots(&gitleaks(&repo, &[&["dir", "."], &JSON[..]].concat()).exits(0)), set(&[]));
    let deep = with("9").exits(1);
    assert_eq!(spots(&deep).len(), 2, "{}", deep.stdout);
    assert!(deep.stdout.contains("one.tgz!in/a.txt"), "{}", deep.stdout);
    with("1000").exits(1);
}
