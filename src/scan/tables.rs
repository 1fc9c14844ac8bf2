//! The tables of the search for the built-in rules' literals, made when the program is built.
//!
//! `build.rs` compiles this module too, with [`prefilter`](super::prefilter), and writes what [`pack`] returns. The
//! program uses these bytes where they are in its file: nothing is parsed, copied or hashed at the start of a run. A
//! catalogue that is not the built-in one gets tables of its own when it is read.
//!
//! # Performance
//!
//! A third of the time of `staged` with one file was spent on making these tables, half of that on first touching
//! their memory.

use super::prefilter::Prefilter;
use super::prefilter::literal::Literals;
use crate::rules::Catalogue;

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
    use super::prefilter::packed;

    #[repr(C, align(8))]
    struct Aligned<B: ?Sized>(B);
    static TABLES: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/tables.bin")));
    let mut sections = packed::Sections::of(&TABLES.0);
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
}
