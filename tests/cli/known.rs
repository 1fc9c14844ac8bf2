//! `known`, `--known` and `--vaulted`: a user's own secrets, found wherever they are, by an index that contains none.

use crate::harness::{Outcome, Repo, fake, formats};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;

/// Adds an export on standard input to the index `known` in the user's folder.
fn add(repo: &Repo, export: &str, more: &[&str]) -> Outcome {
    let index = index(repo);
    let arguments = [&["known", "add", "--from", "-", "-o", &index], more].concat();
    repo.run_with(".", &arguments, &[], export.as_bytes())
}

/// The path of the index.
fn index(repo: &Repo) -> String {
    repo.home().join("known").to_str().expect("a temporary path is UTF-8").to_owned()
}

/// What Vault prints of a secret with these fields.
fn vault(fields: &Value) -> String {
    json!({"request_id": "r", "data": {"data": fields, "metadata": {"version": 3}}}).to_string()
}

/// The findings of the rule for known values: their entries and paths.
fn known(outcome: &Outcome) -> Vec<(Vec<String>, Vec<String>)> {
    let list = |value: &Value, key: Option<&str>| -> Vec<String> {
        let all = value.as_array().cloned().unwrap_or_default();
        let one = |value: &Value| key.map_or(value.clone(), |key| value[key].clone());
        all.iter().map(|value| one(value).as_str().unwrap_or("-").to_owned()).collect()
    };
    let all = outcome.findings();
    let known = all.iter().filter(|finding| !finding["known"]["entries"].is_null());
    known
        .map(|finding| {
            (list(&finding["known"]["entries"], None), list(&finding["occurrences"], Some("path")))
        })
        .collect()
}

#[test]
fn a_value_of_an_export_is_found_in_each_writing_and_named_by_its_entry() {
    let repo = Repo::new();
    // No rule knows it: nothing about it looks like a secret.
    let value = fake("{lower:7}-{lower:8}/{lower:9}&{lower:6}", 3);
    let out =
        add(&repo, &vault(&json!({"phrase": value, "username": "someone-else"})), &["--name", "kv/prod/db"])
            .exits(0);
    assert!(
        out.stdout.contains("1 value in") && out.stdout.contains("1 no secret by its name or form"),
        "{out:?}"
    );
    let hex = data_encoding::HEXLOWER.encode(value.as_bytes());
    let wide: Vec<u8> = value.bytes().flat_map(|byte| [byte, 0]).collect();
    let escapes: String = value.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    repo.write("a/plain.txt", format!("see {value}, amid text"))
        .write("base64.txt", data_encoding::BASE64.encode(format!("user=ada;word={value};").as_bytes()))
        .write("c/hex.txt", format!("x{hex}"))
        .write("escapes.js", format!("const a = '{escapes}';"))
        .write("page.html", format!("<b>{}</b>", value.replace('&', "&amp;")))
        .write("wide.txt", [b"\xff\xfe", &wide[..]].concat())
        .write(&format!("names/{}", value.replace('/', "-")), "nothing");
    repo.run_json(&["scan", "."]).exits(0);
    repo.write("url.txt", format!("ftp://ada:{}@h/", value.replace('/', "%2F").replace('&', "%26")));
    let out = repo.run_json(&["scan", ".", "--known", &index(&repo)]).exits(1);
    let paths = ["a/plain.txt", "base64.txt", "c/hex.txt", "escapes.js", "page.html", "url.txt", "wide.txt"];
    let paths = paths.map(|path| format!("./{path}").trim_start_matches("./").to_owned()).to_vec();
    assert_eq!(known(&out), [(vec!["kv/prod/db#phrase".to_owned()], paths)]);
    let finding = &out.findings()[0];
    assert_eq!((&finding["rule"], &finding["confidence"]), (&json!("known-secret"), &json!("certain")));
    // No report has the value, and each has a finding.
    for format in formats() {
        let out = repo.run(&["scan", ".", "--known", &index(&repo), "-f", format]).exits(1);
        assert!(!out.says(&value) && !out.says(&hex), "{format}");
    }
    let text = repo.run(&["scan", ".", "--known", &index(&repo)]).exits(1);
    assert!(
        text.stdout.contains("kv/prod/db#phrase") && text.stdout.contains("is a value of the index"),
        "{text:?}"
    );
}

#[test]
fn a_provider_s_token_keeps_its_rule_and_gets_its_entry() {
    let repo = Repo::new();
    let token = fake("ghp_{base62:30}{crc32-base62:6}", 5);
    add(&repo, &format!("CI_TOKEN={token}\n"), &[]).exits(0);
    repo.write("a.env", format!("TOKEN={token}"));
    let out = repo.run_json(&["scan", ".", "--known", &index(&repo)]).exits(1);
    assert_eq!(out.found(), [("github-pat-classic".to_owned(), vec!["a.env".to_owned()])]);
    assert_eq!(known(&out)[0].0, ["CI_TOKEN"]);
    // The variable does what the flag does, so that hooks need no flag.
    let variables = [("KEYDREDGE_KNOWN", &*index(&repo))];
    repo.stage();
    let out = repo.run_with(".", &["staged", "-f", "json"], &variables, b"").exits(1);
    assert_eq!(known(&out).len(), 1);
    let out = repo.run_with(".", &["redact"], &variables, format!("a {token} b").as_bytes()).exits(0);
    assert!(out.stdout.starts_with("a [REDACTED:") && out.stdout.ends_with("] b"), "{out:?}");
}

#[test]
fn a_history_has_it_in_base64_in_containers_and_in_messages_the_second_time_too() {
    let repo = Repo::new();
    let (one, two, other) =
        (fake("{lower:30}", 11), fake("{lower:8}-{lower:7}x", 12), fake("{lower:26}", 13));
    add(&repo, &format!("{one}\n{two}\n"), &[]).exits(0);
    let lines: String = (0..400).map(|at| format!("line {at} of an ordinary file\n")).collect();
    repo.write("big.txt", &lines);
    repo.commit("begin");
    for at in 0..12 {
        repo.write(
            "big.txt",
            lines.replace(
                "line 200 ",
                &format!(
                    "line {at} {} ",
                    if at == 5 {
                        data_encoding::BASE64.encode(format!("--{one}").as_bytes())
                    } else {
                        String::new()
                    }
                ),
            ),
        );
        repo.commit("change");
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(format!("{lines}{two}").as_bytes()).expect("a vector takes it");
    repo.write("a.gz", gzip.finish().expect("a vector takes it"));
    repo.commit(&format!("with {other} in it"));
    repo.git(&["gc", "-q"]);
    let index = index(&repo);
    let arguments = ["history", "--known", &index, "-f", "json", "--cache"];
    let out = repo.run(&arguments).exits(1);
    assert_eq!(
        known(&out),
        [
            (vec!["line 1".to_owned()], vec!["big.txt".to_owned()]),
            (vec!["line 2".to_owned()], vec!["a.gz!a".to_owned()])
        ]
    );
    assert_eq!(out.findings()[0]["occurrences"][0]["decoded_by"], json!(["base64"]));
    assert_eq!((&out.findings()[0]["live"], &out.findings()[1]["live"]), (&json!(false), &json!(true)));
    let again = repo.run(&arguments).exits(1);
    assert!(again.json()["summary"]["coverage"]["cached"].as_u64() > Some(0), "{again:?}");
    assert_eq!(again.findings(), out.findings());
    // What was found with another index is not taken for what this one finds.
    add(&repo, &format!("{other}\n"), &["--name", "third"]).exits(0);
    let more = repo.run(&arguments).exits(1);
    assert_eq!(known(&more).len(), 3);
    repo.run(&["history", "--cache", "-f", "json"]).exits(0);
}

#[test]
fn the_three_questions_are_answered() {
    let repo = Repo::new();
    let (both, shared, missing) = (fake("{alnum:24}", 21), fake("{alnum:24}", 22), fake("{alnum:24}", 23));
    let export = json!({"kv/prod/mail": {"token": both}, "kv/prod/db": {"password": shared}, "kv/staging/db": {"password": shared}});
    add(&repo, &export.to_string(), &[]).exits(0);
    repo.write("a.env", format!("MAIL_TOKEN={both}\nDB_PASSWORD={shared}\nAPI_KEY={missing}\n"));
    let out = repo.run_json(&["scan", ".", "--vaulted", &index(&repo)]).exits(1);
    let name = |value: &str| {
        let scan = repo.run_json(&["scan", ".", "--show-secrets"]);
        let all = scan.findings();
        let finding = all.iter().find(|finding| finding["secret"] == value).expect("each is found");
        finding["fingerprint"].clone()
    };
    let answers = &out.json()["summary"]["vaulted"];
    assert_eq!(answers["missing"], json!([name(&missing)]));
    assert_eq!(answers["shared"], json!([name(&shared)]));
    assert_eq!(answers["stored"].as_array().map(Vec::len), Some(2));
    let text = repo.run(&["scan", ".", "--vaulted", &index(&repo)]).exits(1);
    for line in [
        "   1 leaked and not in it: ",
        "   2 in it and leaked too: ",
        "   1 in several environments or services: ",
    ] {
        assert!(text.stdout.contains(line), "{line} in {}", text.stdout);
    }
    assert!(text.stdout.contains("in production and staging") && text.stdout.contains("not in the index"));
    // A saved report keeps the answers.
    repo.run(&["scan", ".", "--vaulted", &index(&repo), "-f", "json", "-o", "r.json"]).exits(1);
    assert_eq!(repo.run(&["report", "r.json", "-f", "json"]).json()["summary"]["vaulted"], *answers);
}

#[test]
fn an_index_that_does_not_open_is_an_error_and_never_clean() {
    let repo = Repo::new();
    repo.write("a.txt", "nothing");
    let index = index(&repo);
    let scan =
        |variables: &[(&str, &str)]| repo.run_with(".", &["scan", ".", "--known", &index], variables, b"");
    assert!(scan(&[]).exits(2).stderr.contains("could not be read"));
    add(&repo, &fake("{alnum:20}\n", 1), &[]).exits(0);
    scan(&[]).exits(0);
    let other = "0b".repeat(32);
    assert!(scan(&[("KEYDREDGE_KNOWN_KEY", &other)]).exits(2).stderr.contains("another key"));
    assert!(scan(&[("KEYDREDGE_KNOWN_KEY", "short")]).exits(2).stderr.contains("64 hexadecimal digits"));
    let key = repo.run(&["known", "key"]).exits(0).stdout;
    fs::remove_file(repo.home().join("keydredge/known.key")).expect("it was made");
    assert!(scan(&[]).exits(2).stderr.contains("KEYDREDGE_KNOWN_KEY"));
    scan(&[("KEYDREDGE_KNOWN_KEY", key.trim())]).exits(0);
    let mut file = fs::read(&index).expect("it is there");
    let last = file.len() - 1;
    file[last] ^= 1;
    fs::write(&index, file).expect("it can be written");
    scan(&[("KEYDREDGE_KNOWN_KEY", key.trim())]).exits(2);
    fs::write(&index, "something else").expect("it can be written");
    assert!(scan(&[]).exits(2).says("no key") || scan(&[]).says("no index"));
}

#[test]
fn what_is_not_searched_for_is_counted_and_listed() {
    let repo = Repo::plain();
    let strong = fake("{alnum:20}", 1);
    let out = add(
        &repo,
        &format!("A={strong}\nB=short\nC=changeme123\nDB_HOST=db.example.com\nbroken line\n"),
        &[],
    )
    .exits(3);
    assert!(out.stderr.contains("line 5"), "{out:?}");
    assert!(
        out.stdout.contains("1 shorter than 8 bytes, 1 guessable, 1 no secret by its name or form"),
        "{out:?}"
    );
    let out = repo.run(&["known", "list", &index(&repo)]).exits(0);
    assert_eq!(out.stdout.lines().next(), Some("A"));
    assert!(out.stdout.contains("B  not searched for: shorter than 8 bytes") && !out.says(&strong));
    let listed = repo.run(&["known", "list", &index(&repo), "-f", "json"]).exits(0).json();
    assert_eq!(listed["values"], json!([{"entries": ["A"]}]));
    repo.write("x.txt", "nothing");
    let scanned = repo.run(&["scan", "x.txt", "--known", &index(&repo)]).exits(0);
    assert!(
        scanned.stdout.contains("3 entries of the index of known values are not searched for"),
        "{scanned:?}"
    );
    let check = |value: &str| repo.run_with(".", &["known", "check", &index(&repo)], &[], value.as_bytes());
    assert_eq!(check(&format!("{strong}\n")).exits(0).stdout, "A\n");
    check("other").exits(1);
    repo.run(&["known", "remove", &index(&repo), "Z"]).exits(2);
    repo.run(&["known", "remove", &index(&repo), "A"]).exits(0);
    check(&strong).exits(1);
    for (export, says) in [
        ("", "no value was found"),
        ("x\n", "no value is left"),
        ("{\"encrypted\": true}", "encrypted"),
        ("{\"a\": ", "line 1"),
    ] {
        let out = repo
            .run_with(".", &["known", "add", "--from", "-", "-o", "new"], &[], export.as_bytes())
            .exits(2);
        assert!(out.stderr.contains(says), "{export}: {out:?}");
    }
    assert!(!repo.path().join("new").exists());
}

#[test]
fn what_plans_reaches_and_revokes_knows_the_index_too() {
    let repo = Repo::new();
    // No rule knows it.
    let value = fake("{lower:7}-{lower:8}-{lower:9}-{lower:6}", 33);
    add(&repo, &vault(&json!({"phrase": value})), &["--name", "kv/prod/db"]).exits(0);
    repo.write("a.txt", format!("see {value} there\n"));
    repo.commit("one");
    let index = index(&repo);
    let found = repo.run_json(&["scan", "--known", &index]).exits(1).findings();
    let name = found[0]["fingerprint"].as_str().expect("it has a name").to_owned();
    assert!(!repo.run(&["plan", "--to", "vault"]).exits(0).says(&name));
    let json = repo.home().join("plan.json").to_str().expect("UTF-8").to_owned();
    let plan = ["plan", "--to", "vault", "--known", &index, "--json", &json];
    assert!(repo.run(&plan).exits(0).says(&name));
    assert!(repo.run(&["plan", "check", &json, "--known", &index]).exits(1).says("1 left"));
    // Without the index nobody looked for it.
    assert!(repo.run(&["plan", "check", &json]).exits(3).says("not looked for"));
    let printed = repo.run(&["plan", "value", &name, "--show-secrets", "--known", &index]).exits(0);
    assert_eq!(printed.stdout, value);
    for command in [&["reach", &name][..], &["revoke", &name, "--plan"]] {
        assert!(repo.run(command).exits(2).says("names no finding"), "{command:?}");
        let with = repo.run(&[command, &["--known", &index]].concat());
        assert!(!with.says("names no finding") && !with.says(&value), "{command:?}: {with:?}");
        let variable = [("KEYDREDGE_KNOWN", index.as_str())];
        let by_variable = repo.run_with(".", command, &variable, b"");
        assert_eq!((by_variable.code, by_variable.stderr), (with.code, with.stderr));
    }
    // The inventory says what the manager has; where there is no answer about all findings, that is said.
    let rows = repo.run(&["inventory", "-f", "jsonl", "--vaulted", &index]).exits(0).stdout;
    assert!(rows.contains("\"manager\""), "{rows}");
    for command in [
        &["explain", "a.txt"][..],
        &["plan", "--to", "vault"],
        &["reach", &name],
        &["revoke", &name],
        &["audit", "run", "--list", "l", "--out", "o"],
    ] {
        let outcome = repo.run(&[command, &["--vaulted", &index]].concat()).exits(2);
        assert!(
            outcome.stderr.contains("does not say what a manager has"),
            "{command:?}: {}",
            outcome.stderr
        );
    }
}
