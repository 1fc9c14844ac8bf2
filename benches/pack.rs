//! Rebuilds every object of a repository's packs and scans nothing: the least cost of `history`.
//!
//! `cargo bench --bench pack -- /path/to/repository.git…` (bare, SHA-1). Counts are compared with `git cat-file
//! --batch-all-objects`; a wrong count ends the run. Prints, for each kind, objects, bytes, wall and CPU seconds, and
//! at the end the peaks of anonymous and of mapped memory. `--max-memory MIB` walks under a limit; `--against-git`
//! instead compares every object's type and bytes with the output of `git cat-file --batch`.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use keydredge::git::odb::pack::{Options, Packs};
use keydredge::git::{KindSet, Object, ObjectKind, Visitor};
use keydredge::model::{Copied, ObjectId};
use std::collections::HashMap;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Scans nothing, but counts what a scanner would have to scan.
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

    fn unread(&self, _: Option<ObjectId>, _: &str) {}
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
    let mut against_git = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => {}
            "--max-memory" => {
                max_memory = arguments.next().and_then(|mib| mib.parse::<usize>().ok()).map(|mib| mib << 20);
            }
            "--against-git" => against_git = true,
            _ => repositories.push(PathBuf::from(argument)),
        }
    }
    let judge = |repository: &PathBuf| match against_git {
        true => compare(repository),
        false => measure(repository, max_memory),
    };
    let worst = repositories.iter().map(judge).max();
    ExitCode::from(worst.unwrap_or(0))
}

fn measure(repository: &Path, max_memory: Option<usize>) -> u8 {
    let peak = Peak::start();
    let start = Instant::now();
    let before = cpu();
    let packs = Packs::open_within(&[repository.join("objects")], 20, max_memory);
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
    let [anonymous, mapped] = peak.end();
    println!("  peak memory: {anonymous} MB anonymous, {mapped} MB mapped");
    let expected = expected(repository);
    if Some(objects) != expected {
        println!("  WRONG: {objects} objects, git lists {expected:?}");
        return 1;
    }
    0
}

/// Keeps a checksum of every object: of its bytes followed by its type.
#[derive(Default)]
struct Checksums(Mutex<HashMap<ObjectId, u32>>);

impl Visitor for Checksums {
    type Kept = ();

    fn whole(&self, object: Object<'_>) {
        let sum = checksum(object.kind.name(), object.bytes);
        if let Ok(mut sums) = self.0.lock() {
            sums.insert(object.id(), sum);
        }
    }

    fn derived(&self, (): &(), base: &[u8], object: Object<'_>, copied: &[Copied]) {
        assert!(copied.iter().all(|run| base[run.from..][..run.len] == object.bytes[run.to..][..run.len]));
        self.whole(object);
    }

    fn unread(&self, _: Option<ObjectId>, _: &str) {}
}

fn checksum(kind: &str, bytes: &[u8]) -> u32 {
    let mut sum = libdeflater::Crc::new();
    sum.update(bytes);
    sum.update(kind.as_bytes());
    sum.sum()
}

/// Compares every object with git's own reading.
fn compare(repository: &Path) -> u8 {
    let sums = Checksums::default();
    let packs = Packs::open(&[repository.join("objects")], 20);
    packs.walk(KindSet::of(&ObjectKind::ALL), &Options::default(), &sums);
    let mut sums = sums.0.into_inner().unwrap_or_default();
    let visited = sums.len();
    let agreed = agreeing(repository, &mut sums);
    println!(
        "{}: {visited} objects visited, {agreed:?} equal git's, {} git does not list",
        repository.display(),
        sums.len()
    );
    u8::from(agreed.ok() != Some(visited) || !sums.is_empty())
}

/// Removes each object that git prints from `sums`; returns how many were there and equal. Stops at the first that
/// is not.
fn agreeing(repository: &Path, sums: &mut HashMap<ObjectId, u32>) -> std::io::Result<usize> {
    let list = ["cat-file", "--batch-all-objects", "--unordered", "--batch"];
    let mut git = Command::new("git").arg("-C").arg(repository).args(list).stdout(Stdio::piped()).spawn()?;
    let mut output =
        BufReader::with_capacity(1 << 20, git.stdout.take().ok_or(std::io::ErrorKind::BrokenPipe)?);
    let (mut head, mut bytes) = (String::new(), Vec::new());
    let mut agreed = 0;
    while output.read_line(&mut head)? > 0 {
        let mut words = head.split_whitespace();
        let (id, kind) = (words.next().and_then(ObjectId::from_hex), words.next().unwrap_or_default());
        bytes.resize(words.next().and_then(|size| size.parse::<usize>().ok()).unwrap_or(0) + 1, 0);
        output.read_exact(&mut bytes)?;
        bytes.pop();
        if id.and_then(|id| sums.remove(&id)) != Some(checksum(kind, &bytes)) {
            println!("  WRONG: {}", head.trim());
            break;
        }
        agreed += 1;
        head.clear();
    }
    git.wait()?;
    Ok(agreed)
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

/// Samples RssAnon and RssFile every 10 ms.
struct Peak {
    done: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<[u64; 2]>,
}

impl Peak {
    fn start() -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&done);
        let thread = std::thread::spawn(move || {
            let mut peak = [0; 2];
            while !flag.load(Ordering::Relaxed) {
                let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
                for (peak, name) in peak.iter_mut().zip(["RssAnon:", "RssFile:"]) {
                    let line = status.lines().find_map(|line| line.strip_prefix(name));
                    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
                    *peak = kilobytes.unwrap_or(0).max(*peak);
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            peak
        });
        Self { done, thread }
    }

    /// The peaks, MB.
    fn end(self) -> [u64; 2] {
        self.done.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_default().map(|kilobytes| kilobytes / 1000)
    }
}
