//! Results of the last anchors: in a text that repeats itself, the same decision is not taken again.
//!
//! A decision depends only on the bytes within its reach. If these are the same as around an earlier anchor of the same
//! literal, the result is the same. A text of nothing but assignments, or one token a thousand times, costs one
//! decision and comparisons, and its candidates are one candidate.

use super::evaluate::Evaluated;
use super::prefilter::Anchor;
use crate::model::Span;

/// Places for anchors in the table, as a power of two, and how many anchors each has.
const LOG: u32 = 9;
const WAYS: usize = 4;

/// Anchors of a blob that are decided before any is remembered: few blobs have more, and only those need the table.
const FEW: usize = 256;

/// The most bytes that are compared, for an anchor with a candidate and for one without: to decide again is cheaper
/// than to compare more.
const MOST_COMPARED: (usize, usize) = (64 << 10, 4 << 10);

/// Results of recent anchors, by their literal and the bytes beside it.
#[derive(Debug, Default)]
pub(super) struct Recent {
    outcomes: Vec<Option<RecentResult>>,
    /// How many anchors of this blob were decided.
    decided: usize,
}

#[derive(Clone, Debug)]
struct RecentResult {
    anchor: Anchor,
    evaluated: Evaluated,
}

impl Recent {
    /// Forgets all results, for another blob.
    pub(super) fn clear(&mut self) {
        self.outcomes.clear();
        self.decided = 0;
    }

    /// The result of an anchor with the same bytes around it as this one.
    pub(super) fn find(&self, blob: &[u8], anchor: Anchor, span: Span) -> Option<Evaluated> {
        if self.outcomes.is_empty() {
            return None;
        }
        let from = place(blob, anchor, span);
        let outcomes = self.outcomes.get(from..from + WAYS)?;
        let is_alike = |outcome: &&RecentResult| {
            let reach = outcome.evaluated.reach();
            let around = |at: usize| blob.get(at.checked_sub(reach.before)?..at + span.len() + reach.after);
            // A decision that saw an end of the blob depends on that, too.
            outcome.anchor.literal == anchor.literal
                && around(anchor.at).is_some_and(|here| around(outcome.anchor.at) == Some(here))
        };
        outcomes.iter().flatten().find(is_alike).map(|outcome| outcome.evaluated.clone())
    }

    /// Remembers the result of an anchor.
    pub(super) fn keep(&mut self, blob: &[u8], anchor: Anchor, span: Span, evaluated: &Evaluated) {
        self.decided += 1;
        let reach = evaluated.reach();
        let most = match evaluated {
            Evaluated::Held(_) => MOST_COMPARED.0,
            Evaluated::Nothing(_) => MOST_COMPARED.1,
        };
        if self.decided <= FEW || reach.before + reach.after > most {
            return;
        }
        if self.outcomes.is_empty() {
            self.outcomes.resize(WAYS << LOG, None);
        }
        let at = place(blob, anchor, span) + self.decided % WAYS;
        self.outcomes[at] = Some(RecentResult { anchor, evaluated: evaluated.clone() });
    }
}

/// The index of an anchor's place: by the bytes beside it, so that different repeated anchors have different places.
fn place(blob: &[u8], anchor: Anchor, span: Span) -> usize {
    let eight = |from: usize| {
        blob.get(from..).and_then(|rest| rest.first_chunk()).map_or(0, |eight| u64::from_le_bytes(*eight))
    };
    let beside = eight(span.end) ^ eight(span.start.saturating_sub(8)).rotate_left(29);
    let mixed = (beside ^ u64::from(anchor.literal).rotate_left(50)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> (64 - LOG)) as usize * WAYS
}
