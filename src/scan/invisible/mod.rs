//! The scan around invisible characters: of the text without them.
//!
//! A zero-width space in a token hides it from every search, but not from a reader. Word processors and chats insert
//! such characters by themselves, and someone who wants a token to pass may do it on purpose. If a blob contains any,
//! the text around them is scanned once more without them. So is the text around line breaks that mean nothing
//! ([`joints`]).
//!
//! # Design
//!
//! An anchor of the text without them counts only if one of them is in its window: any other anchor sees the same bytes
//! in the blob itself. So a literal is found even with one of them inside, and a blob without them costs only a search
//! for bytes that are not ASCII. As with decoded text, a decision looks at no more than [`LIMIT`](decode::LIMIT)
//! visible bytes on either side.

pub(super) mod characters;
pub(super) mod joints;

use super::context::around;
use super::decode;
use super::long::Text;
use super::nature::Nature;
use super::prefilter::Anchor;
use super::prefilter::literal::Via;
use super::{Scanner, Scratch};
use crate::model::{Found, RuleIndex, Span};
use joints::Joints;
use std::ops::Range;

pub(super) use characters::{Visible, find, len_at};

/// Bytes of a blob that are made visible at once.
const CHUNK: usize = 64 << 10;

/// Bytes of a blob on either side of an anchor that contain its part.
pub(super) const REACH: usize = 3 * decode::LIMIT;

impl Scanner {
    /// The candidates around the invisible characters that begin at `hidden`, in the text without them, at anchors that
    /// begin in `starts`.
    pub(super) fn look_through(
        &self,
        blob: &[u8],
        hidden: &[usize],
        starts: Range<usize>,
        nature: Nature,
        scratch: &mut Scratch,
    ) -> Vec<Found> {
        self.look_without(blob, &Hidden { at: hidden, joints: None }, starts, nature, scratch)
    }

    /// The same around line breaks that mean nothing, if the text's head says that it has such.
    pub(super) fn look_through_joints(
        &self,
        blob: &[u8],
        head: &[u8],
        starts: Range<usize>,
        nature: Nature,
        scratch: &mut Scratch,
    ) -> Vec<Found> {
        let Some(joints) = Joints::of(head).filter(|_| nature == Nature::Text) else { return Vec::new() };
        let mut at = Vec::new();
        let around = starts.start.saturating_sub(REACH)..blob.len().min(starts.end.saturating_add(REACH));
        joints.find(blob, around, &mut at);
        self.look_without(blob, &Hidden { at: &at, joints: Some(joints) }, starts, nature, scratch)
    }

    fn look_without(
        &self,
        blob: &[u8],
        hidden: &Hidden<'_>,
        starts: Range<usize>,
        nature: Nature,
        scratch: &mut Scratch,
    ) -> Vec<Found> {
        let mut found = Vec::new();
        if hidden.at.is_empty() {
            return found;
        }
        let len_at = |bytes: &[u8], at: usize| match hidden.joints {
            Some(joints) => joints.len_at(bytes, at),
            None => len_at(bytes, at),
        };
        let mut visible = std::mem::take(&mut scratch.visible);
        let mut anchors = Vec::new();
        for range in vicinities(hidden.at, &starts) {
            if !scratch.watched.goes_on() {
                break;
            }
            let around = range.start.saturating_sub(REACH)..blob.len().min(range.end + REACH);
            visible.fill(blob, around, hidden.at, &len_at);
            scratch.texts += 1;
            scratch.views.clear();
            anchors.clear();
            let fresh = visible.first_at(range.start)..visible.first_at(range.end);
            self.prefilter.find(&self.literals, &visible.bytes, fresh, &mut |anchor| anchors.push(anchor));
            for &anchor in &anchors {
                if !scratch.watched.goes_on() {
                    break;
                }
                let is_encoded = self.literals.at(anchor.literal).via.base64_phase().is_some();
                match hidden.joints {
                    Some(_) if is_encoded => {
                        self.see_encoded(blob, &visible, anchor, nature, scratch, &mut found);
                    }
                    Some(joints) if joints.is_encoded() => {}
                    _ => self.see(blob, &visible, anchor, nature, scratch, &mut found),
                }
            }
        }
        // Those of the visible texts.
        scratch.views.clear();
        scratch.visible = visible;
        found
    }

    /// Adds the candidates at a literal in base64 that a line break is in. The decoder passes over the others.
    fn see_encoded(
        &self,
        blob: &[u8],
        visible: &Visible,
        anchor: Anchor,
        nature: Nature,
        scratch: &mut Scratch,
        found: &mut Vec<Found>,
    ) {
        let literal = self.literals.at(anchor.literal);
        let last = anchor.at + literal.len() - 1;
        let is_broken = visible.in_blob(last) - visible.in_blob(anchor.at) > last - anchor.at;
        if !is_broken || !self.admits(&visible.bytes, nature, anchor) {
            return;
        }
        let mut hits = std::mem::take(&mut scratch.hits);
        hits.clear();
        let decision = self.decide(&visible.bytes, anchor, scratch, &mut hits);
        scratch.hits = hits;
        for (mut hit, _, _) in decision.hits {
            (hit.whole, hit.secret_at) =
                (visible.span_in_blob(hit.whole), visible.span_in_blob(hit.secret_at));
            let (context, _) = around(blob, hit.whole);
            let start = hit.whole.start;
            let candidate = hit.into_candidate(RuleIndex(literal.rule), context).into();
            found.push(Found { start, candidate });
        }
    }

    /// Adds the candidates at an anchor of the visible text.
    fn see(
        &self,
        blob: &[u8],
        visible: &Visible,
        anchor: Anchor,
        nature: Nature,
        scratch: &mut Scratch,
        found: &mut Vec<Found>,
    ) {
        let literal = self.literals.at(anchor.literal);
        let target = &self.targets[literal.rule as usize];
        let keyword = self.keyword(literal);
        let bytes = &visible.bytes[..];
        let word = Span::new(anchor.at, anchor.at + keyword.len());
        if literal.via != Via::Plain
            || !bytes.get(word.start..word.end).is_some_and(|there| there.eq_ignore_ascii_case(keyword))
        {
            return;
        }
        let here = visible.in_blob(anchor.at);
        let reach = target.reach(keyword.len());
        let from = anchor.at.saturating_sub(decode::LIMIT).max(visible.first_at(here.saturating_sub(REACH)));
        let to = bytes.len().min(anchor.at + decode::LIMIT).min(visible.first_at(here + REACH));
        let (first, last) =
            (from.max(anchor.at.saturating_sub(reach.before)), to.min(word.end + reach.after));
        let hides_nothing =
            first >= last || visible.in_blob(last - 1) - visible.in_blob(first) == last - 1 - first;
        if word.end > to || hides_nothing || !self.admits(bytes, nature, anchor) {
            return;
        }
        let text = Text { bytes, from, to, id: scratch.texts, is_blob: false };
        scratch.patterns.resize_with(self.targets.len(), || None);
        let pattern = &mut scratch.patterns[literal.rule as usize];
        let mut hits = std::mem::take(&mut scratch.hits);
        hits.clear();
        target.decide(pattern, scratch.watched.work(), text, word, &mut hits);
        for mut hit in hits.drain(..) {
            (hit.whole, hit.secret_at) =
                (visible.span_in_blob(hit.whole), visible.span_in_blob(hit.secret_at));
            let (context, _) = around(blob, hit.whole);
            let start = hit.whole.start;
            let candidate = hit.into_candidate(RuleIndex(literal.rule), context).into();
            found.push(Found { start, candidate });
        }
        scratch.hits = hits;
    }
}

/// What a text is scanned without.
struct Hidden<'h> {
    /// Where they begin, in order.
    at: &'h [usize],
    /// Which line breaks they are, if they are not invisible characters.
    joints: Option<Joints>,
}

/// The parts of `starts` that are near invisible characters, none longer than [`CHUNK`].
fn vicinities(hidden: &[usize], starts: &Range<usize>) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for &one in hidden {
        let from = one.saturating_sub(decode::LIMIT).max(starts.start);
        let to = (one + decode::LIMIT).min(starts.end);
        match ranges.last_mut() {
            _ if from >= to => {}
            Some(last) if from <= last.end && to - last.start <= CHUNK => last.end = last.end.max(to),
            Some(last) => {
                let from = from.max(last.end);
                if from < to {
                    ranges.push(from..to);
                }
            }
            None => ranges.push(from..to),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::single_range_in_vec_init, reason = "a list of ranges may have one")]
    fn vicinities_are_near_and_touch_at_most() {
        let near = decode::LIMIT;
        assert_eq!(vicinities(&[10_000, 11_000], &(0..50_000)), vec![10_000 - near..11_000 + near]);
        assert_eq!(vicinities(&[0, 60_000], &(0..60_001)), [0..near, 60_000 - near..60_001]);
        let many: Vec<usize> = (0..300_000).step_by(100).collect();
        let ranges = vicinities(&many, &(5_000..290_000));
        assert!(ranges.iter().all(|range| range.len() <= CHUNK + 2 * near));
        assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert_eq!((ranges[0].start, ranges[ranges.len() - 1].end), (5_000, 290_000));
    }
}
