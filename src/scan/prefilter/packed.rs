//! Tables that are used where they are in the program's file, or are made for a run; and how they are written and read.

use std::borrow::Cow;
use std::ops::Deref;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// Values that are in the program's file or were made for this run.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::scan) struct Table<T: Clone + 'static>(Cow<'static, [T]>);

impl<T: Clone> Default for Table<T> {
    fn default() -> Self {
        Self(Cow::Borrowed(&[]))
    }
}

impl<T: Clone> From<Vec<T>> for Table<T> {
    fn from(values: Vec<T>) -> Self {
        Self(Cow::Owned(values))
    }
}

impl<T: Clone> Deref for Table<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Clone + IntoBytes + Immutable> Table<T> {
    /// Adds a section: the length of the values in bytes (8 bytes), the values, zeros up to a multiple of [`ALIGN`].
    pub(in crate::scan) fn pack(&self, out: &mut Vec<u8>) {
        let bytes = (**self).as_bytes();
        out.extend_from_slice(&(bytes.len() as u64).to_ne_bytes());
        out.extend_from_slice(bytes);
        out.resize(out.len().next_multiple_of(ALIGN), 0);
    }
}

/// Sections begin at multiples of this.
const ALIGN: usize = 8;

/// Packed tables that are read in order.
pub(in crate::scan) struct Sections(&'static [u8]);

impl Sections {
    /// All of `bytes`.
    #[allow(dead_code, reason = "the build script only writes them")]
    pub(in crate::scan) const fn of(bytes: &'static [u8]) -> Self {
        Self(bytes)
    }

    /// The next one; `None` if the bytes are no such values.
    pub(in crate::scan) fn next<T>(&mut self) -> Option<Table<T>>
    where
        T: Clone + TryFromBytes + Immutable + KnownLayout,
    {
        let (len, rest) = self.0.split_first_chunk()?;
        let len = usize::try_from(u64::from_ne_bytes(*len)).ok()?;
        let values = <[T]>::try_ref_from_bytes(rest.get(..len)?).ok()?;
        self.0 = rest.get(len.next_multiple_of(ALIGN)..)?;
        Some(Table(Cow::Borrowed(values)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_table_are_none() {
        let cut: &'static [u8] = &[9, 0, 0, 0, 0, 0, 0, 0, 1];
        assert!(Sections(cut).next::<u8>().is_none());
        let uneven: &'static [u8] = &[3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0];
        assert!(Sections(uneven).next::<u32>().is_none());
        assert_eq!(Sections(uneven).next::<u8>().as_deref(), Some(&[1, 2, 3][..]));
    }
}
