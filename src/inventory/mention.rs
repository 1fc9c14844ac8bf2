//! Something that a text says about a secret, and the lines of texts.

use super::row::RowType;

/// Something that a text says about a secret that it does not contain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    /// What it is.
    pub row_type: RowType,
    /// What kind of it.
    pub kind: &'static str,
    /// The manager, the language.
    pub service: &'static str,
    /// The name of the secret, as it is in the text.
    pub name: String,
    /// Where: the path, with the path inside a container after `!`.
    pub path: String,
    /// The line, 1-based.
    pub line: u64,
    /// Of a variable of an image: whether it has a value.
    pub has_value: bool,
}

/// Counts the lines of a text up to a position that only grows.
pub(super) struct LineNumbers<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
}

impl<'t> LineNumbers<'t> {
    /// The lines of a text whose first is `line`.
    pub(super) fn new(text: &'t [u8], line: u64) -> Self {
        Self { text, at: 0, line }
    }

    /// The line of a position.
    pub(super) fn of(&mut self, at: usize) -> u64 {
        if at < self.at {
            let back = memchr::memchr_iter(b'\n', &self.text[at..self.at]).count();
            self.line -= back as u64;
        } else {
            let on = memchr::memchr_iter(b'\n', &self.text[self.at..at.min(self.text.len())]).count();
            self.line += on as u64;
        }
        self.at = at.min(self.text.len());
        self.line
    }
}

/// The line that a position is on, without its end; of a longer one what is at most so many bytes before and after.
pub(super) fn line_around(text: &[u8], at: usize, before: usize, after: usize) -> (usize, usize) {
    let from = at.saturating_sub(before);
    let to = at.saturating_add(after).min(text.len());
    let start = memchr::memrchr(b'\n', &text[from..at]).map_or(from, |mark| from + mark + 1);
    let end = memchr::memchr(b'\n', &text[at..to]).map_or(to, |mark| at + mark);
    (start, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_and_numbers_go_back() {
        let text = b"ab\ncdef\ng";
        assert_eq!(line_around(text, 5, 100, 100), (3, 7));
        assert_eq!(line_around(text, 5, 1, 1), (4, 6));
        let mut numbers = LineNumbers::new(text, 10);
        assert_eq!((numbers.of(8), numbers.of(4), numbers.of(0)), (12, 11, 10));
    }
}
