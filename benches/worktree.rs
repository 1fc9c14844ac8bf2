//! How long `keydredge scan` takes over a tree of files, beside ripgrep with one pattern.
//!
//! `cargo bench --bench worktree -- FOLDER` scans a folder; without one, a tree is made with secrets in it, and
//! every one must be found. The two programs run in turn, and the ratio of their medians is what counts. The
//! number of files read must be the number of files there, and each run must find the same.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often each program runs.
const ROUNDS: usize = 11;

/// Files of the tree that is made, and how many of them contain a secret.
const FILES: usize = 4000;
const PLANTED: usize = 40;

fn main() {
    let named = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).map(PathBuf::from);
    let made = tempfile::tempdir().expect("a temporary folder can be made");
    let (folder, planted) = match named {
        Some(folder) => (folder, None),
        None => {
            plant(made.path());
            (made.path().to_owned(), Some(PLANTED))
        }
    };
    let files = count_files(&folder);
    let report = made.path().join("report.json");
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    let mut first: Option<usize> = None;
    for _ in 0..ROUNDS {
        ours.push(time(
            Command::new(env!("CARGO_BIN_EXE_keydredge"))
                .args(["scan", "-f", "json", "-o"])
                .arg(&report)
                .arg(&folder),
        ));
        theirs.push(time(Command::new("rg").args(["-c", "-uuu", "AKIA[0-9A-Z]{16}"]).arg(&folder)));
        let document: Value =
            serde_json::from_slice(&fs::read(&report).expect("the report is written")).expect("it is JSON");
        let found = document["findings"].as_array().expect("a document has findings").len();
        let scanned = document["summary"]["coverage"]["scanned"].as_u64().expect("a number");
        assert_eq!(scanned, files, "files read");
        assert_eq!(*first.get_or_insert(found), found, "findings of each run");
        fs::remove_file(&report).expect("the report is there");
    }
    let found = first.expect("there was a round");
    if let Some(planted) = planted {
        assert_eq!(found, planted, "planted secrets that were found");
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    report_line(&format!(
        "{files} files, {found} findings: keydredge {ours:.1?}, ripgrep {theirs:.1?}, ratio {ratio:.2}"
    ));
}

#[expect(clippy::print_stdout, reason = "a benchmark tells what it measured")]
fn report_line(line: &str) {
    println!("{line}");
}

fn time(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status =
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("the program can be run");
    let took = start.elapsed();
    assert!(matches!(status.code(), Some(0 | 1)), "{status}");
    took
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Regular files below a folder, without those of `.git`.
fn count_files(folder: &Path) -> u64 {
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let entry = entry.expect("its entries can be read");
        let kind = entry.file_type().expect("its type is known");
        if kind.is_dir() && entry.file_name() != ".git" {
            count += count_files(&entry.path());
        } else if kind.is_file() {
            count += 1;
        }
    }
    count
}

fn plant(folder: &Path) {
    let line = "fn lookup(table: &Table, key: &str) -> Option<Entry> { table.get(key).cloned() }\n";
    for at in 0..FILES {
        let path = folder.join(format!("d{}", at % 50));
        fs::create_dir_all(&path).expect("folders can be made");
        let mut text = line.repeat(100);
        if at % (FILES / PLANTED) == 0 {
            let token = keydredge::rules::template::fill("ghp_{base62:30}{crc32-base62:6}", at as u64);
            text.push_str(&token.expect("the template is well formed"));
        }
        fs::write(path.join(format!("f{at}.rs")), text).expect("files can be written");
    }
}
