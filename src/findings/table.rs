//! A table of chosen values: passwords of hundreds of users in one file are one finding.
//!
//! # Design
//!
//! The name of a value that a person may have chosen costs a memory-hard hash, 1 to 2 ms, so that nobody can guess
//! cheaply from a committed name. A dump of 20,000 users would take half a minute, and no one would read as many
//! findings. So if a file has more than [`MOST`] such values, they become one finding, whose secret is the list of them
//! all and whose name takes one memory-hard hash. Knowing all values but one gains nothing: each guess still costs that
//! hash. If a value is added or removed, the finding is another one, as it should be: a new user's password is new.

use super::dedupe::{self, Group};
use super::judge::Judge;
use super::{Side, Sighting, fingerprint};
use crate::model::{InHistory, Score, Secret, SecretHistory};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// How many chosen values of the same files are findings of their own: together they take at most half a second.
pub(super) const MOST: usize = 250;

/// What the values of one table have in common: the files, whether they are reported at all, whether they are only in
/// commits before the change's end, and whether comments cover them.
type TableKey = (Vec<Arc<str>>, bool, bool, bool);

/// The keys of the tables in `groups`, with the positions of their values; `is_wanted` says what is reported.
fn tables(groups: &[Group<'_>], is_wanted: impl Fn(&Group<'_>) -> bool) -> Vec<Vec<usize>> {
    if groups.len() <= MOST {
        return Vec::new();
    }
    let mut tables: BTreeMap<TableKey, Vec<usize>> = BTreeMap::new();
    for (at, group) in groups.iter().enumerate() {
        let is_chosen = group.best().rule.generic && fingerprint::could_be_chosen(group.secret.expose());
        let paths = group.paths().filter(|paths| is_chosen && !paths.is_empty());
        if let Some(paths) = paths {
            let key = (paths, is_wanted(group), group.is_passing, group.allowance().is_some());
            tables.entry(key).or_default().push(at);
        }
    }
    tables.into_values().filter(|table| table.len() > MOST).collect()
}

/// The values of each table that was there before the change, in places that reach `least`. Each base counts by itself:
/// a table need not be in the other bases.
pub(super) fn before(
    sightings: &[Sighting],
    judge: &mut Judge<'_>,
    least: Score,
    is_wanted: impl Fn(&Group<'_>) -> bool,
) -> Vec<Vec<Secret>> {
    let mut bases: BTreeMap<Option<u8>, Vec<&Sighting>> = BTreeMap::new();
    for sighting in sightings {
        match sighting.side {
            Side::Base => bases.entry(None).or_default().push(sighting),
            Side::MergeBase { number, .. } => bases.entry(Some(number)).or_default().push(sighting),
            Side::Head | Side::Whole | Side::Passing => {}
        }
    }
    bases.retain(|_, base| base.iter().map(|sighting| sighting.hits.len()).sum::<usize>() > MOST);
    let mut lists = Vec::new();
    for base in bases.into_values() {
        // As a run without a change would find them.
        let base: Vec<Sighting> =
            base.into_iter().map(|sighting| Sighting { side: Side::Head, ..sighting.clone() }).collect();
        let groups = dedupe::group(&base, judge, least);
        let values = |table: Vec<usize>| table.into_iter().map(|at| groups[at].secret.clone()).collect();
        lists.extend(tables(&groups, &is_wanted).into_iter().map(values));
    }
    lists
}

/// Makes one group of the values of each table, and one history of theirs; `refused` are secrets whose allow comment
/// does not count.
pub(super) fn fold(
    groups: &mut Vec<Group<'_>>,
    lives: &mut HashMap<Secret, SecretHistory>,
    refused: &mut HashSet<Secret>,
    is_wanted: impl Fn(&Group<'_>) -> bool,
) {
    let tables = tables(groups, is_wanted);
    if tables.is_empty() {
        return;
    }
    let mut members: Vec<Option<Group<'_>>> = std::mem::take(groups).into_iter().map(Some).collect();
    for table in tables {
        let first = table[0];
        let values: Vec<Group<'_>> = table.iter().filter_map(|&at| members[at].take()).collect();
        let secret = Secret::list(values.iter().map(|group| &group.secret));
        let lived = values.iter().filter_map(|group| lives.remove(&group.secret)).map(|life| life.history);
        if let Some(history) = lived.reduce(joined) {
            lives.insert(secret.clone(), SecretHistory { secret: secret.clone(), history });
        }
        if values.iter().any(|group| refused.contains(&group.secret)) {
            refused.insert(secret.clone());
        }
        members[first] = values.into_iter().reduce(Group::joined).map(|group| group.sorted(secret));
    }
    groups.extend(members.into_iter().flatten());
}

/// The history of two secrets as if they were one: introduced with the first, gone once both are.
fn joined(mut one: InHistory, other: InHistory) -> InHistory {
    let time =
        |commit: &Option<Arc<crate::model::Commit>>| commit.as_ref().map(|commit| (commit.time, commit.id));
    if one.introduced.is_none()
        || (other.introduced.is_some() && time(&other.introduced) < time(&one.introduced))
    {
        one.introduced = other.introduced;
    }
    one.live |= other.live;
    one.removed = match (one.removed, other.removed) {
        _ if one.live => None,
        (Some(one), Some(other)) if (other.time, other.id) > (one.time, one.id) => Some(other),
        (one, other) => one.or(other),
    };
    one.refs.extend(Vec::from_iter(other.refs.into_iter().filter(|name| !one.refs.contains(name))));
    // At least so many: whether the others of both are the same refs is not known.
    one.ref_count = one.ref_count.max(other.ref_count).max(one.refs.len() as u64);
    one
}

#[cfg(test)]
mod tests {
    use super::super::assemble::tests::{findings, options};
    use super::super::{Policy, assemble, sample};
    use super::*;
    use crate::model::{Candidate, Form};

    /// `count` passwords that people chose, and a random one.
    fn users(count: usize) -> Vec<Candidate> {
        let chosen =
            (0..count).map(|at| sample::password(format!("tiger{at}x").as_bytes(), Form::Quoted, 700));
        chosen.chain([sample::candidate(b"acme_q7Zk2Lw9Xb4Tn6Vc1Rm8")]).collect()
    }

    #[test]
    fn a_table_of_chosen_values_is_one_finding_and_others_stay() {
        let rules = sample::rules();
        let of = |sightings| findings(sightings, &rules);
        let few = of(vec![sample::sighting(sample::file("users.json"), users(MOST))]);
        assert_eq!(few.len(), MOST + 1);
        let many = vec![
            sample::sighting(sample::file("users.json"), users(MOST + 1)),
            sample::sighting(
                sample::file("other.json"),
                vec![sample::password(b"panther7y", Form::Quoted, 700)],
            ),
        ];
        let found = of(many.clone());
        assert_eq!(found.len(), 3);
        let table =
            found.iter().find(|finding| finding.secret.list_len().is_some()).expect("there is a table");
        assert_eq!(table.secret.list_len(), Some(MOST + 1));
        assert_eq!(table.occurrences.len(), MOST + 1);
        assert!(table.reasons.iter().any(|reason| reason.contains("251 values")), "{:?}", table.reasons);
        // The order in which they came does not matter; another value does.
        let mut turned = many.clone();
        turned.reverse();
        turned[1].hits.reverse();
        assert_eq!(
            of(turned).iter().find(|one| one.secret == table.secret).map(|one| one.fingerprint),
            Some(table.fingerprint)
        );
        let more = of(vec![sample::sighting(sample::file("users.json"), users(MOST + 2))]);
        assert!(more.iter().all(|finding| finding.fingerprint != table.fingerprint));
    }

    #[test]
    fn twenty_thousand_values_take_one_memory_hard_hash() {
        let rules = sample::rules();
        let sightings = vec![sample::sighting(sample::file("users.json"), users(20_000))];
        let policy = Policy::default();
        let assembled = assemble(sightings, Vec::new(), &options(&rules, &policy));
        assert_eq!(assembled.findings.len(), 2);
        assert_eq!(assembled.failing, 2);
    }
}
