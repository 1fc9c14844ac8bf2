//! `redact`: streams and files without their secrets.

use crate::harness::{Repo, fake, github_token, program};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

#[test]
fn a_stream_passes_without_its_secrets_and_they_are_counted_on_standard_error() {
    let repo = Repo::plain();
    let (token, password) = (github_token(1), fake("{alnum:24}", 2));
    let text = format!("one {token}\r\npassword = \"{password}\"\nsame {token}");
    let outcome = repo.run_with(".", &["redact"], &[], text.as_bytes()).exits(0);
    assert!(!outcome.says(&token) && !outcome.says(&password), "{outcome:?}");
    assert!(outcome.stdout.starts_with("one [REDACTED:") && outcome.stdout.contains("]\r\npassword = \"["));
    assert!(
        outcome.stderr.contains("3 secrets were replaced: 1 generic-password, 2 github-"),
        "{}",
        outcome.stderr
    );
    let quiet = repo.run_with(".", &["redact", "-q", "-"], &[], text.as_bytes()).exits(0);
    assert_eq!((quiet.stdout, quiet.stderr.as_str()), (outcome.stdout, ""));
    let clean = repo.run_with(".", &["redact"], &[], b"nothing").exits(0);
    assert_eq!(clean.stdout, "nothing");
    assert!(clean.stderr.contains("nothing was replaced"));
}

#[test]
fn what_a_scan_of_standard_input_reports_is_what_is_replaced() {
    let repo = Repo::plain();
    let mut text = String::new();
    for (seed, line) in (0..).zip([
        "token {}",
        "export API_KEY={}",
        "  \"client_secret\": \"{}\",",
        "https://ada:{}@db.example.net/x",
        "password: '{}' # note",
        "<add key=\"Password\" value=\"{}\"/>",
        "curl -u ada:{} https://x.example.net",
        "{} keydredge:allow -- a comment",
    ]) {
        let secret = if line.starts_with("token") || line.starts_with("{}") {
            github_token(seed)
        } else {
            fake("{alnum:26}", seed)
        };
        text.push_str(&line.replace("{}", &secret));
        text.push('\n');
        text.push_str("2026-11-29 an ordinary line of a log with id=42\n");
    }
    text.push_str(&format!("{}\n", fake("{pem:rsa}", 7)));
    text.push_str(&format!(
        "data: {}\n",
        data_encoding::BASE64.encode(format!("token={}", github_token(77)).as_bytes())
    ));
    let report = repo.run_with(".", &["scan", "-", "--format", "json", "--exit-zero"], &[], text.as_bytes());
    let mut reported = BTreeSet::new();
    for finding in report.findings() {
        for one in finding["occurrences"].as_array().expect("a finding has occurrences") {
            let at =
                |key: &str| usize::try_from(one[key].as_u64().expect("it is a number")).expect("it is small");
            reported.insert((
                at("start"),
                at("end"),
                finding["fingerprint"].as_str().expect("a name")[..8].to_owned(),
            ));
        }
    }
    assert!(reported.len() > 5, "{reported:?}");
    let mut expected = text.clone();
    for (start, end, name) in reported.iter().rev() {
        expected.replace_range(start..end, &format!("[REDACTED:{name}:RULE]"));
    }
    let out = repo.run_with(".", &["redact"], &[], text.as_bytes()).exits(0).stdout;
    let rules = regex::Regex::new(r"(\[REDACTED:[0-9a-f]{8}):[^\]]*\]").expect("it is sound");
    assert_eq!(rules.replace_all(&out, "$1:RULE]"), expected);
}

#[test]
fn a_line_that_has_come_is_out_at_once() {
    let repo = Repo::plain();
    let mut child = Command::new(program())
        .arg("redact")
        .current_dir(repo.path())
        .env("HOME", repo.home())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program can be run");
    let mut input = child.stdin.take().expect("it has an input");
    let output = child.stdout.take().expect("it has an output");
    let (sender, lines) = channel();
    let reader = std::thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            sender.send(line.expect("it is text")).expect("the test listens");
        }
    });
    for number in 0..3 {
        writeln!(input, "line {number} {}", github_token(number)).expect("it listens");
        input.flush().expect("it listens");
        let line =
            lines.recv_timeout(Duration::from_secs(30)).expect("the line comes while the input is open");
        assert!(line.starts_with(&format!("line {number} [REDACTED:")), "{line}");
    }
    drop(input);
    assert!(child.wait().expect("it ends").success());
    reader.join().expect("it does not panic");
}

#[test]
fn files_are_changed_in_place_and_only_if_they_contain_secrets() {
    let repo = Repo::plain();
    let token = github_token(5);
    repo.write("a.log", format!("x {token}\n")).write("b.log", "nothing\n");
    let shown = repo.run(&["redact", "a.log", "b.log"]).exits(0);
    assert!(shown.stdout.ends_with("]\nnothing\n") && !shown.says(&token));
    let before =
        std::fs::metadata(repo.path().join("b.log")).and_then(|file| file.modified()).expect("it is there");
    let outcome = repo.run(&["redact", "--write", "a.log", "b.log"]).exits(0);
    assert_eq!(outcome.stdout, "");
    assert!(outcome.stderr.contains("1 secret was replaced"), "{}", outcome.stderr);
    let read = |name: &str| std::fs::read_to_string(repo.path().join(name)).expect("it is there");
    assert_eq!(format!("{}{}", read("a.log"), read("b.log")), shown.stdout);
    let after =
        std::fs::metadata(repo.path().join("b.log")).and_then(|file| file.modified()).expect("it is there");
    assert_eq!(before, after);
    repo.run(&["redact", "--write", "a.log"]).exits(0);
    assert!(shown.stdout.starts_with(&read("a.log")), "a second time changes nothing");
    for wrong in [
        &["redact", "--write"][..],
        &["redact", "--write", "-"],
        &["redact", "missing"],
        &["redact", "."],
        &["redact", "--write", "."],
    ] {
        let outcome = repo.run(wrong).exits(2);
        assert_eq!(outcome.stdout, "", "{wrong:?}");
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let repo = Repo::plain();
    let text = format!("x {}\n", github_token(6));
    repo.write("real.log", &text);
    std::os::unix::fs::symlink("real.log", repo.path().join("link.log")).expect("links can be made");
    repo.run(&["redact", "--write", "link.log"]).exits(2);
    assert_eq!(std::fs::read_to_string(repo.path().join("real.log")).expect("it is there"), text);
}

#[test]
fn settings_say_what_a_secret_is_and_cannot_say_that_one_may_be_read() {
    let repo = Repo::plain();
    let (token, password) = (github_token(8), fake("{alnum:24}", 9));
    let text = format!("{token} keydredge:allow\npassword = \"{password}\"\n");
    repo.write("keydredge.toml", format!("[[allow]]\nreason = \"known\"\nvalues = [\"{password}\"]\n"));
    let outcome = repo.run_with(".", &["redact"], &[], text.as_bytes()).exits(0);
    assert!(!outcome.says(&token) && !outcome.says(&password), "{outcome:?}");
    let skipped =
        repo.run_with(".", &["redact", "--skip", "generic-password"], &[], text.as_bytes()).exits(0);
    assert!(!skipped.says(&token) && skipped.stdout.contains(&password), "{skipped:?}");
    repo.write("keydredge.toml", "nonsense = 1\n");
    let outcome = repo.run_with(".", &["redact"], &[], text.as_bytes()).exits(2);
    assert_eq!(outcome.stdout, "", "a filter with wrong settings passes nothing");
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_a_quiet_end() {
    let repo = Repo::plain();
    let mut child = Command::new(program())
        .arg("redact")
        .current_dir(repo.path())
        .env("HOME", repo.home())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be run");
    drop(child.stdout.take());
    let mut input = child.stdin.take().expect("it has an input");
    let _it_may_be_closed = input.write_all(&b"a line\n".repeat(300_000));
    drop(input);
    let mut said = String::new();
    child.stderr.take().expect("it has one").read_to_string(&mut said).expect("it is text");
    assert_eq!((child.wait().expect("it ends").code(), said.as_str()), (Some(0), ""));
}
