//! `scan`, `staged` and `diff`: files as they are, and what a change adds.

use super::job::{Collected, Job};
use super::scanning::collector::Collector;
use super::session::command_name::CommandName;
use super::settings::{Nested, Settings, load_policy};
use super::{Exit, agent, input, interrupt, output, unopened};
use crate::cli::{Change, Scan, Shared, Staged};
use crate::error::Error;
use crate::findings::{Hit, Policy, Side, Sighting};
use crate::git::{Access, Repository};
use crate::model::{Blob, Coverage, InHistory, Kind, ObjectId, Place, Reason, Secret, SecretHistory};
use crate::report::progress::{Progress, Unit};
use crate::shown_path::shown_path;
use crate::source::changes::commits::RangeCommits;
use crate::source::changes::{self, Before, Changes};
use crate::source::settings::Origin;
use crate::source::{files, stdin};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// `scan`.
pub(super) fn scan(flags: &Scan) -> Result<Exit, Error> {
    scan_for(CommandName::Scan, flags, Vec::new(), None, None)
}

/// The same for `command`, with notes to report; may also scan what the commits of a range add.
pub(super) fn scan_for(
    command: CommandName,
    flags: &Scan,
    notes: Vec<String>,
    settings: Option<Origin>,
    range: Option<&str>,
) -> Result<Exit, Error> {
    if flags.paths.iter().any(|path| path == Path::new("-")) {
        return standard_input(flags);
    }
    let here = PathBuf::from(".");
    let is_here = flags.paths.is_empty() && !flags.agents;
    let paths = if is_here { vec![here.clone()] } else { flags.paths.clone() };
    let origin = match settings {
        Some(settings) => settings,
        None if paths.is_empty() => Origin::Nowhere,
        None => Settings::place_of(&flags.shared, &paths)?,
    };
    let places = if flags.agents { agent::places() } else { Vec::new() };
    let all: Vec<PathBuf> = paths.iter().chain(&places).cloned().collect();
    let mut job = Job::set_up(command, &flags.shared, &origin)?.within(&all);
    if flags.agents && !paths.is_empty() {
        refuse_settings_of_others(&job)?;
    }
    refuse_barren(&job, &paths)?;
    let mut collected = if paths.is_empty() { Collected::default() } else { worktree(&job, paths)? };
    collected.merge(of_assistants(&job, &places, flags.agents)?);
    unopened::miss_if_alone(&mut collected.coverage);
    refuse_unscanned(&job, &collected.coverage)?;
    if let Some(range) = range {
        let options = changes::Options { environment: false, ..change_options(&job) };
        let changes = changes::diff::open(Path::new("."), range, &options)?;
        let brought = on_the_way(&job, &changes, &Collected::default())?;
        collected.merge(brought);
    }
    collected.coverage.notes.extend(notes);
    nest(&mut job, &origin, None, &collected)?;
    job.report(&job.assemble(collected, None))
}

/// Adds what configurations further down accept of what was found, if anything was.
pub(super) fn nest(
    job: &mut Job<'_>,
    origin: &Origin,
    proposed: Option<&Origin>,
    collected: &Collected,
) -> Result<(), Error> {
    if collected.sightings.iter().any(|sighting| !sighting.hits.is_empty()) {
        let proposed = proposed.map(Origin::open).transpose()?;
        job.nest(&origin.open()?, proposed.as_ref(), collected);
    }
    Ok(())
}

/// Refuses to judge what assistants keep of a person's work by the settings of a repository.
fn refuse_settings_of_others(job: &Job<'_>) -> Result<(), Error> {
    match job.settings_file() {
        Some(file) => {
            let what = format!(
                "{file} is for the files that were named and not for what assistants keep; say `--agents` in a scan of its own"
            );
            Err(Error::Usage { what })
        }
        None => Ok(()),
    }
}

/// Refuses a named folder that is empty, even if other paths were named.
fn refuse_barren(job: &Job<'_>, paths: &[PathBuf]) -> Result<(), Error> {
    match files::barren(paths) {
        Some(path) if !job.options.allow_empty => {
            Err(Error::Empty { what: format!("no file stands in {}", shown_path(path)) })
        }
        _ => Ok(()),
    }
}

/// Refuses a scan that reached nothing, or that left out everything by policy: it found no secret only
/// because it did not look.
fn refuse_unscanned(job: &Job<'_>, coverage: &Coverage) -> Result<(), Error> {
    let is_barren = coverage.scanned == 0 && coverage.unread_count() == 0 && !coverage.interrupted;
    if !is_barren || job.options.allow_empty {
        return Ok(());
    }
    let reasons: Vec<&str> = coverage.excluded.keys().map(Reason::as_str).collect();
    let what = match coverage.excluded_count() {
        0 => "no file is in scope".to_owned(),
        count => format!("all that is there is left out ({count}: {})", reasons.join(", ")),
    };
    Err(Error::Empty { what })
}

/// Scans the places of coding assistants, whether git ignores them or not.
fn of_assistants(job: &Job<'_>, places: &[PathBuf], is_wanted: bool) -> Result<Collected, Error> {
    if !is_wanted {
        return Ok(Collected::default());
    }
    let mut collected = match places {
        [] => Collected::default(),
        places => on_disk(job, places.to_vec(), true)?,
    };
    let names: Vec<String> = places.iter().map(|path| shown_path(path)).collect();
    collected.coverage.notes.push(match names.len() {
        0 => "No coding assistant has left a transcript or settings here.".to_owned(),
        _ => format!("Transcripts and settings of coding assistants: {}.", names.join(", ")),
    });
    Ok(collected)
}

/// Who else looks at each blob; an error is why the blob is unread.
pub(super) type OtherTaker<'t> = dyn Fn(&Blob<'_>) -> Result<(), &'static str> + Sync + 't;

/// Scans files on disk.
pub(super) fn worktree(job: &Job<'_>, paths: Vec<PathBuf>) -> Result<Collected, Error> {
    on_disk(job, paths, job.options.no_ignore)
}

fn on_disk(job: &Job<'_>, paths: Vec<PathBuf>, no_ignore: bool) -> Result<Collected, Error> {
    on_disk_for(job, paths, no_ignore, &|_| Ok(()))
}

/// The same, and gives each blob to `other`, too.
pub(super) fn worktree_for(
    job: &Job<'_>,
    paths: Vec<PathBuf>,
    other: &OtherTaker<'_>,
) -> Result<Collected, Error> {
    on_disk_for(job, paths, job.options.no_ignore, other)
}

fn on_disk_for(
    job: &Job<'_>,
    paths: Vec<PathBuf>,
    no_ignore: bool,
    other: &OtherTaker<'_>,
) -> Result<Collected, Error> {
    let options = files::Options {
        paths,
        no_ignore,
        exclude: job.options.exclude.clone(),
        max_file_size: job.options.max_file_size,
        margin: job.scanner.margin(),
        containers: job.options.containers,
        threads: job.options.threads,
        stop: Some(interrupt::flag()),
    };
    let progress = Progress::new(output::draws_progress(&job.options.output), Unit::Count("files"));
    let collector = Collector::new(&job.scanner, &job.infos);
    let coverage = files::scan(&options, &|blob: Blob<'_>| {
        let taken = collector.take(Side::Head, &blob);
        let taken = taken.and(other(&blob));
        progress.advance(u64::from(!blob.place.kind().is_name()));
        taken
    })?;
    progress.finish();
    Ok(collector.collected(coverage))
}

fn standard_input(flags: &Scan) -> Result<Exit, Error> {
    let input = stdin::open()?;
    let named: Vec<PathBuf> = flags.paths.iter().filter(|path| *path != Path::new("-")).cloned().collect();
    let here = PathBuf::from(".");
    let paths: Vec<PathBuf> = std::iter::once(&here).chain(&named).cloned().collect();
    let origin = Settings::place_of(&flags.shared, &paths)?;
    let mut job = Job::set_up(CommandName::Scan, &flags.shared, &origin)?.within(&named);
    if flags.agents {
        refuse_settings_of_others(&job)?;
    }
    refuse_barren(&job, &named)?;
    let mut collected = if named.is_empty() { Collected::default() } else { worktree(&job, named)? };
    let places = if flags.agents { agent::places() } else { Vec::new() };
    collected.merge(of_assistants(&job, &places, flags.agents)?);
    let collector = Collector::new(&job.scanner, &job.infos);
    let sink = |blob: Blob<'_>| collector.take(Side::Head, &blob);
    let mut input = input::Input::open(input).map_err(Error::Thread)?;
    let coverage = stdin::scan(&mut input, job.scanner.margin(), job.options.containers, &sink)?;
    collected.merge(collector.collected(coverage));
    nest(&mut job, &origin, None, &collected)?;
    job.report(&job.assemble(collected, None))
}

/// `staged`.
pub(super) fn staged(flags: &Staged) -> Result<Exit, Error> {
    staged_of(Path::new("."), flags)
}

/// The same in the repository that `folder` is in.
pub(super) fn staged_of(folder: &Path, flags: &Staged) -> Result<Exit, Error> {
    let here = folder.to_owned();
    let origin = Origin::Index { dir: here.clone(), environment: true };
    let place = origin.open()?;
    let mut job = Job::set_up_in(CommandName::Staged, &flags.shared, &place)?;
    let changes = changes::staged::open(&here, &flags.paths, place.index(), &change_options(&job))?;
    if let [absent, ..] = changes.absent()
        && !flags.shared.allow_empty
    {
        return Err(Error::Empty { what: format!("{absent} is neither in the index nor in HEAD") });
    }
    let before = Origin::Head { dir: here, environment: true };
    let (collected, policy) = net(&job, &changes, &before);
    job.nest(&place, None, &collected);
    job.report(&job.assemble(collected, policy.as_ref()))
}

/// `hook run FILE…`: the named index entries, unchanged ones too.
pub(super) fn named(flags: &Shared, files: &[PathBuf]) -> Result<Exit, Error> {
    let here = PathBuf::from(".");
    let origin = Origin::Index { dir: here.clone(), environment: true };
    let place = origin.open()?;
    let mut job = Job::set_up_in(CommandName::HookRun, flags, &place)?;
    let changes = changes::staged::named(&here, files, place.index(), &change_options(&job))?;
    let before = Origin::Head { dir: here, environment: true };
    let (mut collected, policy) = net(&job, &changes, &before);
    if let [first, rest @ ..] = changes.absent() {
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        collected
            .coverage
            .notes
            .push(format!("`{first}`{more} was named and is not in the index, so it was not scanned."));
    }
    job.nest(&place, None, &collected);
    job.refuse_empty(&collected.coverage, || match changes.absent() {
        [] => "none of the named files is in scope".to_owned(),
        [first, ..] => format!("none of the named files is in the index ({first} is not)"),
    })?;
    job.report(&job.assemble(collected, policy.as_ref()))
}

/// `diff`.
pub(super) fn diff(range: &str, change: &Change, flags: &Shared) -> Result<Exit, Error> {
    diff_for(CommandName::Diff, range, change, flags, Vec::new())
}

/// The same for `command`, with notes to report.
pub(super) fn diff_for(
    command: CommandName,
    range: &str,
    change: &Change,
    flags: &Shared,
    notes: Vec<String>,
) -> Result<Exit, Error> {
    let here = PathBuf::from(".");
    let base = Origin::Base { dir: here.clone(), range: range.to_owned() };
    let tip = Origin::Tip { dir: here.clone(), range: range.to_owned() };
    let mut nested = (base.clone(), Some(tip.clone()));
    let mut job = match change.policy_from.as_deref() {
        None => Job::judge_change(command, flags, &base, Some(&tip))?,
        Some(from) if from == Path::new("BASE") => Job::judge_change(command, flags, &base, Some(&tip))?,
        Some(from) if from == Path::new("HEAD") => {
            nested = (tip.clone(), None);
            Job::judge_change(command, flags, &tip, None)?
        }
        Some(file) => {
            if tip.open()?.has(file)? {
                return Err(Error::FromTheChange { path: file.to_owned() });
            }
            nested = (Origin::File(file.to_owned()), None);
            Job::judge_change(command, flags, &nested.0, None)?
        }
    };
    let options = changes::Options { environment: false, ..change_options(&job) };
    let changes = changes::diff::open(&here, range, &options)?;
    let (mut collected, policy) = net(&job, &changes, &base);
    if !change.net {
        let passing = on_the_way(&job, &changes, &collected)?;
        collected.merge(passing);
    }
    if command == CommandName::Diff && changes.is_behind() {
        collected.coverage.notes.push(format!(
            "BASE already has all that HEAD has, so that `{range}` brings nothing: HEAD is an older commit. If the ends are \
             swapped, write them the other way round."
        ));
    }
    collected.coverage.notes.extend(notes);
    nest(&mut job, &nested.0, nested.1.as_ref(), &collected)?;
    job.report(&job.assemble(collected, policy.as_ref()))
}

/// Scans what the commits of a range add that is not there at its end (which is `net`), and their messages.
fn on_the_way(job: &Job<'_>, changes: &Changes, net: &Collected) -> Result<Collected, Error> {
    let collector = Collector::new(&job.scanner, &job.infos);
    let side = |kind: Kind| match kind {
        Kind::Diff | Kind::Path => Side::Passing,
        _ => Side::Head,
    };
    let (mut coverage, commits) =
        changes.commits(&|blob: Blob<'_>| collector.take(side(blob.place.kind()), &blob))?;
    if collector.is_empty() {
        return Ok(collector.collected(coverage));
    }
    let before = |blob: Blob<'_>| collector.take(Side::Base, &blob);
    let (mut unread, _) = changes.bases(&before);
    unread.merge(changes.before_commits(&commits, &before));
    note_bases(&unread, &mut coverage);
    let mut collected = collector.collected(coverage);
    let paths = net.sightings.iter().filter(|sighting| sighting.place.kind() == Kind::Path);
    let at_end: HashSet<&Arc<str>> = paths.filter_map(|sighting| sighting.place.path.as_ref()).collect();
    let mut passing = Vec::new();
    for sighting in std::mem::take(&mut collected.sightings) {
        let is_passing = sighting.side == Side::Passing;
        if is_passing && sighting.place.kind() == Kind::Diff {
            passing.push(sighting);
        } else if !is_passing || sighting.place.path.as_ref().is_none_or(|path| !at_end.contains(path)) {
            collected.sightings.push(sighting);
        }
    }
    let (sightings, mut lives) = in_commits(&passing, &collected.sightings, &commits);
    let heads = net.sightings.iter().filter(|sighting| matches!(sighting.side, Side::Head | Side::Whole));
    let at_end: HashSet<&Secret> =
        heads.flat_map(|sighting| &sighting.hits).map(|hit| &hit.found.candidate.secret).collect();
    lives.retain(|life| !at_end.contains(&life.secret));
    collected.sightings.extend(sightings);
    collected.lives = lives;
    Ok(collected)
}

/// The commits of a range that added and removed each secret in blobs that the range does not have at its end; `others`
/// is what was found elsewhere.
pub(super) fn in_commits(
    passing: &[Sighting],
    others: &[Sighting],
    commits: &RangeCommits,
) -> (Vec<Sighting>, Vec<SecretHistory>) {
    let mut holding: BTreeMap<&Secret, HashSet<ObjectId>> = BTreeMap::new();
    for sighting in passing.iter().chain(others) {
        for hit in &sighting.hits {
            holding.entry(&hit.found.candidate.secret).or_default().extend(sighting.place.blob());
        }
    }
    // Of a container there is a sighting for each member.
    let mut by_blob: HashMap<ObjectId, Vec<&Sighting>> = HashMap::new();
    for sighting in passing {
        if let Some(blob) = sighting.place.blob() {
            by_blob.entry(blob).or_default().push(sighting);
        }
    }
    let (mut sightings, mut lives) = (Vec::new(), Vec::new());
    for (secret, blobs) in
        holding.into_iter().filter(|(_, blobs)| blobs.iter().any(|id| by_blob.contains_key(id)))
    {
        let places = commits.places(&blobs);
        let removed =
            places.iter().filter_map(|place| commits.commit(place.presence().removed_in?)).next_back();
        let introduced = places.first().and_then(|place| place.commit().cloned());
        let history = InHistory { introduced, removed, ..InHistory::default() };
        lives.push(SecretHistory { secret: secret.clone(), history });
        for place in places {
            let Some(found) = place.blob().and_then(|blob| by_blob.get(&blob)) else { continue };
            let is_of_secret = |hit: &&Hit| hit.found.candidate.secret == *secret;
            let hits = found.iter().flat_map(|one| &one.hits).filter(is_of_secret).cloned().collect();
            sightings.push(Sighting { place, hits, side: Side::Passing });
        }
    }
    (sightings, lives)
}

/// The origin of the configuration for a whole repository: its files, or HEAD's tree if there is no work tree.
pub(super) fn configuration(folder: &Path) -> Origin {
    // A fault of the repository is reported when it is read.
    let repository = Repository::open(folder, Access::default());
    if repository.is_ok_and(|repository| repository.work_tree().is_none()) {
        Origin::Head { dir: folder.to_owned(), environment: false }
    } else {
        Origin::Disk(folder.to_owned())
    }
}

pub(super) fn change_options(job: &Job<'_>) -> changes::Options {
    changes::Options {
        exclude: job.options.exclude.clone(),
        max_file_size: job.options.max_file_size,
        margin: job.scanner.margin(),
        containers: job.options.containers,
        threads: job.options.threads,
        environment: true,
        stop: Some(interrupt::flag()),
    }
}

/// Scans what a change adds; what was there before is read only if something was found. Returns the policy from
/// before the change, if it is known.
pub(super) fn net(job: &Job<'_>, changes: &Changes, before: &Origin) -> (Collected, Option<Policy>) {
    let collector = Collector::new(&job.scanner, &job.infos);
    let mut coverage = changes.heads(&|blob: Blob<'_>| collector.take(Side::Head, &blob));
    if collector.is_empty() {
        return (collector.collected(coverage), None);
    }
    let (unread, bases) = changes.bases(&|blob: Blob<'_>| collector.take(Side::Base, &blob));
    note_bases(&unread, &mut coverage);
    let mut collected = collector.collected(coverage);
    let is_head = |sighting: &&Sighting| sighting.side == Side::Head;
    let blobs =
        collected.sightings.iter().filter(is_head).filter_map(|sighting| sighting.place.blob()).collect();
    let heads = changes.head_places(&blobs, &mut collected.coverage);
    // Each blob was scanned once; what was found in it is at all of its paths.
    let sightings = std::mem::take(&mut collected.sightings);
    for sighting in sightings {
        let blob = sighting.place.blob();
        let at = |path: &String, side| {
            let place = Place { path: Some(path.as_str().into()), ..sighting.place.clone() };
            Sighting { place, side, hits: sighting.hits.clone() }
        };
        let before = collected.sightings.len();
        match sighting.side {
            Side::Head | Side::Whole | Side::Passing => {
                for (path, is_whole) in blob.and_then(|blob| heads.get(&blob)).into_iter().flatten() {
                    let side = if *is_whole { Side::Whole } else { Side::Head };
                    collected.sightings.push(at(path, side));
                }
            }
            Side::Base | Side::MergeBase { .. } => {
                for (path, befores) in blob.and_then(|blob| bases.get(&blob)).into_iter().flatten() {
                    collected.sightings.extend(befores.iter().map(|before| at(path, base_side(*before))));
                }
            }
        }
        if collected.sightings.len() == before {
            collected.sightings.push(sighting);
        }
    }
    let policy = before.open().ok().and_then(|place| {
        let mut policy = load_policy(job.flags, &place).ok()?;
        Nested::read(job.flags, &place, &collected.sightings, &[]).add_to(&mut policy);
        Some(policy)
    });
    (collected, policy)
}

/// The side for content that was there before.
fn base_side(before: Before) -> Side {
    match before {
        Before::Alone => Side::Base,
        Before::Part { number, of } => Side::MergeBase { number, of },
    }
}

pub(super) fn note_bases(bases: &Coverage, coverage: &mut Coverage) {
    let unread = bases.unread_count();
    if unread > 0 {
        coverage.notes.push(format!(
            "{unread} of the files as they stood before could not be read; a secret that stood there counts as new"
        ));
    }
}
