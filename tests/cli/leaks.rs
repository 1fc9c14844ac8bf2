//! No output shows a secret without `--show-secrets`: not in a report, an error or a file that is
//! written, even if a file name, a branch or a message repeats it.

use crate::harness::{Outcome, Repo, fake, formats};
use data_encoding::{BASE64, HEXLOWER};

/// A planted secret: what is written, and the part of it that varies.
struct Planted {
    text: String,
    variable: Vec<u8>,
}

fn planted() -> Vec<Planted> {
    let shape = |prefix: &str, template: &str, seed: u64| {
        let text = fake(template, seed);
        let variable =
            text.strip_prefix(prefix).expect("the template starts with its prefix").as_bytes().to_vec();
        Planted { text, variable }
    };
    vec![
        shape("ghp_", "ghp_{base62:30}{crc32-base62:6}", 1),
        shape("npm_", "npm_{base62:30}{crc32-base62:6}", 2),
        shape("", "{alnum:28}", 3),
        shape("", "{alnum:24}!%{alnum:6}", 4),
    ]
}

/// Every form in which the test looks for eight bytes of a secret.
fn forms(piece: &[u8]) -> Vec<String> {
    let plain = String::from_utf8_lossy(piece).into_owned();
    let percent: String = piece.iter().map(|byte| format!("%{byte:02X}")).collect();
    let unicode: String = piece.iter().map(|byte| format!("\\u{byte:04x}")).collect();
    let json = serde_json::to_string(&plain).expect("a string is JSON");
    let mut forms = vec![HEXLOWER.encode(piece), HEXLOWER.encode(piece).to_uppercase(), percent, unicode];
    forms.push(json.trim_matches('"').to_owned());
    // Eight bytes at three phases: the characters that no neighbour affects.
    for phase in 0..3 {
        let mut padded = vec![0; phase];
        padded.extend_from_slice(piece);
        let encoded = BASE64.encode(&padded);
        let skip = [0, 2, 3][phase];
        let keep = padded.len() / 3 * 4;
        forms.push(encoded[skip..keep].to_owned());
    }
    forms.push(plain);
    forms
}

#[track_caller]
fn assert_silent(what: &str, output: &[u8], secrets: &[Planted]) {
    let output = String::from_utf8_lossy(output);
    for secret in secrets {
        for piece in secret.variable.windows(8) {
            for form in forms(piece) {
                assert!(!output.contains(&form), "{what} shows `{form}` in:\n{output}");
            }
        }
    }
}

#[track_caller]
fn assert_outcome_silent(what: &str, outcome: &Outcome, secrets: &[Planted]) {
    assert_silent(what, outcome.stdout.as_bytes(), secrets);
    assert_silent(what, outcome.stderr.as_bytes(), secrets);
}

/// A repository with the secrets in content, plain and encoded, and repeated in every name.
fn repository(secrets: &[Planted]) -> Repo {
    let repo = Repo::new();
    let [github, npm, password, odd] = secrets else { panic!("four are planted") };
    repo.write("a.env", format!("TOKEN={}\nNPM={}\n", github.text, npm.text));
    repo.write("b.py", format!("db_password = \"{}\"\napi_key = '{}'\n", password.text, odd.text));
    repo.write("c.yaml", format!("data:\n  token: {}\n", BASE64.encode(github.text.as_bytes())));
    repo.write("d.sh", format!("curl https://user:{}@host.internal.io/x\n", password.text));
    repo.write(&format!("named-{}.txt", github.text), format!("{}\n", github.text));
    repo.write(&format!("{}/x", npm.text), format!("x {}\n", npm.text));
    repo.commit(&format!("message with {} and {}", github.text, npm.text));
    repo.git(&["branch", &format!("branch-{}", github.text)]);
    repo.git(&["tag", "-a", &format!("tag-{}", npm.text), "-m", &format!("tag {}", github.text)]);
    repo.git(&[
        "-c",
        &format!("user.name={}", github.text),
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "by a token",
    ]);
    let broken = format!("broken-{}", github.text);
    repo.write(&broken, "this one goes missing\n");
    repo.commit("a file with a telling name");
    let blob = repo.git(&["rev-parse", &format!("HEAD:{broken}")]);
    std::fs::remove_file(repo.path().join(format!(".git/objects/{}/{}", &blob[..2], &blob[2..])))
        .expect("it is loose");
    repo
}

#[test]
fn no_command_and_no_format_shows_a_planted_secret() {
    let secrets = planted();
    let repo = repository(&secrets);
    let head = repo.git(&["rev-parse", "HEAD"]);
    let empty = repo.git(&["rev-list", "--max-parents=0", "HEAD"]);
    repo.write("e.env", format!("MORE={}\n", secrets[0].text)).stage();
    for format in formats() {
        let range = format!("{empty}..{head}");
        let runs: [&[&str]; 5] =
            [&["scan", "."], &["staged"], &["history"], &["diff", &range], &["hook", "run", "a.env", "b.py"]];
        for arguments in runs {
            let mut all = arguments.to_vec();
            all.extend(["--format", format, "--min-confidence", "low", "-v"]);
            let outcome = repo.run(&all);
            assert!(outcome.code != 2, "{all:?}: {}", outcome.stderr);
            assert_outcome_silent(&format!("{all:?}"), &outcome, &secrets);
        }
    }
    let named = format!("named-{}.txt", secrets[0].text);
    let cut = &secrets[0].text[..secrets[0].text.len() - 2];
    let odd = format!("x{} {cut} ghp={}-{}", secrets[0].text, secrets[2].text, secrets[1].text);
    let places: [&[&str]; 5] = [&["a.env"], &["b.py"], &["c.yaml"], &[&named], &["--string", &odd]];
    for place in places {
        for format in ["text", "json"] {
            let all = [&["explain", "-v", "--format", format], place].concat();
            let outcome = repo.run(&all).exits(0);
            assert_outcome_silent(&format!("{all:?}"), &outcome, &secrets);
        }
    }
    let input = format!("token: {}\npassword = \"{}\"\n", secrets[0].text, secrets[2].text);
    let outcome =
        repo.run_with(".", &["scan", "-", "--min-confidence", "low"], &[], input.as_bytes()).exits(1);
    assert_outcome_silent("standard input", &outcome, &secrets);
    let absent = format!("absent-{}", secrets[1].text);
    let outcome = repo.run(&["hook", "run", "c.yaml", &absent, "-f", "json"]);
    assert!(outcome.stdout.contains("not in the index"), "{}", outcome.stdout);
    assert_outcome_silent("a name that the index does not know", &outcome, &secrets);
    let outcome = repo.run_with(".", &["rules", "test"], &[], input.as_bytes());
    assert_outcome_silent("rules test", &outcome, &secrets);
}

#[test]
fn no_inventory_shows_a_planted_secret() {
    let secrets = planted();
    let repo = repository(&secrets);
    let [github, npm, ..] = &secrets[..] else { panic!("four are planted") };
    repo.write("f.yml", format!("a: op://team/{}/x\nb: vault:secret/{}\n", github.text, npm.text));
    repo.write("g.py", format!("print(config.db_password, \"{}\")\n", github.text));
    repo.write(&format!("{}/Dockerfile", npm.text), format!("ENV API_KEY={} X_TOKEN=\n", github.text));
    repo.write("CODEOWNERS", format!("* @{}\n", github.text));
    for format in ["text", "csv", "jsonl", "cyclonedx"] {
        let outcome = repo.run(&["inventory", "-f", format, "--min-confidence", "low", "-v"]).exits(3);
        assert!(outcome.says("1Password") || outcome.says("1password"), "{format}");
        assert_outcome_silent(&format!("an inventory as {format}"), &outcome, &secrets);
    }
    let path = repo.home().join("inventory").to_str().expect("a temporary path is UTF-8").to_owned();
    for format in ["sqlite", "jsonl"] {
        repo.run(&["inventory", "-f", format, "-o", &path]).exits(3);
        assert_silent(format, &std::fs::read(&path).expect("it is written"), &secrets);
    }
    let outcome = repo.run(&["inventory", "diff", &path, &path]).exits(3);
    assert_outcome_silent("inventory diff", &outcome, &secrets);
}

#[test]
fn files_that_are_written_hold_no_secret() {
    let secrets = planted();
    let repo = repository(&secrets);
    repo.run(&["baseline", "write", "--min-confidence", "low", "--allow-incomplete"]).exits(0);
    let text = std::fs::read(repo.path().join("keydredge-baseline.txt")).expect("it is written");
    assert_silent("the baseline", &text, &secrets);
    let outcome = repo.run(&["baseline", "check", "--min-confidence", "low", "--allow-incomplete"]).exits(0);
    assert_outcome_silent("baseline check", &outcome, &secrets);
    repo.run(&["scan", "--report", "json=report.json", "--report", "sarif=report.sarif", "--no-ignore"]);
    for name in ["report.json", "report.sarif"] {
        assert_silent(name, &std::fs::read(repo.path().join(name)).expect("it is written"), &secrets);
    }
}

#[test]
fn what_is_kept_from_run_to_run_holds_no_secret_in_the_clear() {
    let secrets = planted();
    let repo = repository(&secrets);
    repo.run(&["history", "--min-confidence", "low"]);
    repo.run(&["history"]);
    // Git builds no tree with an entry whose object is missing. Whether it makes the object again depends on the file's time.
    let broken = std::fs::read_dir(repo.path()).expect("it can be read").flatten();
    for file in broken.filter(|file| file.file_name().to_string_lossy().starts_with("broken-")) {
        repo.write(&file.file_name().to_string_lossy(), "this one is here again\n");
    }
    repo.commit("more");
    repo.run(&["history"]);
    let files = std::fs::read_dir(repo.path().join(".git/keydredge")).expect("it was kept");
    let files: Vec<_> = files.map(|file| file.expect("the folder can be read").path()).collect();
    assert!(files.len() > 1, "{files:?}");
    for file in files {
        let bytes = std::fs::read(&file).expect("it can be read");
        assert!(bytes.len() > 100);
        for secret in &secrets {
            for piece in secret.variable.windows(8) {
                for form in forms(piece) {
                    let shows = bytes.windows(form.len()).any(|window| window == form.as_bytes());
                    assert!(!shows, "{} shows `{form}`", file.display());
                }
            }
        }
        assert!(
            !bytes.windows(5).any(|window| window == b"a.env"),
            "names of files are nobody's business either"
        );
    }
}

#[test]
fn errors_do_not_repeat_what_they_stumble_over() {
    let secrets = planted();
    let repo = repository(&secrets);
    repo.write("keydredge.toml", format!("password = \"{}\"\n", secrets[2].text));
    let outcome = repo.run(&["scan"]).exits(2);
    assert_outcome_silent("a wrong key's value", &outcome, &secrets);
    repo.write("keydredge.toml", format!("min-confidence = \"{}\"\n", secrets[0].text));
    let outcome = repo.run(&["scan"]).exits(2);
    assert_outcome_silent("a wrong value", &outcome, &secrets);
}

#[test]
fn secrets_are_shown_when_that_is_asked() {
    let secrets = planted();
    let repo = repository(&secrets);
    for format in formats() {
        let outcome = repo.run(&["scan", "--show-secrets", "--format", format]).exits(1);
        assert!(outcome.stdout.contains(&secrets[0].text), "{format}: {}", outcome.stdout);
    }
}
