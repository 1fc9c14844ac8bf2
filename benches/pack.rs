//! Rebuilds every object of a repository's packs and scans nothing: what history costs at least.
//!
//! `cargo bench --bench pack -- /path/to/repository.git…` (bare, SHA-1). Counts are held against
//! `git cat-file --batch-all-objects`; a wrong count ends the run. Prints, for each kind, objects, bytes, wall and CPU
//! seconds, and at the end the peak of anonymous memory.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use keydredge::model::Copied;
use keydredge::source::history::pack::{Options, Packs};
use keydredge::source::history::{KindSet, Object, ObjectKind, Visitor};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Looks at nothing, but counts what a scanner would have to look at.
#[derive(Default)]
struct Counter {
    fresh: AtomicU64,
    runs: AtomicU64,
}

thread_local! {
    static LOCAL: std::cell::Cell<(u64, u64)> = const { std::cell::Cell::new((0, 0)) };
}

impl Visitor for Counter {
    type Kept = ();

    fn whole(&self, object: Object<'_>) {
        self.count(black_box(object.bytes).len() as u64, 0);
    }

    fn derived(&self, (): &(), base: &[u8], object: Object<'_>, copied: &[Copied]) {
        black_box(base);
        let shared: usize = copied.iter().map(|run| run.len).sum();
        self.count((black_box(object.bytes).len() - shared) as u64, copied.len() as u64);
    }

    fn unread(&self, _: Option<keydredge::model::ObjectId>, _: &str) {}
}

impl Counter {
    fn count(&self, fresh: u64, runs: u64) {
        let (all_fresh, all_runs) = LOCAL.get();
        let (fresh, runs) = (all_fresh + fresh, all_runs + runs);
        if runs > 4096 {
            self.fresh.fetch_add(fresh, Ordering::Relaxed);
            self.runs.fetch_add(runs, Ordering::Relaxed);
            LOCAL.set((0, 0));
        } else {
            LOCAL.set((fresh, runs));
        }
    }
}

fn main() -> ExitCode {
    let mut repositories = Vec::new();
    let mut max_memory = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => {}
            "--max-memory" => {
                max_memory = arguments.next().and_then(|mib| mib.parse::<usize>().ok()).map(|mib| mib << 20);
            }
            _ => repositories.push(PathBuf::from(argument)),
        }
    }
    let worst = repositories.iter().map(|repository| measure(repository, max_memory)).max();
    ExitCode::from(worst.unwrap_or(0))
}

fn measure(repository: &Path, max_memory: Option<usize>) -> u8 {
    let peak = Peak::start();
    let start = Instant::now();
    let before = cpu();
    let packs = Packs::open(&[repository.join("objects")], 20);
    println!("{}", repository.display());
    println!(
        "  {:8} {:>9} objects {:>7} {:>6.3} s wall {:>6.3} s CPU",
        "open",
        packs.len(),
        "",
        start.elapsed().as_secs_f64(),
        cpu() - before
    );
    let mut objects = 0;
    for kinds in [&[ObjectKind::Blob][..], &[ObjectKind::Tree], &[ObjectKind::Commit, ObjectKind::Tag]] {
        let counter = Counter::default();
        let start = Instant::now();
        let before = cpu();
        let options = Options { max_memory, ..Options::default() };
        let walked = packs.walk(KindSet::of(kinds), &options, &counter);
        let seconds = start.elapsed().as_secs_f64();
        objects += walked.objects as usize + walked.unresolved.len();
        println!(
            "  {:8} {:>9} objects {:>7.2} GB {seconds:>6.3} s wall {:>6.3} s CPU {:>6.2} GB/s; not shared {} MB in {} runs; {} unresolved",
            kinds[0].name(),
            walked.objects,
            walked.bytes as f64 / 1e9,
            cpu() - before,
            walked.bytes as f64 / 1e9 / seconds,
            counter.fresh.load(Ordering::Relaxed) / 1_000_000,
            counter.runs.load(Ordering::Relaxed),
            walked.unresolved.len(),
        );
    }
    println!("  peak of anonymous memory {} MB", peak.end() / 1000);
    let expected = expected(repository);
    if Some(objects) != expected {
        println!("  WRONG: {objects} objects, git lists {expected:?}");
        return 1;
    }
    0
}

/// How many objects git lists.
fn expected(repository: &Path) -> Option<usize> {
    let list = ["cat-file", "--batch-all-objects", "--unordered", "--batch-check=x"];
    let output = Command::new("git").arg("-C").arg(repository).args(list).output().ok()?;
    Some(output.stdout.iter().filter(|&&byte| byte == b'\n').count())
}

/// User and system seconds of this process so far.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<f64> =
        after.split_whitespace().skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    ticks.iter().sum::<f64>() / 100.0
}

/// Samples RssAnon every 10 ms.
struct Peak {
    done: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<u64>,
}

impl Peak {
    fn start() -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&done);
        let thread = std::thread::spawn(move || {
            let mut peak = 0;
            while !flag.load(Ordering::Relaxed) {
                let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
                let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
                let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
                peak = peak.max(kilobytes.unwrap_or(0));
                std::thread::sleep(Duration::from_millis(10));
            }
            peak
        });
        Self { done, thread }
    }

    /// The peak, kB.
    fn end(self) -> u64 {
        self.done.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or(0)
    }
}
