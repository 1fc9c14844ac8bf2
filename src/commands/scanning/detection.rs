//! What the rules detect in the texts of a history, object by object, so that a later run with new rules looks for
//! those alone.
//!
//! What one rule detects depends on no other rule; candidates of several rules are compared only when overlaps are
//! settled. So a run that knows from an earlier one (its [`KnownRules`]) what most of its rules found scans with the
//! others, and joins both before overlaps are settled. New objects are scanned with all rules.

use super::collector::Collector;
use crate::incremental::{Detected, KnownRules};
use crate::model::{Found, Piece};
use crate::scan::in_order;
use crate::source::history::Text;
use crate::sync::{into_inner, lock};
use std::sync::Mutex;

/// What is being detected in a run that keeps its results. Shared by threads.
pub(crate) struct Detection<'a> {
    known: KnownRules,
    /// How many rules there are.
    rules: usize,
    /// Scans with all rules.
    whole: Collector<'a>,
    found: Mutex<Detected>,
}

impl<'a> Detection<'a> {
    /// Starts from `known`; `whole` scans with all rules, of which there are `rules`.
    pub(crate) fn new(known: KnownRules, whole: Collector<'a>, rules: usize) -> Self {
        Self { known, rules, whole, found: Mutex::default() }
    }

    /// All that is detected in `text`, of which a scan with the rules that are not known found `found`.
    pub(crate) fn complete(&self, text: Text<'_>, found: Vec<Found>) -> Vec<Found> {
        let id = text.object.id();
        let all = if self.known.fresh.contains(&id) {
            self.whole.of_object(id, |scanner, scratch| scanner.scan(&Piece::whole(text.bytes), scratch))
        } else {
            match self.known.found.get(&id) {
                Some(known) if found.is_empty() => known.clone(),
                Some(known) => in_order(known.iter().cloned().chain(found).collect()),
                None => found,
            }
        };
        if !all.is_empty() {
            let mut found = lock(&self.found);
            found.insert(id, all.clone());
        }
        all
    }

    /// The collector that scans with all rules, and knows which scans ended early.
    pub(crate) fn whole(&self) -> &Collector<'a> {
        &self.whole
    }

    /// What a later run needs, if that is more than the earlier run left.
    pub(crate) fn finish(self) -> Option<Detected> {
        let Self { known: KnownRules { rules, fresh, is_richer, .. }, found, .. } = self;
        let is_told = rules.len() == self.rules && fresh.is_empty();
        (!is_told && !is_richer).then(|| into_inner(found))
    }
}
