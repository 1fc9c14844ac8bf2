//! Archives of tar: v7, ustar, pax and GNU's.
//!
//! Sources: POSIX.1-2017, pax; the manual of GNU tar, "Basic Tar Format".
//!
//! # Design
//!
//! Blocks of zeros are skipped wherever they are, and reading goes on to the end of the input: archives that were put one
//! after the other are read, as with `tar --ignore-zeros`. Sparse files are read as they are stored.

pub(super) mod contents;
pub(super) mod layer;

use super::member::{drain, fill, shown, start};
use super::walk::{At, Walk};
use super::{DAMAGED, fault, reason_of};
use std::io::{self, BufRead, Read};

const BLOCK: usize = 512;

/// The longest extended header that is looked at, bytes.
const LONGEST: u64 = 1 << 20;

/// True if a tar archive may begin like this: its first header names the format, or its checksum holds.
pub(super) fn begins(head: &[u8]) -> bool {
    let is_named = |block: &[u8; BLOCK]| block[0] != 0 && block[257..].starts_with(b"ustar");
    head.first_chunk().is_some_and(is_named) || is_header(head)
}

/// True if this is a header: its checksum holds.
pub(super) fn is_header(head: &[u8]) -> bool {
    // Most texts fail the first test: a checksum of octal digits, filled up with blanks or zeros.
    let Some(block) = head.first_chunk::<BLOCK>() else { return false };
    block[0] != 0 && octal(&block[148..156]).is_some_and(|sum| holds(block, sum))
}

fn holds(block: &[u8; BLOCK], sum: u64) -> bool {
    let field = 148..156;
    let of = |byte: fn(u8) -> i64| -> i64 {
        let bytes = block.iter().enumerate();
        bytes.map(|(at, &one)| if field.contains(&at) { 32 } else { byte(one) }).sum()
    };
    // Old programs took bytes for signed numbers.
    [of(i64::from), of(|byte| i64::from(byte as i8))].contains(&(sum as i64))
}

/// A number of octal digits between blanks, ended by a blank or a zero.
fn octal(field: &[u8]) -> Option<u64> {
    let digits = field.split(|&byte| byte == 0).next()?.trim_ascii();
    if digits.is_empty() || !digits.iter().all(|digit| matches!(digit, b'0'..=b'7')) {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()
}

/// A size: octal, or if the first bit is set in base 256.
fn size(field: &[u8]) -> Option<u64> {
    match field {
        [first, rest @ ..] if first & 0x80 != 0 => {
            let number = rest.iter().fold(u128::from(first & 0x7f), |number, &byte| {
                (number << 8 | u128::from(byte)).min(u128::from(u64::MAX))
            });
            u64::try_from(number).ok()
        }
        _ if field.iter().all(|byte| matches!(byte, 0 | b' ')) => Some(0),
        _ => octal(field),
    }
}

/// What headers say of the member that follows them.
#[derive(Default)]
struct Ahead {
    name: Option<Vec<u8>>,
    target: Option<Vec<u8>>,
    size: Option<u64>,
    notes: Vec<u8>,
}

/// The shortest value of a record that is text, bytes: times and numbers are shorter, or without letters.
const SHORTEST_NOTE: usize = 8;

impl Ahead {
    /// Records `LEN KEY=VALUE\n`.
    fn read_records(&mut self, mut records: &[u8]) {
        while let Some(blank) = records.iter().position(|&byte| byte == b' ') {
            let len = std::str::from_utf8(&records[..blank]).ok().and_then(|len| len.parse::<usize>().ok());
            let Some(len) = len.filter(|&len| len > blank + 1 && len <= records.len()) else { return };
            let (record, rest) = records.split_at(len);
            records = rest;
            let record = record[blank + 1..].trim_ascii_end();
            let Some(equal) = record.iter().position(|&byte| byte == b'=') else { continue };
            let (key, value) = (&record[..equal], &record[equal + 1..]);
            match key {
                b"path" | b"GNU.sparse.name" => self.name = Some(value.to_vec()),
                b"linkpath" => self.target = Some(value.to_vec()),
                b"size" => self.size = std::str::from_utf8(value).ok().and_then(|size| size.parse().ok()),
                _ if value.len() >= SHORTEST_NOTE && value.iter().any(u8::is_ascii_alphabetic) => {
                    self.notes.extend_from_slice(record);
                    self.notes.push(b'\n');
                }
                _ => {}
            }
        }
    }
}

/// An entry of an archive.
#[derive(Debug)]
pub(super) struct TarEntry {
    /// Its name, as it is stored.
    pub(super) name: Vec<u8>,
    /// What it links to.
    pub(super) target: Vec<u8>,
    /// Its type, as the format names it.
    pub(super) kind: u8,
    /// Bytes that follow.
    pub(super) size: u64,
    /// What headers say besides, a line each (`SCHILY.xattr.user.x=…`): comments, extended attributes.
    pub(super) notes: Vec<u8>,
}

impl TarEntry {
    /// True for a folder, a device or a pipe: there is no content.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self.kind, b'3'..=b'6')
    }

    /// True for a link: its content is its target.
    pub(super) fn is_link(&self) -> bool {
        matches!(self.kind, b'1' | b'2')
    }

    /// Bytes of content that follow; none for a link, whatever its size says.
    pub(super) fn stored(&self) -> u64 {
        if self.is_empty() || self.is_link() { 0 } else { self.size }
    }

    /// What fills its last block.
    pub(super) fn padding(&self) -> u64 {
        self.stored().wrapping_neg() % BLOCK as u64
    }
}

/// What comes next in an archive.
#[derive(Debug)]
pub(super) enum TarStep {
    /// An entry, whose content follows.
    Entry(TarEntry),
    /// Nothing.
    End,
    /// Bytes that are no header, the first of which are these.
    Other {
        /// The bytes.
        bytes: Vec<u8>,
        /// False if they come after an archive that may be whole.
        is_damage: bool,
    },
}

/// Reads the headers of an archive.
#[derive(Debug, Default)]
pub(super) struct TarHeaders {
    has_begun: bool,
}

impl TarHeaders {
    /// What comes next. The content of the entry before, and its padding, must have been read.
    pub(super) fn next(&mut self, reader: &mut dyn BufRead) -> io::Result<TarStep> {
        let mut ahead = Ahead::default();
        let mut block = [0; BLOCK];
        loop {
            let filled = fill(&mut &mut *reader, &mut block)?;
            if block[..filled].iter().all(|&byte| byte == 0) {
                if filled < BLOCK {
                    return Ok(TarStep::End);
                }
                continue;
            }
            let sum = octal(&block[148..156]).filter(|&sum| filled == BLOCK && holds(&block, sum));
            let Some(size) = sum.and_then(|_| size(&block[124..136])) else {
                // What follows the end may be anything; before it, it is a member that is lost.
                let is_damage = !self.has_begun || filled == BLOCK;
                return Ok(TarStep::Other { bytes: block[..filled].to_vec(), is_damage });
            };
            self.has_begun = true;
            let kind = block[156];
            if matches!(kind, b'L' | b'K' | b'x' | b'X' | b'g') {
                let mut header: io::Take<&mut dyn BufRead> = Read::take(&mut *reader, size);
                let (bytes, error) = start(&mut header, LONGEST);
                if let Some(error) = error {
                    return Err(error);
                }
                match kind {
                    b'L' => ahead.name = Some(until_zero(&bytes).to_vec()),
                    b'K' => ahead.target = Some(until_zero(&bytes).to_vec()),
                    _ => ahead.read_records(&bytes),
                }
                drain(&mut header)?;
                if header.limit() > 0 {
                    return Err(fault(DAMAGED));
                }
                drain(&mut Read::take(&mut *reader, size.wrapping_neg() % BLOCK as u64))?;
                continue;
            }
            let Ahead { name, target, size: real, notes } = std::mem::take(&mut ahead);
            if kind == b'S' {
                skip_map(reader, &block)?;
            }
            return Ok(TarStep::Entry(TarEntry {
                name: name.unwrap_or_else(|| own_name(&block)),
                target: target.unwrap_or_else(|| until_zero(&block[157..257]).to_vec()),
                kind,
                size: real.unwrap_or(size),
                notes,
            }));
        }
    }
}

/// Gives out the members.
pub(super) fn read(walk: &mut Walk<'_>, reader: &mut dyn BufRead, at: &At) -> io::Result<()> {
    let mut headers = TarHeaders::default();
    while !walk.is_over {
        let entry = match headers.next(reader) {
            Ok(TarStep::Entry(entry)) => entry,
            Ok(TarStep::End) => return Ok(()),
            Ok(TarStep::Other { bytes, is_damage }) => {
                if is_damage {
                    walk.miss(&at.path, DAMAGED);
                }
                return walk.rest(&mut Read::chain(bytes.as_slice(), reader), at);
            }
            Err(error) => return walk.ends(&at.path, reason_of(&error)),
        };
        let name = shown(&entry.name);
        if !entry.notes.is_empty() {
            walk.member(&format!("{name}!headers"), &mut entry.notes.as_slice(), at)?;
        }
        if entry.is_empty() {
            continue;
        }
        if entry.is_link() {
            walk.member(&name, &mut entry.target.as_slice(), at)?;
            continue;
        }
        let mut member: io::Take<&mut dyn BufRead> = Read::take(&mut *reader, entry.size);
        walk.member(&name, &mut member, at)?;
        if !walk.skip(&mut member, &at.join(&name)) {
            return Ok(());
        }
        if let Err(error) = drain(&mut Read::take(&mut *reader, entry.padding())) {
            return walk.ends(&at.path, reason_of(&error));
        }
    }
    Ok(())
}

/// Skips the rest of a sparse file's map.
fn skip_map(reader: &mut dyn BufRead, block: &[u8; BLOCK]) -> io::Result<()> {
    let mut goes_on = block[482] != 0;
    while goes_on {
        let mut more = [0; BLOCK];
        if fill(&mut &mut *reader, &mut more)? < BLOCK {
            return Err(fault(DAMAGED));
        }
        goes_on = more[504] != 0;
    }
    Ok(())
}

fn until_zero(field: &[u8]) -> &[u8] {
    field.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// The name in the header itself; POSIX puts its start into a field of its own.
fn own_name(block: &[u8; BLOCK]) -> Vec<u8> {
    let (name, prefix) = (until_zero(&block[..100]), until_zero(&block[345..500]));
    let is_posix = &block[257..263] == b"ustar\0";
    if is_posix && !prefix.is_empty() { [prefix, b"/", name].concat() } else { name.to_vec() }
}
