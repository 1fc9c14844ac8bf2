//! `history`: every object is scanned, then what was found is placed in commits.

use super::collector::Collector;
use super::detection::Detection;
use super::files::configuration;
use super::held::Finds;
use super::history_names::HistoryNames;
use super::job::{Collected, Job};
use super::memory::{Earlier, Memory, Outcome};
use super::{Exit, interrupt, output, unopened};
use crate::cli::{Caching, History as Flags};
use crate::error::Error;
use crate::findings::{Judge, settle};
use crate::git::{Object, ObjectKind};
use crate::model::{Confidence, Copied, Coverage, Found, Location, RuleInfo, Span};
use crate::report::progress::{Progress, Unit};
use crate::scan::{Cut, Kept, Scanner};
use crate::source::Sink;
use crate::source::history::{self, History, Holding, Pass, Placement, Scan, Selection, Site, Text};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

/// `history`.
pub(super) fn history(flags: &Flags) -> Result<Exit, Error> {
    let job = Job::set_up("history", &flags.shared, &configuration(&flags.repository))?;
    let selection = Selection {
        refs: flags.refs.clone(),
        reachable_only: flags.reachable_only,
        since: flags.since.clone(),
    };
    let wanted = Wanted { selection: &selection, least: job.min_confidence() };
    let mut collected = part(&job, &flags.repository, &wanted, flags.caching)?;
    if selection.since.is_none() {
        unopened::miss_if_no_other_blob(&mut collected.coverage);
    }
    refuse_empty(&job, &collected.coverage, &selection)?;
    let done = job.assemble(collected, None);
    let exit = job.report(&done);
    leave(done);
    exit
}

/// Refuses a run that read nothing: the repository is empty, or all of it is left out. A range in which nothing came is
/// like a diff of equal ends: all of it was looked at, and the report says that it was nothing.
fn refuse_empty(job: &Job<'_>, coverage: &Coverage, selection: &Selection) -> Result<(), Error> {
    if selection.since.is_some() && coverage.in_scope() > 0 {
        return Ok(());
    }
    let read = Coverage { excluded: BTreeMap::new(), ..coverage.clone() };
    let what =
        if coverage.in_scope() == 0 { "the repository has no objects" } else { "no ref reaches anything" };
    job.refuse_empty(&read, || what.to_owned())
}

/// What of a history is asked for.
struct Wanted<'a> {
    selection: &'a Selection,
    /// What is at no place of this confidence is left out.
    least: Confidence,
}

/// Scans the objects of a repository and places what they hold; leaves out what is at no place of the confidence
/// `least`.
pub(super) fn objects(
    job: &Job<'_>,
    repository: &Path,
    least: Confidence,
    caching: Caching,
) -> Result<Collected, Error> {
    part(job, repository, &Wanted { selection: &Selection::default(), least }, caching)
}

/// The same for a part of them; or knows from an earlier run what came of it.
fn part(job: &Job<'_>, repository: &Path, wanted: &Wanted<'_>, caching: Caching) -> Result<Collected, Error> {
    let site = Site::open(repository)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(job.threads()).build()?;
    pool.install(|| {
        let remembers = caching.is_on() && wanted.selection.is_all();
        let (memory, notes) =
            if remembers { Memory::open(job, repository, wanted.least, &site) } else { (None, Vec::new()) };
        let known = memory.as_ref().and_then(|memory| memory.recall(&site));
        let mut collected = match (known, &memory) {
            (Some(collected), _) => collected,
            (None, None) => read(job, site, wanted, None)?,
            (None, Some(memory)) => match resume(job, site, wanted.least, memory)? {
                Some(collected) => collected,
                None => read(job, Site::open(repository)?, wanted, Some(memory))?,
            },
        };
        collected.coverage.notes.extend(notes);
        collected.coverage.notes.extend(memory.as_ref().and_then(Memory::note));
        collected.ledger = memory.map(Memory::into_ledger).unwrap_or_default();
        Ok(collected)
    })
}

/// Reads every object that is asked for.
fn read(
    job: &Job<'_>,
    site: Site,
    wanted: &Wanted<'_>,
    memory: Option<&Memory<'_>>,
) -> Result<Collected, Error> {
    let Wanted { selection, least } = *wanted;
    let options = history::Options {
        max_memory: job.flags.max_memory,
        remember: memory.is_some(),
        margin: job.scanner.margin(),
    };
    let mut history = site.history(&options)?;
    let watch = Watch(Progress::new(output::draws_progress(job.flags), Unit::Bytes));
    history.narrow(selection, &watch, interrupt::flag())?;
    let precedent = memory.and_then(Memory::precedent);
    let others = precedent.as_ref().map(|precedent| {
        let (known, all) = (precedent.rules.len(), job.infos.len());
        output::mention(job.flags, &format!("what {known} of {all} rules find is known from an earlier run"));
        Scanner::of_some(&job.catalogue, |rule| !precedent.rules.contains(&rule)).watched(job.watch())
    });
    let collector = Collector::new(others.as_ref().unwrap_or(&job.scanner), &job.infos);
    let whole = || Collector::new(&job.scanner, &job.infos);
    let detection = memory.map(|_| Detection::new(precedent.unwrap_or_default(), whole(), job.infos.len()));
    let finds = Finds::new(Judge::new(&job.infos, job.today));
    let texts = Texts { detection: detection.as_ref(), ..Texts::new(&collector, job, &finds) };
    let scanned = history.scan(&texts, &watch, interrupt::flag());
    if selection.since.is_some() && !finds.is_empty() {
        add_boundary(&history, job, &finds, &watch);
    }
    let until = finds.until();
    // Of a range, what stood where it begins is none of its findings, however weak: all is placed.
    let mut held = finds.finish(least.floor(), selection.since.is_some());
    // What is known of the rules is known of objects, and of no name.
    let of_names = whole();
    let secrets = held.secrets().to_vec();
    let names = HistoryNames::new(&of_names, &job.infos, &secrets);
    let holding = Holding { objects: &held.numbers(), names: &names };
    let placement = history.place(scanned, holding, &watch, interrupt::flag());
    let Placement { places, names: placed_names, lives, coverage, is_lasting, trail, besides } = placement;
    let mut sightings = held.sightings(&history, &places);
    watch.0.finish();
    let in_names = names.finish(&placed_names, &Judge::new(&job.infos, job.today));
    let until = until.into_iter().chain(in_names.until).min();
    sightings.extend(in_names.sightings);
    let (lives, left_out, kept) = held.finish(lives, &in_names.secrets);
    if let Some(detection) = &detection {
        collector.cut_too(detection.whole());
    }
    let is_lasting = is_lasting && !collector.has_cut() && in_names.cut.is_none();
    let mut collected = Collected { sightings, lives, left_out, ..collector.collected(coverage) };
    miss_names(in_names.cut, &mut collected.coverage);
    if let Some(memory) = memory.filter(|_| is_lasting) {
        let detected = detection.and_then(Detection::finish);
        memory.keep(&Outcome { collected: &collected, until, kept: &kept, trail, detected, besides });
    }
    leave((history, kept));
    Ok(collected)
}

/// Leaves to the end of the program what would take longer to free than a report to write: tables of millions of objects.
fn leave<T>(what: T) {
    std::mem::forget(what);
}

/// How many objects may have come since an earlier run before what later runs go on from is written anew. To read them
/// again takes less time than to write that (ansible: 25 MB, a quarter of the time).
const LITTLE: usize = 1000;

/// Goes on from an earlier run and reads what has come since; `None` where all has to be read.
fn resume(
    job: &Job<'_>,
    site: Site,
    least: Confidence,
    memory: &Memory<'_>,
) -> Result<Option<Collected>, Error> {
    let (earlier, ()) = rayon::join(|| memory.earlier(), || site.list_refs());
    let Some(Earlier { state, trail, kept, until, refuted, besides: before }) = earlier else {
        return Ok(None);
    };
    let known = trail.total();
    if !before.has_same_lfs(&site) {
        return Ok(None);
    }
    let options = history::Options { margin: job.scanner.margin(), ..history::Options::default() };
    let Some(mut history) = site.resume(&state, memory.state(), trail, &options)? else { return Ok(None) };
    if history.fresh() > LITTLE || memory.note().is_some() {
        history.remember();
    }
    let watch = Watch(Progress::new(output::draws_progress(job.flags), Unit::Bytes));
    let collector = Collector::new(&job.scanner, &job.infos);
    let finds = Finds::new(Judge::new(&job.infos, job.today));
    let texts = Texts::new(&collector, job, &finds);
    let scanned = history.scan(&texts, &watch, interrupt::flag());
    let until = until.into_iter().chain(finds.until()).min();
    let Some((mut held, renumbered)) = finds.go_on(kept, least.floor()) else { return Ok(None) };
    let secrets = held.secrets().to_vec();
    let names = HistoryNames::new(&collector, &job.infos, &secrets);
    let holding = Holding { objects: &held.numbers(), names: &names };
    let placed = history.place_on(scanned, holding, &renumbered, &watch, interrupt::flag());
    let Some((history, placement)) = placed else { return Ok(None) };
    let Placement { places, names: placed_names, lives, coverage, is_lasting, trail, mut besides } =
        placement;
    let mut sightings = held.sightings(&history, &places);
    watch.0.finish();
    let in_names = names.finish(&placed_names, &Judge::new(&job.infos, job.today));
    let until = until.into_iter().chain(in_names.until).min();
    sightings.extend(in_names.sightings);
    let (lives, left_out, kept) = held.finish(lives, &in_names.secrets);
    let is_lasting = is_lasting && !collector.has_cut() && in_names.cut.is_none();
    let mut collected = Collected { sightings, lives, left_out, ..collector.collected(coverage) };
    miss_names(in_names.cut, &mut collected.coverage);
    collected.refuted += refuted;
    besides.go_on(before);
    if is_lasting {
        memory.keep(&Outcome { collected: &collected, until, kept: &kept, trail, detected: None, besides });
    }
    collected.coverage.cached = known;
    leave((history, kept));
    Ok(Some(collected))
}

/// Adds to what the objects of a range hold what those hold that stand where it begins, of the same secrets: which of them
/// are new. Nothing of it is counted.
fn add_boundary(history: &History, job: &Job<'_>, finds: &Finds<'_>, watch: &Watch) {
    let collector = Collector::new(&job.scanner, &job.infos);
    let texts = Texts { is_boundary: true, ..Texts::new(&collector, job, finds) };
    history.scan_boundary(&texts, watch, interrupt::flag());
}

/// Tells progress what the history tells.
struct Watch(Progress);

impl history::Progress for Watch {
    fn begin(&self, pass: Pass, total: u64) {
        let what = match pass {
            Pass::Range => "choosing",
            Pass::Texts => "scanning",
            Pass::Trees => "placing",
        };
        self.0.begin(what, total);
    }

    fn advance(&self, bytes: u64) {
        self.0.advance(bytes);
    }
}

/// Scans the texts of a history and keeps the candidates that stand, by object.
struct Texts<'a> {
    collector: &'a Collector<'a>,
    infos: &'a [Arc<RuleInfo>],
    finds: &'a Finds<'a>,
    /// What is told to later runs, or known from an earlier one.
    detection: Option<&'a Detection<'a>>,
    /// True where texts only tell whether what was found stood before.
    is_boundary: bool,
}

impl<'a> Texts<'a> {
    fn new(collector: &'a Collector<'a>, job: &'a Job<'_>, finds: &'a Finds<'a>) -> Self {
        Self { collector, infos: &job.infos, finds, detection: None, is_boundary: false }
    }

    fn record(&self, text: Text<'_>, kept: &Kept) {
        let mut found = kept.found();
        if let Some(detection) = self.detection {
            found = detection.complete(text, found);
        }
        let found = self.settled(found);
        if !found.is_empty() {
            self.finds.record(text.object.id(), found);
        }
    }

    /// What of the candidates of an object counts.
    fn settled(&self, found: Vec<Found>) -> Vec<Found> {
        if found.is_empty() {
            return found;
        }
        let mut settled = settle(found, self.infos);
        self.collector.count_refuted(settled.refuted);
        if self.is_boundary {
            settled.found.retain(|one| self.finds.knows(&one.candidate.secret));
        }
        settled.found
    }
}

impl Scan for Texts<'_> {
    type Kept = Kept;

    fn stand_in(&self, object: Object<'_>, read: &mut dyn FnMut(&Sink<'_>)) {
        // What is known of the rules is known of the store's own objects.
        let hits = self.detection.map_or(self.collector, Detection::whole).scan_pieces(object.id(), read);
        let located: HashMap<Span, Location> =
            hits.iter().map(|hit| (hit.found.secret_span(), hit.location)).collect();
        let found = self.settled(hits.into_iter().map(|hit| hit.found).collect());
        let found: Vec<_> = found
            .into_iter()
            .filter_map(|one| located.get(&one.secret_span()).map(|&location| (one, location)))
            .collect();
        if !found.is_empty() {
            self.finds.record_at(object.id(), found);
        }
    }

    fn whole(&self, text: Text<'_>) -> Kept {
        let id = text.object.id();
        let is_file = text.object.kind == ObjectKind::Blob;
        let kept = self.collector.of_object(id, |scanner, scratch| match is_file {
            true => scanner.keep(text.bytes, scratch),
            false => scanner.keep_of_message(text.bytes, scratch),
        });
        self.record(text, &kept);
        kept
    }

    fn derived(&self, base: &Kept, _base_bytes: &[u8], text: Text<'_>, copied: &[Copied]) -> Kept {
        let id = text.object.id();
        let kept = self
            .collector
            .of_object(id, |scanner, scratch| scanner.derive(base, text.bytes, copied, scratch));
        self.record(text, &kept);
        kept
    }
}

/// Counts the names as unread if some were not looked at.
fn miss_names(cut: Option<Cut>, coverage: &mut Coverage) {
    if let Some(cut) = cut {
        coverage.miss(cut.reason(), "names of refs, people, files and folders".to_owned());
    }
}
