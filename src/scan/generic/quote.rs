//! String literals of the languages that people keep configuration and code in: where one starts, where it ends and
//! what it means.
//!
//! # Design
//!
//! A literal is read by its marks alone, as no file type is known here. If a mark means different things in two
//! languages, what follows it decides (`<<"EOF"` and a line end is a here-document, `<<"x">>` is Erlang's binary).

mod escapes;

use super::line::{byte, past_blanks, past_line_end};
use crate::model::Span;
pub(super) use escapes::{entity_len, unescaped};
use escapes::{joined_lines, undoubled};
use std::borrow::Cow;

/// The longest literal that is read, in bytes. Longer ones are data, or another rule recognises them.
pub(super) const LONGEST: usize = 1024;

/// The most literals that are joined to one value.
const MOST_JOINED: usize = 16;

/// A literal, or several that are joined to one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Quoted {
    /// Its span, without its quotes and the blanks at its ends. Of several: from the first to the last.
    pub span: Span,
    /// What it means.
    pub text: Vec<u8>,
    /// Offset after its closing mark.
    pub end: usize,
    /// True if something other than a literal is joined to it (`"abc" + x`).
    pub joined: bool,
}

/// What ends a literal.
#[derive(Clone, Copy, Debug)]
enum Close {
    /// These bytes of the text, which are those of its opening mark.
    Same(Span),
    /// These bytes.
    Bytes(&'static [u8]),
    /// A quote and this many `#`.
    Hashes(usize),
    /// `)`, this word and a quote.
    Word(Span),
    /// A line that is this word.
    Line(Span),
    /// The bracket that closes the opening one, which may be nested.
    Nested(u8, u8),
}

/// How far the end of a literal is searched for in which a backslash means itself.
const PLAIN: usize = 200;

/// An opening mark.
#[derive(Clone, Copy, Debug)]
struct Open {
    /// Offset after it.
    start: usize,
    close: Close,
    /// Whether the literal may run over line ends.
    lines: bool,
    /// Whether a backslash in it means itself.
    raw: bool,
    /// Whether it does in C#, but not in Objective-C, which has the same mark.
    verbatim: bool,
}

/// The literal that starts at `at`, together with those that are joined to it.
pub(super) fn literal(text: &[u8], at: usize) -> Option<Quoted> {
    let mut first = one(text, at)?;
    let mark = byte(text, first.end - 1);
    for _ in 1..MOST_JOINED {
        match follows(text, first.end, mark) {
            Follows::Nothing => break,
            Follows::Other => {
                first.joined = true;
                break;
            }
            Follows::Literal(next) => {
                let Some(next) = one(text, next) else {
                    first.joined = true;
                    break;
                };
                first.text.extend_from_slice(&next.text);
                first.span = Span::new(first.span.start, next.span.end.max(first.span.end));
                first.end = next.end;
            }
            Follows::Made => return None,
        }
    }
    Some(first)
}

/// One literal, nothing joined to it.
pub(super) fn one(text: &[u8], at: usize) -> Option<Quoted> {
    let open = open(text, at)?;
    open.read(text).or_else(|| open.read_plain(text))
}

/// The opening mark at `at`.
fn open(text: &[u8], at: usize) -> Option<Open> {
    let plain = |start, close| Some(Open { start, close, lines: false, raw: false, verbatim: false });
    let first = byte(text, at);
    if !matches!(first, b'"' | b'\'' | b'`' | b'\\' | b'&') {
        return prefixed(text, at, first);
    }
    let rest = text.get(at..)?;
    let triple: [&[u8]; 3] = [b"\"\"\"", b"'''", b"```"];
    // Two of a kind are an empty literal, except in a string that doubles the quotes of a string inside it.
    let double: [&[u8]; 3] = [b"\"\"", b"''", b"``"];
    let entities: [&[u8]; 4] = [b"&quot;", b"&#34;", b"&#39;", b"&apos;"];
    for mark in triple.into_iter().chain(double).chain(entities) {
        if rest.starts_with(mark) && (mark.len() != 2 || may_be_doubled(rest)) {
            let end = at + mark.len();
            return Some(Open {
                start: end,
                close: Close::Same(Span::new(at, end)),
                lines: mark.len() == 3,
                raw: false,
                verbatim: false,
            });
        }
    }
    let escapes = rest.iter().take(7).take_while(|&&b| b == b'\\').count();
    match rest.get(escapes)? {
        b'"' | b'\'' | b'`' => plain(at + escapes + 1, Close::Same(Span::new(at, at + escapes + 1))),
        _ => None,
    }
}

/// True if two quotes are not an empty literal: something that could be a value follows.
fn may_be_doubled(rest: &[u8]) -> bool {
    // A plus sign is an operator, unless the same two quotes close what it begins.
    let closes = || {
        let line =
            &rest[2..rest.iter().take(200).position(|&b| b == b'\n').unwrap_or(rest.len().min(200)).max(2)];
        let close = line.windows(2).position(|two| two == &rest[..2]);
        close.is_some_and(|close| matches!(byte(line, close + 2), b',' | b'}' | b':' | b']' | 0))
    };
    byte(rest, 2) == b'+' && (rest[0] == b'`' || closes())
        || byte(rest, 2).is_ascii_alphanumeric()
        || matches!(
            byte(rest, 2),
            b'!' | b'#' | b'$' | b'%' | b'*' | b'/' | b'<' | b'=' | b'?' | b'@' | b'^' | b'_' | b'~' | b'-'
        )
}

/// An opening mark that starts with something other than a quote.
fn prefixed(text: &[u8], at: usize, first: u8) -> Option<Open> {
    let is_quote = |at: usize| matches!(byte(text, at), b'"' | b'\'');
    let here = |start, close: &'static [u8]| {
        let feed = past_line_end(text, past_blanks(text, start))?;
        Some(Open { start: feed, close: Close::Bytes(close), lines: true, raw: true, verbatim: false })
    };
    match first {
        b'@' | b'$' => match (first, byte(text, at + 1)) {
            (b'@', b'"') if here(at + 2, b"\"@").is_some() => here(at + 2, b"\"@"),
            (b'@', b'\'') if here(at + 2, b"'@").is_some() => here(at + 2, b"'@"),
            (b'@', b'"') => Some(Open { raw: true, verbatim: true, ..open(text, at + 1)? }),
            (_, b'"' | b'\'') => open(text, at + 1),
            // PostgreSQL's `$$x$$`, Groovy's `$/x/$`.
            (b'$', b'$') if is_closed_by(text, at + 2, b"$$") => Some(Open {
                start: at + 2,
                close: Close::Bytes(b"$$"),
                lines: false,
                raw: true,
                verbatim: false,
            }),
            (b'$', b'/') if is_closed_by(text, at + 2, b"/$") => Some(Open {
                start: at + 2,
                close: Close::Bytes(b"/$"),
                lines: false,
                raw: true,
                verbatim: false,
            }),
            (b'$', b'a'..=b'z' | b'A'..=b'Z' | b'_') => tagged(text, at),
            (b'$', b'@') | (b'@', b'$') if byte(text, at + 2) == b'"' => {
                Some(Open { raw: true, ..open(text, at + 2)? })
            }
            _ => None,
        },
        // Swift's `#"x"#`.
        b'#' => hashes(text, at),
        b'<' if byte(text, at + 1) == b'<' => here_document(text, at),
        // Lua's `[[x]]` and `[=[x]=]`: never with a blank after it, as in templates and tests of shells.
        b'[' if text.get(at..at + 3) == Some(b"[=[") => {
            Some(Open { start: at + 3, close: Close::Bytes(b"]=]"), lines: true, raw: true, verbatim: false })
        }
        b'[' if text.get(at..at + 4) == Some(b"[==[") => Some(Open {
            start: at + 4,
            close: Close::Bytes(b"]==]"),
            lines: true,
            raw: true,
            verbatim: false,
        }),
        // OCaml's `{|x|}`.
        b'{' if byte(text, at + 1) == b'|' && byte(text, at + 2) > b' ' => {
            Some(Open { start: at + 2, close: Close::Bytes(b"|}"), lines: false, raw: true, verbatim: false })
        }
        // The quotes of other languages.
        0xc2 | 0xe2 | 0xe3 => {
            const QUOTES: [(&str, &str); 4] = [("「", "」"), ("『", "』"), ("“", "”"), ("«", "»")];
            let rest = text.get(at..)?;
            let (open, close) = QUOTES.iter().find(|(open, _)| rest.starts_with(open.as_bytes()))?;
            let start = at + open.len();
            Some(Open {
                start,
                close: Close::Bytes(close.as_bytes()),
                lines: false,
                raw: true,
                verbatim: false,
            })
        }
        // Julia's `raw"x"`.
        b'r' if text.get(at..at + 4) == Some(b"raw\"") => Some(Open { raw: true, ..open(text, at + 3)? }),
        b'[' if byte(text, at + 1) == b'['
            && !matches!(byte(text, at + 2), 0..=b' ' | b'[' | b'"' | b'\'' | b'{') =>
        {
            Some(Open { start: at + 2, close: Close::Bytes(b"]]"), lines: true, raw: true, verbatim: false })
        }
        // Ruby's `%q{x}`, `%Q(x)`, `%(x)`, `%w[x y]`; Elixir's `~s(x)`.
        b'%' | b'~' => {
            let kind = byte(text, at + 1);
            let named = usize::from(if first == b'%' {
                matches!(kind, b'q' | b'Q' | b'w' | b'W')
            } else {
                matches!(kind, b's' | b'S')
            });
            if first == b'~' && named == 0 {
                return None;
            }
            bracketed(text, at + 1 + named, named == 1)
        }
        // Perl's `q{x}`, `qq(x)`, `qw/x/`.
        b'q' => {
            let named = 1 + usize::from(matches!(byte(text, at + 1), b'q' | b'w'));
            bracketed(text, at + named, true)
        }
        // Rust's `r#"x"#` and `br"x"`, C++'s `R"(x)"`; `b"x"`, `N'x'`, `E'x'`, `L"x"`, `u8"x"`, `rb'x'`.
        b'a'..=b'z' | b'A'..=b'Z' => {
            let letters =
                1 + usize::from(byte(text, at + 1).is_ascii_alphabetic() || byte(text, at + 1) == b'8');
            let quote = (at + 1..=at + letters).find(|&at| is_quote(at) || byte(text, at) == b'#')?;
            if byte(text, quote) == b'#' {
                return matches!(byte(text, quote - 1), b'r').then(|| hashes(text, quote)).flatten();
            }
            if byte(text, quote - 1) == b'R' && byte(text, quote) == b'"' {
                let word = text[quote + 1..]
                    .iter()
                    .take(16)
                    .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
                    .count();
                if byte(text, quote + 1 + word) == b'(' {
                    let start = quote + word + 2;
                    let close = Close::Word(Span::new(quote + 1, quote + 1 + word));
                    return Some(Open { start, close, lines: true, raw: true, verbatim: false });
                }
            }
            open(text, quote)
        }
        _ => None,
    }
}

/// Whether a mark closes what starts at `start` on its line, and ends its word: random values have two of a kind, too.
fn is_closed_by(text: &[u8], start: usize, mark: &[u8]) -> bool {
    let rest = &text[start..text.len().min(start + 160)];
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    memchr::memmem::find(line, mark).is_some_and(|close| {
        close > 0 && matches!(byte(line, close + mark.len()), 0 | b';' | b',' | b')' | b' ' | b'\r')
    })
}

/// PostgreSQL's `$tag$x$tag$`.
fn tagged(text: &[u8], at: usize) -> Option<Open> {
    let rest = &text[at + 1..text.len().min(at + 160)];
    let word = rest.iter().take(16).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let mark = Span::new(at, at + word + 2);
    (byte(rest, word) == b'$' && is_closed_by(text, mark.end, &text[mark.start..mark.end])).then_some(Open {
        start: mark.end,
        close: Close::Same(mark),
        lines: false,
        raw: true,
        verbatim: false,
    })
}

/// `#"x"#`, with as many `#` before as after.
fn hashes(text: &[u8], at: usize) -> Option<Open> {
    let count = text.get(at..)?.iter().take(8).take_while(|&&b| b == b'#').count();
    (byte(text, at + count) == b'"').then(|| Open {
        start: at + count + 1,
        close: Close::Hashes(count),
        lines: true,
        raw: true,
        verbatim: false,
    })
}

/// Text between brackets or marks of the writer's choice; without a letter before it only between brackets.
fn bracketed(text: &[u8], at: usize, is_named: bool) -> Option<Open> {
    let opening = byte(text, at);
    let close = match opening {
        b'{' => Close::Nested(b'{', b'}'),
        b'(' => Close::Nested(b'(', b')'),
        b'[' => Close::Nested(b'[', b']'),
        b'<' => Close::Nested(b'<', b'>'),
        b'|' | b'/' | b'!' | b'~' | b'^' if is_named => Close::Same(Span::new(at, at + 1)),
        _ => return None,
    };
    let first = byte(text, at + 1);
    (is_named || first.is_ascii_alphanumeric()).then_some(Open {
        start: at + 1,
        close,
        lines: false,
        raw: false,
        verbatim: false,
    })
}

/// `<<EOF`, `<<~'EOF'`, PHP's `<<<EOT`, with the rest of the line skipped; Erlang's `<<"x">>`.
fn here_document(text: &[u8], at: usize) -> Option<Open> {
    let mut start = at + 2 + usize::from(byte(text, at + 2) == b'<');
    start += usize::from(matches!(byte(text, start), b'-' | b'~'));
    start = past_blanks(text, start);
    let quote = byte(text, start);
    let is_quoted = matches!(quote, b'"' | b'\'');
    let from = start + usize::from(is_quoted);
    let rest = text.get(from..)?;
    let word = rest.iter().take(33).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    if !(2..=32).contains(&word) || is_quoted && byte(text, from + word) != quote {
        return binary(text, at);
    }
    let behind = from + word + usize::from(is_quoted);
    if text.get(behind..behind + 2) == Some(b">>") {
        return binary(text, at);
    }
    // The rest of the line is code: `).strip`, `| sudo tee x`.
    let feed = text.get(behind..)?.iter().take(120).position(|&b| b == b'\n')?;
    Some(Open {
        start: behind + feed + 1,
        close: Close::Line(Span::new(from, from + word)),
        lines: true,
        raw: true,
        verbatim: false,
    })
}

/// Erlang's `<<"x">>`.
fn binary(text: &[u8], at: usize) -> Option<Open> {
    (byte(text, at + 2) == b'"').then(|| Open {
        start: at + 3,
        close: Close::Bytes(b"\">>"),
        lines: false,
        raw: false,
        verbatim: false,
    })
}

impl Open {
    /// The literal up to its closing mark. `None` if it is not closed within reach.
    fn read(self, text: &[u8]) -> Option<Quoted> {
        let limit = text.len().min(self.start + LONGEST + 1);
        let mut at = self.start;
        let mut depth = 0;
        let (mut doubled, mut hidden, mut has_inner) = (false, false, false);
        let escapes = match self.close {
            Close::Same(mark) => text[mark.start..mark.end].iter().take_while(|&&b| b == b'\\').count(),
            _ => 0,
        };
        let is_escaped = escapes > 0;
        let end = loop {
            if at >= limit {
                return None;
            }
            if text[at] == b'\n' && !self.lines && (byte(text, at.wrapping_sub(1)) != b'\\' || is_escaped) {
                return None;
            }
            if let Close::Nested(open, close) = self.close {
                depth += usize::from(text[at] == open);
                if text[at] == close {
                    if depth == 0 {
                        break at + 1;
                    }
                    depth -= 1;
                }
            } else if let Some(end) = self.closes(text, at) {
                match self.reopens(text, at, end) {
                    Some(next) => {
                        doubled = true;
                        at = next;
                        continue;
                    }
                    None => break end,
                }
            }
            // A backslash hides the next byte, except in a string that is itself escaped.
            let hides = text[at] == b'\\'
                && !is_escaped
                && (!self.raw || self.verbatim && byte(text, at + 1) == b'"' && !ends(byte(text, at + 2)));
            hidden |= hides;
            // The quote of a value in a string within a string, behind its last backslash.
            let is_inner =
                is_escaped && text[at] == b'\\' && byte(text, at + 1) == b'"' && self.is_inner(text, at);
            at += if hides || is_inner { 2 } else { 1 };
            has_inner |= is_inner;
            if is_escaped && text[at - 1] == b'"' && !is_inner {
                return None;
            }
        };
        let span = trimmed(text, Span::new(self.start, at.max(self.start)));
        let raw = &text[span.start..span.end];
        if self.lines
            && let Some(joined) = joined_lines(raw)
        {
            return Some(Quoted { span, text: joined, end, joined: false });
        }
        let text = match self.close {
            _ if self.raw && !doubled && !hidden => raw.to_vec(),
            _ if has_inner => unescaped(&unescaped(raw)),
            Close::Same(mark) if doubled => unescaped(&undoubled(raw, byte(text, mark.start))),
            _ => unescaped(raw),
        };
        Some(Quoted { span, text, end, joined: false })
    }

    /// The literal on its line that ends with a backslash, in a language in which that hides nothing: YAML, SQL, markup.
    fn read_plain(self, text: &[u8]) -> Option<Quoted> {
        let Close::Same(mark) = self.close else { return None };
        let quote = byte(text, mark.start);
        if self.raw || self.lines || mark.len() != 1 {
            return None;
        }
        let rest = &text[self.start..text.len().min(self.start + PLAIN)];
        let close = memchr::memchr2(quote, b'\n', rest).filter(|&close| close > 1)?;
        let is_closed = rest[close] == quote
            && rest[close - 1] == b'\\'
            && (matches!(byte(rest, close + 1), 0..=b' ' | b',' | b')')
                || quote != b'`' && matches!(byte(rest, close + 1), b';' | b'}' | b']' | b'>' | b'/')
                || quote == b'`' && byte(rest, close + 1) == b'.');
        is_closed.then(|| Quoted {
            span: Span::new(self.start, self.start + close),
            text: rest[..close].to_vec(),
            end: self.start + close + 1,
            joined: false,
        })
    }

    /// Whether the escaped quote at `at` belongs to the value: in a string within a string it has two more backslashes than
    /// the quotes around the value, and four for each backslash of the value before it.
    fn is_inner(&self, text: &[u8], at: usize) -> bool {
        let Close::Same(mark) = self.close else { return false };
        if mark.len() != 2 || text[mark.start] != b'\\' {
            return false;
        }
        let before = text[self.start..at].iter().rev().take_while(|&&b| b == b'\\').count();
        before % 4 == 2
    }

    /// The offset after the closing mark, if it is at `at`.
    fn closes(&self, text: &[u8], at: usize) -> Option<usize> {
        let rest = &text[at..];
        match self.close {
            Close::Same(mark) => {
                let mark = &text[mark.start..mark.end];
                let closed = rest.starts_with(mark) && !self.is_inner(text, at);
                closed.then(|| at + mark.len())
            }
            Close::Bytes(mark) => rest.starts_with(mark).then(|| at + mark.len()),
            Close::Hashes(count) => {
                let closed =
                    rest[0] == b'"' && rest.len() > count && rest[1..=count].iter().all(|&b| b == b'#');
                closed.then_some(at + 1 + count)
            }
            Close::Word(word) => {
                let word = &text[word.start..word.end];
                let closed =
                    rest[0] == b')' && rest[1..].starts_with(word) && rest.get(1 + word.len()) == Some(&b'"');
                closed.then_some(at + 2 + word.len())
            }
            Close::Line(word) => {
                if at > self.start && text[at - 1] != b'\n' {
                    return None;
                }
                let start = past_blanks(text, at);
                let word = &text[word.start..word.end];
                let end = start + word.len();
                let closed = text[start..].starts_with(word)
                    && !(byte(text, end).is_ascii_alphanumeric() || byte(text, end) == b'_');
                closed.then_some(end)
            }
            Close::Nested(..) => None,
        }
    }

    /// Where the literal continues after a quote that is meant as a part of it: doubled as in SQL, Basic and YAML, or
    /// taken out as in shells (`'it'\''s'`, `'it'"'"'s'`).
    fn reopens(&self, text: &[u8], at: usize, end: usize) -> Option<usize> {
        let Close::Same(mark) = self.close else { return None };
        if mark.len() != 1 || text[at] == b'`' {
            return None;
        }
        let quote = text[at];
        let rest = &text[end..];
        if rest.first() == Some(&quote) && at > self.start {
            return Some(end + 1);
        }
        let shell =
            [&b"\\''"[..], b"\"'\"'"].into_iter().find(|out| quote == b'\'' && rest.starts_with(out))?;
        Some(end + shell.len())
    }
}

/// Whether a byte ends the expression around a literal.
fn ends(b: u8) -> bool {
    matches!(b, 0..=b' ' | b';' | b',' | b')' | b']' | b'}' | b'.' | b'+' | b':')
}

/// What follows a literal.
enum Follows {
    /// Nothing that is joined to it.
    Nothing,
    /// Another literal, at this offset, that is joined to it.
    Literal(usize),
    /// Something else that is joined to it.
    Other,
    /// A method that turns it into something else.
    Made,
}

/// Methods that return a literal as it is, or in another form of the same value.
#[rustfmt::skip]
const SAME: &[&str] = &[
    "as_bytes", "as_ref", "as_str", "asutf8", "b", "bytes", "clone", "data", "encode", "encoded", "encodeutf8",
    "force_encoding", "freeze", "getbytes", "html_safe", "into", "into_boxed_str", "into_bytes", "intobytes",
    "length", "lower", "strip", "stripindent", "to_owned", "to_s", "to_string", "to_vec", "tobytearray",
    "tobytes", "tochararray", "tolist", "tostring", "toutf8", "trim", "trimindent", "trimmargin", "unpack",
    "utf8",
];

/// What follows the literal whose closing mark ends in `mark` at `end`.
fn follows(text: &[u8], end: usize, mark: u8) -> Follows {
    let after = past_blanks(text, end);
    let is_quote = |at: usize| matches!(byte(text, at), b'"' | b'\'' | b'`');
    // A literal on the next line is joined without an operator if it is indented, of the same kind, and no key.
    if let Some(line) = past_line_end(text, after + usize::from(byte(text, after) == b'\\')) {
        let next = past_blanks(text, line);
        let hidden = byte(text, after) == b'\\';
        let is_same = byte(text, next) == mark && matches!(mark, b'"' | b'\'');
        return if is_same && (next > line || hidden) && ends_well(text, next) {
            Follows::Literal(next)
        } else {
            join_on_next_line(text, line).map_or(Follows::Nothing, Follows::Literal)
        };
    }
    let (operator, next) = (byte(text, after), byte(text, after + 1));
    let behind = match (operator, next) {
        (b'+', b'+') | (b'<', b'>') | (b'.', b'.') => after + 2,
        (b'|', b'|') if mark == b'\'' => after + 2,
        (b'+', _) => after + 1,
        (b'&', b' ') => after + 1,
        (b'%', _) => return Follows::Other,
        (b'.', _) => {
            let at = past_blanks(text, after + 1);
            if is_quote(at) || byte(text, at) == b'$' {
                after + 1
            } else if after == end && next.is_ascii_alphabetic() || next == b'_' {
                let name = text[after + 1..]
                    .iter()
                    .take(24)
                    .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
                    .count();
                let name = text[after + 1..after + 1 + name].to_ascii_lowercase();
                let is_call = matches!(byte(text, after + 1 + name.len()), b'(' | b':');
                let same = SAME.binary_search_by(|known| known.as_bytes().cmp(&name)).is_ok();
                return if same || !is_call { Follows::Nothing } else { Follows::Made };
            } else {
                return Follows::Nothing;
            }
        }
        // `"abc" "def"`, joined as in C, Python and Ruby.
        (b'"' | b'\'', _) if after > end && operator == mark => {
            return if ends_well(text, after) { Follows::Literal(after) } else { Follows::Nothing };
        }
        _ => return Follows::Nothing,
    };
    let mut at = past_blanks(text, behind);
    if let Some(line) =
        past_line_end(text, at + usize::from(byte(text, at) == b'\\' || byte(text, at) == b'_'))
    {
        at = past_blanks(text, line);
    }
    if open(text, at).is_some() { Follows::Literal(at) } else { Follows::Other }
}

/// `+ "def"` on the line that starts at `line`.
fn join_on_next_line(text: &[u8], line: usize) -> Option<usize> {
    let at = past_blanks(text, line);
    let operator = match byte(text, at) {
        b'+' | b'.' => 1 + usize::from(byte(text, at + 1) == b'.'),
        _ => return None,
    };
    let next = past_blanks(text, at + operator);
    (at > line && matches!(byte(text, next), b'"' | b'\'')).then_some(next)
}

/// True if the literal at `at` is followed by the end of its line or of the expression around it: not if it is a key,
/// or the first word of a command.
fn ends_well(text: &[u8], at: usize) -> bool {
    let Some(next) = one(text, at) else { return false };
    let after = past_blanks(text, next.end);
    matches!(
        byte(text, after),
        0 | b'\r' | b'\n' | b')' | b';' | b',' | b']' | b'}' | b'\\' | b'+' | b'"' | b'\'' | b'.'
    )
}

/// Drops blanks and line ends from both ends.
pub(super) fn trimmed(text: &[u8], mut span: Span) -> Span {
    while span.start < span.end && text[span.start].is_ascii_whitespace() {
        span.start += 1;
    }
    while span.start < span.end && text[span.end - 1].is_ascii_whitespace() {
        span.end -= 1;
    }
    span
}

/// A text without the marks that documents put around a value: emphasis, code.
pub(super) fn unmarked(text: &[u8], at: usize) -> usize {
    let mut at = at;
    for _ in 0..3 {
        let rest = text.get(at..).unwrap_or_default();
        let step = match rest {
            [b'*', b'*', next, ..] if *next > b' ' && *next != b'*' => 2,
            [b'<', ..] => opening_tag(rest).unwrap_or(0),
            _ => 0,
        };
        if step == 0 {
            break;
        }
        at = past_blanks(text, at + step);
    }
    at
}

/// The length of an opening tag, if the tag only formats a value.
fn opening_tag(rest: &[u8]) -> Option<usize> {
    const TAGS: &[&[u8]] = &[
        b"b", b"code", b"em", b"i", b"kbd", b"pre", b"samp", b"span", b"strong", b"td", b"dd", b"tt", b"u",
        b"var",
    ];
    let name = rest[1..].iter().take(7).take_while(|b| b.is_ascii_alphabetic()).count();
    if !TAGS.iter().any(|tag| rest[1..=name].eq_ignore_ascii_case(tag)) {
        return None;
    }
    let close = rest.iter().take(120).position(|&b| b == b'>')?;
    (!rest[..close].contains(&b'\n')).then_some(close + 1)
}

/// The lines of an indented block (YAML's `|` and `>`) as one value, from the first line's start; and where they end.
pub(super) fn block(text: &[u8], start: usize) -> Option<Quoted> {
    let indent = past_blanks(text, start) - start;
    let limit = text.len().min(start + LONGEST + 1);
    let mut at = start;
    let mut lines: Vec<Cow<'_, [u8]>> = Vec::new();
    let mut end = start;
    while at < limit {
        let rest = &text[at..limit];
        let len = memchr::memchr(b'\n', rest);
        let line = &rest[..len.unwrap_or(rest.len())];
        let blanks = line.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let trimmed = line.trim_ascii();
        if !trimmed.is_empty() {
            if blanks < indent || indent == 0 && !lines.is_empty() {
                break;
            }
            lines.push(Cow::Borrowed(trimmed));
            end = at + line.len() - (line.len() - line.trim_ascii_end().len());
        } else if lines.is_empty() {
            return None;
        }
        match len {
            Some(len) => at += len + 1,
            None => break,
        }
    }
    let span = Span::new(start + indent, end);
    (span.end > span.start && !lines.is_empty()).then(|| Quoted {
        span,
        text: lines.concat(),
        end,
        joined: false,
    })
}

#[cfg(test)]
pub(super) const TABLES: &[&[&str]] = &[SAME];
