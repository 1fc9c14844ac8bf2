//! Spans of bytes and the lines and columns they stand at.

/// A range of bytes `start..end` within a blob (or within what the owner says).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

impl Span {
    /// The span `start..end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// Length in bytes.
    pub const fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// True where the span holds no byte.
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// True where the two share at least one byte.
    pub const fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The span moved by `by` bytes to the right.
    #[must_use]
    pub const fn shifted(self, by: usize) -> Self {
        Self { start: self.start + by, end: self.end + by }
    }
}

/// Where a secret stands in a blob: 1-based lines, 1-based columns in bytes, 0-based byte offsets.
/// `end_column` is the column after the last byte, as SARIF wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// Line of the first byte, 1-based.
    pub line: u64,
    /// Column of the first byte, 1-based, in bytes.
    pub column: u64,
    /// Line of the last byte, 1-based.
    pub end_line: u64,
    /// Column after the last byte, 1-based, in bytes.
    pub end_column: u64,
    /// Offset of the first byte in the blob.
    pub start: u64,
    /// Offset after the last byte in the blob.
    pub end: u64,
}

impl Location {
    /// The location of `span` in a whole blob.
    pub fn of(span: Span, bytes: &[u8]) -> Self {
        Self::within(span, bytes, 0, 1, 0)
    }

    /// The location of `span` in a piece of a blob: the piece starts at byte `offset` of the blob, on
    /// line `line` (1-based), `column` bytes after that line's start.
    pub fn within(span: Span, bytes: &[u8], offset: u64, line: u64, column: u64) -> Self {
        // From a position of a known line and column to a later one.
        let go = |from: usize, position: usize, line: u64, column: u64| {
            let position = position.max(from);
            let before = &bytes[from.min(bytes.len())..position.min(bytes.len())];
            // In stretches whose count fits a byte, which the compiler counts many bytes at a time.
            let stretches = before.chunks(255);
            let newlines: u64 = stretches
                .map(|bytes| u64::from(bytes.iter().map(|&byte| u8::from(byte == b'\n')).sum::<u8>()))
                .sum();
            let line_start = before.iter().rposition(|&byte| byte == b'\n').map(|found| found + 1);
            let column = match line_start {
                Some(start) => (position - from - start) as u64,
                None => column + (position - from) as u64,
            };
            (line + newlines, column)
        };
        let (line, column) = go(0, span.start, line, column);
        let (end_line, end_column) = if span.is_empty() {
            (line, column)
        } else {
            let (end_line, last) = go(span.start, span.end - 1, line, column);
            (end_line, last + 1)
        };
        let (column, end_column) = (column + 1, end_column + 1);
        Self {
            line,
            column,
            end_line,
            end_column,
            start: offset + span.start as u64,
            end: offset + span.end as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one() {
        let bytes = b"a\nbcd\nef";
        let location = Location::of(Span::new(3, 5), bytes);
        assert_eq!((location.line, location.column), (2, 2));
        assert_eq!((location.end_line, location.end_column), (2, 4));
        assert_eq!((location.start, location.end), (3, 5));
    }

    #[test]
    fn every_newline_of_a_long_text_counts() {
        for len in [254, 255, 256, 510, 511, 10_000] {
            let bytes = vec![b'\n'; len];
            assert_eq!(Location::of(Span::new(len - 1, len), &bytes).line, len as u64);
        }
    }

    #[test]
    fn a_piece_counts_on_from_where_it_starts() {
        let location = Location::within(Span::new(1, 2), b"xyz\n", 100, 7, 10);
        assert_eq!((location.line, location.column, location.start), (7, 12, 101));
    }

    #[test]
    fn a_span_over_lines_ends_on_its_last_byte() {
        let location = Location::of(Span::new(0, 4), b"ab\nc\n");
        assert_eq!((location.end_line, location.end_column), (2, 2));
    }
}
