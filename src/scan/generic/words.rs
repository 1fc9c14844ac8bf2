//! Lists of known words, searched without case. Most words that are looked up are in no list, and their length and
//! first letter show it.
//!
//! Names are cut into words millions of times in a history, and each word is looked up in several lists. A binary
//! search compares it with six or seven others; the first test rejects nine of ten words with one load.

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

/// A sorted list of lower-case words.
#[derive(Debug)]
pub(super) struct Words {
    sorted: &'static [&'static str],
    lengths: Lengths,
}

impl Words {
    /// The list of `sorted`.
    pub(super) const fn new(sorted: &'static [&'static str]) -> Self {
        let mut lengths = Lengths::NONE;
        let mut at = 0;
        while at < sorted.len() {
            lengths = lengths.with(sorted[at]);
            at += 1;
        }
        Self { sorted, lengths }
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
        self.sorted.binary_search_by(|known| known.as_bytes().cmp(lower)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_in_whatever_case_and_nothing_else_is() {
        static LIST: Words = Words::new(&["a-b", "key", "token", "über"]);
        for word in ["a-b", "A-B", "key", "KEY", "Token"] {
            assert!(LIST.has(word.as_bytes()), "{word}");
        }
        let long = "k".repeat(40);
        for word in ["", "k", "kez", "keys", "+ey", "toKen1", &long] {
            assert!(!LIST.has(word.as_bytes()), "{word}");
        }
    }
}
