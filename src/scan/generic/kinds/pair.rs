//! A name and a value, with what is around them.

use crate::model::Span;
use crate::scan::generic::name::Kind;
use memchr::{memchr2, memrchr2};

/// A name and the value that was read for it, in their text.
#[derive(Clone, Copy, Debug)]
pub(in crate::scan::generic) struct Pair<'a> {
    pub(in crate::scan::generic) text: &'a [u8],
    pub(in crate::scan::generic) name: Span,
    pub(in crate::scan::generic) identifier: &'a [u8],
    pub(in crate::scan::generic) kind: Kind,
    /// The literal, without its quotes.
    pub(in crate::scan::generic) literal: Span,
    /// The secret in it: decoded, if the literal is encoded.
    pub(in crate::scan::generic) value: &'a [u8],
}

impl<'a> Pair<'a> {
    /// What is before the name on its line, at most `most` bytes.
    pub(super) fn before_name(&self, most: usize) -> &'a [u8] {
        let before = &self.text[..self.name.start];
        let line = memchr::memrchr(b'\n', before).map_or(0, |feed| feed + 1);
        &before[line.max(before.len().saturating_sub(most))..]
    }

    /// What is after the value on its line, at most `most` bytes.
    pub(super) fn after_value(&self, most: usize) -> &'a [u8] {
        let after = self.text.get(self.literal.end.max(self.name.end)..).unwrap_or_default();
        let line = memchr::memchr(b'\n', after).unwrap_or(after.len());
        &after[..line.min(most)]
    }

    /// What is between the name and the value, if that comes later.
    pub(super) fn between(&self) -> &'a [u8] {
        self.text.get(self.name.end..self.literal.start).unwrap_or_default()
    }

    /// The whole key in quotes that the name is part of: `src/token-iterator.js`; the name itself without quotes.
    pub(super) fn key(&self) -> &'a [u8] {
        const LONGEST: usize = 200;
        let before = self.before_name(LONGEST);
        let rest = &self.text[self.name.end..self.text.len().min(self.name.end + LONGEST)];
        match (memrchr2(b'"', b'\'', before), memchr2(b'"', b'\'', rest)) {
            (Some(open), Some(close)) => {
                &self.text[self.name.start - (before.len() - open - 1)..self.name.end + close]
            }
            _ => self.identifier,
        }
    }
}

/// Letters and digits in lower case.
pub(super) fn plain(text: &[u8]) -> Vec<u8> {
    text.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect()
}

/// Whether a text is a word of `known`, in any case.
pub(super) fn is_any(word: &[u8], known: &[&str]) -> bool {
    known.iter().any(|one| word.eq_ignore_ascii_case(one.as_bytes()))
}
