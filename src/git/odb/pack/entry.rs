//! One entry of a pack: its header, and where its compressed data starts.

use super::error::Fault;
use crate::git::object::ObjectKind;

/// What an entry's data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryForm<'a> {
    /// An object.
    Whole(ObjectKind),
    /// A delta against the entry that starts at this offset, which is less than the entry's own.
    Offset(u64),
    /// A delta against the object of this name.
    Named(&'a [u8]),
}

/// An entry's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EntryHeader<'a> {
    /// What its data is.
    pub(super) form: EntryForm<'a>,
    /// Length of its data in bytes, inflated, as the header says.
    pub(super) size: u64,
    /// Where its compressed data starts in the pack.
    pub(super) data: usize,
}

impl<'a> EntryHeader<'a> {
    /// Reads the header at `offset` of the pack's bytes up to its trailer, for ids of `hash` bytes.
    pub(super) fn parse(pack: &'a [u8], offset: u64, hash: usize) -> Result<Self, Fault> {
        let mut at = usize::try_from(offset).map_err(|_| Fault::Entry)?;
        let mut next = || {
            let byte = pack.get(at).copied().ok_or(Fault::Entry);
            at += 1;
            byte
        };
        let first = next()?;
        let code = first >> 4 & 7;
        let mut size = u64::from(first & 15);
        let mut shift = 4;
        let mut more = first & 0x80 != 0;
        while more {
            let byte = next()?;
            // 4 + 8 * 7 = 60 bits are more than any object has.
            if shift > 53 {
                return Err(Fault::Entry);
            }
            size |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            more = byte & 0x80 != 0;
        }
        let form = match code {
            6 => {
                let mut byte = next()?;
                let mut back = u64::from(byte & 0x7f);
                while byte & 0x80 != 0 {
                    byte = next()?;
                    // Each further digit means one more than its value (gitformat-pack(5)).
                    back = (back + 1).checked_mul(128).ok_or(Fault::Entry)? | u64::from(byte & 0x7f);
                }
                let base = offset.checked_sub(back).filter(|_| back > 0).ok_or(Fault::Entry)?;
                EntryForm::Offset(base)
            }
            7 => {
                let name = pack.get(at..at + hash).ok_or(Fault::Entry)?;
                at += hash;
                EntryForm::Named(name)
            }
            code => EntryForm::Whole(ObjectKind::from_code(code).ok_or(Fault::Entry)?),
        };
        Ok(Self { form, size, data: at })
    }
}
