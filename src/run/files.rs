//! `scan`, `staged` and `diff`: files as they are, and what a change brings.

use super::collector::Collector;
use super::job::{Collected, Job, load_policy};
use super::{Exit, input, interrupt, output};
use crate::cli::{Scan, Shared, Staged};
use crate::error::Error;
use crate::findings::Side;
use crate::model::{Blob, Coverage};
use crate::report::progress::{Progress, Unit};
use crate::source::changes::{self, Changes};
use crate::source::settings::Origin;
use crate::source::{files, stdin};
use std::io;
use std::path::{Path, PathBuf};

/// `scan`.
pub(super) fn scan(flags: &Scan) -> Result<Exit, Error> {
    if flags.paths.iter().any(|path| path == Path::new("-")) {
        return standard_input(flags);
    }
    let paths = if flags.paths.is_empty() { vec![PathBuf::from(".")] } else { flags.paths.clone() };
    let first = paths.first().expect("there is at least the current folder").clone();
    let job = Job::set_up("scan", &flags.shared, &Origin::Disk(first))?;
    refuse_barren(&job, &paths)?;
    let collected = worktree(&job, paths)?;
    refuse_unscanned(&job, &collected.coverage)?;
    job.report(&job.assemble(collected, None))
}

/// Refuses a named folder in which nothing stands, whatever else was named.
fn refuse_barren(job: &Job<'_>, paths: &[PathBuf]) -> Result<(), Error> {
    match files::barren(paths) {
        Some(path) if !job.flags.allow_empty => {
            Err(Error::Empty { what: format!("no file stands in {}", path.display()) })
        }
        _ => Ok(()),
    }
}

/// Refuses a scan that reached nothing, or from which policy left out all there is: no secret was found in
/// it, but none was looked for either.
fn refuse_unscanned(job: &Job<'_>, coverage: &Coverage) -> Result<(), Error> {
    let is_barren = coverage.scanned == 0 && coverage.unread_count() == 0 && !coverage.interrupted;
    if !is_barren || job.flags.allow_empty {
        return Ok(());
    }
    let reasons: Vec<&str> = coverage.excluded.keys().map(String::as_str).collect();
    let what = match coverage.excluded_count() {
        0 => "no file is in scope".to_owned(),
        count => format!("all that is there is left out ({count}: {})", reasons.join(", ")),
    };
    Err(Error::Empty { what })
}

/// Scans files on disk.
pub(super) fn worktree(job: &Job<'_>, paths: Vec<PathBuf>) -> Result<Collected, Error> {
    let options = files::Options {
        paths,
        no_ignore: job.no_ignore(),
        exclude: job.exclude(),
        max_file_size: job.max_file_size(),
        margin: job.scanner.margin(),
        threads: job.threads(),
        stop: Some(interrupt::flag()),
    };
    let progress = Progress::new(output::draws_progress(job.flags), Unit::Count("files"));
    let collector = Collector::new(&job.scanner, &job.infos);
    let coverage = files::scan(&options, &|blob: Blob<'_>| {
        let taken = collector.take(Side::Head, &blob);
        progress.advance(1);
        taken
    })?;
    progress.finish();
    Ok(collector.collected(coverage))
}

fn standard_input(flags: &Scan) -> Result<Exit, Error> {
    let job = Job::set_up("scan", &flags.shared, &Origin::Disk(PathBuf::from(".")))?;
    let named: Vec<PathBuf> = flags.paths.iter().filter(|path| *path != Path::new("-")).cloned().collect();
    refuse_barren(&job, &named)?;
    let mut collected = if named.is_empty() { Collected::default() } else { worktree(&job, named)? };
    let collector = Collector::new(&job.scanner, &job.infos);
    let sink = |blob: Blob<'_>| collector.take(Side::Head, &blob);
    let coverage = stdin::scan(&mut input::Input::new(io::stdin()), job.scanner.margin(), &sink)?;
    collected.merge(collector.collected(coverage));
    job.report(&job.assemble(collected, None))
}

/// `staged`.
pub(super) fn staged(flags: &Staged) -> Result<Exit, Error> {
    let here = PathBuf::from(".");
    let origin = Origin::Index { dir: here.clone(), environment: true };
    let job = Job::set_up("staged", &flags.shared, &origin)?;
    let changes = changes::staged::open(&here, &flags.paths, &change_options(&job))?;
    if let [absent, ..] = changes.absent()
        && !flags.shared.allow_empty
    {
        return Err(Error::Empty { what: format!("{absent} is neither in the index nor in HEAD") });
    }
    let before = Origin::Head { dir: here, environment: true };
    net(&job, &changes, &before)
}

/// `hook run FILE…`: the named index entries, whole.
pub(super) fn named(flags: &Shared, files: &[PathBuf]) -> Result<Exit, Error> {
    let here = PathBuf::from(".");
    let origin = Origin::Index { dir: here.clone(), environment: true };
    let job = Job::set_up("hook run", flags, &origin)?;
    let changes = changes::staged::named(&here, files, &change_options(&job))?;
    let collector = Collector::new(&job.scanner, &job.infos);
    let mut coverage = changes.heads(&|blob: Blob<'_>| collector.take(Side::Head, &blob));
    if let [first, rest @ ..] = changes.absent() {
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        coverage
            .notes
            .push(format!("`{first}`{more} was named and is not in the index, so it was not scanned."));
    }
    job.refuse_empty(&coverage, || match changes.absent() {
        [] => "none of the named files is in scope".to_owned(),
        [first, ..] => format!("none of the named files is in the index ({first} is not)"),
    })?;
    job.report(&job.assemble(collector.collected(coverage), None))
}

/// `diff`.
pub(super) fn diff(range: &str, flags: &Shared) -> Result<Exit, Error> {
    let here = PathBuf::from(".");
    let job = Job::set_up("diff", flags, &configuration(&here))?;
    let options = changes::Options { environment: false, ..change_options(&job) };
    let changes = changes::diff::open(&here, range, &options)?;
    let before = Origin::Base { dir: here, range: range.to_owned() };
    net(&job, &changes, &before)
}

/// Where the configuration of a repository that is looked at as a whole comes from: its files, or HEAD's
/// tree where it has none.
pub(super) fn configuration(folder: &Path) -> Origin {
    let is_bare = git2::Repository::discover(folder).is_ok_and(|repository| repository.is_bare());
    if is_bare {
        Origin::Head { dir: folder.to_owned(), environment: false }
    } else {
        Origin::Disk(folder.to_owned())
    }
}

fn change_options(job: &Job<'_>) -> changes::Options {
    changes::Options {
        exclude: job.exclude(),
        max_file_size: job.max_file_size(),
        margin: job.scanner.margin(),
        threads: job.threads(),
        environment: true,
        stop: Some(interrupt::flag()),
    }
}

/// Scans what a change brings; what stood before is read only where something was found.
fn net(job: &Job<'_>, changes: &Changes, before: &Origin) -> Result<Exit, Error> {
    let collector = Collector::new(&job.scanner, &job.infos);
    let mut coverage = changes.heads(&|blob: Blob<'_>| collector.take(Side::Head, &blob));
    let mut policy = None;
    if !collector.is_empty() {
        let bases = changes.bases(&|blob: Blob<'_>| collector.take(Side::Base, &blob));
        note_bases(&bases, &mut coverage);
        policy = before.open().ok().and_then(|place| load_policy(job.flags, &job.config, &place).ok());
    }
    job.report(&job.assemble(collector.collected(coverage), policy.as_ref()))
}

fn note_bases(bases: &Coverage, coverage: &mut Coverage) {
    let unread = bases.unread_count();
    if unread > 0 {
        coverage.notes.push(format!(
            "{unread} of the files as they stood before could not be read; a secret that stood there counts as new"
        ));
    }
}
