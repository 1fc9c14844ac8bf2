//! How far a decision looked, so that it can be carried over if nothing it looked at has changed.

use crate::model::Span;

/// The bytes a decision depends on. If they extend one byte past an end of the blob, it depends on the blob ending
/// there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Offset of the first byte; -1 for the blob's start itself.
    pub(super) start: isize,
    /// Offset after the last byte; the length and one for the blob's end itself.
    pub(super) end: isize,
}

impl Seen {
    /// The bytes of a span.
    pub(super) fn of(span: Span) -> Self {
        Self { start: span.start as isize, end: span.end as isize }
    }

    /// The bytes of a span with those of `reach` before and after it.
    pub(super) fn around(span: Span, reach: Reach) -> Self {
        let seen = Self::of(span);
        Self { start: seen.start - reach.before as isize, end: seen.end + reach.after as isize }
    }

    /// Both.
    pub(super) fn and(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// These bytes as a distance from a span: the inverse of [`Seen::around`].
    pub(super) fn from(self, span: Span) -> Reach {
        Reach {
            before: (span.start as isize - self.start).max(0) as usize,
            after: (self.end - span.end as isize).max(0) as usize,
        }
    }
}

/// Bytes before a span's first and after its last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    /// Before.
    pub(super) before: usize,
    /// After.
    pub(super) after: usize,
}

impl Reach {
    /// The further of the two on either side.
    pub(super) fn or(self, other: Self) -> Self {
        Self { before: self.before.max(other.before), after: self.after.max(other.after) }
    }
}
