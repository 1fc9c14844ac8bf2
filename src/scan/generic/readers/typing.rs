//! What a test or a script types where a password is asked for: into a field that a selector or a label names
//! (`page.fill('#password', 'x')`), or in answer to a prompt (`expect "password:"`, `send "x\r"`).

use crate::model::Span;
use crate::scan::generic::line::{byte, line_before, past_blanks, past_line_end};
use crate::scan::generic::quote::{self, Quoted};
use crate::scan::generic::readers::login;

/// Methods and functions that type their last argument into the field that the first one names. Lower-case.
const METHODS: [&[u8]; 23] = [
    b"addvalue",
    b"change",
    b"clearandtype",
    b"clearvalue",
    b"entertext",
    b"fill",
    b"fill_in",
    b"fillfield",
    b"fillin",
    b"fillinfield",
    b"input",
    b"inputtext",
    b"keyin",
    b"replacetext",
    b"sendkeys",
    b"send_keys",
    b"setfieldvalue",
    b"settext",
    b"setvalue",
    b"type",
    b"type_text",
    b"typeinto",
    b"typetext",
];

/// The furthest that a field is from what is typed into it, and an answer from its prompt.
const FURTHEST: usize = 140;

/// The text that is typed into the field that `name` is part of the name of.
pub(in crate::scan::generic) fn typed_into(text: &[u8], name: Span) -> Option<Quoted> {
    let line = line_before(text, name.start);
    if let Some(value) = tapped(text, name, line).or_else(|| located(text, name)) {
        return Some(value);
    }
    memchr::memchr(b'(', line)?;
    let field = of_pattern(text, name, line).or_else(|| field(text, name, line))?;
    let mut at = field.end;
    if let Some(value) = assigned(text, at) {
        return Some(value);
    }
    // Calls around the field: `screen.getByLabelText('Password')`.
    let mut calls = 0;
    while byte(text, at) == b')' && calls < 3 {
        (at, calls) = (at + 1, calls + 1);
    }
    if byte(text, at) != b',' {
        return None;
    }
    let mut before = &text[name.start - line.len()..field.start];
    let mut method = None;
    for _ in 0..=calls {
        before = before.trim_ascii_end().strip_suffix(b"(")?;
        let len = before
            .iter()
            .rev()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$'))
            .count();
        method = before[before.len() - len..].rsplit(|&b| b == b'.').next();
        before = &before[..before.len() - len];
    }
    let method = method?;
    METHODS.iter().find(|known| method.eq_ignore_ascii_case(known))?;
    let mut value = past_space(text, at + 1);
    // An event: `{ target: { value: 'x' } }`.
    if byte(text, value) == b'{' {
        let event = text.get(value..text.len().min(value + 60))?;
        let found = memchr::memmem::find(event, b"value:")?;
        value = past_blanks(text, value + found + 6);
    }
    quote::literal(text, value)
}

/// What Maestro types into the field that it has tapped on: `- tapOn: "Password"`, then `- inputText: "x"`.
fn tapped(text: &[u8], name: Span, line: &[u8]) -> Option<Quoted> {
    let lead = line.trim_ascii_start();
    lead.starts_with(b"- tapOn:").then_some(())?;
    let rest = text.get(name.end..text.len().min(name.end + FURTHEST))?;
    let feed = memchr::memchr(b'\n', rest)?;
    let next = past_blanks(text, name.end + feed + 1);
    let value = text.get(next..)?.strip_prefix(b"- inputText:")?;
    let at = past_blanks(text, text.len() - value.len());
    quote::one(text, at)
}

/// What a robot types into the field whose locator the name is in, the last word of the line: `Input Text
/// xpath=//input[@type='password']    x`.
fn located(text: &[u8], name: Span) -> Option<Quoted> {
    if !matches!(byte(text, name.end), b'\'' | b'"' | b']') || !login::is_typing_line(text, name.start) {
        return None;
    }
    let rest = &text[name.end..text.len().min(name.end + FURTHEST)];
    let rest = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    let gap = memchr::memmem::find(rest, b"  ")?;
    let start = past_blanks(text, name.end + gap);
    let word = text.get(start..name.end + rest.len())?.trim_ascii_end();
    let is_value = !word.is_empty() && !word.contains(&b' ') && !word.starts_with(b"$");
    let end = start + word.len();
    is_value.then(|| Quoted { span: Span::new(start, end), text: word.to_vec(), end, joined: false })
}

/// The pattern that the name is in: `getByLabelText(/password/i)`.
fn of_pattern(text: &[u8], name: Span, line: &[u8]) -> Option<Span> {
    let open = memchr::memmem::rfind(line, b"(/")? + 1;
    let rest = &text[name.end..text.len().min(name.end + 24)];
    let close = rest.iter().position(|b| !b.is_ascii_alphabetic() && !matches!(b, b' ' | b'$' | b'*'))?;
    let flags = rest[close..].iter().skip(1).take_while(|b| b.is_ascii_lowercase()).count();
    let is_word = line[open + 1..].iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b' ' | b'^'));
    (rest[close] == b'/' && is_word)
        .then(|| Span::new(name.start - line.len() + open, name.end + close + 1 + flags))
}

/// The string or the variable that the name is in.
fn field(text: &[u8], name: Span, line: &[u8]) -> Option<Span> {
    let mut at = name.start - line.len();
    while at < name.start {
        if matches!(text[at], b'"' | b'\'' | b'`')
            && let Some(quoted) = quote::one(text, at)
        {
            if quoted.end > name.start {
                return (quoted.end >= name.end).then(|| Span::new(at, quoted.end));
            }
            at = quoted.end;
            continue;
        }
        at += 1;
    }
    let begins = line.last().is_some_and(|b| matches!(b, b'(' | b' '));
    begins.then_some(name)
}

/// What is assigned to the value of the field whose name ends at `at`: `getElementById('password').value = 'x'`.
fn assigned(text: &[u8], at: usize) -> Option<Quoted> {
    let rest = text.get(at..)?.strip_prefix(b").value")?;
    let sign = at + 7 + rest.iter().take(4).position(|b| *b != b' ')?;
    let is_assigned = byte(text, sign) == b'=' && byte(text, sign + 1) != b'=';
    is_assigned.then(|| quote::literal(text, past_blanks(text, sign + 1))).flatten()
}

/// What answers the prompt that `name` is a word of.
pub(in crate::scan::generic) fn answered(text: &[u8], name: Span) -> Option<Quoted> {
    const WAITS: [&[u8]; 5] = [b"expect", b"read_until", b"waitfor", b"wait_for", b"readuntil"];
    const SENDS: [&[u8]; 4] = [b"send", b"write", b"sendline", b"send_command"];
    let line = line_before(text, name.start);
    let rest = text.get(name.end..text.len().min(name.end + FURTHEST))?;
    let quote = rest.iter().take(8).position(|b| matches!(b, b'"' | b'\''))?;
    let prompt = &rest[..quote];
    // Most names in quotes are keys.
    let is_pattern = prompt == b"*" && rest[quote + 1..].trim_ascii_start().starts_with(b"{");
    if !(prompt.contains(&b':') || is_pattern)
        || !prompt.iter().all(|b| matches!(b, b':' | b' ' | b'*' | b'?' | b'.' | b'$' | b'\\' | b's'))
    {
        return None;
    }
    let rest = &rest[quote + 1..];
    let lower = line.to_ascii_lowercase();
    let waits = WAITS.iter().any(|word| memchr::memmem::find(&lower, word).is_some());
    let in_block = rest.trim_ascii_start().starts_with(b"{");
    // The statement after it: on its line or the next.
    let statement =
        rest.iter().enumerate().filter(|(_, b)| **b == b'\n').nth(1).map_or(rest.len(), |(at, _)| at);
    let lower = rest[..statement].to_ascii_lowercase();
    let (sends, word) = SENDS
        .iter()
        .filter_map(|word| Some((memchr::memmem::find(&lower, word)?, *word)))
        .min_by_key(|(at, word)| (*at, usize::MAX - word.len()))?;
    let between = &lower[..sends];
    let is_next = between.iter().all(|b| b.is_ascii_alphanumeric() || b" \t\r\n;{}().,_=$".contains(b));
    if !(waits || in_block) || !is_next {
        return None;
    }
    let from = name.end + quote + 1 + sends + word.len();
    let mut at =
        from + text[from..].iter().take(6).take_while(|b| matches!(b, b'(' | b' ' | b'-' | b's')).count();
    at += usize::from(byte(text, at) == b'(');
    let mut value = quote::one(text, past_blanks(text, at))?;
    // The key that ends the answer.
    let end = value.text.iter().rposition(|b| !matches!(b, b'\r' | b'\n' | b' ')).map_or(0, |last| last + 1);
    let raw = &text[value.span.start..value.span.end];
    let mut raw_end = raw.len();
    while raw_end >= 2 && matches!(&raw[raw_end - 2..raw_end], b"\\r" | b"\\n") {
        raw_end -= 2;
    }
    value.span = Span::new(value.span.start, value.span.start + raw_end);
    value.text.truncate(end);
    while value.text.ends_with(b"\\r") || value.text.ends_with(b"\\n") {
        value.text.truncate(value.text.len() - 2);
    }
    (!value.text.is_empty()).then_some(value)
}

/// Skips blanks and one line end.
fn past_space(text: &[u8], at: usize) -> usize {
    let at = past_blanks(text, at);
    past_line_end(text, at).map_or(at, |line| past_blanks(text, line))
}
