//! Compressed containers, known by their content: archives, compressed files, packages, disk images.
//!
//! File names do not matter, since a name can be anything.
//!
//! # Design
//!
//! The two mistakes do not cost the same. Text that is taken for a container is still scanned, and only its
//! count is wrong. A container that is taken for text makes a run clean although its content was not scanned.
//! So a magic number with bytes that no text has is enough, and one that is made of letters (`BZh91AY&SY`,
//! `PAR1`) counts only if what follows is no text.
//!
//! Images, audio, video and fonts are not containers in this sense, though most are compressed: they contain
//! samples, not files. Containers whose members' bytes are their own (tar, cpio) are in [`super::format`]. A format
//! without a magic number (raw deflate, brotli) cannot be recognised.
//!
//! Sources: the formats' own specifications (RFC 1950, 1952, 8878; PKWARE's APPNOTE; the xz, lzip, lz4, 7z, RAR,
//! cabinet and squashfs documents; gitformat-pack and gitformat-bundle), and ar(5), compress(1).

use memchr::memmem::{self, Finder};
use std::sync::LazyLock;

/// How many bytes from the end of a blob [`by_end`] looks at: a zip's end record with the longest comment.
pub(crate) const END: usize = 22 + 0xffff;

/// How many bytes decide whether a start is text.
const SAMPLE: usize = 512;

/// What the whole blob `bytes` is, if it is a compressed container: the format's usual name (`zip`, `gzip`).
pub(crate) fn of(bytes: &[u8]) -> Option<&'static str> {
    by_start(bytes).or_else(|| by_end(bytes))
}

/// The same if it is known whether a zip's end may be in it: it cannot without the byte [`IN_ZIP_END`]. No version of a
/// text has that byte, so a history need not look at the end of each.
pub(crate) fn of_version(bytes: &[u8], may_end_as_zip: bool) -> Option<&'static str> {
    let by_end = || if may_end_as_zip { by_end(bytes) } else { by_last(bytes) };
    by_start(bytes).or_else(by_end)
}

/// A byte that is in the end record of every zip, and in no text.
pub(crate) const IN_ZIP_END: u8 = 6;

/// The same, known from a blob's first bytes: the more of them the better, 512 at least.
pub(crate) fn by_start(head: &[u8]) -> Option<&'static str> {
    plain(head).or_else(|| archive_of_members(head)).or_else(|| self_extracting(head))
}

/// Where something compressed may begin within `bytes`, in order; the first of many.
pub(crate) fn compressed_in(bytes: &[u8]) -> impl Iterator<Item = usize> {
    const MOST: usize = 16;
    const STARTS: [&[u8]; 6] =
        [b"\x1f\x8b\x08", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0", b"7z\xbc\xaf\x27\x1c", b"BZh"];
    // Three bytes come by chance: gzip's flags, its level and its system are few.
    let is_likely = |at: &usize| match &bytes[*at..] {
        [0x1f, 0x8b, 8, flags, _, _, _, _, level, system, ..] => {
            flags & 0xe0 == 0 && matches!(level, 0 | 2 | 4) && matches!(system, 0..=13 | 255)
        }
        [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] => rest.starts_with(b"1AY&SY"),
        [0x1f | b'B', ..] => false,
        _ => true,
    };
    let found = STARTS.iter().flat_map(|start| memmem::find_iter(bytes, start).filter(is_likely).take(MOST));
    let mut found: Vec<usize> = found.collect();
    found.sort_unstable();
    found.into_iter()
}

/// The same, known from a blob's last [`END`] bytes, or all of a shorter one: a zip with something before it, a
/// disk image.
pub(crate) fn by_end(bytes: &[u8]) -> Option<&'static str> {
    let end = &bytes[bytes.len().saturating_sub(END)..];
    if ends_as_zip(end) { Some("zip") } else { by_last(end) }
}

/// A container whose magic number is at a place counted from its end.
fn by_last(bytes: &[u8]) -> Option<&'static str> {
    match bytes.last_chunk()? {
        // Tables of LevelDB and of RocksDB, whose blocks are compressed.
        b"\x57\xfb\x80\x8b\x24\x75\x47\xdb" | b"\xf7\xcf\xf4\x85\xb7\x41\xe2\x88" => Some("leveldb"),
        _ if starts_at(bytes, 512, b"koly\0\0\0\x04\0\0\x02\0") => Some("dmg"),
        // What PyInstaller puts behind a program: the table of an archive of Python's bytecode.
        _ if [88, 24].iter().any(|&at| starts_at(bytes, at, b"MEI\x0c\x0b\x0a\x0b\x0e")) => {
            Some("pyinstaller")
        }
        _ => None,
    }
}

/// True if `magic` is `back` bytes before the end.
fn starts_at(bytes: &[u8], back: usize, magic: &[u8]) -> bool {
    bytes.len().checked_sub(back).is_some_and(|at| bytes[at..].starts_with(magic))
}

/// Magic numbers that no text begins with.
const MAGIC: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "zip"),
    (b"PK\x07\x08PK\x03\x04", "zip"),
    (b"PK00PK\x03\x04", "zip"),
    (b"\xfd7zXZ\0", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07\0", "rar"),
    (b"Rar!\x1a\x07\x01\0", "rar"),
    (b"\x89LZO\0\r\n\x1a\n", "lzop"),
    (b"MSCF\0\0\0\0", "cab"),
    (b"SZDD\x88\xf0\x27\x33", "ms-compress"),
    (b"KWAJ\x88\xf0\x27\xd1", "ms-compress"),
    (b"MSWIM\0\0\0", "wim"),
    (b"xar!\0\x1c", "xar"),
    (b"\xed\xab\xee\xdb", "rpm"),
    (b"\xff\x06\0\0sNaPpY", "snappy"),
    (b"\xca\xfe\xd0\x0d", "pack200"),
    (b"7kSt\xa0\x31\x83\xd3", "zpaq"),
    (b"Cr24\x02\0\0\0", "crx"),
    (b"Cr24\x03\0\0\0", "crx"),
    (b"PACK\0\0\0\x02", "git pack"),
    (b"PACK\0\0\0\x03", "git pack"),
    // Legacy versions 0.2 to 0.7, and today's.
    (b"\x22\xb5\x2f\xfd", "zstd"),
    (b"\x23\xb5\x2f\xfd", "zstd"),
    (b"\x24\xb5\x2f\xfd", "zstd"),
    (b"\x25\xb5\x2f\xfd", "zstd"),
    (b"\x26\xb5\x2f\xfd", "zstd"),
    (b"\x27\xb5\x2f\xfd", "zstd"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x02\x21\x4c\x18", "lz4"),
    (b"\x04\x22\x4d\x18", "lz4"),
    // Sessions and bookmarks of Firefox.
    (b"mozLz40\0", "mozlz4"),
    (b"ITSF\x03\0\0\0", "chm"),
    (b"UnityFS\0", "unity"),
    // Flash file systems: their nodes are compressed one by one.
    (b"\x85\x19\x01\xe0", "jffs2"),
    (b"\x85\x19\x02\xe0", "jffs2"),
    (b"\x85\x19\x03\x20", "jffs2"),
    (b"\x19\x85\xe0\x01", "jffs2"),
    (b"\x19\x85\xe0\x02", "jffs2"),
    (b"\x19\x85\x20\x03", "jffs2"),
    (b"\x31\x18\x10\x06", "ubifs"),
    (b"UBI#\x01\0\0\0", "ubi"),
    // A cluster may be compressed or encrypted, or be in another file.
    (b"QFI\xfb\0\0\0", "qcow"),
    (b"LUKS\xba\xbe\0", "luks"),
];

/// Magic numbers made of letters: what follows must not be text.
const LETTERS: &[(&[u8], &str)] = &[
    (b"RE~^", "rar"),
    (b"LRZI", "lrzip"),
    (b"zPQ", "zpaq"),
    (b"bvx1", "lzfse"),
    (b"bvx2", "lzfse"),
    (b"bvxn", "lzfse"),
    (b"ISc(", "cab"),
    (b"ADBc", "apk"),
    (b"ADBd", "apk"),
    (b"CWS", "swf"),
    (b"ZWS", "swf"),
    (b"PAR1", "parquet"),
    (b"ORC", "orc"),
    (b"StuffIt (c)1997-", "stuffit"),
    (b"SIT!", "stuffit"),
    (b"ZOO ", "zoo"),
];

/// A container that starts with its own magic number.
fn plain(head: &[u8]) -> Option<&'static str> {
    let by_letters = || begins(LETTERS, head).filter(|_| !is_text(head));
    begins(MAGIC, head).or_else(by_letters).or_else(|| by_fields(head))
}

/// For each byte, whether a magic number begins with it.
static BEGINS: [bool; 256] = {
    let mut begins = [false; 256];
    let tables = [MAGIC, LETTERS];
    let mut table = 0;
    while table < tables.len() {
        let mut at = 0;
        while at < tables[table].len() {
            begins[tables[table][at].0[0] as usize] = true;
            at += 1;
        }
        table += 1;
    }
    begins
};

fn begins(table: &[(&[u8], &'static str)], head: &[u8]) -> Option<&'static str> {
    let first = head.first().filter(|first| BEGINS[**first as usize])?;
    table.iter().find(|(magic, _)| magic[0] == *first && head.starts_with(magic)).map(|&(_, name)| name)
}

/// A container that is recognised by more than a magic number.
fn by_fields(head: &[u8]) -> Option<&'static str> {
    match head {
        // Method deflate, no reserved flag.
        [0x1f, 0x8b, 8, flags, ..] if flags & 0xe0 == 0 && head.len() >= 18 => Some("gzip"),
        [0x1f, 0x9d, flags, _, ..] if flags & 0x60 == 0 && (9..=16).contains(&(flags & 0x1f)) => {
            Some("compress")
        }
        // pack(1): the length, then how deep its Huffman tree is.
        [0x1f, 0x1e, _, _, _, _, 1..=25, _, ..] => Some("pack"),
        [b'B', b'Z', b'h', b'1'..=b'9', block @ ..] => {
            let first = block.starts_with(b"1AY&SY") || block.starts_with(b"\x17\x72\x45\x38\x50\x90");
            (first && !is_text(head)).then_some("bzip2")
        }
        [b'L', b'Z', b'I', b'P', 0 | 1, size, ..] if (12..=29).contains(&(size & 0x1f)) => Some("lzip"),
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => skippable(head),
        [0x5d, 0, 0, ..] => is_lzma(head).then_some("lzma"),
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, first, _, _, _, _, _, ..] => {
            // No block of a type that does not exist.
            let is_utf8 = std::str::from_utf8(&head[..head.len().min(SAMPLE)]).is_ok();
            (first & 6 != 6 && !(is_utf8 && is_text(head))).then_some("zlib")
        }
        [0x60, 0xea, low, high, header, _, _, _, _, _, kind, ..] => {
            // The archive's own header comes first; it is no longer than 2,600 bytes.
            let size = u16::from_le_bytes([*low, *high]);
            ((1..=2600).contains(&size) && (30..=80).contains(header) && *kind == 2).then_some("arj")
        }
        [_, _, b'-', b'l', b'h' | b'z', _, b'-', ..] => {
            head.get(20).is_some_and(|level| *level <= 3).then_some("lha")
        }
        [b'h', b's', b'q', b's', ..] => (1..=4).contains(&u16_le(head, 28)?).then_some("squashfs"),
        [b's', b'q', b's', b'h', ..] => {
            (1..=4).contains(&u16_le(head, 28)?.swap_bytes()).then_some("squashfs")
        }
        [0x45, 0x3d, 0xcd, 0x28, ..] | [0x28, 0xcd, 0x3d, 0x45, ..] => {
            head.get(16..32).is_some_and(|name| name == b"Compressed ROMFS").then_some("cramfs")
        }
        [b'O', b'b', b'j', 1, ..] => is_packed_avro(head).then_some("avro"),
        [b'A', b'R', b'R', b'O', b'W', b'1', 0, 0, ..] => has_packed_buffer(head).then_some("arrow"),
        // The same as a stream, which begins with the length of its schema.
        [0xff, 0xff, 0xff, 0xff, _, _, _, 0, ..] => has_packed_buffer(head).then_some("arrow"),
        // A flag says that its blocks ("grains") are compressed.
        [b'K', b'D', b'M', b'V', _, 0, 0, 0, _, _, flags, 0, ..] => (flags & 1 == 1).then_some("vmdk"),
        [b'A', b'N', b'D', b'R', b'O', b'I', b'D', b' ', ..] => is_backup(head).then_some("android backup"),
        [b'!', b'B', b'D', b'N', _, _, _, _, b'S', b'M', version, 0, ..] => {
            // Its pages are enciphered by a table that everybody knows, unless a byte is zero.
            let at = if *version < 20 { 461 } else { 513 };
            head.get(at).is_some_and(|cipher| *cipher != 0).then_some("pst")
        }
        [b'#', b' ', b'v', b'2' | b'3', ..] => is_bundle(head).then_some("git bundle"),
        _ if head.get(7..14) == Some(b"**ACE**") && !is_text(head) => Some("ace"),
        _ if head.get(1024..1028) == Some(b"\xe2\xe1\xf5\xe0") => {
            // What a reader must know: nothing, if all is stored as it is.
            (head.get(1104..1108)? != [0; 4]).then_some("erofs")
        }
        _ => is_pdf(head).then_some("pdf"),
    }
}

/// Frames that zstd and lz4 skip: they may contain other data, and what follows is one of the two. A file with
/// nothing else is empty.
fn skippable(head: &[u8]) -> Option<&'static str> {
    let mut rest = head;
    while let [0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d, ..] = rest {
        let size = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
        match rest.get(8 + size..) {
            Some([]) => return None,
            Some(next) => rest = next,
            // The next frame is after the bytes that are here.
            None => return Some("zstd"),
        }
    }
    begins(MAGIC, rest).filter(|name| ["zstd", "lz4"].contains(name))
}

/// A `.lzma` file by the same test as in xz: usual properties, a dictionary of a usual size, an uncompressed size
/// that is unknown or below 256 GiB, and a first byte that the range coder always writes.
fn is_lzma(head: &[u8]) -> bool {
    let Some((header, rest)) = head.split_first_chunk::<13>() else { return false };
    let dictionary = u32::from_le_bytes([header[1], header[2], header[3], header[4]]);
    let is_usual = dictionary.is_power_of_two() || (dictionary / 3).is_power_of_two() && dictionary % 3 == 0;
    let size = header[5..].iter().rev().fold(0_u64, |size, byte| size << 8 | u64::from(*byte));
    is_usual
        && dictionary >= 1 << 12
        && (size == u64::MAX || size < 1 << 38)
        && rest.len() > 4
        && rest[0] == 0
}

/// An Avro file whose blocks are compressed: its header names the codec.
fn is_packed_avro(head: &[u8]) -> bool {
    let start = &head[..head.len().min(8 << 10)];
    let codec = memmem::find(start, b"avro.codec").map(|at| &start[at + 10..]);
    codec.is_some_and(|codec| !codec.starts_with(b"\x08null"))
}

/// An Arrow file with a compressed buffer: the buffer's length and then a frame, at a multiple of eight bytes.
fn has_packed_buffer(head: &[u8]) -> bool {
    let start = &head[..head.len().min(64 << 10)];
    let (words, _) = start.as_chunks::<8>();
    words.iter().any(|word| word.starts_with(b"\x28\xb5\x2f\xfd") || word.starts_with(b"\x04\x22\x4d\x18"))
}

/// A backup of an Android device that is compressed or encrypted: four lines, the third of which says whether it is
/// compressed, and the fourth how it is encrypted.
fn is_backup(head: &[u8]) -> bool {
    let start = &head[..head.len().min(64)];
    let mut lines = start.split(|&byte| byte == b'\n');
    let is_number = |line: Option<&[u8]>| line.is_some_and(|line| matches!(line, [b'1'..=b'9']));
    lines.next() == Some(b"ANDROID BACKUP") && is_number(lines.next()) && {
        let (packed, cipher) = (lines.next(), lines.next());
        let is_known = matches!(packed, Some(b"0" | b"1")) && matches!(cipher, Some(b"none" | b"AES-256"));
        is_known && lines.next().is_some() && (packed == Some(b"1") || cipher != Some(b"none"))
    }
}

/// A git bundle: lines of refs, an empty line, a pack.
fn is_bundle(head: &[u8]) -> bool {
    let rest = head[4..].strip_prefix(b" git bundle\n");
    rest.is_some_and(|rest| rest.starts_with(b"\nPACK\0") || memmem::find(rest, b"\n\nPACK\0").is_some())
}

/// A PDF with streams that are compressed or with unknown filters, or with strings that are not written as they read. One
/// without them that is text counts as text.
fn is_pdf(head: &[u8]) -> bool {
    let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let [b'%', b'P', b'D', b'F', b'-', b'0'..=b'9', b'.', b'0'..=b'9', ..] = start else { return false };
    let has = |word: &[u8]| memmem::find(start, word).is_some();
    start.iter().any(|&byte| is_control(byte))
        || has(b"stream") && (has(b"/Filter") || has(b"#"))
        || has_written_strings(start)
}

/// True if a string is in hexadecimal or has an escape with digits.
fn has_written_strings(objects: &[u8]) -> bool {
    const LEAST: usize = 8;
    let in_hexadecimal = |at: usize| {
        let digits = objects.get(at + 1..at + 1 + LEAST);
        digits.is_some_and(|digits| {
            digits.iter().all(|one| one.is_ascii_hexdigit() || one.is_ascii_whitespace())
        })
    };
    memchr::memchr_iter(b'<', objects).any(in_hexadecimal)
        || memchr::memchr_iter(b'\\', objects)
            .any(|at| objects.get(at + 1).is_some_and(|next| matches!(next, b'0'..=b'9' | b'\n' | b'\r')))
}

/// An `ar` archive (a Debian package, a static library) with a compressed member.
fn archive_of_members(head: &[u8]) -> Option<&'static str> {
    const HEADER: usize = 60;
    let mut rest = head.strip_prefix(b"!<arch>\n")?;
    while let Some((header, members)) = rest.split_at_checked(HEADER) {
        let size = std::str::from_utf8(&header[48..58]).ok()?.trim_end().parse::<usize>().ok()?;
        let (name, ending) = (&header[..16], &header[58..]);
        if ending != b"`\n" {
            return None;
        }
        if name.starts_with(b"data.tar.") || name.starts_with(b"control.tar.") {
            return Some("deb");
        }
        let member = &members[..size.min(members.len())];
        if plain(member).is_some() {
            return Some("ar");
        }
        rest = members.get(size.checked_next_multiple_of(2)?..)?;
    }
    None
}

/// A program or script with an archive after it, which unpacks itself.
fn self_extracting(head: &[u8]) -> Option<&'static str> {
    static IN_PROGRAM: LazyLock<[Finder<'static>; 2]> =
        LazyLock::new(|| [Finder::new(b"7z\xbc\xaf\x27\x1c\0"), Finder::new(b"Rar!\x1a\x07")]);
    static IN_SCRIPT: LazyLock<[Finder<'static>; 5]> = LazyLock::new(|| {
        [
            Finder::new(b"\x1f\x8b\x08"),
            Finder::new(b"\xfd7zXZ\0"),
            Finder::new(b"BZh"),
            Finder::new(b"\x28\xb5\x2f\xfd"),
            Finder::new(b"\x5d\0\0"),
        ]
    });
    let holds = |payloads: &[Finder<'_>], is_payload: fn(&[u8]) -> bool| {
        payloads.iter().any(|payload| payload.find_iter(head).any(|at| is_payload(&head[at..])))
    };
    let is_one = match head {
        [b'M', b'Z', ..] | [0x7f, b'E', b'L', b'F', ..] if is_packed_program(head) => return Some("upx"),
        [b'M', b'Z', ..] | [0x7f, b'E', b'L', b'F', ..] => holds(&*IN_PROGRAM, starts_archive),
        // A compressed payload has a NUL within a few hundred bytes, a script has none.
        [b'#', b'!', ..] if memchr::memchr(0, head).is_some() => {
            holds(&*IN_SCRIPT, |payload| plain(payload).is_some()) || is_packed_phar(head)
        }
        [b'<', b'?', b'p', b'h', b'p', ..] => memchr::memchr(0, head).is_some() && is_packed_phar(head),
        _ => false,
    };
    is_one.then_some("self-extracting archive")
}

/// A program that UPX packed: its magic number with numbers behind it, not text.
fn is_packed_program(head: &[u8]) -> bool {
    let start = &head[..head.len().min(4 << 10)];
    let is_header =
        |at: usize| start.get(at + 4..at + 8).is_some_and(|next| next.iter().any(|byte| *byte < b' '));
    memmem::find_iter(start, b"UPX!").any(is_header)
}

/// A PHP archive with compressed files: flags behind the program that unpacks it say so. (One that is compressed as a whole
/// begins as that.)
fn is_packed_phar(head: &[u8]) -> bool {
    const COMPRESSED: u32 = 0x3000;
    let after = |word: &[u8]| memmem::find(head, word).map(|at| &head[at + word.len()..]);
    let Some(rest) = after(b"__HALT_COMPILER();") else { return false };
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let rest = rest.strip_prefix(b"?>").unwrap_or(rest);
    let rest = rest.strip_prefix(b"\r").unwrap_or(rest);
    let rest = rest.strip_prefix(b"\n").unwrap_or(rest);
    // Lengths of the list and of the archive's own name are before them and after them.
    let flags =
        rest.get(10..14).map_or(0, |flags| u32::from_le_bytes([flags[0], flags[1], flags[2], flags[3]]));
    flags & COMPRESSED != 0
}

/// True for the start of a 7z or RAR archive. A program that merely contains these magic numbers does not have such
/// headers after them.
fn starts_archive(bytes: &[u8]) -> bool {
    match bytes {
        // A version, a checksum, then offset and size of the header at the end: eight bytes each.
        [b'7', b'z', _, _, _, _, 0, 0..=9, rest @ ..] => rest
            .get(4..20)
            .is_some_and(|next| next[5..8] == [0; 3] && next[13..] == [0; 3] && next[8..13] != [0; 5]),
        // The archive's own header, of type 0x73.
        [b'R', b'a', b'r', b'!', _, _, 0, _, _, kind, ..] => *kind == 0x73,
        // A checksum and a size, then type 1 (the archive's own header) or 4 (its encryption).
        [b'R', b'a', b'r', b'!', _, _, 1, 0, _, _, _, _, _, kind, ..] => matches!(kind, 1 | 4),
        _ => false,
    }
}

/// True if `end`, the last bytes of a blob, has the end record of a zip that is not empty: the central directory
/// that it names comes before it.
fn ends_as_zip(end: &[u8]) -> bool {
    static RECORD: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"PK\x05\x06"));
    // Text has none of the byte, and to look for one byte takes half the instructions.
    memchr::memchr(IN_ZIP_END, end).is_some()
        && RECORD.find_iter(end).any(|at| {
            let Some(record) = end.get(at..at + 22) else { return false };
            let size = u32::from_le_bytes([record[12], record[13], record[14], record[15]]);
            // A zip64's numbers are in a record of their own, and its locator comes right before this one.
            if at >= 20 && end[at - 20..].starts_with(b"PK\x06\x07") {
                return true;
            }
            match at.checked_sub(size as usize) {
                Some(directory) => size > 0 && end[directory..].starts_with(b"PK\x01\x02"),
                // The directory starts before the bytes that are here. The shortest entry takes 46 bytes and a letter.
                None if end.len() == END => {
                    let entries = u32::from(u16::from_le_bytes([record[10], record[11]]));
                    entries > 0 && size / 47 >= entries
                }
                None => false,
            }
        })
}

fn u16_le(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

/// True if `bytes` begin like a text in any encoding that extends ASCII: without control characters except those
/// for layout. Of compressed bytes one in nine is a control character.
fn is_text(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(SAMPLE)];
    !start.iter().any(|&byte| is_control(byte))
}

/// True for a control character that is not one of layout.
const fn is_control(byte: u8) -> bool {
    !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b | 0x20..=0x7e | 0x80..)
}

#[cfg(test)]
mod tests;
