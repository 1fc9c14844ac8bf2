//! `inventory`: what secrets repositories have and refer to, and what has changed since.
//!
//! A repository's history is scanned, and then its files as they are now: those on disk, or those of HEAD's tree if it is
//! bare. The same reading gives the references.

use super::history::{self, rename_authors};
use super::job::Job;
use super::session::command_name::CommandName;
use super::session::exit::Gate;
use super::{Exit, files, interrupt, masked, output, remark, unopened};
use crate::atomic_file;
use crate::cli::{Caching, InventoryCommand, InventoryDiff, InventoryFlags, InventoryOutput, Shared};
use crate::error::Error;
use crate::git::{Access, Repository};
use crate::inventory::{
    CodeOwners, Inventory, InventoryBuilder, InventoryChanges, InventoryFormat, InventorySummary,
    MentionCollector, OWNER_FILES, RepositoryFacts, SavedInventory, TOO_MANY, write, write_changes,
};
use crate::model::{Blob, Coverage, ObjectId, Summary, display_path};
use crate::regular_file;
use crate::shown_path::shown_path;
use crate::source::changes;
use crate::source::settings::Origin;
use crate::sync::{into_inner, lock};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::{BufWriter, Write};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The largest inventory that is read, bytes.
const LARGEST: u64 = 1 << 30;

/// Why a repository is unread of which nothing could be read.
const FAILED: &str = "repository that failed";

/// What means "nothing was before" as the base of a range.
const NOTHING: &str = "0000000000000000000000000000000000000000";

/// `inventory`.
pub(super) fn inventory(flags: &InventoryFlags) -> Result<Exit, Error> {
    if let Some(InventoryCommand::Diff(flags)) = &flags.command {
        return diff(flags);
    }
    let outputs = outputs(flags)?;
    let here = [PathBuf::from(".")];
    let paths = if flags.repositories.is_empty() { &here[..] } else { &flags.repositories };
    let GivenRepositories { repositories, failed } = named(paths);
    let shared = flags.shared();
    let today = jiff::Zoned::now().date();
    let mut builder = InventoryBuilder::new(today);
    let mut coverage = Coverage::default();
    let mut last = None;
    let mut read = Vec::new();
    let mut failures = Failures::default();
    failed.into_iter().for_each(|(name, error)| failures.add(&name, error, &mut coverage));
    for repository in &repositories {
        match one(repository, &shared, flags.scan.caching, &mut builder) {
            Ok(summary) => {
                coverage.merge(summary.coverage.clone());
                last = Some(summary);
                read.push(repository.0.clone());
            }
            Err(error) => failures.add(&repository.0, error, &mut coverage),
        }
        if interrupt::is_pressed() {
            // The signal may have come after this one was done; the others were not read.
            coverage.interrupted = true;
            break;
        }
    }
    // What is wrong with all of them is no gap in a list.
    if let (true, Some(error), false) = (read.is_empty(), failures.first, coverage.interrupted) {
        return Err(error);
    }
    let rows = builder.finish();
    let mut notes: Vec<String> = Vec::new();
    for note in std::mem::take(&mut coverage.notes) {
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    coverage.notes = notes;
    let summary = InventorySummary::new(today.to_string(), read, &rows, &coverage);
    let inventory = Inventory { rows, summary };
    for one in &outputs {
        match &one.path {
            Some(path) => output::to_path(path, |out| write(one.format, &inventory, out))?,
            None => {
                let mut out = BufWriter::new(output::stdout());
                output::standard(write(one.format, &inventory, &mut out).and_then(|()| out.flush()))?;
            }
        }
    }
    let gate = Gate { exit_zero: true, allow_incomplete: flags.scan.allow_incomplete };
    Ok(match last {
        Some(summary) => Exit::of(&Summary { coverage, failing: 0, ..summary }, gate),
        None if coverage.interrupted => Exit::Interrupted,
        None => Exit::Clean,
    })
}

/// The repositories of which nothing could be read.
#[derive(Default)]
struct Failures {
    first: Option<Error>,
}

impl Failures {
    /// Counts the repository `name` as unread; the others are read all the same.
    fn add(&mut self, name: &str, error: Error, coverage: &mut Coverage) {
        let why = masked(&error.with_causes());
        remark(&format!("{name} failed: {why}"));
        coverage.miss(FAILED, name.to_owned());
        coverage.notes.push(format!("{name} is missing, since it could not be read: {why}"));
        self.first.get_or_insert(error);
    }
}

/// Where inventories go, each place checked before minutes of work.
fn outputs(flags: &InventoryFlags) -> Result<Vec<InventoryOutput>, Error> {
    let main = InventoryOutput { format: flags.format, path: flags.output.clone() };
    let outputs: Vec<InventoryOutput> = std::iter::once(main).chain(flags.report.iter().cloned()).collect();
    let mut taken = BTreeSet::new();
    for one in &outputs {
        match &one.path {
            None if one.format == InventoryFormat::Sqlite => {
                let what = "a database is no text: name a file, `-f sqlite --output FILE`";
                return Err(Error::Usage { what: what.to_owned() });
            }
            Some(path) if !taken.insert(path) => {
                let what =
                    format!("two inventories go to {}; give each a place of its own", shown_path(path));
                return Err(Error::Usage { what });
            }
            Some(path) => atomic_file::check_report(path)?,
            None => {}
        }
    }
    Ok(outputs)
}

/// The repositories of a run.
struct GivenRepositories {
    /// Each once, with its name: that of the folder, or the path as given if two have the same.
    repositories: Vec<(String, PathBuf)>,
    /// What is none, as given.
    failed: Vec<(String, Error)>,
}

fn named(paths: &[PathBuf]) -> GivenRepositories {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    let mut failed = Vec::new();
    let shown =
        |path: &Path| masked(&display_path(path.as_os_str().as_encoded_bytes())).trim_end().to_owned();
    for path in paths {
        let repository = match Repository::open(path, Access::default()) {
            Ok(repository) => repository,
            Err(error) => {
                failed.push((shown(path), error.into()));
                continue;
            }
        };
        let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let top = match repository.work_tree() {
            Some(top) => canonical(top),
            None => canonical(path),
        };
        if seen.insert(top.clone()) {
            let name = top.file_name().unwrap_or(top.as_os_str());
            let name = display_path(name.as_encoded_bytes());
            let name = name.strip_suffix(".git").filter(|name| !name.is_empty()).unwrap_or(&name);
            found.push((masked(name).trim_end().to_owned(), path.clone()));
        }
    }
    let mut counts: HashMap<String, usize> = HashMap::new();
    found.iter().for_each(|(name, _)| *counts.entry(name.clone()).or_default() += 1);
    for (name, path) in &mut found {
        if counts[name] > 1 {
            *name = shown(path);
        }
    }
    GivenRepositories { repositories: found, failed }
}

/// Adds the rows of a repository; what was read of it.
fn one(
    (name, path): &(String, PathBuf),
    shared: &Shared,
    caching: Caching,
    builder: &mut InventoryBuilder,
) -> Result<Summary, Error> {
    let origin = files::configuration(path);
    let job = Job::set_up(CommandName::Inventory, shared, &origin)?;
    let repository = Repository::open(path, Access::default())?;
    let top = repository.work_tree().map(Path::to_owned);
    let job = match &top {
        Some(top) => job.within(std::slice::from_ref(top)),
        None => job,
    };
    let mut collected = history::objects(&job, path, job.options.min_confidence, caching)?;
    unopened::miss_if_no_other_blob(&mut collected.coverage);
    rename_authors(&origin, &mut collected);
    let mentions = MentionCollector::default();
    match top {
        Some(top) => collected.merge(files::worktree_for(&job, vec![top], &|blob| take(&mentions, blob))?),
        None => collected.coverage.merge(of_head(&job, path, &mentions)),
    }
    job.refuse_empty(&collected.coverage, || format!("{} has neither objects nor files", shown_path(path)))?;
    let owners = owners(&origin, &mut collected.coverage);
    let mentions = mentions.finish();
    if let Some(first) = mentions.in_pieces.first() {
        collected.coverage.notes.push(format!(
            "{} of more than 8 MiB ({first} first): references over several lines are not looked for there",
            if mentions.in_pieces.len() == 1 {
                "1 file".to_owned()
            } else {
                format!("{} files", mentions.in_pieces.len())
            },
        ));
    }
    let mut done = job.assemble(collected, None);
    let notes = job.notes(&done);
    done.summary.coverage.notes.extend(notes);
    let mask = &done.assembled.mask;
    let in_text = |text: &str| mask.text(text).into_owned();
    let in_path = |path: &str| mask.name(path).into_owned();
    let facts = RepositoryFacts {
        name,
        owners: &owners,
        policy: job.options.rotation,
        in_text: &in_text,
        in_path: &in_path,
    };
    builder.add(&facts, &done.assembled.findings, &mentions.mentions);
    // There may be many repositories, each with rules of its own.
    let Job { catalogue, scanner, .. } = job;
    drop((ManuallyDrop::into_inner(catalogue), ManuallyDrop::into_inner(scanner)));
    Ok(done.summary)
}

/// Looks through a blob for what it says of secrets.
fn take(mentions: &MentionCollector, blob: &Blob<'_>) -> Result<(), &'static str> {
    match (blob.place.kind().is_name(), &blob.place.path) {
        (false, Some(path)) => take_at(path, mentions, blob),
        _ => Ok(()),
    }
}

fn take_at(path: &str, mentions: &MentionCollector, blob: &Blob<'_>) -> Result<(), &'static str> {
    mentions.take(path, blob.inner.map(|inner| &**inner), &blob.piece, blob.line)
}

/// Looks through the files of HEAD's tree; what could not be read of it.
fn of_head(job: &Job<'_>, path: &Path, mentions: &MentionCollector) -> Coverage {
    let options = changes::Options { environment: false, ..files::change_options(job) };
    let changes = match changes::diff::open(path, &format!("{NOTHING}..HEAD"), &options) {
        Ok(changes) => changes,
        Err(error) => {
            let mut coverage = Coverage::default();
            coverage.miss("HEAD names no commit", "the files of HEAD".to_owned());
            coverage.notes.push(format!("no references were looked for: {error}"));
            return coverage;
        }
    };
    let first: Mutex<HashMap<ObjectId, String>> = Mutex::default();
    let mut coverage = changes.heads(&|blob: Blob<'_>| {
        if let (Some(id), Some(path)) = (blob.place.blob(), &blob.place.path) {
            let mut first = lock(&first);
            first.entry(id).or_insert_with(|| path.to_string());
        }
        take(mentions, &blob)
    });
    // A blob was given at the first of its paths, and what it means depends on the path.
    let first = into_inner(first);
    let ids = first.keys().copied().collect();
    let mut others = changes.head_places(&ids, &mut coverage);
    others.retain(|id, paths| {
        paths.retain(|(path, _)| first.get(id) != Some(path));
        !paths.is_empty()
    });
    if !others.is_empty() {
        let again = changes.heads(&|blob: Blob<'_>| {
            if blob.place.kind().is_name() {
                return Ok(());
            }
            let mut paths = blob.place.blob().and_then(|id| others.get(&id)).into_iter().flatten();
            paths.try_for_each(|(path, _)| take_at(path, mentions, &blob))
        });
        // All else was counted the first time.
        if let Some(tally) = again.unread.get(TOO_MANY).filter(|_| !coverage.unread.contains_key(TOO_MANY)) {
            coverage.unread.insert(TOO_MANY.into(), tally.clone());
        }
    }
    coverage
}

/// Who answers for the paths; a note says so if the file cannot be used.
pub(super) fn owners(origin: &Origin, coverage: &mut Coverage) -> CodeOwners {
    let read = || -> Result<Option<CodeOwners>, String> {
        let place = origin.open().map_err(|error| error.to_string())?;
        for name in OWNER_FILES {
            let file = place.read(name).map_err(|error| error.to_string())?;
            if let Some(file) = file {
                let text = String::from_utf8_lossy(&file.bytes);
                return CodeOwners::parse(&text).map(Some).map_err(|problem| format!("{name}: {problem}"));
            }
        }
        Ok(None)
    };
    match read() {
        Ok(owners) => owners.unwrap_or_default(),
        Err(why) => {
            coverage.notes.push(format!("owners are not taken from CODEOWNERS, which was not read: {why}"));
            CodeOwners::default()
        }
    }
}

/// `inventory diff`.
fn diff(flags: &InventoryDiff) -> Result<Exit, Error> {
    let is_json = match flags.format {
        InventoryFormat::Text => false,
        InventoryFormat::Jsonl => true,
        _ => {
            let what = "what has changed is written as text or jsonl".to_owned();
            return Err(Error::Usage { what });
        }
    };
    let changes = InventoryChanges::between(&saved(&flags.old)?, &saved(&flags.new)?);
    let mut out = BufWriter::new(output::stdout());
    output::standard(write_changes(is_json, &changes, &mut out).and_then(|()| out.flush()))?;
    Ok(match (changes.count("new"), changes.is_complete) {
        (1.., _) => Exit::Findings,
        (0, false) => Exit::Incomplete,
        (0, true) => Exit::Clean,
    })
}

fn saved(path: &Path) -> Result<SavedInventory, Error> {
    let bytes =
        regular_file::read(path, LARGEST).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let text = String::from_utf8(bytes).map_err(|_| Error::NotText { path: path.to_owned() })?;
    SavedInventory::read(&text).map_err(|(line, what)| Error::Report { path: path.to_owned(), line, what })
}
