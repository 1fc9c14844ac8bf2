//! Triage: drops secrets that cannot reach the reported confidence, before attribution and after it.
//!
//! Most of what detection lets pass in a long history is too weak for a report at any place (ansible's: 3,927 of 4,455
//! secrets). A secret none of whose candidates can reach the requested confidence at any place ([`Judge::bound`]) is
//! counted and not placed. One that could, but does not at its actual places, is counted after attribution, before any
//! object is read again.
//!
//! # Design
//!
//! This is decided for secrets, never for single candidates, because a finding reports all places of its secret, the
//! weak ones with the others.

use super::allow::regions;
use super::judge::{Bound, Judge};
use super::{CompanionSearch, Hit, RegionAllow, Side, Sighting};
use crate::model::{
    Candidate, Companion, Form, Found, Lifetime, Location, ObjectId, PlacedSecret, RuleIndex, Score, Secret,
    SecretHistory, SecretNumber, Span,
};
use crate::sync::{into_inner, lock};
use jiff::civil::Date;
use rayon::prelude::*;
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};

/// Secrets known, without sightings, to be below the requested confidence.
#[derive(Clone, Debug, Default)]
pub struct LeftOut {
    /// How many of them are findings at all.
    pub findings: u64,
    /// Their candidates, one for each secret and rule: they are masked too.
    pub candidates: Vec<Arc<Candidate>>,
}

/// What is found in objects, while they are scanned. Shared by threads.
pub(crate) struct Triage<'a> {
    judge: Judge<'a>,
    held: Mutex<Untriaged>,
}

/// What was found so far, with secrets numbered as they came.
#[derive(Default)]
struct Untriaged {
    found: HashMap<ObjectId, Vec<(SecretNumber, Found)>>,
    numbers: HashMap<Secret, SecretNumber>,
    potentials: Vec<Potential>,
    /// Each candidate once. Versions of a file that do not derive from each other, and copies of it, contain
    /// candidates that are equal except for their position: of five large histories' 70,000 candidates 18,000 differ.
    candidates: HashSet<Arc<Candidate>>,
    until: Option<Date>,
    /// Where secrets are that were found elsewhere than in the object's own bytes.
    located: Located,
}

/// What is known of a secret before it is placed.
#[derive(Default)]
struct Potential {
    /// The highest score of any of its candidates at any place.
    most: Option<Score>,
    /// True if some place drops one of them.
    may_vanish: bool,
    /// A candidate of each rule.
    candidates: Vec<Arc<Candidate>>,
}

impl Potential {
    /// True if its places decide whether it is reported, or whether it is a finding at all.
    fn is_open(&self, least: Score) -> bool {
        self.most.is_some_and(|most| most >= least || self.may_vanish)
    }

    fn add(&mut self, candidate: &Arc<Candidate>, bound: Option<Bound>) {
        self.most = self.most.max(bound.map(|bound| bound.most));
        self.may_vanish |= bound.is_none_or(|bound| !bound.everywhere);
        add(&mut self.candidates, candidate);
    }
}

impl<'a> Triage<'a> {
    /// Nothing yet.
    pub(crate) fn new(judge: Judge<'a>) -> Self {
        Self { judge, held: Mutex::default() }
    }

    /// True if nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        lock(&self.held).found.is_empty()
    }

    /// True if `secret` was found.
    pub(crate) fn knows(&self, secret: &Secret) -> bool {
        lock(&self.held).numbers.contains_key(secret)
    }

    /// The last day on which all that was found is judged as it is today; none if no day changes anything.
    pub(crate) fn until(&self) -> Option<Date> {
        lock(&self.held).until
    }

    /// Records what `object` contains.
    pub(crate) fn record(&self, object: ObjectId, found: Vec<Found>) {
        let bounds: Vec<_> = found.iter().map(|one| self.judge.bound(&one.candidate)).collect();
        let until = found.iter().filter_map(|one| self.judge.holds_until(&one.candidate)).min();
        let mut held = lock(&self.held);
        held.until = held.until.into_iter().chain(until).min();
        let Untriaged { numbers, potentials, candidates, .. } = &mut *held;
        let number = |(mut one, bound): (Found, Option<Bound>)| {
            match candidates.get(&one.candidate) {
                Some(known) => one.candidate = Arc::clone(known),
                None => _ = candidates.insert(Arc::clone(&one.candidate)),
            }
            let candidate = &one.candidate;
            let number = match numbers.get(&candidate.secret) {
                Some(&number) => number,
                None => {
                    potentials.push(Potential::default());
                    *numbers
                        .entry(candidate.secret.clone())
                        .or_insert(SecretNumber(potentials.len() as u32 - 1))
                }
            };
            potentials[number.index()].add(candidate, bound);
            (number, one)
        };
        let found: Vec<_> = found.into_iter().zip(bounds).map(number).collect();
        held.found.entry(object).or_default().extend(found);
    }

    /// Records what is in `object`, at locations that are known already.
    pub(crate) fn record_at(&self, object: ObjectId, found: Vec<(Found, Location)>) {
        let located = found.iter().map(|(found, location)| {
            let companions = found.candidate.companions.clone();
            let known = LocatedSecret { location: *location, allows: Vec::new(), companions };
            ((object, found.secret_span()), known)
        });
        lock(&self.held).located.extend(located);
        self.record(object, found.into_iter().map(|(found, _)| found).collect());
    }

    /// All that was found. Secrets that reach the score `least` are reported; others are placed only if `all` is
    /// set or their places decide something.
    pub(crate) fn finish(self, least: Score, all: bool) -> Triaged<'a> {
        let Untriaged { mut found, numbers, potentials, located, .. } = into_inner(self.held);
        let is_placed = |number: SecretNumber| all || potentials[number.index()].is_open(least);
        let mut secrets: Vec<(Secret, SecretNumber)> =
            numbers.into_iter().filter(|&(_, number)| is_placed(number)).collect();
        secrets.sort_unstable();
        let mut renumbered = vec![None; potentials.len()];
        for (new, (_, number)) in (0..).map(SecretNumber).zip(&secrets) {
            renumbered[number.index()] = Some(new);
        }
        found.retain(|_, found| {
            found.retain_mut(|(number, _)| {
                let new: Option<SecretNumber> = renumbered[number.index()];
                *number = new.unwrap_or(*number);
                new.is_some()
            });
            !found.is_empty()
        });
        let mut left_out = LeftOut::default();
        for (potential, _) in potentials.into_iter().zip(renumbered).filter(|(_, number)| number.is_none()) {
            left_out.findings += u64::from(potential.most.is_some());
            left_out.candidates.extend(potential.candidates);
        }
        let secrets = secrets.into_iter().map(|(secret, _)| secret).collect();
        let unsure = LeftOut::default();
        Triaged { judge: self.judge, least, found, secrets, closed: left_out, unsure, located }
    }

    /// The same, extending what an earlier run kept; with the new numbers of the secrets that were numbered then.
    ///
    /// # Errors
    /// If a secret that could not reach the reported confidence now may, or what was kept contradicts itself.
    pub(crate) fn extend(
        self,
        kept: KeptFindings,
        least: Score,
    ) -> Result<(Triaged<'a>, Vec<SecretNumber>), Stale> {
        let KeptFindings { mut found, secrets: before, mut closed, mut located } = kept;
        let judge = self.judge;
        let fresh = into_inner(self.held);
        let mut known: HashMap<&Secret, Potential> = HashMap::new();
        for candidate in &closed.candidates {
            known.entry(&candidate.secret).or_default().add(candidate, judge.bound(candidate));
        }
        let mut secrets = before.clone();
        let mut more = LeftOut::default();
        let mut potentials: Vec<_> = fresh.potentials.into_iter().map(Some).collect();
        for (secret, &number) in &fresh.numbers {
            let Some(potential) = potentials[number.index()].take() else { continue };
            if before.binary_search(secret).is_ok() {
                continue;
            }
            match known.get_mut(secret) {
                Some(known) => {
                    let (is_finding, candidates) = (known.most.is_some(), known.candidates.clone());
                    for candidate in &potential.candidates {
                        known.add(candidate, judge.bound(candidate));
                    }
                    let is_told = known.candidates == candidates && known.most.is_some() == is_finding;
                    if !is_told || potential.is_open(least) || known.is_open(least) {
                        return Err(Stale::MayBeReported);
                    }
                }
                None if potential.is_open(least) => secrets.push(secret.clone()),
                None => {
                    more.findings += u64::from(potential.most.is_some());
                    more.candidates.extend(potential.candidates);
                }
            }
        }
        drop(known);
        closed.findings += more.findings;
        closed.candidates.extend(more.candidates);
        secrets.sort_unstable();
        let number = |secret: &Secret| secrets.binary_search(secret).ok().map(|at| SecretNumber(at as u32));
        let renumbered = before.iter().map(number).collect::<Option<Vec<_>>>().ok_or(Stale::Damaged)?;
        for (number, _) in found.values_mut().flatten() {
            *number = *renumbered.get(number.index()).ok_or(Stale::Damaged)?;
        }
        for (id, some) in fresh.found {
            let some = some.into_iter().filter_map(|(_, one)| Some((number(&one.candidate.secret)?, one)));
            let some: Vec<_> = some.collect();
            if !some.is_empty() {
                found.insert(id, some);
            }
        }
        located.extend(fresh.located);
        Ok((
            Triaged { judge, least, found, secrets, closed, unsure: LeftOut::default(), located },
            renumbered,
        ))
    }
}

/// Why what an earlier run kept does not decide about a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stale {
    /// It was too unsure to report, and is found in another form now.
    MayBeReported,
    /// What was kept contradicts itself.
    Damaged,
}

/// What objects contain, with a number for each secret that is placed.
pub(crate) struct Triaged<'a> {
    judge: Judge<'a>,
    /// The least score that is reported.
    least: Score,
    found: HashMap<ObjectId, Vec<(SecretNumber, Found)>>,
    /// Sorted; a secret's number is its position.
    secrets: Vec<Secret>,
    /// What is not placed.
    closed: LeftOut,
    /// What was placed and is not sure enough at any place.
    unsure: LeftOut,
    located: Located,
}

/// Where secrets are in objects, as far as that is known.
pub(crate) type Located = HashMap<(ObjectId, Span), LocatedSecret>;

/// Where a secret is in an object, and what is around it.
#[derive(Clone, Debug)]
pub(crate) struct LocatedSecret {
    /// Its location.
    pub(crate) location: Location,
    /// The comments that cover that part.
    pub(crate) allows: Vec<RegionAllow>,
    /// What belongs to it, of the companions that the rules name that found it.
    pub(crate) companions: Vec<Companion>,
}

/// The part of it that a later run starts from.
#[derive(Debug, Default)]
pub(crate) struct KeptFindings {
    /// The secrets in objects that are placed, with their numbers.
    pub(crate) found: HashMap<ObjectId, Vec<(SecretNumber, Found)>>,
    /// Those secrets, sorted.
    pub(crate) secrets: Vec<Secret>,
    /// The others.
    pub(crate) closed: LeftOut,
    /// Where secrets are.
    pub(crate) located: Located,
}

impl Triaged<'_> {
    /// The secrets that are placed, sorted; a secret's number is its position.
    pub(crate) fn secrets(&self) -> &[Secret] {
        &self.secrets
    }

    /// The numbers of the secrets that each object contains.
    pub(crate) fn numbers(&self) -> HashMap<ObjectId, Vec<SecretNumber>> {
        self.found
            .iter()
            .map(|(id, found)| (*id, found.iter().map(|(number, _)| *number).collect()))
            .collect()
    }

    /// A sighting for each place (given by secret) of what is sure enough, with its lines: each reported
    /// object is read once more.
    pub(crate) fn sightings(
        &mut self,
        text_of: &(dyn Fn(ObjectId) -> Option<Vec<u8>> + Sync),
        places: &[PlacedSecret],
    ) -> Vec<Sighting> {
        let mut by_object: BTreeMap<ObjectId, Vec<&PlacedSecret>> = BTreeMap::new();
        for of_secret in places.chunk_by(|one, other| one.secret == other.secret) {
            if self.is_reported(of_secret) {
                for placed in of_secret {
                    by_object.entry(placed.object).or_default().push(placed);
                }
            }
        }
        let by_object: Vec<_> = by_object.into_iter().collect();
        let (found, known) = (&self.found, &self.located);
        let search = CompanionSearch::new(self.judge.rules());
        let of_object = |(id, places): &(ObjectId, Vec<&PlacedSecret>)| {
            let (text, markers, with) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
            let locate = |one: &Found| {
                let span = one.secret_span();
                let read = || Location::of(span, text.get_or_init(|| text_of(*id).unwrap_or_default()));
                if let Some(inside) = &one.candidate.inside {
                    return Hit { location: inside.location, found: one.clone(), allows: Vec::new() };
                }
                if let Some(known) = known.get(&(*id, span)) {
                    let found = search.with(one, &known.companions);
                    return Hit { found, location: known.location, allows: known.allows.clone() };
                }
                let location = read();
                let text = text.get_or_init(|| text_of(*id).unwrap_or_default());
                let markers = markers.get_or_init(|| regions::markers(text, 1, true));
                // All of the object's, since an id may be that of another.
                let with = with.get_or_init(|| {
                    let all = found.get(id).into_iter().flatten().map(|(_, one)| one);
                    let own = all.filter(|one| one.candidate.inside.is_none());
                    search.noted(own.cloned().collect(), text)
                });
                let key = (one.start, one.candidate.rule);
                let found = with.get(&key).map_or_else(|| one.clone(), |with| search.with(one, with));
                Hit { allows: regions::at(markers, &location), location, found }
            };
            let mut sightings = Vec::with_capacity(places.len());
            for placed in places {
                let sighting = Sighting {
                    place: placed.place.clone(),
                    hits: hits(found, placed).map(locate).collect(),
                    side: if placed.before { Side::Base } else { Side::Head },
                };
                sightings.push((*id, sighting));
            }
            sightings
        };
        let sightings: Vec<_> = by_object.par_iter().flat_map_iter(of_object).collect();
        let located = sightings.iter().flat_map(|(id, sighting)| {
            let own = sighting.hits.iter().filter(|hit| hit.found.candidate.inside.is_none());
            own.map(|hit| {
                let companions = hit.found.candidate.companions.clone();
                let known = LocatedSecret { location: hit.location, allows: hit.allows.clone(), companions };
                ((*id, hit.found.secret_span()), known)
            })
        });
        let located: Vec<(_, LocatedSecret)> = located.collect();
        for (key, mut one) in located {
            // Several rules may have found it, each with companions of its own.
            let known = self.located.remove(&key).map(|known| known.companions).unwrap_or_default();
            for companion in known {
                if !one.companions.contains(&companion) {
                    one.companions.push(companion);
                }
            }
            self.located.insert(key, one);
        }
        sightings.into_iter().map(|(_, sighting)| sighting).collect()
    }

    /// Whether a secret is sure enough at one of its `places`, which are all of them; one that is not is left out. One
    /// that is also in the boundary is no finding of the range, which is not decided here.
    fn is_reported(&mut self, places: &[PlacedSecret]) -> bool {
        if places.iter().any(|placed| placed.before) {
            return true;
        }
        let mut surest = None;
        for placed in places {
            for one in hits(&self.found, placed) {
                let inner = one.candidate.inside.as_ref().map(|inside| inside.at(&placed.place));
                let place = inner.as_ref().unwrap_or(&placed.place);
                surest = surest.max(self.judge.score(&one.candidate, place));
            }
        }
        if surest >= Some(self.least) {
            return true;
        }
        self.unsure.findings += u64::from(surest.is_some());
        let mut candidates = Vec::new();
        for placed in places {
            for one in hits(&self.found, placed) {
                // A position means something in files of a name alone. Elsewhere the whole line is no secret to be masked.
                let is_one = one.candidate.form != Form::Position
                    || self.judge.score(&one.candidate, &placed.place).is_some();
                if is_one {
                    add(&mut candidates, &one.candidate);
                }
            }
        }
        self.unsure.candidates.extend(candidates);
        false
    }

    /// The lifetimes of the secrets (`more` are those of the numbers after its own), what is not reported, and what a
    /// later run starts from.
    pub(crate) fn finish(
        self,
        lives: Vec<Lifetime>,
        more: &[Secret],
    ) -> (Vec<SecretHistory>, LeftOut, KeptFindings) {
        let of_secret = |Lifetime { secret, history }| {
            let number = secret.index();
            let secret = self.secrets.get(number).or_else(|| more.get(number - self.secrets.len()))?;
            Some(SecretHistory { secret: secret.clone(), history })
        };
        let lives = lives.into_iter().filter_map(of_secret).collect();
        let Self { found, secrets, closed, unsure, located, .. } = self;
        let left_out = LeftOut {
            findings: closed.findings + unsure.findings,
            candidates: closed.candidates.iter().chain(&unsure.candidates).cloned().collect(),
        };
        (lives, left_out, KeptFindings { found, secrets, closed, located })
    }
}

/// The candidates of a secret at one of its places.
fn hits<'h>(
    found: &'h HashMap<ObjectId, Vec<(SecretNumber, Found)>>,
    placed: &PlacedSecret,
) -> impl Iterator<Item = &'h Found> {
    let secret = placed.secret;
    let found = found.get(&placed.object).into_iter().flatten();
    found.filter(move |(number, _)| *number == secret).map(|(_, one)| one)
}

/// Adds a candidate to those of one secret, one a rule; of two of a rule the likelier is kept.
fn add(candidates: &mut Vec<Arc<Candidate>>, candidate: &Arc<Candidate>) {
    let rule: RuleIndex = candidate.rule;
    match candidates.iter_mut().find(|known| known.rule == rule) {
        Some(known) if known.score >= candidate.score => {}
        Some(known) => *known = Arc::clone(candidate),
        None => candidates.push(Arc::clone(candidate)),
    }
}
