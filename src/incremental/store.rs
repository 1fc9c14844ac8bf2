//! What a history run keeps for the next one, and when that is valid.
//!
//! # Invariant
//!
//! An incremental run reports exactly what a full run would. So what is kept is valid only for this very build, the
//! same rules and confidence, and for a store and refs that did not change while they were read. A damaged cache never
//! stops a run: the repository is read again.

use super::checkpoint::Checkpoint;
use super::dependencies::Dependencies;
use super::fingerprint_cache::FingerprintCache;
use super::reason::FullReason;
use super::results::{self, Results};
use super::rule_results::{self, Detected, KnownRules};
use crate::cache::{Cache, Loaded, Sealed};
use crate::findings::triage::KeptFindings;
use crate::git::StoreStamp;
use crate::model::Confidence;
use crate::record::{Reader, Writer};
use crate::rules::Catalogue;
use crate::shown_path::shown_path;
use crate::source::history::Site;
use jiff::civil::Date;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The sections of a file.
const HEAD: &str = "head";
const FOUND: &str = "found";
const CHECKPOINT: &str = "trail";
const HELD: &str = "held";
/// The one section of the file of what each rule detected.
const DETECTED: &str = "detected";

/// How long to wait for a store that was changed just now: a later change could have the same time stamp.
const UNSETTLED: Duration = Duration::from_millis(25);

/// What is said of a file that does not open.
fn foreign(path: &Path) -> String {
    format!("the cache {} was not made by this user, or is damaged: it was ignored", shown_path(path))
}

/// What has to be the same for the results of an earlier run to be valid.
#[derive(Clone, Copy)]
pub(crate) struct Terms<'a> {
    /// The rules.
    pub(crate) catalogue: &'a Catalogue,
    /// Secrets below this confidence at every place are left out.
    pub(crate) least: Confidence,
    /// How many containers inside each other are opened.
    pub(crate) containers: u32,
    /// The day of the run, for what expires.
    pub(crate) today: Date,
    /// Shows a message at `-v`.
    pub(crate) mention: &'a (dyn Fn(&str) + Sync),
}

/// What is kept of one repository's history.
pub(crate) struct Store<'a> {
    terms: Terms<'a>,
    /// The repository, as it was named.
    repository: &'a Path,
    cache: Cache,
    /// What has to be the same: the build, the rules, the confidence.
    digest: Vec<u8>,
    /// The store before anything of it was read, and a digest of the refs.
    state: StoreStamp,
    refs: String,
    /// The run that later runs start from; and the last one that started from it, of which only the results are kept if
    /// there was little new.
    base: StoredRun,
    latest: StoredRun,
    /// The file of what each rule detected, if it is there and does not open.
    damaged: OnceLock<PathBuf>,
}

impl<'a> Store<'a> {
    /// What is kept of the repository `site`, if anything can be; and notes for the report.
    pub(crate) fn open(terms: Terms<'a>, repository: &'a Path, site: &Site) -> (Option<Self>, Vec<String>) {
        let top = site.git_dir().parent().filter(|_| site.git_dir().ends_with(".git"));
        let outside: Vec<_> = [site.common_dir(), site.git_dir()].into_iter().chain(top).collect();
        let cache = match Cache::open(site.common_dir(), &outside) {
            Ok(cache) => cache,
            Err(error) => {
                (terms.mention)(&format!("nothing is kept for the next run: {error}"));
                return (None, Vec::new());
            }
        };
        let mut state = site.state();
        if state.as_ref().is_ok_and(|state| !state.is_settled()) {
            std::thread::sleep(UNSETTLED);
            state = site.state();
        }
        // A fault of the store is reported when it is read.
        let Ok(mut state) = state else { return (None, Vec::new()) };
        let digest = [
            super::BUILD.as_bytes(),
            &terms.catalogue.digest(),
            terms.least.to_string().as_bytes(),
            &terms.containers.to_le_bytes(),
        ]
        .concat();
        let mut notes = Vec::new();
        let mut load = |kind: &str| {
            let name = cache.name(&[kind.as_bytes(), &digest]);
            StoredRun::load(&cache, name, &digest, terms.today, &mut notes)
        };
        // Of 61,000 refs a digest takes 4 ms.
        let (packed, (base, latest)) =
            rayon::join(|| cache.name(&[b"packed", site.packed_refs()]), || (load("ground"), load("latest")));
        // What git only gave another time is recognised by its bytes; mostly the last run has done so already.
        for run in [&latest, &base] {
            if let Ok(header) = &run.header {
                state.recognise_packs(&header.state);
            }
        }
        let refs = cache.name(&[b"refs", packed.as_bytes(), &site.unpacked_refs()]);
        let damaged = OnceLock::new();
        (Some(Self { terms, repository, cache, digest, state, refs, base, latest, damaged }), notes)
    }

    /// The store as it was before anything of it was read.
    pub(crate) fn state(&self) -> &StoreStamp {
        &self.state
    }

    /// What to report about the files after they were read.
    pub(crate) fn note(&self) -> Option<String> {
        let damaged =
            [&self.base, &self.latest].into_iter().find(|file| file.is_damaged.load(Ordering::Relaxed));
        damaged.map(|file| &file.path).or(self.damaged.get()).map(|path| foreign(path))
    }

    /// The results of an earlier run, if nothing has changed since.
    pub(crate) fn recall(&self, site: &Site) -> Option<Results> {
        let is_same = |header: &Header| {
            header.state == self.state && header.refs == self.refs && header.dependencies.is_same(site)
        };
        let is_of_today = |file: &&StoredRun| file.header.as_ref().ok().is_some_and(is_same);
        let mut results =
            [&self.latest, &self.base].into_iter().filter(is_of_today).find_map(|file| self.found(file))?;
        results.coverage.cached = results.coverage.objects.total();
        Some(results)
    }

    /// The results of the run that wrote `file`.
    fn found(&self, file: &StoredRun) -> Option<Results> {
        file.header.as_ref().ok()?;
        results::read(&mut Reader::new(&file.section(FOUND)?), self.rules())
    }

    /// The state of the store with the bytes of its loose objects, if it did not change while the store was read.
    fn lasting(&self) -> Option<StoreStamp> {
        let mut state = self.state.clone();
        state.learn(self.base.header.as_ref().ok().map(|header| &header.state));
        // A change that is seen now may have been made before the store was read, or after.
        let now = || Site::state_of(self.repository);
        (state.is_settled() && now().is_ok_and(|now| now.is_settled() && now == state)).then_some(state)
    }

    /// What an earlier run left to start from.
    ///
    /// # Errors
    /// Why there is nothing.
    pub(crate) fn earlier(&self) -> Result<Earlier, FullReason> {
        let header = self.base.header.as_ref().map_err(|reason| *reason)?;
        if !header.has_checkpoint {
            return Err(FullReason::NoCheckpoint);
        }
        let (checkpoint, held) = rayon::join(
            || Checkpoint::read(&self.base.section(CHECKPOINT)?),
            || results::read_kept(&mut Reader::new(&self.base.section(HELD)?), self.rules()),
        );
        let Header { state, until, refuted, dependencies, .. } = header.clone();
        let (checkpoint, kept) = checkpoint.zip(held).ok_or(FullReason::DamagedCheckpoint)?;
        Ok(Earlier { state, checkpoint, kept, until, refuted, dependencies })
    }

    fn rules(&self) -> usize {
        self.terms.catalogue.rules().len()
    }

    /// What an earlier run, with any rules, knew of what today's rules find.
    pub(crate) fn known_rules(&self) -> Option<KnownRules> {
        let (path, bytes) = match self.cache.load(&self.detected_name()) {
            Loaded::Nothing => return None,
            Loaded::Foreign(path) => (path, None),
            Loaded::Sealed(path, sealed) => (path, sealed.section(DETECTED)),
        };
        match bytes {
            Some(bytes) => rule_results::read(&mut Reader::new(&bytes), &self.state, self.terms.catalogue),
            None => {
                self.damaged.get_or_init(|| path);
                None
            }
        }
    }

    fn detected_name(&self) -> String {
        self.cache.name(&[DETECTED.as_bytes(), super::BUILD.as_bytes()])
    }

    /// The names that were computed before; the store is no longer needed then.
    pub(crate) fn into_fingerprints(self) -> FingerprintCache {
        FingerprintCache::open(self.cache)
    }

    /// Keeps the results of a run, if another run would have the same.
    pub(crate) fn keep(&self, outcome: &RunOutcome<'_>) {
        let Some(state) = self.lasting() else { return };
        let RunOutcome { results, until, kept, checkpoint, detected, dependencies } = outcome;
        let (mut found, mut held) = <(Writer, Writer)>::default();
        let header = Header {
            state: state.clone(),
            refs: self.refs.clone(),
            until: *until,
            refuted: results.refuted,
            has_checkpoint: checkpoint.is_some(),
            dependencies: dependencies.clone(),
        };
        results::write(&mut found, results);
        let mut sections = vec![(HEAD, header.write(self)), (FOUND, found.finish())];
        let mut name = &self.latest.name;
        if let Some(checkpoint) = checkpoint {
            name = &self.base.name;
            results::write_kept(&mut held, kept);
            sections.extend([(CHECKPOINT, checkpoint.clone()), (HELD, held.finish())]);
        }
        let saved = self.cache.save(name, &sections).and_then(|()| {
            let Some(detected) = detected else { return Ok(()) };
            let mut out = Writer::default();
            rule_results::write(&mut out, &state, self.terms.catalogue, detected);
            self.cache.save(&self.detected_name(), &[(DETECTED, out.finish())])
        });
        if let Err(error) = saved {
            (self.terms.mention)(&format!("nothing is kept for the next run: {error}"));
        }
    }
}

/// A file of the cache.
#[derive(Debug)]
struct StoredRun {
    /// Its name, and its path if it is there.
    name: String,
    path: PathBuf,
    sealed: Option<Sealed>,
    /// What its header says, if that has the same digest and is valid today.
    header: Result<Header, FullReason>,
    /// True if a part of it did not open.
    is_damaged: AtomicBool,
}

impl StoredRun {
    fn load(cache: &Cache, name: String, digest: &[u8], today: Date, notes: &mut Vec<String>) -> Self {
        let (path, sealed, reason) = match cache.load(&name) {
            Loaded::Nothing => (PathBuf::new(), None, FullReason::NoEarlierRun),
            Loaded::Sealed(path, sealed) => (path, Some(sealed), FullReason::DamagedCheckpoint),
            Loaded::Foreign(path) => {
                notes.push(foreign(&path));
                (path, None, FullReason::ForeignCache)
            }
        };
        let mut entry = Self { name, path, sealed, header: Err(reason), is_damaged: AtomicBool::new(false) };
        if let Some(bytes) = entry.section(HEAD) {
            let header = Header::read(&bytes, digest).ok_or(FullReason::DamagedCheckpoint);
            entry.header = header.and_then(|(header, since)| match header.until {
                // A token that has expired since is judged differently.
                _ if today < since => Err(FullReason::OtherDay),
                Some(until) if until < today => Err(FullReason::OtherDay),
                _ => Ok(header),
            });
        }
        entry
    }

    /// A section; if it does not open, that is noted.
    fn section(&self, name: &str) -> Option<Vec<u8>> {
        let section = self.sealed.as_ref()?.section(name);
        self.is_damaged.fetch_or(section.is_none(), Ordering::Relaxed);
        section
    }
}

/// What the header of a file says.
#[derive(Clone, Debug)]
struct Header {
    state: StoreStamp,
    refs: String,
    /// The last day on which what was found is judged as it was, if a later one may change that.
    until: Option<Date>,
    refuted: u64,
    has_checkpoint: bool,
    dependencies: Dependencies,
}

impl Header {
    /// Writes it.
    fn write(&self, store: &Store<'_>) -> Vec<u8> {
        let mut out = Writer::default();
        out.bytes(&store.digest);
        self.state.write(&mut out);
        out.bytes(self.refs.as_bytes());
        out.bytes(store.terms.today.to_string().as_bytes());
        out.option(self.until, |out, until| out.bytes(until.to_string().as_bytes()));
        out.number(self.refuted);
        out.flag(self.has_checkpoint);
        self.dependencies.write(&mut out);
        out.finish()
    }

    /// Reads it, and on which day it was written; `None` if it is damaged, or about other terms.
    fn read(bytes: &[u8], digest: &[u8]) -> Option<(Self, Date)> {
        let mut from = Reader::new(bytes);
        if from.bytes()? != digest {
            return None;
        }
        let state = StoreStamp::read(&mut from)?;
        let refs = from.text()?.to_owned();
        let day = |from: &mut Reader<'_>| from.text()?.parse::<Date>().ok();
        let (since, until) = (day(&mut from)?, from.option(day)?);
        let (refuted, has_checkpoint, dependencies) =
            (from.number()?, from.flag()?, Dependencies::read(&mut from)?);
        Some((Self { state, refs, until, refuted, has_checkpoint, dependencies }, since))
    }
}

/// The results of a run, and what a later one starts from.
#[derive(Debug)]
pub(crate) struct RunOutcome<'a> {
    /// The results.
    pub(crate) results: &'a Results,
    /// The last day on which they are valid, if they do not stay valid for ever.
    pub(crate) until: Option<Date>,
    /// The secrets in objects.
    pub(crate) kept: &'a KeptFindings,
    /// The bytes of a [`Checkpoint`].
    pub(crate) checkpoint: Option<Vec<u8>>,
    /// What a run with other rules can reuse, if that is not kept already.
    pub(crate) detected: Option<Detected>,
    /// What it depends on besides the store and the refs.
    pub(crate) dependencies: Dependencies,
}

/// What an earlier run left.
#[derive(Debug)]
pub(crate) struct Earlier {
    /// The store as it was.
    pub(crate) state: StoreStamp,
    /// The history as it was.
    pub(crate) checkpoint: Checkpoint,
    /// The secrets in objects.
    pub(crate) kept: KeptFindings,
    /// The last day on which what was found is judged as it was.
    pub(crate) until: Option<Date>,
    /// How many candidates checks refuted.
    pub(crate) refuted: u64,
    /// What it depended on besides the store and the refs.
    pub(crate) dependencies: Dependencies,
}
