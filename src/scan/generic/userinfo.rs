//! Credentials with a syntax of their own: userinfo of URLs, `Authorization: Basic` and `Bearer`, `curl -u`.
//!
//! The anchor is the syntax (`://`, `basic `, `bearer `, `curl `), not a word of a name.

use super::operator::Joint;
use super::score::{self, Input};
use super::{Assignment, byte, name, reference, value, veto};
use crate::model::{Decoding, Form, Span};

/// Which syntax an anchor announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// `scheme://`.
    Url,
    /// `Basic …`.
    Basic,
    /// `Bearer …`.
    Bearer,
    /// `curl … -u user:password`.
    Curl,
}

impl Anchor {
    /// The syntax of an anchor, or `None` where it is a word of a name.
    pub(super) fn of(text: &[u8], word: Span) -> Option<Self> {
        let word = text.get(word.start..word.end)?;
        if word == b"://" {
            Some(Self::Url)
        } else if word.eq_ignore_ascii_case(b"basic ") {
            Some(Self::Basic)
        } else if word.eq_ignore_ascii_case(b"bearer ") {
            Some(Self::Bearer)
        } else if word == b"curl " {
            Some(Self::Curl)
        } else {
            None
        }
    }
}

/// Whether the anchor can start anything.
pub(super) fn quick(text: &[u8], word: Span, anchor: Anchor) -> bool {
    match anchor {
        Anchor::Url => userinfo(text, word.end).is_some(),
        Anchor::Basic | Anchor::Bearer => {
            run(text, word.end, 120).is_some_and(|run| run.len() >= 8) && stands_alone(text, word.start)
        }
        Anchor::Curl => user_flag(text, word.end).is_some(),
    }
}

/// Reads and judges the credential at the anchor.
pub(super) fn parse(text: &[u8], word: Span, anchor: Anchor) -> Option<Assignment> {
    match anchor {
        Anchor::Url => url(text, word),
        Anchor::Basic => basic(text, word),
        Anchor::Bearer => bearer(text, word),
        Anchor::Curl => curl(text, word),
    }
}

/// `user:password@` after `://`: the spans of both. The password of the longest userinfo before the
/// host is meant, so an `@` in it is part of it.
fn userinfo(text: &[u8], start: usize) -> Option<(Span, Span)> {
    let limit = text.len().min(start + 140);
    let (mut colon, mut at_sign, mut at) = (None, None, start);
    while at < limit {
        match text[at] {
            b':' if colon.is_none() => colon = Some(at),
            b'@' => at_sign = Some(at),
            b'/' | b'?' | b'#' if at_sign.is_some() => break,
            b'/' | b'?' if colon.is_none() || is_port(text, colon?, at) => break,
            0..=b' ' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b',' | b')' | b'|' | 0x7f => break,
            _ => {}
        }
        at += 1;
    }
    let (colon, at_sign) = (colon?, at_sign?);
    (colon < at_sign && at_sign - colon > 1).then(|| (Span::new(start, colon), Span::new(colon + 1, at_sign)))
}

/// True where digits alone stand between a colon and `end`.
fn is_port(text: &[u8], colon: usize, end: usize) -> bool {
    text[colon + 1..end].iter().all(u8::is_ascii_digit)
}

fn url(text: &[u8], word: Span) -> Option<Assignment> {
    let (user, password) = userinfo(text, word.end)?;
    let scheme = text[..word.start]
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        .count();
    let raw = &text[password.start..password.end];
    if scheme == 0
        || scheme > 32
        || raw.contains(&b'$') && raw.contains(&b'{') && reference::default_of(raw).is_none()
    {
        return None;
    }
    let user_text = &text[user.start..user.end];
    let span = reference::default_of(raw)
        .map_or(password, |(from, to)| Span::new(password.start + from, password.start + to));
    let raw = &text[span.start..span.end];
    if raw.eq_ignore_ascii_case(user_text) {
        return None;
    }
    let secret = percent_decoded(raw);
    finish(
        text,
        Input {
            identifier: b"url password",
            kind: name::Kind::Password,
            joint: Joint::Flag,
            form: Form::Inline,
            joined: false,
            value: &secret,
        },
        Span::new(word.start - scheme, span.end),
        span,
        Vec::new(),
    )
}

/// Undoes percent-encoding.
fn percent_decoded(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while at < raw.len() {
        let pair = (raw[at] == b'%').then(|| raw.get(at + 1..at + 3)).flatten();
        match pair
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
        {
            Some(b) => {
                out.push(b);
                at += 3;
            }
            None => {
                out.push(raw[at]);
                at += 1;
            }
        }
    }
    out
}

fn basic(text: &[u8], word: Span) -> Option<Assignment> {
    let run = run(text, word.end, value::LONGEST).filter(|run| run.len() < value::LONGEST)?;
    let encoded = &text[run.start..run.end];
    if !stands_alone(text, word.start) {
        return None;
    }
    let trimmed = encoded.iter().rposition(|&b| b != b'=').map_or(0, |at| at + 1);
    let plain = data_encoding::BASE64_NOPAD.decode(&encoded[..trimmed]).ok()?;
    let colon = plain.iter().position(|&b| b == b':')?;
    let (user, password) = (&plain[..colon], &plain[colon + 1..]);
    if !plain.iter().all(|b| matches!(b, b' '..=b'~')) || user.eq_ignore_ascii_case(password) {
        return None;
    }
    let input = Input {
        identifier: b"basic password",
        kind: name::Kind::Password,
        joint: Joint::Flag,
        form: Form::Inline,
        joined: false,
        value: password,
    };
    finish(text, input, Span::new(word.start, run.end), run, vec![Decoding::Base64])
}

fn bearer(text: &[u8], word: Span) -> Option<Assignment> {
    let run = run(text, word.end, value::LONGEST).filter(|run| run.len() < value::LONGEST)?;
    if !stands_alone(text, word.start) || run.len() < 8 {
        return None;
    }
    let token = &text[run.start..run.end];
    let input = Input {
        identifier: b"bearer token",
        kind: name::Kind::Token,
        joint: Joint::Flag,
        form: Form::Inline,
        joined: false,
        value: token,
    };
    finish(text, input, Span::new(word.start, run.end), run, Vec::new())
}

fn curl(text: &[u8], word: Span) -> Option<Assignment> {
    let (user, password) = user_flag(text, word.end)?;
    let value = &text[password.start..password.end];
    if !stands_alone(text, word.start) || value.eq_ignore_ascii_case(&text[user.start..user.end]) {
        return None;
    }
    let input = Input {
        identifier: b"curl password",
        kind: name::Kind::Password,
        joint: Joint::Flag,
        form: Form::Inline,
        joined: false,
        value,
    };
    finish(text, input, Span::new(word.start, password.end), password, Vec::new())
}

/// The user and password after `-u` or `--user` on a command line, within 120 bytes.
fn user_flag(text: &[u8], start: usize) -> Option<(Span, Span)> {
    let rest = text.get(start..text.len().min(start + 150))?;
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    let (flag, len) = [&b"-u"[..], b"--user "].iter().find_map(|flag| {
        let found = memchr::memmem::find_iter(line, flag).find(|&at| at == 0 || line[at - 1] == b' ')?;
        Some((found, flag.len()))
    })?;
    let mut at = flag + len;
    while at < line.len() && matches!(line[at], b' ' | b'"' | b'\'' | b'\\') {
        at += 1;
    }
    let end = at + line[at..].iter().position(|b| matches!(b, b' ' | b'"' | b'\'' | b'\\' | b'`' | b')'))?;
    let colon = at + line[at..end].iter().position(|&b| b == b':')?;
    (colon > at && end > colon + 1)
        .then(|| (Span::new(start + at, start + colon), Span::new(start + colon + 1, start + end)))
}

/// Vetoes and scores.
fn finish(
    text: &[u8],
    input: Input<'_>,
    span: Span,
    value: Span,
    decoded_by: Vec<Decoding>,
) -> Option<Assignment> {
    if veto::is_vetoed(&text[value.start..value.end], b"", Form::Quoted)
        || veto::is_vetoed(input.value, b"", Form::Quoted)
    {
        return None;
    }
    let judged = score::judge(&input)?;
    Some(Assignment {
        span,
        value,
        secret: input.value.to_vec(),
        identifier: String::from_utf8_lossy(input.identifier).into(),
        form: input.form,
        score: judged.score,
        decoded_by,
        class: judged.class,
        basis: judged.basis,
    })
}

/// The run of base64 and token characters at `start` (after further blanks), cut at `longest`.
fn run(text: &[u8], start: usize, longest: usize) -> Option<Span> {
    let start = start + text.get(start..)?.iter().take_while(|b| **b == b' ').count();
    let rest = &text[start..text.len().min(start + longest)];
    let len = rest
        .iter()
        .take_while(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_' | b'.' | b'~')
        })
        .count();
    (len > 0).then(|| Span::new(start, start + len))
}

/// True where no letter stands before the anchor, so that it is a word of its own.
fn stands_alone(text: &[u8], start: usize) -> bool {
    start == 0 || !byte(text, start - 1).is_ascii_alphanumeric()
}
