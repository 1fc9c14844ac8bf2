//! Invisible characters, where a text has them, and the text without them.

use crate::model::Span;
use std::borrow::Cow;
use std::ops::Range;

/// Bytes that are skipped at once if no invisible character begins in them.
const BLOCK: usize = 32;

/// The lowest byte that an invisible character begins with.
const FIRST: u8 = 0xc2;

/// How many bytes the invisible character at `at` has; zero if there is none. These are Unicode's default ignorable code
/// points: the soft hyphen, zero-width spaces and joiners, marks of direction, variation selectors, tags, fillers.
pub(in crate::scan) fn len_at(bytes: &[u8], at: usize) -> usize {
    match bytes[at..] {
        [0xc2, 0xad, ..] | [0xcd, 0x8f, ..] | [0xd8, 0x9c, ..] => 2,
        [0xe1, 0x85, 0x9f | 0xa0, ..]
        | [0xe1, 0x9e, 0xb4 | 0xb5, ..]
        | [0xe1, 0xa0, 0x8b..=0x8f, ..]
        | [0xe2, 0x80, 0x8b..=0x8f | 0xaa..=0xae, ..]
        | [0xe2, 0x81, 0xa0..=0xaf, ..]
        | [0xe3, 0x85, 0xa4, ..]
        | [0xef, 0xb8, 0x80..=0x8f, ..]
        | [0xef, 0xbb, 0xbf, ..]
        | [0xef, 0xbe, 0xa0, ..]
        | [0xef, 0xbf, 0xb0..=0xb8, ..] => 3,
        [0xf0, 0x9b, 0xb2, 0xa0..=0xa3, ..]
        | [0xf0, 0x9d, 0x85, 0xb3..=0xba, ..]
        | [0xf3, 0xa0, 0x80..=0xbf, 0x80..=0xbf, ..] => 4,
        _ => 0,
    }
}

/// True for a character that [`len_at`] recognises.
pub(in crate::scan) fn is_invisible(char: char) -> bool {
    !char.is_ascii() && len_at(char.encode_utf8(&mut [0; 4]).as_bytes(), 0) > 0
}

/// Adds the offsets in a range at which invisible characters begin, in order.
///
/// # Performance
///
/// A character takes one or two comparisons for each of its bytes. So blocks are first tested for the first two bytes
/// of any, without a branch: one by one, 1,100 MB of redis's versions in Latin-1 and UTF-8 took 0.7 s.
pub(in crate::scan) fn find(bytes: &[u8], range: Range<usize>, found: &mut Vec<usize>) {
    if bytes[range.clone()].is_ascii() {
        return;
    }
    let mut at = range.start;
    while at < range.end {
        if bytes[at..].first_chunk().is_some_and(|block| !may_begin(block)) {
            at += BLOCK;
            continue;
        }
        let end = range.end.min(at + BLOCK);
        while at < end {
            let len = if bytes[at] < FIRST { 0 } else { len_at(bytes, at) };
            if len > 0 {
                found.push(at);
            }
            at += len.max(1);
        }
    }
}

/// False if no invisible character begins in the first [`BLOCK`] bytes: none that [`len_at`] recognises begins with two
/// neighbouring bytes of the block.
#[inline]
fn may_begin(block: &[u8; BLOCK + 1]) -> bool {
    // Even in a text that is not ASCII most blocks are. The words lack the last byte, at which none of these begins.
    let (words, _) = block.as_chunks();
    if words.iter().fold(0, |any, word| any | u64::from_ne_bytes(*word)) & 0x8080_8080_8080_8080 == 0 {
        return false;
    }
    let mut any = false;
    for at in 0..BLOCK {
        let (one, two) = (block[at], block[at + 1]);
        any |= (one == 0xc2) & (two == 0xad)
            | (one == 0xcd) & (two == 0x8f)
            | (one == 0xd8) & (two == 0x9c)
            | (one == 0xe1) & ((two == 0x85) | (two == 0x9e) | (two == 0xa0))
            | (one == 0xe2) & (two & !1 == 0x80)
            | (one == 0xe3) & (two == 0x85)
            | (one == 0xef) & ((two == 0xb8) | (two == 0xbb) | (two & !1 == 0xbe))
            | (one == 0xf0) & ((two == 0x9b) | (two == 0x9d))
            | (one == 0xf3) & (two == 0xa0);
    }
    any
}

/// A value without them.
pub(in crate::scan) fn without(value: &[u8]) -> Cow<'_, [u8]> {
    let mut hidden = Vec::new();
    find(value, 0..value.len(), &mut hidden);
    if hidden.is_empty() {
        return Cow::Borrowed(value);
    }
    let mut visible = Visible::default();
    visible.fill(value, 0..value.len(), &hidden, &len_at);
    Cow::Owned(visible.bytes)
}

/// A part of a blob without invisible characters.
#[derive(Debug, Default)]
pub(in crate::scan) struct Visible {
    pub(super) bytes: Vec<u8>,
    /// Where the runs between invisible characters begin: here, and in the blob.
    stretches: Vec<(usize, usize)>,
}

impl Visible {
    /// The bytes of `range` without what is `hidden`: invisible characters or others, which begin there and have the length
    /// that `len_at` gives.
    pub(super) fn fill(
        &mut self,
        blob: &[u8],
        range: Range<usize>,
        hidden: &[usize],
        len_at: &dyn Fn(&[u8], usize) -> usize,
    ) {
        self.bytes.clear();
        self.stretches.clear();
        let from = hidden.partition_point(|&one| one < range.start);
        // An invisible character may begin before the range and end in it.
        let before = from.checked_sub(1).map_or(0, |before| hidden[before] + len_at(blob, hidden[before]));
        let mut at = range.start.max(before).min(range.end);
        for &one in hidden[from..].iter().take_while(|&&one| one < range.end) {
            self.stretch(blob, at..one);
            at = one + len_at(blob, one);
        }
        self.stretch(blob, at..range.end);
    }

    fn stretch(&mut self, blob: &[u8], range: Range<usize>) {
        if range.start < range.end {
            self.stretches.push((self.bytes.len(), range.start));
            self.bytes.extend_from_slice(&blob[range]);
        }
    }

    /// The offset in the blob of the byte at `at`.
    pub(super) fn in_blob(&self, at: usize) -> usize {
        let after = self.stretches.partition_point(|&(here, _)| here <= at);
        let (here, there) = self.stretches[after - 1];
        there + at - here
    }

    /// The range in the blob of a span.
    pub(super) fn span_in_blob(&self, span: Span) -> Span {
        Span::new(self.in_blob(span.start), self.in_blob(span.end.max(span.start + 1) - 1) + 1)
    }

    /// The offset here of the first byte that is at `at` in the blob or after it.
    pub(super) fn first_at(&self, at: usize) -> usize {
        let after = self.stretches.partition_point(|&(_, there)| there <= at);
        let next = self.stretches.get(after).map_or(self.bytes.len(), |&(here, _)| here);
        match after.checked_sub(1) {
            Some(before) => (self.stretches[before].0 + at - self.stretches[before].1).min(next),
            None => next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_invisible_character_is_one_and_its_neighbours_are_not() {
        for (char, is_one) in [
            ('\u{ad}', true),
            ('\u{ac}', false),
            ('\u{34f}', true),
            ('\u{61c}', true),
            ('\u{180e}', true),
            ('\u{1810}', false),
            ('\u{200a}', false),
            ('\u{200b}', true),
            ('\u{200d}', true),
            ('\u{200f}', true),
            ('\u{2010}', false),
            ('\u{2019}', false),
            ('\u{202a}', true),
            ('\u{202e}', true),
            ('\u{202f}', false),
            ('\u{205f}', false),
            ('\u{2060}', true),
            ('\u{2069}', true),
            ('\u{3164}', true),
            ('\u{fe00}', true),
            ('\u{fe0f}', true),
            ('\u{fe10}', false),
            ('\u{feff}', true),
            ('\u{fffd}', false),
            ('\u{1d173}', true),
            ('\u{e0001}', true),
            ('\u{e007f}', true),
            ('\u{e0100}', true),
            ('\u{e1000}', false),
            ('a', false),
            ('é', false),
        ] {
            assert_eq!(is_invisible(char), is_one, "{:x}", u32::from(char));
        }
    }

    #[test]
    fn what_is_visible_keeps_its_place() {
        let text = "\u{200b}gh\u{ad}\u{feff}p_é\u{fe0f}x";
        let mut hidden = Vec::new();
        find(text.as_bytes(), 0..text.len(), &mut hidden);
        let mut visible = Visible::default();
        visible.fill(text.as_bytes(), 0..text.len(), &hidden, &len_at);
        assert_eq!(visible.bytes, "ghp_éx".as_bytes());
        for (at, byte) in visible.bytes.iter().enumerate() {
            let there = visible.in_blob(at);
            assert_eq!(text.as_bytes()[there], *byte);
            assert_eq!(visible.first_at(there), at);
        }
        assert_eq!((visible.first_at(0), visible.first_at(text.len())), (0, visible.bytes.len()));
        assert_eq!(without(b"plain"), Cow::Borrowed(b"plain"));
    }
}
