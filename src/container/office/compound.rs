//! Compound files, in which office programs wrote before 2007, and others do today: `.doc`, `.xls`, `.ppt`, `.msg`, `.msi`,
//! and the macros of today's documents (`vbaProject.bin`).
//!
//! Such a file is a file system: streams in sectors that may be anywhere. Here every entry of the directory that is a stream
//! is read, named or not by the tree that the directory also is. The source of macros is unpacked, and the text of a document
//! is given as lines.
//!
//! Sources: MS-CFB, MS-OVBA 2.4.1, MS-DOC 2.5.1, MS-XLS 2.4.117, MS-PPT 2.3.2, MS-OFFCRYPTO 2.3.4.

use super::super::member::shown;
use super::super::walk::{At, Walk};
use super::super::{DAMAGED, ENCRYPTED, TOO_LARGE, reason_of, streams};
use memchr::memmem;
use std::io;

const MAGIC: &[u8; 8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Bytes of an entry of the directory.
const ENTRY: usize = 128;

/// Bytes of a sector of short streams.
const SHORT: usize = 64;

/// The largest directory, and the largest table of short streams' sectors, bytes.
const LARGEST_TABLE: usize = 16 << 20;

/// The most bytes of short streams.
const LARGEST_SHORTS: usize = 128 << 20;

/// The shortest text that is taken from a document, letters.
const SHORTEST: usize = 6;

/// True for a compound file: its byte order, and sectors of one of the two sizes.
pub(in crate::container) fn is_one(head: &[u8]) -> bool {
    head.len() >= 512 && head.starts_with(MAGIC) && head[28..30] == [0xfe, 0xff] && matches!(head[30], 9 | 12)
}

/// Gives out the streams.
pub(in crate::container) fn read(walk: &mut Walk<'_>, bytes: &[u8], at: &At) -> io::Result<()> {
    let Some(file) = Compound::open(bytes) else { return walk.ends(&at.path, DAMAGED) };
    if file.directory.len() == LARGEST_TABLE {
        walk.miss(&at.path, TOO_LARGE);
    }
    let mut is_whole = true;
    let has_package = file.directory.chunks_exact(ENTRY).any(|entry| name(entry) == "EncryptedPackage");
    for entry in file.directory.chunks_exact(ENTRY) {
        if entry[66] != 2 || walk.is_over {
            continue;
        }
        let name = name(entry);
        let stream = match file.stream(entry) {
            Ok(stream) => stream,
            Err(stream) => {
                is_whole = false;
                stream
            }
        };
        // Entries may share what they point to.
        if let Err(error) = walk.budget.take(stream.len() as u64) {
            return walk.ends(&at.join(&name), reason_of(&error));
        }
        if is_encrypted(&name, &stream) {
            walk.miss(&at.join(&name), ENCRYPTED);
        }
        // How it is encrypted: salts and sums.
        if name == "EncryptionInfo" && has_package {
            continue;
        }
        walk.member(&name, &mut stream.as_slice(), at)?;
        if name == "PowerPoint Document" {
            // Objects and macros are compressed in it.
            streams::read(walk, &mut io::Cursor::new(&stream), &at.inside(&name))?;
        }
        let (text, ending) = match name.as_str() {
            "WordDocument" | "Workbook" | "Book" | "PowerPoint Document" => (texts(&stream), "!text"),
            _ => (macros(&stream), ".bas"),
        };
        if !text.is_empty() && !walk.is_over {
            walk.text(&format!("{name}{ending}"), &text, at)?;
        }
    }
    if is_whole { Ok(()) } else { walk.ends(&at.path, DAMAGED) }
}

/// A file's tables.
struct Compound<'b> {
    bytes: &'b [u8],
    shift: u8,
    /// For each sector the one after it.
    next: Vec<u32>,
    /// The same for those of short streams.
    next_short: Vec<u32>,
    /// What short streams are in.
    shorts: Vec<u8>,
    /// Streams that are shorter are short ones.
    cutoff: u64,
    directory: Vec<u8>,
    has_wide_sizes: bool,
}

impl<'b> Compound<'b> {
    fn open(bytes: &'b [u8]) -> Option<Self> {
        let head = bytes.first_chunk::<512>()?;
        let shift = head[30];
        let mut file = Self {
            bytes,
            shift,
            next: Vec::new(),
            next_short: Vec::new(),
            shorts: Vec::new(),
            cutoff: u64::from(u32_at(head, 56)?),
            directory: Vec::new(),
            has_wide_sizes: head[26] >= 4,
        };
        // The sectors with the table: 109 of them are in the header, the others in a chain.
        let mut tables: Vec<u32> = words(&head[76..]).collect();
        let mut more = u32_at(head, 68)?;
        for _ in 0..file.sectors() {
            let Some(sector) = file.sector(more) else { break };
            let mut list: Vec<u32> = words(sector).collect();
            more = list.pop()?;
            tables.append(&mut list);
        }
        tables.truncate(file.sectors());
        for number in tables {
            file.next.extend(file.sector(number).into_iter().flat_map(words));
            if file.next.len() > file.sectors() {
                break;
            }
        }
        file.directory = file.chain(u32_at(head, 48)?, LARGEST_TABLE).ok()?;
        let next_short = file.chain(u32_at(head, 60)?, LARGEST_TABLE).unwrap_or_else(|start| start);
        file.next_short = words(&next_short).collect();
        let root = file.directory.get(..ENTRY)?;
        file.shorts = file.chain(u32_at(root, 116)?, LARGEST_SHORTS).unwrap_or_else(|start| start);
        Some(file)
    }

    /// How many sectors the file has.
    fn sectors(&self) -> usize {
        self.bytes.len() >> self.shift
    }

    /// A sector; the last one may be cut off.
    fn sector(&self, number: u32) -> Option<&'b [u8]> {
        let begins = (number as usize).checked_add(1)?.checked_mul(1 << self.shift)?;
        let rest = self.bytes.get(begins..).filter(|rest| !rest.is_empty())?;
        Some(&rest[..rest.len().min(1 << self.shift)])
    }

    /// What is in the chain of sectors that begins with `number`, up to `len` bytes; if the chain is broken, what is before
    /// that as an error.
    fn chain(&self, number: u32, len: usize) -> Result<Vec<u8>, Vec<u8>> {
        follow(&self.next, number, len, |number| self.sector(number))
    }

    /// What a stream contains; if that is not all of it, as an error.
    fn stream(&self, entry: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        let size = u64::from(u32_at(entry, 120).unwrap_or_default());
        let high = u64::from(u32_at(entry, 124).unwrap_or_default());
        let size = if self.has_wide_sizes { high << 32 | size } else { size };
        let len = usize::try_from(size).unwrap_or(usize::MAX);
        let first = u32_at(entry, 116).unwrap_or_default();
        if len == 0 {
            return Ok(Vec::new());
        }
        let content = match size < self.cutoff {
            true => follow(&self.next_short, first, len, |number| {
                let begins = (number as usize).checked_mul(SHORT)?;
                let rest = self.shorts.get(begins..).filter(|rest| !rest.is_empty())?;
                Some(&rest[..rest.len().min(SHORT)])
            }),
            false => self.chain(first, len),
        };
        content.and_then(|content| if content.len() == len { Ok(content) } else { Err(content) })
    }
}

/// Puts a chain together.
fn follow<'c>(
    next: &[u32],
    first: u32,
    len: usize,
    sector: impl Fn(u32) -> Option<&'c [u8]>,
) -> Result<Vec<u8>, Vec<u8>> {
    /// The highest number of a sector; higher ones end a chain.
    const LAST: u32 = 0xffff_fffa;
    let mut content = Vec::new();
    let mut number = first;
    for _ in 0..=next.len() {
        if number > LAST || content.len() >= len {
            content.truncate(len);
            return Ok(content);
        }
        let Some(bytes) = sector(number) else { return Err(content) };
        content.extend_from_slice(bytes);
        let Some(after) = next.get(number as usize) else { return Err(content) };
        number = *after;
    }
    Err(content)
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// An entry's name.
fn name(entry: &[u8]) -> String {
    let len = usize::from(u16::from_le_bytes([entry[64], entry[65]])).clamp(2, 64);
    let units = entry[..len - 2].as_chunks().0.iter().map(|unit| u16::from_le_bytes(*unit));
    let name: String =
        char::decode_utf16(units).map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    shown(name.as_bytes())
}

/// True for a stream that is encrypted, or says that the document is.
fn is_encrypted(name: &str, stream: &[u8]) -> bool {
    match name {
        "EncryptedPackage" => true,
        // What a presentation's current user begins with, if it is encrypted.
        "Current User" => stream.get(12..16) == Some(b"\xdf\xc4\xd1\xf3"),
        // A flag of the document's first block.
        "WordDocument" => stream.get(11).is_some_and(|flags| flags & 1 == 1),
        // Among the first records of a sheet one says so.
        "Workbook" | "Book" => {
            let mut rest = stream;
            (0..4).any(|_| {
                let Some(([a, b, c, d], after)) = rest.split_first_chunk() else { return false };
                rest = after.get(usize::from(u16::from_le_bytes([*c, *d]))..).unwrap_or_default();
                u16::from_le_bytes([*a, *b]) == 0x2f
            })
        }
        _ => false,
    }
}

/// The texts in a document's stream, one a line: letters of one byte or two.
fn texts(stream: &[u8]) -> Vec<u8> {
    let is_letter = |byte: u8| matches!(byte, b' '..=b'~' | 0xa0..);
    let mut out = Vec::new();
    let mut at = 0;
    while at < stream.len() {
        let rest = &stream[at..];
        let narrow = rest.iter().take_while(|&&byte| is_letter(byte) || byte == b'\t').count();
        let wide = rest.as_chunks().0.iter().take_while(|[low, high]| *high == 0 && is_letter(*low)).count();
        let (text, len): (Vec<u8>, usize) = match (narrow, wide) {
            (SHORTEST.., _) => (rest[..narrow].to_vec(), narrow),
            (_, SHORTEST..) => (rest.iter().step_by(2).take(wide).copied().collect(), wide * 2),
            _ => (Vec::new(), narrow.max(1)),
        };
        if !text.is_empty() {
            // Either way a letter's number is its own in Latin-1.
            for byte in text {
                out.extend_from_slice(char::from(byte).encode_utf8(&mut [0; 2]).as_bytes());
            }
            out.push(b'\n');
        }
        at += len;
    }
    out
}

/// The source of a module of macros: it is compressed, and begins with an attribute, whose first eight letters the method
/// leaves as they are.
fn macros(stream: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    for at in memmem::find_iter(stream, b"\0Attribut") {
        let container = at.checked_sub(3).filter(|&from| stream[from] == 1);
        if let Some(from) = container {
            text.extend(unpacked(&stream[from + 1..]));
            text.push(b'\n');
        }
    }
    text
}

/// What chunks of the method of macros contain, up to the first that is none.
fn unpacked(chunks: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = chunks;
    while let Some((header, after)) = rest.split_first_chunk() {
        let header = u16::from_le_bytes(*header);
        // Three bits have a fixed value; the others are whether it is compressed, and its length.
        if header >> 12 & 7 != 3 {
            break;
        }
        let len = usize::from(header & 0xfff) + 1;
        let chunk = &after[..after.len().min(len)];
        if header >> 15 == 0 {
            out.extend_from_slice(chunk);
        } else {
            chunk_into(&mut out, chunk);
        }
        rest = &after[chunk.len()..];
    }
    out
}

/// Unpacks one chunk, of at most 4096 bytes.
fn chunk_into(out: &mut Vec<u8>, chunk: &[u8]) {
    /// The most bytes of a chunk.
    const MOST: usize = 4096;
    let start = out.len();
    let mut rest = chunk;
    while let Some((&flags, after)) = rest.split_first() {
        rest = after;
        for bit in 0..8 {
            if rest.is_empty() || out.len() - start >= MOST {
                break;
            }
            if flags >> bit & 1 == 0 {
                out.push(rest[0]);
                rest = &rest[1..];
                continue;
            }
            let Some((token, after)) = rest.split_first_chunk() else { return };
            rest = after;
            let token = u16::from_le_bytes(*token);
            // The further the chunk is, the more bits say how far back a copy begins.
            let back_bits = (out.len() - start).next_power_of_two().trailing_zeros().clamp(4, 12);
            let back = usize::from(token >> (16 - back_bits)) + 1;
            let len = usize::from(token & (0xffff >> back_bits)) + 3;
            let Some(from) = out.len().checked_sub(back).filter(|from| *from >= start) else { return };
            for at in from..from + len.min(MOST) {
                out.push(out[at]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_unpacked_as_the_document_of_the_method_says() {
        // The examples of MS-OVBA 3.2: without anything to copy, with copies, and with the longest.
        let table: &[(&[u8], &[u8])] = &[
            (
                b"\x19\xb0\0abcdefgh\0ijklmnop\0qrstuv.",
                b"abcdefghijklmnopqrstuv.",
            ),
            (
                b"\x2f\xb0\0#aaabcde\x82f\0\x70aghij\x01\x38\x08akl\0\x30mnop\x06q\x02\x70\x04\x10rstuv\x10wxyz\0\x3c",
                b"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa",
            ),
            (b"\x03\xb0\x02a\x45\0", &[b'a'; 73]),
            (b"\xff\xff", b""),
            (b"", b""),
        ];
        for (packed, plain) in table {
            assert_eq!(unpacked(packed).escape_ascii().to_string(), plain.escape_ascii().to_string());
        }
    }

    #[test]
    fn texts_of_one_and_two_bytes_a_letter_are_lines() {
        let wide: Vec<u8> = "PASSWORD=y".bytes().flat_map(|byte| [byte, 0]).collect();
        let stream = [b"\0\x01short\0password: x\r\x07".as_slice(), &wide, b"\x13\0"].concat();
        assert_eq!(texts(&stream), b"password: x\nPASSWORD=y\n");
    }
}
