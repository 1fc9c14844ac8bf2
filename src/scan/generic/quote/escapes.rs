//! Escapes and entities of literals, and the characters that they mean.

use crate::scan::invisible::characters::without;

/// Undoes the escapes that strings of most languages share, and removes escaped line ends.
pub(in crate::scan::generic) fn unescaped(raw: &[u8]) -> Vec<u8> {
    // One in the middle of an escape would keep it from being one.
    let raw = &*without(raw);
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while at < raw.len() {
        let (bytes, step): (u8, usize) = match (raw[at], raw.get(at + 1)) {
            (b'\\', Some(b'n')) => (b'\n', 2),
            (b'\\', Some(b'r')) => (b'\r', 2),
            (b'\\', Some(b't')) => (b'\t', 2),
            (b'\\', Some(b'\r' | b'\n')) => {
                let rest = &raw[at + 1..];
                at += 1 + rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
                continue;
            }
            (b'\\', Some(b'x')) => match raw.get(at + 2..at + 4).and_then(code_point) {
                Some(point) => (point, 4),
                None => (b'\\', 1),
            },
            (b'\\', Some(b'u')) => match raw.get(at + 2..at + 6).and_then(code_point) {
                Some(point) => (point, 6),
                None => (b'\\', 1),
            },
            (b'\\', Some(&next @ (b'\\' | b'"' | b'\'' | b'/' | b'$' | b'`' | b'#'))) => (next, 2),
            (b'&', Some(_)) => entity(&raw[at..]),
            (other, _) => (other, 1),
        };
        out.push(bytes);
        at += step;
    }
    out
}

/// The ASCII character of a hexadecimal code point.
fn code_point(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok()?;
    u8::from_str_radix(digits, 16).ok().filter(|point| point.is_ascii() && *point >= b' ')
}

/// The length of the entity at the start of a text, if it is one that [`unescaped`] undoes.
pub(in crate::scan::generic) fn entity_len(raw: &[u8]) -> Option<usize> {
    match entity(raw) {
        (_, 1) => None,
        (_, len) => Some(len),
    }
}

/// The character of an XML entity, and its length.
fn entity(raw: &[u8]) -> (u8, usize) {
    for (name, value) in [
        (&b"&amp;"[..], b'&'),
        (b"&lt;", b'<'),
        (b"&gt;", b'>'),
        (b"&quot;", b'"'),
        (b"&apos;", b'\''),
        (b"&#34;", b'"'),
        (b"&#39;", b'\''),
    ] {
        if raw.starts_with(name) {
            return (value, name.len());
        }
    }
    (raw[0], 1)
}

/// The lines of a value that was split because it is long: each a run without blanks. (Keys in armour are read as they
/// are.)
pub(super) fn joined_lines(raw: &[u8]) -> Option<Vec<u8>> {
    if !raw.contains(&b'\n') || raw.starts_with(b"-----") {
        return None;
    }
    let lines = raw.split(|&b| b == b'\n').map(<[u8]>::trim_ascii);
    let is_run = |line: &[u8]| {
        line.len() >= 8 && !line.iter().any(|b| matches!(b, b' ' | b'\t' | b':' | b'"' | b'{' | b'('))
    };
    lines.clone().all(is_run).then(|| lines.collect::<Vec<_>>().concat())
}

/// The text with quotes that were doubled or taken out as they are meant.
pub(super) fn undoubled(raw: &[u8], quote: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while at < raw.len() {
        out.push(raw[at]);
        let rest = &raw[at..];
        at += match rest {
            [b'\'', b'\\', b'\'', b'\'', ..] if quote == b'\'' => 4,
            [b'\'', b'"', b'\'', b'"', b'\'', ..] if quote == b'\'' => 5,
            [one, two, ..] if *one == quote && *two == quote => 2,
            _ => 1,
        };
    }
    out
}
