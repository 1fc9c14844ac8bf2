//! What the objects of a history hold: which of it is worth placing, and once it is placed, worth reporting.
//!
//! Most of what detection lets pass in a long history is too weak for a report wherever it stands (ansible's: 3,927 of
//! 4,455 secrets). A secret none of whose candidates can reach the confidence asked for at any place
//! ([`Judge::bound`]) is counted and not placed; one that could, and does at none of its places, is counted then, before
//! any object is read again. The decision to know: this is settled for secrets, never for single candidates, because a
//! finding tells all places of its secret, the weak ones with the others.

use crate::findings::{Hit, Judge, LeftOut, Side, Sighting};
use crate::model::{Candidate, Found, Location, ObjectId, RuleIndex, Score, Secret, SecretHistory};
use crate::source::history::{History, Life, Placed};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// What objects hold, with a number for each secret that is placed.
pub(super) struct Held<'a> {
    judge: Judge<'a>,
    /// The least score that is reported.
    least: Score,
    found: HashMap<ObjectId, Vec<Found>>,
    /// Sorted; a secret's number is its position.
    secrets: Vec<Secret>,
    left_out: LeftOut,
}

/// What is known of a secret before it is placed.
#[derive(Default)]
struct Prospect {
    /// The most that any place makes of any of its candidates.
    most: Option<Score>,
    /// True where some place makes nothing of one of them.
    may_vanish: bool,
    /// A candidate of each rule.
    candidates: Vec<Arc<Candidate>>,
}

impl Prospect {
    /// True where its places decide whether it is reported, or whether it is a finding at all.
    fn is_open(&self, least: Score) -> bool {
        self.most.is_some_and(|most| most >= least || self.may_vanish)
    }
}

impl<'a> Held<'a> {
    /// What each object holds, of which secrets that reach the score `least` are to be reported.
    pub(super) fn new(mut found: HashMap<ObjectId, Vec<Found>>, judge: Judge<'a>, least: Score) -> Self {
        let mut prospects: HashMap<Secret, Prospect> = HashMap::new();
        for one in found.values().flatten() {
            let candidate = &one.candidate;
            let bound = judge.bound(candidate);
            if !prospects.contains_key(&candidate.secret) {
                prospects.insert(candidate.secret.clone(), Prospect::default());
            }
            let Some(prospect) = prospects.get_mut(&candidate.secret) else { continue };
            prospect.most = prospect.most.max(bound.map(|bound| bound.most));
            prospect.may_vanish |= bound.is_none_or(|bound| !bound.everywhere);
            add(&mut prospect.candidates, candidate);
        }
        let is_open = |secret: &Secret| prospects.get(secret).is_some_and(|prospect| prospect.is_open(least));
        found.retain(|_, found| {
            found.retain(|one| is_open(&one.candidate.secret));
            !found.is_empty()
        });
        let mut left_out = LeftOut::default();
        let mut secrets = Vec::new();
        for (secret, prospect) in prospects {
            if prospect.is_open(least) {
                secrets.push(secret);
            } else {
                left_out.findings += u64::from(prospect.most.is_some());
                left_out.candidates.extend(prospect.candidates);
            }
        }
        secrets.sort_unstable();
        Self { judge, least, found, secrets, left_out }
    }

    /// The same with every secret placed, whatever it can reach.
    pub(super) fn all(found: HashMap<ObjectId, Vec<Found>>, judge: Judge<'a>, least: Score) -> Self {
        let all: BTreeSet<&Secret> = found.values().flatten().map(|one| &one.candidate.secret).collect();
        let secrets = all.into_iter().cloned().collect();
        Self { judge, least, found, secrets, left_out: LeftOut::default() }
    }

    /// The numbers of the secrets that each object holds.
    pub(super) fn numbers(&self) -> HashMap<ObjectId, Vec<u32>> {
        let number = |one: &Found| self.secrets.binary_search(&one.candidate.secret).ok().map(|at| at as u32);
        self.found.iter().map(|(id, found)| (*id, found.iter().filter_map(number).collect())).collect()
    }

    /// A sighting for each place (given by secret) of what is sure enough, with its lines: each object that is
    /// reported is read once more.
    pub(super) fn sightings(&mut self, history: &History, places: &[Placed]) -> Vec<Sighting> {
        let mut by_object: BTreeMap<ObjectId, Vec<&Placed>> = BTreeMap::new();
        for of_secret in places.chunk_by(|one, other| one.secret == other.secret) {
            if self.is_reported(of_secret) {
                for placed in of_secret {
                    by_object.entry(placed.object).or_default().push(placed);
                }
            }
        }
        let by_object: Vec<_> = by_object.into_iter().collect();
        let (found, secrets) = (&self.found, &self.secrets);
        let of_object = |(id, places): &(ObjectId, Vec<&Placed>)| {
            let text = history.text(*id).unwrap_or_default();
            let mut sightings = Vec::with_capacity(places.len());
            for placed in places {
                let hits = hits(found, secrets, placed)
                    .map(|one| Hit { location: Location::of(one.secret_span(), &text), found: one.clone() });
                sightings.push(Sighting {
                    place: placed.place.clone(),
                    hits: hits.collect(),
                    side: if placed.before { Side::Base } else { Side::Head },
                });
            }
            sightings
        };
        by_object.par_iter().flat_map_iter(of_object).collect()
    }

    /// Whether a secret is sure enough at one of its `places`, which are all of them; one that is not is left out. One
    /// that stood where a range begins is no finding of the range, which is not decided here.
    fn is_reported(&mut self, places: &[Placed]) -> bool {
        if places.iter().any(|placed| placed.before) {
            return true;
        }
        let mut surest = None;
        for placed in places {
            for one in hits(&self.found, &self.secrets, placed) {
                surest = surest.max(self.judge.score(&one.candidate, &placed.place));
            }
        }
        if surest >= Some(self.least) {
            return true;
        }
        self.left_out.findings += u64::from(surest.is_some());
        let mut candidates = Vec::new();
        for placed in places {
            for one in hits(&self.found, &self.secrets, placed) {
                add(&mut candidates, &one.candidate);
            }
        }
        self.left_out.candidates.extend(candidates);
        false
    }

    /// The lives of the secrets, and what is not reported.
    pub(super) fn finish(self, lives: Vec<Life>) -> (Vec<SecretHistory>, LeftOut) {
        let of_secret = |Life { secret, introduced, removed, live, refs, .. }| {
            let secret: u32 = secret;
            SecretHistory { secret: self.secrets[secret as usize].clone(), introduced, removed, live, refs }
        };
        (lives.into_iter().map(of_secret).collect(), self.left_out)
    }
}

/// The candidates of a secret at one of its places.
fn hits<'h>(
    found: &'h HashMap<ObjectId, Vec<Found>>,
    secrets: &'h [Secret],
    placed: &Placed,
) -> impl Iterator<Item = &'h Found> {
    let secret = &secrets[placed.secret as usize];
    found.get(&placed.object).into_iter().flatten().filter(move |one| one.candidate.secret == *secret)
}

/// Adds to the candidates of one secret one of a rule that none of them is of; of two of a rule the likelier stays.
fn add(candidates: &mut Vec<Arc<Candidate>>, candidate: &Arc<Candidate>) {
    let rule: RuleIndex = candidate.rule;
    match candidates.iter_mut().find(|known| known.rule == rule) {
        Some(known) if known.score >= candidate.score => {}
        Some(known) => *known = Arc::clone(candidate),
        None => candidates.push(Arc::clone(candidate)),
    }
}
