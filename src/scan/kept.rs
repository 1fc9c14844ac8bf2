//! What the scan of a blob keeps for the blobs derived from it.

use super::evaluate::Held;
use super::known::ZoneMark;
use super::nature::Nature;
use super::prefilter::Anchor;
use super::reach::Reach;
use crate::model::Found;

/// The result of a blob's scan, kept while blobs derived from it are still to be scanned: its anchors, each with its
/// candidates if it has any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The blob's length in bytes.
    pub(super) len: usize,
    /// What its head shows.
    pub(super) nature: Nature,
    /// The anchors that were worth evaluating, in order.
    pub(super) marks: Vec<Mark>,
    /// The others, in order: kept so that they need not be searched for again.
    pub(super) passed_by: Vec<PassedBy>,
    /// The candidates on lines, which have no anchor.
    pub(super) on_lines: Vec<Found>,
    /// Where the line ends that shows that the blob does not consist of such lines, if one does.
    pub(super) no_lines_by: Option<usize>,
    /// Where invisible characters begin, in order.
    pub(super) hidden: Vec<usize>,
    /// The candidates in the text without them.
    pub(super) visible: Vec<Found>,
    /// The zones of known values, in order.
    pub(super) known: Vec<ZoneMark>,
    /// The candidates of rules that look at whole texts: searched for anew in every blob.
    pub(super) whole: Vec<Found>,
    /// True if the scan ended before the blob did: nothing can be derived from this.
    pub(super) is_cut: bool,
}

/// An anchor that was not worth evaluating, in a compact form: there are many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PassedBy {
    /// Offset of its first byte.
    pub(super) at: u32,
    /// Index of the literal.
    pub(super) literal: u32,
}

impl PassedBy {
    /// The anchor.
    pub(super) fn anchor(self) -> Anchor {
        Anchor { at: self.at as usize, literal: self.literal }
    }

    /// The anchor in a compact form. Blobs of 4 GiB and more are never derived from: see `derive`.
    pub(super) fn of(anchor: Anchor) -> Option<Self> {
        Some(Self { at: u32::try_from(anchor.at).ok()?, literal: anchor.literal })
    }
}

/// An anchor and its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The anchor.
    pub(super) anchor: Anchor,
    /// How far around its literal decisions looked, including whether it is worth evaluating.
    pub(super) reach: Reach,
    /// Its candidates, if it has any.
    pub(super) held: Option<std::sync::Arc<[Held]>>,
}

impl Default for Kept {
    /// The result for an empty blob.
    fn default() -> Self {
        Self::of(&[])
    }
}

impl Kept {
    /// The result for a blob before its scan.
    pub(super) fn of(blob: &[u8]) -> Self {
        Self {
            len: blob.len(),
            nature: Nature::of(blob),
            marks: Vec::new(),
            passed_by: Vec::new(),
            on_lines: Vec::new(),
            no_lines_by: None,
            hidden: Vec::new(),
            visible: Vec::new(),
            known: Vec::new(),
            whole: Vec::new(),
            is_cut: false,
        }
    }

    /// Sorts the anchors.
    pub(super) fn sort(&mut self) {
        if !self.marks.is_sorted_by_key(|mark| mark.anchor) {
            self.marks.sort_by_key(|mark| mark.anchor);
        }
        if !self.passed_by.is_sorted() {
            self.passed_by.sort();
        }
        self.hidden.sort_unstable();
    }

    /// The candidates, ordered by start.
    pub fn found(&self) -> Vec<Found> {
        let held = self.marks.iter().filter_map(|mark| Some((mark.anchor, mark.held.as_deref()?)));
        let at_anchors = held.flat_map(|(anchor, all)| all.iter().map(move |held| found(anchor, held)));
        let others = self.on_lines.iter().chain(&self.visible).chain(&self.whole);
        let known = self.known.iter().flat_map(ZoneMark::found);
        in_order(at_anchors.chain(others.cloned()).chain(known).collect())
    }
}

/// A candidate at its place relative to the anchor.
pub(super) fn found(anchor: Anchor, held: &Held) -> Found {
    let start = anchor.at.saturating_add_signed(held.start);
    Found { start, candidate: held.candidate.clone() }
}

/// The candidates in order, each once even if several anchors lead to it. Candidates of different rules may come from
/// different scans.
pub fn in_order(mut found: Vec<Found>) -> Vec<Found> {
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
