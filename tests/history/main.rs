//! `keydredge history` against a plain reading of the same repository.
//!
//! The plain one knows neither packs nor deltas: libgit2 (or git, if ids are SHA-256) gives every object whole, the
//! engine scans every text from end to end, and what is found is placed by comparing whole trees of commits, as
//! DESIGN.md defines it. The two share only the scan of one text, settling, judging and the report.
//!
//! The ordinary run compares them on a small repository. The test marked as ignored does it on the repositories that
//! `KEYDREDGE_REPOSITORIES` names (paths separated by `:`), in minutes each:
//!
//! ```text
//! KEYDREDGE_REPOSITORIES=redis.git:git.git cargo test --release --test history -- --ignored --nocapture
//! ```

mod definition;
mod made;
mod plain;
mod store;

use keydredge::findings::settle;
use keydredge::git::Object;
use keydredge::model::{Confidence, Copied, Found, ObjectId};
use keydredge::rules::Catalogue;
use keydredge::scan::{Kept, Scanner, Scratch};
use keydredge::source::Sink;
use keydredge::source::history::{History, Options, Pass, Progress, Scan, Text};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

/// Records what the fast path finds in each object.
struct Recorder<'a> {
    scanner: &'a Scanner,
    found: Mutex<HashMap<ObjectId, Vec<Found>>>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Recorder<'_> {
    fn record(&self, id: ObjectId, kept: &Kept) {
        let found = kept.found();
        if !found.is_empty() {
            let before = self.found.lock().expect("no recorder panics").insert(id, found);
            assert!(before.is_none(), "{id} came twice");
        }
    }
}

impl Scan for Recorder<'_> {
    type Kept = Kept;

    fn whole(&self, text: Text<'_>) -> Kept {
        let kept = SCRATCH.with_borrow_mut(|scratch| self.scanner.keep(text.bytes, scratch));
        self.record(text.object.id(), &kept);
        kept
    }

    fn derived(&self, base: &Kept, _: &[u8], text: Text<'_>, copied: &[Copied]) -> Kept {
        let kept = SCRATCH.with_borrow_mut(|scratch| self.scanner.derive(base, text.bytes, copied, scratch));
        self.record(text.object.id(), &kept);
        kept
    }

    fn members(&self, object: Object<'_>, _: &mut dyn FnMut(&Sink<'_>)) {
        panic!("{} is a container, and none is opened here", object.id());
    }

    fn stand_in(&self, object: Object<'_>, _: &mut dyn FnMut(&Sink<'_>)) {
        panic!("{} is an LFS pointer, which the plain reading does not know", object.id());
    }
}

/// Ignores progress.
struct Quiet;

impl Progress for Quiet {
    fn begin(&self, _: Pass, _: u64) {}
    fn advance(&self, _: u64) {}
}

fn note(line: &str) {
    let _nobody_listens = writeln!(std::io::stderr(), "{line}");
}

/// Candidates in a fixed order, since neither path promises one.
fn ordered(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|one| {
        (one.start, one.candidate.len, one.candidate.rule.0, one.candidate.secret_at.start)
    });
    found
}

/// Compares the candidates of every object.
fn candidates_agree(repository: &Path, scanner: &Scanner, read: &plain::Read) {
    let history = History::open(repository, &Options::default()).expect("it is a repository");
    let recorder = Recorder { scanner, found: Mutex::default() };
    history.scan(&recorder, &Quiet, &AtomicBool::new(false));
    let mut fast = recorder.found.into_inner().expect("no recorder panics");
    for (id, found) in &read.found {
        let of_fast = ordered(fast.remove(id).unwrap_or_default());
        assert!(
            of_fast == ordered(found.clone()),
            "{id}: {} candidates, read whole {}",
            of_fast.len(),
            found.len()
        );
    }
    assert!(fast.is_empty(), "found in no whole object: {:?}", fast.keys().next());
}

/// The report of `keydredge history` on a repository. It reads everything, or keeps a cache in `home`.
fn told(repository: &Path, confidence: Confidence, home: Option<&Path>) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keydredge"));
    command.args(["history", "--show-secrets", "-f", "json", "--min-confidence"]);
    command.arg(confidence.to_string()).arg(repository);
    match home {
        Some(home) => command.arg("--cache").env("XDG_STATE_HOME", home).env("XDG_CACHE_HOME", home),
        None => command.arg("--no-cache"),
    };
    let output = command.output().expect("the program can be run");
    let errors = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"))
}

/// Compares all that the program reports with the plain reading; returns how many findings and occurrences.
fn agrees(repository: &Path, confidences: &[Confidence], home: Option<&Path>) -> [usize; 2] {
    let catalogue = Catalogue::embedded();
    let (scanner, infos) = (Scanner::new(&catalogue), catalogue.infos());
    let read = plain::read(repository, &scanner);
    note(&format!(
        "{}: {:?} objects, {} hold candidates",
        repository.display(),
        read.objects,
        read.found.len()
    ));
    candidates_agree(repository, &scanner, &read);
    note("  the same candidates in each object");
    let settled = read.found.iter().map(|(id, found)| (*id, settle(found.clone(), &infos)));
    let settled: HashMap<_, _> = settled.collect();
    let refuted: u64 = settled.values().map(|settled| settled.refuted).sum();
    let held = settled.into_iter().map(|(id, settled)| (id, settled.found)).collect();
    let (sightings, lives) = plain::placed(repository, &read, &held);
    let mut counts = [0, 0];
    for &confidence in confidences {
        let expected = plain::report(sightings.clone(), lives.clone(), &infos, confidence);
        let told = told(repository, confidence, home);
        let objects = ["blob", "tree", "commit", "tag"].map(|kind| {
            told["summary"]["coverage"]["objects"][kind].as_u64().expect("the coverage counts objects")
        });
        assert_eq!(objects, read.objects);
        assert_eq!(told["summary"]["refuted"].as_u64(), Some(refuted));
        counts = compare(&told["findings"], &expected["findings"]);
        note(&format!("  at {confidence}: the same {} findings, {} occurrences", counts[0], counts[1]));
    }
    counts
}

/// Finding by finding, occurrence by occurrence.
fn compare(told: &Value, expected: &Value) -> [usize; 2] {
    let list = |value: &Value| value.as_array().expect("it is a list").clone();
    let (told, expected) = (list(told), list(expected));
    let mut occurrences = 0;
    let names = |all: &[Value]| all.iter().map(|one| one["fingerprint"].to_string()).collect::<Vec<_>>();
    assert_eq!(names(&told), names(&expected));
    for (one, other) in told.iter().zip(&expected) {
        let (ours, theirs) = (list(&one["occurrences"]), list(&other["occurrences"]));
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(ours, theirs, "an occurrence of {}", one["fingerprint"]);
        }
        assert_eq!(ours.len(), theirs.len(), "occurrences of {}", one["fingerprint"]);
        assert_eq!(one, other);
        occurrences += ours.len();
    }
    [told.len(), occurrences]
}

#[test]
fn a_made_history_reads_as_its_objects_do_one_by_one() {
    for format in ["sha1", "sha256"] {
        let repository = made::repository(format);
        let home = tempfile::tempdir().expect("a temporary directory can be made");
        // A full run, a full run that keeps its results, then an incremental one.
        for home in [None, Some(home.path()), Some(home.path())] {
            let levels = [Confidence::Low, Confidence::Medium];
            let [findings, occurrences] = agrees(repository.path(), &levels, home);
            assert!(findings >= made::SECRETS, "{findings} findings");
            assert!(occurrences > findings, "{occurrences} occurrences");
        }
    }
}

#[test]
#[ignore = "needs repositories and minutes"]
fn real_histories_read_as_their_objects_do_one_by_one() {
    let repositories =
        std::env::var("KEYDREDGE_REPOSITORIES").expect("KEYDREDGE_REPOSITORIES names repositories");
    for path in repositories.split(':').filter(|path| !path.is_empty()) {
        let [findings, occurrences] = agrees(Path::new(path), &[Confidence::Low, Confidence::Medium], None);
        assert!(findings > 0 && occurrences >= findings);
    }
}
