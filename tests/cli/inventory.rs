//! `inventory`: what repositories have and refer to, in every format, and what changes from one to the next.

use crate::harness::{Outcome, Repo, fake, github_token};
use serde_json::{Value, json};
use std::fs;
use std::process::Command;

/// A password that nobody chose.
fn password(seed: u64) -> String {
    fake("{alnum:24}", seed)
}

/// The rows and the summary of JSON Lines.
#[track_caller]
fn rows(outcome: &Outcome) -> (Vec<Value>, Value) {
    let mut all: Vec<Value> =
        outcome.stdout.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let summary = all.pop().expect("there is a summary");
    assert_eq!(summary["type"], "summary");
    (all, summary)
}

/// Type, kind, name and first path of each row, for short assertions.
fn short(rows: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    rows.iter()
        .map(|row| {
            let place = &row["places"][0];
            format!(
                "{} {} {} {}:{}",
                text(&row["type"]),
                text(&row["kind"]),
                text(&row["name"]),
                text(&place["path"]),
                place["line"]
            )
        })
        .collect()
}

/// A service with secrets, references to seven managers, code that logs and an image that keeps.
fn service() -> Repo {
    let repo = Repo::new();
    let shared = password(1);
    repo.write("config/prod.env", format!("DB_PASSWORD={shared}\n"))
        .write("config/staging.env", format!("DB_PASSWORD={shared}\n"))
        .write("services/mail/settings.py", format!("GITHUB_TOKEN = \"{}\"\n", github_token(5)))
        .write(".github/CODEOWNERS", "* @team\n/config/ @ops ada@example.org\n")
        .write(".github/workflows/ci.yml", "env:\n  TOKEN: ${{ secrets.NPM_TOKEN }}\n")
        .write(
            "deploy/prod/app.yaml",
            "kind: Deployment\nspec:\n  - name: A\n    valueFrom:\n      secretKeyRef:\n        name: app\n        key: token\n\
             ---\nkind: ExternalSecret\nspec:\n  data:\n    - remoteRef:\n        key: prod/db\n        property: pw\n",
        )
        .write(
            "app/settings.yml",
            "a_password: op://team/db/password\nb_password: vault:secret/data/app#key\n\
             c_password: arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf\n\
             d_password: \"@Microsoft.KeyVault(VaultName=v;SecretName=db)\"\n\
             e_password: projects/p-1/secrets/db/versions/latest\n",
        )
        .write("app/main.go", "package main\n\nfunc f() {\n\tlog.Printf(\"key %s\", cfg.APIKey)\n}\n")
        .write("Dockerfile", "FROM scratch\nARG NPM_TOKEN\nENV ADMIN_PASSWORD=\nENV PORT=80\n");
    repo.commit("one");
    repo
}

#[test]
fn secrets_references_calls_and_variables_are_rows() {
    let repo = service();
    let outcome = repo.run(&["inventory", "-f", "jsonl"]).exits(0);
    let (rows, summary) = rows(&outcome);
    assert_eq!(
        short(&rows),
        [
            "secret generic-password DB_PASSWORD config/prod.env:1",
            "secret github-pat-classic GITHUB_TOKEN services/mail/settings.py:1",
            "reference 1password team/db/password app/settings.yml:1",
            "reference aws-secrets-manager prod/db-AbCdEf app/settings.yml:3",
            "reference azure-key-vault VaultName=v;SecretName=db app/settings.yml:4",
            "reference external-secret prod/db#pw deploy/prod/app.yaml:12",
            "reference github-actions NPM_TOKEN .github/workflows/ci.yml:2",
            "reference google-secret-manager p-1/secrets/db app/settings.yml:5",
            "reference vault secret/data/app#key app/settings.yml:2",
            "reference kubernetes-secret app#token deploy/prod/app.yaml:5",
            "log-call log-call cfg.APIKey app/main.go:4",
            "image-variable dockerfile-arg NPM_TOKEN Dockerfile:2",
            "image-variable dockerfile-env ADMIN_PASSWORD Dockerfile:3",
        ]
    );
    let database = &rows[0];
    assert_eq!(database["owner"], "@ops ada@example.org");
    assert_eq!(database["environments"], json!(["production", "staging"]));
    assert_eq!(database["shared"], json!(["environment:production", "environment:staging"]));
    // The harness's clock is in 2023.
    let was = (&database["first_seen"], &database["max_age_days"], &database["overdue"], &database["in_tip"]);
    assert_eq!(was, (&json!("2023-11-14"), &json!(30), &json!(true), &json!(true)));
    assert_eq!(database["stored"], json!(["file"]));
    let token = &rows[1];
    assert_eq!((&token["service"], &token["impact"]), (&json!("GitHub"), &json!("high")));
    assert_eq!((&token["max_age_days"], &token["owner"]), (&json!(90), &json!("@team")));
    let external = &rows[5];
    assert_eq!(
        (&external["environments"], &external["stored"]),
        (&json!(["production"]), &json!(["manager"]))
    );
    assert_eq!((&summary["complete"], &summary["rows"]["reference"]), (&json!(true), &json!(8)));
    // Each format, and no secret in any.
    let again = repo.run(&["inventory", "-f", "jsonl", "-j", "1", "--no-cache"]).exits(0);
    assert_eq!(again.stdout, outcome.stdout);
    for format in ["text", "csv", "jsonl", "cyclonedx"] {
        let outcome = repo.run(&["inventory", "-f", format]).exits(0);
        assert!(outcome.says("cfg.APIKey") && outcome.says("@ops ada@example.org"), "{format}");
        assert!(!outcome.says(&password(1)) && !outcome.says(&github_token(5)), "{format}");
        assert!(!outcome.says("Printf"), "{format}");
    }
}

#[test]
fn the_files_of_a_bare_repository_are_those_of_its_head() {
    let repo = service();
    repo.write("app/other/workflow.yml", "env:\n  TOKEN: ${{ secrets.NPM_TOKEN }}\n");
    repo.write("copy/.github/workflows/ci.yml", "env:\n  TOKEN: ${{ secrets.NPM_TOKEN }}\n");
    repo.commit("the same content at other paths");
    repo.git(&["clone", "-q", "--bare", ".", "bare.git"]);
    let of = |path: &str| {
        let (mut all, _) = rows(&repo.run(&["inventory", path, "-f", "jsonl"]).exits(0));
        // What only files on disk have.
        for row in &mut all {
            row["repository"] = Value::Null;
            let is_secret = row["type"] == "secret";
            let places = row["places"].as_array_mut().expect("a list");
            places.retain(|place| !is_secret || place["kind"] == "commit");
        }
        all
    };
    fs::write(repo.path().join(".gitignore"), "bare.git\n").expect("it can be written");
    assert_eq!(of("bare.git"), of("."));
    let (all, _) = rows(&repo.run(&["inventory", "bare.git", "-f", "jsonl"]).exits(0));
    let actions = all.iter().find(|row| row["kind"] == "github-actions").expect("there is one");
    let paths: Vec<&str> = actions["places"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|place| place["path"].as_str())
        .collect();
    assert_eq!(paths, [".github/workflows/ci.yml", "copy/.github/workflows/ci.yml"]);
}

#[test]
fn a_secret_that_came_and_went_and_one_of_two_repositories_say_so() {
    let (one, other) = (Repo::new(), Repo::new());
    let (shared, gone) = (github_token(7), github_token(8));
    one.write("a.env", format!("GITHUB_TOKEN={gone}\n"));
    one.commit("one");
    one.write("a.env", format!("GITHUB_TOKEN={shared}\n"));
    one.commit("two");
    other.write("charts/web/values.yaml", format!("token: {shared}\n"));
    other.commit("one");
    other.write("new.env", format!("GITHUB_TOKEN={}\n", github_token(9)));
    let path = other.path();
    let path = path.to_str().expect("a temporary path is UTF-8");
    let (all, summary) = rows(&one.run(&["inventory", ".", path, "-f", "jsonl"]).exits(0));
    let of = |stored: &str| all.iter().find(|row| row["stored"] == json!([stored])).expect(stored);
    assert_eq!((&of("history")["in_tip"], &of("history")["owner_by"]), (&json!(false), &json!("introduced")));
    assert_eq!(of("history")["owner"], "Ada <ada@example.org>");
    let names: Vec<String> = summary["repositories"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|name| format!("repository:{}", name.as_str().unwrap_or_default()))
        .collect();
    let mut sorted = names.clone();
    sorted.sort();
    assert_eq!(of("manifest")["shared"], json!(sorted));
    // Not committed yet.
    let new = all.iter().find(|row| row["places"][0]["path"] == "new.env").expect("it is found");
    assert_eq!(
        (&new["in_tip"], &new["age_days"], &new["overdue"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
}

#[test]
fn readers_of_each_format_read_it() {
    let repo = service();
    // Long names and many rows: pages that overflow, and pages above pages.
    let many: String =
        (0..600).map(|number| format!("p{number}: op://team/{number}/{}\n", "x".repeat(150))).collect();
    repo.write("many.yml", many);
    repo.commit("many");
    let out = repo.home();
    let at = |name: &str| out.join(name).to_str().expect("a temporary path is UTF-8").to_owned();
    let reports = ["csv", "sqlite", "cyclonedx"].map(|format| format!("--report={format}={}", at(format)));
    let arguments: Vec<&str> =
        ["inventory", "-f", "jsonl"].into_iter().chain(reports.iter().map(String::as_str)).collect();
    let (all, _) = rows(&repo.run(&arguments).exits(0));
    assert!(all.len() > 600, "{}", all.len());

    let mut reader = csv::Reader::from_path(at("csv")).expect("it is there");
    let header = reader.headers().expect("it has a header").clone();
    let table: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("each row fits")).collect();
    let cell = |row: &csv::StringRecord, name: &str| {
        let at = header.iter().position(|column| column == name).expect(name);
        row[at].to_owned()
    };
    assert_eq!(table.len(), all.len());
    for (row, object) in table.iter().zip(&all) {
        for key in ["type", "fingerprint", "kind", "service", "first_seen"] {
            assert_eq!(cell(row, key), object[key].as_str().unwrap_or_default());
        }
    }

    let document: Value =
        serde_json::from_slice(&fs::read(at("cyclonedx")).expect("it is there")).expect("it is JSON");
    let errors: Vec<String> = cyclonedx()
        .iter_errors(&document)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    let components = document["components"].as_array().expect("a list");
    let state = |component: &Value| {
        component["cryptoProperties"]["relatedCryptoMaterialProperties"]["state"]
            .as_str()
            .unwrap_or("-")
            .to_owned()
    };
    assert_eq!(components.iter().filter(|one| state(one) == "compromised").count(), 2);
    assert_eq!(document["vulnerabilities"][0]["cwes"], json!([532]));

    let ask = |query: &str| {
        // Python has SQLite where its own program is not installed.
        let script = "import sqlite3,sys\nfor row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]): print('|'.join(map(str,row)))";
        let done = Command::new("python3").args(["-c", script, &at("sqlite"), query]).output();
        let done = done.expect("python3 can be run");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("it prints UTF-8").trim().to_owned()
    };
    assert_eq!(ask("PRAGMA integrity_check"), "ok");
    assert_eq!(ask("SELECT count(*), min(id), max(id) FROM inventory"), format!("{0}|1|{0}", all.len()));
    assert_eq!(
        ask("SELECT name, overdue, in_tip FROM inventory WHERE kind = 'generic-password'"),
        "DB_PASSWORD|1|1"
    );
    assert_eq!(
        ask(
            "SELECT DISTINCT path FROM places JOIN inventory ON id = row WHERE inventory.kind = 'github-pat-classic'"
        ),
        "services/mail/settings.py"
    );
    assert_eq!(ask("SELECT value FROM summary WHERE key = 'complete'"), "true");
    assert_eq!(ask("SELECT max(length(name)) FROM inventory"), (150 + "team/599/".len()).to_string());
}

/// The official schema, with the two that it refers to.
fn cyclonedx() -> jsonschema::Validator {
    struct Beside;
    impl jsonschema::Retrieve for Beside {
        fn retrieve(
            &self,
            uri: &jsonschema::Uri<String>,
        ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
            let text = match uri.as_str().rsplit('/').next().unwrap_or_default() {
                "spdx.schema.json" => include_str!("../fixtures/cyclonedx/spdx.schema.json"),
                "jsf-0.82.schema.json" => include_str!("../fixtures/cyclonedx/jsf-0.82.schema.json"),
                other => return Err(format!("there is no {other}").into()),
            };
            Ok(serde_json::from_str(text)?)
        }
    }
    let schema = include_str!("../fixtures/cyclonedx/bom-1.6.schema.json");
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    jsonschema::options().with_retriever(Beside).build(&schema).expect("the schema is sound")
}

#[test]
fn what_is_new_gone_or_changed_is_told_and_only_what_is_new_fails() {
    let repo = service();
    let save = |name: &str| {
        let path = repo.home().join(name).to_str().expect("a temporary path is UTF-8").to_owned();
        repo.run(&["inventory", "-f", "jsonl", "-o", &path]).exits(0);
        path
    };
    let before = save("before");
    let same = repo.run(&["inventory", "diff", &before, &before]).exits(0);
    assert_eq!(same.stdout, "0 new, 0 changed, 0 gone\n");
    repo.remove("app/main.go");
    repo.write("services/mail/settings.py", "import os\n");
    repo.commit("less");
    let less = save("less");
    let outcome = repo.run(&["inventory", "diff", &before, &less]).exits(0);
    assert!(outcome.stdout.ends_with("0 new, 1 changed, 1 gone\n"), "{}", outcome.stdout);
    assert!(
        outcome.says("in_tip: true before, false now") && outcome.says("gone    log-call"),
        "{}",
        outcome.stdout
    );
    let outcome = repo.run(&["inventory", "diff", &less, &before, "-f", "jsonl"]).exits(1);
    let (changes, summary) = rows(&outcome);
    assert_eq!((changes.len(), &summary["new"], &summary["complete"]), (2, &json!(1), &json!(true)));
    // What is cut off or something else is an error.
    let text = fs::read_to_string(&before).expect("it is there");
    for (wrong, said) in [
        (
            text.rsplit_once("{\"type\":\"summary\"").expect("it ends so").0.to_owned(),
            "the summary is missing",
        ),
        (format!("{text}{text}"), "ends with its summary"),
        ("{}".to_owned(), ":1: this is no row"),
        (String::new(), "the summary is missing"),
    ] {
        repo.write("wrong", wrong);
        let outcome = repo.run(&["inventory", "diff", "wrong", &before]).exits(2);
        assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    }
}

#[test]
fn what_cannot_be_read_makes_an_inventory_incomplete() {
    let repo = service();
    repo.write("a.zip", b"PK\x03\x04 this is cut off");
    repo.commit("broken");
    let outcome = repo.run(&["inventory", "-f", "jsonl"]).exits(3);
    let (_, summary) = rows(&outcome);
    assert_eq!(summary["complete"], false);
    assert!(summary["unread"].as_object().is_some_and(|reasons| !reasons.is_empty()), "{summary}");
    assert!(repo.run(&["inventory", "-f", "csv"]).exits(3).says("unread,"));
    repo.run(&["inventory", "--allow-incomplete"]).exits(0);
    let path = repo.home().join("saved").to_str().expect("a temporary path is UTF-8").to_owned();
    repo.run(&["inventory", "-f", "jsonl", "-o", &path]).exits(3);
    assert!(repo.run(&["inventory", "diff", &path, &path]).exits(3).says("Not all was read"));
    // No repository, a database on standard output, two at one place.
    let folder = Repo::plain();
    folder.run(&["inventory"]).exits(2);
    assert!(repo.run(&["inventory", "-f", "sqlite"]).exits(2).says("--output"));
    repo.run(&["inventory", "-o", &path, "--report", &format!("csv={path}")]).exits(2);
    Repo::new().run(&["inventory"]).exits(2);
}

#[test]
fn one_repository_that_fails_leaves_out_no_other_and_is_named() {
    let repo = Repo::plain();
    for name in ["one", "two"] {
        let sound = service();
        let to = repo.path().join(name);
        repo.git(&[
            "clone",
            "-q",
            sound.path().to_str().expect("it is UTF-8"),
            to.to_str().expect("it is UTF-8"),
        ]);
    }
    // One with a configuration that is none, a folder that is no repository, one that is not there.
    fs::write(repo.path().join("two/keydredge.toml"), "no-such-key = 1\n").expect("it can be written");
    fs::create_dir(repo.path().join("empty")).expect("it can be made");
    let all = ["inventory", "empty", "two", "one", "absent", "-f", "jsonl"];
    let outcome = repo.run(&all).exits(3);
    let (found, summary) = rows(&outcome);
    let (alone, _) = rows(&repo.run(&["inventory", "one", "-f", "jsonl"]).exits(0));
    assert_eq!(found, alone);
    assert_eq!(summary["repositories"], json!(["one"]));
    assert_eq!(
        (&summary["complete"], &summary["unread"]),
        (&json!(false), &json!({"repository that failed": 3}))
    );
    for (name, why) in [("two", "no-such-key"), ("empty", "is not in a git repository"), ("absent", "absent")]
    {
        let is_named = |line: &str| line.contains(&format!("{name} failed: ")) && line.contains(why);
        assert!(outcome.stderr.lines().any(is_named), "{name}: {}", outcome.stderr);
        assert!(summary["notes"].to_string().contains(&format!("{name} is missing")), "{summary}");
    }
    repo.run(&[&all[..], &["--allow-incomplete"]].concat()).exits(0);
    // If none can be read there is no inventory.
    let outcome = repo.run(&["inventory", "two", "empty"]).exits(2);
    assert!(outcome.stdout.is_empty(), "{}", outcome.stdout);
}

#[test]
#[cfg(unix)]
fn an_interrupt_in_the_middle_of_many_repositories_is_not_taken_for_the_end() {
    let repo = Repo::plain();
    let sound = service();
    let names: Vec<String> = (0..40).map(|at| format!("r{at:02}")).collect();
    for name in &names {
        let to = repo.path().join(name);
        repo.git(&[
            "clone",
            "-q",
            sound.path().to_str().expect("it is UTF-8"),
            to.to_str().expect("it is UTF-8"),
        ]);
    }
    let list: Vec<&str> = names.iter().map(String::as_str).collect();
    let child =
        repo.start_with(&[&["inventory", "-f", "jsonl"], &list[..]].concat(), std::process::Stdio::null());
    // The cache of a repository is written when it is read.
    let start = std::time::Instant::now();
    while !repo.path().join("r03/.git/keydredge").exists() {
        assert!(start.elapsed() < std::time::Duration::from_secs(120), "it does not begin");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("there is kill");
    let output = child.wait_with_output().expect("it can be waited for");
    assert_eq!(output.status.code(), Some(130));
    let text = String::from_utf8(output.stdout).expect("it is UTF-8");
    let summary: Value =
        serde_json::from_str(text.lines().last().expect("there is a summary")).expect("JSON");
    assert_eq!((&summary["type"], &summary["complete"]), (&json!("summary"), &json!(false)));
    let read = summary["repositories"].as_array().map_or(0, Vec::len);
    assert!((3..40).contains(&read), "{summary}");
}

#[test]
fn ages_and_owners_follow_the_settings() {
    let repo = service();
    repo.write("keydredge.toml", "max-age-databases = 36500\nmax-age-keys = 7\n");
    let (all, _) = rows(&repo.run(&["inventory", "-f", "jsonl"]).exits(0));
    let overdue: Vec<(&Value, &Value)> = all
        .iter()
        .filter(|row| row["type"] == "secret")
        .map(|row| (&row["max_age_days"], &row["overdue"]))
        .collect();
    assert_eq!(overdue, [(&json!(36500), &json!(false)), (&json!(7), &json!(true))]);
    // What a baseline covers is in the list, and says so.
    repo.run(&["baseline", "write"]).exits(0);
    let (all, _) = rows(&repo.run(&["inventory", "-f", "jsonl"]).exits(0));
    assert!(
        all.iter().filter(|row| row["type"] == "secret").all(|row| row["accepted_by"] == "baseline"),
        "{all:?}"
    );
}
