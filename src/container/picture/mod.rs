//! Pictures: the texts that are written beside their samples, and what follows their end.
//!
//! A PNG keeps a diagram's source, a prompt, an exposure's or an author's notes in chunks of text, which may be compressed.
//! Behind the end of any picture there may be anything: viewers do not look at it, and `unzip` and `tail` do. Samples are
//! not read.
//!
//! Sources: the PNG specification (third edition), GIF89a, ITU T.81.

use super::magic;
use super::member::shown;
use super::walk::{At, Walk};
use flate2::bufread::{DeflateDecoder, ZlibDecoder};
use memchr::memchr;
use std::io::{self, Read};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// True for the start of a picture whose end can be found.
pub(super) fn is_one(head: &[u8]) -> bool {
    head.starts_with(PNG)
        || head.starts_with(b"GIF87a")
        || head.starts_with(b"GIF89a")
        || matches!(head, [0xff, 0xd8, 0xff, 0xc0..=0xfe, ..])
}

/// Gives out the texts of the picture `bytes` and of those behind it, and what else is there.
pub(super) fn read(walk: &mut Walk<'_>, bytes: &[u8], at: &At) -> io::Result<()> {
    let (mut rest, mut texts) = (bytes, 0);
    while is_one(rest) {
        let end = match rest {
            [0x89, ..] => png(walk, rest, &mut texts, at)?,
            [b'G', ..] => gif_end(rest),
            _ => jpeg_end(rest),
        };
        let Some(behind) = end.and_then(|end| rest.get(end..)) else { return Ok(()) };
        rest = behind;
    }
    // A zip at the end of anything is opened already.
    if rest.is_empty() || magic::by_end(rest) == Some("zip") { Ok(()) } else { walk.behind(&mut rest, at) }
}

/// Gives out the texts of a PNG, which it counts; where it ends, if it does.
fn png(walk: &mut Walk<'_>, bytes: &[u8], count: &mut usize, at: &At) -> io::Result<Option<usize>> {
    let mut from = PNG.len();
    while let Some((header, rest)) = bytes.get(from..).and_then(|rest| rest.split_first_chunk::<8>()) {
        let len = u32::from_be_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let Some(data) = rest.get(..len) else { break };
        from += 8 + len + 4;
        let kind = &header[4..];
        if walk.is_over {
            break;
        }
        if kind == b"IEND" {
            return Ok(Some(from));
        }
        if let Some(text) = TextChunk::of(kind, data) {
            *count += 1;
            let name = format!("text {count} ({})", shown(text.keyword));
            chunk(walk, &name, &text, at)?;
        }
    }
    Ok(None)
}

/// A chunk of text.
struct TextChunk<'a> {
    keyword: &'a [u8],
    is_packed: bool,
    data: &'a [u8],
}

impl<'a> TextChunk<'a> {
    /// Of a chunk of this kind; `None` for others, and for one that does not follow the format.
    fn of(kind: &[u8], data: &'a [u8]) -> Option<Self> {
        let cut = |data: &'a [u8]| memchr(0, data).map(|end| (&data[..end], &data[end + 1..]));
        let (keyword, rest) = cut(data).filter(|(keyword, _)| (1..=79).contains(&keyword.len()))?;
        match kind {
            b"tEXt" => Some(Self { keyword, is_packed: false, data: rest }),
            b"zTXt" => Some(Self { keyword, is_packed: true, data: rest.get(1..)? }),
            b"iTXt" => {
                let (&[is_packed, _], rest) = rest.split_first_chunk()?;
                let (_, translated) = cut(rest)?;
                let (_, data) = cut(translated)?;
                Some(Self { keyword, is_packed: is_packed == 1, data })
            }
            _ => None,
        }
    }
}

/// Gives out a chunk of text as a line that begins with its keyword, as settings do.
fn chunk(walk: &mut Walk<'_>, name: &str, text: &TextChunk<'_>, at: &At) -> io::Result<()> {
    let start = [text.keyword, b": "].concat();
    if !text.is_packed {
        return walk.member(name, &mut start.as_slice().chain(text.data), at);
    }
    let budget = walk.budget;
    // draw.io leaves the header out.
    let unpacked: Box<dyn Read + '_> = match text.data {
        [method, flags, ..] if method & 15 == 8 && u16::from_be_bytes([*method, *flags]) % 31 == 0 => {
            Box::new(ZlibDecoder::new(text.data))
        }
        _ => Box::new(DeflateDecoder::new(text.data)),
    };
    walk.member(name, &mut start.as_slice().chain(budget.meter(unpacked)), at)
}

/// Where a GIF ends: its blocks have lengths.
fn gif_end(bytes: &[u8]) -> Option<usize> {
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let blocks = |mut at: usize| {
        loop {
            let len = usize::from(*bytes.get(at)?);
            at += 1 + len;
            if len == 0 {
                return Some(at);
            }
        }
    };
    let mut at = 13 + table(*bytes.get(10)?);
    loop {
        at = match bytes.get(at)? {
            0x21 => blocks(at + 2)?,
            0x2c => blocks(at + 10 + table(*bytes.get(at + 9)?) + 1)?,
            0x3b => return Some(at + 1),
            _ => return None,
        };
    }
}

/// Where a JPEG ends: its segments have lengths, and in the samples each FF is followed by a zero or a restart.
fn jpeg_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        at += memchr(0xff, bytes.get(at..)?)?;
        match bytes.get(at + 1)? {
            0xd9 => return Some(at + 2),
            0xff => at += 1,
            0x00 | 0x01 | 0xd0..=0xd8 => at += 2,
            _ => {
                let len = bytes.get(at + 2..at + 4)?;
                at += 2 + usize::from(u16::from_be_bytes([len[0], len[1]])).max(2);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_picture_is_where_its_parts_end() {
        let gif =
            b"GIF89a\x01\0\x01\0\x80\0\0abcdef!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
        let jpeg = b"\xff\xd8\xff\xe0\0\x06ab\xff\xd9\xff\xda\0\x04abcd\xff\0\xff\xd0e\xff\xff\xd9";
        for (end, bytes) in [(gif_end as fn(&[u8]) -> _, &gif[..]), (jpeg_end, &jpeg[..])] {
            assert!(is_one(bytes));
            assert_eq!(end(bytes), Some(bytes.len()));
            assert_eq!(end(&[bytes, b"\xff\xd9;more"].concat()), Some(bytes.len()));
            for cut in 0..bytes.len() {
                assert_eq!(end(&bytes[..cut]), None, "{cut}");
            }
        }
    }

    #[test]
    fn chunks_of_text_are_read_and_others_and_broken_ones_are_none() {
        let of = |kind: &[u8], data: &'static [u8]| {
            TextChunk::of(kind, data).map(|text| (text.keyword, text.is_packed, text.data))
        };
        assert_eq!(of(b"tEXt", b"Comment\0a\0b"), Some((&b"Comment"[..], false, &b"a\0b"[..])));
        assert_eq!(of(b"zTXt", b"a\0\0x"), Some((&b"a"[..], true, &b"x"[..])));
        assert_eq!(of(b"iTXt", b"a\0\x01\0en\0\xc3\xa4\0x"), Some((&b"a"[..], true, &b"x"[..])));
        assert_eq!(of(b"iTXt", b"a\0\0\0\0\0x"), Some((&b"a"[..], false, &b"x"[..])));
        for broken in [&b""[..], b"\0a", b"abc", b"a\0", b"a\0\x01", b"a\0\x01\0", b"a\0\x01\0\0"] {
            assert_eq!(of(b"iTXt", broken), None);
        }
        assert_eq!(of(b"IDAT", b"a\0b"), None);
    }
}
