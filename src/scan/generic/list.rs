//! Values that are written as a list of bytes or characters: `{0x8b, 0x1f, …}`, `[139, 31, …]`, `{'a', 'b', …}`.
//!
//! If all elements are printable, the list means the text that they spell. Other lists stay as they are written, and
//! are judged by the hexadecimal digits of their bytes.

use super::line::{byte, past_blanks, past_line_end};
use super::quote::LONGEST;
use crate::model::Span;

/// The fewest numbers of a key, and the fewest characters of a password.
const FEWEST_NUMBERS: usize = 16;
const FEWEST_CHARACTERS: usize = 6;

/// A list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// From its first element to its last.
    pub span: Span,
    /// What it spells, or the list as it is written.
    pub text: Vec<u8>,
    /// The digits to judge it by, if it spells nothing.
    pub digits: Option<Vec<u8>>,
}

/// The list whose first element is at `at`, after its bracket.
pub(super) fn read(text: &[u8], at: usize) -> Option<Listed> {
    let mut at = past_space(text, at);
    let start = at;
    let mut bytes = Vec::new();
    let mut characters = 0;
    let mut end = at;
    loop {
        let (value, is_character, next) = element(text, at)?;
        bytes.push(value);
        characters += usize::from(is_character);
        end = next.max(end);
        at = past_space(text, next);
        match byte(text, at) {
            b',' => at = past_space(text, at + 1),
            // C allows the string's final NUL as a character at the end, and all languages allow a comma.
            b'}' | b']' | b')' => break,
            b'>' if byte(text, at + 1) == b'>' => break,
            _ => return None,
        }
        if matches!(byte(text, at), b'}' | b']' | b')') {
            break;
        }
        if at - start > LONGEST {
            return None;
        }
    }
    let span = Span::new(start, end);
    while bytes.last() == Some(&0) {
        bytes.pop();
    }
    let prints = bytes.iter().all(|b| matches!(b, b' '..=b'~'));
    if characters > 0 && characters + 1 < bytes.len() {
        return None;
    }
    if prints
        && bytes.len() >= FEWEST_CHARACTERS
        && (characters > 0 || bytes.iter().any(u8::is_ascii_alphabetic))
    {
        return Some(Listed { span, text: bytes, digits: None });
    }
    let enough = characters == 0 && bytes.len() >= FEWEST_NUMBERS && !is_regular(&bytes);
    enough.then(|| Listed {
        span,
        text: text[start..end].to_vec(),
        digits: Some(data_encoding::HEXLOWER.encode(&bytes).into_bytes()),
    })
}

/// The value of an element, whether it is written as a character, and the offset after it.
fn element(text: &[u8], at: usize) -> Option<(u8, bool, usize)> {
    // A cast: `(byte) 0x8b`.
    let at = match byte(text, at) {
        b'(' => past_space(text, at + 1 + text.get(at + 1..)?.iter().take(16).position(|&b| b == b')')? + 1),
        _ => at,
    };
    let quote = byte(text, at);
    if matches!(quote, b'\'' | b'"') {
        let (value, len) = match (byte(text, at + 1), byte(text, at + 2)) {
            (b'\\', b'0') => (0, 2),
            (b'\\', hidden) => (hidden, 2),
            (plain, _) => (plain, 1),
        };
        let end = at + 1 + len;
        return (byte(text, end) == quote).then_some((value, true, end + 1));
    }
    let negative = quote == b'-';
    let at = at + usize::from(negative);
    let is_hex = byte(text, at) == b'0' && matches!(byte(text, at + 1), b'x' | b'X');
    let from = at + if is_hex { 2 } else { 0 };
    let len = text.get(from..)?.iter().take(4).take_while(|b| b.is_ascii_hexdigit()).count();
    let digits = std::str::from_utf8(text.get(from..from + len)?).ok()?;
    let value = i32::from_str_radix(digits, if is_hex { 16 } else { 10 }).ok()?;
    let value = if negative { -value } else { value };
    let value = match value {
        0..=255 => value as u8,
        -128..=-1 => (value + 256) as u8,
        _ => return None,
    };
    let mut end = from + len;
    // A suffix: `0x8bu8`, `139uy`, `0x8bU`, `139.toByte()`.
    while byte(text, end).is_ascii_alphanumeric() || matches!(byte(text, end), b'_' | b'.' | b'(') {
        end += 1 + usize::from(byte(text, end) == b'(');
        if end > from + len + 12 {
            return None;
        }
    }
    Some((value, false, end))
}

/// True for bytes that are not random: few different ones, or each at the same distance from the one before.
pub(super) fn is_regular(bytes: &[u8]) -> bool {
    let mut seen = [false; 256];
    bytes.iter().for_each(|&b| seen[usize::from(b)] = true);
    let distinct = seen.iter().filter(|&&seen| seen).count();
    let steps = |by: usize| {
        bytes.windows(by + 1).map(move |pair| pair[by].wrapping_sub(pair[0])).collect::<Vec<u8>>()
    };
    let same = |steps: &[u8]| {
        let mut sorted = steps.to_vec();
        sorted.sort_unstable();
        sorted.chunk_by(|a, b| a == b).map(<[u8]>::len).max().unwrap_or(0) * 2 > steps.len()
    };
    distinct * 2 < bytes.len().min(64) || same(&steps(1)) || bytes.len() > 3 && same(&steps(2))
}

/// Skips blanks and line ends.
fn past_space(text: &[u8], mut at: usize) -> usize {
    loop {
        let blanks = past_blanks(text, at);
        match past_line_end(text, blanks) {
            Some(line) if line > at => at = line,
            _ => return blanks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_spell_their_text_or_stay_as_they_are_written() {
        let table: [(&str, Option<&str>); 8] = [
            ("'k', 'f', 'x', '7', '-', 'q'}", Some("kfx7-q")),
            ("'a', '\\\\', 'x', '7', '-', 'q', '\\0'}", Some("a\\x7-q")),
            ("107, 102, 120, 55, 45, 113]", Some("kfx7-q")),
            (
                "0x8b, 0x1f, 0x52, 0xc4, 0x07, 0xe9, 0x3a, 0x66,\n 0xd0, 0x91, 0x2c, 0xbe, 0x75, 0x48, 0xfa, 0x13 }",
                Some(
                    "0x8b, 0x1f, 0x52, 0xc4, 0x07, 0xe9, 0x3a, 0x66,\n 0xd0, 0x91, 0x2c, 0xbe, 0x75, 0x48, 0xfa, 0x13",
                ),
            ),
            ("0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]", None),
            ("7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]", None),
            ("a, b, c, d, e, f, g]", None),
            ("139, 31, 82, 196]", None),
        ];
        for (text, spelt) in table {
            let found = read(text.as_bytes(), 0).map(|list| String::from_utf8(list.text).expect("ASCII"));
            assert_eq!(found.as_deref(), spelt, "{text}");
        }
    }
}
