//! PDF documents: what their streams unpack to, the text that is shown on pages, and strings that are not written as they
//! read.
//!
//! Source: ISO 32000-1, 7.3 (objects), 7.4 (filters), 9.4 (text).
//!
//! # Design
//!
//! The table of objects may be wrong or hidden in a stream, so that nothing relies on it: every `stream` in the file is
//! unpacked. Images are not, for they contain samples. Text in a font with an encoding of its own is not read: its bytes
//! are numbers of glyphs.

mod filters;
mod text;

use super::member::{Noted, start};
use super::walk::{At, Walk};
use super::{DAMAGED, ENCRYPTED, METHOD, fault, magic};
use filters::{ascii85, hex, lzw, predictor, run_lengths, without_prediction};
use flate2::bufread::ZlibDecoder;
use memchr::{memchr, memmem};
use std::io::{self, Read};
use text::{strings, text};

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
    // What is between streams: objects, and whatever was put there.
    let header = memmem::find(bytes, b"%PDF").map_or(0, |at| at + 4);
    let (mut from, mut between, mut objects) = (0, header, Vec::new());
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
        gap(walk, bytes.get(between..found).unwrap_or_default(), &mut objects, at)?;
        let object = memmem::rfind(before, b" obj").unwrap_or(0);
        let number = before[..object].rsplit(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
        let number = String::from_utf8_lossy(&number[number.len().saturating_sub(20)..]);
        let dictionary = &before[object..];
        let end = end_of(bytes, data, dictionary);
        (from, between) = (end, end);
        let name = format!("object {}", number.split(' ').next().unwrap_or_default());
        stream(walk, &name, dictionary, &bytes[data..end], at)?;
    }
    let last = &bytes[between.min(bytes.len())..];
    match magic::by_end(last) {
        // The caller reads it.
        Some("zip") => objects.extend(strings(last)),
        _ => gap(walk, last, &mut objects, at)?,
    }
    if objects.is_empty() || walk.is_over { Ok(()) } else { walk.text("strings", &objects, at) }
}

/// Adds the strings of what is between two streams, and opens a container in it.
fn gap(walk: &mut Walk<'_>, bytes: &[u8], objects: &mut Vec<u8>, at: &At) -> io::Result<()> {
    objects.extend(strings(bytes));
    if bytes.is_ascii() { Ok(()) } else { walk.behind(&mut &bytes[..], at) }
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
    let is_objects = entry(dictionary, b"/Type").is_some_and(|kind| kind.starts_with(b"/ObjStm"));
    let (part, text) = match is_objects {
        true => ("strings", strings(&content)),
        false => ("text", text(&content)),
    };
    walk.member(name, &mut content.as_slice(), at)?;
    if text.is_empty() { Ok(()) } else { walk.text(&format!("{name}!{part}"), &text, at) }
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
