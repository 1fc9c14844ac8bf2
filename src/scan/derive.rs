//! Scans a blob that is given as a delta against one already scanned: the copied runs carry their anchors and
//! candidates over, and only the rest is scanned.
//!
//! A literal that is wholly in a copied run was in the base, so its anchor is carried over. The prefilter runs only
//! where a literal could touch other bytes. The result of an anchor is carried over if all that its decision looked at
//! is in the run too, and is decided again otherwise. A run that starts both blobs (or ends both) counts as unbounded
//! on that side, for decisions that look at an end of the blob.

use super::kept::{Kept, Mark, PassedBy};
use super::known::ZoneMark;
use super::nature::{HEAD, Nature};
use super::prefilter::Anchor;
use super::reach::{Reach, Seen};
use super::{Scanner, Scratch, chunks, invisible};
use crate::model::{Copied, Span};
use std::ops::Range;

/// A copied run, and what counts as unchanged around its bytes in the derived blob.
#[derive(Clone, Copy, Debug)]
struct Run {
    copied: Copied,
    intact: Seen,
}

impl Run {
    /// True if `seen`, a range of the derived blob, is as it was in the base.
    fn spares(&self, seen: Seen) -> bool {
        self.intact.start <= seen.start && seen.end <= self.intact.end
    }

    /// An anchor of the base at its place in the derived blob.
    fn moved(&self, anchor: Anchor) -> Anchor {
        Anchor { at: anchor.at - self.copied.from + self.copied.to, literal: anchor.literal }
    }
}

impl Scanner {
    /// Scans a whole blob and keeps what the scan of a derived blob needs.
    pub fn keep(&self, blob: &[u8], scratch: &mut Scratch) -> Kept {
        self.keep_with(Kept::of(blob), blob, scratch)
    }

    /// The same for a text that is not a file, so that the rules of files of lines do not apply.
    pub fn keep_of_message(&self, text: &[u8], scratch: &mut Scratch) -> Kept {
        self.keep_with(Kept { no_lines_by: Some(0), ..Kept::of(text) }, text, scratch)
    }

    fn keep_with(&self, mut kept: Kept, blob: &[u8], scratch: &mut Scratch) -> Kept {
        scratch.turn(blob.len());
        self.look(blob, 0..blob.len(), &[], scratch, &mut kept);
        kept.known = self.known_marks(blob);
        self.finish(blob, scratch, kept)
    }

    /// Sorts what was found, and adds the candidates on lines and those around invisible characters. The latter are
    /// searched for in every blob that has such characters.
    fn finish(&self, blob: &[u8], scratch: &mut Scratch, mut kept: Kept) -> Kept {
        self.look_at_lines(blob, &mut kept);
        kept.sort();
        let (all, nature) = (0..blob.len(), kept.nature);
        kept.visible = self.look_through(blob, &kept.hidden, all.clone(), nature, scratch);
        let head = &blob[..blob.len().min(HEAD)];
        kept.visible.extend(self.look_through_joints(blob, head, all, nature, scratch));
        kept.whole = self.whole.find(blob, 0..blob.len(), &mut scratch.watched);
        kept.is_cut = scratch.cut().is_some();
        kept
    }

    /// The same for a blob that shares the runs `copied` (ascending by `to`, not overlapping there)
    /// with a base: equals `keep(blob)`, at the cost of what changed.
    pub fn derive(&self, base: &Kept, blob: &[u8], copied: &[Copied], scratch: &mut Scratch) -> Kept {
        let mut kept = Kept::of(blob);
        if base.is_cut || kept.nature != base.nature || u32::try_from(base.len.max(blob.len())).is_err() {
            return self.keep(blob, scratch);
        }
        scratch.turn(blob.len());
        let runs = runs(copied, base.len, blob.len());
        let spares = |end: usize| {
            runs.first().is_some_and(|run| run.spares(Seen { start: isize::MIN, end: end as isize }))
        };
        kept.no_lines_by = base.no_lines_by.filter(|&end| spares(end));
        kept.marks.reserve(base.marks.len() + 4);
        kept.passed_by.reserve(base.passed_by.len() + 16);
        let (mut mark, mut passed_by) = (0, 0);
        for run in &runs {
            mark = self.carry_marks(&base.marks, mark, blob, run, scratch, &mut kept);
            passed_by = self.carry_passed_by(&base.passed_by, passed_by, blob, run, scratch, &mut kept);
            kept.hidden.extend(carry_hidden(&base.hidden, blob, run));
        }
        for range in self.changed(&runs, blob.len()) {
            self.look(blob, range, &runs, scratch, &mut kept);
        }
        kept.known = self.carry_known(&base.known, &runs, blob);
        self.finish(blob, scratch, kept)
    }

    /// The zones of known values: those that a run carries over, and those where something changed.
    fn carry_known(&self, base: &[ZoneMark], runs: &[Run], blob: &[u8]) -> Vec<ZoneMark> {
        if self.known.is_none() {
            return Vec::new();
        }
        let mut gaps = Vec::with_capacity(runs.len() + 1);
        let mut done = 0;
        for run in runs {
            gaps.push(done..run.copied.to);
            done = run.copied.to + run.copied.len;
        }
        gaps.push(done..blob.len());
        let moved = |mark: &ZoneMark, see: &mut dyn FnMut(ZoneMark, bool)| {
            // Several runs may copy the same bytes.
            for run in runs {
                let Copied { from, to, len } = run.copied;
                if mark.zone.start < from || mark.zone.end > from + len {
                    continue;
                }
                let mark = ZoneMark { zone: mark.zone.moved(mark.zone.start - from + to), ..mark.clone() };
                if run.spares(ZoneMark::seen_at_sight(&mark.zone)) {
                    let is_same = run.spares(mark.seen());
                    see(mark, is_same);
                }
            }
        };
        // Where two runs meet there is a change, too, even if no byte is between them.
        let spares = |seen: Seen| {
            let at = usize::try_from(seen.start.max(0)).unwrap_or(0);
            let after = runs.partition_point(|run| run.copied.to <= at);
            after > 0 && runs[after - 1].spares(seen)
        };
        self.known_marks_again(blob, base, &gaps, moved, spares)
    }

    /// Adds the candidates on lines, unless it is known that there are none. They depend on the blob's head alone.
    fn look_at_lines(&self, blob: &[u8], kept: &mut Kept) {
        if kept.nature == Nature::Text && kept.no_lines_by.is_none() {
            let head = &blob[..blob.len().min(HEAD)];
            (kept.on_lines, kept.no_lines_by) = self.on_lines(head, 0..head.len());
        }
    }

    /// Adds the anchors that start in `range` and that none of `runs` carries over.
    fn look(&self, blob: &[u8], range: Range<usize>, runs: &[Run], scratch: &mut Scratch, kept: &mut Kept) {
        let mut anchors = std::mem::take(&mut scratch.anchors);
        let mut hidden = std::mem::take(&mut scratch.hidden);
        let is_fresh = |at: usize, span: Seen| {
            let after = runs.partition_point(|run| run.copied.to <= at);
            after == 0 || !runs[after - 1].spares(span)
        };
        for chunk in chunks(range) {
            if !scratch.watched.goes_on() {
                break;
            }
            anchors.clear();
            hidden.clear();
            self.find(blob, chunk, &mut hidden, &mut |anchor| anchors.push(anchor));
            for &anchor in anchors.iter().filter(|anchor| is_fresh(anchor.at, self.span(**anchor))) {
                self.judge(blob, anchor, scratch, kept);
            }
            kept.hidden.extend(hidden.iter().filter(|&&at| is_fresh(at, hidden_span(blob, at))));
        }
        (scratch.anchors, scratch.hidden) = (anchors, hidden);
    }

    /// Adds an anchor to those worth evaluating, with its result, or to the others.
    fn judge(&self, blob: &[u8], anchor: Anchor, scratch: &mut Scratch, kept: &mut Kept) {
        if !scratch.watched.goes_on() {
            return;
        }
        if self.admits(blob, kept.nature, anchor) {
            let evaluated = self.evaluate(blob, anchor, scratch);
            kept.marks.push(Mark { anchor, reach: evaluated.reach(), held: evaluated.held() });
        } else {
            kept.passed_by.extend(PassedBy::of(anchor));
        }
    }

    /// The bytes of an anchor's literal.
    fn span(&self, anchor: Anchor) -> Seen {
        Seen::of(self.literals.span(anchor.literal, anchor.at))
    }

    /// The bytes that decide whether an anchor is worth evaluating.
    fn seen_at_sight(&self, anchor: Anchor) -> Seen {
        let quick = self.quick_reach(anchor.literal);
        let span = self.literals.span(anchor.literal, anchor.at);
        Seen::around(span, Reach { before: quick, after: quick })
    }

    /// Carries over the anchors of one run that were worth evaluating in the base. `cursor` is where the anchors of the
    /// run before ended; returns where those of this run end.
    fn carry_marks(
        &self,
        marks: &[Mark],
        cursor: usize,
        blob: &[u8],
        run: &Run,
        scratch: &mut Scratch,
        kept: &mut Kept,
    ) -> usize {
        let Copied { from, len, .. } = run.copied;
        let first = seek(marks, cursor, |mark| mark.anchor.at < from);
        let mut at = first;
        while let Some(mark) = marks.get(at).filter(|mark| mark.anchor.at < from + len) {
            at += 1;
            let anchor = run.moved(mark.anchor);
            let seen = Seen::around(self.literals.span(anchor.literal, anchor.at), mark.reach);
            if run.spares(seen) {
                kept.marks.push(Mark { anchor, reach: mark.reach, held: mark.held.clone() });
            } else if run.spares(self.span(anchor)) {
                self.judge(blob, anchor, scratch, kept);
            }
        }
        at
    }

    /// Carries over the other anchors. All but those near the run's ends are merely moved.
    fn carry_passed_by(
        &self,
        passed_by: &[PassedBy],
        cursor: usize,
        blob: &[u8],
        run: &Run,
        scratch: &mut Scratch,
        kept: &mut Kept,
    ) -> usize {
        let Copied { from, to, len } = run.copied;
        let near = self.sight.before.max(self.sight.after);
        let first = seek(passed_by, cursor, |passed| (passed.at as usize) < from);
        let end = seek(passed_by, first, |passed| (passed.at as usize) < from + len);
        let all = &passed_by[first..end];
        let is_first = |passed: &&PassedBy| passed.at as usize <= from + near;
        let is_last = |passed: &&PassedBy| passed.at as usize + near >= from + len;
        let inner = all.iter().take_while(is_first).count();
        let outer = all.len() - all[inner..].iter().rev().take_while(is_last).count();
        let mut again = |passed: &PassedBy, kept: &mut Kept| {
            let anchor = run.moved(passed.anchor());
            if run.spares(self.seen_at_sight(anchor)) {
                kept.passed_by.extend(PassedBy::of(anchor));
            } else if run.spares(self.span(anchor)) {
                self.judge(blob, anchor, scratch, kept);
            }
        };
        all[..inner].iter().for_each(|passed| again(passed, kept));
        let by = (to as u32).wrapping_sub(from as u32);
        let moved = |passed: &PassedBy| PassedBy { at: passed.at.wrapping_add(by), literal: passed.literal };
        kept.passed_by.extend(all[inner..outer].iter().map(moved));
        all[outer..].iter().for_each(|passed| again(passed, kept));
        end
    }

    /// Where literals may start that are in no run, in order, not touching.
    fn changed(&self, runs: &[Run], len: usize) -> Vec<Range<usize>> {
        let mut ranges: Vec<Range<usize>> = Vec::with_capacity(runs.len() + 1);
        let mut add = |from: usize, to: usize| {
            let start = (from + 1).saturating_sub(self.longest);
            match ranges.last_mut() {
                Some(last) if start <= last.end => last.end = last.end.max(to),
                _ => ranges.push(start..to),
            }
        };
        let mut done = 0;
        for run in runs {
            add(done, run.copied.to);
            done = run.copied.to + run.copied.len;
        }
        add(done, len);
        ranges
    }
}

/// The bytes of the invisible character at `at`.
fn hidden_span(blob: &[u8], at: usize) -> Seen {
    Seen::of(Span::new(at, at + invisible::len_at(blob, at)))
}

/// Where the invisible characters of one run begin in the derived blob.
fn carry_hidden<'a>(hidden: &'a [usize], blob: &'a [u8], run: &'a Run) -> impl Iterator<Item = usize> + 'a {
    let Copied { from, to, len } = run.copied;
    let first = hidden.partition_point(|&at| at < from);
    let own = hidden[first..].iter().take_while(move |&&at| at < from + len);
    own.map(move |&at| at - from + to).filter(move |&at| {
        let own = invisible::len_at(blob, at);
        own > 0 && at + own <= to + len
    })
}

/// Where the items end of which `before` is true. Runs mostly follow each other in the base as well, so the end is
/// mostly a little after `cursor`, else anywhere.
fn seek<T>(items: &[T], cursor: usize, before: impl Fn(&T) -> bool) -> usize {
    if cursor > 0 && !before(&items[cursor - 1]) {
        return items[..cursor].partition_point(before);
    }
    let mut step = 1;
    let mut known = cursor;
    while items.get(known + step - 1).is_some_and(&before) {
        known += step;
        step *= 2;
    }
    let last = items.len().min(known + step);
    known + items[known..last].partition_point(before)
}

/// The runs, joined if they continue each other.
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
