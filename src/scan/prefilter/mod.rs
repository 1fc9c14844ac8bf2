//! One pass over all bytes for all literals at once.
//!
//! Four bytes at every second position (a [`gram`]) are folded, hashed and looked up in a bitmap. Each literal is in it
//! twice, once for either parity of its start, each time by its rarest gram at that parity, as [`frequency`] estimates.
//! The positions that pass are tested against a second bitmap, and their neighbouring bytes are compared with those
//! beside the possible grams, both without a branch on the data. The rest is looked up exactly: the hash gives a slot
//! of grams, and their literals are compared. So the cost of the pass hardly depends on how many literals there are, as
//! long as the bitmaps are sparse and in the cache; their size follows their number.
//!
//! A literal of two to four bytes does not have four known bytes at one or both parities. There its gram is entered
//! with every value of the byte beside it.

mod frequency;
mod gram;
pub(super) mod literal;
pub(super) mod packed;

use gram::{FOLD, Taken, fold, hash_again, place, rarest, spell};
use literal::Literals;
use packed::{Sections, Table};
use std::ops::Range;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A literal seen at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Anchor {
    /// Offset of its first byte.
    pub(super) at: usize,
    /// Index of the literal.
    pub(super) literal: u32,
}

/// The set of literals in the form the pass needs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Prefilter {
    bitmap: Table<u64>,
    /// A second, smaller bitmap with another hash: few positions that passed the first by chance pass it.
    second: Table<u64>,
    /// The bytes beside the grams of each slot.
    beside: Table<Beside>,
    /// Where the entries of each slot start; one more at the end.
    starts: Table<u32>,
    entries: Table<Gram>,
    /// The furthest distance of a gram from its literal's start.
    furthest: usize,
}

/// A gram of a literal, with the literal's first bytes: one comparison that nearly always decides, in one line of the
/// cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Gram {
    /// The literal's first bytes, folded, moved to the upper end.
    front: u64,
    /// The bytes, folded by [`fold`].
    bytes: u32,
    /// The literal's index in the upper 24 bits; how many of eight bytes its front lacks in the next
    /// three; in the lower five the gram's offset in it plus one.
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

    /// Its offset.
    const fn offset(self) -> i32 {
        (self.literal & 31) as i32 - 1
    }

    /// Its offset plus one.
    #[inline]
    const fn past(self) -> usize {
        (self.literal & 31) as usize
    }

    /// True if its literal's first bytes are those of `there`.
    #[inline]
    const fn fits(self, there: u64) -> bool {
        (there | FOLD_ALL) << (self.literal >> 2 & 56) == self.front
    }

    #[inline]
    const fn literal(self) -> u32 {
        self.literal >> 8
    }
}

/// Positions that are tested between two rounds of exact comparison.
const ROUND: usize = 512;
/// Positions that are tested in one step.
const STEP: usize = 8;
/// Sizes of the bitmap as powers of two of its words (32 KiB, 128 KiB, 256 KiB): sparse enough that few positions pass
/// by chance, small enough for the second level of the cache, beside all else that is in it. A pass over 131 MB of
/// source code, the least of nine: the ordinary catalogue 70 ms with these, 72 with twice the words, 70 with half; with
/// 5,000 more rules (149,000 grams) 90 ms with these, 93 with twice, 100 with half.
const SMALL: u32 = 12;
const MEDIUM: u32 = 14;
const LARGE: u32 = 15;
/// The second bitmap has fewer words, by this power of two.
const FEWER: u32 = 1;
/// Bytes around a position that fronts look at: 32 up to and including the position's own, and 8 more.
const AROUND: usize = 40;

/// Sizes of the bitmap and of the table of slots for so many literals, as powers of two. With few grams per slot, the
/// bytes beside them exclude more: with 5,000 more rules and 131 MB of source code 1.07 % of the positions are compared
/// with half the slots, .84 % with these (the whole pass takes a twentieth less).
const fn sizes(literals: usize) -> (u32, u32) {
    match literals {
        0..=500 => (SMALL, 13),
        501..=9_000 => (MEDIUM, 15),
        _ => (LARGE, 18),
    }
}

impl Prefilter {
    /// A filter for `literals`.
    pub(super) fn new(literals: &Literals) -> Self {
        let (log, slots) = sizes(literals.sought().len());
        let mut grams = Vec::with_capacity(literals.sought().len() * 5);
        let mut furthest = 0;
        let mut taken = Taken::none(log);
        for (index, literal) in (0..).zip(literals.sought()) {
            let text = literals.text(literal);
            for parity in 0..2 {
                let offset = rarest(text, parity, &taken);
                furthest = furthest.max(offset.max(0) as usize);
                spell(text, offset, |bytes| {
                    taken.enter(bytes);
                    grams.push(Gram::new(bytes, index, text, offset));
                });
            }
        }
        let mut second = vec![0_u64; 1 << (log - FEWER)];
        let mut beside = vec![Beside::default(); 1 << slots];
        let mut starts = vec![0_u32; (1 << slots) + 2];
        for gram in &grams {
            let hash = hash_again(gram.bytes);
            let (word, bit) = place_again(hash, log - FEWER);
            second[word] |= 1 << bit;
            let slot = slot(hash, slots);
            beside[slot].enter(literals.text(literals.at(gram.literal())), gram.offset());
            starts[slot + 2] += 1;
        }
        for slot in 2..starts.len() {
            starts[slot] += starts[slot - 1];
        }
        let mut entries = vec![Gram::default(); grams.len()];
        for gram in grams {
            let next = &mut starts[slot(hash_again(gram.bytes), slots) + 1];
            entries[*next as usize] = gram;
            *next += 1;
        }
        Self {
            bitmap: taken.into_bitmap().into(),
            second: second.into(),
            beside: beside.into(),
            starts: starts.into(),
            entries: entries.into(),
            furthest,
        }
    }

    /// Adds it to the packed tables.
    pub(super) fn pack(&self, out: &mut Vec<u8>) {
        self.bitmap.pack(out);
        self.second.pack(out);
        self.beside.pack(out);
        self.starts.pack(out);
        self.entries.pack(out);
        Table::from(vec![self.furthest as u64]).pack(out);
    }

    /// The one that [`Self::pack`] packed.
    pub(super) fn unpack(sections: &mut Sections) -> Option<Self> {
        let (bitmap, second, beside) = (sections.next()?, sections.next()?, sections.next()?);
        let (starts, entries) = (sections.next()?, sections.next()?);
        let furthest: Table<u64> = sections.next()?;
        let furthest = *furthest.first()? as usize;
        Some(Self { bitmap, second, beside, starts, entries, furthest })
    }

    /// Calls `see` with every literal that starts in `starts` and is wholly in `bytes`, roughly in
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
            // Whole steps if the bytes are there: a literal seen after `end` starts after `starts`.
            let positions =
                (end - at).div_ceil(2).next_multiple_of(STEP).min(ROUND).min(round.len().div_ceil(2));
            let count = match self.bitmap.len().ilog2() {
                SMALL => sift::<{ 1 << SMALL }>(&self.bitmap, round, positions, &mut passed),
                MEDIUM => sift::<{ 1 << MEDIUM }>(&self.bitmap, round, positions, &mut passed),
                _ => sift::<{ 1 << LARGE }>(&self.bitmap, round, positions, &mut passed),
            };
            let count = self.sift_again(bytes, at, count, &mut passed);
            let count = self.sift_beside(bytes, at, count, &mut passed);
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
        let slot = slot(hash_again(gram), self.beside.len().ilog2());
        let range = self.starts[slot] as usize..self.starts[slot + 1] as usize;
        // If all bytes that a front can look at are there, one comparison decides nearly every entry.
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

    /// Keeps, of the first `count` positions in `passed` (counted from `from`), those whose gram is in the second
    /// bitmap too; returns how many. Of the positions that pass the first one on source code nearly half do so by
    /// chance; this removes most of them, again without a branch on the data. Measured with the fronts beside the grams
    /// on 136 MB of source code: 44 ms for all after the first sieve became 37 ms, a quarter of it here.
    /// sieve became 37 ms, a quarter of it here.
    #[inline]
    fn sift_again(&self, bytes: &[u8], from: usize, count: usize, passed: &mut [u16; ROUND]) -> usize {
        let log = self.second.len().ilog2();
        let mut kept = 0;
        for index in 0..count {
            let position = passed[index];
            let gram = gram_at(bytes, from + usize::from(position));
            let (word, bit) = place_again(hash_again(gram), log);
            passed[kept] = position;
            kept += (self.second[word] >> bit & 1) as usize;
        }
        kept
    }

    /// Keeps those whose neighbouring bytes are beside a gram of their slot; returns how many: on 131 MB of source code
    /// two in five, and with 5,000 more rules one in three. With entries found by slots instead of by the first
    /// bitmap's words, all after the first sieve takes 17 ms instead of 27; with 5,000 more rules 40 instead of 70.
    #[inline]
    fn sift_beside(&self, bytes: &[u8], from: usize, count: usize, passed: &mut [u16; ROUND]) -> usize {
        let log = self.beside.len().ilog2();
        let mut kept = 0;
        for index in 0..count {
            let position = passed[index];
            let around = around(bytes, from + usize::from(position));
            let gram = fold((around >> 8) as u32);
            let beside = self.beside[slot(hash_again(gram), log)];
            passed[kept] = position;
            kept += usize::from(beside.holds(around as u8, (around >> 40) as u8));
        }
        kept
    }
}

/// The bytes before and after the grams of a slot, in their literals: a bit for each value of a byte's lower five bits,
/// which distinguish letters; all bits if a literal starts or ends there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Beside {
    before: u32,
    after: u32,
}

impl Beside {
    /// Enters the gram at `offset` of this text.
    fn enter(&mut self, text: &[u8], offset: i32) {
        let bits = |at: i32| match usize::try_from(at).ok().and_then(|at| text.get(at)) {
            Some(&byte) => 1 << (byte & 31),
            None => u32::MAX,
        };
        self.before |= bits(offset - 1);
        self.after |= bits(offset + 4);
    }

    /// True if one of the grams has `before` before it and one has `after` after it.
    #[inline]
    const fn holds(self, before: u8, after: u8) -> bool {
        self.before >> (before & 31) & self.after >> (after & 31) & 1 == 1
    }
}

/// Writes the positions of `round` (even ones, the first `positions` of them) whose gram is in the bitmap to `passed`;
/// returns how many. Without a branch on the data: on source code one position in twenty passes, which would be
/// mispredicted.
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

/// The same for eight bytes, only the case.
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

/// The byte before `at` (the lowest), the gram there and what follows; bytes outside count as zeros. This can only let
/// a position pass: a literal that continues outside is not here.
#[inline]
fn around(bytes: &[u8], at: usize) -> u64 {
    match at.checked_sub(1) {
        Some(before) => word_at(bytes, before),
        None => word_at(bytes, at) << 8,
    }
}

/// The folded gram at `at`; bytes after the end count as zeros.
#[inline]
fn gram_at(bytes: &[u8], at: usize) -> u32 {
    match bytes[at..].first_chunk() {
        Some(gram) => fold(u32::from_le_bytes(*gram)),
        None => {
            let mut gram = [0; 4];
            gram[..bytes.len() - at].copy_from_slice(&bytes[at..]);
            fold(u32::from_le_bytes(gram))
        }
    }
}

/// Word and bit of a hash in the second bitmap, of `1 << log` words.
#[inline]
const fn place_again(hash: u32, log: u32) -> (usize, u32) {
    ((hash >> (32 - log)) as usize, hash >> (26 - log) & 63)
}

/// The slot of a hash among `1 << log`.
#[inline]
const fn slot(hash: u32, log: u32) -> usize {
    (hash >> (32 - log)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Catalogue;

    fn naive(literals: &Literals, bytes: &[u8], starts: Range<usize>) -> Vec<Anchor> {
        let mut anchors = Vec::new();
        for at in starts {
            for (index, literal) in (0..).zip(literals.sought()) {
                if literals.stands(literal, bytes, at) {
                    anchors.push(Anchor { at, literal: index });
                }
            }
        }
        anchors
    }

    #[test]
    fn every_literal_is_seen_once_at_each_of_its_positions() {
        let literals = Literals::new(Catalogue::embedded().rules(), |_| true);
        let filter = Prefilter::new(&literals);
        for (index, literal) in literals.sought().iter().enumerate() {
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
