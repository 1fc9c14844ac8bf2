//! The tables of the search for the built-in rules' literals, made when the program is built.
//!
//! `build.rs` compiles this module too, with [`literal`](super::literal) and [`prefilter`](super::prefilter), and
//! writes what [`pack`] returns. The program uses these bytes where they are in its file: nothing is parsed, copied or
//! hashed at the start of a run. A catalogue that is not the built-in one gets tables of its own when it is read.
//!
//! # Performance
//!
//! A third of the time of `staged` with one file was spent on making these tables, half of that on first touching
//! their memory.

use super::literal::Literals;
use super::prefilter::Prefilter;
use crate::rules::Catalogue;
use std::borrow::Cow;
use std::ops::Deref;
use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

/// Values that are in the program's file or were made for this run.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Table<T: Clone + 'static>(Cow<'static, [T]>);

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
    pub(super) fn pack(&self, out: &mut Vec<u8>) {
        let bytes = (**self).as_bytes();
        out.extend_from_slice(&(bytes.len() as u64).to_ne_bytes());
        out.extend_from_slice(bytes);
        out.resize(out.len().next_multiple_of(ALIGN), 0);
    }
}

/// Sections begin at multiples of this.
const ALIGN: usize = 8;

/// Packed tables that are read in order.
pub(super) struct Sections(&'static [u8]);

impl Sections {
    /// The next one; `None` if the bytes are no such values.
    pub(super) fn next<T>(&mut self) -> Option<Table<T>>
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

/// The tables for all rules of a catalogue, in the byte order of the machine that packs them.
#[allow(dead_code, unreachable_pub, reason = "the build script calls it")]
pub fn pack(catalogue: &Catalogue) -> Vec<u8> {
    let literals = Literals::new(catalogue.rules(), |_| true);
    let mut out = Vec::new();
    literals.pack(&mut out);
    Prefilter::new(&literals).pack(&mut out);
    out
}

/// The tables for all built-in rules; `None` if this program was built on a machine of another byte order.
#[cfg(tables_packed)]
pub(super) fn embedded() -> Option<(Literals, Prefilter)> {
    #[repr(C, align(8))]
    struct Aligned<B: ?Sized>(B);
    static TABLES: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/tables.bin")));
    let mut sections = Sections(&TABLES.0);
    Some((Literals::unpack(&mut sections)?, Prefilter::unpack(&mut sections)?))
}

/// The tables for all built-in rules; `None` if this program was built on a machine of another byte order.
#[cfg(not(tables_packed))]
pub(super) fn embedded() -> Option<(Literals, Prefilter)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packed_tables_are_those_of_the_built_in_rules() {
        let catalogue = Catalogue::embedded();
        let literals = Literals::new(catalogue.rules(), |_| true);
        let prefilter = Prefilter::new(&literals);
        if cfg!(tables_packed) {
            assert_eq!(embedded(), Some((literals, prefilter)));
        } else {
            assert_eq!(embedded(), None);
        }
    }

    #[test]
    fn bytes_that_are_no_table_are_none() {
        let cut: &'static [u8] = &[9, 0, 0, 0, 0, 0, 0, 0, 1];
        assert!(Sections(cut).next::<u8>().is_none());
        let uneven: &'static [u8] = &[3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0];
        assert!(Sections(uneven).next::<u32>().is_none());
        assert_eq!(Sections(uneven).next::<u8>().as_deref(), Some(&[1, 2, 3][..]));
    }
}
