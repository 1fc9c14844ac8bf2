//! A table of bits: whether a hash may be one of those entered.

use crate::record::{Reader, Writer};

/// A table of bits, a power of two of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bits {
    words: Vec<u64>,
    /// How far a hash of 64 bits is shifted to be a position.
    shift: u32,
}

impl Bits {
    /// A table without any bit set, of at least `least` bits.
    pub(super) fn new(least: usize) -> Self {
        let bits = least.next_power_of_two().max(1 << 10);
        Self { words: vec![0; bits / 64], shift: 64 - bits.trailing_zeros() }
    }

    /// How many bits there are.
    pub(super) fn len(&self) -> usize {
        self.words.len() * 64
    }

    /// How many are set.
    pub(super) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The position of a hash.
    #[inline]
    pub(super) fn place(&self, hash: u64) -> u64 {
        hash >> self.shift
    }

    /// Whether the bit of a hash is set.
    #[inline]
    pub(super) fn has(&self, hash: u64) -> bool {
        let at = self.place(hash);
        self.words.get((at / 64) as usize).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// Sets the bit of a hash.
    pub(super) fn set(&mut self, hash: u64) {
        let at = self.place(hash);
        if let Some(word) = self.words.get_mut((at / 64) as usize) {
            *word |= 1 << (at % 64);
        }
    }

    /// Sets bits at random until one in `share` is set, so that few values do not show more of themselves than many.
    ///
    /// The bits of the hashes in `except` are left alone.
    pub(super) fn blur(&mut self, share: usize, except: &[u64]) -> Result<(), getrandom::Error> {
        let mut missing = (self.len() / share).saturating_sub(self.count());
        let mut random = vec![0; 8 << 10];
        while missing > 0 {
            getrandom::fill(&mut random)?;
            for hash in random.as_chunks().0.iter().take(missing) {
                let hash = u64::from_le_bytes(*hash);
                if except.iter().any(|one| self.place(*one) == self.place(hash)) {
                    continue;
                }
                missing -= usize::from(!self.has(hash));
                self.set(hash);
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
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let len = from.size().filter(|len| len.is_power_of_two() && (1 << 10..=1 << 32).contains(len))?;
        let (words, _) = from.raw(len / 8)?.as_chunks();
        let words = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
        Some(Self { words, shift: 64 - len.trailing_zeros() })
    }
}
