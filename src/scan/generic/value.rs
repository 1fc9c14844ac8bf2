//! The value on the right of an assignment: quoted, bare, wrapped, in markup, on the next line, or the
//! literal default inside a look-up (`getenv("X", "literal")`, `process.env.X || "literal"`).
//!
//! What is read here is text; whether it is a secret is for `veto` and `score`. A right-hand side that is
//! code in every file type (a call, a look-up without a default) is no value.

use super::byte;
use super::name::Kind;
use super::operator::{Join, Joint, line_before, past_blanks};
use crate::model::{Form, Span};

/// The longest value that is read, in bytes. Longer ones are data, or have a shape of their own.
pub(super) const LONGEST: usize = 1024;

/// The shortest bare value, in bytes.
const SHORTEST_WORD: usize = 4;

/// A value as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// Where it stands, without its quotes.
    pub span: Span,
    /// Its bytes with escapes undone.
    pub text: Vec<u8>,
    /// How it was written.
    pub form: Form,
    /// True where other text is joined to it (`"abc" + x`), or words follow a bare value.
    pub joined: bool,
}

/// Calls that hand their literal on as it is.
const WRAPPERS: &[&str] = &[
    "byte",
    "bytes",
    "string",
    "str",
    "valueof",
    "of",
    "from",
    "tochararray",
    "utf8",
    "u8",
    "some",
    "just",
    "optional",
    "secretstring",
    "securestring",
    "password",
    "secret",
    "token",
    "credential",
    "credentials",
    "strdup",
    "nsstring",
    "text",
    "literal",
    "quote",
    "pstring",
    "b64decode",
    "atob",
    "b64encode",
    "decode",
    "encode",
    "unsafeplaintext",
    "bytearray",
    "buffer",
    "ptr",
    "pointer",
    "stringptr",
    "t",
    "_t",
    "l",
    "escape",
    "strings",
    "to_string",
    "wrap",
];

/// Parts of the names of calls that look something up: their literal is a name, not a value.
const LOOKUPS: &[&str] = &[
    "env",
    "get",
    "fetch",
    "lookup",
    "config",
    "find",
    "load",
    "read",
    "param",
    "prompt",
    "input",
    "property",
    "var",
    "resolve",
    "option",
    "setting",
    "secret_manager",
    "default",
    "arg",
    "flag",
];

/// Reads the value at `join`. `name` is where the assigned name stands.
pub(super) fn read(text: &[u8], name: Span, join: Join) -> Option<Literal> {
    if join.joint == Joint::Markup {
        return markup(text, join.at);
    }
    let mut at = join.at;
    let mut wrapped = false;
    for _ in 0..4 {
        if let Some(quote) = Quote::at(text, at) {
            let mut literal = quote.read(text)?;
            literal.form = match join.joint {
                Joint::Call | Joint::Argument => Form::Call,
                Joint::Flag => Form::Inline,
                _ if join.next_line => Form::Block,
                _ => Form::Quoted,
            };
            return Some(literal);
        }
        match past_wrapper(text, at) {
            Some(next) => (at, wrapped) = (past_blanks(text, next), true),
            None => break,
        }
    }
    if let Some(quote) = default(text, join.at) {
        return quote.read(text);
    }
    if wrapped || matches!(join.joint, Joint::Call | Joint::Argument | Joint::Compare) {
        return None;
    }
    bare(text, name, join)
}

/// Whether a value that could be judged may start at `join`, seen from its first bytes: most right-hand
/// sides in code are short names, numbers and calls.
pub(super) fn may_start(text: &[u8], join: Join, kind: Kind) -> bool {
    let literal_only = matches!(join.joint, Joint::Call | Joint::Argument | Joint::Compare);
    match byte(text, join.at) {
        b'"' | b'\'' | b'`' | b'\\' | b'&' | b'@' | b'[' | b'(' | b'{' => true,
        b')' | b';' | b',' | b'}' | b']' | b'=' | b'|' | b'*' if join.joint != Joint::Flag => false,
        0..=b' ' => false,
        b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
            let rest = &text[join.at..text.len().min(join.at + 64)];
            let word = |b: u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.' | b'-');
            let run = rest.iter().position(|&b| !word(b)).unwrap_or(rest.len());
            let chosen = matches!(kind, Kind::Password | Kind::Secret | Kind::Token);
            let word_alone = run >= SHORTEST_WORD && (chosen || run >= 16);
            match byte(rest, run) {
                b'(' | b'[' | b'{' | b'"' | b'\'' | b'!' | b':' => true,
                b' ' if rest.starts_with(b"new ") => true,
                b' ' if matches!(byte(rest, run + 1), b'|' | b'?' | b'o') => true,
                b'>' if rest[..run].ends_with(b"-") => false,
                _ if literal_only => false,
                0..=b' ' | b';' | b',' | b')' => word_alone,
                _ => true,
            }
        }
        _ => !literal_only,
    }
}

/// An opening quote.
#[derive(Clone, Copy, Debug)]
struct Quote {
    /// Offset after the quote.
    start: usize,
    /// Offset of the mark itself, escapes included.
    mark: Span,
    /// Whether the string may run over lines.
    lines: bool,
}

impl Quote {
    /// The quote at `at`, after a prefix of up to two letters (`b"`, `N'`, `@"`).
    fn at(text: &[u8], at: usize) -> Option<Self> {
        let mut open = at;
        while open < at + 2 && matches!(byte(text, open), b'a'..=b'z' | b'A'..=b'Z' | b'@') {
            open += 1;
        }
        if open > at && !matches!(byte(text, open), b'"' | b'\'') {
            open = at;
        }
        let rest = text.get(open..)?;
        for mark in [&b"\"\"\""[..], b"'''", b"&quot;", b"&#34;", b"&#39;", b"&apos;"] {
            if rest.starts_with(mark) {
                let mark = Span::new(open, open + mark.len());
                return Some(Self { start: mark.end, mark, lines: rest[0] != b'&' });
            }
        }
        let escapes = rest.iter().take(7).take_while(|&&b| b == b'\\').count();
        match rest.get(escapes)? {
            b'"' | b'\'' | b'`' => {
                let mark = Span::new(open, open + escapes + 1);
                Some(Self { start: mark.end, mark, lines: false })
            }
            _ => None,
        }
    }

    /// The text up to the closing quote. `None` where it is not closed within reach.
    fn read(self, text: &[u8]) -> Option<Literal> {
        let mark = &text[self.mark.start..self.mark.end];
        let escapes = mark.iter().take_while(|&&b| b == b'\\').count();
        let limit = text.len().min(self.start + LONGEST + 1);
        let mut at = self.start;
        loop {
            if at >= limit {
                return None;
            }
            if text[at] == b'\n' && !self.lines {
                return None;
            }
            if text[at..].starts_with(mark) {
                break;
            }
            // A backslash hides the next byte, save inside a string that is itself escaped.
            at += if text[at] == b'\\' && escapes == 0 { 2 } else { 1 };
            if escapes > 0 && text[at - 1] == b'"' {
                return None;
            }
        }
        let span = trimmed(text, Span::new(self.start, at));
        let after = past_blanks(text, at + mark.len());
        let joined = matches!(byte(text, after), b'+' | b'%')
            || byte(text, after) == b'.' && byte(text, after + 1) != b'.' && is_php_join(text, after);
        Some(Literal { span, text: unescaped(&text[span.start..span.end]), form: Form::Quoted, joined })
    }
}

/// True where a dot after a string joins it to something, as in PHP.
fn is_php_join(text: &[u8], at: usize) -> bool {
    matches!(byte(text, past_blanks(text, at + 1)), b'$' | b'"' | b'\'')
}

/// Drops blanks and line ends from both ends.
fn trimmed(text: &[u8], mut span: Span) -> Span {
    while span.start < span.end && text[span.start].is_ascii_whitespace() {
        span.start += 1;
    }
    while span.start < span.end && text[span.end - 1].is_ascii_whitespace() {
        span.end -= 1;
    }
    span
}

/// Undoes the escapes that strings of most languages share.
fn unescaped(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while at < raw.len() {
        let (bytes, step): (u8, usize) = match (raw[at], raw.get(at + 1)) {
            (b'\\', Some(b'n')) => (b'\n', 2),
            (b'\\', Some(b'r')) => (b'\r', 2),
            (b'\\', Some(b't')) => (b'\t', 2),
            (b'\\', Some(b'u')) => match raw.get(at + 2..at + 6).and_then(code_point) {
                Some(point) => (point, 6),
                None => (b'\\', 1),
            },
            (b'\\', Some(&next @ (b'\\' | b'"' | b'\'' | b'/' | b'$' | b'`'))) => (next, 2),
            (b'&', Some(_)) => entity(&raw[at..]),
            (other, _) => (other, 1),
        };
        out.push(bytes);
        at += step;
    }
    out
}

/// The ASCII character that four hexadecimal digits name.
fn code_point(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok()?;
    u8::from_str_radix(digits, 16).ok().filter(u8::is_ascii)
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

/// Skips one wrapper: `[]byte(`, `new X(`, `String.valueOf(`, `Some(`, `[`, `(`, `{`, `&`.
fn past_wrapper(text: &[u8], at: usize) -> Option<usize> {
    if matches!(byte(text, at), b'[' | b'(' | b'{' | b'&' | b'*') && byte(text, at + 1) != b']' {
        return Some(at + 1);
    }
    let mut start = at;
    if text.get(at..at + 2) == Some(b"[]") {
        start += 2;
    }
    let new = text.get(start..start + 4) == Some(b"new ");
    if new {
        start += 4;
    }
    let mut end = start;
    while end < start + 64
        && (byte(text, end).is_ascii_alphanumeric()
            || matches!(byte(text, end), b'_' | b'.' | b':' | b'!' | b'?'))
    {
        end += 1;
    }
    if end == start || !matches!(byte(text, end), b'(' | b'{') {
        return None;
    }
    if byte(text, end) == b'{' {
        return (start > at).then_some(end + 1);
    }
    let path = &text[start..end];
    let callee = path.rsplit(|b| matches!(b, b'.' | b':')).find(|part| !part.is_empty())?;
    let callee = callee.strip_suffix(b"!").unwrap_or(callee);
    let lower = callee.to_ascii_lowercase();
    let wraps = WRAPPERS.iter().any(|known| lower == known.as_bytes());
    let builds = new
        || callee.first().is_some_and(u8::is_ascii_uppercase) && callee.iter().any(u8::is_ascii_lowercase);
    (wraps || builds && !looks_up(&lower)).then_some(end + 1)
}

/// True where a call of this name looks its argument up.
fn looks_up(lower: &[u8]) -> bool {
    LOOKUPS.iter().any(|part| memchr::memmem::find(lower, part.as_bytes()).is_some())
}

/// The literal default of an expression: the right of `||`, `??`, `or`, `?:`, or the second argument of a look-up.
fn default(text: &[u8], at: usize) -> Option<Quote> {
    let rest = text.get(at..)?;
    if !matches!(rest.first()?, b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$') {
        return None;
    }
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len()).min(256)];
    if memchr::memchr3(b'|', b'?', b'(', line).is_none() && memchr::memmem::find(line, b" or ").is_none() {
        return None;
    }
    for operator in [&b"||"[..], b"??", b" or ", b"?:"] {
        if let Some(found) = memchr::memmem::find(line, operator)
            && let Some(quote) = Quote::at(text, past_blanks(text, at + found + operator.len()))
        {
            return Some(quote);
        }
    }
    let open = memchr::memchr(b'(', line)?;
    let callee = line[..open].to_ascii_lowercase();
    if !looks_up(&callee) || callee.contains(&b' ') {
        return None;
    }
    let first = Quote::at(text, at + open + 1)?.read(text)?;
    let mut next = first.span.end;
    while next < at + line.len() && byte(text, next) != b',' {
        if byte(text, next) == b')' {
            return None;
        }
        next += 1;
    }
    next = past_blanks(text, next + 1);
    for keyword in [&b"default="[..], b"default_value=", b"default:"] {
        if text.get(next..)?.starts_with(keyword) {
            next = past_blanks(text, next + keyword.len());
        }
    }
    Quote::at(text, next)
}

/// The text of an element, on one line.
fn markup(text: &[u8], at: usize) -> Option<Literal> {
    let mut start = at;
    if text.get(at..)?.starts_with(b"<![CDATA[") {
        start += 9;
    }
    let rest = &text[start..text.len().min(start + LONGEST + 1)];
    let end = rest.iter().position(|b| matches!(b, b'<' | b']' | b'\n')).filter(|&end| rest[end] != b'\n')?;
    let span = trimmed(text, Span::new(start, start + end));
    let closed = text[start + end..].starts_with(b"</") || text[start + end..].starts_with(b"]]>");
    (closed && !span.is_empty()).then(|| Literal {
        span,
        text: unescaped(&text[span.start..span.end]),
        form: Form::Markup,
        joined: false,
    })
}

/// A value without quotes. Where the name begins its line, the value is the rest of the line's first
/// word; elsewhere (a query string, a connection string, an argument) it ends at the first delimiter.
fn bare(text: &[u8], name: Span, join: Join) -> Option<Literal> {
    let lead = line_before(text, name.start);
    let leads = matches!(join.joint, Joint::Assign | Joint::Colon | Joint::Space)
        && (join.next_line || is_lead(lead));
    let start = join.at;
    let limit = text.len().min(start + LONGEST + 1);
    let mut end = start;
    while end < limit {
        let stop = match text[end] {
            0..=b' ' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | 0x7f => true,
            b'&' | b';' | b',' | b')' | b']' | b'}' | b'|' => !leads,
            _ => false,
        };
        if stop {
            break;
        }
        end += 1;
    }
    if end == limit && limit < text.len() || end == start {
        return None;
    }
    while end > start && matches!(text[end - 1], b',' | b';' | b')' | b'}' | b']') && leads {
        // A bracket belongs to the value where it was opened in it.
        let opened = match text[end - 1] {
            b')' => text[start..end].contains(&b'('),
            b'}' => text[start..end].contains(&b'{'),
            b']' => text[start..end].contains(&b'['),
            _ => false,
        };
        if opened {
            break;
        }
        end -= 1;
    }
    if end == start {
        return None;
    }
    let after = past_blanks(text, end);
    let follows = byte(text, after);
    let words_follow = leads
        && after > end
        && !matches!(follows, 0 | b'\n' | b'\r' | b'#' | b'\\' | b'&' | b'|' | b';' | b',')
        && !text[after..].starts_with(b"//")
        && (join.joint == Joint::Colon || join.at > name.end + 1);
    let command = lead.trim_ascii_end();
    let embedded = !leads
        && (lead.ends_with(b"-")
            || command.ends_with(b"-passin")
            || command.ends_with(b"-passout")
            || join.at == name.end + 1 && is_open_string(lead))
        || is_variable(text, name, join) && !matches!(byte(text, end), b';' | b',' | b')');
    let form = match join.joint {
        Joint::Flag => Form::Inline,
        _ if embedded => Form::Inline,
        _ if join.next_line => Form::Block,
        _ => Form::Bare,
    };
    let span = Span::new(start, end);
    Some(Literal { span, text: text[start..end].to_vec(), form, joined: words_follow })
}

/// True for `NAME=value` as shells write it, in whatever file it stands: capitals, and no blank around the sign.
fn is_variable(text: &[u8], name: Span, join: Join) -> bool {
    let name_text = &text[name.start..name.end];
    join.joint == Joint::Assign
        && join.at == name.end + 1
        && name_text.contains(&b'_')
        && name_text.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
}

/// True where a string is open at the end of what stands before a name on its line.
fn is_open_string(before: &[u8]) -> bool {
    let mut open = 0;
    let mut escaped = false;
    for &b in before {
        match b {
            b'"' | b'\'' | b'`' if !escaped => {
                if open == 0 {
                    open = b;
                } else if open == b {
                    open = 0;
                }
            }
            _ => {}
        }
        escaped = b == b'\\' && !escaped;
    }
    open != 0
}

/// True where what stands before a name on its line lets it be the line's first word.
fn is_lead(before: &[u8]) -> bool {
    let mut rest = before.trim_ascii_start();
    for mark in [
        &b"#"[..],
        b"//",
        b"*",
        b"-",
        b";",
        b"export ",
        b"set ",
        b"env ",
        b"arg ",
        b"ENV ",
        b"ARG ",
        b"SET ",
        b"$",
    ] {
        if let Some(stripped) = rest.strip_prefix(mark) {
            rest = stripped.trim_ascii_start();
        }
    }
    rest.is_empty() || matches!(rest, b"\"" | b"'")
}
