//! PDF documents: what their streams unpack to, and the text that is shown on pages.
//!
//! Source: ISO 32000-1, 7.3 (objects), 7.4 (filters), 9.4 (text).
//!
//! # Design
//!
//! The table of objects may be wrong or hidden in a stream, so that nothing relies on it: every `stream` in the file is
//! unpacked. Images are not, for they contain samples. Text in a font with an encoding of its own is not read: its bytes
//! are numbers of glyphs.

use super::member::{Noted, start};
use super::walk::{At, Walk};
use super::{DAMAGED, ENCRYPTED, METHOD, fault};
use flate2::bufread::ZlibDecoder;
use memchr::{memchr, memmem};
use std::io::{self, Read};

/// How far before a stream its dictionary may begin.
const DICTIONARY: usize = 4 << 10;

/// The most filters of a stream that are undone.
const MOST_FILTERS: usize = 8;

/// The largest stream that is unpacked, bytes.
const LARGEST: u64 = 64 << 20;

/// Gives out the streams of the document `bytes`.
pub(super) fn read(walk: &mut Walk<'_>, bytes: &[u8], at: &At) -> io::Result<()> {
    if is_encrypted(bytes) {
        return walk.ends(&at.path, ENCRYPTED);
    }
    let mut from = 0;
    while let Some(found) = memmem::find(&bytes[from..], b"stream").map(|found| from + found) {
        from = found + 6;
        if walk.is_over {
            return Ok(());
        }
        let data = match &bytes[from..] {
            [b'\r', b'\n', ..] => from + 2,
            [b'\n' | b'\r', ..] => from + 1,
            _ => continue,
        };
        let before = &bytes[found.saturating_sub(DICTIONARY)..found];
        // The keyword of a stream comes after its dictionary; `endstream` does not.
        if !before.trim_ascii_end().ends_with(b">>") {
            continue;
        }
        let object = memmem::rfind(before, b" obj").unwrap_or(0);
        let number = before[..object].rsplit(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
        let number = String::from_utf8_lossy(&number[number.len().saturating_sub(20)..]);
        let dictionary = &before[object..];
        let end = end_of(bytes, data, dictionary);
        from = end;
        let name = format!("object {}", number.split(' ').next().unwrap_or_default());
        stream(walk, &name, dictionary, &bytes[data..end], at)?;
    }
    Ok(())
}

/// True if there is an encryption dictionary.
fn is_encrypted(bytes: &[u8]) -> bool {
    memmem::find_iter(bytes, b"/Encrypt").any(|at| {
        let rest = bytes[at + 8..].trim_ascii_start();
        rest.first().is_some_and(|next| next.is_ascii_digit() || *next == b'<')
    })
}

/// Where the stream ends that begins at `data`.
fn end_of(bytes: &[u8], data: usize, dictionary: &[u8]) -> usize {
    let length = entry(dictionary, b"/Length").and_then(|value| {
        let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
        // `12 0 R` is a reference to it.
        let rest = value[digits..].trim_ascii_start();
        let is_direct = !rest.first().is_some_and(u8::is_ascii_digit);
        std::str::from_utf8(&value[..digits]).ok()?.parse::<usize>().ok().filter(|_| is_direct)
    });
    let end = length.and_then(|length| data.checked_add(length)).filter(|&end| {
        let after = bytes.get(end..).unwrap_or_default();
        after[..after.len().min(16)].trim_ascii_start().starts_with(b"endstream")
    });
    end.unwrap_or_else(|| data + memmem::find(&bytes[data..], b"endstream").unwrap_or(bytes.len() - data))
}

/// What follows the key `key` in a dictionary.
fn entry<'d>(dictionary: &'d [u8], key: &[u8]) -> Option<&'d [u8]> {
    let is_key =
        |&at: &usize| dictionary.get(at + key.len()).is_none_or(|next| !next.is_ascii_alphanumeric());
    let at = memmem::find_iter(dictionary, key).find(is_key)?;
    Some(dictionary[at + key.len()..].trim_ascii_start())
}

/// The names of a stream's filters.
fn filters(dictionary: &[u8]) -> Vec<Vec<u8>> {
    let Some(value) = entry(dictionary, b"/Filter") else { return Vec::new() };
    let list = match value {
        [b'[', rest @ ..] => &rest[..memchr(b']', rest).unwrap_or(rest.len())],
        [b'/', ..] => {
            let end = value[1..].iter().position(|byte| b" \t\r\n/<>[]".contains(byte));
            &value[..end.map_or(value.len(), |end| end + 1)]
        }
        _ => return vec![b"?".to_vec()],
    };
    list.split(|&byte| byte == b'/').skip(1).map(|name| named(name.trim_ascii())).collect()
}

/// A name whose characters may be written as `#xx`.
fn named(name: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = name;
    while let [first, more @ ..] = rest {
        let code = more.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match code.filter(|_| *first == b'#').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = &more[2..];
            }
            None => {
                out.push(*first);
                rest = more;
            }
        }
    }
    out
}

fn stream(walk: &mut Walk<'_>, name: &str, dictionary: &[u8], data: &[u8], at: &At) -> io::Result<()> {
    let is_image = entry(dictionary, b"/Subtype").is_some_and(|kind| kind.starts_with(b"/Image"));
    let is_table = entry(dictionary, b"/Type").is_some_and(|kind| kind.starts_with(b"/XRef"));
    if is_image || is_table {
        return Ok(());
    }
    let place = at.join(name);
    let budget = walk.budget;
    let mut reader: Box<dyn Read + '_> = Box::new(data);
    let filters = filters(dictionary);
    if filters.len() > MOST_FILTERS {
        return walk.ends(&place, METHOD);
    }
    for filter in filters {
        reader = match filter.as_slice() {
            b"FlateDecode" | b"Fl" => Box::new(Lenient(ZlibDecoder::new(io::BufReader::new(reader)), 0)),
            b"ASCIIHexDecode" | b"AHx" => Box::new(io::Cursor::new(hex(&whole(reader)?))),
            b"ASCII85Decode" | b"A85" => Box::new(io::Cursor::new(ascii85(&whole(reader)?))),
            b"RunLengthDecode" | b"RL" => Box::new(io::Cursor::new(run_lengths(&whole(reader)?))),
            b"LZWDecode" | b"LZW" => Box::new(io::Cursor::new(lzw(&whole(reader)?))),
            // Samples.
            b"DCTDecode" | b"DCT" | b"JPXDecode" | b"CCITTFaxDecode" | b"CCF" | b"JBIG2Decode" => {
                return Ok(());
            }
            b"Crypt" => return walk.ends(&place, ENCRYPTED),
            _ => return walk.ends(&place, METHOD),
        };
    }
    let mut metered = budget.meter(reader);
    let mut noted = Noted { reader: &mut metered, error: None };
    let (content, _) = start(&mut noted, LARGEST);
    let is_longer = content.len() as u64 == LARGEST;
    if let Some(reason) = noted.error {
        walk.miss(&place, reason);
    } else if is_longer {
        walk.miss(&place, super::TOO_LARGE);
    }
    let content = match predictor(dictionary) {
        None => content,
        Some(row) => match without_prediction(&content, row) {
            Some(plain) => plain,
            None => return walk.ends(&place, METHOD),
        },
    };
    let text = text(&content);
    walk.member(name, &mut content.as_slice(), at)?;
    if text.is_empty() { Ok(()) } else { walk.text(&format!("{name}!text"), &text, at) }
}

/// The length of a row in bytes if the dictionary says that samples are predicted from those before them: 0 if they are
/// in a way that is not undone. Streams of objects and tables use it, too, for rows of bytes.
fn predictor(dictionary: &[u8]) -> Option<usize> {
    let number = |key: &[u8]| {
        let value = entry(dictionary, key)?;
        let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
        std::str::from_utf8(&value[..digits]).ok()?.parse::<usize>().ok()
    };
    let kind = number(b"/Predictor").filter(|kind| *kind > 1)?;
    let is_bytes = number(b"/Colors").unwrap_or(1) == 1 && number(b"/BitsPerComponent").unwrap_or(8) == 8;
    Some(if kind >= 10 && is_bytes { number(b"/Columns").unwrap_or(1) } else { 0 })
}

/// The rows of PNG's predictions, a byte a sample, as they were; `None` for rows of no length or an unknown kind.
fn without_prediction(content: &[u8], row: usize) -> Option<Vec<u8>> {
    let mut plain: Vec<u8> = Vec::with_capacity(content.len());
    if row == 0 {
        return None;
    }
    for line in content.chunks(row.saturating_add(1)) {
        let (kind, samples) = line.split_first()?;
        let start = plain.len();
        for (at, &sample) in samples.iter().enumerate() {
            let before = |back: usize| plain[start + at - back];
            let left = if at == 0 { 0 } else { before(1) };
            let up = if start == 0 { 0 } else { before(row) };
            let corner = if start == 0 || at == 0 { 0 } else { before(row + 1) };
            let predicted = match kind {
                0 => 0,
                1 => left,
                2 => up,
                3 => ((u16::from(left) + u16::from(up)) / 2) as u8,
                4 => paeth(left, up, corner),
                _ => return None,
            };
            plain.push(sample.wrapping_add(predicted));
        }
    }
    Some(plain)
}

/// The one of three samples that is nearest to what the other two suggest.
fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let guess = i32::from(left) + i32::from(up) - i32::from(corner);
    let far = |sample: u8| (guess - i32::from(sample)).abs();
    [left, up, corner].into_iter().min_by_key(|&sample| far(sample)).unwrap_or(left)
}

fn whole(reader: Box<dyn Read + '_>) -> io::Result<Vec<u8>> {
    let (bytes, error) = start(&mut Read::take(reader, LARGEST), LARGEST);
    error.map_or(Ok(bytes), Err)
}

/// A zlib stream that may lack its end: programs that write PDF often cut it off.
struct Lenient<R>(R, u64);

impl<R: Read> Read for Lenient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer) {
            Ok(read) => {
                self.1 += read as u64;
                Ok(read)
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && self.1 > 0 => Ok(0),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<super::Unreadable>()) {
                Some(_) => Err(error),
                None => Err(fault(DAMAGED)),
            },
        }
    }
}

fn hex(data: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = data
        .iter()
        .take_while(|&&byte| byte != b'>')
        .filter_map(|&byte| char::from(byte).to_digit(16).map(|digit| digit as u8))
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect()
}

fn ascii85(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut group, mut count) = (0_u32, 0);
    for &byte in data {
        match byte {
            b'~' => break,
            b'z' if count == 0 => out.extend([0; 4]),
            b'!'..=b'u' => {
                group = group.wrapping_mul(85).wrapping_add(u32::from(byte - b'!'));
                count += 1;
                if count == 5 {
                    out.extend(group.to_be_bytes());
                    (group, count) = (0, 0);
                }
            }
            _ => {}
        }
    }
    if count > 1 {
        for _ in count..5 {
            group = group.wrapping_mul(85).wrapping_add(84);
        }
        out.extend(&group.to_be_bytes()[..count - 1]);
    }
    out
}

fn run_lengths(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = data;
    while let [length, more @ ..] = rest {
        match usize::from(*length) {
            128 => break,
            length @ 0..128 => {
                let (own, after) = more.split_at(more.len().min(length + 1));
                out.extend_from_slice(own);
                rest = after;
            }
            length => {
                let Some((byte, after)) = more.split_first() else { break };
                out.extend(std::iter::repeat_n(*byte, 257 - length));
                rest = after;
            }
        }
    }
    out
}

/// LZW with codes of 9 to 12 bits that grow one code early, as in TIFF.
fn lzw(data: &[u8]) -> Vec<u8> {
    const CLEAR: usize = 256;
    const END: usize = 257;
    let mut out: Vec<u8> = Vec::new();
    // Each code from 258 on: where in the output it is, and how long.
    let mut table: Vec<(usize, usize)> = Vec::new();
    let (mut bits, mut have, mut width) = (0_u32, 0, 9);
    let mut last: Option<(usize, usize)> = None;
    for &byte in data {
        bits = bits << 8 | u32::from(byte);
        have += 8;
        if have < width {
            continue;
        }
        have -= width;
        let code = (bits >> have) as usize & ((1 << width) - 1);
        bits &= (1 << have) - 1;
        let at = out.len();
        match code {
            CLEAR => {
                table.clear();
                (width, last) = (9, None);
                continue;
            }
            END => break,
            0..CLEAR => out.push(code as u8),
            code => {
                // A code that is just being made is the last one with its first byte again.
                let known = table.get(code - 258).copied();
                let Some((from, len)) = known.or(last.map(|(from, len)| (from, len + 1))) else { break };
                for offset in 0..len {
                    let Some(&byte) = out.get(from + offset) else { break };
                    out.push(byte);
                }
            }
        }
        if out.len() as u64 > LARGEST {
            break;
        }
        if let Some((from, len)) = last
            && table.len() < 4096 - 258
        {
            table.push((from, len + 1));
        }
        last = Some((at, out.len() - at));
        width = match table.len() + 258 + 1 {
            0..512 => 9,
            512..1024 => 10,
            1024..2048 => 11,
            _ => 12,
        };
    }
    out
}

/// The text that a page's content shows, in the order in which it does; empty for other streams.
fn text(content: &[u8]) -> Vec<u8> {
    let is_page = memmem::find(content, b"BT").is_some()
        && (memmem::find(content, b"Tj").is_some() || memmem::find(content, b"TJ").is_some());
    let mut text = Vec::new();
    let mut at = 0;
    while at < content.len() && is_page {
        let rest = &content[at..];
        match rest {
            [b'(', ..] => at += literal(rest, &mut text),
            [b'<', b'<', ..] => at += 2,
            [b'<', inner @ ..] => {
                let end = memchr(b'>', inner).unwrap_or(inner.len());
                text.extend(hex(&inner[..end]));
                at += end + 2;
            }
            // A wide gap between two parts of a line is a blank.
            [b'-', digits @ ..] => {
                let len = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
                if len > 2 && text.last().is_some_and(|last| !last.is_ascii_whitespace()) {
                    text.push(b' ');
                }
                at += 1 + len;
            }
            // The next line, or another place.
            [b'T', b'd' | b'D' | b'm' | b'*', ..] | [b'E', b'T', ..] => {
                if text.last().is_some_and(|last| *last != b'\n') {
                    text.push(b'\n');
                }
                at += 2;
            }
            _ => at += 1,
        }
    }
    text
}

/// Adds the string in parentheses that `rest` begins with; its length with them.
fn literal(rest: &[u8], text: &mut Vec<u8>) -> usize {
    let (mut at, mut depth) = (0, 0);
    while let Some(&byte) = rest.get(at) {
        at += 1;
        match byte {
            b'(' => {
                depth += 1;
                if depth > 1 {
                    text.push(byte);
                }
            }
            b')' => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
                text.push(byte);
            }
            b'\\' => {
                let Some(&next) = rest.get(at) else { break };
                at += 1;
                match next {
                    b'n' => text.push(b'\n'),
                    b'r' => text.push(b'\r'),
                    b't' => text.push(b'\t'),
                    b'0'..=b'7' => {
                        let more = rest[at..].iter().take(2).take_while(|digit| matches!(digit, b'0'..=b'7'));
                        let digits = more.fold((u32::from(next - b'0'), 0), |(code, len), digit| {
                            (code * 8 + u32::from(digit - b'0'), len + 1)
                        });
                        text.push(digits.0 as u8);
                        at += digits.1;
                    }
                    b'\n' | b'\r' => {}
                    other => text.push(other),
                }
            }
            byte => text.push(byte),
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predictions_are_undone_row_by_row() {
        let plain = b"token=abcdefghijklmnop!xyz";
        for row in [1, 4, 5, 30] {
            for kind in 0..=4_u8 {
                let mut packed = Vec::new();
                for (number, line) in plain.chunks(row).enumerate() {
                    packed.push(kind);
                    for (at, &sample) in line.iter().enumerate() {
                        let here = number * row + at;
                        let of = |is_there: bool, back: usize| if is_there { plain[here - back] } else { 0 };
                        let (left, up) = (of(at > 0, 1), of(number > 0, row));
                        let corner = of(at > 0 && number > 0, row + 1);
                        let average = ((u16::from(left) + u16::from(up)) / 2) as u8;
                        let guess = [0, left, up, average, paeth(left, up, corner)][usize::from(kind)];
                        packed.push(sample.wrapping_sub(guess));
                    }
                }
                assert_eq!(without_prediction(&packed, row).as_deref(), Some(&plain[..]), "{row} {kind}");
            }
        }
        assert_eq!(without_prediction(b"\x05a", 1), None);
        assert_eq!(without_prediction(b"abc", 0), None);
        assert_eq!(without_prediction(b"\0", usize::MAX).as_deref(), Some(&b""[..]));
        assert_eq!(predictor(b"<</Predictor 12/Columns 8>>"), Some(8));
        assert_eq!(predictor(b"<</Predictor 1/Columns 8>>"), None);
        assert_eq!(predictor(b"<</Columns 8>>"), None);
        assert_eq!(predictor(b"<</Predictor 2/Columns 8>>"), Some(0));
        assert_eq!(predictor(b"<</Predictor 15/Columns 8/Colors 3>>"), Some(0));
    }
}
