//! Steps along a text: the byte at a place, past blanks and line ends, to the start and the end of a line.

/// The most blanks between a name, its operator and its value.
pub(super) const WIDEST_GAP: usize = 64;

/// Bytes on either side of an anchor that the quick tests of anchors looks at.
pub(in crate::scan) const QUICK_REACH: usize = 160;

/// The longest text that [`find`] searches without a searcher.
const SHORT: usize = 128;

/// Where `mark` is first in a text: for values and lines, most of which are so short that making a searcher ready takes
/// longer (40 ns) than the search.
pub(super) fn find(text: &[u8], mark: &[u8]) -> Option<usize> {
    if text.len() > SHORT {
        return memchr::memmem::find(text, mark);
    }
    memchr::memchr_iter(*mark.first()?, text).find(|&at| text[at..].starts_with(mark))
}

/// A text with the set of its bytes: most of the marks that are looked for in a value have a byte that it does not have.
pub(super) struct MarkFinder<'t> {
    text: &'t [u8],
    bytes: [u64; 4],
}

impl<'t> MarkFinder<'t> {
    /// Of this text.
    pub(super) fn new(text: &'t [u8]) -> Self {
        let mut bytes = [0; 4];
        for &byte in text {
            bytes[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
        Self { text, bytes }
    }

    /// Where `mark` is first.
    pub(super) fn find(&self, mark: &[u8]) -> Option<usize> {
        let is_there = |byte: &u8| self.bytes[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1;
        if mark.iter().all(is_there) { find(self.text, mark) } else { None }
    }

    /// Whether `mark` is in it.
    pub(super) fn has(&self, mark: &[u8]) -> bool {
        self.find(mark).is_some()
    }
}

/// The byte at `at`, or zero if the text ends before it.
pub(super) fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

/// Skips blanks, but no line end. What is pasted from a page may have a blank at which no line breaks.
pub(super) fn past_blanks(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let blanks = rest.iter().take(WIDEST_GAP).take_while(|b| matches!(b, b' ' | b'\t')).count();
    match rest.get(blanks..) {
        Some([0xc2, 0xa0, ..]) if blanks < WIDEST_GAP => past_blanks(text, at + blanks + 2),
        _ => at + blanks,
    }
}

/// Skips a closing quote: escaped, as an entity, or doubled in a string within a string.
pub(super) fn past_quote(text: &[u8], at: usize) -> usize {
    let mut end = at;
    while byte(text, end) == b'\\' && end < at + 4 {
        end += 1;
    }
    let quote = byte(text, end);
    if matches!(quote, b'"' | b'\'' | b'`') {
        let is_doubled =
            byte(text, end + 1) == quote && matches!(byte(text, end + 2), b':' | b',' | b'=' | b' ' | b';');
        return end + 1 + usize::from(is_doubled);
    }
    if quote == b'&' {
        for entity in [&b"&quot;"[..], b"&#34;", b"&#39;", b"&apos;"] {
            if text.get(at..).is_some_and(|rest| rest.starts_with(entity)) {
                return at + entity.len();
            }
        }
    }
    at
}

/// The offset after the line end at `at`.
pub(super) fn past_line_end(text: &[u8], at: usize) -> Option<usize> {
    match (byte(text, at), byte(text, at + 1)) {
        (b'\r', b'\n') => Some(at + 2),
        (b'\n', _) if at < text.len() => Some(at + 1),
        _ => None,
    }
}

/// The offset after the next line end.
pub(super) fn past_line(text: &[u8], at: usize) -> Option<usize> {
    Some(at + memchr::memchr(b'\n', text.get(at..)?)? + 1)
}

/// Whether there are only blanks between `at` and the end of its line.
pub(super) fn ends_line(text: &[u8], at: usize) -> bool {
    matches!(byte(text, past_blanks(text, at)), b'\r' | b'\n')
}

/// The text between the start of the line (or of `text`) and `at`.
pub(super) fn line_before(text: &[u8], at: usize) -> &[u8] {
    let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1);
    &text[start..at]
}

/// The start of the line `lines` above the line of `at`.
pub(super) fn before_lines(text: &[u8], at: usize, lines: usize) -> usize {
    let mut start = at;
    for line in 0..=lines {
        match text[..start.saturating_sub(usize::from(line > 0))].iter().rposition(|&b| b == b'\n') {
            Some(feed) => start = feed + 1,
            None => return 0,
        }
    }
    start
}

/// The end of the line `lines` below the line of `at`.
pub(super) fn after_lines(text: &[u8], at: usize, lines: usize) -> usize {
    let mut end = at;
    for line in 0..=lines {
        let from = end + usize::from(line > 0);
        match text.get(from..).and_then(|rest| memchr::memchr(b'\n', rest)) {
            Some(feed) => end = from + feed,
            None => return text.len(),
        }
    }
    end
}

/// Skips YAML's anchor and tag: `&pw`, `!!str`.
pub(super) fn past_yaml_marks(text: &[u8], at: usize) -> usize {
    let mut at = at;
    for tag in [&b"!unsafe "[..], b"!str ", b"!<tag:yaml.org,2002:str> "] {
        if text.get(at..).is_some_and(|rest| rest.starts_with(tag)) {
            at = past_blanks(text, at + tag.len());
        }
    }
    // CloudFormation's text to be filled in, without anything to fill in.
    if let Some(quote) = text.get(at..).and_then(|rest| rest.strip_prefix(b"!Sub "))
        && matches!(quote.first(), Some(b'"' | b'\''))
        && !quote[..quote.iter().take(200).position(|&b| b == b'\n').unwrap_or(quote.len().min(200))]
            .contains(&b'$')
    {
        at += 5;
    }
    for _ in 0..2 {
        let marks = match (byte(text, at), byte(text, at + 1)) {
            (b'!', b'!') => 2,
            (b'&', b'a'..=b'z' | b'A'..=b'Z' | b'_') => 1,
            _ => break,
        };
        let word = text[at + marks..]
            .iter()
            .take(48)
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
            .count();
        let end = at + marks + word;
        if word == 0 || byte(text, end) != b' ' {
            break;
        }
        at = past_blanks(text, end);
    }
    at
}
