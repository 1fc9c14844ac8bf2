//! Spans of bytes and the lines and columns they are at.

/// A range of bytes `start..end` within a blob (or within what the owner's documentation says).
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

    /// True if the span has no bytes.
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// True if the two share at least one byte.
    pub const fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The span moved by `by` bytes to the right.
    #[must_use]
    pub const fn shifted(self, by: usize) -> Self {
        Self { start: self.start + by, end: self.end + by }
    }
}

/// Where a secret is in a blob: 1-based lines, 1-based columns in bytes, 0-based byte offsets.
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
    /// Column of the first character, 1-based, in UTF-16 code units, as editors and SARIF count.
    pub utf16_column: u64,
    /// Column after the last character, 1-based, in UTF-16 code units.
    pub utf16_end_column: u64,
}

/// Where a text starts in a blob, or how far it was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// The offset in the blob.
    pub offset: u64,
    /// The line, 1-based.
    pub line: u64,
    /// Bytes of the line before it.
    pub column: u64,
    /// UTF-16 code units of the line before it.
    pub utf16_column: u64,
}

/// How many UTF-16 code units this part of a line has; if it is not UTF-8, how many bytes.
fn utf16_units(bytes: &[u8]) -> u64 {
    if bytes.is_ascii() {
        return bytes.len() as u64;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.encode_utf16().count() as u64,
        Err(_) => bytes.len() as u64,
    }
}

impl Location {
    /// The location of `span` in a whole blob.
    pub fn of(span: Span, bytes: &[u8]) -> Self {
        Self::within(span, bytes, 0, 1, 0)
    }

    /// The location of `span` in a piece of a blob: the piece starts at byte `offset` of the blob, on
    /// line `line` (1-based), `column` bytes after that line's start. These bytes are counted as one character each.
    pub fn within(span: Span, bytes: &[u8], offset: u64, line: u64, column: u64) -> Self {
        Self::after(Start { offset, line, column, utf16_column: column }, span, bytes)
    }

    /// The location of `span` in a text that starts at `start`.
    pub fn after(start: Start, span: Span, bytes: &[u8]) -> Self {
        let Start { offset, line, column, utf16_column } = start;
        // From a position whose line and column are known to a later one.
        let go = |from: usize, position: usize, line: u64, column: u64, utf16_column: u64| {
            let position = position.max(from);
            let before = &bytes[from.min(bytes.len())..position.min(bytes.len())];
            // In chunks whose count fits a byte: the compiler counts these many bytes at a time.
            let stretches = before.chunks(255);
            let newlines: u64 = stretches
                .map(|bytes| u64::from(bytes.iter().map(|&byte| u8::from(byte == b'\n')).sum::<u8>()))
                .sum();
            let line_start = before.iter().rposition(|&byte| byte == b'\n').map(|found| found + 1);
            let of_line = utf16_units(&before[line_start.unwrap_or(0)..]);
            let (column, utf16_column) = match line_start {
                Some(start) => ((position - from - start) as u64, of_line),
                None => (column + (position - from) as u64, utf16_column + of_line),
            };
            (line + newlines, column, utf16_column)
        };
        let (line, column, utf16_column) = go(0, span.start, line, column, utf16_column);
        let (end_line, end_column, utf16_end_column) = if span.is_empty() {
            (line, column, utf16_column)
        } else {
            let (end_line, last, _) = go(span.start, span.end - 1, line, column, utf16_column);
            let inside = &bytes[span.start.min(bytes.len())..span.end.min(bytes.len())];
            // A secret that ends with a line break ends on the line of that break.
            let line_start = inside[..inside.len().saturating_sub(1)].iter().rposition(|&byte| byte == b'\n');
            let units = match line_start {
                Some(start) => utf16_units(&inside[start + 1..]),
                None => utf16_column + utf16_units(inside),
            };
            (end_line, last + 1, units)
        };
        Self {
            utf16_column: utf16_column + 1,
            utf16_end_column: utf16_end_column + 1,
            line,
            column: column + 1,
            end_line,
            end_column: end_column + 1,
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
    fn characters_beyond_ascii_are_as_many_units_as_editors_count() {
        let text = "\u{e9}\u{6f22}\u{1f600}\tpassword: 'x\u{e9}'\n".as_bytes();
        let at = text.iter().position(|&byte| byte == b'x').expect("it is there");
        let location = Location::of(Span::new(at, at + 3), text);
        assert_eq!((location.column, location.end_column), (22, 25));
        assert_eq!((location.utf16_column, location.utf16_end_column), (17, 19));
        // Counting on from a position within the line gives the same.
        let first = Location::of(Span::new(2, 5), text);
        let (offset, column, utf16_column) = (2, first.column - 1, first.utf16_column - 1);
        let start = Start { offset, line: 1, column, utf16_column };
        assert_eq!(Location::after(start, Span::new(at - 2, at + 1), &text[2..]), location);
        // Bytes that are not UTF-8 count one each.
        assert_eq!(Location::of(Span::new(2, 3), b"\xe9\xe9x").utf16_column, 3);
        let two = Location::of(Span::new(0, 5), "a\n\u{e9}b\n".as_bytes());
        assert_eq!((two.end_line, two.end_column, two.utf16_end_column), (2, 4, 3));
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
