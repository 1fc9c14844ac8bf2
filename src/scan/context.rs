//! The lines around a match, copied while the blob is in memory, and how far the search for them went.
//!
//! No line end is searched for further than [`CUT`] bytes away. A line whose start or end is not found within that is
//! cut there, and no line further away is given. So the context of a match is as local as the match.

use super::reach::Seen;
use crate::model::{Context, Span};
use memchr::{memchr, memrchr};

/// Bytes of a line that are kept, and within which its end is searched for. A match's own line is kept this far on
/// either side of the match.
pub(super) const CUT: usize = 512;
/// Lines above and below.
const LINES: usize = 2;
/// How far from a match its context can reach, either side.
pub(super) const FURTHEST: usize = (LINES + 1) * (CUT + 1);

/// The context of the match at `span` in `blob`, and what was looked at for it.
pub(super) fn around(blob: &[u8], span: Span) -> (Context, Seen) {
    let last = if span.is_empty() { span.end } else { span.end - 1 };
    let up = Edge::before(blob, span.start);
    let down = Edge::after(blob, last);
    let mut context = Context::default();
    let mut seen = Seen::of(span);

    let first_end = memchr(b'\n', &blob[span.start..last]).map(|at| span.start + at);
    match first_end {
        Some(first_end) => {
            let second = memrchr(b'\n', &blob[span.start..last]).map_or(span.start, |at| span.start + at + 1);
            context.lines.push(line(&blob[up.at..first_end.min(span.start + CUT)]));
            context.lines.push(line(&blob[second.max(span.end.saturating_sub(CUT))..down.at]));
        }
        None if span.len() > 2 * CUT => {
            let both = [&blob[up.at..span.start + CUT], &blob[span.end - CUT..down.at]].concat();
            context.lines.push(line(&both));
        }
        None => context.lines.push(line(&blob[up.at..down.at])),
    }

    let mut edge = up;
    edge.seen_before(&mut seen);
    while edge.is_line_end && context.above.len() < LINES {
        let end = edge.at - 1;
        edge = Edge::before(blob, end);
        edge.seen_before(&mut seen);
        context.above.push(line(&blob[edge.at..end]));
    }
    context.above.reverse();
    let mut edge = down;
    edge.seen_after(&mut seen);
    while edge.is_line_end && context.below.len() < LINES {
        let start = edge.at + 1;
        edge = Edge::after(blob, start);
        edge.seen_after(&mut seen);
        context.below.push(line(&blob[start..edge.at]));
    }
    (context, seen)
}

/// Where a line starts or ends, or was cut.
struct Edge {
    /// Offset of the line's first byte, or after its last.
    at: usize,
    /// True if there is a line feed (before the first byte, or after the last).
    is_line_end: bool,
    /// True if the blob starts or ends there.
    is_blob_end: bool,
}

impl Edge {
    fn before(blob: &[u8], at: usize) -> Self {
        let from = at.saturating_sub(CUT);
        match memrchr(b'\n', &blob[from..at]) {
            Some(found) => Self { at: from + found + 1, is_line_end: true, is_blob_end: false },
            None => Self { at: from, is_line_end: false, is_blob_end: at < CUT },
        }
    }

    fn after(blob: &[u8], at: usize) -> Self {
        let to = blob.len().min(at + CUT);
        match memchr(b'\n', &blob[at..to]) {
            Some(found) => Self { at: at + found, is_line_end: true, is_blob_end: false },
            None => Self { at: to, is_line_end: false, is_blob_end: at + CUT > blob.len() },
        }
    }

    /// How many bytes beyond it were looked at: the line feed, or that the blob ends there.
    fn beyond(&self) -> isize {
        isize::from(self.is_line_end || self.is_blob_end)
    }

    /// Adds what was looked at to find it, if it is before a match.
    fn seen_before(&self, seen: &mut Seen) {
        seen.start = seen.start.min(self.at as isize - self.beyond());
    }

    /// Adds what was looked at to find it, if it is after a match.
    fn seen_after(&self, seen: &mut Seen) {
        seen.end = seen.end.max(self.at as isize + self.beyond());
    }
}

fn line(bytes: &[u8]) -> Box<[u8]> {
    bytes.strip_suffix(b"\r").unwrap_or(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(context: &Context) -> Vec<String> {
        let lines = context.above.iter().chain(&context.lines).chain(&context.below);
        lines.map(|line| String::from_utf8_lossy(line).into_owned()).collect()
    }

    #[test]
    fn two_lines_stand_either_side_of_a_match() {
        let blob = b"1\n2\n3\r\nab KEY cd\r\n5\n\n7\n";
        let (context, seen) = around(blob, Span::new(10, 13));
        assert_eq!(text(&context), ["2", "3", "ab KEY cd", "5", ""]);
        assert_eq!((seen.start, seen.end), (1, 21));
    }

    #[test]
    fn a_match_over_lines_gives_its_first_and_its_last() {
        let (context, seen) = around(b"a=BEGIN\nmid\nEND;\n", Span::new(2, 15));
        assert_eq!(text(&context), ["a=BEGIN", "END;", ""]);
        assert_eq!((seen.start, seen.end), (-1, 18));
    }

    #[test]
    fn a_long_line_is_cut_and_nothing_is_given_beyond_it() {
        let blob = [b"above\n".as_slice(), &[b'x'; 600], b"KEY", &[b'y'; 600], b"\nbelow\n"].concat();
        let (context, seen) = around(&blob, Span::new(606, 609));
        // If a line is cut exactly at the blob's end, it does not matter that the blob ends there.
        let cut = [&[b'x'; CUT][..], b"KEY", &[b'y'; CUT - 1]].concat();
        let of_cut = around(&cut, Span::new(CUT, CUT + 3)).1;
        assert_eq!((of_cut.start, of_cut.end), (0, cut.len() as isize));
        assert_eq!(text(&context), [format!("{}KEY{}", "x".repeat(CUT), "y".repeat(CUT - 1))]);
        assert_eq!((seen.start, seen.end), (606 - CUT as isize, 609 + CUT as isize - 1));
    }
}
