//! One pass over all bytes for all literals at once.
//!
//! Four bytes at every second position are folded, hashed and looked up in a bitmap. Each literal is in
//! it twice, once for either parity of the position it may start at, each time by the rarest four bytes
//! ("gram") it has at that parity, as [`frequency`](super::frequency) estimates. What passes is looked up
//! exactly: the bitmap's bits are numbered by a running count, each number leads to the literals that set
//! the bit, and those are compared whole. So the cost of the pass does not depend on how many literals
//! there are, as long as the bitmap is sparse and in the cache; its size follows their number.
//!
//! A literal of two to four bytes has no four known bytes at one or both parities; there its gram is
//! entered with every value of the byte beside it.

use super::frequency::surprise;
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
    /// For each word of the bitmap how many bits are set in those before it.
    ranks: Vec<u32>,
    /// For each set bit where its entries start; one more at the end.
    starts: Vec<u32>,
    entries: Vec<Entry>,
    /// The furthest that a gram stands after its literal's start.
    furthest: usize,
}

/// A gram of a literal.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    /// The folded bytes.
    gram: u32,
    /// The literal's index in the upper bits; in the lower eight, one more than the gram's offset in it.
    literal: u32,
}

/// Positions looked at between two rounds of exact comparison.
const ROUND: usize = 512;
/// Grams are taken from a literal's first bytes only, so that a pass over a range stays in its vicinity.
const NEAR: usize = 24;
/// Sizes of the bitmap as powers of two of its words: 32 KiB, 128 KiB, 512 KiB.
const SMALL: u32 = 12;
const MEDIUM: u32 = 14;
const LARGE: u32 = 16;

impl Prefilter {
    /// A filter for `literals`.
    pub(super) fn new(literals: &Literals) -> Self {
        let mut grams = Vec::with_capacity(literals.list().len() * 4);
        let mut furthest = 0;
        for (index, literal) in (0..).zip(literals.list()) {
            let text = literals.text(literal);
            for parity in 0..2 {
                let offset = rarest(text, parity);
                furthest = furthest.max(offset.max(0) as usize);
                let tag = index << 8 | (offset + 1) as u32;
                spell(text, offset, |gram| grams.push(Entry { gram, literal: tag }));
            }
        }
        let log = match grams.len() {
            0..=24_000 => SMALL,
            24_001..=100_000 => MEDIUM,
            _ => LARGE,
        };
        Self::with_size(&grams, log, furthest)
    }

    fn with_size(grams: &[Entry], log: u32, furthest: usize) -> Self {
        let mut bitmap = vec![0_u64; 1 << log];
        for entry in grams {
            let (word, bit) = place(entry.gram, log);
            bitmap[word] |= 1 << bit;
        }
        let mut count = 0;
        let ranks: Vec<u32> = bitmap
            .iter()
            .map(|word| {
                let before = count;
                count += word.count_ones();
                before
            })
            .collect();
        let mut filter =
            Self { bitmap, ranks, starts: vec![0; count as usize + 1], entries: Vec::new(), furthest };
        for entry in grams {
            let number = filter.number(entry.gram);
            filter.starts[number + 1] += 1;
        }
        for number in 1..filter.starts.len() {
            filter.starts[number] += filter.starts[number - 1];
        }
        let mut next = filter.starts.clone();
        let mut entries = vec![Entry::default(); grams.len()];
        for entry in grams {
            let next = &mut next[filter.number(entry.gram)];
            entries[*next as usize] = *entry;
            *next += 1;
        }
        filter.entries = entries;
        filter
    }

    /// The number of the bit of `gram`, which is set.
    fn number(&self, gram: u32) -> usize {
        let (word, bit) = place(gram, self.bitmap.len().ilog2());
        let below = self.bitmap[word] & ((1 << bit) - 1);
        (self.ranks[word] + below.count_ones()) as usize
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
        let mut passed = [0_u32; ROUND];
        let end = starts.end.saturating_add(self.furthest).min(bytes.len());
        let mut at = starts.start.saturating_sub(1) & !1;
        while at < end {
            let round = &bytes[at..bytes.len().min(at + 2 * ROUND + 2)];
            let positions = (end - at).div_ceil(2).min(ROUND);
            let count = match self.bitmap.len().ilog2() {
                SMALL => sift::<{ 1 << SMALL }>(&self.bitmap, round, positions, &mut passed),
                MEDIUM => sift::<{ 1 << MEDIUM }>(&self.bitmap, round, positions, &mut passed),
                _ => sift::<{ 1 << LARGE }>(&self.bitmap, round, positions, &mut passed),
            };
            for &position in &passed[..count] {
                self.confirm(literals, bytes, at + position as usize, &starts, see);
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
        let number = self.number(gram);
        let range = self.starts[number] as usize..self.starts[number + 1] as usize;
        for entry in &self.entries[range] {
            if entry.gram != gram {
                continue;
            }
            let Some(start) = (at + 1).checked_sub((entry.literal & 0xff) as usize) else { continue };
            let literal = entry.literal >> 8;
            if starts.contains(&start) && literals.stands(literals.at(literal), bytes, start) {
                see(Anchor { at: start, literal });
            }
        }
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
    passed: &mut [u32; ROUND],
) -> usize {
    let bitmap: &[u64; WORDS] = bitmap.try_into().expect("the caller chose WORDS by the bitmap's length");
    let log = WORDS.ilog2();
    let mut count = 0;
    let mut position = 0;
    let mut test = |gram: u32, position: usize| {
        let (word, bit) = place(gram, log);
        passed[count & (ROUND - 1)] = position as u32;
        count += (bitmap[word & (WORDS - 1)] >> bit & 1) as usize;
    };
    while position + 8 <= positions {
        let Some(bytes) = round[2 * position..].first_chunk::<18>() else { break };
        for step in 0..8 {
            let at = 2 * step;
            let gram = u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
            test(gram | FOLD, 2 * (position + step));
        }
        position += 8;
    }
    while position < positions {
        test(gram_at(round, 2 * position), 2 * position);
        position += 1;
    }
    count
}

/// Clears what tells an ASCII letter's case (and makes some other bytes equal, which costs only a look).
const FOLD: u32 = 0x2020_2020;

/// The folded gram at `at`; bytes after the end count as zeros.
fn gram_at(bytes: &[u8], at: usize) -> u32 {
    let mut gram = [0; 4];
    let there = &bytes[at..bytes.len().min(at + 4)];
    gram[..there.len()].copy_from_slice(there);
    u32::from_le_bytes(gram) | FOLD
}

/// Word and bit of a gram in a bitmap of `1 << log` words.
#[inline]
const fn place(gram: u32, log: u32) -> (usize, u32) {
    let hash = gram.wrapping_mul(0x9e37_79b1);
    ((hash >> (32 - log)) as usize, hash >> (26 - log) & 63)
}

/// The offset in `text` of the rarest gram that stands at an even position when `text` starts at one of
/// `parity`: 0 to [`NEAR`], or -1 for the byte before with the first three of a short one.
fn rarest(text: &[u8], parity: usize) -> i32 {
    let whole = text.len().min(NEAR).saturating_sub(3);
    (parity..whole)
        .step_by(2)
        .max_by_key(|&at| text[at..at + 4].iter().map(|&byte| surprise(byte | 0x20)).sum::<u32>())
        .map_or(-(parity as i32), |at| at as i32)
}

/// Calls `enter` with every folded gram that `text` can have at `offset`.
fn spell(text: &[u8], offset: i32, mut enter: impl FnMut(u32)) {
    let mut gram = FOLD;
    let mut free = [0_u32; 3];
    let mut frees = 0;
    for lane in 0..4 {
        let at = usize::try_from(offset + lane).ok();
        match at.and_then(|at| text.get(at)) {
            Some(&byte) => gram |= u32::from(byte) << (8 * lane),
            None => {
                free[frees] = lane as u32;
                frees += 1;
            }
        }
    }
    for value in 0..1_u32 << (7 * frees) {
        let filled = (0..frees).fold(gram, |gram, slot| {
            let seven = value >> (7 * slot) & 0x7f;
            let byte = (seven & 0x60) << 1 | 0x20 | seven & 0x1f;
            gram | byte << (8 * free[slot])
        });
        enter(filled);
    }
}
