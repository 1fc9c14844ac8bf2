//! `history`: every object is scanned, then what was found is placed in commits.

use super::collector::Collector;
use super::files::configuration;
use super::job::{Collected, Job};
use super::{Exit, interrupt, output};
use crate::cli::History as Flags;
use crate::error::Error;
use crate::findings::{Hit, Side, Sighting, settle};
use crate::model::{Copied, Found, Location, ObjectId, RuleInfo, Secret, SecretHistory};
use crate::report::progress::{Progress, Unit};
use crate::scan::Kept;
use crate::source::history::{self, History, Life, Pass, Placed, Scan, Text};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// `history`.
pub(super) fn history(flags: &Flags) -> Result<Exit, Error> {
    let job = Job::set_up("history", &flags.shared, &configuration(&flags.repository))?;
    let collected = objects(&job, &flags.repository)?;
    job.refuse_empty(&collected.coverage, || "the repository has no objects".to_owned())?;
    job.report(&job.assemble(collected, None))
}

/// Scans the objects of a repository and places what they hold.
pub(super) fn objects(job: &Job<'_>, repository: &Path) -> Result<Collected, Error> {
    let history = History::open(repository, &history::Options { max_memory: job.flags.max_memory })?;
    let watch = Watch(Progress::new(output::draws_progress(job.flags), Unit::Bytes));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(job.threads()).build()?;
    let collected = pool.install(|| {
        let collector = Collector::new(&job.scanner, &job.infos);
        let texts = Texts { collector: &collector, infos: &job.infos, held: Mutex::default() };
        let scanned = history.scan(&texts, &watch, interrupt::flag());
        let held = Held::new(texts.held.into_inner().unwrap_or_else(PoisonError::into_inner));
        let placement = history.place(scanned, &held.numbers(), &watch, interrupt::flag());
        let sightings = held.sightings(&history, &placement.places);
        let lives = placement.lives.into_iter().map(|life| held.life(life)).collect();
        let mut collected = collector.collected(placement.coverage);
        collected.sightings.extend(sightings);
        collected.lives = lives;
        collected
    });
    watch.0.finish();
    Ok(collected)
}

/// Tells progress what the history tells.
struct Watch(Progress);

impl history::Progress for Watch {
    fn begin(&self, pass: Pass, total: u64) {
        let what = match pass {
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
    held: Mutex<HashMap<ObjectId, Vec<Found>>>,
}

impl Texts<'_> {
    fn record(&self, text: Text<'_>, kept: &Kept) {
        let found = kept.found();
        if found.is_empty() {
            return;
        }
        let settled = settle(found, self.infos);
        self.collector.count_refuted(settled.refuted);
        if !settled.found.is_empty() {
            self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(text.object.id(), settled.found);
        }
    }
}

impl Scan for Texts<'_> {
    type Kept = Kept;

    fn whole(&self, text: Text<'_>) -> Kept {
        let kept = self.collector.with_scratch(|scanner, scratch| scanner.keep(text.bytes, scratch));
        self.record(text, &kept);
        kept
    }

    fn derived(&self, base: &Kept, _base_bytes: &[u8], text: Text<'_>, copied: &[Copied]) -> Kept {
        let kept =
            self.collector.with_scratch(|scanner, scratch| scanner.derive(base, text.bytes, copied, scratch));
        self.record(text, &kept);
        kept
    }
}

/// What objects hold, with a number for each secret.
struct Held {
    found: HashMap<ObjectId, Vec<Found>>,
    /// Sorted; a secret's number is its position.
    secrets: Vec<Secret>,
}

impl Held {
    fn new(found: HashMap<ObjectId, Vec<Found>>) -> Self {
        let all: BTreeSet<&Secret> = found.values().flatten().map(|one| &one.candidate.secret).collect();
        let secrets = all.into_iter().cloned().collect();
        Self { found, secrets }
    }

    fn number(&self, secret: &Secret) -> Option<u32> {
        self.secrets.binary_search(secret).ok().map(|at| at as u32)
    }

    fn numbers(&self) -> HashMap<ObjectId, Vec<u32>> {
        let of =
            |found: &Vec<Found>| found.iter().filter_map(|one| self.number(&one.candidate.secret)).collect();
        self.found.iter().map(|(id, found)| (*id, of(found))).collect()
    }

    /// A sighting for each place, with its lines: each object that is reported is read once more.
    fn sightings(&self, history: &History, places: &[Placed]) -> Vec<Sighting> {
        let mut by_object: HashMap<ObjectId, Vec<&Placed>> = HashMap::new();
        for placed in places {
            by_object.entry(placed.object).or_default().push(placed);
        }
        let by_object: Vec<_> = by_object.into_iter().collect();
        let of_object = |(id, places): &(ObjectId, Vec<&Placed>)| {
            let text = history.text(*id).unwrap_or_default();
            let mut sightings = Vec::with_capacity(places.len());
            for placed in places {
                let secret = &self.secrets[placed.secret as usize];
                let found = self.found.get(id).into_iter().flatten();
                let hits = found
                    .filter(|one| one.candidate.secret == *secret)
                    .map(|one| Hit { location: Location::of(one.secret_span(), &text), found: one.clone() });
                sightings.push(Sighting {
                    place: placed.place.clone(),
                    hits: hits.collect(),
                    side: Side::Head,
                });
            }
            sightings
        };
        by_object.par_iter().flat_map_iter(of_object).collect()
    }

    fn life(&self, life: Life) -> SecretHistory {
        let Life { secret, introduced, removed, live, refs, .. } = life;
        SecretHistory { secret: self.secrets[secret as usize].clone(), introduced, removed, live, refs }
    }
}
