//! Grams: the four bytes of a literal that are searched for, how they are compared and hashed, and which gram of a
//! literal is chosen.
//!
//! # Design
//!
//! The choice follows a model of bytes and common words, never the scanned data. A bad choice costs only speed.

use super::frequency::{COMMON, after, alone};

/// Clears an ASCII letter's case, and in the outer two bytes everything but what distinguishes letters. So the gram of
/// a short literal, with one byte unknown, has 32 values instead of 128. That other bytes become equal costs only a
/// comparison.
pub(super) const FOLD: u32 = 0xe020_20e0;
/// The bits that are cleared in the outer two bytes.
const FOLD_OUTER: u32 = FOLD & 0xff00_00ff;

/// Clears what [`FOLD`] does, except that in the inner two bytes only the case of letters is cleared. The first bitmap
/// needs a single operation; there a zero byte becomes a blank, and half of the grams of UTF-16 forms become single
/// letters between blanks. So the second bitmap and the comparison use this function (a tenth fewer positions are
/// compared, with a tenth fewer entries).
#[inline]
pub(super) const fn fold(gram: u32) -> u32 {
    gram | FOLD_OUTER | (gram & 0x0040_4000) >> 1
}

/// Word and bit of a gram folded by [`FOLD`] in a bitmap of `1 << log` words.
#[inline]
pub(super) const fn place(gram: u32, log: u32) -> (usize, u32) {
    let hash = gram.wrapping_mul(0x9e37_79b1);
    ((hash >> (32 - log)) as usize, hash >> (26 - log) & 63)
}

/// Another hash of a gram; the second bitmap and the slots use its upper bits.
#[inline]
pub(super) const fn hash_again(gram: u32) -> u32 {
    let hash = gram.wrapping_mul(0x85eb_ca6b) ^ gram >> 15;
    hash.wrapping_mul(0xc2b2_ae35)
}

/// Grams are taken from a literal's first bytes only, so that a pass over a range stays in its vicinity.
const NEAR: usize = 26;

/// The offset in `text` of the best gram that is at an even position if `text` starts at one of `parity`: 0 to
/// [`NEAR`], or -1 for the byte before with the first three of a short one. Rare bytes are preferred, and so is a gram
/// whose bit is already set: it adds no position that passes the first bitmap.
pub(super) fn rarest(text: &[u8], parity: usize, taken: &Taken) -> i32 {
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
        worth + taken.favour(fold(gram))
    };
    let len = text.len();
    // All four bytes known; else three known ones after or before an unknown one.
    let whole = (parity..len.saturating_sub(3)).step_by(2).map(|at| at as i32).max_by_key(|&at| worth(at));
    match (whole, parity) {
        (Some(at), _) => at,
        (None, 1) if len == 4 && worth(1) > worth(-1) => 1,
        (None, 1) => -1,
        (None, _) => 0,
    }
}

/// What raises or lowers a gram's worth besides its own bytes, in half bits of surprise; and the first bitmap, which
/// fills while grams are chosen.
pub(super) struct Taken {
    bitmap: Vec<u64>,
    /// For each hash of a gram what it loses as a part of common words.
    common: Vec<u8>,
}

/// The gain of a gram whose bit is already set. On 131 MB of source code 1.42 % of the positions pass both bitmaps
/// without a gain (and with a loss for each gram in its slot, up to 6), 1.28 % with this one; with 5,000 more rules
/// 2.86 % and 2.55 %, with a fifteenth fewer bits. A gain of 8 is no better.
const SET_GAIN: i32 = 4;
/// The loss of a common word's grams, the loss for each further word with the same gram, and the most. A word that is
/// part of others counts more often, and so loses more (16 + 1, 8 + 1 and 12 + 4 compare as much within a twentieth).
const COMMON_LOSS: u8 = 12;
const FURTHER_LOSS: u8 = 2;
const MOST_LOSS: u8 = 40;

impl Taken {
    /// Size of `common` as a power of two: there are some 15,000 grams, and few share a hash by chance.
    const LOG: u32 = 18;

    /// An empty bitmap of `1 << log` words, and the grams of common words: also with the characters around words, and,
    /// for grams with an unknown byte, three bytes with none beside them.
    pub(super) fn none(log: u32) -> Self {
        let mut taken = Self { bitmap: vec![0; 1 << log], common: vec![0; 1 << Self::LOG] };
        for word in COMMON.split_ascii_whitespace().map(str::as_bytes) {
            for four in word.windows(4) {
                taken.meet([four[0], four[1], four[2], four[3]]);
            }
            for three in word.windows(3) {
                taken.meet_three([three[0], three[1], three[2]]);
            }
            let (Some(&[a, b, c]), Some(&[x, y, z])) = (word.first_chunk(), word.last_chunk()) else {
                continue;
            };
            for border in [b' ', b'_', b'\t', b'"'] {
                taken.meet([border, a, b, c]);
                taken.meet([x, y, z, border]);
                taken.meet_three([border, a, b]);
                taken.meet_three([y, z, border]);
            }
        }
        taken
    }

    fn meet_three(&mut self, [a, b, c]: [u8; 3]) {
        self.meet([a, b, c, 0]);
        self.meet([0, a, b, c]);
    }

    fn meet(&mut self, gram: [u8; 4]) {
        let loss = &mut self.common[Self::hash(fold(u32::from_le_bytes(gram)))];
        *loss = (*loss + FURTHER_LOSS).clamp(COMMON_LOSS, MOST_LOSS);
    }

    /// Sets a gram's bit.
    pub(super) fn enter(&mut self, gram: u32) {
        let (word, bit) = place(gram | FOLD, self.bitmap.len().ilog2());
        self.bitmap[word] |= 1 << bit;
    }

    fn favour(&self, gram: u32) -> i32 {
        let (word, bit) = place(gram | FOLD, self.bitmap.len().ilog2());
        let gain = if self.bitmap[word] >> bit & 1 == 1 { SET_GAIN } else { 0 };
        gain - i32::from(self.common[Self::hash(gram)])
    }

    fn hash(gram: u32) -> usize {
        (gram.wrapping_mul(0x9e37_79b1) >> (32 - Self::LOG)) as usize
    }

    /// The bits of all entered grams.
    pub(super) fn into_bitmap(self) -> Vec<u64> {
        self.bitmap
    }
}

/// Calls `enter` with every folded gram that `text` can have at `offset`.
pub(super) fn spell(text: &[u8], offset: i32, mut enter: impl FnMut(u32)) {
    let mut gram = 0;
    let mut free = 0_u32;
    for lane in 0..4 {
        match usize::try_from(offset + lane).ok().and_then(|at| text.get(at)) {
            Some(&byte) => gram |= u32::from(byte) << (8 * lane),
            None => free |= 0xff << (8 * lane),
        }
    }
    let gram = fold(gram);
    // Every value of the unknown bits, in ascending order; each folded value once.
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
