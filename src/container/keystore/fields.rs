//! Fields of numbers and counted bytes, the highest byte first.

/// What is still to be read.
pub(super) struct BigEndian<'a>(pub(super) &'a [u8]);

impl<'a> BigEndian<'a> {
    /// The next `len` bytes.
    pub(super) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of `len` bytes.
    pub(super) fn number(&mut self, len: usize) -> Option<usize> {
        Some(self.take(len)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    /// As many bytes as the two before them say.
    pub(super) fn counted(&mut self) -> Option<&'a [u8]> {
        let len = self.number(2)?;
        self.take(len)
    }
}
