//! What is kept of a blob for those derived from it.

use super::evaluate::{Held, Nature};
use super::prefilter::Anchor;
use crate::model::Found;

/// What is kept of a blob while blobs derived from it are still to come: its anchors, each with its
/// candidate where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The blob's length in bytes.
    pub(super) len: usize,
    /// What its head says.
    pub(super) nature: Nature,
    /// The anchors that were worth evaluating, in order.
    pub(super) marks: Vec<Mark>,
}

/// An anchor and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The anchor.
    pub(super) anchor: Anchor,
    /// Its candidate.
    pub(super) held: Option<std::sync::Arc<Held>>,
}

impl Default for Kept {
    /// What is kept of an empty blob.
    fn default() -> Self {
        Self { len: 0, nature: Nature::of(&[]), marks: Vec::new() }
    }
}

impl Kept {
    #[doc(hidden)]
    pub fn marks_len(&self) -> usize { self.marks.len() }
    /// The candidates, ordered by start.
    pub fn found(&self) -> Vec<Found> {
        let held = self.marks.iter().filter_map(|mark| Some((mark.anchor, mark.held.as_deref()?)));
        settle(held.map(|(anchor, held)| found(anchor, held)).collect())
    }
}

/// A candidate at the place its anchor gives it.
pub(super) fn found(anchor: Anchor, held: &Held) -> Found {
    let start = anchor.at.saturating_add_signed(held.start);
    Found { start, candidate: held.candidate.clone() }
}

/// The candidates in order, each once though several anchors lead to it.
pub(super) fn settle(mut found: Vec<Found>) -> Vec<Found> {
    let key = |found: &Found| {
        let candidate = &found.candidate;
        (found.start, candidate.len, candidate.rule, candidate.secret_at)
    };
    found.sort_by_key(key);
    found.dedup_by(|later, earlier| {
        key(later) == key(earlier) && later.candidate.decoded_by == earlier.candidate.decoded_by
    });
    found
}
