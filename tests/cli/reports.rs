//! The formats: valid, deterministic, several from one scan.

use crate::harness::{Repo, fake, formats, github_token};
use serde_json::{Value, json};

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
fn nor_does_a_file_of_few_lines_in_a_history() {
    let repo = Repo::new();
    repo.write("app/config.env", format!("# the app\nGITHUB_TOKEN={}\n", github_token(1)));
    repo.commit("one");
    repo.write("app/config.env", "# the app\n");
    repo.write("db.env", format!("DB_PASSWORD={}\n", fake("{base62:24}", 5)));
    repo.commit("two");
    let outcome = repo.run_json(&["history", "--no-cache"]).exits(1);
    let mut names: Vec<_> = outcome.findings().iter().map(|one| one["identifier"].clone()).collect();
    names.sort_by_key(ToString::to_string);
    assert_eq!(names, ["DB_PASSWORD", "GITHUB_TOKEN"], "{}", outcome.stdout);
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
    let xml = regex::Regex::new(r#" time="[0-9.]+""#).expect("the pattern is sound");
    let gitlab = regex::Regex::new(r#""(start|end)_time": "[^"]*""#).expect("the pattern is sound");
    let text = human.replace_all(text, "").into_owned();
    [json, xml, gitlab].iter().fold(text, |text, one| one.replace_all(&text, "").into_owned())
}

/// What GitLab's schema 15.2.2 of secret detection demands, in our words, as far as the fields that we write go.
fn gitlab_schema() -> Value {
    let name = json!({ "type": "string", "minLength": 1, "maxLength": 255 });
    let tool = json!({
        "type": "object",
        "required": ["id", "name", "version", "vendor"],
        "properties": { "id": name, "name": name, "version": name,
            "vendor": { "type": "object", "required": ["name"], "properties": { "name": name } } },
    });
    let time = json!({ "type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$" });
    json!({
        "type": "object",
        "required": ["version", "scan", "vulnerabilities"],
        "properties": {
            "version": { "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$" },
            "scan": {
                "type": "object",
                "required": ["analyzer", "end_time", "scanner", "start_time", "status", "type"],
                "properties": {
                    "analyzer": tool, "scanner": tool, "start_time": time, "end_time": time,
                    "status": { "enum": ["success", "failure"] },
                    "type": { "enum": ["secret_detection"] },
                    "messages": { "type": "array", "items": {
                        "type": "object", "required": ["level", "value"],
                        "properties": { "level": { "enum": ["info", "warn", "fatal"] }, "value": { "minLength": 1 } } } },
                },
            },
            "vulnerabilities": { "type": "array", "items": {
                "type": "object",
                "required": ["id", "identifiers", "location"],
                "properties": {
                    "id": { "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$" },
                    "name": name,
                    "description": { "type": "string", "maxLength": 1_048_576 },
                    "severity": { "enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"] },
                    "solution": { "type": "string", "maxLength": 7000 },
                    "identifiers": { "type": "array", "minItems": 1, "items": {
                        "type": "object", "required": ["type", "name", "value"],
                        "properties": { "type": { "minLength": 1 }, "name": name, "value": { "minLength": 1 } } } },
                    "links": { "type": "array", "items": {
                        "type": "object", "required": ["url"], "properties": { "url": { "pattern": "^https?://" } } } },
                    "location": {
                        "type": "object", "required": ["commit"],
                        "properties": {
                            "file": { "type": "string" }, "start_line": { "type": "number" }, "end_line": { "type": "number" },
                            "commit": { "type": "object", "required": ["sha"], "properties": { "sha": { "type": "string", "minLength": 1 } } },
                        },
                    },
                },
            } },
        },
    })
}

/// What GitLab's documentation of code quality reports demands.
fn code_quality_schema() -> Value {
    json!({ "type": "array", "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "location", "severity"],
        "properties": {
            "description": { "type": "string", "minLength": 1 },
            "severity": { "enum": ["info", "minor", "major", "critical", "blocker"] },
            "location": { "type": "object", "required": ["path", "lines"], "properties": {
                "path": { "type": "string", "pattern": "^[^/.]" },
                "lines": { "type": "object", "required": ["begin"], "properties": { "begin": { "type": "integer", "minimum": 1 } } },
            } },
        },
    } })
}

/// The runs that each format of a CI is held against: files, a history, nothing found, something unread.
fn runs(format: &str) -> [(Value, String); 4] {
    let repo = eventful();
    let gone = eventful();
    let blob = gone.git(&["rev-parse", ":d0/f0.env"]);
    gone.remove(&format!(".git/objects/{}/{}", &blob[..2], &blob[2..]));
    let of = |repo: &Repo, arguments: &[&str]| {
        let arguments = [arguments, &["--report", "json=report.json", "-f", format]].concat();
        let outcome = repo.run(&arguments);
        let json = std::fs::read(repo.path().join("report.json")).expect("it is written");
        repo.remove("report.json");
        (serde_json::from_slice(&json).expect("it is JSON"), outcome.stdout)
    };
    [
        of(&repo, &["scan", "--no-ignore"]),
        of(&repo, &["history", "--no-cache"]),
        of(&repo, &["scan", "--no-ignore", "--only", "npm-access-token"]),
        of(&gone, &["history", "--no-cache"]),
    ]
}

/// How many occurrences a report in JSON has that nothing covers.
fn open(json: &Value) -> usize {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    list(&json["findings"])
        .iter()
        .filter(|finding| finding["suppressed_by"].is_null())
        .flat_map(|finding| list(&finding["occurrences"]))
        .filter(|occurrence| occurrence["suppressed_by"].is_null())
        .count()
}

#[test]
fn reports_for_gitlab_have_what_its_schemas_demand() {
    for (format, schema) in [("gitlab", gitlab_schema()), ("codequality", code_quality_schema())] {
        let validator = jsonschema::validator_for(&schema).expect("the schema is sound");
        for (json, text) in runs(format) {
            let report: Value = serde_json::from_str(&text).expect("it is JSON");
            let errors: Vec<String> = validator
                .iter_errors(&report)
                .map(|error| format!("{} {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{format}: {errors:?}");
            let is_complete = json["summary"]["complete"] == true;
            let (list, key) = if format == "gitlab" {
                let status = if is_complete { "success" } else { "failure" };
                assert_eq!(report["scan"]["status"], status);
                (&report["vulnerabilities"], "id")
            } else {
                (&report, "fingerprint")
            };
            let list = list.as_array().expect("a list");
            let unread = usize::from(format == "codequality" && !is_complete);
            assert_eq!(list.len(), open(&json) + unread, "{format}");
            let ids: std::collections::BTreeSet<String> =
                list.iter().map(|one| one[key].to_string()).collect();
            assert_eq!(ids.len(), list.len(), "{format}: each has an identity of its own");
        }
    }
}

#[test]
fn an_identity_for_gitlab_survives_edits_of_other_lines() {
    let repo = Repo::plain();
    let ids = |format: &str, key: &str| {
        let report: Value =
            serde_json::from_str(&repo.run(&["scan", "-f", format]).exits(1).stdout).expect("it is JSON");
        let list = if format == "gitlab" { &report["vulnerabilities"] } else { &report };
        list[0][key].clone()
    };
    repo.write("a.env", format!("TOKEN={}\n", github_token(1)));
    let before = (ids("gitlab", "id"), ids("codequality", "fingerprint"));
    repo.write("a.env", format!("# more\n\nTOKEN={}\n", github_token(1)));
    assert_eq!((ids("gitlab", "id"), ids("codequality", "fingerprint")), before);
}

#[test]
fn xml_reports_are_read_by_a_reader_of_xml() {
    for (json, text) in runs("junit") {
        let document = roxmltree::Document::parse(&text).expect("it is XML");
        let all = |tag| document.descendants().filter(move |node| node.has_tag_name(tag));
        let is_complete = json["summary"]["complete"] == true;
        assert_eq!(all("failure").count(), open(&json));
        assert_eq!(all("error").count() == 0, is_complete);
        let cases = all("testcase").count();
        assert!(cases > 0, "a report without a test is taken for a broken one");
        for suites in ["testsuites", "testsuite"] {
            let node = all(suites).next().expect("there is one");
            assert_eq!(node.attribute("tests"), Some(cases.to_string().as_str()));
            assert_eq!(node.attribute("failures"), Some(open(&json).to_string().as_str()));
        }
    }
    for (json, text) in runs("checkstyle") {
        let document = roxmltree::Document::parse(&text).expect("it is XML");
        let errors: Vec<_> = document.descendants().filter(|node| node.has_tag_name("error")).collect();
        let unread =
            errors.iter().filter(|node| node.attribute("source") == Some("keydredge.unread")).count();
        assert_eq!(errors.len() - unread, open(&json));
        assert_eq!(unread == 0, json["summary"]["complete"] == true);
    }
}

#[test]
fn a_table_has_a_row_for_each_occurrence_and_no_formula() {
    for (json, text) in runs("csv") {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let head = reader.headers().expect("there is a head").clone();
        let rows: Vec<csv::StringRecord> =
            reader.records().map(|row| row.expect("all rows are as long")).collect();
        assert_eq!(&head[0], "fingerprint");
        let unread = rows.iter().filter(|row| &row[1] == "unread").count();
        let findings = json["findings"].as_array().expect("a list");
        let all: usize =
            findings.iter().map(|one| one["occurrences"].as_array().expect("a list").len()).sum();
        assert_eq!(rows.len() - unread, all);
        assert_eq!(unread == 0, json["summary"]["complete"] == true);
    }
    let repo = Repo::plain();
    for name in ["=cmd|' /C calc'!A0.env", "@a.env", "+a,b.env", "-\"a.env"] {
        repo.write(name, format!("TOKEN={}\n", github_token(1)));
    }
    let text = repo.run(&["scan", "-f", "csv"]).exits(1).stdout;
    for row in csv::Reader::from_reader(text.as_bytes()).records() {
        for cell in &row.expect("all rows are as long") {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{text}");
        }
    }
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
    for format in formats() {
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
        for format in formats() {
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

#[test]
fn a_sarif_file_has_no_more_results_than_services_read() {
    let repo = Repo::plain();
    repo.write("a.txt", format!("t={}\n", github_token(1)).repeat(25_002));
    repo.write("c.pem", fake("{pem:rsa}", 3));
    let outcome = repo.run(&["scan", "-f", "sarif"]).exits(1);
    let run = &outcome.json()["runs"][0];
    let results = run["results"].as_array().expect("a list");
    assert_eq!(results.len(), 25_000);
    assert!(results.iter().any(|one| one["ruleId"] == "private-key-rsa"), "one place of each comes first");
    let notes = run["invocations"][0]["toolExecutionNotifications"].to_string();
    assert!(notes.contains("3 more results are not in this file"), "{notes}");
}
