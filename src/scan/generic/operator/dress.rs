//! What may be around a name and its operator and says nothing: emphasis, the colours of a terminal, escapes.

use crate::model::Span;
use crate::scan::generic::joint::{Join, Joint, Stop};
use crate::scan::generic::line::{byte, past_blanks};

/// Operators in the escapes of other languages and encodings, what they mean, and what ends the value after them.
const ESCAPED: &[(&[u8], Joint, Stop)] = &[
    (b"%3D", Joint::Assign, Stop::Percent),
    (b"%3d", Joint::Assign, Stop::Percent),
    (b"%3A", Joint::Colon, Stop::Percent),
    (b"%3a", Joint::Colon, Stop::Percent),
    (b"%22%3A%22", Joint::Colon, Stop::Percent),
    (b"%22%3a%22", Joint::Colon, Stop::Percent),
    (b"%22%3A%20%22", Joint::Colon, Stop::Percent),
    (b"%2522%253A%2522", Joint::Colon, Stop::Percent),
    (b"%253D", Joint::Assign, Stop::Percent),
    (b"%253d", Joint::Assign, Stop::Percent),
    (b"\\u003d", Joint::Assign, Stop::Escape),
    (b"\\u003D", Joint::Assign, Stop::Escape),
    (b"\\x3d", Joint::Assign, Stop::Escape),
    (b"\\x3D", Joint::Assign, Stop::Escape),
    (b"\\u003a", Joint::Colon, Stop::Escape),
    (b"\\u0022:\\u0022", Joint::Colon, Stop::Escape),
    (b"\\u0022: \\u0022", Joint::Colon, Stop::Escape),
    (b"\\x22:\\x22", Joint::Colon, Stop::Escape),
    (b"\\x22: \\x22", Joint::Colon, Stop::Escape),
    (b"&#61;", Joint::Assign, Stop::Escape),
    (b"&#x3d;", Joint::Assign, Stop::Escape),
    (b"&#x3D;", Joint::Assign, Stop::Escape),
    (b"&equals;", Joint::Assign, Stop::Escape),
    (b"\xef\xbc\x9a", Joint::Colon, Stop::Usual),
    (b"\xef\xbc\x9d", Joint::Assign, Stop::Usual),
];

/// An operator that is written as an escape.
pub(super) fn escaped(text: &[u8], at: usize, quoted: bool) -> Option<Join> {
    if !matches!(byte(text, at), b'%' | b'\\' | b'&' | 0xef) {
        return None;
    }
    let rest = text.get(at..)?;
    let (mark, joint, stop) = ESCAPED.iter().find(|(mark, ..)| rest.starts_with(mark))?;
    let at = past_blanks(text, at + mark.len());
    Some(Join { stop: *stop, ..Join::new(*joint, at, quoted) })
}

/// Skips the codes that colour what a terminal shows.
pub(super) fn past_color(text: &[u8], at: usize) -> usize {
    let mut at = at;
    while byte(text, at) == 0x1b && byte(text, at + 1) == b'[' {
        let code = &text[at + 2..];
        let len = code.iter().take(12).take_while(|b| b.is_ascii_digit() || **b == b';').count();
        if byte(code, len) != b'm' {
            break;
        }
        at += len + 3;
    }
    at
}

/// The text of an element whose marks are escaped: `&lt;password&gt;x&lt;/password&gt;`, `\u003cpassword\u003ex`.
pub(super) fn escaped_element(text: &[u8], name: Span, at: usize) -> Option<Join> {
    const MARKS: [(&[u8], &[u8], Stop); 5] = [
        (b"&lt;", b"&gt;", Stop::Escape),
        (b"\\u003c", b"\\u003e", Stop::Escape),
        (b"\\u003C", b"\\u003E", Stop::Escape),
        (b"%3C", b"%3E", Stop::Percent),
        (b"%3c", b"%3e", Stop::Percent),
    ];
    let rest = text.get(at..)?;
    // With attributes: `&lt;wsse:Password Type=&quot;…&quot;>x`.
    let with_attributes = || {
        let rest = rest.get(..rest.len().min(240))?;
        let is_tag = rest.starts_with(b" ") && rest.get(1).is_some_and(u8::is_ascii_alphabetic);
        let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
        let equals = memchr::memmem::find(line, b"=&quot;").filter(|_| is_tag)?;
        let close = [&b"&quot;>"[..], b"&quot;&gt;"].into_iter().find_map(|close| {
            Some(equals + 7 + memchr::memmem::find(&line[equals + 7..], close)? + close.len())
        })?;
        Some((MARKS[0].0, &rest[..close], Stop::Escape))
    };
    let (open, close, stop) = MARKS
        .iter()
        .find(|(_, close, _)| rest.starts_with(close))
        .map(|&(open, close, stop)| (open, close, stop))
        .or_else(with_attributes)?;
    let before = &text[name.start.saturating_sub(open.len() + 24)..name.start];
    let found = memchr::memmem::rfind(before, open)?;
    let prefix = &before[found + open.len()..];
    let is_tag = prefix.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-' | b'_' | b'.'));
    is_tag.then(|| Join { stop, ..Join::new(Joint::Colon, at + close.len(), false) })
}

/// Skips the emphasis around a name in a document: `**Password**:`, `<b>Password</b>:`.
pub(super) fn past_dress(text: &[u8], at: usize) -> usize {
    match (byte(text, at), byte(text, at + 1)) {
        (b'*', b'*') if matches!(byte(text, at + 2), b':' | b' ' | b'=' | 0xef) => at + 2,
        (b'*', b':') => at + 1,
        // Lisp's `*password*`.
        (b'*', b' ') if byte(text, past_blanks(text, at + 1)) == b'"' => at + 1,
        (b'<', b'/') => {
            let tag = text[at + 2..].iter().take(12).take_while(|b| b.is_ascii_alphanumeric()).count();
            let end = at + 3 + tag;
            let dressed =
                byte(text, end - 1) == b'>' && matches!(byte(text, past_blanks(text, end)), b':' | b'=');
            if dressed { end } else { at }
        }
        _ => at,
    }
}

/// Skips the end of an emphasis that includes the colon: `**Password:** x`, `<b>Password:</b> x`.
pub(super) fn past_closing_dress(text: &[u8], at: usize) -> usize {
    match (byte(text, at), byte(text, at + 1)) {
        (b'*', b'*') if byte(text, at + 2) == b' ' => at + 2,
        (b'*' | b'_', b' ') => at + 1,
        (b'_', b'_') if byte(text, at + 2) == b' ' => at + 2,
        (b'<', b'/') => {
            let tag = text[at + 2..].iter().take(12).take_while(|b| b.is_ascii_alphanumeric()).count();
            if byte(text, at + 2 + tag) == b'>' { at + 3 + tag } else { at }
        }
        _ => at,
    }
}
