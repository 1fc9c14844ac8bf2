//! The inputs of a run: its flags, configuration, rules and suppressions.

use super::command_name::CommandName;
use super::exit::Exit;
use super::interrupt::Assembling;
use super::options::{Options, Output};
use super::settings::{COMMAND_LINE, Nested, Settings, text};
use super::{as_gitleaks, audit, interrupt, known, output, unopened, verification};
use crate::cli::Shared;
use crate::commands::scanning::certificates::Certificates;
use crate::error::Error;
use crate::findings::{self, Assembled, FileMarkers, LeftOut, Mask, Policy, Sighting};
use crate::git::mailmap::Mailmap;
use crate::incremental::{FingerprintCache, Results};
use crate::known::KnownIndex;
use crate::model::{
    Commit, Coverage, Finding, Form, NewAllows, ObjectId, Piece, ProposedSetting, RuleIndex, RuleInfo,
    SecretHistory, SettingsFile, SettingsReceipt, Summary, Suppression,
};
use crate::report::Report;
use crate::rules::Catalogue;
use crate::scan::{Scanner, Scratch, verdict};
use crate::shown_path::shown_path;
use crate::source::settings::{Opened, Origin};
use crate::verify::Verifier;
use jiff::civil::Date;
use rayon::ThreadPoolBuilder;
use std::collections::HashMap;
use std::error::Error as _;
use std::fs;
use std::io;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// A run that is set up.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    /// The command, for the summary.
    pub(crate) command: CommandName,
    /// The command line, for settings at other places that are loaded later. What it chooses is in `options`.
    pub(crate) flags: &'a Shared,
    /// What the run does.
    pub(crate) options: Options,
    /// What judging and reporting know of the rules.
    pub(crate) infos: Arc<[Arc<RuleInfo>]>,
    /// The rules. Not freed: a process has one job, and thousands of small allocations take longer to free than a hook
    /// takes to read a file.
    pub(crate) catalogue: ManuallyDrop<Catalogue>,
    /// The compiled rules, not freed either.
    pub(crate) scanner: ManuallyDrop<Scanner>,
    /// The values that are known to be secrets, if an index of them is named.
    known: Option<Arc<KnownIndex>>,
    /// What covers findings.
    pub(crate) policy: Policy,
    /// The policy after the change that is scanned, if `policy` is that from before it.
    after: Option<Policy>,
    /// How allow comments that the change adds are treated, if it is known what was before.
    new_allows: Option<NewAllows>,
    /// The settings of the run, to be reported.
    receipt: SettingsReceipt,
    /// The day it started, for what expires.
    pub(crate) today: Date,
    /// The folders that are scanned, as given.
    roots: Vec<String>,
    /// What the report says of the settings.
    notes: Vec<String>,
    /// What asks the providers of secrets, if that is wanted.
    verifier: Option<Verifier>,
    /// Whether all is scanned that an ignore entry may be about, so that entries that match nothing are reported.
    pub(crate) checks_all_ignores: bool,
    started: Instant,
}

/// What a source and the engine found.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    /// The candidates with their places.
    pub(crate) sightings: Vec<Sighting>,
    /// How many candidates a check refuted.
    pub(crate) refuted: u64,
    /// What was scanned.
    pub(crate) coverage: Coverage,
    /// The histories of secrets.
    pub(crate) lives: Vec<SecretHistory>,
    /// Secrets that are left out because the run would not report them.
    pub(crate) left_out: LeftOut,
    /// The allow comments of files.
    pub(crate) markers: Vec<FileMarkers>,
    /// The names of secrets that an earlier run computed.
    pub(crate) fingerprints: FingerprintCache,
    /// Texts that may have the certificates of private keys.
    pub(crate) certificates: Certificates,
}

/// The result of a run.
#[derive(Debug)]
pub(crate) struct Done {
    /// The findings and what to know about them.
    pub(crate) assembled: Assembled,
    /// What the run did.
    pub(crate) summary: Summary,
}

impl From<Results> for Collected {
    fn from(results: Results) -> Self {
        let Results { sightings, refuted, coverage, lives, left_out } = results;
        Self { sightings, refuted, coverage, lives, left_out, ..Self::default() }
    }
}

impl Collected {
    /// Gives the authors of commits the names that `mailmap` knows them by.
    pub(crate) fn rename_authors(&mut self, mailmap: &Mailmap) {
        if mailmap.is_empty() {
            return;
        }
        let mut renamed: HashMap<ObjectId, Arc<Commit>> = HashMap::new();
        let places = self.sightings.iter_mut().filter_map(|sighting| sighting.place.source.commit_mut());
        let lives = self.lives.iter_mut().map(|life| &mut life.history);
        let lives = lives.flat_map(|life| life.introduced.iter_mut().chain(&mut life.removed));
        for commit in places.chain(lives) {
            let known = renamed.entry(commit.id);
            let own = || mailmap.rename(commit).map_or_else(|| Arc::clone(commit), Arc::new);
            *commit = Arc::clone(known.or_insert_with(own));
        }
    }

    /// Adds what another source found.
    pub(crate) fn merge(&mut self, other: Self) {
        self.sightings.extend(other.sightings);
        self.refuted += other.refuted;
        self.coverage.merge(other.coverage);
        self.lives.extend(other.lives);
        self.markers.extend(other.markers);
        self.certificates.merge(other.certificates);
        if other.fingerprints.is_kept() {
            self.fingerprints = other.fingerprints;
        }
        self.left_out.findings += other.left_out.findings;
        self.left_out.candidates.extend(other.left_out.candidates);
    }
}

impl<'a> Job<'a> {
    /// Sets up a run whose settings come from `origin`.
    pub(crate) fn set_up(command: CommandName, flags: &'a Shared, origin: &Origin) -> Result<Self, Error> {
        Self::of(command, flags, |flags| Ok((Settings::load(flags, &origin.open()?)?, None)))
    }

    /// Sets up a run whose settings are in `place`.
    pub(crate) fn set_up_in(command: CommandName, flags: &'a Shared, place: &Opened) -> Result<Self, Error> {
        Self::of(command, flags, |flags| Ok((Settings::load(flags, place)?, None)))
    }

    /// Sets up a run that judges a change by the settings at `origin`; `proposed` is where the change's own are.
    pub(crate) fn judge_change(
        command: CommandName,
        flags: &'a Shared,
        origin: &Origin,
        proposed: Option<&Origin>,
    ) -> Result<Self, Error> {
        let mut job = Self::of(command, flags, |flags| {
            let after = proposed.map(Origin::open).transpose()?;
            let settings = Settings::load_apart(flags, &origin.open()?, after.as_ref())?;
            Ok((settings, after))
        })?;
        job.new_allows = Some(job.options.new_allows);
        Ok(job)
    }

    fn of(
        command: CommandName,
        flags: &'a Shared,
        load: impl FnOnce(&Shared) -> Result<(Settings, Option<Opened>), Error>,
    ) -> Result<Self, Error> {
        let started = Instant::now();
        interrupt::listen();
        output::check(&Output::of(flags))?;
        let verifier = verification::open(command, flags)?;
        let (settings, proposed) = load(flags)?;
        let mut receipt = settings.receipt(flags);
        let mut after = None;
        if let Some(place) = proposed {
            let proposed = Settings::load(flags, &place);
            receipt.proposed = settings.differences(&proposed);
            after = proposed.ok().map(|settings| settings.policy);
        }
        let known = known::load(flags)?;
        let catalogue = settings.catalogue(flags)?;
        let catalogue = match &known {
            Some(index) => catalogue.with_known(*index.digest()),
            None => catalogue,
        };
        let Settings { config, policy, mut notes, .. } = settings;
        notes.extend(known.as_deref().and_then(known::note));
        let options = Options::resolve(command, flags, &config);
        let mut scanner = Scanner::new(&catalogue).watched(options.watch);
        if let Some(index) = &known {
            scanner = scanner.with_known(Arc::clone(index), &catalogue, |_| true);
        }
        let today = jiff::Zoned::now().date();
        let infos = catalogue.infos();
        Ok(Self {
            command,
            flags,
            options,
            infos,
            catalogue: ManuallyDrop::new(catalogue),
            scanner: ManuallyDrop::new(scanner),
            known,
            policy,
            after,
            new_allows: None,
            receipt,
            today,
            started,
            notes,
            verifier,
            checks_all_ignores: false,
            roots: Vec::new(),
        })
    }

    /// Adds what configurations in `place`, further down than the one in force, accept of what was found. `proposed` is
    /// where those of a change are that is judged by others.
    pub(crate) fn nest(&mut self, place: &Opened, proposed: Option<&Opened>, collected: &Collected) {
        let nested = Nested::read(self.flags, place, &collected.sightings, &self.receipt.files);
        nested.add_to(&mut self.policy);
        if let (Some(after), Some(place)) = (&mut self.after, proposed) {
            let proposed = Nested::read(self.flags, place, &collected.sightings, &self.receipt.files);
            proposed.add_to(after);
            let is_known = |file: &SettingsFile| {
                nested.files.iter().any(|known| known.path == file.path && known.digest == file.digest)
            };
            for file in proposed.files.iter().filter(|file| !is_known(file)) {
                self.notes.push(format!("{} is of this change, so it is not in force yet", file.path));
            }
        }
        self.receipt.files.extend(nested.files);
        self.notes.extend(nested.notes);
    }

    /// The same over these folders: the path above them says nothing about a file.
    pub(crate) fn within(mut self, folders: &[PathBuf]) -> Self {
        self.roots = folders.iter().map(|path| shown_path(path)).collect();
        self
    }

    /// The path of a file of settings that was found, and not named.
    pub(crate) fn settings_file(&self) -> Option<&str> {
        let found = self.receipt.files.iter().find(|file| file.origin != COMMAND_LINE)?;
        Some(&found.path)
    }

    /// The file, or the command line, that leaves a built-in rule out.
    pub(crate) fn skipped_by(&self, id: &str) -> Option<&str> {
        self.receipt.skipped.iter().find(|choice| choice.rule == id).map(|choice| choice.by.as_str())
    }

    /// A scanner for those of the rules for which `sought` is true.
    pub(crate) fn scanner_of_some(&self, sought: impl Fn(RuleIndex) -> bool + Copy) -> Scanner {
        let scanner = Scanner::of_some(&self.catalogue, sought).watched(self.options.watch);
        match &self.known {
            Some(index) => scanner.with_known(Arc::clone(index), &self.catalogue, sought),
            None => scanner,
        }
    }

    /// Makes findings of what was collected; `before` is what covered findings before a change.
    pub(crate) fn assemble(&self, collected: Collected, before: Option<&Policy>) -> Done {
        let Collected {
            sightings,
            refuted,
            mut coverage,
            lives,
            left_out,
            markers,
            mut fingerprints,
            certificates,
        } = collected;
        let options = findings::Options {
            rules: &self.infos,
            min_confidence: self.options.min_confidence,
            fail_on: self.options.fail_on,
            policy: &self.policy,
            before,
            after: self.after.as_ref(),
            new_allows: self.new_allows,
            today: self.today,
            report_unused: self.checks_all_ignores,
            report_expired: self.command.names_expired(),
            markers: &markers,
            unused_allows: self.options.unused_allows,
            left_out: Some(&left_out),
            fail_in_tests: self.options.fail_in_tests,
            explain: verdict::reasons,
            roots: &self.roots,
        };
        // Not earlier: threads use memory that a scan needs if memory is short.
        start_threads(self.options.threads);
        let assembling = Assembling::begin();
        let mut assembled = findings::assemble_knowing(sightings, lives, &options, &mut fingerprints.names);
        drop(assembling);
        let own = certificates.note(&mut assembled.findings);
        fingerprints.keep(&|text| output::mention(self.options.output.verbose, text));
        if let Some(verifier) = &self.verifier {
            let options = &self.options;
            let note = verification::run(verifier, options.only_live, options.fail_on, &mut assembled, own);
            coverage.notes.push(note);
        }
        if let Some(index) = &self.known {
            known::store(index, &mut assembled.findings, self.flags.vaulted.is_some());
        }
        let ledger = self.flags.vaulted.as_deref().map(|path| known::ledger(path, &assembled.findings));
        unopened::settle(&mut coverage, self.options.strict);
        coverage.interrupted |= interrupt::is_pressed();
        let mut settings = self.receipt.clone();
        if self.options.output.show_secrets {
            assembled.mask = Mask::default();
        } else {
            let names = self.names_masked(&coverage, &settings);
            for mask in [&assembled.mask, &names] {
                mask.coverage(&mut coverage);
                mask.settings(&mut settings);
            }
        }
        let summary = Summary {
            command: self.command.name(),
            coverage,
            failing: assembled.failing,
            milliseconds: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            rules: self.infos.len() as u64,
            refuted,
            settings,
            ledger: ledger.map(Box::new),
        };
        assembled.mask.findings(&mut assembled.findings);
        Done { assembled, summary }
    }

    /// A mask of the secrets in the names that the coverage and the settings contain: a file that was not read may
    /// repeat its content in its name.
    fn names_masked(&self, coverage: &Coverage, settings: &SettingsReceipt) -> Mask {
        let tallies = coverage.unread.values().chain(coverage.excluded.values());
        let names = tallies.flat_map(|tally| &tally.examples).chain(&coverage.notes);
        let files = settings.files.iter().map(|file| &file.path);
        let proposed = settings.proposed.iter().flat_map(|one| [&one.path, &one.effect]);
        let names: Vec<&str> = names.chain(files).chain(proposed).map(String::as_str).collect();
        let text = names.join("\n");
        let found = self.scanner.scan(&Piece::whole(text.as_bytes()), &mut Scratch::default());
        let shapes = found.iter().filter(|one| one.candidate.form == Form::Token);
        Mask::new(shapes.map(|one| &one.candidate.secret))
    }

    /// Writes the reports and returns the exit code.
    pub(crate) fn report(&self, done: &Done) -> Result<Exit, Error> {
        if let Some(like) = &self.options.gitleaks {
            return as_gitleaks::report(&self.infos, like, &done.assembled, &done.summary);
        }
        let notes = self.notes(done);
        let report = Report {
            findings: &done.assembled.findings,
            summary: &done.summary,
            notes: &notes,
            show_secrets: self.options.output.show_secrets,
            since: None,
            names_all_refs: self.checks_all_ignores,
        };
        output::write(&report, &self.options.output)?;
        let exit = Exit::of(&done.summary, self.options.gate);
        audit::log(self.options.output.audit_log.as_deref(), &done.summary, exit)?;
        Ok(exit)
    }

    /// What to say of the settings and of what is not reported.
    pub(crate) fn notes(&self, done: &Done) -> Vec<String> {
        // Only text from the input is masked: a found value may be a word of our own sentences.
        let masked = |note: String| done.assembled.mask.name(&note).into_owned();
        let mut notes: Vec<String> =
            done.assembled.problems.iter().map(|problem| masked(problem.to_string())).collect();
        notes.extend(self.notes.iter().cloned().map(masked));
        let below = done.assembled.below;
        if below > 0 {
            let (what, level) =
                (if below == 1 { "finding" } else { "findings" }, self.options.min_confidence);
            notes.push(format!(
                "{below} {what} below confidence {level} not shown (--min-confidence low shows all)"
            ));
        }
        let is_made_up = |finding: &&Finding| finding.suppressed_by == Some(Suppression::MadeUp);
        match done.assembled.findings.iter().filter(is_made_up).count() {
            0 => {}
            1 => notes.push(format!("1 {MADE_UP}")),
            count => notes.push(format!("{count} {MADE_UP}")),
        }
        notes.extend(newly_allowed(&done.assembled.findings).map(masked));
        notes.extend(done.summary.settings.proposed.iter().map(ProposedSetting::sentence).map(masked));
        if done.assembled.stood > 0 {
            notes.push(format!("{} that stood before the change are not reported", done.assembled.stood));
        }
        notes
    }

    /// Refuses a run with an empty scope, unless that is allowed or the run was interrupted.
    pub(crate) fn refuse_empty(
        &self,
        coverage: &Coverage,
        what: impl FnOnce() -> String,
    ) -> Result<(), Error> {
        if coverage.in_scope() == 0 && !coverage.interrupted && !self.options.allow_empty {
            return Err(Error::Empty { what: what() });
        }
        Ok(())
    }
}

/// Said of findings that are taken for made-up values.
const MADE_UP: &str = "found only in tests, documentation or examples, by name and look alone: not counted as a failure (--fail-in-tests counts them)";

/// Starts the global thread pool: if it could not start, its first user would panic.
fn start_threads(threads: usize) {
    let started = ThreadPoolBuilder::new().num_threads(threads).build_global();
    // Any error except the system's means that it was started before.
    if started.is_err_and(|error| error.source().is_some_and(|source| source.is::<io::Error>())) {
        // This thread does the work alone, as the only one of the pool.
        let _it_is_one_already =
            ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().map(std::mem::forget);
    }
}

/// How many findings a note names.
const NAMED: usize = 5;

/// A note for the reviewer about findings covered only by allow comments that the change adds.
fn newly_allowed(findings: &[Finding]) -> Option<String> {
    let new: Vec<&Finding> = findings.iter().filter(|finding| finding.is_newly_allowed()).collect();
    let named = new.iter().take(NAMED).map(|finding| {
        let first = &finding.occurrences[0];
        let path = first.place.path.as_deref().unwrap_or(first.place.kind().name());
        format!("{path}:{} ({})", first.location.line, finding.rule.id)
    });
    let (named, more) = (Vec::from_iter(named).join(", "), if new.len() > NAMED { ", …" } else { "" });
    match new.len() {
        0 => None,
        1 => Some(format!(
            "An allow comment that this change brings covers 1 finding, to be reviewed: {named}."
        )),
        count => Some(format!(
            "Allow comments that this change brings cover {count} findings, to be reviewed: {named}{more}."
        )),
    }
}

/// A file named on the command line, without a byte-order mark.
pub(crate) fn read_named(path: &Path) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    text(&path.to_string_lossy(), bytes)
}

/// A file of the repository's own on disk. A FIFO in its place would block for ever; for a path that the
/// user names it is allowed.
pub(crate) fn read_regular(path: &Path) -> Result<String, Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(failed(io::Error::other("it is not a regular file")));
    }
    read_named(path)
}
