//! One of several names that a statement assigns values to: `self.password, self.user = 'x', 'ada'`,
//! `const [user, password] = ['ada', 'x']`.

use crate::model::Span;
use crate::scan::generic::line::{byte, line_before, past_blanks};
use crate::scan::generic::login;
use crate::scan::generic::quote;

/// How far after a name the sign is looked for, in bytes.
const FURTHEST: usize = 120;

/// Where the literal starts that is assigned to `name`, which has a comma or a closing bracket after it.
pub(super) fn value(text: &[u8], name: Span) -> Option<usize> {
    if !matches!(byte(text, name.end), b',' | b']' | b')') {
        return None;
    }
    let rest = &text[name.end..text.len().min(name.end + FURTHEST)];
    let sign = rest.iter().position(|b| !is_of_names(*b))?;
    // An argument with a name has no blank before its sign.
    if rest[sign] != b'=' || !rest[..sign].ends_with(b" ") || matches!(rest.get(sign + 1), Some(b'=' | b'>'))
    {
        return None;
    }
    let after = rest[..sign].trim_ascii_end();
    let (after, close) = match after.last() {
        Some(&close @ (b']' | b')')) => (&after[..after.len() - 1], Some(close)),
        _ => (after, None),
    };
    let line = line_before(text, name.start);
    let before = match close {
        Some(close) => &line[line.iter().rposition(|&b| b == if close == b']' { b'[' } else { b'(' })? + 1..],
        None => line.trim_ascii_start(),
    };
    let are_names = |names: &[u8]| names.iter().all(|b| is_of_names(*b) && !matches!(b, b']' | b')'));
    if !are_names(before) || !are_names(after) || before.is_empty() && after.is_empty() {
        return None;
    }
    let position = memchr::memchr_iter(b',', before).count();
    let count = position + memchr::memchr_iter(b',', after).count() + 1;
    let mut start = past_blanks(text, name.end + sign + 1);
    let is_list = matches!(byte(text, start), b'[' | b'(' | b'{');
    start += usize::from(is_list);
    let values = login::split(text, start, is_list);
    let at = *values.get(position)?;
    // As many values as names, except in a statement that something follows.
    (count >= 2 && values.len() == count && quote::one(text, at).is_some()).then_some(at)
}

/// True for the bytes of a list of names.
const fn is_of_names(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b',' | b' ' | b'$' | b'@' | b']' | b')')
}
