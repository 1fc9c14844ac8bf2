//! Labels as people write them in notes, notices and documents.

use crate::scan::generic::line::{byte, line_before, past_blanks};
use crate::scan::generic::name::{self, Name};

/// Skips the dots between a label and its colon: `Password.....: x`.
pub(super) fn past_leader(text: &[u8], at: usize) -> usize {
    if byte(text, at) != b'.' || byte(text, at + 1) != b'.' {
        return at;
    }
    let dots = text[at..].iter().take(60).take_while(|&&b| b == b'.').count();
    if byte(text, past_blanks(text, at + dots)) == b':' { at + dots } else { at }
}

/// Skips a dash between a label at the start of its line and a value: `Password - x`. Most often a description follows
/// such a dash, so the value must be one word, the last of its line, of letters and digits; or be between ticks.
pub(super) fn past_dash(text: &[u8], name: Name, at: usize) -> Option<usize> {
    let len = match text.get(at..at + 3)? {
        [b'-', b' ', _] => 1,
        [0xe2, 0x80, 0x93 | 0x94] => 3,
        _ => return None,
    };
    let value = past_blanks(text, at + len);
    let lead = line_before(text, name.span.start).trim_ascii_start();
    let is_label = lead.iter().all(|b| matches!(b, b'*' | b'-' | b'#' | b'>' | b' ' | b'`' | b'_'));
    let word = &text[value..];
    let word = &word[..word.iter().take(80).position(|b| *b <= b' ').unwrap_or(word.len().min(80))];
    let is_last = matches!(byte(text, past_blanks(text, value + word.len())), 0 | b'\r' | b'\n');
    (is_label && is_last && is_telling(name, word)).then_some(value)
}

/// Whether a value between ticks, of letters and digits, is at `at`, and a bracket closes after it: `a password (`x`)`.
pub(super) fn is_value_in_ticks(text: &[u8], name: Name, at: usize) -> bool {
    let word = text.get(at..).unwrap_or_default();
    let len = word.iter().take(80).position(|b| matches!(b, b')' | b' ' | b'\n')).unwrap_or(0);
    byte(word, 0) == b'`'
        && byte(word, len) == b')'
        && word[..len].ends_with(b"`")
        && is_telling(name, &word[..len])
}

/// Where the value begins that a name between ticks is given: `` Set the header `X-Api-Key` to `x` ``.
pub(super) fn said_of_name(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let tick = rest.strip_prefix(b"to ")?;
    let len = tick.iter().take(80).skip(1).position(|&b| b == b'`')? + 1;
    let has_digit = tick[..len].iter().any(u8::is_ascii_digit);
    (tick.first() == Some(&b'`') && byte(text, at.wrapping_sub(2)) == b'`' && has_digit).then_some(at + 3)
}

/// True for the name of a secret, and a value of letters and digits.
fn is_telling(name: Name, word: &[u8]) -> bool {
    matches!(name.kind, name::Kind::Password | name::Kind::Secret | name::Kind::Token) && is_mixed_word(word)
}

/// Words after a name that say whose it is.
const FOR: [&[u8]; 6] = [b"for ", b"of ", b"von ", b"pour ", b"para ", b"di "];

/// True if what is before a name on its line is only the mark of an item or a heading.
fn is_label(before: &[u8]) -> bool {
    before.iter().all(|b| matches!(b, b'*' | b'-' | b'#' | b'>' | b' ' | b'\t' | b'+' | b'/'))
}

/// The end of the words that say whose a label's value is, past the colon or the `is` after them: `Password for db1: x`,
/// `The password of the user admin is 'x'`, `Password for the elastic user (reset with …):` with the value below.
pub(super) fn past_owner(rest: &[u8], before: &[u8]) -> Option<usize> {
    const LONGEST: usize = 96;
    if !FOR.iter().any(|word| rest.starts_with(word)) {
        return None;
    }
    let line =
        &rest[..rest.iter().take(LONGEST).position(|&b| b == b'\n').unwrap_or(rest.len().min(LONGEST))];
    if let Some(is) = memchr::memmem::find(line, b" is '").or(memchr::memmem::find(line, b" is \"")) {
        return Some(is + 4);
    }
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || b" _-.@/()`".contains(b);
    let colon =
        memchr::memchr_iter(b':', line).find(|&colon| matches!(byte(line, colon + 1), 0 | b' ' | b'\r'))?;
    let words = line[..colon].iter().filter(|b| **b == b' ').count();
    let is_note = words <= 3 && is_label(before);
    let is_notice = colon + 1 == line.trim_ascii_end().len();
    (line[..colon].iter().all(is_name) && (is_note || is_notice)).then_some(colon + 1)
}

/// Where the value begins of a password that a sentence sets or names: `Setting password to x`, `created with password x`.
/// It is the last word of its line, of letters and digits.
pub(super) fn said(rest: &[u8], before: &[u8]) -> Option<usize> {
    const SETS: [&[u8]; 5] = [b"setting", b"set", b"changed", b"changing", b"reset"];
    const NAMES: [&[u8]; 4] = [b"with", b"and", b"mit", b"using"];
    let last = before.trim_ascii().rsplit(|b| *b == b' ').next().unwrap_or_default();
    let is_one = |known: &[&[u8]]| known.iter().any(|word| last.eq_ignore_ascii_case(word));
    let from = match rest.strip_prefix(b"to ") {
        Some(_) if is_one(&SETS) => 3,
        None if is_one(&NAMES) => 0,
        _ => return None,
    };
    let word = &rest[from..];
    let word = &word[..word.iter().position(|b| *b <= b' ').unwrap_or(word.len())];
    let is_last = matches!(byte(rest, from + word.len()), 0 | b'\r' | b'\n');
    (is_last && is_mixed_word(word)).then_some(from)
}

/// True for letters and digits, where a word of prose could be as well.
fn is_mixed_word(word: &[u8]) -> bool {
    word.len() >= 6 && word.iter().any(u8::is_ascii_digit) && word.iter().any(u8::is_ascii_alphabetic)
}
