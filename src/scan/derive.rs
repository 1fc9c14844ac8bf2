//! The scan of a blob that is another one with changes: what is copied carries its anchors and
//! candidates over, and only the rest is looked at.
//!
//! An anchor is carried over where all that its admission looked at lies in one copied run; everywhere
//! else the prefilter runs again. What came of it is carried over where all that the decision looked at
//! lies there too, and decided again otherwise. A run that starts at the start of both blobs (or ends at
//! the end of both) counts as going on beyond it, for what looks at an end of the blob.

use super::evaluate::Nature;
use super::kept::{Kept, Mark};
use super::prefilter::Anchor;
use super::reach::{Reach, Seen};
use super::{Scanner, Scratch};
use crate::model::Copied;
use std::ops::Range;

/// A copied run, and what counts as unchanged around the bytes it brings to the derived blob.
#[derive(Clone, Copy, Debug)]
struct Run {
    copied: Copied,
    intact: Seen,
}

impl Run {
    /// True where `seen`, in the derived blob, is as it was in the base.
    fn spares(&self, seen: Seen) -> bool {
        self.intact.start <= seen.start && seen.end <= self.intact.end
    }
}

impl Scanner {
    /// Scans a whole blob and keeps what its derived blobs need.
    pub fn keep(&self, blob: &[u8], scratch: &mut Scratch) -> Kept {
        let nature = Nature::of(blob);
        let mut marks = Vec::new();
        self.look(blob, nature, 0..blob.len(), scratch, &mut marks);
        Kept { len: blob.len(), nature, marks }
    }

    /// The same for a blob that shares the runs `copied` (ascending by `to`, not overlapping there)
    /// with a base: equals `keep(blob)`, at the cost of what changed.
    pub fn derive(&self, base: &Kept, blob: &[u8], copied: &[Copied], scratch: &mut Scratch) -> Kept {
        let nature = Nature::of(blob);
        if nature != base.nature {
            return self.keep(blob, scratch);
        }
        let runs = runs(copied, base.len, blob.len());
        let mut marks = Vec::with_capacity(base.marks.len() + 8);
        for run in &runs {
            self.carry(base, blob, run, scratch, &mut marks);
        }
        let carried = marks.len();
        for range in self.changed(&runs, blob.len()) {
            let mut anchors = std::mem::take(&mut scratch.anchors);
            anchors.clear();
            self.prefilter.find(&self.literals, blob, range, &mut |anchor| anchors.push(anchor));
            for &anchor in &anchors {
                if !self.is_carried(&runs, anchor) && self.admits(blob, nature, anchor) {
                    marks.push(self.mark(blob, anchor, scratch));
                }
            }
            scratch.anchors = anchors;
        }
        if carried < marks.len() {
            marks.sort_by_key(|mark| mark.anchor);
        }
        Kept { len: blob.len(), nature, marks }
    }

    /// Carries the anchors of one run over.
    fn carry(&self, base: &Kept, blob: &[u8], run: &Run, scratch: &mut Scratch, marks: &mut Vec<Mark>) {
        let Copied { from, to, len } = run.copied;
        let first = base.marks.partition_point(|mark| mark.anchor.at < from);
        for mark in &base.marks[first..] {
            if mark.anchor.at >= from + len {
                break;
            }
            let anchor = Anchor { at: mark.anchor.at - from + to, literal: mark.anchor.literal };
            if !run.spares(self.seen_at_sight(anchor)) {
                continue;
            }
            let reach = mark.held.as_ref().map_or_else(|| self.reach(anchor.literal), |held| held.reach);
            let seen = Seen::around(self.literals.span(anchor.literal, anchor.at), reach);
            if run.spares(seen) {
                marks.push(Mark { anchor, held: mark.held.clone() });
            } else {
                marks.push(self.mark(blob, anchor, scratch));
            }
        }
    }

    /// What decides whether a literal is an anchor.
    fn seen_at_sight(&self, anchor: Anchor) -> Seen {
        let quick = self.quick_reach(anchor.literal);
        let span = self.literals.span(anchor.literal, anchor.at);
        Seen::around(span, Reach { before: quick, after: quick })
    }

    /// True where some run carries the anchor over.
    fn is_carried(&self, runs: &[Run], anchor: Anchor) -> bool {
        let after = runs.partition_point(|run| run.copied.to <= anchor.at);
        after > 0 && runs[after - 1].spares(self.seen_at_sight(anchor))
    }

    /// Where anchors may start that no run carries over, in order, not touching.
    fn changed(&self, runs: &[Run], len: usize) -> Vec<Range<usize>> {
        let before = self.sight.before + 1;
        let after = self.sight.after + 1;
        let mut ranges: Vec<Range<usize>> = Vec::with_capacity(runs.len() + 1);
        let mut add = |from: usize, to: usize| {
            let (start, end) = (from.saturating_sub(before), len.min(to + after));
            match ranges.last_mut() {
                Some(last) if start <= last.end => last.end = last.end.max(end),
                _ => ranges.push(start..end),
            }
        };
        // Between two runs stands a break, even where no byte does; likewise at the blob's ends, unless
        // the base ends there too.
        let mut done = 0;
        let mut starts_alike = runs.first().is_some_and(|run| run.intact.start == isize::MIN);
        for run in runs {
            if !std::mem::take(&mut starts_alike) {
                add(done, run.copied.to);
            }
            done = run.copied.to + run.copied.len;
        }
        if runs.last().is_none_or(|run| run.intact.end != isize::MAX) {
            add(done, len);
        }
        ranges
    }
}

/// The runs, joined where they go on from one another.
fn runs(copied: &[Copied], base: usize, len: usize) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::with_capacity(copied.len());
    for &copied in copied {
        match runs.last_mut().map(|run| &mut run.copied) {
            _ if copied.len == 0 => {}
            Some(last) if last.to + last.len == copied.to && last.from + last.len == copied.from => {
                last.len += copied.len;
            }
            _ => runs.push(Run { copied, intact: Seen { start: 0, end: 0 } }),
        }
    }
    for run in &mut runs {
        let Copied { from, to, len: run_len } = run.copied;
        let starts_alike = from == 0 && to == 0;
        let ends_alike = from + run_len == base && to + run_len == len;
        run.intact = Seen {
            start: if starts_alike { isize::MIN } else { to as isize },
            end: if ends_alike { isize::MAX } else { (to + run_len) as isize },
        };
    }
    runs
}
