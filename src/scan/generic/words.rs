//! Lists of known words, searched without case. Most words that are looked up are in no list, and their length and
//! first letter show it.
//!
//! Names are cut into words millions of times in a history, and each word is looked up in several lists. The first test
//! rejects nine of ten words with one load. Of the words with the same first letter, mostly one or two have the length.

use std::ops::Range;

/// The longest word of a list, in bytes.
pub(super) const LONGEST: usize = 63;

/// The lengths of the words of a list, by the five low bits of their first byte: its letter without the case.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lengths([u64; 32]);

impl Lengths {
    /// No words.
    pub(super) const NONE: Self = Self([0; 32]);

    /// With the length of `word` added.
    pub(super) const fn with(mut self, word: &str) -> Self {
        let word = word.as_bytes();
        assert!(!word.is_empty() && word.len() <= LONGEST, "a word of a list has 1 to 63 bytes");
        self.0[(word[0] & 31) as usize] |= 1 << word.len();
        self
    }

    /// Whether the list may contain a word like `word`.
    #[inline]
    pub(super) fn may_have(&self, word: &[u8]) -> bool {
        word.first().is_some_and(|first| {
            word.len() <= LONGEST && self.0[usize::from(first & 31)] >> word.len() & 1 == 1
        })
    }
}

/// Where in a sorted list those words are that have the same five low bits of their first byte: in these ranges, with others
/// if two bytes share these bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ranges([(u16, u16); 32]);

impl Ranges {
    /// No words.
    pub(super) const NONE: Self = Self([(0, 0); 32]);

    /// With `word` added, which is at `at`, after those that were added before.
    pub(super) const fn with(mut self, word: &str, at: usize) -> Self {
        let (from, to) = &mut self.0[(word.as_bytes()[0] & 31) as usize];
        if *to == 0 {
            *from = at as u16;
        }
        *to = at as u16 + 1;
        self
    }

    /// Where words that begin with `first` are.
    #[inline]
    pub(super) fn of(&self, first: u8) -> Range<usize> {
        let (from, to) = self.0[usize::from(first & 31)];
        usize::from(from)..usize::from(to)
    }
}

/// A sorted list of lower-case words.
#[derive(Debug)]
pub(super) struct Words {
    sorted: &'static [&'static str],
    lengths: Lengths,
    ranges: Ranges,
}

impl Words {
    /// The list of `sorted`.
    pub(super) const fn new(sorted: &'static [&'static str]) -> Self {
        let mut lengths = Lengths::NONE;
        let mut ranges = Ranges::NONE;
        let mut at = 0;
        while at < sorted.len() {
            lengths = lengths.with(sorted[at]);
            ranges = ranges.with(sorted[at], at);
            at += 1;
        }
        Self { sorted, lengths, ranges }
    }

    /// The words.
    #[cfg(test)]
    pub(super) const fn list(&self) -> &'static [&'static str] {
        self.sorted
    }

    /// Whether `word` is one of them, in any case.
    #[inline]
    pub(super) fn has(&self, word: &[u8]) -> bool {
        self.lengths.may_have(word) && self.is_among(word)
    }

    fn is_among(&self, word: &[u8]) -> bool {
        // Made lower-case once, so that whole words can be compared.
        let mut lower = [0; LONGEST];
        let lower = &mut lower[..word.len()];
        lower.copy_from_slice(word);
        lower.make_ascii_lowercase();
        let alike = &self.sorted[self.ranges.of(lower[0])];
        alike.iter().any(|known| known.len() == lower.len() && known.as_bytes() == lower)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_in_whatever_case_and_nothing_else_is() {
        static LIST: Words = Words::new(&["a-b", "key", "token", "über"]);
        for word in ["a-b", "A-B", "key", "KEY", "Token", "\u{fc}ber"] {
            assert!(LIST.has(word.as_bytes()), "{word}");
        }
        let long = "k".repeat(40);
        for word in ["", "k", "kez", "keys", "+ey", "toKen1", &long] {
            assert!(!LIST.has(word.as_bytes()), "{word}");
        }
    }
}
