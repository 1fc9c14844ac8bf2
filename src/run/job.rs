//! What a run works with: its flags, configuration, rules, and what is suppressed.

use super::memory::Ledger;
use super::{Exit, interrupt, output};
use crate::cli::Shared;
use crate::config::Config;
use crate::error::Error;
use crate::findings::{self, Assembled, Baseline, Ignores, LeftOut, Mask, Policy, Sighting, ignore};
use crate::model::{Confidence, Coverage, Form, Piece, RuleInfo, SecretHistory, Severity, Summary};
use crate::report::Report;
use crate::rules::{self, Catalogue};
use crate::scan::{Scanner, Scratch, Watch};
use crate::source::settings::{Opened, Origin};
use jiff::civil::Date;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// The name of the configuration file.
const CONFIG: &str = "keydredge.toml";

/// The name of the baseline at a repository's root.
pub(super) const BASELINE: &str = "keydredge-baseline.txt";

/// A run that is set up.
#[derive(Debug)]
pub(super) struct Job<'a> {
    /// The command, for the summary.
    pub(super) command: &'static str,
    /// The flags.
    pub(super) flags: &'a Shared,
    /// The configuration.
    pub(super) config: Config,
    /// What judging and reporting know of the rules.
    pub(super) infos: Arc<[Arc<RuleInfo>]>,
    /// The rules.
    pub(super) catalogue: Catalogue,
    /// The rules made ready.
    pub(super) scanner: Scanner,
    /// What covers findings.
    pub(super) policy: Policy,
    /// The day it started, for what expires.
    pub(super) today: Date,
    started: Instant,
}

/// What a source and the engine brought.
#[derive(Debug, Default)]
pub(super) struct Collected {
    /// The candidates with their places.
    pub(super) sightings: Vec<Sighting>,
    /// How many candidates a check refuted.
    pub(super) refuted: u64,
    /// What was looked at.
    pub(super) coverage: Coverage,
    /// The histories of secrets.
    pub(super) lives: Vec<SecretHistory>,
    /// What it does not bring because the run would not report it.
    pub(super) left_out: LeftOut,
    /// The names of secrets that an earlier run computed.
    pub(super) ledger: Ledger,
}

/// What a run came to.
#[derive(Debug)]
pub(super) struct Done {
    /// The findings and what to know about them.
    pub(super) assembled: Assembled,
    /// What the run did.
    pub(super) summary: Summary,
}

impl Collected {
    /// Adds what another source brought.
    pub(super) fn merge(&mut self, other: Self) {
        self.sightings.extend(other.sightings);
        self.refuted += other.refuted;
        self.coverage.merge(other.coverage);
        self.lives.extend(other.lives);
        if other.ledger.is_kept() {
            self.ledger = other.ledger;
        }
        self.left_out.findings += other.left_out.findings;
        self.left_out.candidates.extend(other.left_out.candidates);
    }
}

impl<'a> Job<'a> {
    /// Sets up a run whose configuration stands at `place`.
    pub(super) fn set_up(command: &'static str, flags: &'a Shared, place: &Origin) -> Result<Self, Error> {
        let started = Instant::now();
        interrupt::listen();
        output::check(flags)?;
        let place = &place.open()?;
        let config = load_config(flags, place)?;
        let catalogue = load_rules(flags, &config, place)?;
        let policy = load_policy(flags, &config, place)?;
        let watch = watch(flags, &config);
        let scanner = Scanner::new(&catalogue).watched(watch);
        let today = jiff::Zoned::now().date();
        let infos = catalogue.infos();
        Ok(Self { command, flags, config, infos, catalogue, scanner, policy, today, started })
    }

    /// How many threads to use; 0 is one for each core.
    pub(super) fn threads(&self) -> usize {
        self.flags.threads.map_or(0, usize::from)
    }

    /// Whether what `.gitignore` leaves out is read too.
    pub(super) fn no_ignore(&self) -> bool {
        self.flags.no_ignore || self.config.no_ignore == Some(true)
    }

    /// The globs that the configuration leaves out.
    pub(super) fn exclude(&self) -> Vec<String> {
        if self.flags.no_ignore { Vec::new() } else { self.config.exclude.clone() }
    }

    /// The size above which files are left out.
    pub(super) fn max_file_size(&self) -> Option<u64> {
        self.flags.max_file_size.or(self.config.max_file_size)
    }

    /// What ends the scan of a text early.
    pub(super) fn watch(&self) -> Watch {
        watch(self.flags, &self.config)
    }

    /// The least confidence that is reported.
    pub(super) fn min_confidence(&self) -> Confidence {
        self.flags.min_confidence.or(self.config.min_confidence).unwrap_or(Confidence::Medium)
    }

    fn fail_on(&self) -> Severity {
        self.flags.fail_on.or(self.config.fail_on).unwrap_or(Severity::Low)
    }

    /// Makes findings of what was collected; `before` is what covered findings before a change.
    pub(super) fn assemble(&self, collected: Collected, before: Option<&Policy>) -> Done {
        let Collected { sightings, refuted, mut coverage, lives, left_out, mut ledger } = collected;
        let options = findings::Options {
            rules: &self.infos,
            min_confidence: self.min_confidence(),
            fail_on: self.fail_on(),
            policy: &self.policy,
            before,
            today: self.today,
            tell_unused: false,
            left_out: Some(&left_out),
        };
        let mut assembled = findings::assemble_knowing(sightings, lives, &options, &mut ledger.names);
        ledger.keep(self.flags);
        coverage.interrupted |= interrupt::is_pressed();
        assembled.mask.coverage(&mut coverage);
        self.names_masked(&coverage).coverage(&mut coverage);
        let summary = Summary {
            command: self.command,
            coverage,
            failing: assembled.failing,
            milliseconds: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            rules: self.infos.len() as u64,
            refuted,
        };
        assembled.mask.findings(&mut assembled.findings);
        Done { assembled, summary }
    }

    /// A mask of the secrets in the names that the coverage tells: a file that was not read may repeat in its
    /// name what stands in it.
    fn names_masked(&self, coverage: &Coverage) -> Mask {
        let tallies = coverage.unread.values().chain(coverage.excluded.values());
        let names = tallies.flat_map(|tally| &tally.examples).chain(&coverage.notes);
        let names: Vec<&str> = names.map(String::as_str).collect();
        let text = names.join("\n");
        let found = self.scanner.scan(&Piece::whole(text.as_bytes()), &mut Scratch::default());
        let shapes = found.iter().filter(|one| one.candidate.form == Form::Token);
        Mask::new(shapes.map(|one| &one.candidate.secret))
    }

    /// Writes the reports and says how the run ended.
    pub(super) fn report(&self, done: &Done) -> Result<Exit, Error> {
        let mut notes: Vec<String> = done.assembled.problems.iter().map(ToString::to_string).collect();
        let below = done.assembled.below;
        if below > 0 {
            let (what, level) = (if below == 1 { "finding" } else { "findings" }, self.min_confidence());
            notes.push(format!(
                "{below} {what} below confidence {level} not shown (--min-confidence low shows all)"
            ));
        }
        if done.assembled.stood > 0 {
            notes.push(format!("{} that stood before the change are not reported", done.assembled.stood));
        }
        let notes: Vec<String> =
            notes.iter().map(|note| done.assembled.mask.apply(note).into_owned()).collect();
        let report = Report {
            findings: &done.assembled.findings,
            summary: &done.summary,
            notes: &notes,
            show_secrets: self.flags.show_secrets,
        };
        output::write(&report, self.flags)?;
        Ok(Exit::of(&done.summary, self.flags))
    }

    /// Refuses a run in whose scope nothing was, unless that is allowed or the run was interrupted.
    pub(super) fn refuse_empty(
        &self,
        coverage: &Coverage,
        what: impl FnOnce() -> String,
    ) -> Result<(), Error> {
        if coverage.in_scope() == 0 && !coverage.interrupted && !self.flags.allow_empty {
            return Err(Error::Empty { what: what() });
        }
        Ok(())
    }
}

fn watch(flags: &Shared, config: &Config) -> Watch {
    Watch { stop: Some(interrupt::flag()), time: flags.max_time_per_file.or(config.max_time_per_file) }
}

/// A file named on the command line or in the configuration.
pub(super) fn read_named(path: &Path) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    text(path, bytes)
}

/// A file of the repository's own on disk. A FIFO in its place would block for ever; one that the user names
/// may be meant.
pub(super) fn read_regular(path: &Path) -> Result<String, Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(failed(io::Error::other("it is not a regular file")));
    }
    read_named(path)
}

/// A file that the configuration names: there is an error where it is missing.
fn read_promised(place: &Opened, name: &str) -> Result<(String, String), Error> {
    let missing = || Error::Read { path: PathBuf::from(name), source: io::ErrorKind::NotFound.into() };
    read_own(place, name)?.ok_or_else(missing)
}

fn text(path: &Path, bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|_| Error::NotText { path: path.to_owned() })
}

/// A file of the repository's own, from where its configuration comes from: its name and text.
pub(super) fn read_own(place: &Opened, name: &str) -> Result<Option<(String, String)>, Error> {
    let Some(found) = place.read(name)? else { return Ok(None) };
    let text = text(Path::new(&found.path), found.bytes)?;
    Ok(Some((found.path, text)))
}

fn load_config(flags: &Shared, place: &Opened) -> Result<Config, Error> {
    let (path, text) = match &flags.config {
        Some(path) => (path.display().to_string(), read_named(path)?),
        None => match read_own(place, CONFIG)? {
            Some(found) => found,
            None => return Ok(Config::default()),
        },
    };
    output::mention(flags, &format!("configuration: {path}"));
    Ok(Config::parse(&path, &text)?)
}

fn load_rules(flags: &Shared, config: &Config, place: &Opened) -> Result<Catalogue, Error> {
    let mut own = Vec::new();
    let mut wrong = Vec::new();
    let mut take = |parsed: Result<Vec<rules::Rule>, Vec<rules::Error>>| match parsed {
        Ok(rules) => own.extend(rules),
        Err(errors) => wrong.extend(errors),
    };
    if let Some(inline) = &config.inline_rules {
        take(Catalogue::parse(&inline.file, &inline.text));
    }
    for name in &config.rules {
        let (path, text) = read_promised(place, name)?;
        take(Catalogue::parse(&path, &text));
    }
    for path in &flags.rules {
        take(Catalogue::parse(&path.display().to_string(), &read_named(path)?));
    }
    if !wrong.is_empty() {
        return Err(Error::Rules(wrong));
    }
    let catalogue = if own.is_empty() { Catalogue::embedded() } else { Catalogue::embedded().merge(own)? };
    let only = if flags.only.is_empty() { &config.only } else { &flags.only };
    let skip: Vec<String> = config.skip.iter().chain(&flags.skip).cloned().collect();
    let catalogue =
        if only.is_empty() && skip.is_empty() { catalogue } else { catalogue.select(only, &skip)? };
    if catalogue.rules.is_empty() {
        let what =
            "every rule is left out, so nothing would be looked for; ask for fewer with `only` and `skip`";
        return Err(Error::Usage { what: what.to_owned() });
    }
    Ok(catalogue)
}

pub(super) fn load_policy(flags: &Shared, config: &Config, place: &Opened) -> Result<Policy, Error> {
    let ignores = match &config.ignore_file {
        Some(name) => Some(read_promised(place, name)?),
        None => read_own(place, ignore::FILE)?,
    };
    let ignores = ignores.map(|(path, text)| Ignores::parse(&path, &text)).transpose()?.unwrap_or_default();
    let baseline = match (&flags.baseline, &config.baseline) {
        (Some(path), _) => Some((path.display().to_string(), read_named(path)?)),
        (None, Some(name)) => Some(read_promised(place, name)?),
        (None, None) => read_own(place, BASELINE)?,
    };
    let baseline =
        baseline.map(|(path, text)| Baseline::parse(&path, &text)).transpose()?.unwrap_or_default();
    Ok(Policy { ignores, baseline })
}
