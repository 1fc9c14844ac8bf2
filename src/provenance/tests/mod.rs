//! Histories made by git, and what is reported of them. A text contains secret `k` if it contains `S<k>;`.

mod hostile;
mod oracle;
mod places;
mod races;
mod range;
mod real;
mod shapes;
mod stores;

use super::{Attribution, Holding, ScanNames, trace};
use crate::commands::session::attribution::{Traced, subject};
use crate::git::{Object, ObjectKind};
use crate::model::{Copied, Coverage, Kind, Lifetime, Names, ObjectId, PlacedSecret, SecretNumber};
use crate::source::Sink;
use crate::source::history::{History, Options, Pass, Progress, Scan, Scanned, Text};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Secrets by marks in the text.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    pub(crate) held: Mutex<HashMap<ObjectId, Vec<SecretNumber>>>,
    seen: Mutex<Vec<(ObjectId, ObjectKind)>>,
}

impl Scan for Marks {
    type Kept = ();

    fn whole(&self, text: Text<'_>) {
        self.seen.lock().unwrap().push((text.object.id(), text.object.kind));
        let held = marks(text.bytes);
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

fn marks(bytes: &[u8]) -> Vec<SecretNumber> {
    let text = String::from_utf8_lossy(bytes);
    let marks = text.split(';').filter_map(|part| Some(SecretNumber(part.rsplit_once('S')?.1.parse().ok()?)));
    marks.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Sees nothing in names.
#[derive(Debug)]
pub(crate) struct Nameless;

impl ScanNames for Nameless {
    fn look(&self, _: Kind, _: &Names) {}

    fn holding(&self, _: Kind) -> Vec<(Box<[u8]>, Vec<SecretNumber>)> {
        Vec::new()
    }
}

/// Secrets in objects only, none in names.
pub(crate) fn holding(objects: &HashMap<ObjectId, Vec<SecretNumber>>) -> Holding<'_> {
    Holding { objects, names: &Nameless }
}

/// Ignores progress.
#[derive(Debug)]
pub(crate) struct Quiet;

impl Progress for Quiet {
    fn begin(&self, _: Pass, _: u64) {}
    fn advance(&self, _: u64) {}
}

/// Where secrets are, and what was scanned.
#[derive(Clone, Debug)]
pub(crate) struct Placement {
    pub(crate) places: Vec<PlacedSecret>,
    pub(crate) lives: Vec<Lifetime>,
    pub(crate) coverage: Coverage,
}

/// Places what was scanned of a history.
pub(crate) fn place(
    history: &History,
    scanned: Scanned,
    held: &HashMap<ObjectId, Vec<SecretNumber>>,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Placement {
    let subject = subject(history);
    let Ok(traced) = Traced::new(&subject, scanned, holding(held), |subject, texts, holding| {
        Ok::<_, std::convert::Infallible>(trace(subject, texts, holding, progress, stop))
    });
    let Attribution { places, lives, .. } = traced.facts.attribute();
    let (coverage, _) = traced.coverage(history, stop);
    Placement { places, lives, coverage }
}

/// Reads and places everything at `path`; each object must come once.
pub(crate) fn read(path: &Path) -> Placement {
    let history = History::open(path, &Options::default()).expect("it is a repository");
    let (marks, stop) = (Marks::default(), AtomicBool::new(false));
    let scanned = history.scan(&marks, &Quiet, &stop);
    let mut seen = marks.seen.into_inner().unwrap();
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), count, "a text came twice");
    let held = marks.held.into_inner().unwrap();
    for (id, secrets) in &held {
        let text = history.text(*id).expect("it could be read before");
        assert_eq!(self::marks(&text), *secrets);
    }
    assert!(!stop.load(Ordering::Relaxed));
    place(&history, scanned, &held, &Quiet, &stop)
}

/// A repository in a temporary directory.
pub(crate) struct Repo {
    root: tempfile::TempDir,
    pub(crate) clock: u64,
}

impl Repo {
    pub(crate) fn new() -> Self {
        let repo = Self { root: tempfile::tempdir().unwrap(), clock: 1_700_000_000 };
        repo.git(&["init", "-q", "-b", "main"]);
        repo
    }

    pub(crate) fn path(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = hermetic(self.path());
        let date = format!("{} +0130", self.clock);
        command.env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date).args(arguments);
        command
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        output(self.command(arguments))
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Commits all that is in the work tree, and returns the commit.
    pub(crate) fn commit(&mut self, message: &str) -> ObjectId {
        self.clock += 60;
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.id("HEAD")
    }

    pub(crate) fn id(&self, revision: &str) -> ObjectId {
        ObjectId::from_hex(self.git(&["rev-parse", revision]).trim()).unwrap()
    }

    /// The path of the loose object `id`.
    pub(crate) fn loose(&self, id: ObjectId) -> PathBuf {
        let hex = id.to_string();
        self.path().join(".git/objects").join(&hex[..2]).join(&hex[2..])
    }

    /// Counts of objects by type, as git lists them: blobs, trees, commits, tags.
    pub(crate) fn listed(&self) -> [u64; 4] {
        let text = self.git(&["cat-file", "--batch-check=%(objecttype)", "--batch-all-objects"]);
        ["blob", "tree", "commit", "tag"].map(|kind| text.lines().filter(|line| *line == kind).count() as u64)
    }
}

fn hermetic(directory: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(directory).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", directory).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    command.env("GIT_AUTHOR_NAME", "A U Thor").env("GIT_AUTHOR_EMAIL", "author@example.com");
    command.env("GIT_COMMITTER_NAME", "C O Mitter").env("GIT_COMMITTER_EMAIL", "committer@example.com");
    command.args(["-c", "gc.auto=0", "-c", "protocol.file.allow=always"]);
    command
}

fn output(mut command: Command) -> String {
    let output = command.stderr(Stdio::piped()).output().expect("git is installed");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn counts(placement: &Placement) -> [u64; 4] {
    let objects = placement.coverage.objects;
    [objects.blob, objects.tree, objects.commit, objects.tag]
}

/// Places of a secret as (kind, path, commit).
fn told(placement: &Placement, secret: u32) -> Vec<(&'static str, String, Option<ObjectId>)> {
    let of = placement.places.iter().filter(|placed| placed.secret == SecretNumber(secret));
    let told = |PlacedSecret { place, .. }: &PlacedSecret| {
        let path = place.path.as_deref().unwrap_or_default().to_owned();
        (place.kind().name(), path, place.commit().map(|commit| commit.id))
    };
    of.map(told).collect()
}

fn reasons(placement: &Placement) -> Vec<(&str, u64)> {
    placement.coverage.unread.iter().map(|(reason, tally)| (reason.as_str(), tally.count)).collect()
}
