//! One pass over a text for the zones of an index's values, in each way of writing.
//!
//! # Performance
//!
//! The loop that sees all bytes tests one position in eight (one in four for values under twelve bytes, if there are any).
//! The same eight bytes show whether they may be base64 or hexadecimal digits. If so, and if there are enough of them, they are
//! decoded at each alignment and tested like plain ones, so that no encoding is searched for in a pass of its own. What is
//! decoded by chance is mostly no ASCII, as values are; that is tested first. Escapes, UTF-16 and UTF-32 are looked
//! for by bytes that are rare in text, and only the text around these is decoded.

use super::keys::Keys;
use super::segment::{GRAM, Segment, Tier};
use super::writing::{Writing, is_shown, sextet};
use memchr::{memchr, memmem};

/// Bytes of text around a zone that decide, together with it, whether it is seen.
pub(super) const BESIDE: usize = 24;

/// The shortest run of digits in base64 that is decoded: eight bytes take eleven.
const SHORTEST_RUN: u32 = 11;

/// The same if no value has less than 12 bytes.
const SHORTEST_LONG_RUN: u32 = 15;

/// The shortest run of characters in UTF-16 or UTF-32 that is looked at.
const SHORTEST_WIDE: usize = 8;

/// How far apart two escapes are in one run of text that is decoded; and how far around one is looked.
pub(super) const APART: usize = 64;

/// A zone that was seen: its start and end in the text, how it is written, and its hash.
pub(super) type SeeZone<'s> = dyn FnMut(usize, usize, Writing, u64) + 's;

/// The values of digits in base64, and 255 for other bytes.
static SEXTETS: [u8; 256] = {
    let mut table = [u8::MAX; 256];
    let mut byte = 0;
    while byte < 256 {
        if let Some(value) = sextet(byte as u8) {
            table[byte] = value;
        }
        byte += 1;
    }
    table
};

impl Segment {
    /// Calls `see` with the zones in `text`.
    pub(super) fn zones(&self, keys: &Keys, text: &[u8], see: &mut SeeZone<'_>) {
        if self.has(Tier::Short) {
            self.sweep::<true>(keys, text, see);
        } else {
            self.sweep::<false>(keys, text, see);
        }
        if let Some(first) = memchr(b'%', text) {
            self.escapes(keys, text, first, Writing::Percent, see);
        }
        if let Some(first) = memchr(b'\\', text)
            && let Some(first) = next_escape(text, first)
        {
            self.escapes(keys, text, first, Writing::Escaped, see);
        }
        if let Some(first) = memchr(0, text) {
            self.wide(keys, text, first, see);
        }
    }

    /// Plain bytes, and those in base64 and hexadecimal digits. `SHORT` says whether there are values of the shortest tier.
    fn sweep<const SHORT: bool>(&self, keys: &Keys, text: &[u8], see: &mut SeeZone<'_>) {
        let (words, rest) = text.as_chunks();
        let last = rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let (mut word, mut before) = (words.first().map_or(last, |word| u64::from_le_bytes(*word)), 0);
        let mut bits = digit_bits(word);
        for at in 0..words.len() {
            let next = words.get(at + 1).map_or(last, |word| u64::from_le_bytes(*word));
            let next_bits = digit_bits(next);
            let at = 8 * at;
            if self.grams(false).has(self.gram(word)) {
                self.near(keys, false, text, at, see);
            }
            if SHORT {
                let middle = word >> 32 | next << 32;
                if self.grams(true).has(self.gram(word)) {
                    self.near(keys, true, text, at, see);
                }
                if self.grams(true).has(self.gram(middle)) {
                    self.near(keys, true, text, at + 4, see);
                }
                if bits >> 32 | next_bits << 32 == HIGH {
                    self.digits(keys, true, text, at + 4, see);
                }
            }
            if bits == HIGH {
                let run = (!before & HIGH).leading_zeros() / 8 + 8 + (!next_bits & HIGH).trailing_zeros() / 8;
                if run >= SHORTEST_LONG_RUN {
                    self.digits(keys, false, text, at, see);
                }
                if SHORT && run >= SHORTEST_RUN {
                    self.digits(keys, true, text, at, see);
                }
            }
            (word, before, bits) = (next, bits, next_bits);
        }
        if rest.len() >= GRAM {
            self.near(keys, false, text, text.len() - rest.len(), see);
            self.near(keys, true, text, text.len() - rest.len(), see);
        }
    }

    /// The zones that may have a gram at `at`: of the shortest tier, or of the others.
    #[cold]
    fn near(&self, keys: &Keys, is_short: bool, text: &[u8], at: usize, see: &mut SeeZone<'_>) {
        self.zones_at(keys, is_short, text, at, &mut |start, tier, head| {
            see(start, start + tier.width(), Writing::Plain, head);
        });
    }

    /// The same for bytes in digits, eight of which are at `at`.
    #[inline(never)]
    fn digits(&self, keys: &Keys, is_short: bool, text: &[u8], at: usize, see: &mut SeeZone<'_>) {
        let grams = self.grams(is_short);
        let mut bits = 0;
        for byte in &text[at..at + 8] {
            let value = SEXTETS[usize::from(*byte)];
            if value == u8::MAX {
                return;
            }
            bits = bits << 6 | u64::from(value);
        }
        for phase in 0..4_usize {
            // The whole bytes begin after the rest of one that began before: with the byte `phase` of the group that began
            // `phase` digits before.
            let gram = (bits >> (8 - 2 * phase)) << 24;
            if self.may_be_text(gram)
                && grams.has(self.gram(gram.swap_bytes()))
                && let Some(digit) = (at + 8 * phase / 6).checked_sub(phase)
            {
                self.decoded(keys, is_short, text, digit, Writing::Base64((phase % 3) as u8), see);
            }
        }
        for first in [at, at + 1] {
            let Some(digits) = text.get(first..first + 2 * GRAM) else { break };
            let digit = |byte: u8| (byte as char).to_digit(16).map(u64::from);
            let gram = digits
                .chunks_exact(2)
                .rev()
                .try_fold(0, |gram, pair| Some(gram << 8 | digit(pair[0])? << 4 | digit(pair[1])?));
            if gram.is_some_and(|gram| self.may_be_text(gram) && grams.has(self.gram(gram))) {
                self.decoded(keys, is_short, text, first, Writing::Hex, see);
            }
        }
    }

    /// The zones that may have a gram that is written at `at`.
    #[cold]
    fn decoded(
        &self,
        keys: &Keys,
        is_short: bool,
        text: &[u8],
        at: usize,
        writing: Writing,
        see: &mut SeeZone<'_>,
    ) {
        let (bytes, place, _) = writing.read(text, at, Tier::Long.grams(), Tier::Long.width());
        self.zones_at(keys, is_short, &bytes, place, &mut |start, tier, head| {
            let by = start as isize - place as isize;
            if let Some((from, to, writing)) = writing.part(at, by, tier.width()) {
                see(from, to, writing, head);
            }
        });
    }

    /// Text with escapes, the first at `first`: the runs of visible characters around them are decoded.
    fn escapes(&self, keys: &Keys, text: &[u8], first: usize, writing: Writing, see: &mut SeeZone<'_>) {
        let find = |from: usize| match writing {
            Writing::Percent => text.get(from..).and_then(|rest| memchr(b'%', rest)).map(|at| from + at),
            _ => text
                .get(from..)
                .and_then(|rest| memchr(b'\\', rest))
                .and_then(|at| next_escape(text, from + at)),
        };
        let (mut next, mut done) = (Some(first), 0);
        let (mut bytes, mut places) = (Vec::new(), Vec::new());
        while let Some(escape) = next {
            if writing.next(text, escape).is_none_or(|(_, end)| end - escape < 3) {
                next = find(escape + 1);
                continue;
            }
            let lowest = escape.saturating_sub(APART).max(done);
            let mut at =
                escape - text[lowest..escape].iter().rev().take_while(|byte| is_shown(**byte)).count();
            let mut last = escape;
            bytes.clear();
            places.clear();
            while at <= last + APART
                && let Some((byte, end)) = writing.next(text, at)
            {
                if end - at > 1 {
                    last = at;
                }
                bytes.push(byte);
                places.push((at, end));
                at = end;
            }
            // What follows may be decoded again together with a later escape.
            done = last + 1;
            next = find(at.max(escape + 1));
            self.view(keys, &bytes, &places, writing, see);
        }
    }

    /// Characters with zeros between them, the first zero at `first`.
    fn wide(&self, keys: &Keys, text: &[u8], first: usize, see: &mut SeeZone<'_>) {
        let (mut bytes, mut places) = (Vec::new(), Vec::new());
        let mut zero = Some(first);
        while let Some(at) = zero {
            let mut end = at + 1;
            for writing in [Writing::Utf16Le, Writing::Utf16Be, Writing::Utf32Le, Writing::Utf32Be] {
                let mut next = match writing {
                    Writing::Utf16Le | Writing::Utf32Le => at.saturating_sub(1),
                    _ => at,
                };
                bytes.clear();
                places.clear();
                while let Some((byte, end)) = writing.next(text, next) {
                    bytes.push(byte);
                    places.push((next, end));
                    next = end;
                }
                if bytes.len() >= SHORTEST_WIDE {
                    self.view(keys, &bytes, &places, writing, see);
                    end = end.max(next);
                }
            }
            // Of many zeros in a row only the last can begin such text in the one order, and any in the other.
            let zeros = text[end..].iter().take_while(|byte| **byte == 0).count();
            let end = if zeros > 8 { end + zeros - 4 } else { end };
            zero = memchr(0, &text[end.min(text.len())..]).map(|at| end + at);
        }
    }

    /// Searches text that was decoded, of which each byte has its place.
    fn view(
        &self,
        keys: &Keys,
        bytes: &[u8],
        places: &[(usize, usize)],
        writing: Writing,
        see: &mut SeeZone<'_>,
    ) {
        let mut look = |step: usize| {
            let grams = self.grams(step == 4);
            for at in (0..(bytes.len() + 1).saturating_sub(GRAM)).step_by(step) {
                let word =
                    bytes[at..at + GRAM].iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
                if !grams.has(self.gram(word)) {
                    continue;
                }
                self.zones_at(keys, step == 4, bytes, at, &mut |start, tier, head| {
                    see(places[start].0, places[start + tier.width() - 1].1, writing, head);
                });
            }
        };
        if self.has(Tier::Middle) || self.has(Tier::Long) {
            look(8);
        }
        if self.has(Tier::Short) {
            look(4);
        }
    }
}

impl Writing {
    /// Where `len` bytes are written that begin `by` bytes after the place at `at`.
    fn part(self, at: usize, by: isize, len: usize) -> Option<(usize, usize, Self)> {
        let at = at as isize;
        let (from, to, writing) = match self {
            Self::Base64(first) => {
                let (group, number) = (at - isize::from(first), isize::from(first) + by);
                let from = group + (8 * number).div_euclid(6);
                let to = group + (8 * (number + len as isize) - 1).div_euclid(6) + 1;
                (from, to, Self::Base64(number.rem_euclid(3) as u8))
            }
            _ => (at + 2 * by, at + 2 * (by + len as isize), self),
        };
        Some((usize::try_from(from).ok()?, usize::try_from(to).ok()?, writing))
    }
}

/// The first escape `\x` or `\u00` that begins at `from` or later.
fn next_escape(text: &[u8], from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let (one, other) = (memmem::find(rest, b"\\x"), memmem::find(rest, b"\\u00"));
    one.into_iter().chain(other).min().map(|at| from + at)
}

/// A bit, the highest of each byte, for bytes that may be digits of base64 or hexadecimal ones; some others pass, too.
///
/// ASCII letters, `_` and what is beside them are the bytes from 0x61 to 0x7f once bit 5 is set; the others are from `+` to
/// `9`. Without its highest bit each byte is at most 0x7f, so that no sum carries into the next one.
#[inline]
const fn digit_bits(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let low = word & !HIGH;
    let letters = (low | (ONES * 0x20)) + ONES * (0x80 - 0x61);
    let others = (low + ONES * (0x80 - 0x2b)) & !(low + ONES * (0x80 - 0x3a));
    (letters | others) & !word & HIGH
}

/// The highest bit of each byte.
const HIGH: u64 = 0x8080_8080_8080_8080;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_digits_may_be_digits() {
        for byte in 0..=255_u8 {
            let word = u64::from_le_bytes([byte; 8]);
            if sextet(byte).is_some() {
                assert!(digit_bits(word) == HIGH, "{byte}");
            } else if !matches!(
                byte,
                b',' | b'.' | b'[' | b']' | b'\\' | b'^' | b'{' | b'|' | b'}' | b'~' | 0x7f
            ) {
                assert!(digit_bits(word) != HIGH, "{byte}");
            }
        }
    }
}
