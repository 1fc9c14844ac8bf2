//! What `redact` costs on log text: 256 MB (or as many MB as are named) with one secret a MB, on one core.
//!
//! `cargo bench --bench redact -- [MB]`. The answer is checked: each secret is replaced, the same one by the same
//! placeholder, and all other bytes are there. The peak of the process's memory is printed where the system says it.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use keydredge::findings::{Options, Policy};
use keydredge::model::{Confidence, Severity, UnusedAllows};
use keydredge::redact::{Redactor, Replacer};
use keydredge::rules::{Catalogue, template};
use keydredge::scan::{Scanner, verdict};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Bytes of text that are made once and passed again and again.
const MADE: usize = 8 << 20;
/// How far apart secrets are.
const APART: usize = 1 << 20;
/// As much as a pipe gives at once.
const CHUNK: usize = 64 << 10;

fn main() -> ExitCode {
    let megabytes =
        std::env::args().filter_map(|argument| argument.parse::<usize>().ok()).next().unwrap_or(256);
    let (text, secrets) = log(MADE);
    let catalogue = Catalogue::embedded();
    let scanner = Scanner::new(&catalogue);
    let (infos, policy) = (catalogue.infos(), Policy::default());
    let mut replacer = Replacer::new(Options {
        rules: &infos,
        min_confidence: Confidence::Medium,
        fail_on: Severity::Low,
        policy: &policy,
        before: None,
        after: None,
        new_allows: None,
        today: jiff::civil::date(2026, 11, 29),
        report_unused: false,
        report_expired: false,
        markers: &[],
        unused_allows: UnusedAllows::Ignore,
        left_out: None,
        fail_in_tests: true,
        explain: verdict::reasons,
        roots: &[],
    });
    let rounds = (megabytes * 1_000_000).div_ceil(text.len());
    let (mut out, mut given, mut shown, mut time) = (Vec::new(), 0, 0, Duration::ZERO);
    let mut redactor = Redactor::new(&scanner, &mut replacer);
    for _ in 0..rounds {
        for chunk in text.chunks(CHUNK) {
            let start = Instant::now();
            redactor.push(chunk, &mut out).expect("the built-in rules take little work");
            time += start.elapsed();
            given += out.len();
            shown += memchr::memmem::find_iter(&out, b"ghp_").count();
            out.clear();
        }
    }
    let start = Instant::now();
    redactor.finish(&mut out).expect("the built-in rules take little work");
    time += start.elapsed();
    given += out.len();
    let (bytes, places) = (rounds * text.len(), replacer.counts().places() as usize);
    println!(
        "{} MB, {places} secrets: {:.2} s, {:.0} MB/s; peak memory {}",
        bytes / 1_000_000,
        time.as_secs_f64(),
        bytes as f64 / time.as_secs_f64() / 1e6,
        peak().unwrap_or_else(|| "unknown".to_owned()),
    );
    let placeholder = "[REDACTED:01234567:github-personal-access-token]".len();
    let removed: usize = secrets * rounds * 40;
    println!("{given} bytes given of {bytes}, {shown} tokens shown");
    if places != secrets * rounds || shown > 0 || given + removed > bytes + places * placeholder * 2 {
        println!("WRONG: {} secrets were there, {places} were replaced, {shown} are shown", secrets * rounds);
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Log text of about `len` bytes as services write it, and how many tokens are in it.
fn log(len: usize) -> (Vec<u8>, usize) {
    let mut text = String::with_capacity(len + 512);
    let (mut state, mut secrets) = (1_u64, 0);
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    while text.len() < len {
        let (second, level) = (next(86_400), ["INFO", "DEBUG", "WARN", "ERROR"][next(4) as usize]);
        let time = format!(
            "2026-11-29T{:02}:{:02}:{:02}.{:03}Z",
            second / 3600,
            second / 60 % 60,
            second % 60,
            next(1000)
        );
        if text.len() / APART >= secrets {
            let token =
                template::fill("ghp_{base62:30}{crc32-base62:6}", secrets as u64).expect("it is well formed");
            text.push_str(&format!(
                "{time} ERROR [7] com.example.Client - Authorization: token {token} was refused\n"
            ));
            secrets += 1;
            continue;
        }
        let line = match next(10) {
            0..=3 => format!(
                "10.{}.{}.{} - - [29/Nov/2026:10:11:12 +0000] \"GET /api/v1/{}/{} HTTP/1.1\" {} {} \"-\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36\"\n",
                next(256),
                next(256),
                next(256),
                ["users", "orders", "items"][next(3) as usize],
                next(100_000),
                [200, 304, 404, 500][next(4) as usize],
                next(90_000)
            ),
            4 | 5 => format!(
                "{{\"time\":\"{time}\",\"level\":\"{level}\",\"msg\":\"request done\",\"trace_id\":\"{:016x}{:016x}\",\"user_id\":{},\"duration_ms\":{}}}\n",
                next(u64::MAX >> 33),
                next(u64::MAX >> 33),
                next(100_000),
                next(900)
            ),
            6 => format!(
                "{time} {level} [{}] com.example.db.Pool - Opened connection to 10.1.3.{}:5432 in {} ms\n",
                next(64),
                next(256),
                next(90)
            ),
            7 => format!(
                "{time} {level} [{}] kafka.consumer.Coordinator - Committed offset {} for partition orders-{}\n",
                next(64),
                next(1 << 30),
                next(32)
            ),
            8 => format!(
                "{time} {level} [{}] com.example.web.Session - Session token validated for user id={}\n",
                next(64),
                next(100_000)
            ),
            _ => format!(
                "{time} {level} [{}] com.example.cache.Store - cache miss key=product:{} ttl={}\n",
                next(64),
                next(100_000),
                next(900)
            ),
        };
        text.push_str(&line);
    }
    (text.into_bytes(), secrets)
}

/// The most memory that the process had, as Linux says it.
fn peak() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_owned())
}
