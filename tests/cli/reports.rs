//! The formats: valid, deterministic, several from one scan.

use crate::harness::{Repo, fake, formats, github_token};
use serde_json::Value;

/// A repository with findings of several kinds in places of several kinds.
fn eventful() -> Repo {
    let repo = Repo::new();
    for at in 0..12 {
        repo.write(&format!("d{}/f{at}.env", at % 3), format!("A=1\nTOKEN={}\n", github_token(at % 7)));
        repo.write(
            &format!("d{}/s{at}.py", at % 2),
            format!("db_password = \"{}\"\n", fake("{alnum:22}", at)),
        );
        if at % 4 == 0 {
            repo.commit(&format!("commit {at} {}", github_token(100 + at)));
        }
    }
    repo.write("allowed.env", format!("TOKEN={} # keydredge:allow\n", github_token(50)));
    repo.write("ünï cödé #1.env", format!("TOKEN={}\n", github_token(51)));
    repo.commit("last");
    repo
}

#[test]
fn a_file_of_one_line_does_not_hide_the_name_of_its_value() {
    let repo = Repo::plain();
    repo.write("conf/db.env", format!("DB_PASSWORD={}\n", fake("{base62:24}", 5)));
    let outcome = repo.run_json(&["scan"]).exits(1);
    assert_eq!(outcome.findings()[0]["identifier"], "DB_PASSWORD", "{}", outcome.stdout);
}

#[test]
fn the_same_bytes_at_any_number_of_threads() {
    let repo = eventful();
    for command in [&["scan"][..], &["history", "--no-cache"]] {
        for format in formats() {
            let outputs: Vec<String> = ["1", "2", "8"]
                .iter()
                .map(|threads| {
                    let all = [command, &["--format", format, "--threads", threads]].concat();
                    without_seconds(&repo.run(&all).exits(1).stdout)
                })
                .collect();
            assert_eq!(outputs[0], outputs[1], "{command:?} {format}");
            assert_eq!(outputs[0], outputs[2], "{command:?} {format}");
        }
    }
}

fn without_seconds(text: &str) -> String {
    let json = regex::Regex::new(r#""seconds": ?[0-9.]+"#).expect("the pattern is sound");
    let human = regex::Regex::new(r" in [0-9.]+ s").expect("the pattern is sound");
    human.replace_all(&json.replace_all(text, ""), "").into_owned()
}

#[test]
fn sarif_is_valid_and_has_no_zero_line_or_column() {
    // The published schema has a stray bracket in the pattern of a language's name, which makes it no regex.
    let schema = include_str!("../fixtures/sarif-2.1.0.json").replace("-[a-zA-Z]{2}]?$", "-[a-zA-Z]{2}?$");
    let schema: Value = serde_json::from_str(&schema).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is sound");
    let repo = eventful();
    let input = format!("token {}", github_token(60));
    let outcomes = [
        repo.run(&["scan", "--format", "sarif"]).exits(1),
        repo.run(&["history", "--format", "sarif"]).exits(1),
        repo.run(&["scan", "--format", "sarif", "--only", "npm-access-token"]).exits(0),
        repo.run_with(".", &["scan", "-", "--format", "sarif"], &[], input.as_bytes()).exits(1),
    ];
    for outcome in outcomes {
        let log = outcome.json();
        let errors: Vec<String> = validator.iter_errors(&log).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        no_zero(&log);
        assert!(log["runs"][0]["tool"]["driver"]["rules"].is_array());
        for result in log["runs"][0]["results"].as_array().expect("results") {
            assert!(result["partialFingerprints"]["keydredge/v1"].is_string());
            assert!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].is_string());
            assert!(result["locations"][0]["physicalLocation"]["region"]["snippet"].is_null());
        }
    }
    let log = repo.run(&["scan", "--format", "sarif"]).json();
    let results = log["runs"][0]["results"].as_array().expect("results").clone();
    let suppressed =
        results.iter().filter(|one| one["suppressions"].as_array().is_some_and(|list| !list.is_empty()));
    assert_eq!(suppressed.count(), 1, "the allowed one");
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules").clone();
    for rule in &rules {
        assert!(rule["properties"]["security-severity"].is_string(), "{rule}");
    }
    let mut ids: Vec<_> = rules.iter().map(|rule| rule["id"].to_string()).collect();
    ids.dedup();
    assert_eq!(ids.len(), rules.len());
}

fn no_zero(value: &Value) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                if ["startLine", "startColumn", "endLine", "endColumn"].contains(&key.as_str()) {
                    assert!(inner.as_i64().is_some_and(|number| number > 0), "{key}: {inner}");
                }
                no_zero(inner);
            }
        }
        Value::Array(list) => list.iter().for_each(no_zero),
        _ => {}
    }
}

#[test]
fn several_reports_come_from_one_scan() {
    let repo = Repo::plain();
    repo.write("src/a.env", github_token(70));
    let outcome = repo
        .run(&["scan", "src", "--report", "sarif=out.sarif", "--report", "json=-", "--output", "out.txt"])
        .exits(1);
    assert_eq!(outcome.findings().len(), 1);
    let sarif: Value =
        serde_json::from_slice(&std::fs::read(repo.path().join("out.sarif")).expect("it is written"))
            .expect("it is JSON");
    assert_eq!(sarif["runs"][0]["results"].as_array().map(Vec::len), Some(1));
    assert!(
        std::fs::read_to_string(repo.path().join("out.txt")).expect("it is written").contains("1 finding")
    );
}

#[test]
fn a_report_that_cannot_be_written_is_an_error() {
    let repo = Repo::plain();
    repo.write("a", "x");
    let outcome = repo.run(&["scan", "--output", "no/such/folder/report.txt"]).exits(2);
    assert!(outcome.stderr.contains("report.txt"), "{}", outcome.stderr);
}

#[test]
fn json_lines_end_with_the_summary() {
    let repo = Repo::plain();
    repo.write("a.env", github_token(71));
    let outcome = repo.run(&["scan", "--format", "jsonl"]).exits(1);
    let lines: Vec<Value> = outcome
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is an object"))
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["type"], &lines[1]["type"]), (&"finding".into(), &"summary".into()));
    for field in [
        "fingerprint",
        "rule",
        "description",
        "provider",
        "severity",
        "confidence",
        "score",
        "secret",
        "checks",
        "occurrences",
        "suppressed_by",
        "introduced",
        "removed",
        "live",
        "refs",
        "remediation",
    ] {
        assert!(lines[0].get(field).is_some(), "{field}");
    }
    for field in [
        "kind",
        "path",
        "blob",
        "line",
        "column",
        "end_line",
        "end_column",
        "start",
        "end",
        "decoded_by",
        "commit",
        "author",
        "email",
        "date",
        "reachable",
        "live",
        "removed_in",
        "suppressed_by",
    ] {
        assert!(lines[0]["occurrences"][0].get(field).is_some(), "{field}");
    }
    for field in ["findings", "coverage", "complete", "seconds", "rules", "version"] {
        assert!(lines[1].get(field).is_some(), "{field}");
    }
}

#[test]
fn lines_and_columns_are_those_of_the_secret() {
    let repo = Repo::plain();
    let token = github_token(72);
    repo.write("a.txt", format!("one\r\ntwo é\r\n\t  {token} tail\r\n"));
    let outcome = repo.run_json(&["scan"]).exits(1);
    let at = outcome.findings()[0]["occurrences"][0].clone();
    assert_eq!((&at["line"], &at["column"]), (&3.into(), &4.into()), "{at}");
    assert_eq!((&at["end_line"], &at["end_column"]), (&3.into(), &44.into()), "{at}");
    let bytes = std::fs::read(repo.path().join("a.txt")).expect("it is there");
    let (start, end) = (at["start"].as_u64().expect("a number"), at["end"].as_u64().expect("a number"));
    assert_eq!(&bytes[start as usize..end as usize], token.as_bytes());
}

#[cfg(unix)]
#[test]
fn hostile_names_cannot_steer_the_terminal() {
    use std::os::unix::ffi::OsStrExt;
    let repo = Repo::plain();
    let name = std::ffi::OsStr::from_bytes(b"\x1b[2Jevil\xff\n::error::\xe2\x80\xae.env");
    std::fs::write(repo.path().join(name), github_token(73)).expect("it can be written");
    let text = repo.run(&["scan", "--color", "never"]).exits(1).stdout;
    assert!(!text.contains('\x1b') && !text.contains('\u{202e}') && !text.contains("\n::error"), "{text:?}");
    for format in ["json", "jsonl", "sarif"] {
        let outcome = repo.run(&["scan", "--format", format]).exits(1);
        assert!(!outcome.stdout.contains('\x1b'), "{format}");
    }
}

#[test]
fn colours_are_for_terminals() {
    let repo = Repo::plain();
    repo.write("a.env", github_token(74));
    assert!(!repo.run(&["scan"]).exits(1).stdout.contains('\x1b'));
    assert!(repo.run(&["scan", "--color", "always"]).exits(1).stdout.contains('\x1b'));
}

#[test]
fn quiet_says_nothing_when_there_is_nothing_to_say() {
    let repo = Repo::plain();
    repo.write("a", "x");
    let outcome = repo.run(&["scan", "--quiet"]).exits(0);
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""));
    repo.write("a.env", github_token(75));
    assert!(!repo.run(&["scan", "--quiet"]).exits(1).stdout.is_empty());
}

/// Characters that control a terminal or deceive a viewer, one of each class.
const DECEPTIVE: [char; 8] =
    ['\u{7f}', '\u{9b}', '\u{61c}', '\u{200e}', '\u{202e}', '\u{2066}', '\u{2028}', '\u{e0041}'];

#[cfg(unix)]
#[test]
fn no_format_prints_characters_that_deceive_a_viewer_and_json_keeps_their_meaning() {
    let repo = Repo::new();
    let name: String = DECEPTIVE.iter().collect();
    let folder = format!("d{name}");
    repo.write(&format!("{folder}/x{name}.env"), format!("TOKEN={}\n", github_token(1)));
    repo.write(&format!("{folder}/gone{name}"), "x");
    repo.stage();
    repo.git(&["commit", "-q", "-m", "x", "--author", &format!("A{name} <a@example.org>")]);
    let blob = repo.git(&["rev-parse", &format!(":{folder}/gone{name}")]);
    repo.remove(&format!(".git/objects/{}/{}", &blob[..2], &blob[2..]));
    repo.git(&["branch", "b\u{202e}\u{e0041}"]);
    for command in [&["scan"][..], &["history", "--no-cache"], &["hook", "run", &folder]] {
        for format in ["text", "json", "jsonl", "sarif"] {
            let outcome = repo.run(&[command, &["-f", format, "-v"]].concat()).exits(1);
            for text in [&outcome.stdout, &outcome.stderr] {
                let found = text.chars().find(|one| DECEPTIVE.contains(one));
                assert_eq!(found, None, "{command:?} {format}: {text}");
            }
        }
    }
    let path = repo.run_json(&["scan"]).findings()[0]["occurrences"][0]["path"].clone();
    assert_eq!(path, format!("{folder}/x{name}.env"), "the path that JSON gives is the one that is there");
}

#[test]
fn no_error_prints_them_either() {
    let repo = Repo::plain();
    let name: String = DECEPTIVE.iter().collect();
    let flag = format!("--{name}");
    let token = format!("--{}", github_token(2));
    let forged = "a\nkeydredge: no secrets found";
    for arguments in [&["scan", &name][..], &["scan", &flag], &[&name], &["scan", forged], &["scan", &token]]
    {
        let outcome = repo.run(arguments).exits(2);
        assert!(!outcome.stderr.chars().any(|one| DECEPTIVE.contains(&one)), "{}", outcome.stderr);
        assert!(!outcome.stderr.contains("\nkeydredge: no secrets"), "{}", outcome.stderr);
        assert!(!outcome.stderr.contains(&token[..20]), "{}", outcome.stderr);
    }
}

#[test]
fn a_chosen_password_takes_nothing_out_of_paths_and_a_drawn_one_does() {
    let repo = Repo::plain();
    repo.write("docker-flask/app/config.yml", "MYSQL_PASSWORD: flask\n");
    repo.write("docker-flask/other.env", format!("TOKEN={}\n", github_token(1)));
    repo.write(&format!("{}/x.env", github_token(2)), format!("TOKEN={}\n", github_token(2)));
    for format in formats() {
        let outcome = repo.run(&["scan", "-f", format, "--min-confidence", "low", "."]).exits(1);
        assert!(outcome.stdout.contains("docker-flask/other.env"), "{format}: {}", outcome.stdout);
        assert!(!outcome.stdout.contains(&github_token(2)[4..16]), "{format}: {}", outcome.stdout);
    }
    let shown = repo.run(&["scan", "--show-secrets", "."]).exits(1);
    assert!(shown.stdout.contains(&format!("{}/x.env", github_token(2))), "{}", shown.stdout);
}

#[test]
fn sarif_counts_columns_as_it_says() {
    let repo = Repo::plain();
    let secret = github_token(1);
    // Characters of two, three and four bytes: one unit, one, and two.
    repo.write("d.txt", format!("first\n\u{e9}\u{6f22}\u{1f600}\ttoken: '{secret}'\n"));
    let json = repo.run_json(&["scan", "."]).exits(1);
    assert_eq!(json.findings()[0]["occurrences"][0]["column"], 19);
    let sarif: serde_json::Value =
        serde_json::from_str(&repo.run(&["scan", "-f", "sarif", "."]).exits(1).stdout).expect("it is JSON");
    let run = &sarif["runs"][0];
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    let region = &run["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!((&region["startColumn"], &region["endColumn"]), (&14.into(), &(14 + secret.len()).into()));
}
