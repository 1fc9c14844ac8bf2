//! What each rule detected in the objects of a store, as bytes, kept apart from the rest: it depends neither on the
//! other rules, nor on the requested confidence, nor on the day.

use super::results::{Candidates, candidate, id, read_candidate, read_found, read_id};
use crate::git::StoreStamp;
use crate::model::{Candidate, Found, ObjectId, RuleIndex};
use crate::record::{Reader, Writer};
use crate::rules::Catalogue;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The candidates of each object that has some, as a scan gives them: overlaps are not settled.
pub(crate) type Detected = HashMap<ObjectId, Vec<Found>>;

/// What an earlier run knows of what today's rules find; nothing by default.
#[derive(Debug, Default)]
pub(crate) struct KnownRules {
    /// What the rules that are known found.
    pub(crate) found: Detected,
    /// Today's rules that are known.
    pub(crate) rules: HashSet<RuleIndex>,
    /// The objects that are new since then, of which nothing is known.
    pub(crate) fresh: HashSet<ObjectId>,
    /// True if the earlier run knew more rules than there are today, so that its file is worth keeping.
    pub(crate) is_richer: bool,
}

/// Bytes of a rule's digest.
const DIGEST: usize = 32;

/// Writes what the rules of `catalogue` detected in a store in this state.
pub(super) fn write(out: &mut Writer, state: &StoreStamp, catalogue: &Catalogue, detected: &Detected) {
    state.write(out);
    out.list(catalogue.rules(), |out, rule| out.raw(&rule.digest()));
    let mut candidates = Candidates::default();
    let mut rest = Writer::default();
    rest.list(detected, |out, (object, found)| {
        id(out, *object);
        out.list(found, |out, found| {
            out.size(found.start);
            out.size(candidates.number(&found.candidate));
        });
    });
    out.list(candidates.list(), |out, one| candidate(out, one));
    out.raw(&rest.finish());
}

/// Reads what [`write()`] wrote: what is valid for the rules of `catalogue` and the store in the state `now`; `None` if
/// nothing is.
pub(super) fn read(from: &mut Reader<'_>, now: &StoreStamp, catalogue: &Catalogue) -> Option<KnownRules> {
    let fresh = now.loose_since(&StoreStamp::read(from)?)?;
    let today: HashMap<[u8; DIGEST], RuleIndex> =
        (0..).zip(catalogue.rules()).map(|(index, rule)| (rule.digest(), RuleIndex(index))).collect();
    let rules = from.list(|from| Some(today.get(from.raw(DIGEST)?).copied()))?;
    let candidates = from.list(|from| read_candidate(from, rules.len()))?;
    // Candidates of rules that no longer exist keep their places in the list and are left out elsewhere.
    let of_today = |one: &Candidate| rules[one.rule.0 as usize].is_some();
    let stays: Vec<bool> = candidates.iter().map(of_today).collect();
    let renumber = |one: Candidate| {
        let rule = rules[one.rule.0 as usize].unwrap_or(one.rule);
        Arc::new(Candidate { rule, ..one })
    };
    let candidates: Vec<Arc<Candidate>> = candidates.into_iter().map(renumber).collect();
    let rows = from.list(|from| {
        let object = read_id(from)?;
        let found = from.list(|from| {
            let (found, number) = read_found(from, &candidates)?;
            Some(stays[number].then_some(found))
        })?;
        Some((object, found.into_iter().flatten().collect::<Vec<_>>()))
    })?;
    let known = rules.iter().flatten().copied().collect();
    from.is_done().then(|| KnownRules {
        found: rows.into_iter().filter(|(_, found)| !found.is_empty()).collect(),
        rules: known,
        fresh: fresh.into_iter().collect(),
        is_richer: rules.len() > catalogue.rules().len(),
    })
}
