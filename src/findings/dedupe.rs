//! Equal secrets become one group: all places of the secret, and where it was before.

use super::judge::{Judge, Judgement};
use super::settle::Strength;
use super::{Side, Sighting, allow};
use crate::model::{
    Candidate, Check, Fact, Location, Match, NewAllows, Occurrence, RuleInfo, Score, Secret, Suppression,
};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

/// A secret at one place, judged there.
pub(super) struct Standing<'a> {
    pub(super) occurrence: Occurrence,
    pub(super) candidate: Arc<Candidate>,
    pub(super) rule: &'a Arc<RuleInfo>,
    pub(super) judgement: Judgement,
}

/// All the places of one secret.
pub(super) struct Group<'a> {
    pub(super) secret: Secret,
    /// On the head's side, in order; if it is only in commits of the change, there. If one reaches the requested
    /// score, all do.
    pub(super) heads: Vec<Standing<'a>>,
    /// How many more there are that do not reach it.
    pub(super) weaker: usize,
    /// In commits of the change that come before its end.
    passing: Vec<Standing<'a>>,
    /// Where it is on the base's side without an allow comment.
    stood: Stood,
    /// The same, of places that do not reach the requested score.
    stood_weakly: Stood,
    /// The same, of places where it is taken for made up: what a change brings from there to code is new.
    stood_in_rehearsal: Stood,
    /// Whether it is on the base's side at all.
    pub(super) was_there: bool,
    /// Whether it is on the base's side with an allow comment.
    was_allowed: bool,
    /// Whether it is in content that is scanned for its own sake.
    is_whole: bool,
    /// Whether it is in commits of the change and not at its end.
    pub(super) is_passing: bool,
}

/// On which of the base's sides a secret is.
#[derive(Clone, Copy, Debug, Default)]
struct Stood {
    /// Whether it is on a base that decides alone.
    in_base: bool,
    /// The merge bases that it is in, as bits.
    in_merge_bases: u64,
    /// How many merge bases there are.
    merge_bases: u32,
}

impl Stood {
    fn add(&mut self, side: Side) {
        match side {
            Side::MergeBase { number, of } => {
                self.in_merge_bases |= 1 << number;
                self.merge_bases = u32::from(of);
            }
            _ => self.in_base = true,
        }
    }

    fn join(&mut self, other: Self) {
        self.in_base |= other.in_base;
        self.in_merge_bases |= other.in_merge_bases;
        self.merge_bases = self.merge_bases.max(other.merge_bases);
    }

    /// Whether it is in all that the change starts from.
    fn is_everywhere(self) -> bool {
        self.in_base || self.merge_bases > 0 && self.in_merge_bases.count_ones() == self.merge_bases
    }
}

/// Groups what `judge` believes by secret. A place that does not reach `least` by itself is no place of a secret that
/// reaches it elsewhere: a word that is a password once is not one wherever it is. Groups without a place on the head's
/// side are left out; the rest comes in the order of first places.
pub(super) fn group<'a>(sightings: &[Sighting], judge: &mut Judge<'a>, least: Score) -> Vec<Group<'a>> {
    let mut positions: HashMap<Secret, usize> = HashMap::new();
    let mut groups: Vec<Group<'a>> = Vec::new();
    // What blobs inherit from each other is one value in memory, so that its address identifies it.
    let mut covers: HashMap<*const Candidate, Option<Suppression>> = HashMap::new();
    for sighting in sightings {
        for hit in &sighting.hits {
            let candidate = &hit.found.candidate;
            let Some(rule) = judge.rule(candidate) else { continue };
            let Some(judgement) = judge.judge(candidate, &sighting.place) else { continue };
            let at = positions.get(&candidate.secret).copied().unwrap_or_else(|| {
                groups.push(Group::of(candidate.secret.clone()));
                positions.insert(candidate.secret.clone(), groups.len() - 1);
                groups.len() - 1
            });
            let cover = || allow::cover(candidate, &rule.id);
            let suppressed_by = covers.entry(Arc::as_ptr(candidate)).or_insert_with(cover).clone();
            let suppressed_by = suppressed_by.or_else(|| allow::regions::cover(&hit.allows, &rule.id));
            let allowed = || judge.allowed(candidate, &sighting.place, &hit.location, judgement.score);
            let suppressed_by = suppressed_by.or_else(allowed);
            let was_allowed =
                || judge.was_allowed(candidate, &sighting.place, &hit.location, judgement.score);
            let suppressed_by = match sighting.side {
                Side::Base | Side::MergeBase { .. } => suppressed_by.or_else(was_allowed),
                Side::Head | Side::Whole | Side::Passing => suppressed_by,
            };
            let group = &mut groups[at];
            group.was_there |= matches!(sighting.side, Side::Base | Side::MergeBase { .. });
            match sighting.side {
                Side::Base | Side::MergeBase { .. } if suppressed_by.is_some() => {
                    group.was_allowed |= suppressed_by.is_some_and(|cover| cover.is_comment());
                }
                Side::Base | Side::MergeBase { .. } if judgement.score < least => {
                    group.stood_weakly.add(sighting.side);
                }
                Side::Base | Side::MergeBase { .. } if Judge::is_made_up(candidate, rule, judgement) => {
                    group.stood_in_rehearsal.add(sighting.side);
                }
                Side::Base | Side::MergeBase { .. } => group.stood.add(sighting.side),
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
                            matches: vec![Match { rule: Arc::clone(rule), candidate: Arc::clone(candidate) }],
                        },
                        candidate: Arc::clone(candidate),
                        rule,
                        judgement,
                    });
                }
            }
        }
    }
    for group in &mut groups {
        group.choose_end(least);
    }
    groups.retain(|group| !group.heads.is_empty());
    for group in &mut groups {
        sort(&mut group.heads);
        group.part(least);
    }
    groups.sort_by(|one, other| {
        key(&one.heads[0]).cmp(&key(&other.heads[0])).then_with(|| one.secret.cmp(&other.secret))
    });
    groups
}

/// Sorts by place, and keeps the strongest of those that mean the same at one place. What looks like one place may be two: members
/// of an archive may have the same name. An allow comment in the one covers nothing in the other.
fn sort(standings: &mut Vec<Standing<'_>>) {
    standings.sort_by(|one, other| key(one).cmp(&key(other)).then_with(|| rank(one).cmp(&rank(other))));
    standings.dedup_by(|later, earlier| {
        let is_same = key(later) == key(earlier);
        if is_same {
            let is_uncovered = later.occurrence.suppressed_by.is_none();
            if is_uncovered && later.candidate.rule == earlier.candidate.rule {
                earlier.occurrence.suppressed_by = None;
            }
            earlier.occurrence.matches.append(&mut later.occurrence.matches);
        }
        is_same
    });
}

/// The order of places: oldest commit or lowest layer first, then kind, path and position.
fn key<'k>(standing: &'k Standing<'_>) -> impl Ord + 'k {
    let Occurrence { place, location, decoded_by, .. } = &standing.occurrence;
    let commit = place.commit().map(|commit| (commit.time, commit.id));
    let image = place.image();
    let Location { start, end, .. } = location;
    // What no image refers to comes last.
    let is_stray = image.as_ref().is_some_and(|image| image.images.is_empty());
    let path = place.path.as_deref();
    (commit, is_stray, image, place.kind(), path, *start, *end, place.blob(), decoded_by.as_slice())
}

/// How well the rule at a place names the secret, the best first: as overlaps are settled.
fn rank<'k>(standing: &'k Standing<'_>) -> impl Ord + 'k {
    let Candidate { rule, identifier, form, check, .. } = &*standing.candidate;
    let strength = Strength::of(&standing.candidate, standing.rule);
    (strength, *rule, Reverse(standing.judgement.score), *check, *form, identifier.as_deref())
}

impl<'a> Group<'a> {
    fn of(secret: Secret) -> Self {
        Self {
            secret,
            heads: Vec::new(),
            weaker: 0,
            passing: Vec::new(),
            stood: Stood::default(),
            stood_weakly: Stood::default(),
            stood_in_rehearsal: Stood::default(),
            was_there: false,
            was_allowed: false,
            is_whole: false,
            is_passing: false,
        }
    }

    /// Decides whether it is at the end of the change or was only on the way: at the places that reach `least`, if
    /// there are any, and rather in code on the way than in tests at the end, where it fails nothing.
    fn choose_end(&mut self, least: Score) {
        let reaches = |all: &[Standing<'_>]| all.iter().any(|one| one.judgement.score >= least);
        let counts = |all: &[Standing<'_>]| {
            let is_made_up = |one: &Standing<'_>| Judge::is_made_up(&one.candidate, one.rule, one.judgement);
            all.iter().any(|one| one.judgement.score >= least && !is_made_up(one))
        };
        self.is_passing = self.heads.is_empty()
            || !reaches(&self.heads) && reaches(&self.passing)
            || !counts(&self.heads) && counts(&self.passing);
        if self.is_passing {
            self.heads = std::mem::take(&mut self.passing);
        }
    }

    /// Keeps to the places that reach `least`, if there is one. What is below it everywhere was so before the change
    /// too.
    fn part(&mut self, least: Score) {
        if self.heads.iter().any(|one| one.judgement.score >= least) {
            let all = self.heads.len();
            self.heads.retain(|one| one.judgement.score >= least);
            self.weaker = all - self.heads.len();
        } else {
            self.stood.join(self.stood_weakly);
        }
    }

    /// Whether values are made up at every place, and only its name and its look suggest that this one is a secret.
    pub(super) fn is_made_up(&self) -> bool {
        self.heads.iter().all(|one| Judge::is_made_up(&one.candidate, one.rule, one.judgement))
    }

    /// Whether it was there before the change, and is only in content that the change touches. `fail_in_tests` if
    /// values that look made up count like others.
    pub(super) fn is_old(&self, fail_in_tests: bool) -> bool {
        let mut stood = self.stood;
        if fail_in_tests || self.is_made_up() {
            stood.join(self.stood_in_rehearsal);
        }
        stood.is_everywhere() && !self.is_whole
    }

    /// The place whose rule names the secret best.
    pub(super) fn best(&self) -> &Standing<'a> {
        self.heads.iter().min_by(|one, other| rank(one).cmp(&rank(other))).expect("a group has a place")
    }

    /// The place that is surest, the first of equals.
    pub(super) fn surest(&self) -> &Standing<'a> {
        self.heads.iter().min_by_key(|one| Reverse(one.judgement.score)).expect("a group has a place")
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
        self.weaker += other.weaker;
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
        let are_new = comments.try_fold(false, |are_new, comment| {
            let comment = comment.filter(|comment| comment.is_comment())?;
            Some(are_new | comment.is_new())
        })?;
        Some(Suppression::AllowComments { are_new })
    }

    /// Treats the allow comments as `new_allows` says, if the change brings them: if no place on the base's side has
    /// one for this secret. Returns true if one of them does not count.
    pub(super) fn review_allows(&mut self, new_allows: NewAllows) -> bool {
        let mut is_refused = false;
        if self.was_allowed || new_allows == NewAllows::Permit {
            return is_refused;
        }
        for standing in &mut self.heads {
            let is_proved = standing.candidate.check == Check::Holds || standing.rule.is_known();
            let suppressed_by = &mut standing.occurrence.suppressed_by;
            if suppressed_by.as_ref().is_some_and(Suppression::is_comment)
                && (is_proved || new_allows == NewAllows::Deny)
            {
                *suppressed_by = None;
                is_refused = true;
            } else if let Some(Suppression::AllowComment { is_new, .. }) = suppressed_by {
                *is_new = true;
            }
        }
        is_refused
    }
}
