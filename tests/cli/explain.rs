//! `explain`: what is reported, what is not, and why.

use crate::harness::{Repo, fake, github_token};
use serde_json::Value;
use std::fs;

/// The cases of an explanation in JSON: rule, stage, and why.
fn cases(document: &Value) -> Vec<(String, String, String)> {
    let text = |case: &Value, key: &str| case[key].as_str().unwrap_or_default().to_owned();
    let cases = document["cases"].as_array().expect("a document has cases");
    cases.iter().map(|case| (text(case, "rule"), text(case, "stage"), text(case, "why"))).collect()
}

fn ask(repo: &Repo, arguments: &[&str]) -> Vec<(String, String, String)> {
    let all = [&["explain", "--format", "json"], arguments].concat();
    cases(&repo.run(&all).exits(0).json())
}

#[test]
fn a_line_is_asked_about_and_each_rule_says_how_far_it_got() {
    let repo = Repo::new();
    let (token, password) = (github_token(1), fake("{alnum:20}", 2));
    let last = if token.ends_with('0') { '1' } else { '0' };
    let broken = format!("{}{last}", &token[..token.len() - 1]);
    let lines = [
        format!("DB_PASSWORD={password}"),
        format!("A={token}"),
        format!("B={broken}"),
        format!("C={}", &token[..20]),
        format!("x{broken}y"),
        "password: changeme".to_owned(),
        "api_key: ${API_KEY}".to_owned(),
        "nothing at all".to_owned(),
    ];
    repo.write("config/a.yml", lines.join("\n"));
    let expected = [
        ("1", "generic-password", "reported", "it is a finding"),
        ("2:3", "github-pat-classic", "reported", "it is a finding"),
        ("3", "github-pat-classic", "check", "does not hold"),
        ("4", "github-pat-classic", "match", "its regex has no match: 20 bytes fit"),
        ("5", "github-pat-classic", "match", "with a small letter before it and a small letter after it"),
        ("6", "generic-password", "value", "placeholder"),
        ("7", "generic-api-key", "value", "refers to a secret"),
    ];
    for (line, rule, stage, why) in expected {
        let all = ask(&repo, &[&format!("config/a.yml:{line}")]);
        let is_it =
            |case: &&(String, String, String)| case.0 == rule && case.1 == stage && case.2.contains(why);
        assert!(all.iter().any(|case| is_it(&case)), "{line}: {all:?}");
    }
    assert_eq!(ask(&repo, &["config/a.yml:8"]), []);
    let outcome = repo.run(&["explain", "config/a.yml"]).exits(0);
    // How near a regex came is for those who ask about a line.
    assert!(!outcome.says("bytes fit"), "{outcome:?}");
    assert!(repo.run(&["explain", "config/a.yml", "-v"]).exits(0).says("20 bytes fit"));
    assert!(
        outcome.stdout.starts_with("config/a.yml: 2 reported, 1 found and not reported, "),
        "{outcome:?}"
    );
    assert!(!outcome.says(&password) && !outcome.says(&token[4..]) && !outcome.says(&broken[4..20]));
    assert!(repo.run(&["explain", "config/a.yml:1", "--show-secrets"]).exits(0).says(&password));
}

#[test]
fn one_rule_can_be_asked_and_says_what_it_looks_for() {
    let repo = Repo::new();
    repo.write("a.txt", "nothing\n");
    let outcome = repo.run(&["explain", "a.txt:1", "--rule", "github-pat-classic"]).exits(0);
    assert!(outcome.says("its literal is not on this line: `ghp_`"), "{outcome:?}");
    let unknown = repo.run(&["explain", "a.txt", "--rule", "github-pat-clasic"]).exits(2);
    assert!(unknown.says("Did you mean `github-pat-classic`?"), "{unknown:?}");
    repo.write("keydredge.toml", "skip = [\"github-pat-classic\"]\n");
    let skipped = repo.run(&["explain", "a.txt", "--rule", "github-pat-classic"]).exits(2);
    assert!(skipped.says("is not in force") && skipped.says("keydredge.toml"), "{skipped:?}");
}

#[test]
fn what_covers_a_finding_is_named() {
    let repo = Repo::new();
    let (first, second, third) = (github_token(1), github_token(2), github_token(3));
    repo.write("a.env", format!("A={first} # keydredge:allow -- a dummy\n"));
    repo.write("b.env", format!("B={second}\n"));
    repo.run(&["baseline", "write", "."]).exits(0);
    repo.write("c.env", format!("C={third}\n"));
    let name = repo.run(&["scan", "c.env", "--format", "json"]).exits(1).findings()[0]["fingerprint"].clone();
    let name = name.as_str().expect("a finding has a name").to_owned();
    repo.run(&["ignore", "add", &name, "--reason", "an old one", "--owner", "ada"]).exits(0);
    for (file, why) in [
        ("a.env", "covered by allow comment `keydredge:allow`: a dummy"),
        ("b.env", "covered by baseline"),
        ("c.env", "covered by ignore entry: an old one (ada), in "),
    ] {
        let all = ask(&repo, &[file]);
        assert!(all.iter().any(|case| case.1 == "suppressed" && case.2.starts_with(why)), "{file}: {all:?}");
    }
    // What a scan of the repository leaves out is read if it is named, and that is said.
    repo.write("keydredge.toml", "exclude = [\"vendor/\"]\nmin-confidence = \"certain\"\n");
    repo.write("vendor/d.env", format!("PASSWORD={}\n", fake("{alnum:20}", 4)));
    repo.write(".gitignore", "e.env\n").write("e.env", "x\n");
    let outcome = repo.run(&["explain", "vendor/d.env"]).exits(0);
    assert!(outcome.says("`exclude` of the configuration covers it"), "{outcome:?}");
    assert!(outcome.says("certain or more is reported"), "{outcome:?}");
    assert!(repo.run(&["explain", "e.env"]).exits(0).says("a .gitignore covers it"));
}

#[test]
fn the_place_counts_and_a_text_can_be_given_one() {
    let repo = Repo::new();
    let password = fake("{lower:14}", 5);
    let bare = format!("password = {password}");
    let all = ask(&repo, &["--string", &bare, "--as", "src/a.py"]);
    assert!(all[0].1 == "place" && all[0].2.contains("not in quotes"), "{all:?}");
    let quoted = format!("password = '{}'", fake("{alnum:20}", 6));
    for (name, stage) in [("src/a.py", "reported"), ("tests/a.py", "suppressed")] {
        let arguments = ["explain", "--string", "-", "--as", name, "--format", "json"];
        let outcome = repo.run_with(".", &arguments, &[], quoted.as_bytes()).exits(0);
        assert_eq!(cases(&outcome.json())[0].1, stage, "{outcome:?}");
        assert_eq!(outcome.json()["path"], name);
    }
    let outcome = repo.run(&["explain", "--string", &quoted]).exits(0);
    assert!(outcome.stdout.starts_with("<string>: 1 reported"), "{outcome:?}");
}

#[test]
fn a_file_in_a_container_is_named_as_reports_name_it() {
    let repo = Repo::new();
    let token = github_token(7);
    let content = format!("one\nA={token}\n");
    let mut tar =
        format!("{:\0<100}0000644\0{:\0<16}{:011o}\0{:\0<12}", "b/c.env", "", content.len(), "").into_bytes();
    tar.resize(512, 0);
    tar[148..156].fill(b' ');
    tar[156] = b'0';
    tar[257..263].copy_from_slice(b"ustar\0");
    let sum: u32 = tar.iter().map(|&byte| u32::from(byte)).sum();
    tar[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    tar.extend_from_slice(content.as_bytes());
    tar.resize(512 * 2 + 1024, 0);
    repo.write("a.tar", &tar);
    let outcome = repo.run(&["explain", "a.tar!b/c.env:2", "--format", "json"]).exits(0);
    let case = &outcome.json()["cases"][0];
    assert_eq!((case["path"].as_str(), case["stage"].as_str()), (Some("a.tar!b/c.env"), Some("reported")));
    assert_eq!(case["at"]["line"], 2);
    assert!(ask(&repo, &["a.tar!b/c.env:1"]).is_empty());
    repo.run(&["explain", "a.tar!b/d.env"]).exits(2);
}

#[test]
fn what_cannot_be_explained_says_so_by_its_exit_code() {
    let repo = Repo::new();
    repo.write("a.env", "x\n").write("d/b.env", "x\n");
    for arguments in [&["explain"][..], &["explain", "z.env"], &["explain", "d"], &["explain", "a.env:0"]] {
        repo.run(arguments).exits(2);
    }
    repo.run(&["explain", "a.env", "--string", "x"]).exits(2);
    let outcome = repo.run(&["explain", "a.env:2"]).exits(2);
    assert!(outcome.says("there is no line 2: the text has 1 line"), "{outcome:?}");
    repo.write("empty", "");
    repo.run(&["explain", "empty"]).exits(0);
    assert!(repo.run(&["explain", "empty:1"]).exits(2).says("has 0 lines"));
    // From another folder, as reports name it.
    repo.run_with("d", &["explain", "a.env:1"], &[], b"").exits(0);
    let cut = &[b"PK\x03\x04\x14\x00\x00\x00\x08\x00".as_slice(), &[7; 60]].concat();
    fs::write(repo.path().join("broken.zip"), cut).expect("a file can be written");
    let outcome = repo.run(&["explain", "broken.zip"]).exits(3);
    assert!(outcome.says("INCOMPLETE"), "{outcome:?}");
}
