//! Literals in UTF-32: characters four bytes apart with zeros between.
//!
//! The prefilter searches for four bytes at a time, only one of which carries information in such a text, so it is no
//! use here. Three zeros in a row are rare in text and quickly found. If there are characters between such zeros, their
//! row is searched for the plain literals.

use super::prefilter::literal::{Literals, SHORTEST_WIDE, Via};
use super::prefilter::{Anchor, Prefilter};
use memchr::{memchr, memmem};
use std::ops::Range;
use std::sync::OnceLock;

/// The search for literals in UTF-32.
#[derive(Debug)]
pub(super) struct Wide {
    /// The literals without their zeros, and their prefilter: made when first needed.
    plain: OnceLock<(Literals, Prefilter)>,
    zeros: memmem::Finder<'static>,
}

impl Default for Wide {
    fn default() -> Self {
        Self { plain: OnceLock::new(), zeros: memmem::Finder::new(b"\0\0\0") }
    }
}

impl Wide {
    /// Calls `see` with every literal in UTF-32 that begins in `starts`, in no order.
    pub(super) fn find(
        &self,
        literals: &Literals,
        bytes: &[u8],
        starts: Range<usize>,
        see: &mut impl FnMut(Anchor),
    ) {
        let end = bytes.len().min(starts.end.saturating_add(literals.longest()));
        let mut from = starts.start;
        if memchr(0, &bytes[from.min(end)..end]).is_none() {
            return;
        }
        let mut row = Vec::new();
        while let Some(zeros) = self.zeros.find(&bytes[from.min(end)..end]).map(|at| from + at) {
            let first = if zeros > from && bytes[zeros - 1] != 0 && bytes.get(zeros + 3) != Some(&0) {
                zeros - 1
            } else {
                match bytes[zeros + 3..end].iter().position(|&byte| byte != 0) {
                    Some(more) => zeros + 3 + more,
                    None => return,
                }
            };
            let mut last = first;
            row.clear();
            row.push(bytes[first]);
            while let Some(&[0, 0, 0, char]) = bytes[last + 1..end].first_chunk()
                && char != 0
            {
                last += 4;
                row.push(char);
            }
            if row.len() >= SHORTEST_WIDE {
                self.look(literals, bytes, first, &row, &starts, see);
            }
            from = last + 1;
        }
    }

    /// Searches a row of characters whose first is at `first`.
    fn look(
        &self,
        literals: &Literals,
        bytes: &[u8],
        first: usize,
        row: &[u8],
        starts: &Range<usize>,
        see: &mut impl FnMut(Anchor),
    ) {
        let (plain, prefilter) = self.plain.get_or_init(|| {
            let plain = literals.without_zeros();
            let prefilter = Prefilter::new(&plain);
            (plain, prefilter)
        });
        let has_zeros = |at: usize| bytes.get(at..at + 3) == Some(&[0, 0, 0]);
        prefilter.find(plain, row, 0..row.len(), &mut |anchor| {
            let at = first + 4 * anchor.at;
            let len = 4 * plain.at(anchor.literal).len();
            let literal = plain.at(anchor.literal).keyword;
            debug_assert_eq!(literals.at(literal).via, Via::Utf32Le);
            if starts.contains(&at) && has_zeros(at + len - 3) {
                see(Anchor { at, literal });
            }
            if let Some(at) = at.checked_sub(3).filter(|at| starts.contains(at) && has_zeros(*at)) {
                see(Anchor { at, literal: literal + 1 });
            }
        });
    }
}
