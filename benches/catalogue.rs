//! A catalogue grown tenfold: what 5,000 more rules cost in a whole history.
//!
//! `cargo bench --bench catalogue -- REPOSITORY…` writes rules as companies might have them (a prefix of 4 to 8 bytes
//! and a token; a name within some bytes of a token) to a file and runs `history` with and without it in turn. Prints
//! medians of wall and processor time, and their ratios. Reading the file (5,000 patterns are parsed and checked at
//! each start, while the built-in ones are packed at build time) is measured separately, by a scan of nothing, and
//! left out of the second ratio. The findings of the ordinary rules must be the same, or the run fails.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

/// Rules that are added.
const GROWN: usize = 5000;

/// Rounds of which the median is printed.
const ROUNDS: usize = 3;

fn main() -> ExitCode {
    let repositories = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("grown.toml");
    std::fs::write(&file, rules()).expect("a file can be written");
    let nothing = folder.path().join("empty");
    std::fs::write(&nothing, "").expect("a file can be written");
    let mut code = ExitCode::SUCCESS;
    for repository in repositories {
        let mut without = Vec::new();
        let mut with = Vec::new();
        let mut start = Vec::new();
        for _ in 0..ROUNDS {
            without.push(run(&["history", &repository, "--no-cache"], None));
            with.push(run(&["history", &repository, "--no-cache"], Some(&file)));
            start.push(run(&["scan", &nothing.display().to_string()], Some(&file)));
        }
        let (own, grown) = (ordinary(&without[0].report), ordinary(&with[0].report));
        if own != grown || own.is_empty() {
            println!("WRONG: {repository}: {} findings, with more rules {}", own.len(), grown.len());
            code = ExitCode::FAILURE;
        }
        let of = |runs: &[Run], field: Field| {
            let mut all: Vec<f64> = runs.iter().map(field).collect();
            all.sort_by(f64::total_cmp);
            all[all.len() / 2]
        };
        let (wall, cpu): (Field, Field) = (|run| run.wall, |run| run.cpu);
        println!(
            "{repository}: {:.2} s and {:.2} s with {GROWN} rules more ({:.2} and {:.2} s of processor time), of which \
             {:.2} s to read them; {:.2} times the processor time, {:.2} without reading them; {} findings, {} more",
            of(&without, wall),
            of(&with, wall),
            of(&without, cpu),
            of(&with, cpu),
            of(&start, cpu),
            of(&with, cpu) / of(&without, cpu),
            (of(&with, cpu) - of(&start, cpu)) / of(&without, cpu),
            own.len(),
            findings(&with[0].report).count() - own.len(),
        );
    }
    code
}

/// A figure of a run.
type Field = fn(&Run) -> f64;

/// One run of the program.
struct Run {
    /// Seconds.
    wall: f64,
    /// Seconds, of all threads.
    cpu: f64,
    report: Value,
}

fn run(command: &[&str], rules: Option<&Path>) -> Run {
    let mut process = Command::new(env!("CARGO_BIN_EXE_keydredge"));
    process.args(command).args(["--no-ignore", "-f", "json"]);
    if let Some(rules) = rules {
        process.arg("--rules").arg(rules);
    }
    let (before, start) = (cpu(), Instant::now());
    let output = process.output().expect("the program can be run");
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu() - before);
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    Run { wall, cpu, report }
}

fn findings(report: &Value) -> impl Iterator<Item = &Value> {
    report["findings"].as_array().into_iter().flatten()
}

/// The findings of the ordinary rules.
fn ordinary(report: &Value) -> Vec<&Value> {
    findings(report).filter(|one| !one["rule"].to_string().contains("zz-grown-")).collect()
}

/// User and system seconds of the processes that ended so far.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(13).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// A small generator, so that the rules are the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

/// The rules, as a file. Four in five are a prefix and a token; one in five a name, such as a company's, and
/// near it a token without a form of its own.
fn rules() -> String {
    const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
    const SYLLABLES: &[&str] = &[
        "ta", "mi", "ro", "ze", "lo", "ku", "va", "ne", "so", "pi", "dra", "fen", "gil", "hub", "jo", "quo",
        "wex", "bri",
    ];
    const BODIES: &[&str] = &[
        "[0-9A-Za-z]{32}",
        "[0-9a-f]{40}",
        "[A-Za-z0-9_-]{43}",
        "[a-z0-9]{24}",
        "[A-Z2-7]{26}",
        "[0-9A-Za-z]{20,64}",
    ];
    const NEAR: &[&str] = &["[0-9a-f]{32}", "[0-9A-Za-z]{40}", "[a-z0-9]{36}"];
    let mut random = Random(5);
    let mut text = String::new();
    for number in 0..GROWN {
        let (keyword, regex) = if number % 5 == 4 {
            let name: String = (0..3).map(|_| random.of(SYLLABLES)).collect();
            let near = random.of(NEAR);
            let regex = format!(r"(?i)\b{name}(?:[ \t\w.-]{{0,20}})[=:>]{{1,3}}[ \t'\x22]{{0,4}}({near})\b");
            (name, regex)
        } else {
            let len = 3 + random.below(5);
            let letters: String =
                (0..len).map(|_| char::from(LETTERS.as_bytes()[random.below(LETTERS.len())])).collect();
            let prefix = format!("{letters}{}", random.of(&["_", "-"]));
            let regex = format!(r"\b{prefix}{}\b", random.of(BODIES));
            (prefix, regex)
        };
        let _ = write!(
            text,
            "[[rules]]\nid = \"zz-grown-{number:05}\"\ndescription = \"Token number {number}\"\nregex = '''{regex}'''\n\
             keywords = [\"{keyword}\"]\nseverity = \"high\"\nconfidence = \"high\"\n\n"
        );
    }
    text
}
