//! A table of bits: whether a hash may be one of those entered.

use crate::record::{Reader, Writer};

/// A table of bits, a power of two of them. Each hash has two bits, in the same word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bits {
    words: Vec<u64>,
    density: Density,
}

/// How full a table is. The fuller it is, the less it shows of what was entered, and the more often a search stops for
/// nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Density {
    /// One bit in ten to five: one hash in 100 to 25 has both bits by chance.
    Dense,
    /// One bit in 32 to 16: one hash in 1,000 to 250 does.
    Sparse,
}

/// The fewest bits of a table.
const FEWEST: usize = 1 << 13;

impl Density {
    /// Bits for each hash that is to be entered, at least.
    const fn room(self) -> usize {
        match self {
            Self::Dense => 12,
            Self::Sparse => 40,
        }
    }

    /// One bit in so many is set, at least: so a table with few hashes shows as little of each as one with many.
    const fn least(self) -> usize {
        match self {
            Self::Dense => 10,
            Self::Sparse => 32,
        }
    }
}

/// A table as it is tested: in a loop, all of it is in registers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tester<'b> {
    words: &'b [u64],
    shift: u32,
}

/// Pairs of bits, one for each value of a byte. (To shift by what is in a register takes three steps each time.)
static PAIRS: [u64; 256] = {
    let mut pairs = [0; 256];
    let mut at = 0;
    while at < 256 {
        // From 1 to 63 further on, so that it is another bit.
        let first = at % 64;
        let second = (first + 1 + (at / 64 * 16 + at * 7 % 16) % 63) % 64;
        pairs[at] = 1 << first | 1 << second;
        at += 1;
    }
    pairs
};

impl Tester<'_> {
    /// 1 if the bits of a hash are set, else 0.
    #[inline(always)]
    pub(super) fn test(self, hash: u64) -> u64 {
        let (at, pair) = place(hash, self.shift);
        u64::from(!self.words[at & (self.words.len() - 1)] & pair == 0)
    }
}

/// The word of a hash, and its bits in it.
#[inline(always)]
fn place(hash: u64, shift: u32) -> (usize, u64) {
    ((hash >> shift) as usize, PAIRS[(hash >> 40 & 0xff) as usize])
}

impl Bits {
    /// A table without any bit set, for this many hashes.
    pub(super) fn new(hashes: usize, density: Density) -> Self {
        let bits = (hashes * density.room()).next_power_of_two().max(FEWEST);
        Self { words: vec![0; bits / 64], density }
    }

    /// The table as it is tested.
    #[inline]
    pub(super) fn tester(&self) -> Tester<'_> {
        Tester { words: &self.words, shift: self.shift() }
    }

    /// How far a hash of 64 bits is shifted to be the position of a word.
    #[inline]
    fn shift(&self) -> u32 {
        64 - self.words.len().trailing_zeros()
    }

    /// How many bits there are.
    fn len(&self) -> usize {
        self.words.len() * 64
    }

    /// How many are set.
    fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether this many more hashes slow down a search little.
    pub(super) fn has_room(&self, more: usize) -> bool {
        (self.count() + 2 * more) * self.density.least() <= self.len() * 2
    }

    /// Whether the bits of a hash are set.
    #[inline]
    pub(super) fn has(&self, hash: u64) -> bool {
        self.tester().test(hash) == 1
    }

    /// Sets the bits of a hash.
    pub(super) fn set(&mut self, hash: u64) {
        let (at, bits) = place(hash, self.shift());
        if let Some(word) = self.words.get_mut(at) {
            *word |= bits;
        }
    }

    /// Sets bits at random until one in as many as must be is set, but not so that the bits of a hash in `except` are.
    pub(super) fn blur(&mut self, except: &[u64]) -> Result<(), getrandom::Error> {
        let mut missing = (self.len() / self.density.least()).saturating_sub(self.count());
        let mut random = vec![0; 8 << 10];
        while missing > 0 {
            getrandom::fill(&mut random)?;
            for hash in random.as_chunks().0.iter().take(missing) {
                let hash = u64::from_le_bytes(*hash);
                let at = place(hash, self.shift()).0;
                let before = self.words[at];
                self.words[at] |= 1 << (hash & 63);
                if except.iter().any(|one| place(*one, self.shift()).0 == at && self.has(*one)) {
                    self.words[at] = before;
                    continue;
                }
                missing -= usize::from(self.words[at] != before);
            }
        }
        Ok(())
    }

    /// Writes it down.
    pub(super) fn write(&self, out: &mut Writer) {
        out.size(self.len());
        for word in &self.words {
            out.raw(&word.to_le_bytes());
        }
    }

    /// Reads what [`Self::write`] wrote.
    pub(super) fn read(from: &mut Reader<'_>, density: Density) -> Option<Self> {
        let len = from.size().filter(|len| len.is_power_of_two() && (FEWEST..=1 << 32).contains(len))?;
        let (words, _) = from.raw(len / 8)?.as_chunks();
        let words = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
        Some(Self { words, density })
    }
}
