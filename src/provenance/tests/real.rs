//! Real repositories, named by the variable `KEYDREDGE_REPOSITORIES` (paths separated by `:`). Slow; run
//! with `cargo test --release --lib provenance::tests::real -- --ignored --nocapture`.

use super::{hermetic, output, place};
use crate::git::{Object, ObjectKind};
use crate::model::{Copied, ObjectId, SecretNumber};
use crate::source::Sink;
use crate::source::history::{History, Options, Pass, Progress, Scan, Text};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Many fake secrets: each word of some lines that are likely to be added and removed.
#[derive(Default)]
struct Words {
    held: Mutex<HashMap<ObjectId, Vec<SecretNumber>>>,
}

impl Scan for Words {
    type Kept = ();

    fn whole(&self, text: Text<'_>) {
        let mut held: Vec<SecretNumber> = memchr::memmem::find_iter(text.bytes, "password")
            .map(|at| {
                let line = &text.bytes[at..text.bytes.len().min(at + 40)];
                let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
                let fold = |hash: u32, &byte: &u8| hash.wrapping_mul(31).wrapping_add(byte.into());
                SecretNumber(line.iter().fold(0, fold) % 3000)
            })
            .collect();
        held.sort_unstable();
        held.dedup();
        if !held.is_empty() {
            self.held.lock().unwrap().insert(text.object.id(), held);
        }
    }

    fn derived(&self, (): &(), _: &[u8], text: Text<'_>, _: &[Copied]) {
        self.whole(text);
    }

    fn stand_in(&self, _: Object<'_>, _: &mut dyn FnMut(&Sink<'_>)) {}

    fn members(&self, _: Object<'_>, _: &mut dyn FnMut(&Sink<'_>)) {}
}

/// Reports the time that passes.
struct Clock(Instant);

impl Progress for Clock {
    fn begin(&self, pass: Pass, total: u64) {
        note(&format!(
            "{:8.2} s, cpu {:.2}  {pass:?} of {total} objects",
            self.0.elapsed().as_secs_f64(),
            cpu()
        ));
    }
    fn advance(&self, _: u64) {}
}

fn note(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().filter(|line| line.starts_with("RssAnon")).fold(String::new(), |mut out, line| {
        let _ = write!(out, "{}", line.split_whitespace().collect::<Vec<_>>().join(" "));
        out
    })
}

/// Seconds of processor time so far; other work on the machine does not change it much.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

#[test]
#[ignore = "needs repositories and minutes"]
fn objects_are_those_that_git_lists() {
    let repositories = std::env::var("KEYDREDGE_REPOSITORIES").unwrap_or_default();
    for path in repositories.split(':').filter(|path| !path.is_empty()) {
        let clock = Clock(Instant::now());
        let (words, stop) = (Words::default(), AtomicBool::new(false));
        let history = History::open(Path::new(path), &Options::default()).expect("it is a repository");
        note(&format!("{path}: open after {:.2} s, {}", clock.0.elapsed().as_secs_f64(), memory()));
        let scanned = history.scan(&words, &clock, &stop);
        let held = words.held.into_inner().unwrap();
        note(&format!("{} objects hold something, {}", held.len(), memory()));
        let placement = place(&history, scanned, &held, &clock, &stop);
        let seconds = clock.0.elapsed().as_secs_f64();
        let (places, lives) = (placement.places.len(), placement.lives.len());
        note(&format!("{seconds:8.2} s, cpu {:.2}  {places} places of {lives} secrets, {}", cpu(), memory()));
        note(&format!("{:?} {:?}", placement.coverage.objects, placement.coverage.unread));
        let mut git = hermetic(Path::new(path));
        git.args(["cat-file", "--batch-check=%(objecttype)", "--batch-all-objects", "--unordered"]);
        let listed = output(git);
        let count = |kind: ObjectKind| listed.lines().filter(|line| *line == kind.name()).count() as u64;
        let objects = placement.coverage.objects;
        assert_eq!(objects.blob, count(ObjectKind::Blob));
        assert_eq!(objects.tree, count(ObjectKind::Tree));
        assert_eq!(objects.commit, count(ObjectKind::Commit));
        assert_eq!(objects.tag, count(ObjectKind::Tag));
        assert!(!stop.load(Ordering::Relaxed));
    }
}
