//! What the rules detect in the texts of a history, object by object, so that a later run with other rules looks for
//! those alone.
//!
//! What one rule detects depends on no other rule; only afterwards, when overlaps are settled, do they meet. So a run
//! that knows from an earlier one (its [`Precedent`]) what most of its rules found scans with the others, and puts both
//! together before anything is settled. Objects that have come since are scanned with all.

use super::collector::Collector;
use crate::model::{Found, ObjectId, Piece, RuleIndex};
use crate::scan::in_order;
use crate::source::history::Text;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// The candidates of each object that has some, as a scan gives them: overlaps are not settled.
pub(super) type Detected = HashMap<ObjectId, Vec<Found>>;

/// What is known from an earlier run of what today's rules find; nothing by default.
#[derive(Debug, Default)]
pub(super) struct Precedent {
    /// What the rules that are known found.
    pub(super) found: Detected,
    /// Today's rules that are known.
    pub(super) rules: HashSet<RuleIndex>,
    /// The objects that have come since, of which nothing is known.
    pub(super) fresh: HashSet<ObjectId>,
    /// True where the earlier run knew more rules than there are today, so that what it left serves longer.
    pub(super) is_richer: bool,
}

/// What is being detected in a run that remembers. Shared by threads.
pub(super) struct Detection<'a> {
    precedent: Precedent,
    /// How many rules there are.
    rules: usize,
    /// Scans with all rules.
    whole: Collector<'a>,
    found: Mutex<Detected>,
}

impl<'a> Detection<'a> {
    /// Goes on from `precedent`; `whole` scans with all `rules` of them.
    pub(super) fn new(precedent: Precedent, whole: Collector<'a>, rules: usize) -> Self {
        Self { precedent, rules, whole, found: Mutex::default() }
    }

    /// All that is detected in `text`, of which a scan with the rules that are not known found `found`.
    pub(super) fn complete(&self, text: Text<'_>, found: Vec<Found>) -> Vec<Found> {
        let id = text.object.id();
        let all = if self.precedent.fresh.contains(&id) {
            self.whole.of_object(id, |scanner, scratch| scanner.scan(&Piece::whole(text.bytes), scratch))
        } else {
            match self.precedent.found.get(&id) {
                Some(known) if found.is_empty() => known.clone(),
                Some(known) => in_order(known.iter().cloned().chain(found).collect()),
                None => found,
            }
        };
        if !all.is_empty() {
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            found.insert(id, all.clone());
        }
        all
    }

    /// Who scans with all rules, and knows which scans ended before their text did.
    pub(super) fn whole(&self) -> &Collector<'a> {
        &self.whole
    }

    /// What a later run is to know, where that is more than the earlier run left.
    pub(super) fn finish(self) -> Option<Detected> {
        let Self { precedent: Precedent { rules, fresh, is_richer, .. }, found, .. } = self;
        let is_told = rules.len() == self.rules && fresh.is_empty();
        (!is_told && !is_richer).then(|| found.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}
