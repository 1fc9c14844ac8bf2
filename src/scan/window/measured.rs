//! Strings that are followed by other text because their length is before them, as binary formats write them.
//!
//! A pattern asks what is beside a token, and in text a letter there shows that it is part of a longer word. In Protocol
//! Buffers, MessagePack, CBOR, pickles, property lists, dumps of databases and compiled programs it shows nothing: the
//! token's length is in the bytes before it, maybe as a letter, and the next entry may begin with one.
//!
//! # Design
//!
//! Only between bytes that no text has does a length count, and only if the match ends where the string does. That two
//! such bytes and the right length are before a keyword by chance is rare, and what they change is small: a match that
//! would have been refused for its neighbour.

use crate::scan::nature::is_typed;

/// How many bytes before a string are looked at: the widest length, or what shows that this is no text.
pub(super) const BEFORE: usize = 8;

/// The shortest string that is believed: a length of less is likely to be something else.
const SHORTEST: usize = 12;

/// The lengths that a string of at most `most` bytes after `before` may have, by the ways in which formats write them.
pub(super) fn lengths(before: &[u8], most: usize) -> impl Iterator<Item = usize> {
    let before = &before[before.len().saturating_sub(BEFORE)..];
    let is_text = is_text(before);
    let at = |from_end: usize| before.len().checked_sub(from_end).map(|at| &before[at..]);
    let byte = |from_end: usize| at(from_end).map(|bytes| bytes[0]);
    let short = || at(2).map(|bytes| [bytes[0], bytes[1]]);
    // A length that is a letter or a digit, too, only after the type that binary formats write before it: `x` is CBOR's.
    let single = || {
        byte(1).filter(|len| !is_typed(*len) || byte(2).is_some_and(|kind| !is_typed(kind) || kind == b'x'))
    };
    let long = |from_end: usize| at(from_end).map(|bytes| [bytes[0], bytes[1], bytes[2], bytes[3]]);
    let lengths = [
        single().map(u32::from),
        // The lower bits of MessagePack's types.
        byte(1).filter(|byte| byte >> 5 == 5).map(|byte| u32::from(byte & 0x1f)),
        short().map(|bytes| u16::from_le_bytes(bytes).into()),
        short().map(|bytes| u16::from_be_bytes(bytes).into()),
        // Seven bits a byte, the lowest first.
        short()
            .filter(|[low, _]| *low >= 0x80)
            .map(|[low, high]| u32::from(low & 0x7f) | u32::from(high) << 7),
        long(4).map(u32::from_le_bytes),
        long(4).map(u32::from_be_bytes),
        // Eight bytes, of which the upper half is zero.
        long(8).filter(|_| at(4) == Some(&[0; 4])).map(u32::from_le_bytes),
    ];
    let possible = move |len: &usize| !is_text && (SHORTEST..=most).contains(len);
    lengths.into_iter().flatten().map(|len| len as usize).filter(possible)
}

/// True if the bytes may be of a text: no control characters, and UTF-8, of which the first character may be cut if there
/// is more before it.
fn is_text(bytes: &[u8]) -> bool {
    let is_control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t'..=b'\r' | 0x1b);
    let most = if bytes.len() < BEFORE { 0 } else { 3 };
    let cut = bytes.iter().take(most).take_while(|byte| **byte & 0xc0 == 0x80).count();
    !bytes.iter().any(is_control) && std::str::from_utf8(&bytes[cut..]).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_read_as_each_format_writes_it() {
        let table: [(&[u8], &[usize]); 12] = [
            (b"\x0a\x01k\x12E", &[69]),
            (b"\x94\x8c\x01k\x94\x8c9", &[57]),
            (b"\x81\xa1k\xb8", &[24]),
            (b"\x81\xa1k\xd9(", &[40]),
            (b"\xa1\x61k\x78l", &[108]),
            (b"\x12\xac\x02", &[300]),
            (b"\0\0(\0\0\0", &[40]),
            (b"\0\0\0(", &[40]),
            (b"(\0\0\0\0\0\0\0", &[40]),
            (b"\x01\0(", &[40]),
            (b"token: (", &[]),
            ("ключ: E".as_bytes(), &[]),
        ];
        for (before, wanted) in table {
            let found: Vec<usize> = lengths(before, 1000).collect();
            let name = before.escape_ascii();
            assert!(wanted.iter().all(|len| found.contains(len)), "{name} {found:?}");
            assert_eq!(wanted.is_empty(), found.is_empty(), "{name} {found:?}");
        }
        assert_eq!(lengths(b"\0\0\0(", 39).count() + lengths(b"", 99).count(), 0);
    }
}
