//! Saved reports: read back strictly, and written in every format as the run itself would have written them.

use crate::harness::{Repo, formats, github_token};
use serde_json::Value;

/// A repository in which secrets came and went, are accepted, and are in files that cannot be read.
fn repository() -> Repo {
    let repo = Repo::new();
    repo.write("app/prod.env", format!("GITHUB_TOKEN={}\n", github_token(1)));
    repo.write("a b,\"c\".env", format!("token: {}\n", github_token(2)));
    repo.commit("one");
    repo.write("app/prod.env", "# gone\n");
    repo.write("dev/x.env", format!("T={} # keydredge:allow -- known\n", github_token(3)));
    repo.write("tests/login.py", "def test_login():\n    login(user=\"ada\", password=\"Xk2vT9qLmz4R\")\n");
    repo.write("bad.zip", b"PK\x03\x04 no archive");
    repo.commit("two");
    repo
}

/// Without what is not in the JSON, or is the time of day.
fn steady(format: &str, text: &str) -> String {
    let times = regex::Regex::new(r#"(start|end)_time": "[^"]*""#).expect("it is sound");
    let text = times.replace_all(text, "TIME").into_owned();
    assert!(!text.is_empty() || format == "text", "{format} says something");
    text
}

#[test]
fn a_saved_report_gives_in_each_format_what_the_run_gave() {
    let repo = repository();
    for command in ["scan", "history"] {
        for saved in ["json", "jsonl"] {
            let all: Vec<String> =
                formats().map(|format| format!("--report={format}=out.{format}")).collect();
            let mut arguments = vec![command, "--no-cache", "-q"];
            if command == "scan" {
                arguments.remove(1);
            }
            arguments.extend(all.iter().map(String::as_str));
            repo.run(&arguments).exits(1);
            for format in formats() {
                let own = std::fs::read_to_string(repo.path().join(format!("out.{format}")))
                    .expect("it was written");
                let again = repo.run(&["report", &format!("out.{saved}"), "-f", format]).exits(0);
                assert_eq!(steady(format, &again.stdout), steady(format, &own), "{command} {saved} {format}");
            }
            for format in formats() {
                repo.remove(&format!("out.{format}"));
            }
        }
    }
}

#[test]
fn what_is_written_is_what_the_schema_says() {
    let repo = repository();
    let schema: Value =
        serde_json::from_str(include_str!("../../docs/report.schema.json")).expect("it is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is sound");
    let of_line =
        serde_json::json!({ "$schema": schema["$schema"], "$ref": "#/$defs/line", "$defs": schema["$defs"] });
    let of_line = jsonschema::validator_for(&of_line).expect("the schema is sound");
    let check = |validator: &jsonschema::Validator, value: &Value| {
        let faults: Vec<String> =
            validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(faults.is_empty(), "{faults:#?}");
    };
    let index = repo.home().join("index");
    let index = index.to_str().expect("a temporary path is UTF-8");
    let value = crate::harness::fake("{alnum:24}", 3);
    repo.run_with(".", &["known", "add", "--from", "-", "-o", index], &[], value.as_bytes()).exits(0);
    for command in [
        &["scan"][..],
        &["staged"],
        &["diff", "HEAD~1"],
        &["history", "--no-cache"],
        &["scan", "--show-secrets"],
        &["scan", "--vaulted", index],
    ] {
        let run = |format: &str| repo.run(&[command, &["-f", format]].concat()).stdout;
        check(&validator, &serde_json::from_str(&run("json")).expect("it is JSON"));
        for line in run("jsonl").lines() {
            check(&of_line, &serde_json::from_str(line).expect("it is JSON"));
        }
    }
    let stdin =
        repo.run_with(".", &["scan", "-", "-f", "json"], &[], format!("x {}\n", github_token(9)).as_bytes());
    check(&validator, &stdin.json());
    let mut wrong = stdin.json();
    wrong["findings"][0]["more"] = Value::Null;
    assert!(!validator.is_valid(&wrong), "a field that nobody knows is wrong");
}

#[test]
fn what_is_no_report_of_ours_is_an_error_that_names_file_and_line() {
    let repo = repository();
    let text = repo.run(&["scan", "-f", "json"]).stdout;
    let value: Value = serde_json::from_str(&text).expect("it is JSON");
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut value = value.clone();
        change(&mut value);
        serde_json::to_string_pretty(&value).expect("it is JSON")
    };
    for (what, wrong, said) in [
        ("nothing", String::new(), "out.json:1: "),
        (
            "another schema",
            text.replace("keydredge/1", "keydredge/7"),
            "out.json:2: the schema is `keydredge/7`",
        ),
        ("cut off", text[..text.len() / 2].to_owned(), "EOF"),
        ("a field more", changed(&|value| value["findings"][0]["new"] = Value::Null), "unknown field `new`"),
        (
            "a field less",
            changed(&|value| {
                value["findings"][0].as_object_mut().map(|one| one.remove("refs"));
            }),
            "missing field `refs`",
        ),
        ("a wrong sum", changed(&|value| value["summary"]["coverage"]["in_scope"] = 9999.into()), "in_scope"),
        ("a wrong count", changed(&|value| value["summary"]["findings"] = 9999.into()), "counts 9999"),
        (
            "no fingerprint",
            changed(&|value| value["findings"][0]["fingerprint"] = "zz".into()),
            "no fingerprint",
        ),
        ("a wrong level", changed(&|value| value["findings"][0]["severity"] = "worst".into()), "worst"),
        ("a score", changed(&|value| value["findings"][0]["score"] = 7.into()), "score"),
        (
            "no place",
            changed(&|value| value["findings"][0]["occurrences"] = Value::Array(Vec::new())),
            "occurrence",
        ),
        ("deep", "[".repeat(100_000), "out.json:1: "),
    ] {
        repo.write("out.json", wrong);
        let outcome = repo.run(&["report", "out.json", "-f", "csv"]).exits(2);
        assert!(
            outcome.stderr.contains(said) && outcome.stderr.contains("out.json:"),
            "{what}: {}",
            outcome.stderr
        );
        assert_eq!(outcome.stdout, "", "{what}");
    }
    repo.write("out.json", b"\xff\xfe");
    repo.run(&["report", "out.json"]).exits(2);
    repo.run(&["report", "missing.json"]).exits(2);
    repo.run(&["report", "."]).exits(2);
}

#[test]
fn a_page_shows_what_has_changed_since_an_older_report() {
    let repo = repository();
    repo.run(&["scan", "--report", "json=older.json", "-q"]).exits(1);
    repo.remove("a b,\"c\".env").write("new.env", format!("T={}\n", github_token(4)));
    let now =
        repo.run_with(".", &["scan", "-f", "json", "new.env", "app", "dev", "tests"], &[], b"").exits(1);
    repo.write("newer.json", &now.stdout);
    let page = repo.run(&["report", "newer.json", "--since", "older.json", "-f", "html"]).exits(0);
    assert!(
        page.stdout.contains("1 new, 1 no longer found"),
        "{}",
        &page.stdout[page.stdout.find("changes").unwrap_or(0)..][..400]
    );
    let piped = repo.run_with(".", &["report", "-", "-f", "csv"], &[], now.stdout.as_bytes()).exits(0);
    assert!(piped.stdout.starts_with("fingerprint,"));
}
