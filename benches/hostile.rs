//! What a scan costs if the input is made to be slow: each rule's literals and examples, repeated.
//!
//! `cargo bench --bench hostile -- [--size BYTES] [--only PART] [--case PART] [--below MBPS]` scans blobs of BYTES
//! bytes (default 256 KiB) with the built-in catalogue on one core and prints those that are slower than the mark
//! (default 10 MB/s), slowest first. It fails if there are any. `--only` takes the rules whose id contains the part,
//! `--case` the cases whose name does.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use data_encoding::{BASE64, HEXLOWER};
use keydredge::model::Piece;
use keydredge::rules::{Catalogue, Rule};
use keydredge::scan::{Scanner, Scratch};
use std::fs;
use std::process::ExitCode;
use std::time::Instant;

/// What is put between two repetitions of a literal.
const BETWEEN: &[&str] =
    &["", "\n", " ", "=", "=\"", ": ", ":'", "\"", "(", "/", ";\n", " a", "://", "\r\n\t"];

/// How many times larger the second blob of a case that seems slow is.
const LARGER: usize = 16;

/// What random bytes are drawn from.
const FILLER: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789ABCDEF+/=\"' \n";

struct Asked {
    size: usize,
    only: String,
    case: String,
    below: f64,
}

fn main() -> ExitCode {
    let mut asked = Asked { size: 256 << 10, only: String::new(), case: String::new(), below: 10.0 };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().expect("the option has a value");
        match argument.as_str() {
            "--size" => asked.size = value().parse().expect("a number of bytes"),
            "--only" => asked.only = value(),
            "--case" => asked.case = value(),
            "--below" => asked.below = value().parse().expect("a number of megabytes a second"),
            _ => {}
        }
    }
    let catalogue = Catalogue::embedded_in_full();
    let mut bench = Bench {
        scanner: Scanner::new(&catalogue),
        scratch: Scratch::default(),
        size: asked.size,
        slow: Vec::new(),
        below: asked.below,
        case: asked.case.clone(),
        cases: 0,
        bytes: 0,
        seconds: 0.0,
        clock: Clock(Instant::now()),
    };
    for rule in catalogue.rules().iter().filter(|rule| rule.info.id.contains(&asked.only)) {
        literals(rule, &mut bench);
        examples(rule, &mut bench);
    }
    if asked.only.is_empty() {
        mixtures(&catalogue, &mut bench);
    }
    bench.report()
}

struct Bench {
    scanner: Scanner,
    scratch: Scratch,
    size: usize,
    below: f64,
    case: String,
    slow: Vec<(f64, String)>,
    cases: usize,
    bytes: usize,
    seconds: f64,
    clock: Clock,
}

/// Processor seconds of this thread, if the system reports them, so that other work does not count.
struct Clock(Instant);

impl Clock {
    fn seconds(&self) -> f64 {
        let schedule = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        let nanoseconds = schedule.split(' ').next().and_then(|first| first.parse::<f64>().ok());
        nanoseconds.map_or_else(|| self.0.elapsed().as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
    }
}

impl Bench {
    /// Scans `unit`, repeated.
    fn repeat(&mut self, name: &str, unit: &[u8]) {
        self.scan(name, |size| {
            let mut blob = unit.repeat(size / unit.len() + 1);
            blob.truncate(size);
            blob
        });
    }

    /// Scans the blob that `make` gives of a size, and a larger one if that was slow, since the clock is coarse.
    fn scan(&mut self, name: &str, make: impl Fn(usize) -> Vec<u8>) {
        if !name.contains(&self.case) {
            return;
        }
        let mut rate = self.rate(&make(self.size));
        if rate.0 < self.below {
            rate = self.rate(&make(self.size * LARGER));
        }
        if rate.0 < self.below {
            self.slow.push((rate.0, format!("{name}, {} found", rate.1)));
        }
    }

    /// Megabytes a second, and how much was found.
    fn rate(&mut self, blob: &[u8]) -> (f64, usize) {
        let start = self.clock.seconds();
        let found = self.scanner.scan(&Piece::whole(blob), &mut self.scratch).len();
        let seconds = (self.clock.seconds() - start).max(1e-6);
        assert_eq!(self.scratch.cut(), None, "the built-in rules never take too much work");
        self.cases += 1;
        self.bytes += blob.len();
        self.seconds += seconds;
        (blob.len() as f64 / seconds / 1e6, found)
    }

    fn report(mut self) -> ExitCode {
        self.slow.sort_by(|one, other| one.0.total_cmp(&other.0));
        for (rate, name) in &self.slow {
            println!("{rate:8.2} MB/s  {name}");
        }
        println!(
            "{} cases, {:.1} MB/s over all, {} below {} MB/s",
            self.cases,
            self.bytes as f64 / self.seconds / 1e6,
            self.slow.len(),
            self.below
        );
        if self.slow.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Each literal of a rule with something between, with random bytes between, and all of them in a row.
fn literals(rule: &Rule, bench: &mut Bench) {
    let id = &rule.info.id;
    for keyword in &rule.keywords {
        let shown = keyword.escape_ascii();
        for between in BETWEEN {
            let unit = [keyword, between.as_bytes()].concat();
            bench.repeat(&format!("{id}: `{shown}` and {between:?}"), &unit);
        }
        bench.scan(&format!("{id}: `{shown}` and noise"), |size| {
            let mut noise = Noise(7);
            let mut blob = Vec::with_capacity(size + 100);
            while blob.len() < size {
                blob.extend_from_slice(keyword);
                let filler = noise.below(40);
                blob.extend((0..filler).map(|_| FILLER[noise.below(FILLER.len())]));
            }
            blob
        });
        bench.repeat(&format!("{id}: `{shown}` in base64"), BASE64.encode(&keyword.repeat(3)).as_bytes());
        bench.repeat(&format!("{id}: `{shown}` in hex"), HEXLOWER.encode(keyword).as_bytes());
        let wide: Vec<u8> = keyword.iter().flat_map(|&byte| [byte, 0]).collect();
        bench.repeat(&format!("{id}: `{shown}` in UTF-16"), &wide);
        let percent: String = keyword.iter().map(|byte| format!("%{byte:02x}")).collect();
        bench.repeat(&format!("{id}: `{shown}` in percent"), percent.as_bytes());
    }
    let all = rule.keywords.join(&b' ');
    bench.repeat(&format!("{id}: all literals"), &all);
}

/// Each example of a rule, whole and cut off, plain and encoded.
fn examples(rule: &Rule, bench: &mut Bench) {
    let id = &rule.info.id;
    let texts = rule.texts().expect("the catalogue's templates are sound");
    for (number, text) in (1..).zip(texts.examples.iter().chain(&texts.negatives)) {
        let text = text.as_bytes();
        for (share, cut) in [
            ("all", text.len()),
            ("all but one", text.len() - 1),
            ("3/4", text.len() * 3 / 4),
            ("1/2", text.len() / 2),
        ] {
            let name = format!("{id}: {share} of text {number}");
            bench.repeat(&name, &text[..cut]);
            bench.repeat(&format!("{name} in one line"), text[..cut].replace_feeds().as_slice());
            let base64 = BASE64.encode(&text[..cut].repeat(3));
            bench.repeat(&format!("{name} in base64"), base64.as_bytes());
            bench.repeat(&format!("{name} in hex"), HEXLOWER.encode(&text[..cut]).as_bytes());
            let wide: Vec<u8> = text[..cut].iter().flat_map(|&byte| [byte, 0]).collect();
            bench.repeat(&format!("{name} in UTF-16"), &wide);
        }
        // The start of it over and over, and a whole one at each window's end.
        let start = text.len() / 3;
        let mut unit = Vec::new();
        while unit.len() < 30_000 {
            unit.extend_from_slice(&text[..start.max(1)]);
        }
        unit.extend_from_slice(text);
        bench.repeat(&format!("{id}: the start of text {number} and one whole"), &unit);
    }
}

trait Feeds {
    fn replace_feeds(&self) -> Vec<u8>;
}

impl Feeds for [u8] {
    fn replace_feeds(&self) -> Vec<u8> {
        self.iter().map(|&byte| if byte == b'\n' { b' ' } else { byte }).collect()
    }
}

/// Literals of all rules at random, with little between them.
fn mixtures(catalogue: &Catalogue, bench: &mut Bench) {
    let keywords: Vec<&Vec<u8>> = catalogue.rules().iter().flat_map(|rule| &rule.keywords).collect();
    let mixed = |between: &str, size: usize| {
        let mut noise = Noise(3);
        let mut blob = Vec::with_capacity(size + 100);
        while blob.len() < size {
            blob.extend_from_slice(keywords[noise.below(keywords.len())]);
            blob.extend_from_slice(between.as_bytes());
        }
        blob
    };
    for between in BETWEEN {
        bench.scan(&format!("all literals and {between:?}"), |size| mixed(between, size));
        bench.scan(&format!("all literals and {between:?} in base64"), |size| {
            BASE64.encode(&mixed(between, size)).into_bytes()
        });
    }
    let mut noise = Noise(3);
    for round in 0..2000 {
        let mut unit = Vec::new();
        for _ in 0..2 + round % 3 {
            unit.extend_from_slice(keywords[noise.below(keywords.len())]);
            unit.extend_from_slice(BETWEEN[noise.below(BETWEEN.len())].as_bytes());
        }
        bench.repeat(&format!("literals {:?}", unit.escape_ascii().to_string()), &unit);
    }
}

/// A small generator of numbers, the same on every machine.
struct Noise(u64);

impl Noise {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % bound as u64) as usize
    }
}
