//! Archives of cpio, and RPM packages, whose payload is one.
//!
//! Sources: cpio(5); the RPM V4 format of the rpm project's manual.

use super::format::Layer;
use super::member::{Broken, drain, fill, shown, start};
use super::walk::{At, Walk};
use super::{DAMAGED, METHOD, layers, magic, reason_of};
use std::io::{self, BufRead, Read};

/// The longest name that is read, bytes.
const LONGEST: u64 = 64 << 10;

/// True if an archive of cpio may begin like this.
pub(super) fn is_header(head: &[u8]) -> bool {
    // The old form's magic number is short: its first member has a mode that says what it is.
    Header::parse(head).is_some_and(|header| header.align != 2 || header.mode >> 12 != 0)
}

/// What is needed of a member's header.
struct Header {
    /// Bytes of the header.
    len: usize,
    mode: u64,
    name: u64,
    size: u64,
    /// To how many bytes headers and members are filled up.
    align: u64,
}

/// The shortest header.
const SHORTEST: usize = 26;

impl Header {
    fn len_of(head: &[u8]) -> Option<usize> {
        match head {
            [b'0', b'7', b'0', b'7', b'0', b'1' | b'2', ..] => Some(110),
            [b'0', b'7', b'0', b'7', b'0', b'7', ..] => Some(76),
            [0xc7, 0x71, ..] => Some(26),
            _ => None,
        }
    }

    fn parse(head: &[u8]) -> Option<Self> {
        let len = Self::len_of(head)?;
        let head = head.get(..len)?;
        let text = |from: usize, to: usize, radix: u32| {
            let field = std::str::from_utf8(head.get(from..to)?).ok()?;
            u64::from_str_radix(field, radix).ok()
        };
        let word = |at: usize| u64::from(u16::from_le_bytes([head[at], head[at + 1]]));
        match len {
            110 => Some(Self {
                len,
                mode: text(14, 22, 16)?,
                size: text(54, 62, 16)?,
                name: text(94, 102, 16)?,
                align: 4,
            }),
            76 => Some(Self {
                len,
                mode: text(18, 24, 8)?,
                name: text(59, 65, 8)?,
                size: text(65, 76, 8)?,
                align: 1,
            }),
            _ => {
                let size = word(22) << 16 | word(24);
                let header = Self { len, mode: word(6), name: word(20), size, align: 2 };
                (2..=1024).contains(&header.name).then_some(header)
            }
        }
    }
}

/// Gives out the members.
pub(super) fn read(walk: &mut Walk<'_>, reader: &mut dyn BufRead, at: &At) -> io::Result<()> {
    while !walk.is_over {
        let mut head = [0; 110];
        let mut filled = match fill(&mut &mut *reader, &mut head[..SHORTEST]) {
            Ok(filled) => filled,
            Err(error) => return walk.ends(&at.path, reason_of(&error)),
        };
        if let Some(len) = Header::len_of(&head).filter(|_| filled == SHORTEST) {
            match fill(&mut &mut *reader, &mut head[SHORTEST..len]) {
                Ok(more) => filled += more,
                Err(error) => return walk.ends(&at.path, reason_of(&error)),
            }
        }
        let Some(header) = Header::parse(&head[..filled]) else {
            walk.miss(&at.path, DAMAGED);
            return walk.rest(&mut Read::chain(&head[..filled], reader), at);
        };
        let Header { len, mode, name: name_len, size, align } = header;
        let (name, error) = start(&mut Read::take(&mut *reader, name_len.min(LONGEST)), LONGEST);
        let error = error.or_else(|| {
            let rest = name_len.saturating_sub(LONGEST) + pad(len as u64 + name_len, align);
            drain(&mut Read::take(&mut *reader, rest)).err()
        });
        if let Some(error) = error {
            return walk.ends(&at.path, reason_of(&error));
        }
        let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
        if name == b"TRAILER!!!" {
            // Several archives may follow each other, with zeros between them.
            let is_more = loop {
                let (zeros, is_end) = match reader.fill_buf() {
                    Ok(bytes) => (bytes.iter().take_while(|&&byte| byte == 0).count(), bytes.is_empty()),
                    Err(error) => return walk.ends(&at.path, reason_of(&error)),
                };
                reader.consume(zeros);
                if zeros == 0 {
                    break !is_end;
                }
            };
            match is_more {
                true if reader.fill_buf().is_ok_and(|bytes| Header::len_of(bytes).is_some()) => continue,
                true => return more(walk, reader, at),
                false => return Ok(()),
            }
        }
        let name = shown(name);
        let mut member: io::Take<&mut dyn BufRead> = Read::take(&mut *reader, size);
        // A file or a link, whose content is its target.
        if size > 0 && matches!(mode >> 12, 0o10 | 0o12 | 0) {
            walk.member(&name, &mut member, at)?;
        }
        if !walk.skip(&mut member, &at.join(&name)) {
            return Ok(());
        }
        if let Err(error) = drain(&mut Read::take(&mut *reader, pad(size, align))) {
            return walk.ends(&at.path, reason_of(&error));
        }
    }
    Ok(())
}

/// Gives out what follows the last archive: in an image for Linux's start another one, compressed.
fn more(walk: &mut Walk<'_>, reader: &mut dyn BufRead, at: &At) -> io::Result<()> {
    let (head, error) = start(&mut *reader, 512);
    let is_one = (walk.openers.recognise)(&head, false).is_some();
    let mut whole = Read::chain(head.as_slice(), Broken(error)).chain(reader);
    if is_one { walk.content("rest", &mut whole, at) } else { walk.rest(&mut whole, at) }
}

fn pad(len: u64, align: u64) -> u64 {
    len.wrapping_neg() % align
}

/// Gives out the files of an RPM package.
pub(super) fn read_rpm(walk: &mut Walk<'_>, reader: &mut dyn BufRead, at: &At) -> io::Result<()> {
    const LEAD: u64 = 96;
    let mut skipped = drain(&mut Read::take(&mut *reader, LEAD));
    // The signatures, which are filled up to eight bytes, and the header.
    for align in [8, 1] {
        let mut head = [0; 16];
        let filled = skipped.and_then(|_| fill(&mut &mut *reader, &mut head));
        match filled {
            Ok(16) if head.starts_with(&[0x8e, 0xad, 0xe8, 1]) => {}
            Ok(_) => return walk.ends(&at.path, DAMAGED),
            Err(error) => return walk.ends(&at.path, reason_of(&error)),
        }
        let word =
            |at: usize| u64::from(u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]));
        let len = word(8) * 16 + word(12);
        let mut content: io::Take<&mut dyn BufRead> = Read::take(&mut *reader, len);
        // Scripts that run when it is installed, and more texts, are in the header.
        walk.rest(&mut content, at)?;
        skipped = drain(&mut content).and_then(|_| drain(&mut Read::take(&mut *reader, pad(len, align))));
    }
    let head = match skipped.and_then(|_| reader.fill_buf().map(|bytes| bytes.len().min(64))) {
        Ok(0) => return walk.ends(&at.path, DAMAGED),
        Ok(len) => reader.fill_buf()?[..len].to_vec(),
        Err(error) => return walk.ends(&at.path, reason_of(&error)),
    };
    let layer = match magic::by_start(&head) {
        Some("gzip") => Layer::Gzip,
        Some("bzip2") => Layer::Bzip2,
        Some("xz" | "lzma") => Layer::Xz,
        Some("zstd") => Layer::Zstd,
        _ if Header::len_of(&head).is_some() => return read(walk, reader, at),
        // As rpm writes it, .lzma has a dictionary of any size.
        _ if head.starts_with(&[0x5d, 0, 0]) => Layer::Xz,
        _ => return walk.ends(&at.path, METHOD),
    };
    let budget = walk.budget;
    match layers::decoder(layer, reader) {
        Ok(decoder) => read(walk, &mut io::BufReader::new(budget.meter(decoder)), at),
        Err(error) => walk.ends(&at.path, reason_of(&error)),
    }
}
