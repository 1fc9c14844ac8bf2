//! How long a hook takes: a new `keydredge staged` process with one staged file, beside `git status`.
//!
//! `cargo bench --bench hook -- REPOSITORY` measures in a clone of a repository; without one, in a repository
//! that is made. The staged file contains a secret, and every run must find it and nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often each program runs.
const ROUNDS: usize = 51;

/// Files of the repository that is made.
const FILES: usize = 5000;

fn main() {
    let named = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).map(PathBuf::from);
    let made = tempfile::tempdir().expect("a temporary folder can be made");
    let repository = made.path().join("repository");
    match named {
        Some(from) => git(made.path(), &["clone", "-q", &from.display().to_string(), "repository"]),
        None => make(&repository),
    }
    let token = keydredge::rules::template::fill("TOKEN=ghp_{base62:30}{crc32-base62:6}\n", 7);
    fs::write(repository.join("staged.env"), token.expect("the template is well formed"))
        .expect("a file can be written");
    git(&repository, &["add", "-f", "staged.env"]);
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let output = Command::new(env!("CARGO_BIN_EXE_keydredge"))
            .args(["staged", "-f", "jsonl"])
            .current_dir(&repository)
            .output()
            .expect("the program can be run");
        ours.push(start.elapsed());
        assert_eq!(output.status.code(), Some(1), "it finds the secret");
        let lines = output.stdout.iter().filter(|&&byte| byte == b'\n').count();
        assert_eq!(lines, 2, "one finding and the summary");
        let start = Instant::now();
        git(&repository, &["status", "--short", "-uno"]);
        theirs.push(start.elapsed());
    }
    report_line(&format!(
        "staged: {:.1?}, git status: {:.1?}; peak memory {}",
        median(ours),
        median(theirs),
        memory(&repository)
    ));
}

/// The maximum resident set of one run, as GNU time reports it.
fn memory(repository: &Path) -> String {
    let output = Command::new("/usr/bin/time")
        .args(["-f", "%M", env!("CARGO_BIN_EXE_keydredge"), "staged", "-q"])
        .current_dir(repository)
        .stdout(Stdio::null())
        .output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stderr).into_owned()).unwrap_or_default();
    let kilobytes = text.lines().filter_map(|line| line.trim().parse::<u64>().ok()).next_back();
    kilobytes.map_or("not known (no /usr/bin/time)".to_owned(), |kilobytes| {
        format!("{:.1} MB", kilobytes as f64 / 1000.0)
    })
}

#[expect(clippy::print_stdout, reason = "a benchmark tells what it measured")]
fn report_line(line: &str) {
    println!("{line}");
}

fn make(repository: &Path) {
    for at in 0..FILES {
        let path = repository.join(format!("d{}", at % 100));
        fs::create_dir_all(&path).expect("folders can be made");
        fs::write(path.join(format!("f{at}.txt")), format!("file {at}\n")).expect("files can be written");
    }
    git(repository, &["init", "-q"]);
    git(repository, &["add", "-A"]);
    git(repository, &["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "one"]);
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(folder).stdout(Stdio::null());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    assert!(command.status().expect("git can be run").success(), "git {arguments:?}");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
