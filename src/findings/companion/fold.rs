//! An id that belongs to a secret of the same file is a part of that finding, and none of its own.

use crate::findings::dedupe::{Group, Standing};
use crate::findings::{Judge, Sighting};
use crate::model::{CompanionRule, Fact, ObjectId, Place, RuleText, Secret};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// The file that a place is in, whichever version of it; of a text without a path the text itself.
type FileOfPlace = (Option<Arc<str>>, Option<ObjectId>);

fn file_of(place: &Place) -> FileOfPlace {
    let id = if place.path.is_none() { place.blob() } else { None };
    (place.path.clone(), id)
}

/// What `standing` says of each companion of its rule: the value, or that several may be it.
fn companions<'s>(
    standing: &'s Standing<'_>,
) -> impl Iterator<Item = (&'s CompanionRule, Option<&'s Secret>)> {
    standing.candidate.companions.iter().filter_map(|companion| {
        let rule = standing.rule.companions.iter().find(|rule| *rule.name == *companion.name)?;
        Some((rule, companion.value.as_ref()))
    })
}

/// What the checks of ids learnt, by id.
#[derive(Debug, Default)]
pub(in super::super) struct FoldedIds(HashMap<Secret, Vec<Fact>>);

/// Takes the places of ids out of `groups` at which the secret that they belong to is a finding, and with them the ids
/// that have no other place. Returns what is known of them.
pub(in super::super) fn fold(groups: &mut Vec<Group<'_>>) -> FoldedIds {
    let mut ids: HashMap<(FileOfPlace, Secret), HashSet<RuleText>> = HashMap::new();
    for standing in groups.iter().flat_map(|group| &group.heads) {
        for (companion, value) in companions(standing) {
            let Some(value) = value.filter(|_| !companion.rules.is_empty()) else { continue };
            let known = ids.entry((file_of(&standing.occurrence.place), value.clone())).or_default();
            known.extend(companion.rules.iter().cloned());
        }
    }
    let mut folded = FoldedIds::default();
    if ids.is_empty() {
        return folded;
    }
    for group in groups.iter_mut() {
        let secret = group.secret.clone();
        group.heads.retain(|standing| {
            let key = (file_of(&standing.occurrence.place), secret.clone());
            let is_folded = ids.get(&key).is_some_and(|rules| rules.contains(&standing.rule.id));
            if is_folded {
                let facts = folded.0.entry(secret.clone()).or_default();
                facts.extend(standing.candidate.facts.iter().cloned());
            }
            !is_folded
        });
    }
    groups.retain(|group| !group.heads.is_empty());
    folded
}

/// What a report says of the companions of a finding.
#[derive(Debug, Default)]
pub(in super::super) struct Companionship {
    /// Those that are shown.
    pub(in super::super) facts: Vec<Fact>,
    /// The same as clauses, and what is not sure.
    pub(in super::super) reasons: Vec<String>,
}

/// The companions of the secret of `group`.
pub(in super::super) fn companionship(group: &Group<'_>, ids: &FoldedIds) -> Companionship {
    let rule = group.best().rule;
    let mut by_name: BTreeMap<&str, (&CompanionRule, HashSet<&Secret>, bool)> = BTreeMap::new();
    for standing in group.heads.iter().filter(|standing| standing.rule.id == rule.id) {
        for (companion, value) in companions(standing) {
            let (_, values, is_unsure) =
                by_name.entry(&companion.name).or_insert_with(|| (companion, HashSet::new(), false));
            values.extend(value);
            *is_unsure |= value.is_none();
        }
    }
    let mut about = Companionship::default();
    for (name, (companion, values, is_unsure)) in by_name {
        let what = companion.shows.map_or(name, |kind| kind.name()).replace('-', " ");
        let mut values = values.into_iter();
        match (values.next(), values.next()) {
            (Some(value), None) => {
                let shown = companion.shows.zip(std::str::from_utf8(value.expose()).ok());
                about.reasons.push(match shown {
                    Some((_, value)) => format!("belongs to the {what} `{value}`"),
                    None => format!("the {what} that it belongs to is beside it"),
                });
                about.facts.extend(shown.map(|(kind, value)| Fact::new(kind, value)));
                about.facts.extend(ids.0.get(value).into_iter().flatten().cloned());
            }
            (Some(_), Some(_)) => {
                about.reasons.push(format!("belongs to a different {what} at some of its places"));
            }
            (None, _) if is_unsure => {
                about.reasons.push(format!("several values near it may be its {what}, so none is named"));
            }
            (None, _) => {}
        }
    }
    about
}

/// The ids that reports show beside the secrets that they belong to, with the rules that find them.
pub(in super::super) fn shown<'s, 'a>(
    sightings: &'s [Sighting],
    judge: &Judge<'a>,
) -> HashSet<(&'a str, &'s [u8])> {
    let hits = sightings.iter().flat_map(|sighting| &sighting.hits);
    let with = hits.filter(|hit| !hit.found.candidate.companions.is_empty());
    let mut shown = HashSet::new();
    for candidate in with.map(|hit| &hit.found.candidate) {
        let Some(rule) = judge.rule(candidate) else { continue };
        for companion in &candidate.companions {
            let rule = rule.companions.iter().find(|rule| *rule.name == *companion.name);
            let rule = rule.filter(|rule| rule.shows.is_some());
            if let (Some(rule), Some(value)) = (rule, &companion.value) {
                shown.extend(rule.rules.iter().map(|id| (id.as_str(), value.expose())));
            }
        }
    }
    shown
}
