//! `history`: scans every object, then attributes the findings to commits.
//!
//! Before that it asks `src/incremental/` what an earlier run already knows: all of it, all but new objects, or only what
//! unchanged rules found. A run of a part of the history, with `--no-cache`, or in CI without `--cache` does not ask.

use super::files::{configuration, nest};
use super::job::{Collected, Done, Job};
use super::scanning::certificates;
use super::scanning::collector::Collector;
use super::scanning::detection::Detection;
use super::scanning::history_names::HistoryNames;
use super::scanning::scratches::Scratches;
use super::session::attribution::{Traced, subject};
use super::session::command_name::CommandName;
use super::{Exit, interrupt, output, unopened};
use crate::cli::{Caching, History as Flags};
use crate::error::Error;
use crate::findings::triage::{Triage, Triaged};
use crate::findings::{Judge, settle};
use crate::git::mailmap::Mailmap;
use crate::git::{Object, ObjectKind};
use crate::incremental::{
    BlobCache, BlobFound, BlobLog, Dependencies, Earlier, FullReason, KnownBlobs, Reopened, Results,
    RunOutcome, Store, Terms, reopen,
};
use crate::model::{self, Confidence, Copied, Coverage, Location, ObjectId, RuleInfo, Span};
use crate::provenance::{self, Attribution, Facts, Holding, Subject, extend, trace};
use crate::report::progress::{Progress, Unit};
use crate::scan::{Cut, Kept};
use crate::source::Sink;
use crate::source::history::{self, History, Pass, Scan, Scanned, Selection, Site, Text};
use crate::source::settings::Origin;
use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where authors' names are kept.
pub(super) const MAILMAP: &str = ".mailmap";

/// The largest such file that is read, bytes: that of Linux has 50 KB, and who wrote the repository may not fill the memory.
const LARGEST_MAILMAP: usize = 16 << 20;

/// `history`.
pub(super) fn history(flags: &Flags) -> Result<Exit, Error> {
    history_for(CommandName::History, flags, Vec::new())
}

/// The same for `command`, with notes to report.
pub(super) fn history_for(command: CommandName, flags: &Flags, notes: Vec<String>) -> Result<Exit, Error> {
    let (job, done) = findings(command, flags, notes, None)?;
    let exit = job.report(&done);
    leave(done);
    exit
}

/// What there is to report of a history.
pub(super) fn findings<'f>(
    command: CommandName,
    flags: &'f Flags,
    notes: Vec<String>,
    shared_blobs: Option<&SharedBlobs>,
) -> Result<(Job<'f>, Done), Error> {
    let origin = configuration(&flags.repository);
    let mut job = Job::set_up(command, &flags.shared, &origin)?;
    let selection = Selection {
        refs: flags.refs.clone(),
        reachable_only: flags.reachable_only,
        since: flags.since.clone(),
    };
    job.checks_all_ignores = selection.is_all();
    let wanted = HistoryRequest { selection: &selection, least: job.options.min_confidence, shared_blobs };
    let mut collected = part(&job, &flags.repository, &wanted, flags.caching)?;
    if selection.since.is_none() {
        unopened::miss_if_no_other_blob(&mut collected.coverage);
    }
    refuse_empty(&job, &collected.coverage, &selection)?;
    rename_authors(&origin, &mut collected);
    collected.coverage.notes.extend(notes);
    collected.certificates.merge(certificates::of_history(
        &flags.repository,
        &collected.sightings,
        &job.infos,
    ));
    nest(&mut job, &origin, None, &collected)?;
    let done = job.assemble(collected, None);
    Ok((job, done))
}

/// Gives authors the names that the repository's mailmap knows them by; a note says so if it cannot be read.
pub(super) fn rename_authors(origin: &Origin, collected: &mut Collected) {
    let unread = match origin.open().and_then(|place| place.read(MAILMAP)) {
        Ok(None) => None,
        Ok(Some(file)) if file.bytes.len() > LARGEST_MAILMAP => {
            Some(format!("it is larger than {} MiB", LARGEST_MAILMAP >> 20))
        }
        Ok(Some(file)) => {
            collected.rename_authors(&Mailmap::parse(&file.bytes));
            None
        }
        Err(error) => Some(error.to_string()),
    };
    if let Some(why) = unread {
        let note =
            format!("authors are named as their commits name them, since {MAILMAP} was not read: {why}");
        collected.coverage.notes.push(note);
    }
}

/// Refuses a run that read nothing: the repository is empty, or all of it is left out. A range without new objects is
/// like a diff of equal ends: all of it was read, and the report says that it was empty.
fn refuse_empty(job: &Job<'_>, coverage: &Coverage, selection: &Selection) -> Result<(), Error> {
    if selection.since.is_some() && coverage.in_scope() > 0 {
        return Ok(());
    }
    let read = Coverage { excluded: BTreeMap::new(), ..coverage.clone() };
    let what =
        if coverage.in_scope() == 0 { "the repository has no objects" } else { "no ref reaches anything" };
    job.refuse_empty(&read, || what.to_owned())
}

/// What to report of a history.
struct HistoryRequest<'a> {
    selection: &'a Selection,
    /// Secrets below this confidence at every place are left out.
    least: Confidence,
    /// What other repositories may know of the blobs of this one.
    shared_blobs: Option<&'a SharedBlobs>,
}

/// Where it is kept what was found in blobs that other repositories may have, too. Only for a clone that this program made.
#[derive(Debug)]
pub(super) struct SharedBlobs {
    /// The folder.
    pub(super) folder: PathBuf,
    /// How many blobs of the repository were known.
    pub(super) known: AtomicU64,
}

/// Scans the objects of a repository and places the secrets in them; leaves out those below the confidence
/// `least` at every place.
pub(super) fn objects(
    job: &Job<'_>,
    repository: &Path,
    least: Confidence,
    caching: Caching,
) -> Result<Collected, Error> {
    let wanted = HistoryRequest { selection: &Selection::default(), least, shared_blobs: None };
    part(job, repository, &wanted, caching)
}

/// The same for a part of them; or what an earlier run found, if that is still valid.
fn part(
    job: &Job<'_>,
    repository: &Path,
    wanted: &HistoryRequest<'_>,
    caching: Caching,
) -> Result<Collected, Error> {
    let site = Site::open(repository)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(job.options.threads).build()?;
    let mention = |text: &str| output::mention(job.options.output.verbose, text);
    let containers = job.options.containers.0.map_or(0, |limits| limits.depth);
    let (least, today) = (wanted.least, job.today);
    let terms = Terms { catalogue: &job.catalogue, least, containers, today, mention: &mention };
    pool.install(|| {
        if !caching.is_on() || !wanted.selection.is_all() {
            return Ok(full(job, site, wanted, None)?.into());
        }
        let (Some(store), notes) = Store::open(terms, repository, &site) else {
            return Ok(full(job, site, wanted, None)?.into());
        };
        let results = match store.recall(&site) {
            Some(results) => results,
            None => match extended(job, site, wanted.least, &store) {
                Ok(results) => results,
                Err(reason) => {
                    mention(&format!("all of the history is read: {reason}"));
                    full(job, Site::open(repository)?, wanted, Some(&store))?
                }
            },
        };
        let mut collected = Collected::from(results);
        collected.coverage.notes.extend(notes);
        collected.coverage.notes.extend(store.note());
        collected.fingerprints = store.into_fingerprints();
        Ok(collected)
    })
}

/// Reads every object in scope.
fn full(
    job: &Job<'_>,
    site: Site,
    wanted: &HistoryRequest<'_>,
    store: Option<&Store<'_>>,
) -> Result<Results, Error> {
    let HistoryRequest { selection, least, shared_blobs } = *wanted;
    let options = history::Options {
        max_memory: job.options.max_memory,
        margin: job.scanner.margin(),
        containers: job.options.containers,
    };
    // What an earlier run of this repository knows is about rules, what other repositories know about blobs.
    let shared = shared_blobs.filter(|_| store.is_none() && selection.is_all());
    let blobs = shared.and_then(|shared| blob_cache(job, &site, shared));
    let mut history = site.history(&options)?;
    let watch = Watch(Progress::new(output::draws_progress(&job.options.output), Unit::Bytes));
    history.narrow(selection, &watch, interrupt::flag())?;
    let known = store.and_then(Store::known_rules);
    let others = known.as_ref().map(|known| {
        let (known_rules, all) = (known.rules.len(), job.infos.len());
        let text = format!("what {known_rules} of {all} rules find is known from an earlier run");
        output::mention(job.options.output.verbose, &text);
        job.scanner_of_some(|rule| !known.rules.contains(&rule))
    });
    let collector = Collector::new(others.as_ref().unwrap_or(&job.scanner), &job.infos);
    let whole = || Collector::new(&job.scanner, &job.infos);
    let detection = store.map(|_| Detection::new(known.unwrap_or_default(), whole(), job.infos.len()));
    let triage = Triage::new(Judge::new(&job.infos, job.today));
    let log = blobs.as_ref().map(|_| BlobLog::default());
    let texts = HistoryTexts {
        detection: detection.as_ref(),
        log: log.as_ref(),
        ..HistoryTexts::new(&collector, job, &triage)
    };
    let known =
        blobs.as_ref().map_or(0, |cache| texts.pass_by(cache.known(&history.objects.table), &mut history));
    let scanned = history.scan(&texts, &watch, interrupt::flag());
    if let (Some(cache), Some(log), Some(shared)) = (&blobs, log, shared_blobs) {
        shared.known.store(known as u64, Ordering::Relaxed);
        if !interrupt::is_pressed()
            && let Err(error) = cache.keep(&history.objects.table, log, known, &collector.cut_objects())
        {
            output::mention(job.options.output.verbose, &format!("no blobs are kept for forks: {error}"));
        }
    }
    if selection.since.is_some() && !triage.is_empty() {
        add_boundary(&history, job, &triage, &watch);
    }
    let until = triage.until();
    // Secrets at a range's boundary, even weak ones, are no findings of the range: all are placed.
    let triaged = triage.finish(least.floor(), selection.since.is_some());
    let found = ScannedHistory { history, scanned, collector, detection, triaged, until, watch };
    let keep = store.map(|store| Keep { store, checkpoint: true, after: None });
    let Ok(results) = conclude(job, found, keep, |subject, texts, holding, watch| {
        Ok::<_, Infallible>(trace(subject, texts, holding, watch, interrupt::flag()))
    });
    Ok(results)
}

/// What other repositories know of blobs, if that can be trusted.
fn blob_cache<'a>(job: &'a Job<'_>, site: &Site, shared: &SharedBlobs) -> Option<BlobCache<'a>> {
    let containers = job.options.containers.0.map_or(0, |limits| limits.depth);
    let opened = BlobCache::open(&shared.folder, site, &job.catalogue, containers);
    opened
        .inspect_err(|error| {
            output::mention(job.options.output.verbose, &format!("blobs that forks share are read: {error}"));
        })
        .ok()
}

/// Never frees what would take longer to free than a report takes to write: tables of millions of objects.
fn leave<T>(what: T) {
    std::mem::forget(what);
}

/// How many objects may be new since an earlier run before a new checkpoint is written. Reading them again takes less
/// time than writing one (ansible: 25 MB, a quarter of the time).
const LITTLE: usize = 1000;

/// Starts from the checkpoint of an earlier run and reads what is new since then.
///
/// # Errors
/// Why all has to be read.
fn extended(job: &Job<'_>, site: Site, least: Confidence, store: &Store<'_>) -> Result<Results, FullReason> {
    let (earlier, ()) = rayon::join(|| store.earlier(), || site.list_refs());
    let Earlier { state, checkpoint, kept, until, refuted, dependencies } = earlier?;
    let total = checkpoint.total();
    if !dependencies.has_same_lfs(&site) {
        return Err(FullReason::LfsObjectsChanged);
    }
    let options = history::Options {
        margin: job.scanner.margin(),
        containers: job.options.containers,
        ..history::Options::default()
    };
    let Reopened { history, known } = reopen(site, &state, store.state(), checkpoint, &options)?;
    let writes_checkpoint = history.objects.fresh.len() > LITTLE || store.note().is_some();
    let watch = Watch(Progress::new(output::draws_progress(&job.options.output), Unit::Bytes));
    let collector = Collector::new(&job.scanner, &job.infos);
    let triage = Triage::new(Judge::new(&job.infos, job.today));
    let texts = HistoryTexts::new(&collector, job, &triage);
    let scanned = history.scan(&texts, &watch, interrupt::flag());
    let until = until.into_iter().chain(triage.until()).min();
    let (triaged, renumbered) = triage.extend(kept, least.floor())?;
    let found = ScannedHistory { history, scanned, collector, detection: None, triaged, until, watch };
    let after = Some(After { refuted, dependencies });
    let keep = Keep { store, checkpoint: writes_checkpoint, after };
    let mut results = conclude(job, found, Some(keep), |subject, texts, holding, watch| {
        extend(subject, known, texts, holding, &renumbered, watch, interrupt::flag())
    })?;
    results.coverage.cached = total;
    Ok(results)
}

/// What was found in the texts of a history.
struct ScannedHistory<'a> {
    history: History,
    scanned: Scanned,
    collector: Collector<'a>,
    /// What later runs need of each rule.
    detection: Option<Detection<'a>>,
    triaged: Triaged<'a>,
    /// The last day on which the findings are judged as they are today.
    until: Option<Date>,
    watch: Watch,
}

/// Where a run keeps its results.
struct Keep<'a> {
    store: &'a Store<'a>,
    /// True to write a checkpoint, if one can be.
    checkpoint: bool,
    after: Option<After>,
}

/// The results of an earlier run that this one extends.
struct After {
    refuted: u64,
    dependencies: Dependencies,
}

/// Places what was `found` by the facts from `find`, and keeps the results.
fn conclude<E>(
    job: &Job<'_>,
    found: ScannedHistory<'_>,
    keep: Option<Keep<'_>>,
    find: impl for<'s> FnOnce(
        &'s Subject<'s>,
        provenance::GatheredTexts<'_>,
        Holding<'_>,
        &Watch,
    ) -> Result<Facts<'s>, E>,
) -> Result<Results, E> {
    let ScannedHistory { history, scanned, collector, detection, mut triaged, until, watch } = found;
    // What an earlier run knows of rules is about objects, not names.
    let of_names = Scratches::new(&job.scanner);
    let secrets = triaged.secrets().to_vec();
    let names = HistoryNames::new(&of_names, &job.infos, &secrets);
    let subject = subject(&history);
    let holding = Holding { objects: &triaged.numbers(), names: &names };
    let traced = Traced::new(&subject, scanned, holding, |subject, texts, holding| {
        find(subject, texts, holding, &watch)
    })?;
    let checkpoint = keep.as_ref().filter(|keep| keep.checkpoint).and_then(|_| traced.checkpoint());
    let mut dependencies = traced.dependencies(&history);
    let Attribution { places, names: placed_names, lives } = traced.facts.attribute();
    let (coverage, is_lasting) = traced.coverage(&history, interrupt::flag());
    let mut sightings = triaged.sightings(&|id| history.text(id), &places);
    watch.0.finish();
    let in_names = names.finish(&placed_names, &Judge::new(&job.infos, job.today));
    let until = until.into_iter().chain(in_names.until).min();
    sightings.extend(in_names.sightings);
    let (lives, left_out, kept) = triaged.finish(lives, &in_names.secrets);
    if let Some(detection) = &detection {
        collector.cut_too(detection.whole());
    }
    let is_lasting = is_lasting && !collector.has_cut() && in_names.cut.is_none();
    let Collected { refuted, mut coverage, .. } = collector.collected(coverage);
    miss_names(in_names.cut, &mut coverage);
    let mut results = Results { sightings, refuted, coverage, lives, left_out };
    if let Some(Keep { store, after, .. }) = keep {
        if let Some(After { refuted, dependencies: earlier }) = after {
            results.refuted += refuted;
            dependencies.go_on(earlier);
        }
        if is_lasting {
            let detected = detection.and_then(Detection::finish);
            let results = &results;
            store.keep(&RunOutcome { results, until, kept: &kept, checkpoint, detected, dependencies });
        }
    }
    drop(subject);
    leave((history, kept));
    Ok(results)
}

/// Also scans the boundary's blobs, so that secrets that already existed there are not new. Nothing of it is counted.
fn add_boundary(history: &History, job: &Job<'_>, triage: &Triage<'_>, watch: &Watch) {
    let collector = Collector::new(&job.scanner, &job.infos);
    let texts = HistoryTexts { is_boundary: true, ..HistoryTexts::new(&collector, job, triage) };
    history.scan_boundary(&texts, watch, interrupt::flag());
}

/// Passes on the progress of a history.
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

/// Scans the texts of a history and keeps the candidates that count, by object.
struct HistoryTexts<'a> {
    collector: &'a Collector<'a>,
    infos: &'a [Arc<RuleInfo>],
    triage: &'a Triage<'a>,
    /// What later runs need, or an earlier one knew.
    detection: Option<&'a Detection<'a>>,
    /// What other repositories need.
    log: Option<&'a BlobLog>,
    /// True if texts are scanned only to see whether what was found existed before.
    is_boundary: bool,
}

impl<'a> HistoryTexts<'a> {
    fn new(collector: &'a Collector<'a>, job: &'a Job<'_>, triage: &'a Triage<'a>) -> Self {
        Self { collector, infos: &job.infos, triage, detection: None, log: None, is_boundary: false }
    }

    /// Records what is known of blobs, so that `history` does not read them. Returns how many these are.
    fn pass_by(&self, known: KnownBlobs, history: &mut History) -> usize {
        let KnownBlobs { blobs, bytes, found } = known;
        for (blob, BlobFound { members, text }) in found {
            let id = history.objects.table.id(blob);
            self.record_members(id, members);
            self.record_settled(id, text);
        }
        let count = blobs.len();
        if count > 0 {
            history.pass_by(blobs, bytes);
        }
        count
    }

    fn record_members(&self, id: ObjectId, members: Vec<Vec<model::Found>>) {
        let found: Vec<_> = members.into_iter().flat_map(|found| self.settled(found)).collect();
        if !found.is_empty() {
            self.triage.record(id, found);
        }
    }

    fn record_settled(&self, id: ObjectId, found: Vec<model::Found>) {
        let found = self.settled(found);
        if !found.is_empty() {
            self.triage.record(id, found);
        }
    }

    fn record(&self, text: Text<'_>, kept: &Kept) {
        let mut found = kept.found();
        if let Some(detection) = self.detection {
            found = detection.complete(text, found);
        }
        if found.is_empty() {
            return;
        }
        if let Some(log) = self.log.filter(|_| text.object.kind == ObjectKind::Blob) {
            log.text(text.object.number, &found);
        }
        self.record_settled(text.object.id(), found);
    }

    /// Those of an object's candidates that count.
    fn settled(&self, found: Vec<model::Found>) -> Vec<model::Found> {
        if found.is_empty() {
            return found;
        }
        let mut settled = settle(found, self.infos);
        self.collector.count_refuted(settled.refuted);
        if self.is_boundary {
            settled.found.retain(|one| self.triage.knows(&one.candidate.secret));
        }
        settled.found
    }
}

impl Scan for HistoryTexts<'_> {
    type Kept = Kept;

    fn members(&self, object: Object<'_>, read: &mut dyn FnMut(&Sink<'_>)) {
        // As below.
        let members = self.detection.map_or(self.collector, Detection::whole).scan_members(object.id(), read);
        if let Some(log) = self.log {
            log.members(object.number, &members);
        }
        self.record_members(object.id(), members);
    }

    fn has_read(&self, blob: Object<'_>, bytes: u64) {
        if let Some(log) = self.log {
            log.has_read(blob.number, bytes);
        }
    }

    fn stand_in(&self, object: Object<'_>, read: &mut dyn FnMut(&Sink<'_>)) {
        // What an earlier run knows of rules is about the store's own objects.
        let hits = self.detection.map_or(self.collector, Detection::whole).scan_pieces(object.id(), read);
        let located: HashMap<Span, Location> =
            hits.iter().map(|hit| (hit.found.secret_span(), hit.location)).collect();
        let found = self.settled(hits.into_iter().map(|hit| hit.found).collect());
        let found: Vec<_> = found
            .into_iter()
            .filter_map(|one| located.get(&one.secret_span()).map(|&location| (one, location)))
            .collect();
        if !found.is_empty() {
            self.triage.record_at(object.id(), found);
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

/// Counts the names as unread if some were not scanned.
fn miss_names(cut: Option<Cut>, coverage: &mut Coverage) {
    if let Some(cut) = cut {
        coverage.miss(cut.reason(), "names of refs, people, files and folders".to_owned());
    }
}
