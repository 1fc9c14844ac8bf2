//! The entries of a mapping or list whose name says that each is a secret: `passwords: {ada: "x", bob: "y"}`,
//! `$passwords = ['ada' => 'x']`, `passwords = ["x", "y"]`.

use crate::model::{Form, Span};
use crate::scan::generic::line::{byte, line_before, past_blanks, past_line, past_line_end, past_quote};
use crate::scan::generic::name::Name;
use crate::scan::generic::quote;
use crate::scan::generic::shape::{is_drawn_text, is_mixed_word};
use crate::scan::generic::value::Literal;

/// Ends of the names of such mappings, lower-case, without marks.
const PLURALS: [&[u8]; 7] =
    [b"passwords", b"passwds", b"tokens", b"apikeys", b"accesskeys", b"secretkeys", b"chpasswd"];

/// The most entries, and the most bytes that they take.
const MOST: usize = 64;
const FURTHEST: usize = 1200;

/// The values of the entries of the mapping `name`.
pub(in crate::scan::generic) fn read(text: &[u8], name: Name) -> Vec<Literal> {
    if !matches!(byte(text, name.span.end - 1), b's' | b'S' | b'd') {
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
    if let Some(call) = LISTS.iter().find(|call| text.get(at..).is_some_and(|rest| rest.starts_with(call))) {
        return in_braces(text, at + call.len(), !plain.ends_with(b"tokens"));
    }
    match past_line_end(text, at) {
        Some(line) if plain.ends_with(b"chpasswd") => logins_in_list(text, line),
        Some(line) => in_block(text, line_before(text, name.span.start), line),
        None => Vec::new(),
    }
}

/// Where the mapping of logins to passwords begins that the anchor at `word` announces: `gin.Accounts{"ada": "x"}`,
/// `basicAuth({ users: { 'ada': 'x' } })`.
pub(in crate::scan::generic) fn users_of(text: &[u8], word: Span) -> Option<usize> {
    let anchor = text.get(word.start..word.end)?;
    if anchor.eq_ignore_ascii_case(b"gin.accounts{") {
        return Some(word.end);
    }
    if !anchor.eq_ignore_ascii_case(b"basicauth({") {
        return None;
    }
    let rest = &text[word.end..text.len().min(word.end + 120)];
    let users = memchr::memmem::find(rest, b"users:")? + 6;
    let open = past_blanks(text, word.end + users);
    (byte(text, open) == b'{').then_some(open + 1)
}

/// The passwords of such a mapping.
pub(in crate::scan::generic) fn of_users(text: &[u8], open: usize) -> Vec<Literal> {
    let mut found = in_braces(text, open, false);
    found.iter_mut().for_each(|literal| literal.form = Form::Login);
    found
}

/// Calls that make a list of their arguments.
const LISTS: [&[u8]; 8] = [
    b"Arrays.asList(",
    b"List.of(",
    b"Set.of(",
    b"arrayOf(",
    b"listOf(",
    b"new HashSet<>(Arrays.asList(",
    b"new[] {",
    b"setOf(",
];

fn in_braces(text: &[u8], open: usize, is_list: bool) -> Vec<Literal> {
    let mut found = Vec::new();
    let (mut at, limit) = (open, text.len().min(open + FURTHEST));
    while at < limit && found.len() < MOST {
        at += text[at..limit].iter().take_while(|b| b.is_ascii_whitespace() || **b == b',').count();
        if matches!(byte(text, at), b'}' | b']' | b')' | 0) {
            break;
        }
        let end = match quote::one(text, at) {
            Some(item)
                if is_list
                    && matches!(
                        byte(text, past_blanks(text, item.end)),
                        b',' | b']' | b')' | b'}' | b'\r' | b'\n'
                    ) =>
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

/// The passwords of cloud-init's accounts: `list: |` below `chpasswd:`, and `ada:x` on each line below that.
fn logins_in_list(text: &[u8], first: usize) -> Vec<Literal> {
    let mut found = Vec::new();
    let (mut line, mut indent) = (first, None);
    while line < text.len().min(first + FURTHEST) && found.len() < MOST {
        let start = past_blanks(text, line);
        let end = past_line(text, line).unwrap_or(text.len());
        let trimmed = text[start..end].trim_ascii();
        match indent {
            None if start == line || trimmed.is_empty() => break,
            None if trimmed.starts_with(b"list:") => indent = Some(start - line),
            None => {}
            Some(indent) if start - line <= indent => break,
            Some(_) => {
                if let Some(colon) = memchr::memchr(b':', trimmed).filter(|&colon| colon > 0) {
                    let span = Span::new(start + colon + 1, start + trimmed.len());
                    let word = &text[span.start..span.end];
                    // A reference, and what is hashed, begins with a dollar sign.
                    let is_plain = !word.iter().any(|b| matches!(b, b' ' | b'$' | b'<' | b'{'));
                    if is_plain && word != b"RANDOM" {
                        found.push(Literal::at(span, word.to_vec(), Form::Login));
                    }
                }
            }
        }
        line = end;
    }
    found
}

/// True for letters and digits; a table of names has no others.
fn is_value(text: &[u8]) -> bool {
    (is_mixed_word(text) || is_drawn_text(text))
        && !text.iter().any(|b| matches!(b, b' ' | b'/' | b'(' | b'{' | b'$'))
}
