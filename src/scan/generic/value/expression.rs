//! Literals within expressions: in an arm of a conditional one, and behind a string that ends in a name.

use crate::model::Span;
use crate::scan::generic::joint::{Join, Joint};
use crate::scan::generic::line::{byte, line_before, past_blanks};
use crate::scan::generic::quote::{self, Quoted};
use crate::scan::generic::shape::is_mixed_word;

/// The literal in an arm of a conditional expression: `cond ? 'x' : ''`, `cond ? null : 'x'`. Most have texts for people in
/// their arms.
pub(super) fn of_arms(text: &[u8], at: usize, join: Join) -> Option<Quoted> {
    if !matches!(join.joint, Joint::Assign | Joint::Colon) {
        return None;
    }
    let rest = text.get(at..text.len().min(at + 256))?;
    let line = &rest[..memchr::memchr2(b'\n', b';', rest).unwrap_or(rest.len())];
    let mark = memchr::memmem::find(line, b" ? ")?;
    let colons = memchr::memmem::find_iter(&line[mark + 3..], b" : ").map(|colon| mark + 3 + colon);
    std::iter::once(mark).chain(colons).take(4).find_map(|mark| {
        let arm = quote::literal(text, past_blanks(text, at + mark + 3))?;
        (is_mixed_word(&arm.text) && !arm.text.contains(&b' ')).then_some(arm)
    })
}

/// Whether a conditional expression with a literal in it begins at the start of `rest`.
pub(super) fn is_conditional(rest: &[u8]) -> bool {
    let rest = &rest[..rest.len().min(256)];
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    memchr::memchr2(b'"', b'\'', line).is_some()
        && (memchr::memmem::find(line, b" ? ").is_some()
            || memchr::memmem::find(line, b" if ").is_some()
                && memchr::memmem::find(line, b" else ").is_some())
}

/// The literal that is joined to a string which ends in a name and its sign: `'?api_key=' + 'x'`.
pub(super) fn joined_to_string(text: &[u8], name: Span, join: Join) -> Option<Quoted> {
    let quote = byte(text, join.at);
    if join.joint != Joint::Assign || join.at != name.end + 1 || !matches!(quote, b'"' | b'\'' | b'`') {
        return None;
    }
    let lead = line_before(text, name.start);
    let sign = past_blanks(text, join.at + 1);
    let is_joined = matches!(byte(text, sign), b'+' | b'.' | b'&')
        && memchr::memchr_iter(quote, lead).count() % 2 == 1
        && !matches!(byte(text, sign + 1), b'+' | b'.' | b'&' | b'=');
    is_joined.then(|| quote::literal(text, past_blanks(text, sign + 1))).flatten()
}
