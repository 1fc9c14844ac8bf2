//! What searching for 100,000 known values costs: `keydredge scan` of a tree of files with `--known`, beside the same without.
//!
//! `cargo bench --bench known -- FOLDER` scans a folder, which must contain none of the values; without one, a tree is made
//! with some of them in it, and every one must be found, in each writing. `-- --history REPOSITORY` does the same with
//! `history`. The two runs take turns, and the ratio of their medians is what counts. The time to open the index is in it.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use keydredge::known::{Exported, KnownIndex, Refusal};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// How many values there are.
const VALUES: u64 = 100_000;
/// How often each program runs.
const ROUNDS: usize = 11;
/// Files of the tree that is made, and one in how many has a value.
const FILES: u64 = 4000;
const APART: u64 = 100;
/// The key of the index.
const KEY: [u8; 32] = [0x5a; 32];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let is_history = arguments.iter().any(|argument| argument == "--history");
    let named = arguments.iter().find(|argument| !argument.starts_with('-')).map(PathBuf::from);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let index = folder.path().join("index");
    make_index(&index);
    let tree = folder.path().join("tree");
    let planted = if named.is_none() { plant(&tree) } else { 0 };
    let target = named.unwrap_or(tree);
    let run = |more: &[&str]| {
        let report = folder.path().join("report.json");
        let mut command = Command::new(env!("CARGO_BIN_EXE_keydredge"));
        let key: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
        command.env("KEYDREDGE_KNOWN_KEY", key);
        command.args(if is_history { &["history", "--no-cache"][..] } else { &["scan"] });
        command.args(more).args(["-f", "json", "-o"]).arg(&report).arg(&target);
        let start = Instant::now();
        let status = command.status().expect("the program can be run");
        let time = start.elapsed();
        assert!(status.code().is_some_and(|code| code != 2), "the run failed");
        let document: Value =
            serde_json::from_slice(&fs::read(&report).expect("the report is written")).expect("it is JSON");
        let findings = document["findings"].as_array().expect("a document has findings").clone();
        let known = findings.iter().filter(|one| !one["known"].is_null()).count();
        (time, known, document["summary"]["coverage"]["bytes"].as_u64().expect("a number"))
    };
    let path = index.to_str().expect("a temporary path is UTF-8").to_owned();
    let (mut without, mut with) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    for _ in 0..ROUNDS {
        without.push(run(&[]).0);
        let (time, known, scanned) = run(&["--known", &path]);
        if known != planted {
            println!("WRONG: {planted} values were planted, {known} were found");
            return ExitCode::FAILURE;
        }
        with.push(time);
        bytes = scanned;
    }
    let (without, with) = (median(without), median(with));
    println!(
        "{VALUES} values, {} MB, {planted} planted and found: {without:.1?} without, {with:.1?} with, ratio {:.3}",
        bytes / 1_000_000,
        with.as_secs_f64() / without.as_secs_f64()
    );
    ExitCode::SUCCESS
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// The value with this number: a tenth have 8 to 11 characters, the others up to 64.
fn value(number: u64) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut state = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state >> 33
    };
    let len = if number.is_multiple_of(10) { 8 + next() % 4 } else { 12 + next() % 53 };
    (0..len).map(|_| LETTERS[next() as usize % LETTERS.len()] as char).collect()
}

fn make_index(path: &Path) {
    let mut index = KnownIndex::new(&KEY).expect("this system has random bytes");
    let entries: Vec<Exported> = (0..VALUES)
        .map(|at| Exported { name: format!("kv/app-{}/{at}#token", at % 50), value: value(at) })
        .collect();
    let added = index.add(&entries).expect("there is room");
    println!("{} values entered, {} refused", added.values, index.refused().len());
    fs::write(path, index.seal().expect("this system has random bytes")).expect("the index can be written");
}

/// Makes a tree of files with code-like lines, some of them with a value in one of five writings; returns how many.
fn plant(folder: &Path) -> usize {
    let line = "    let total_amount = order.lines().map(|line| line.price * line.quantity).sum::<u64>(); // see issue 4711\n";
    let mut planted = 0;
    for at in 0..FILES {
        let mut text: String =
            (0..120).map(|row| line.replace("4711", &format!("{}", at * 131 + row))).collect();
        let value = value(at + 1);
        // Some of those at random are too weak to be entered.
        if at.is_multiple_of(APART) && Refusal::of("kv#token", &value).is_none() {
            let written = match at / APART % 5 {
                0 => value,
                1 => data_encoding::BASE64.encode(format!("x={value}").as_bytes()),
                2 => data_encoding::HEXLOWER.encode(value.as_bytes()),
                3 => value.bytes().map(|byte| format!("%{byte:02X}")).collect(),
                _ => value.bytes().map(|byte| format!("\\u{byte:04x}")).collect(),
            };
            text.push_str(&format!("see {written} \n"));
            planted += 1;
        }
        let path = folder.join(format!("{}/file_{at}.rs", at % 40));
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("folders can be made");
        fs::write(path, text).expect("a file can be written");
    }
    planted
}
