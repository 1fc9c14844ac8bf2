//! What a history run keeps for the next one, and when that is believed.
//!
//! The promise: a run that remembers tells what one that reads everything would. So a memory is one of this very build,
//! of the same rules, and of a store and refs that have not changed since before they were read. What is wrong with a
//! cache never stops a run; it is read anew.

mod collected;
mod ledger;

pub(super) use ledger::Ledger;

use super::job::{Collected, Job};
use super::output;
use crate::cache::{Cache, Loaded, Sealed};
use crate::model::Confidence;
use crate::record::{Reader, Writer};
use crate::source::history::{Site, State};
use jiff::civil::Date;
use std::path::Path;
use std::time::Duration;

/// A name for all that this program was built from.
const BUILD: &str = env!("KEYDREDGE_BUILD");

/// The sections of a file.
const HEAD: &str = "head";
const FOUND: &str = "found";

/// How long a store is waited for that was changed just now, so that a later change could not be told from that one.
const UNSETTLED: Duration = Duration::from_millis(25);

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
        let kept = match cache.load(&name) {
            Loaded::Nothing => None,
            Loaded::Sealed(_, sealed) if sealed.section(HEAD).is_some() => Some(sealed),
            Loaded::Sealed(path, _) | Loaded::Foreign(path) => {
                notes.push(format!(
                    "the cache {} was not made by this user, or is damaged: it was ignored",
                    path.display()
                ));
                None
            }
        };
        (Some(Self { job, repository, cache, name, terms, state, refs, kept }), notes)
    }

    /// What an earlier run came to, if nothing has changed since.
    pub(super) fn recall(&self) -> Option<Collected> {
        let kept = self.kept.as_ref()?;
        let head = kept.section(HEAD)?;
        let mut head = Reader::new(&head);
        if head.bytes()? != self.terms || State::read(&mut head)? != self.state || head.text()? != self.refs {
            return None;
        }
        // A token that has expired since is judged otherwise.
        let day = |head: &mut Reader<'_>| head.text()?.parse::<Date>().ok();
        let (from, until) = (day(&mut head)?, head.option(day)?);
        if self.job.today < from || until.is_some_and(|until| self.job.today > until) {
            return None;
        }
        let mut collected = collected::read(&mut Reader::new(&kept.section(FOUND)?), self.job.infos.len())?;
        collected.coverage.cached = collected.coverage.objects.total();
        Some(collected)
    }

    /// The names that were computed before; for later, when all else is known.
    pub(super) fn into_ledger(self) -> Ledger {
        Ledger::open(self.cache)
    }

    /// Keeps what a run came to, which holds until a day, if that is what another would come to as well.
    pub(super) fn keep(&self, collected: &Collected, until: Option<Date>) {
        let now = || Site::open(self.repository).and_then(|site| site.state());
        if !self.state.is_settled() || !now().is_ok_and(|now| now.is_settled() && now == self.state) {
            return;
        }
        let (mut head, mut found) = <(Writer, Writer)>::default();
        head.bytes(&self.terms);
        self.state.write(&mut head);
        head.bytes(self.refs.as_bytes());
        head.bytes(self.job.today.to_string().as_bytes());
        head.option(until, |head, until| head.bytes(until.to_string().as_bytes()));
        collected::write(&mut found, collected);
        let sections = [(HEAD, head.finish()), (FOUND, found.finish())];
        if let Err(error) = self.cache.save(&self.name, &sections) {
            output::mention(self.job.flags, &format!("nothing is kept for the next run: {error}"));
        }
    }
}
