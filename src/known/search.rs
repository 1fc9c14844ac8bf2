//! One pass over a text for the zones of an index's values, in each way of writing.
//!
//! # Performance
//!
//! The loop that sees all bytes searches for turns: a letter with a digit after it. It has no branch on the data but one for 64
//! bytes, and compilers make vector instructions of it. The windows at turns are tested some hundred at a time, so that one
//! look into the table need not wait for another. They are windows of values as they are, in base64 and in hexadecimal
//! digits alike, so that no encoding is searched for in a pass of its own; what passes is decoded in each way that is
//! possible there. What is decoded by chance is mostly no ASCII, as values are; that is tested first. Escapes, UTF-16 and
//! UTF-32 are looked for by bytes that are rare in text, and only the text around these is decoded.

use super::keys::Keys;
use super::needle::{AHEAD, BEHIND, WINDOW, Window, is_turn, word};
use super::segment::{GRAM, HashTester, Segment, Tier};
use super::writing::{Writing, is_shown, sextet};
use memchr::{memchr, memchr3, memmem};

/// Bytes of text around a zone that decide, together with it, whether it is seen.
pub(super) const BESIDE: usize = 24;

/// The shortest run of characters in UTF-16 or UTF-32 that is looked at.
const SHORTEST_WIDE: usize = 8;

/// How far apart two escapes are in one run of text that is decoded; and how far around one is looked.
pub(super) const APART: usize = 64;

/// Bytes that are searched for turns at once.
const BLOCK: usize = 64;

/// Turns that are tested at once.
const BATCH: usize = 4 * BLOCK;

/// Words of eight bytes whose grams are tested at once.
const STEPS: usize = 64;

/// A zone that was seen: its start and end in the text, how it is written, and its hash.
pub(super) type SeeZone<'s> = dyn FnMut(usize, usize, Writing, u64) + 's;

/// Bytes of a text that may be a part of a needle: where they begin, and how many there are.
type SeePart<'s> = dyn FnMut(usize, usize) + 's;

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
        self.parts(text, &mut |from, len| self.written(keys, text, from, len, see));
        if memchr3(b'%', b'\\', 0, text).is_none() {
            return;
        }
        if let Some(first) = memchr(b'%', text) {
            let mut next = |from: usize| {
                let from = from.max(first);
                Some(from + memchr(b'%', text.get(from..)?)?)
            };
            self.escapes(keys, text, Writing::Percent, &mut next, see);
        }
        if let Some(first) = memchr(b'\\', text) {
            let mut next = EscapeFinder::new(text, first);
            self.escapes(keys, text, Writing::Escaped, &mut |from| next.from(from), see);
        }
        if let Some(first) = memchr(0, text) {
            self.wide(keys, text, first, see);
        }
    }

    /// Calls `see` with what may be a part of a needle.
    fn parts(&self, text: &[u8], see: &mut SeePart<'_>) {
        self.turns(text, see);
        if self.steps().is_any {
            self.stepped(text, see);
        }
    }

    /// The windows.
    fn turns(&self, text: &[u8], see: &mut SeePart<'_>) {
        let mut turns = [0; BATCH];
        let (mut count, mut at) = (0, 1);
        while let Some(block) = text.get(at..).and_then(|rest| rest.first_chunk::<BLOCK>())
            && let Some(before) = text[at - 1..].first_chunk::<BLOCK>()
        {
            let mut marks = [0_u8; BLOCK];
            for index in 0..BLOCK {
                marks[index] = u8::from(is_turn(before[index], block[index]));
            }
            let (words, _) = marks.as_chunks();
            if words.iter().fold(0, |any, word| any | u64::from_le_bytes(*word)) != 0 {
                for (number, word) in words.iter().enumerate() {
                    let mut word = u64::from_le_bytes(*word);
                    while word != 0 {
                        turns[count] = at + 8 * number + word.trailing_zeros() as usize / 8;
                        count += 1;
                        word &= word - 1;
                    }
                }
                if count > BATCH - BLOCK {
                    self.test(text, &turns[..count], see);
                    count = 0;
                }
            }
            at += BLOCK;
        }
        for at in at..text.len() {
            if is_turn(text[at - 1], text[at]) {
                turns[count] = at;
                count += 1;
            }
        }
        self.test(text, &turns[..count], see);
    }

    /// Tests the windows at these digits of turns.
    fn test(&self, text: &[u8], turns: &[usize], see: &mut SeePart<'_>) {
        let mut passed = [0; 2 * BATCH];
        let mut count = 0;
        let [ahead, behind] = self.windows();
        for &at in turns {
            if let Some(around) = at.checked_sub(BEHIND).and_then(|from| text[from..].first_chunk::<12>()) {
                let load =
                    |from: usize| u64::from_le_bytes(*around[from..].first_chunk().expect("it has 12 bytes"));
                passed[count] = at - AHEAD;
                count += ahead.test(Window::folded(load(BEHIND - AHEAD))) as usize;
                passed[count] = at - BEHIND;
                count += behind.test(Window::folded(load(0))) as usize;
                continue;
            }
            for (before, tester) in [(AHEAD, ahead), (BEHIND, behind)] {
                if let Some(from) = at.checked_sub(before)
                    && let Some(window) = text[from..].get(..WINDOW)
                {
                    passed[count] = from;
                    count += tester.test(Window::folded(word(window))) as usize;
                }
            }
        }
        passed[..count].iter().for_each(|from| see(*from, WINDOW));
    }

    /// The grams, at each eighth position, or each fourth.
    fn stepped(&self, text: &[u8], see: &mut SeePart<'_>) {
        let [grams, short] = self.grams();
        let is_short = self.steps().is_short;
        let (words, rest) = text.as_chunks::<8>();
        for (number, words) in words.chunks(STEPS).enumerate() {
            let at = 8 * STEPS * number;
            self.grams_at(at, words, grams, see);
            if is_short {
                let middles = text[text.len().min(at + 4)..].as_chunks::<8>().0;
                self.grams_at(at + 4, &middles[..middles.len().min(words.len())], short, see);
            }
        }
        // What the last bytes have, of which there are not eight.
        let last = text.len() - rest.len();
        for (at, tester) in [(Some(last), grams), (last.checked_sub(4).filter(|_| is_short), short)] {
            if let Some(at) = at
                && let Some(gram) = text[at..].get(..GRAM)
                && tester.test(word(gram)) == 1
            {
                see(at, GRAM);
            }
        }
    }

    /// The grams that begin words, the first of which is at `at`. Most have a blank in them, or another byte that no zone has,
    /// and need no look into the table, which does not stay in the nearest cache.
    fn grams_at(&self, at: usize, words: &[[u8; 8]], tester: HashTester<'_, GRAM>, see: &mut SeePart<'_>) {
        let mut shown = [0_u8; STEPS];
        let mut count = 0;
        for (number, word) in (0..STEPS as u8).zip(words) {
            shown[count % STEPS] = number;
            count += self.may_have_gram(u64::from_le_bytes(*word));
        }
        let mut passed = [0_u8; STEPS];
        let mut kept = 0;
        for &number in &shown[..count] {
            passed[kept % STEPS] = number;
            kept += tester.test(u64::from_le_bytes(words[usize::from(number) % STEPS])) as usize;
        }
        passed[..kept].iter().for_each(|number| see(at + 8 * usize::from(*number), GRAM));
    }

    /// The zones with these bytes of the text in them, in each way that they may be written.
    #[cold]
    fn written(&self, keys: &Keys, text: &[u8], from: usize, len: usize, see: &mut SeeZone<'_>) {
        let part = &text[from..from + len];
        if !self.may_have(part) {
            return;
        }
        self.zones_with(keys, text, from..from + len, &mut |start, tier, head| {
            see(start, start + tier.width(), Writing::Plain, head);
        });
        if len == GRAM && !self.steps().is_encoded {
            return;
        }
        let digits = part.iter().try_fold(0_u64, |bits, byte| match SEXTETS[usize::from(*byte)] {
            u8::MAX => None,
            digit => Some(bits << 6 | u64::from(digit)),
        });
        let Some(digits) = digits else { return };
        for phase in 0..4 {
            // With so many digits of its group before, the first digit has two bits for each of them that are the end of a
            // byte which begins before.
            let bits = 6 * len - 2 * phase;
            let whole = digits << (64 - bits);
            if self.may_have(&whole.to_be_bytes()[..bits / 8]) {
                let writing = Writing::Base64((phase % 3) as u8);
                self.decoded(keys, text, from + phase / 3, bits / 8, writing, see);
            }
        }
        if part.iter().all(u8::is_ascii_hexdigit) {
            for first in 0..2 {
                let mut pairs = [0; WINDOW / 2];
                let count = (len - first) / 2;
                let decode = data_encoding::HEXLOWER_PERMISSIVE
                    .decode_mut(&part[first..first + 2 * count], &mut pairs[..count]);
                if decode.is_ok() && self.may_have(&pairs[..count]) {
                    self.decoded(keys, text, from + first, count, Writing::Hex, see);
                }
            }
        }
    }

    /// The zones with these `count` bytes in them, which are written at `at`.
    fn decoded(
        &self,
        keys: &Keys,
        text: &[u8],
        at: usize,
        count: usize,
        writing: Writing,
        see: &mut SeeZone<'_>,
    ) {
        let (bytes, place, _) = writing.read(text, at, Tier::Long.width(), Tier::Long.width() + WINDOW);
        self.zones_with(keys, &bytes, place..place + count, &mut |start, tier, head| {
            let by = start as isize - place as isize;
            if let Some((from, to, writing)) = writing.part(at, by, tier.width()) {
                see(from, to, writing, head);
            }
        });
    }

    /// Text with escapes, of which `find` gives the first that begins at a position or later: the runs of visible characters
    /// around them are decoded.
    fn escapes(
        &self,
        keys: &Keys,
        text: &[u8],
        writing: Writing,
        find: &mut dyn FnMut(usize) -> Option<usize>,
        see: &mut SeeZone<'_>,
    ) {
        let (mut next, mut done) = (find(0), 0);
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
        self.parts(bytes, &mut |from, len| {
            self.zones_with(keys, bytes, from..from + len, &mut |start, tier, head| {
                see(places[start].0, places[start + tier.width() - 1].1, writing, head);
            });
        });
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

/// Finds the escapes `\x` and `\u00` of a text in order. Each kind is searched for once: a text with thousands of the one and
/// none of the other would else be searched to its end for each.
struct EscapeFinder<'t> {
    text: &'t [u8],
    /// Where the next of each kind begins, if there is one.
    next: [Option<usize>; 2],
}

impl<'t> EscapeFinder<'t> {
    /// Those that begin at `first` or later.
    fn new(text: &'t [u8], first: usize) -> Self {
        Self { text, next: [Self::find(text, 0, first), Self::find(text, 1, first)] }
    }

    fn find(text: &[u8], kind: usize, from: usize) -> Option<usize> {
        let escape: &[u8] = [&b"\\x"[..], b"\\u00"][kind];
        Some(from + memmem::find(text.get(from..)?, escape)?)
    }

    /// The first that begins at `from` or later; `from` must not go back.
    fn from(&mut self, from: usize) -> Option<usize> {
        for kind in 0..2 {
            if self.next[kind].is_some_and(|at| at < from) {
                self.next[kind] = Self::find(self.text, kind, from);
            }
        }
        self.next.into_iter().flatten().min()
    }
}
