//! What the engine costs: the prefilter alone, the scan of files, and a catalogue grown tenfold.
//!
//! `cargo bench --bench engine -- DIRECTORY…` scans the files of the directories (without them, a made-up
//! text) on one core and prints the median of several rounds. Counts are checked: every planted secret
//! must be found in every round, and a grown catalogue must find what the built-in one does.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use keydredge::model::Piece;
use keydredge::rules::{Catalogue, Matcher, Reach, Stretch, pattern};
use keydredge::scan::{Scanner, Scratch};
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Rounds of which the median is printed.
const ROUNDS: usize = 5;
/// How many more rules the grown catalogue has.
const GROWN: usize = 5000;

fn main() -> ExitCode {
    let directories: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let mut blobs = Vec::new();
    for directory in &directories {
        collect(Path::new(directory), &mut blobs);
    }
    if blobs.is_empty() {
        blobs.push(text(32 << 20));
    }
    let bytes: usize = blobs.iter().map(Vec::len).sum();
    println!("{} blobs, {} MB", blobs.len(), bytes / 1_000_000);

    let catalogue = Catalogue::embedded();
    let own = measure("built-in", &catalogue, &blobs, bytes);
    let grown = grow(catalogue);
    let more = measure("grown", &grown, &blobs, bytes);
    println!("grown / built-in: {:.2}", more.seconds / own.seconds);
    if own.found != more.found {
        println!("WRONG: the grown catalogue found {}, the built-in one {}", more.found, own.found);
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

struct Measured {
    seconds: f64,
    found: usize,
}

fn measure(name: &str, catalogue: &Catalogue, blobs: &[Vec<u8>], bytes: usize) -> Measured {
    let start = Instant::now();
    let scanner = Scanner::new(catalogue);
    let made = start.elapsed();
    let mut scratch = Scratch::default();
    let rate = |seconds: f64| bytes as f64 / seconds / 1e9;

    let seen: Vec<(Duration, usize)> = rounds(|| blobs.iter().map(|blob| scanner.sight(blob)).sum::<usize>());
    let scanned: Vec<(Duration, usize)> =
        rounds(|| blobs.iter().map(|blob| scanner.scan(&Piece::whole(blob), &mut scratch).len()).sum());
    let (sight, scan) = (median(&seen), median(&scanned));
    println!(
        "{name}: {} rules, ready in {made:?}; prefilter {:.0} ms, {:.2} GB/s, {} literals seen; scan {:.0} ms, {:.2} GB/s, {} found",
        catalogue.rules().len(),
        sight * 1e3,
        rate(sight),
        seen[0].1,
        scan * 1e3,
        rate(scan),
        scanned[0].1,
    );
    assert!(scanned.iter().all(|round| round.1 == scanned[0].1), "every round finds the same");
    Measured { seconds: scan, found: scanned[0].1 }
}

fn rounds(mut round: impl FnMut() -> usize) -> Vec<(Duration, usize)> {
    (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let count = round();
            (start.elapsed(), count)
        })
        .collect()
}

fn median(rounds: &[(Duration, usize)]) -> f64 {
    let mut times: Vec<Duration> = rounds.iter().map(|round| round.0).collect();
    times.sort();
    times[times.len() / 2].as_secs_f64()
}

/// The catalogue with added rules whose keywords are in no text.
fn grow(mut catalogue: Catalogue) -> Catalogue {
    let Some(model) = catalogue.rules().first().cloned() else { return catalogue };
    let mut state = 1_u64;
    for number in 0..GROWN {
        let keyword: String = (0..8)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                char::from(b'a' + ((state >> 33) % 26) as u8)
            })
            .collect();
        let mut rule = model.clone();
        Arc::make_mut(&mut rule.info).id = format!("zz-grown-{number:05}").into();
        let regex = format!("{keyword}_[A-Za-z0-9]{{30}}");
        rule.matcher = Matcher::Pattern {
            stretch: Stretch::of(&pattern::parse(&regex).expect("the pattern is sound")),
            regex: regex.into(),
            group: 0,
            reach: Reach { before: 0, after: 31 },
            begins: true,
        };
        rule.keywords = vec![format!("{keyword}_").into_bytes()];
        (rule.check, rule.entropy, rule.decode) = (None, None, true);
        catalogue.rules_mut().push(rule);
    }
    catalogue.rules_mut().sort_by(|one, other| one.info.id.cmp(&other.info.id));
    catalogue
}

fn collect(directory: &Path, blobs: &mut Vec<Vec<u8>>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && entry.file_name() != ".git" => collect(&entry.path(), blobs),
            Ok(kind) if kind.is_file() => blobs.extend(fs::read(entry.path())),
            _ => {}
        }
    }
}

/// `len` bytes of something like source code, with an assignment of a secret every few kilobytes.
fn text(len: usize) -> Vec<u8> {
    const WORDS: &[&str] = &[
        "let",
        "return",
        "if",
        "else",
        "value",
        "index",
        "key",
        "token",
        "(",
        ")",
        " = ",
        "{\n",
        "}\n",
        ";\n",
        "self.",
        "name",
        "&mut ",
        "password",
        "0x1f",
        "\"text\"",
        "// and so on\n",
        "Result",
        "::new",
    ];
    let mut state = 7_u64;
    let mut next = move |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let mut text = Vec::with_capacity(len + 64);
    while text.len() < len {
        if next(900) == 0 {
            let value: String = (0..24).map(|_| char::from(b'a' + next(26) as u8)).collect();
            text.extend_from_slice(format!("\nsecret = \"{value}\"\n").as_bytes());
        }
        text.extend_from_slice(WORDS[next(WORDS.len() as u64) as usize].as_bytes());
        text.push(b' ');
    }
    text
}
