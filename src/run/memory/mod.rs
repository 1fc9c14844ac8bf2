//! What a history run keeps for the next one, and when that is believed.
//!
//! The promise: a run that remembers tells what one that reads everything would. So a memory is one of this very build,
//! of the same rules, and of a store and refs that have not changed since before they were read. What is wrong with a
//! cache never stops a run; it is read anew.

mod collected;
mod ledger;

pub(super) use ledger::Ledger;

use super::held::Kept;
use super::job::{Collected, Job};
use super::output;
use crate::cache::{Cache, Loaded, Sealed};
use crate::model::Confidence;
use crate::record::{Reader, Writer};
use crate::source::history::{Site, State, Trail};
use jiff::civil::Date;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A name for all that this program was built from.
const BUILD: &str = env!("KEYDREDGE_BUILD");

/// The sections of a file.
const HEAD: &str = "head";
const FOUND: &str = "found";
const TRAIL: &str = "trail";
const HELD: &str = "held";

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
    /// The name of the file for these rules.
    name: String,
    /// What has to be the same: the build and the rules.
    terms: Vec<u8>,
    /// The store before anything of it was read, and a digest of the refs.
    state: State,
    refs: String,
    kept: Option<Sealed>,
    /// Its path, and whether a part of it did not open.
    path: PathBuf,
    is_damaged: AtomicBool,
    /// What its head says, where that is about the same and holds today.
    head: Option<Head>,
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
        let name = cache.name(&[b"history", &terms]);
        let refs = cache.name(&[b"refs", &site.refs_told()]);
        let mut notes = Vec::new();
        let (mut head, mut kept_at) = (None, PathBuf::new());
        let kept = match cache.load(&name) {
            Loaded::Nothing => None,
            Loaded::Sealed(path, sealed) => match sealed.section(HEAD) {
                Some(bytes) => {
                    head = Head::read(&bytes, &terms, job.today);
                    kept_at = path;
                    Some(sealed)
                }
                None => {
                    notes.push(foreign(&path));
                    None
                }
            },
            Loaded::Foreign(path) => {
                notes.push(foreign(&path));
                None
            }
        };
        (
            Some(Self {
                job,
                repository,
                cache,
                name,
                terms,
                state,
                refs,
                kept,
                path: kept_at,
                is_damaged: AtomicBool::new(false),
                head,
            }),
            notes,
        )
    }

    /// The store as it was before anything of it was read.
    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// A section of the file; where it does not open, that is said.
    fn section(&self, name: &str) -> Option<Vec<u8>> {
        let kept = self.kept.as_ref()?;
        let section = kept.section(name);
        self.is_damaged.fetch_or(section.is_none(), Ordering::Relaxed);
        section
    }

    /// What is to be said of the file once all was asked of it.
    pub(super) fn note(&self) -> Option<String> {
        self.is_damaged.load(Ordering::Relaxed).then(|| foreign(&self.path))
    }

    /// What an earlier run came to, if nothing has changed since.
    pub(super) fn recall(&self) -> Option<Collected> {
        let head = self.head.as_ref()?;
        if head.state != self.state || head.refs != self.refs {
            return None;
        }
        let mut collected = collected::read(&mut Reader::new(&self.section(FOUND)?), self.job.infos.len())?;
        collected.coverage.cached = collected.coverage.objects.total();
        Some(collected)
    }

    /// What an earlier run left to go on from.
    pub(super) fn earlier(&self) -> Option<Earlier> {
        let head = self.head.as_ref()?;
        if !head.has_trail {
            return None;
        }
        let (trail, held) = rayon::join(
            || Trail::read(&self.section(TRAIL)?),
            || collected::read_kept(&mut Reader::new(&self.section(HELD)?), self.job.infos.len()),
        );
        let Head { state, until, refuted, .. } = head.clone();
        Some(Earlier { state, trail: trail?, kept: held?, until, refuted })
    }

    /// The names that were computed before; for later, when all else is known.
    pub(super) fn into_ledger(self) -> Ledger {
        Ledger::open(self.cache)
    }

    /// Keeps what a run came to, if that is what another would come to as well.
    pub(super) fn keep(&self, outcome: &Outcome<'_>) {
        let mut state = self.state.clone();
        state.learn(self.head.as_ref().map(|head| &head.state));
        // Whatever has changed by now may have changed before it was read, or after.
        let now = || Site::open(self.repository).and_then(|site| site.state());
        if !state.is_settled() || !now().is_ok_and(|now| now.is_settled() && now == state) {
            return;
        }
        let Outcome { collected, until, kept, trail } = outcome;
        let (mut head, mut found, mut held) = <(Writer, Writer, Writer)>::default();
        head.bytes(&self.terms);
        state.write(&mut head);
        head.bytes(self.refs.as_bytes());
        head.bytes(self.job.today.to_string().as_bytes());
        head.option(*until, |head, until| head.bytes(until.to_string().as_bytes()));
        head.number(collected.refuted);
        head.flag(trail.is_some());
        collected::write(&mut found, collected);
        let mut sections = vec![(HEAD, head.finish()), (FOUND, found.finish())];
        if let Some(trail) = trail {
            collected::write_kept(&mut held, kept);
            sections.extend([(TRAIL, trail.clone()), (HELD, held.finish())]);
        }
        if let Err(error) = self.cache.save(&self.name, &sections) {
            output::mention(self.job.flags, &format!("nothing is kept for the next run: {error}"));
        }
    }
}

/// What the head of a file says.
#[derive(Clone, Debug)]
struct Head {
    state: State,
    refs: String,
    /// The last day on which what was found is judged as it was, where a later one may change that.
    until: Option<Date>,
    refuted: u64,
    has_trail: bool,
}

impl Head {
    /// Reads it; `None` where it is not about these terms or does not hold today.
    fn read(bytes: &[u8], terms: &[u8], today: Date) -> Option<Self> {
        let mut from = Reader::new(bytes);
        if from.bytes()? != terms {
            return None;
        }
        let state = State::read(&mut from)?;
        let refs = from.text()?.to_owned();
        // A token that has expired since is judged otherwise.
        let day = |from: &mut Reader<'_>| from.text()?.parse::<Date>().ok();
        let (since, until) = (day(&mut from)?, from.option(day)?);
        let head = Self { state, refs, until, refuted: from.number()?, has_trail: from.flag()? };
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
}

/// What an earlier run left.
#[derive(Debug)]
pub(super) struct Earlier {
    /// The store as it was.
    pub(super) state: State,
    pub(super) trail: Trail,
    pub(super) kept: Kept,
    pub(super) until: Option<Date>,
    pub(super) refuted: u64,
}
