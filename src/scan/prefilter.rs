//! One pass over all bytes for all literals at once.
//!
//! Four bytes at every second position are folded, hashed and looked up in a bitmap. Each literal is in
//! it twice, once for either parity of the position it may start at, each time by the rarest four bytes
//! ("gram") it has at that parity, as [`frequency`](super::frequency) estimates. What passes is looked up
//! exactly: each word of the bitmap leads to the grams that set its bits, and their literals are compared. So the cost of the pass does not depend on how many literals
//! there are, as long as the bitmap is sparse and in the cache; its size follows their number.
//!
//! A literal of two to four bytes has no four known bytes at one or both parities; there its gram is
//! entered with every value of the byte beside it.

use super::frequency::{COMMON, after, alone};
use super::literal::Literals;
use std::ops::Range;

/// A literal seen at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Anchor {
    /// Offset of its first byte.
    pub(super) at: usize,
    /// Index of the literal.
    pub(super) literal: u32,
}

/// The set of literals in the form the pass needs.
#[derive(Debug)]
pub(super) struct Prefilter {
    bitmap: Vec<u64>,
    /// A second, smaller one, of another hash: few of those pass it that passed the first by chance.
    second: Vec<u64>,
    /// For each word of the bitmap where its entries start; one more at the end.
    starts: Vec<u32>,
    entries: Vec<Gram>,
    /// The furthest that a gram stands after its literal's start.
    furthest: usize,
}

/// A gram of a literal, with the literal's first bytes: a comparison in one step that nearly always
/// settles it, in one line of the cache.
#[derive(Clone, Copy, Debug, Default)]
struct Gram {
    /// The literal's first bytes, folded, moved to the upper end.
    front: u64,
    /// The bytes, as [`fold`] makes them.
    bytes: u32,
    /// The literal's index in the upper 24 bits; how many bytes of eight its front lacks in the next
    /// three; in the lower five one more than the gram's offset in it.
    literal: u32,
}

impl Gram {
    /// The gram `bytes` at `offset` in the literal `index` of this text. (A catalogue of 16 million
    /// literals would not fit into memory.)
    fn new(bytes: u32, index: u32, text: &[u8], offset: i32) -> Self {
        let len = text.len().clamp(1, 8);
        let lacks = 8 - len as u32;
        let front = (word_at(text, 0) | FOLD_ALL) << (8 * lacks);
        Self { front, bytes, literal: index << 8 | lacks << 5 | (offset + 1) as u32 }
    }

    /// One more than its offset.
    #[inline]
    const fn past(self) -> usize {
        (self.literal & 31) as usize
    }

    /// True where its literal's first bytes are those of `there`.
    #[inline]
    const fn fits(self, there: u64) -> bool {
        (there | FOLD_ALL) << (self.literal >> 2 & 56) == self.front
    }

    #[inline]
    const fn literal(self) -> u32 {
        self.literal >> 8
    }
}

/// Positions looked at between two rounds of exact comparison.
const ROUND: usize = 512;
/// Positions looked at in one step.
const STEP: usize = 8;
/// Grams are taken from a literal's first bytes only, so that a pass over a range stays in its vicinity.
const NEAR: usize = 26;
/// Sizes of the bitmap as powers of two of its words (32 KiB, 128 KiB, 256 KiB): sparse enough that few
/// positions pass by chance, small enough for the second level of the cache, beside all else that is in it. With 5,000
/// rules more (149,000 grams) on a busy machine, processor time of a whole history, four runs in turn: 3.50 to 3.89 s
/// so, 3.48 to 4.29 s with twice the words (no better at its best), 3.85 to 5.16 s with half.
const SMALL: u32 = 12;
const MEDIUM: u32 = 14;
const LARGE: u32 = 15;
/// The second bitmap has fewer words, by this power of two.
const FEWER: u32 = 1;
/// Bytes around a position that fronts look at: 32 up to and with the position's own, and 8 more.
const AROUND: usize = 40;

impl Prefilter {
    /// A filter for `literals`.
    pub(super) fn new(literals: &Literals) -> Self {
        let mut grams = Vec::with_capacity(literals.list().len() * 5);
        let mut furthest = 0;
        let mut crowd = Crowd::of_common_words();
        for (index, literal) in (0..).zip(literals.list()) {
            let text = literals.text(literal);
            for parity in 0..2 {
                let offset = rarest(text, parity, &crowd);
                furthest = furthest.max(offset.max(0) as usize);
                spell(text, offset, |bytes| {
                    crowd.enter(bytes);
                    grams.push(Gram::new(bytes, index, text, offset));
                });
            }
        }
        let log = match grams.len() {
            0..=2_000 => SMALL,
            2_001..=40_000 => MEDIUM,
            _ => LARGE,
        };
        let mut bitmap = vec![0_u64; 1 << log];
        let mut second = vec![0_u64; 1 << (log - FEWER)];
        let mut starts = vec![0_u32; (1 << log) + 2];
        for gram in &grams {
            let (word, bit) = place(gram.bytes | FOLD, log);
            bitmap[word] |= 1 << bit;
            let (word, bit) = place_again(gram.bytes, log - FEWER);
            second[word] |= 1 << bit;
            let (word, _) = place(gram.bytes | FOLD, log);
            starts[word + 2] += 1;
        }
        for word in 2..starts.len() {
            starts[word] += starts[word - 1];
        }
        let mut entries = vec![Gram::default(); grams.len()];
        for gram in grams {
            let next = &mut starts[place(gram.bytes | FOLD, log).0 + 1];
            entries[*next as usize] = gram;
            *next += 1;
        }
        Self { bitmap, second, starts, entries, furthest }
    }

    /// Calls `see` with every literal that starts in `starts` and stands wholly in `bytes`, roughly in
    /// order: no anchor comes more than the longest literal after a later one.
    pub(super) fn find(
        &self,
        literals: &Literals,
        bytes: &[u8],
        starts: Range<usize>,
        see: &mut impl FnMut(Anchor),
    ) {
        if self.entries.is_empty() {
            return;
        }
        let mut passed = [0_u16; ROUND];
        let end = starts.end.saturating_add(self.furthest).min(bytes.len());
        let mut at = starts.start.saturating_sub(1) & !1;
        while at < end {
            let round = &bytes[at..bytes.len().min(at + 2 * ROUND + 2)];
            // Whole steps where the bytes are there: what is seen after `end` starts after `starts`.
            let positions =
                (end - at).div_ceil(2).next_multiple_of(STEP).min(ROUND).min(round.len().div_ceil(2));
            let count = match self.bitmap.len().ilog2() {
                SMALL => sift::<{ 1 << SMALL }>(&self.bitmap, round, positions, &mut passed),
                MEDIUM => sift::<{ 1 << MEDIUM }>(&self.bitmap, round, positions, &mut passed),
                _ => sift::<{ 1 << LARGE }>(&self.bitmap, round, positions, &mut passed),
            };
            let count = self.sift_again(round, count, &mut passed);
            for &position in &passed[..count] {
                self.confirm(literals, bytes, at + usize::from(position), &starts, see);
            }
            at += 2 * ROUND;
        }
    }

    #[inline]
    fn confirm(
        &self,
        literals: &Literals,
        bytes: &[u8],
        at: usize,
        starts: &Range<usize>,
        see: &mut impl FnMut(Anchor),
    ) {
        let gram = gram_at(bytes, at);
        let (word, _) = place(gram | FOLD, self.bitmap.len().ilog2());
        let range = self.starts[word] as usize..self.starts[word + 1] as usize;
        // Where all that a front can look at is there, one comparison settles nearly every entry.
        let around = (at + 1).checked_sub(AROUND - 8).and_then(|from| bytes[from..].first_chunk::<AROUND>());
        for entry in &self.entries[range] {
            let there = match around {
                Some(around) => {
                    let from = AROUND - 8 - entry.past();
                    let there = around[from..].first_chunk().expect("a gram starts at most 31 bytes in");
                    u64::from_le_bytes(*there)
                }
                None => match (at + 1).checked_sub(entry.past()) {
                    Some(start) => word_at(bytes, start),
                    None => continue,
                },
            };
            if !(entry.fits(there) & (entry.bytes == gram)) {
                continue;
            }
            let (start, literal) = (at + 1 - entry.past(), entry.literal());
            if starts.contains(&start) && literals.stands(literals.at(literal), bytes, start) {
                see(Anchor { at: start, literal });
            }
        }
    }

    /// Keeps of the first `count` positions in `passed` those whose gram is in the second bitmap too;
    /// returns how many. Of the positions that pass the first one on source code two in five do so by
    /// chance; this, again without a branch on the data, takes most of them out.
    /// Measured with the fronts beside the grams on 136 MB of source code: 44 ms for all after the first
    /// sieve became 37 ms, a quarter of it here.
    #[inline]
    fn sift_again(&self, round: &[u8], count: usize, passed: &mut [u16; ROUND]) -> usize {
        let log = self.second.len().ilog2();
        let mut kept = 0;
        for index in 0..count {
            let position = passed[index];
            let (word, bit) = place_again(gram_at(round, usize::from(position)), log);
            passed[kept] = position;
            kept += (self.second[word] >> bit & 1) as usize;
        }
        kept
    }
}

/// Writes the positions of `round` (even ones, the first `positions` of them) whose gram is in the
/// bitmap to `passed`; returns how many. Without a branch on the data: on source code one position in
/// twenty passes, which a branch would guess wrong.
#[inline]
fn sift<const WORDS: usize>(
    bitmap: &[u64],
    round: &[u8],
    positions: usize,
    passed: &mut [u16; ROUND],
) -> usize {
    let bitmap: &[u64; WORDS] = bitmap.try_into().expect("the caller chose WORDS by the bitmap's length");
    let log = WORDS.ilog2();
    let mut count = 0;
    let mut position = 0;
    let mut test = |gram: u32, position: usize| {
        let (word, bit) = place(gram, log);
        passed[count & (ROUND - 1)] = position as u16;
        count += (bitmap[word & (WORDS - 1)] >> bit & 1) as usize;
    };
    while position + STEP <= positions {
        let Some(bytes) = round[2 * position..].first_chunk::<{ 2 * STEP + 2 }>() else { break };
        for step in 0..STEP {
            let at = 2 * step;
            let gram = u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
            test(gram | FOLD, 2 * (position + step));
        }
        position += STEP;
    }
    while position < positions {
        test(gram_at(round, 2 * position) | FOLD, 2 * position);
        position += 1;
    }
    count
}

/// Clears what tells an ASCII letter's case, and in the outer two bytes all but what tells letters apart:
/// a short literal's gram, of which one of them is not known, then stands for 32 values instead of 128.
/// That other bytes become equal costs only a look.
const FOLD: u32 = 0xe020_20e0;
/// What is cleared of the outer two bytes alone.
const FOLD_OUTER: u32 = FOLD & 0xff00_00ff;

/// Clears what [`FOLD`] does, save that in the inner two bytes nothing but the case of a letter goes. Of one operation, as
/// the first bitmap needs it, a zero byte becomes a blank, and half of what a UTF-16 form is looked for by becomes single
/// letters between blanks; so the second bitmap and the comparison take this one (a tenth fewer positions are compared,
/// with a tenth fewer entries).
#[inline]
const fn fold(gram: u32) -> u32 {
    gram | FOLD_OUTER | (gram & 0x0040_4000) >> 1
}

/// The same for eight bytes, case alone.
const FOLD_ALL: u64 = 0x2020_2020_2020_2020;

/// The eight bytes at `at`; those after the end count as zeros.
#[inline]
fn word_at(bytes: &[u8], at: usize) -> u64 {
    match bytes[at..].first_chunk() {
        Some(word) => u64::from_le_bytes(*word),
        None => {
            let mut word = [0; 8];
            word[..bytes.len() - at].copy_from_slice(&bytes[at..]);
            u64::from_le_bytes(word)
        }
    }
}

/// The folded gram at `at`; bytes after the end count as zeros.
fn gram_at(bytes: &[u8], at: usize) -> u32 {
    let mut gram = [0; 4];
    let there = &bytes[at..bytes.len().min(at + 4)];
    gram[..there.len()].copy_from_slice(there);
    fold(u32::from_le_bytes(gram))
}

/// Word and bit of a gram in a bitmap of `1 << log` words.
#[inline]
const fn place(gram: u32, log: u32) -> (usize, u32) {
    let hash = gram.wrapping_mul(0x9e37_79b1);
    ((hash >> (32 - log)) as usize, hash >> (26 - log) & 63)
}

/// The same in the second bitmap.
#[inline]
const fn place_again(gram: u32, log: u32) -> (usize, u32) {
    let hash = gram.wrapping_mul(0x85eb_ca6b) ^ gram >> 15;
    let hash = hash.wrapping_mul(0xc2b2_ae35);
    ((hash >> (32 - log)) as usize, hash >> (26 - log) & 63)
}

/// The offset in `text` of the best gram that stands at an even position when `text` starts at one of
/// `parity`: 0 to [`NEAR`], or -1 for the byte before with the first three of a short one. Rare bytes are
/// good; a word of the bitmap that other literals have taken is worse, since all of them are compared
/// wherever one is seen (`key=`, `key:` and `key(` are better known by `ey=`, `ey:` and `ey(`).
fn rarest(text: &[u8], parity: usize, crowd: &Crowd) -> i32 {
    let text = &text[..text.len().min(NEAR)];
    let worth = |at: i32| {
        let known = at.max(0) as usize..text.len().min((at + 4) as usize);
        let mut gram = 0;
        let mut worth = 0;
        for index in known.clone() {
            let byte = text[index];
            gram |= u32::from(byte) << (8 * (index as i32 - at));
            worth += if index == known.start { alone(byte) } else { after(text[index - 1], byte) };
        }
        worth - crowd.loss(fold(gram))
    };
    let len = text.len();
    // All four bytes known; else the three that follow one unknown, or that one follows.
    let whole = (parity..len.saturating_sub(3)).step_by(2).map(|at| at as i32).max_by_key(|&at| worth(at));
    match (whole, parity) {
        (Some(at), _) => at,
        (None, 1) if len == 4 && worth(1) > worth(-1) => 1,
        (None, 1) => -1,
        (None, _) => 0,
    }
}

/// What takes from a gram's worth, in half bits of surprise.
struct Crowd {
    /// For each word of the bitmap how many grams were entered there, up to [`SHARED`]: all of a word's are compared
    /// wherever one is seen.
    shared: Vec<u8>,
    /// For each hash of a gram what it loses as a part of common words.
    common: Vec<u8>,
}

/// The most that a crowded word takes.
const SHARED: u8 = 6;
/// What a common word takes from its grams, what each further word with the same gram does, and the most. A word that
/// others contain is met more often, and so is given more (16 + 1, 8 + 1 and 12 + 4 compare as much within a twentieth).
const COMMON_LOSS: u8 = 12;
const FURTHER_LOSS: u8 = 2;
const MOST_LOSS: u8 = 40;

impl Crowd {
    /// Size of `common` as a power of two: some 15,000 grams are met, and few share a hash by chance.
    const LOG: u32 = 18;

    /// No gram has been entered, and those of common words are known: with what stands around words, and, for grams of
    /// which a byte is not known, three bytes with none beside them.
    fn of_common_words() -> Self {
        let mut crowd = Self { shared: vec![0; 1 << MEDIUM], common: vec![0; 1 << Self::LOG] };
        for word in COMMON.split_ascii_whitespace().map(str::as_bytes) {
            for four in word.windows(4) {
                crowd.meet([four[0], four[1], four[2], four[3]]);
            }
            for three in word.windows(3) {
                crowd.meet_three([three[0], three[1], three[2]]);
            }
            let (Some(&[a, b, c]), Some(&[x, y, z])) = (word.first_chunk(), word.last_chunk()) else {
                continue;
            };
            for border in [b' ', b'_', b'\t', b'"'] {
                crowd.meet([border, a, b, c]);
                crowd.meet([x, y, z, border]);
                crowd.meet_three([border, a, b]);
                crowd.meet_three([y, z, border]);
            }
        }
        crowd
    }

    fn meet_three(&mut self, [a, b, c]: [u8; 3]) {
        self.meet([a, b, c, 0]);
        self.meet([0, a, b, c]);
    }

    fn meet(&mut self, gram: [u8; 4]) {
        let loss = &mut self.common[Self::hash(fold(u32::from_le_bytes(gram)))];
        *loss = (*loss + FURTHER_LOSS).clamp(COMMON_LOSS, MOST_LOSS);
    }

    fn enter(&mut self, gram: u32) {
        let shared = &mut self.shared[place(gram | FOLD, MEDIUM).0];
        *shared = (*shared + 1).min(SHARED);
    }

    fn loss(&self, gram: u32) -> i32 {
        i32::from(self.shared[place(gram | FOLD, MEDIUM).0]) + i32::from(self.common[Self::hash(gram)])
    }

    fn hash(gram: u32) -> usize {
        (gram.wrapping_mul(0x9e37_79b1) >> (32 - Self::LOG)) as usize
    }
}

/// Calls `enter` with every folded gram that `text` can have at `offset`.
fn spell(text: &[u8], offset: i32, mut enter: impl FnMut(u32)) {
    let mut gram = 0;
    let mut free = 0_u32;
    for lane in 0..4 {
        match usize::try_from(offset + lane).ok().and_then(|at| text.get(at)) {
            Some(&byte) => gram |= u32::from(byte) << (8 * lane),
            None => free |= 0xff << (8 * lane),
        }
    }
    let gram = fold(gram);
    // Every value of the bits that are not known, in ascending order; each once, however it folds.
    let free = free & !FOLD_OUTER;
    let mut value = 0_u32;
    loop {
        if fold(gram | value) == gram | value {
            enter(gram | value);
        }
        value = value.wrapping_sub(free) & free;
        if value == 0 {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Catalogue;

    fn naive(literals: &Literals, bytes: &[u8], starts: Range<usize>) -> Vec<Anchor> {
        let mut anchors = Vec::new();
        for at in starts {
            for (index, literal) in (0..).zip(literals.list()) {
                if literals.stands(literal, bytes, at) {
                    anchors.push(Anchor { at, literal: index });
                }
            }
        }
        anchors
    }

    #[test]
    fn every_literal_is_seen_once_at_each_of_its_positions() {
        let literals = Literals::new(&Catalogue::embedded().rules, |_| true);
        let filter = Prefilter::new(&literals);
        for (index, literal) in literals.list().iter().enumerate() {
            let text = literals.text(literal);
            for pad in [0, 1, 2, 7] {
                let mut blob = vec![b'~'; pad];
                blob.extend_from_slice(text);
                blob.extend_from_slice(&vec![0xff; index % 5]);
                blob.extend(text.iter().map(u8::to_ascii_uppercase));
                for starts in [0..blob.len(), pad..pad + 1, pad + 1..blob.len()] {
                    let mut seen = Vec::new();
                    filter.find(&literals, &blob, starts.clone(), &mut |anchor| seen.push(anchor));
                    seen.sort_unstable();
                    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", text.escape_ascii());
                    let own = Anchor { at: pad, literal: index as u32 };
                    assert_eq!(seen.contains(&own), starts.contains(&pad), "{:?}", text.escape_ascii());
                    if index % 499 == 0 {
                        assert_eq!(seen, naive(&literals, &blob, starts), "{:?}", text.escape_ascii());
                    }
                }
            }
        }
    }
}
