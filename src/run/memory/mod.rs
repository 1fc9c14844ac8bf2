//! What a history run keeps for the next one, and when that is believed.
//!
//! The promise: a run that remembers tells what one that reads everything would. So a memory is one of this very build,
//! of the same rules, and of a store and refs that have not changed since before they were read. What is wrong with a
//! cache never stops a run; it is read anew.

mod collected;
mod detected;
mod ledger;

pub(super) use ledger::Ledger;

use super::detection::{Detected, Precedent};
use super::held::Kept;
use super::job::{Collected, Job};
use super::output;
use crate::cache::{Cache, Loaded, Sealed};
use crate::git::StoreStamp;
use crate::model::Confidence;
use crate::record::{Reader, Writer};
use crate::source::history::{Besides, Site, Trail};
use jiff::civil::Date;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A name for all that this program was built from.
const BUILD: &str = env!("KEYDREDGE_BUILD");

/// The sections of a file.
const HEAD: &str = "head";
const FOUND: &str = "found";
const TRAIL: &str = "trail";
const HELD: &str = "held";
/// The one section of the file that tells what each rule detected.
const DETECTED: &str = "detected";

/// How long a store is waited for that was changed just now, so that a later change could not be told from that one.
const UNSETTLED: Duration = Duration::from_millis(25);

/// What is said of a file that does not open.
fn foreign(path: &Path) -> String {
    format!("the cache {} was not made by this user, or is damaged: it was ignored", path.display())
}

/// The memory of one repository's history.
#[derive(Debug)]
pub(super) struct Memory<'a> {
    job: &'a Job<'a>,
    /// The repository, as it was named.
    repository: &'a Path,
    cache: Cache,
    /// What has to be the same: the build and the rules.
    terms: Vec<u8>,
    /// The store before anything of it was read, and a digest of the refs.
    state: StoreStamp,
    refs: String,
    /// What later runs go on from, and what the last one came to that went on from it: of little that has come since,
    /// only that is written.
    ground: Volume,
    latest: Volume,
    /// A file that tells what rules detected, where there is one and it does not open.
    damaged: OnceLock<PathBuf>,
}

impl<'a> Memory<'a> {
    /// The memory of the repository `site`, if there can be one, and what to say of it.
    pub(super) fn open(
        job: &'a Job<'a>,
        repository: &'a Path,
        least: Confidence,
        site: &Site,
    ) -> (Option<Self>, Vec<String>) {
        let top = site.git_dir().parent().filter(|_| site.git_dir().ends_with(".git"));
        let outside: Vec<_> = [site.common_dir(), site.git_dir()].into_iter().chain(top).collect();
        let cache = match Cache::open(site.common_dir(), &outside) {
            Ok(cache) => cache,
            Err(error) => {
                output::mention(job.flags, &format!("nothing is kept for the next run: {error}"));
                return (None, Vec::new());
            }
        };
        let mut state = site.state();
        if state.as_ref().is_ok_and(|state| !state.is_settled()) {
            std::thread::sleep(UNSETTLED);
            state = site.state();
        }
        // What is wrong with the store is told by who reads it.
        let Ok(state) = state else { return (None, Vec::new()) };
        let terms = [BUILD.as_bytes(), &job.catalogue.digest(), least.to_string().as_bytes()].concat();
        let mut notes = Vec::new();
        let mut load = |kind: &str| {
            Volume::load(&cache, cache.name(&[kind.as_bytes(), &terms]), &terms, job.today, &mut notes)
        };
        // Of 61,000 refs a digest takes 4 ms.
        let (packed, (ground, latest)) =
            rayon::join(|| cache.name(&[b"packed", site.packed_refs()]), || (load("ground"), load("latest")));
        let refs = cache.name(&[b"refs", packed.as_bytes(), &site.refs_told()]);
        let damaged = OnceLock::new();
        (Some(Self { job, repository, cache, terms, state, refs, ground, latest, damaged }), notes)
    }

    /// The store as it was before anything of it was read.
    pub(super) fn state(&self) -> &StoreStamp {
        &self.state
    }

    /// What is to be said of the files once all was asked of them.
    pub(super) fn note(&self) -> Option<String> {
        let damaged =
            [&self.ground, &self.latest].into_iter().find(|file| file.is_damaged.load(Ordering::Relaxed));
        damaged.map(|file| &file.path).or(self.damaged.get()).map(|path| foreign(path))
    }

    /// What an earlier run came to, if nothing has changed since.
    pub(super) fn recall(&self, site: &Site) -> Option<Collected> {
        let is_same =
            |head: &Head| head.state == self.state && head.refs == self.refs && head.besides.is_same(site);
        let is_of_today = |file: &&Volume| file.head.as_ref().is_some_and(is_same);
        let mut collected =
            [&self.latest, &self.ground].into_iter().filter(is_of_today).find_map(|file| self.found(file))?;
        collected.coverage.cached = collected.coverage.objects.total();
        Some(collected)
    }

    /// What the run found that wrote `file`.
    fn found(&self, file: &Volume) -> Option<Collected> {
        file.head.as_ref()?;
        collected::read(&mut Reader::new(&file.section(FOUND)?), self.job.infos.len())
    }

    /// The state of the store with the bytes of its loose objects, if it is what it was while the store was read.
    fn lasting(&self) -> Option<StoreStamp> {
        let mut state = self.state.clone();
        state.learn(self.ground.head.as_ref().map(|head| &head.state));
        // A change that is seen now may have been made before the store was read, or after.
        let now = || Site::state_of(self.repository);
        (state.is_settled() && now().is_ok_and(|now| now.is_settled() && now == state)).then_some(state)
    }

    /// What an earlier run left to go on from.
    pub(super) fn earlier(&self) -> Option<Earlier> {
        let head = self.ground.head.as_ref().filter(|head| head.has_trail)?;
        let (trail, held) = rayon::join(
            || Trail::read(&self.ground.section(TRAIL)?),
            || collected::read_kept(&mut Reader::new(&self.ground.section(HELD)?), self.job.infos.len()),
        );
        let Head { state, until, refuted, besides, .. } = head.clone();
        Some(Earlier { state, trail: trail?, kept: held?, until, refuted, besides })
    }

    /// What an earlier run, of whatever rules, knew of what today's rules find.
    pub(super) fn precedent(&self) -> Option<Precedent> {
        let (path, bytes) = match self.cache.load(&self.detected_name()) {
            Loaded::Nothing => return None,
            Loaded::Foreign(path) => (path, None),
            Loaded::Sealed(path, sealed) => (path, sealed.section(DETECTED)),
        };
        match bytes {
            Some(bytes) => detected::read(&mut Reader::new(&bytes), &self.state, &self.job.catalogue),
            None => {
                self.damaged.get_or_init(|| path);
                None
            }
        }
    }

    fn detected_name(&self) -> String {
        self.cache.name(&[DETECTED.as_bytes(), BUILD.as_bytes()])
    }

    /// The names that were computed before; for later, when all else is known.
    pub(super) fn into_ledger(self) -> Ledger {
        Ledger::open(self.cache)
    }

    /// Keeps what a run came to, if that is what another would come to as well.
    pub(super) fn keep(&self, outcome: &Outcome<'_>) {
        let Some(state) = self.lasting() else { return };
        let Outcome { collected, until, kept, trail, detected, besides } = outcome;
        let (mut found, mut held) = <(Writer, Writer)>::default();
        let head = Head {
            state: state.clone(),
            refs: self.refs.clone(),
            until: *until,
            refuted: collected.refuted,
            has_trail: trail.is_some(),
            besides: besides.clone(),
        };
        collected::write(&mut found, collected);
        let mut sections = vec![(HEAD, head.write(self)), (FOUND, found.finish())];
        let mut name = &self.latest.name;
        if let Some(trail) = trail {
            name = &self.ground.name;
            collected::write_kept(&mut held, kept);
            sections.extend([(TRAIL, trail.clone()), (HELD, held.finish())]);
        }
        let saved = self.cache.save(name, &sections).and_then(|()| {
            let Some(detected) = detected else { return Ok(()) };
            let mut out = Writer::default();
            detected::write(&mut out, &state, &self.job.catalogue, detected);
            self.cache.save(&self.detected_name(), &[(DETECTED, out.finish())])
        });
        if let Err(error) = saved {
            output::mention(self.job.flags, &format!("nothing is kept for the next run: {error}"));
        }
    }
}

/// A file of the cache.
#[derive(Debug)]
struct Volume {
    /// Its name, and its path where it is there.
    name: String,
    path: PathBuf,
    sealed: Option<Sealed>,
    /// What its head says, where that is about the same and holds today.
    head: Option<Head>,
    /// True where a part of it did not open.
    is_damaged: AtomicBool,
}

impl Volume {
    fn load(cache: &Cache, name: String, terms: &[u8], today: Date, notes: &mut Vec<String>) -> Self {
        let (path, sealed) = match cache.load(&name) {
            Loaded::Nothing => (PathBuf::new(), None),
            Loaded::Sealed(path, sealed) => (path, Some(sealed)),
            Loaded::Foreign(path) => {
                notes.push(foreign(&path));
                (path, None)
            }
        };
        let mut volume = Self { name, path, sealed, head: None, is_damaged: AtomicBool::new(false) };
        volume.head = volume.section(HEAD).and_then(|bytes| Head::read(&bytes, terms, today));
        volume
    }

    /// A section; where it does not open, that is noted.
    fn section(&self, name: &str) -> Option<Vec<u8>> {
        let section = self.sealed.as_ref()?.section(name);
        self.is_damaged.fetch_or(section.is_none(), Ordering::Relaxed);
        section
    }
}

/// What the head of a file says.
#[derive(Clone, Debug)]
struct Head {
    state: StoreStamp,
    refs: String,
    /// The last day on which what was found is judged as it was, where a later one may change that.
    until: Option<Date>,
    refuted: u64,
    has_trail: bool,
    besides: Besides,
}

impl Head {
    /// Writes it.
    fn write(&self, memory: &Memory<'_>) -> Vec<u8> {
        let mut out = Writer::default();
        out.bytes(&memory.terms);
        self.state.write(&mut out);
        out.bytes(self.refs.as_bytes());
        out.bytes(memory.job.today.to_string().as_bytes());
        out.option(self.until, |out, until| out.bytes(until.to_string().as_bytes()));
        out.number(self.refuted);
        out.flag(self.has_trail);
        self.besides.write(&mut out);
        out.finish()
    }

    /// Reads it; `None` where it is not about these terms or does not hold today.
    fn read(bytes: &[u8], terms: &[u8], today: Date) -> Option<Self> {
        let mut from = Reader::new(bytes);
        if from.bytes()? != terms {
            return None;
        }
        let state = StoreStamp::read(&mut from)?;
        let refs = from.text()?.to_owned();
        // A token that has expired since is judged otherwise.
        let day = |from: &mut Reader<'_>| from.text()?.parse::<Date>().ok();
        let (since, until) = (day(&mut from)?, from.option(day)?);
        let (refuted, has_trail, besides) = (from.number()?, from.flag()?, Besides::read(&mut from)?);
        let head = Self { state, refs, until, refuted, has_trail, besides };
        (today >= since && until.is_none_or(|until| today <= until)).then_some(head)
    }
}

/// What a run came to, and what a later one goes on from.
#[derive(Debug)]
pub(super) struct Outcome<'a> {
    pub(super) collected: &'a Collected,
    /// The last day on which that holds, where it does not hold for ever.
    pub(super) until: Option<Date>,
    pub(super) kept: &'a Kept,
    /// The bytes of a [`Trail`].
    pub(super) trail: Option<Vec<u8>>,
    /// What a run with other rules is to know, where that is not kept already.
    pub(super) detected: Option<Detected>,
    /// What it depends on besides the store and the refs.
    pub(super) besides: Besides,
}

/// What an earlier run left.
#[derive(Debug)]
pub(super) struct Earlier {
    /// The store as it was.
    pub(super) state: StoreStamp,
    pub(super) trail: Trail,
    pub(super) kept: Kept,
    pub(super) until: Option<Date>,
    pub(super) refuted: u64,
    pub(super) besides: Besides,
}
