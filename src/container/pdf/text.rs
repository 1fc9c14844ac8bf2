//! Text as pages show it, and strings of a document: its title, notes, values of forms.
//!
//! Source: ISO 32000-1, 7.3.4 (strings), 7.9.2 (their encodings), 9.4 (text).

use super::filters::hex;
use memchr::{memchr, memmem};

/// The text that a page's content shows, in the order in which it does; empty for other streams.
pub(super) fn text(content: &[u8]) -> Vec<u8> {
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

/// Strings of objects that are not written as they read, each with the name before it (`/Title <FEFF…>`): those in
/// hexadecimal, with escapes, or in UTF-16. The others are in the document's own bytes.
pub(super) fn strings(objects: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    let mut name: &[u8] = &[];
    let mut at = 0;
    while let Some(next) = objects
        .get(at..)
        .and_then(|rest| rest.iter().position(|byte| matches!(byte, b'/' | b'(' | b'<' | b'%')))
    {
        at += next;
        let rest = &objects[at..];
        match rest {
            [b'/', after @ ..] => {
                let len = after.iter().take_while(|&&byte| !is_name_end(byte)).count();
                name = &after[..len];
                at += 1 + len;
            }
            [b'(', ..] => {
                let mut string = Vec::new();
                let len = literal(rest, &mut string);
                if rest[..len].contains(&b'\\') || starts_as_utf16(&string) {
                    push(&mut found, name, &string);
                }
                at += len;
            }
            [b'<', b'<', ..] => at += 2,
            [b'<', after @ ..] => {
                let len = hexadecimal(after);
                if after.get(len) == Some(&b'>') {
                    push(&mut found, name, &hex(&after[..len]));
                }
                at += 1 + len;
            }
            // A comment, in which parentheses need not be closed.
            _ => at += memchr(b'\n', rest).unwrap_or(rest.len()),
        }
    }
    found
}

/// How many bytes are digits in hexadecimal or blanks.
fn hexadecimal(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_hexdigit() || byte.is_ascii_whitespace()).count()
}

fn is_name_end(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0 || b"()<>[]{}/%".contains(&byte)
}

fn starts_as_utf16(string: &[u8]) -> bool {
    string.starts_with(b"\xfe\xff")
}

/// Adds a line with the name and the string.
fn push(lines: &mut Vec<u8>, name: &[u8], string: &[u8]) {
    let plain = match string.strip_prefix(b"\xfe\xff") {
        Some(units) => {
            let units = units.chunks_exact(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]]));
            let text: String = char::decode_utf16(units).map(|one| one.unwrap_or('\u{fffd}')).collect();
            text.into_bytes()
        }
        None => string.to_vec(),
    };
    // Numbers that identify the document are strings, too, and would make this binary.
    let text =
        plain.into_iter().map(|byte| if byte < b' ' && !b"\t\n\r".contains(&byte) { b' ' } else { byte });
    lines.extend_from_slice(name);
    lines.extend_from_slice(b": ");
    lines.extend(text);
    lines.push(b'\n');
}
