//! Equal secrets become one group: all the places it stands at, and what stood before.

use super::judge::{Judge, Verdict};
use super::settle::Strength;
use super::{Side, Sighting, allow};
use crate::model::{
    Candidate, Check, Fact, Location, NewAllows, Occurrence, Place, RuleInfo, Secret, Suppression,
};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

/// A secret at one place, judged there.
pub(super) struct Standing<'a> {
    pub(super) occurrence: Occurrence,
    pub(super) candidate: Arc<Candidate>,
    pub(super) rule: &'a Arc<RuleInfo>,
    pub(super) verdict: Verdict,
}

/// All the places of one secret.
pub(super) struct Group<'a> {
    pub(super) secret: Secret,
    /// On the head's side, in order; if it is only in commits of the change, there.
    pub(super) heads: Vec<Standing<'a>>,
    /// In commits of the change that come before its end.
    passing: Vec<Standing<'a>>,
    /// Whether it is on the base's side without an allow comment.
    stood_bare: bool,
    /// The merge bases in which it is without one, as bits.
    stood_in: u64,
    /// Whether it is on the base's side with an allow comment.
    was_allowed: bool,
    /// Whether it is in what is looked at for its own sake.
    is_whole: bool,
    /// Whether it is in commits of the change and not at its end.
    pub(super) is_passing: bool,
}

/// Groups what `judge` believes by secret. Groups without a place on the head's side are left out; the
/// rest comes in the order of first places.
pub(super) fn group<'a>(sightings: &[Sighting], judge: &mut Judge<'a>) -> Vec<Group<'a>> {
    let mut positions: HashMap<Secret, usize> = HashMap::new();
    let mut groups: Vec<Group<'a>> = Vec::new();
    // What blobs inherit from each other is one value in memory, so that its address tells.
    let mut covers: HashMap<*const Candidate, Option<Suppression>> = HashMap::new();
    for sighting in sightings {
        for hit in &sighting.hits {
            let candidate = &hit.found.candidate;
            let Some(rule) = judge.rule(candidate) else { continue };
            let Some(verdict) = judge.judge(candidate, &sighting.place) else { continue };
            let at = positions.get(&candidate.secret).copied().unwrap_or_else(|| {
                groups.push(Group::of(candidate.secret.clone()));
                positions.insert(candidate.secret.clone(), groups.len() - 1);
                groups.len() - 1
            });
            let cover = || allow::cover(candidate, &rule.id);
            let suppressed_by = covers.entry(Arc::as_ptr(candidate)).or_insert_with(cover).clone();
            let group = &mut groups[at];
            match sighting.side {
                Side::Base | Side::MergeBase { .. } if suppressed_by.is_some() => group.was_allowed = true,
                Side::Base => group.stood_bare = true,
                Side::MergeBase { number, of } => {
                    group.stood_in |= 1 << number;
                    group.stood_bare |= group.stood_in.count_ones() == u32::from(of);
                }
                Side::Head | Side::Whole | Side::Passing => {
                    group.is_whole |= sighting.side == Side::Whole;
                    let is_passing = sighting.side == Side::Passing;
                    let standings = if is_passing { &mut group.passing } else { &mut group.heads };
                    standings.push(Standing {
                        occurrence: Occurrence {
                            place: sighting.place.clone(),
                            location: hit.location,
                            decoded_by: candidate.decoded_by.clone(),
                            suppressed_by,
                        },
                        candidate: Arc::clone(candidate),
                        rule,
                        verdict,
                    });
                }
            }
        }
    }
    for group in &mut groups {
        group.is_passing = group.heads.is_empty();
        if group.is_passing {
            group.heads = std::mem::take(&mut group.passing);
        }
    }
    groups.retain(|group| !group.heads.is_empty());
    for group in &mut groups {
        sort(&mut group.heads);
    }
    groups.sort_by(|one, other| {
        key(&one.heads[0]).cmp(&key(&other.heads[0])).then_with(|| one.secret.cmp(&other.secret))
    });
    groups
}

/// Sorts by place, and keeps the strongest of those that say the same of one place.
fn sort(standings: &mut Vec<Standing<'_>>) {
    standings.sort_by(|one, other| key(one).cmp(&key(other)).then_with(|| rank(one).cmp(&rank(other))));
    standings.dedup_by(|later, earlier| key(later) == key(earlier));
}

/// The order of places: oldest commit first, then kind, path and position.
fn key<'k>(standing: &'k Standing<'_>) -> impl Ord + 'k {
    let Occurrence { place, location, decoded_by, .. } = &standing.occurrence;
    let commit = place.commit.as_ref().map(|commit| (commit.time, commit.id));
    let Place { kind, path, blob, .. } = place;
    let Location { start, end, .. } = location;
    (commit, *kind, path.as_deref(), *start, *end, *blob, decoded_by.as_slice())
}

/// How well a standing's rule names the secret, the best first: as overlaps are settled.
fn rank<'k>(standing: &'k Standing<'_>) -> impl Ord + 'k {
    let Candidate { rule, identifier, form, check, .. } = &*standing.candidate;
    let strength = Strength::of(&standing.candidate, standing.rule);
    (strength, *rule, Reverse(standing.verdict.score), *check, *form, identifier.as_deref())
}

impl<'a> Group<'a> {
    fn of(secret: Secret) -> Self {
        Self {
            secret,
            heads: Vec::new(),
            passing: Vec::new(),
            stood_bare: false,
            stood_in: 0,
            was_allowed: false,
            is_whole: false,
            is_passing: false,
        }
    }

    /// Whether it was there before the change, and is only in what the change touches.
    pub(super) fn is_old(&self) -> bool {
        self.stood_bare && !self.is_whole
    }

    /// The standing whose rule names the secret best.
    pub(super) fn best(&self) -> &Standing<'a> {
        self.heads.iter().min_by(|one, other| rank(one).cmp(&rank(other))).expect("a group has a place")
    }

    /// The standing that is surest, the first of equals.
    pub(super) fn surest(&self) -> &Standing<'a> {
        self.heads.iter().min_by_key(|one| Reverse(one.verdict.score)).expect("a group has a place")
    }

    /// The files that it is in, sorted; `None` if it is elsewhere, too.
    pub(super) fn paths(&self) -> Option<Vec<Arc<str>>> {
        let of = |standing: &Standing<'_>| standing.occurrence.place.path.clone();
        let mut paths: Vec<Arc<str>> = self.heads.iter().map(of).collect::<Option<_>>()?;
        paths.sort();
        paths.dedup();
        Some(paths)
    }

    /// The two as one, the places not in order.
    pub(super) fn joined(mut self, mut other: Self) -> Self {
        self.heads.append(&mut other.heads);
        self
    }

    /// The same with its places in order, of the secret `secret`.
    pub(super) fn sorted(mut self, secret: Secret) -> Self {
        self.heads.sort_by(|one, other| key(one).cmp(&key(other)));
        Self { secret, ..self }
    }

    /// What the checks of the best rule learnt, sorted.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let rule = self.best().candidate.rule;
        let of_rule = self.heads.iter().filter(|standing| standing.candidate.rule == rule);
        let mut facts: Vec<Fact> =
            of_rule.flat_map(|standing| standing.candidate.facts.iter().cloned()).collect();
        facts.sort();
        facts.dedup();
        facts
    }

    /// The first name it was assigned to.
    pub(super) fn identifier(&self) -> Option<Box<str>> {
        self.heads.iter().find_map(|standing| standing.candidate.identifier.clone())
    }

    /// What covers it, if an allow comment covers every place.
    pub(super) fn allowance(&self) -> Option<Suppression> {
        let mut comments = self.heads.iter().map(|standing| standing.occurrence.suppressed_by.as_ref());
        let are_new = comments.try_fold(false, |are_new, comment| Some(are_new | comment?.is_new()))?;
        Some(Suppression::AllowComments { are_new })
    }

    /// Treats the allow comments as `new_allows` says, if the change brings them: if no place on the base's side has one
    /// for this secret. Returns true if one of them does not count.
    pub(super) fn review_allows(&mut self, new_allows: NewAllows) -> bool {
        let mut is_refused = false;
        if self.was_allowed || new_allows == NewAllows::Permit {
            return is_refused;
        }
        for standing in &mut self.heads {
            let is_proved = standing.candidate.check == Check::Holds;
            let suppressed_by = &mut standing.occurrence.suppressed_by;
            if suppressed_by.is_some() && (is_proved || new_allows == NewAllows::Deny) {
                *suppressed_by = None;
                is_refused = true;
            } else if let Some(Suppression::AllowComment { is_new, .. }) = suppressed_by {
                *is_new = true;
            }
        }
        is_refused
    }
}
