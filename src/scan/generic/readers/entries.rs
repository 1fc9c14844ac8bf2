//! The entries of a mapping or list whose name says that each is a secret: `passwords: {ada: "x", bob: "y"}`,
//! `$passwords = ['ada' => 'x']`, `passwords = ["x", "y"]`.

use crate::model::{Form, Span};
use crate::scan::generic::line::{byte, line_before, past_blanks, past_line, past_line_end, past_quote};
use crate::scan::generic::name::Name;
use crate::scan::generic::quote;
use crate::scan::generic::shape::is_mixed_word;
use crate::scan::generic::value::Literal;

/// Ends of the names of such mappings, lower-case, without marks.
const PLURALS: [&[u8]; 6] = [b"passwords", b"passwds", b"tokens", b"apikeys", b"accesskeys", b"secretkeys"];

/// The most entries, and the most bytes that they take.
const MOST: usize = 64;
const FURTHEST: usize = 1200;

/// The values of the entries of the mapping `name`.
pub(in crate::scan::generic) fn read(text: &[u8], name: Name) -> Vec<Literal> {
    if !matches!(byte(text, name.span.end - 1), b's' | b'S') {
        return Vec::new();
    }
    let plain: Vec<u8> = text[name.span.start..name.span.end]
        .iter()
        .filter(|b| b.is_ascii_alphanumeric())
        .map(u8::to_ascii_lowercase)
        .collect();
    if !PLURALS.iter().any(|plural| plain.ends_with(plural)) {
        return Vec::new();
    }
    let mut at = past_blanks(text, past_quote(text, name.span.end));
    if !matches!(byte(text, at), b':' | b'=') {
        return Vec::new();
    }
    at += 1 + usize::from(byte(text, at + 1) == b'>');
    at = past_blanks(text, at);
    if byte(text, at) == b'{' {
        return in_braces(text, at + 1, false);
    }
    if byte(text, at) == b'[' {
        // A parser's list of tokens is one of words.
        return in_braces(text, at + 1, !plain.ends_with(b"tokens"));
    }
    match past_line_end(text, at) {
        Some(line) => in_block(text, line_before(text, name.span.start), line),
        None => Vec::new(),
    }
}

fn in_braces(text: &[u8], open: usize, is_list: bool) -> Vec<Literal> {
    let mut found = Vec::new();
    let (mut at, limit) = (open, text.len().min(open + FURTHEST));
    while at < limit && found.len() < MOST {
        at += text[at..limit].iter().take_while(|b| b.is_ascii_whitespace() || **b == b',').count();
        if matches!(byte(text, at), b'}' | b']' | 0) {
            break;
        }
        let end = match quote::one(text, at) {
            Some(item)
                if is_list
                    && matches!(byte(text, past_blanks(text, item.end)), b',' | b']' | b'\r' | b'\n') =>
            {
                at = item.end;
                if is_value(&item.text) {
                    found.push(Literal::of(item, Form::Quoted));
                }
                continue;
            }
            Some(key) => key.end,
            None => {
                let is_key = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
                at + text[at..limit].iter().take_while(is_key).count()
            }
        };
        let colon = past_blanks(text, end);
        if end == at || !matches!(byte(text, colon), b':' | b'=') {
            break;
        }
        let start = past_blanks(text, colon + 1 + usize::from(byte(text, colon + 1) == b'>'));
        let Some(value) = quote::one(text, start) else { break };
        at = value.end;
        if is_value(&value.text) {
            found.push(Literal::of(value, Form::Quoted));
        }
    }
    found
}

fn in_block(text: &[u8], lead: &[u8], first: usize) -> Vec<Literal> {
    let indent = lead.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let mut found = Vec::new();
    let mut line = first;
    while line < text.len().min(first + FURTHEST) && found.len() < MOST {
        let start = past_blanks(text, line);
        if start - line <= indent {
            break;
        }
        let end = past_line(text, line).unwrap_or(text.len());
        if let Some(colon) = memchr::memmem::find(&text[start..end], b": ") {
            // The salt of a hash is not one of them.
            let is_salt = text[start..start + colon].eq_ignore_ascii_case(b"salt");
            let value = past_blanks(text, start + colon + 2);
            let word = text[value..end].trim_ascii();
            let literal = match quote::one(text, value) {
                Some(quoted) => Literal::of(quoted, Form::Quoted),
                None => Literal::at(Span::new(value, value + word.len()), word.to_vec(), Form::Bare),
            };
            if !is_salt && is_value(&literal.text) {
                found.push(literal);
            }
        }
        line = end;
    }
    found
}

/// True for letters and digits; a table of names has no others.
fn is_value(text: &[u8]) -> bool {
    is_mixed_word(text) && !text.iter().any(|b| matches!(b, b' ' | b'/' | b'(' | b'{' | b'$'))
}
