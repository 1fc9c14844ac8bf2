//! Secrets in the names of a history, and the sightings of them.
//!
//! The source passes names while it reads, and asks afterwards which of them contain secrets. Here they are kept with
//! what was found, and the secrets get numbers.

use super::named;
use super::scratches::Scratches;
use crate::findings::{Hit, Judge, Side, Sighting};
use crate::model::{Found, Kind, Names, PlacedName, RuleInfo, Secret, SecretNumber, display_path};
use crate::provenance::ScanNames;
use crate::scan::Cut;
use crate::sync::{into_inner, lock};
use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

/// A name and its kind.
type HistoryName = (Kind, Box<[u8]>);

/// What is found in the names of a history. Shared by threads.
pub(crate) struct HistoryNames<'a> {
    scratches: &'a Scratches<'a>,
    rules: &'a [Arc<RuleInfo>],
    /// The secrets that have numbers from elsewhere, sorted; a secret's number is its position.
    known: &'a [Secret],
    held: Mutex<HeldNames>,
}

#[derive(Default)]
struct HeldNames {
    found: BTreeMap<HistoryName, Vec<Found>>,
    /// The secrets that are only in names; their numbers follow those of the known ones.
    more: Vec<Secret>,
    numbers: HashMap<Secret, SecretNumber>,
    /// Why some names were not scanned.
    cut: Option<Cut>,
}

impl<'a> HistoryNames<'a> {
    /// Nothing yet; `known` are the secrets that have numbers, sorted.
    pub(crate) fn new(scratches: &'a Scratches<'a>, rules: &'a [Arc<RuleInfo>], known: &'a [Secret]) -> Self {
        Self { scratches, rules, known, held: Mutex::default() }
    }

    fn held(&self) -> MutexGuard<'_, HeldNames> {
        lock(&self.held)
    }

    /// The results: sightings in names, and the secrets that are in names alone.
    pub(crate) fn finish(self, names: &[PlacedName], judge: &Judge<'_>) -> FoundInNames {
        let HeldNames { found, more, cut, .. } = into_inner(self.held);
        let until = found.values().flatten().filter_map(|found| judge.holds_until(&found.candidate)).min();
        let secret = |number: SecretNumber| {
            let number = number.index();
            self.known.get(number).or_else(|| more.get(number.checked_sub(self.known.len())?))
        };
        let sighting = |placed: &PlacedName| {
            let PlacedName { name, place, before, .. } = placed;
            let key = (place.kind(), Box::from(&**name));
            let path = place.path.as_deref().unwrap_or_default();
            // Of a path only the last component was scanned.
            let shift = path.len().saturating_sub(display_path(name).len());
            let of_secret = found.get(&key).into_iter().flatten().filter(|found| {
                secret(placed.secret).is_some_and(|secret| *secret == found.candidate.secret)
            });
            let hits = of_secret.map(|found| {
                let found = Found { start: found.start + shift, ..found.clone() };
                Hit { location: named::location(&found, path), found, allows: Vec::new() }
            });
            let side = if *before { Side::Base } else { Side::Head };
            Sighting { place: place.clone(), hits: hits.collect(), side }
        };
        let sightings = names.iter().map(sighting).collect();
        FoundInNames { sightings, secrets: more, until, cut }
    }
}

/// What was found in names.
pub(crate) struct FoundInNames {
    /// The sightings of them.
    pub(crate) sightings: Vec<Sighting>,
    /// The secrets that are nowhere else, by their numbers after the others.
    pub(crate) secrets: Vec<Secret>,
    /// The last day on which all of it is judged as it is today; none if no day changes anything.
    pub(crate) until: Option<Date>,
    /// Why some names were not scanned, if some were not.
    pub(crate) cut: Option<Cut>,
}

impl ScanNames for HistoryNames<'_> {
    fn look(&self, kind: Kind, names: &Names) {
        let (secrets, cut) = named::secrets(self.scratches, self.rules, kind, names.as_bytes());
        let mut held = self.held();
        held.cut = held.cut.or(cut);
        for secret in secrets {
            let found = held.found.entry((kind, secret.whole.into())).or_default();
            let is_known = |one: &Found| {
                one.start == secret.found.start && one.candidate.secret == secret.found.candidate.secret
            };
            if !found.iter().any(is_known) {
                found.push(secret.found);
            }
        }
    }

    fn holding(&self, kind: Kind) -> Vec<(Box<[u8]>, Vec<SecretNumber>)> {
        let mut held = self.held();
        let HeldNames { found, more, numbers, .. } = &mut *held;
        let mut number = |secret: &Secret| match self.known.binary_search(secret) {
            Ok(at) => SecretNumber(at as u32),
            Err(_) => *numbers.entry(secret.clone()).or_insert_with(|| {
                more.push(secret.clone());
                SecretNumber((self.known.len() + more.len() - 1) as u32)
            }),
        };
        let of_kind = found.iter().filter(|((of, _), _)| *of == kind);
        let numbered = of_kind.map(|((_, name), found)| {
            let mut numbers: Vec<SecretNumber> =
                found.iter().map(|one| number(&one.candidate.secret)).collect();
            numbers.sort_unstable();
            numbers.dedup();
            (name.clone(), numbers)
        });
        numbered.collect()
    }
}
