//! Credentials with a syntax of their own: userinfo of URLs, `Authorization: Basic`, `Bearer` and similar, and the
//! data sources of drivers that have no URL (`user:password@tcp(host)`, `oracle:thin:user/password@host`).
//!
//! The anchor is the syntax (`://`, `basic `, `bearer `, `@tcp(`), not a word of a name.

use super::assignment::{Assigned, Assignment, GUESSABLE, worth};
use super::joint::Joint;
use super::judge::{self, Class, input::JudgeInput};
use super::line::byte;
use super::words::Words;
use super::{name, placeholder, reference, shape, structure, value, veto};
use crate::model::{Basis, Decoding, Form, Score, Span, Worth};
use crate::scan::rejection::{Rejected, Rejection, Veto};

/// Which syntax an anchor announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// `scheme://`.
    Url,
    /// `Basic …`.
    Basic,
    /// `Bearer …`.
    Bearer,
    /// `NTLM …`: the message that answers a challenge.
    Ntlm,
    /// `user:password@tcp(…)`; the anchor is the protocol.
    Protocol,
    /// `oracle:thin:user/password@…`.
    Oracle,
    /// `scheme%3A%2F%2F`: a URL in another.
    Encoded,
}

impl Anchor {
    /// The syntax of an anchor, or `None` if it is a word of a name.
    pub(super) fn of(text: &[u8], word: Span) -> Option<Self> {
        let word = text.get(word.start..word.end)?;
        // Nearly all anchors are words of names, and begin with other letters.
        if !matches!(
            word.first()? | 0x20,
            b':' | b'b' | b'n' | b'@' | b'`' | b'o' | b'e' | b'q' | b'd' | b'i' | b'%'
        ) {
            None
        } else if word.ends_with(b"://") {
            Some(Self::Url)
        } else if word.eq_ignore_ascii_case(b"basic ") {
            Some(Self::Basic)
        } else if word.eq_ignore_ascii_case(b"bearer ") {
            Some(Self::Bearer)
        } else if word.eq_ignore_ascii_case(b"ntlm tl") {
            Some(Self::Ntlm)
        } else if word.first() == Some(&b'@') && word.last() == Some(&b'(') {
            Some(Self::Protocol)
        } else if word.eq_ignore_ascii_case(b"oracle:thin:") || word.eq_ignore_ascii_case(b"oracle:oci:") {
            Some(Self::Oracle)
        } else if word.first() == Some(&b'%') {
            Some(Self::Encoded)
        } else {
            None
        }
    }
}

/// Whether anything can begin at the anchor.
pub(super) fn quick(text: &[u8], word: Span, anchor: Anchor) -> bool {
    match anchor {
        Anchor::Url => userinfo(text, word.end).is_some() || token_as_user(text, word.end).is_some(),
        Anchor::Basic | Anchor::Bearer => {
            run(text, word.end, 120).is_some_and(|run| run.len() >= 8) && stands_alone(text, word.start)
        }
        Anchor::Ntlm => stands_alone(text, word.start),
        Anchor::Protocol if word.len() == 2 && !is_address(text, word.end) => false,
        Anchor::Protocol => data_source(text, word).is_some(),
        Anchor::Encoded => encoded(text, word).is_some(),
        Anchor::Oracle => oracle(text, word).is_some(),
    }
}

/// Reads and judges the credential at the anchor.
pub(super) fn parse(text: &[u8], word: Span, anchor: Anchor) -> Option<Assigned> {
    match anchor {
        // In base64 the end of the scheme is a part of the anchor, as the mark alone is too short.
        Anchor::Url => url(text, Span::new(word.end - 3, word.end)),
        Anchor::Basic => basic(text, word),
        Anchor::Bearer => bearer(text, word),
        Anchor::Ntlm => ntlm(text, word),
        Anchor::Protocol => {
            let (user, password) = data_source(text, word)?;
            login(text, user, password, word.end)
        }
        Anchor::Encoded => {
            let (user, password) = encoded(text, word)?;
            login(text, user, password, password.end)
        }
        Anchor::Oracle => {
            let (user, password) = oracle(text, word)?;
            login(text, user, password, password.end)
        }
    }
}

/// How far from `://` the userinfo is searched for.
const LONGEST: usize = 140;

/// `user:password@` after `://`: the spans of both. People put marks of all kinds into passwords, so the last `@` that
/// is followed by a host counts, if nothing before it has ended the URL.
fn userinfo(text: &[u8], start: usize) -> Option<(Span, Span)> {
    let limit = text.len().min(start + LONGEST);
    let (mut colon, mut at_sign, mut at) = (None, None, start);
    // Whether a mark was passed that mostly ends a URL: after it, an `@` counts only with a host.
    let mut is_past_end = false;
    while at < limit {
        match text[at] {
            b':' if colon.is_none() => colon = Some(at),
            b'@' if !is_past_end => at_sign = Some(at),
            b'@' if is_host(text, at + 1) => {
                at_sign = Some(at);
                is_past_end = false;
            }
            // In a page and in JSON: `&#64;`, `\u0040`.
            b'&' | b'\\'
                if escaped_at(text, at).is_some_and(|host| colon.is_some() && is_host(text, host)) =>
            {
                at_sign = Some(at);
                break;
            }
            b'/' if text.get(at..at + 2) == Some(b"//") && at > start && text[at - 1] == b':' => break,
            b'/' | b'?' | b'#' if at_sign.is_some() => is_past_end = true,
            b'/' | b'?' if colon.is_none() || is_port(text, colon?, at) => break,
            b',' | b')' | b'|' | b']' | b'}' => {
                if colon.is_none() || colon? + 1 < at && is_port(text, colon?, at) {
                    break;
                }
                is_past_end = true;
            }
            b'`' | b'<' | b'>' => {
                if colon.is_none() || colon? + 1 < at && is_port(text, colon?, at) {
                    break;
                }
                is_past_end = true;
            }
            0..=b' ' | b'"' | b'\'' | b'\\' | 0x7f => break,
            _ => {}
        }
        at += 1;
    }
    let (colon, at_sign) = (colon?, at_sign?);
    (colon < at_sign && at_sign - colon > 1).then(|| (Span::new(start, colon), Span::new(colon + 1, at_sign)))
}

/// What follows an `@` that is written as an escape.
fn escaped_at(text: &[u8], at: usize) -> Option<usize> {
    const ESCAPES: [&[u8]; 4] = [b"&#64;", b"&#x40;", b"&commat;", b"\\u0040"];
    let rest = &text[at..];
    ESCAPES.iter().find(|escape| rest.starts_with(escape)).map(|escape| at + escape.len())
}

/// The token in the place of the user's name in a URL: `https://<token>:x-oauth-basic@github.com`, `https://<token>@host`.
/// What Sentry's clients send their reports with has a number as its path, and is public.
fn token_as_user(text: &[u8], start: usize) -> Option<Span> {
    let rest = &text[start..text.len().min(start + LONGEST)];
    let len = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
    let token = &rest[..len];
    if !(20..=100).contains(&len) || !is_issued(token) {
        return None;
    }
    const ENDS: [&[u8]; 5] = [b"@", b":@", b":x-oauth-basic@", b":x@", b":X@"];
    let end = ENDS.iter().find(|end| rest[len..].starts_with(end))?;
    let host = start + len + end.len();
    let after = &text[host..text.len().min(host + LONGEST)];
    let url =
        &after[..after.iter().position(|b| *b <= b' ' || matches!(b, b'"' | b'\'')).unwrap_or(after.len())];
    let path = memchr::memchr(b'/', url).map_or(&b""[..], |slash| &url[slash + 1..]);
    let is_report = !path.is_empty() && path.iter().all(u8::is_ascii_digit);
    (is_host(text, host) && !is_report).then_some(Span::new(start, start + len))
}

/// Whether a service issued a token, by its look: 40 hexadecimal digits, Azure's 52 letters and digits, or letters in both
/// cases and digits.
pub(super) fn is_issued(token: &[u8]) -> bool {
    let digits = token.iter().filter(|b| b.is_ascii_digit()).count();
    let is_low = token.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let is_hex = token.iter().all(u8::is_ascii_hexdigit);
    is_low && digits >= 4 && (token.len() == 40 && is_hex || token.len() == 52) || shape::is_mixed(token)
}

/// True for the name of a host and what may follow it.
fn is_host(text: &[u8], at: usize) -> bool {
    let rest = &text[at.min(text.len())..];
    let len = rest
        .iter()
        .take(100)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        .count();
    let host = &rest[..len];
    let named =
        memchr::memrchr(b'.', host).is_some_and(|dot| dot > 0 && dot + 1 < len) || host == b"localhost";
    let follows = byte(rest, len);
    let named = named || len > 0 && follows == b':' && byte(rest, len + 1).is_ascii_digit();
    // The first of several hosts, of which the last has a port.
    let is_first = || {
        let list = rest[len..]
            .iter()
            .take(120)
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b',' | b':'))
            .count();
        memchr::memchr(b':', &rest[len..len + list])
            .is_some_and(|colon| byte(rest, len + colon + 1).is_ascii_digit())
    };
    let named = named || len > 0 && follows == b',' && is_first();
    named && (matches!(follows, 0..=b' ' | b'/' | b':' | b'?' | b'"' | b'\'' | b'`' | b',' | b')'))
}

/// Whether a host and its port in brackets begin at `at`: `db1:3306)`.
fn is_address(text: &[u8], at: usize) -> bool {
    let rest = &text[at.min(text.len())..];
    let host = rest
        .iter()
        .take(80)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        .count();
    let port = rest[host..].iter().skip(1).take(6).take_while(|b| b.is_ascii_digit()).count();
    byte(rest, host) == b':' && port > 0 && byte(rest, host + 1 + port) == b')'
}

/// The login and the password of a URL whose marks are encoded: `postgres%3A%2F%2Fada%3Ax%40db`.
fn encoded(text: &[u8], word: Span) -> Option<(Span, Span)> {
    let rest = &text[word.end..text.len().min(word.end + LONGEST)];
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || b"%.-_~!*'()+".contains(b);
    let rest = &rest[..rest.iter().position(|b| !is_part(b)).unwrap_or(rest.len())];
    let find = |mark: &[u8]| rest.windows(3).position(|three| three.eq_ignore_ascii_case(mark));
    let colon = find(b"%3a").filter(|&colon| colon > 0)?;
    let end = colon + 3 + rest[colon + 3..].windows(3).position(|three| three == b"%40")?;
    let slash = find(b"%2f").unwrap_or(rest.len());
    (end > colon + 3 && slash > end)
        .then(|| (Span::new(word.end, word.end + colon), Span::new(word.end + colon + 3, word.end + end)))
}

/// The login and the password before `@tcp(`. A random password may contain a mark that mostly begins the data source.
fn data_source(text: &[u8], word: Span) -> Option<(Span, Span)> {
    let before = &text[word.start.saturating_sub(120)..word.start];
    let from = |is_start: fn(&u8) -> bool| {
        let start = word.start - before.len() + before.iter().rposition(is_start).map_or(0, |at| at + 1);
        let colon = memchr::memchr(b':', &text[start..word.start]).filter(|&colon| colon > 0)? + start;
        // After a scheme (`mysql://user:password@tcp(`) there is another anchor.
        let is_url = text.get(colon..colon + 3) == Some(b"://");
        (!is_url && colon + 1 < word.start)
            .then(|| (Span::new(start, colon), Span::new(colon + 1, word.start)))
    };
    let is_random = |(user, password): &(Span, Span)| {
        let password = &text[password.start..password.end];
        text[user.start..user.end]
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
            && (shape::is_mixed(password) || shape::is_drawn_text(password))
    };
    from(|b| matches!(b, 0..=b' ' | b'"'))
        .filter(is_random)
        .or_else(|| from(|b| matches!(b, 0..=b' ' | b'"' | b'\'')).filter(is_random))
        .or_else(|| from(|b| matches!(b, 0..=b' ' | b'"' | b'\'' | b'`' | b'=')))
}

/// The login and the password of `oracle:thin:user/password@host`.
fn oracle(text: &[u8], word: Span) -> Option<(Span, Span)> {
    let rest = text.get(word.end..text.len().min(word.end + 120))?;
    let run = &rest[..rest.iter().position(|b| matches!(b, 0..=b' ' | b'"' | b'\'')).unwrap_or(rest.len())];
    let at = memchr::memchr(b'@', run)?;
    let slash = memchr::memchr(b'/', &run[..at]).filter(|&slash| slash > 0 && slash + 1 < at)?;
    let span = |from, to| Span::new(word.end + from, word.end + to);
    Some((span(0, slash), span(slash + 1, at)))
}

/// A login and its password of a driver's data source.
fn login(text: &[u8], user: Span, password: Span, end: usize) -> Option<Assigned> {
    let value = &text[password.start..password.end];
    if value.eq_ignore_ascii_case(&text[user.start..user.end]) {
        return None;
    }
    let input = JudgeInput {
        identifier: b"url password",
        kind: name::Kind::Password,
        joint: Joint::Flag,
        form: Form::Inline,
        joined: false,
        value,
    };
    Some(finish(text, input, Span::new(user.start, end.max(password.end)), password, Vec::new()))
}

/// The third message of NTLM, which answers a challenge; the others contain no secret.
fn ntlm(text: &[u8], word: Span) -> Option<Assigned> {
    let start = word.end - 2;
    let run =
        run(text, start, value::LONGEST).filter(|run| run.start == start && run.len() < value::LONGEST)?;
    let message = &text[run.start..run.end];
    if !message.starts_with(b"TlRMTVNTUAAD") || message.len() < 64 {
        return None;
    }
    Some(Ok(Assignment {
        span: Span::new(word.start, run.end),
        value: run,
        secret: message.to_vec(),
        identifier: "ntlm message".into(),
        form: Form::Inline,
        score: Score(700),
        worth: Worth::Whole,
        decoded_by: Vec::new(),
        class: Class::Random,
        basis: Basis::default(),
        expires: None,
    }))
}

/// The credentials after a scheme (`ApiKey x`, `Token x`); the header's value starts at `at`.
pub(super) fn credentials(text: &[u8], at: usize) -> Option<Span> {
    // Signatures of one request, and schemes that are anchors themselves.
    static OTHERS: Words = Words::new(&[
        "aws",
        "aws4-hmac-sha256",
        "basic",
        "bearer",
        "digest",
        "hawk",
        "hmac",
        "mac",
        "negotiate",
        "ntlm",
        "sharedkey",
        "sharedkeylite",
        "signature",
    ]);
    let rest = text.get(at..)?;
    let len =
        rest.iter().take(24).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')).count();
    let scheme = &rest[..len];
    if len < 2 || rest.get(len) != Some(&b' ') || OTHERS.has(scheme) {
        return None;
    }
    let mut start = at + len + 1;
    // `Token token=x`, `MediaBrowser Token="x"`.
    for key in [&b"token="[..], b"apikey=", b"key="] {
        if text.get(start..start + key.len()).is_some_and(|there| there.eq_ignore_ascii_case(key)) {
            start += key.len();
        }
    }
    start += usize::from(byte(text, start) == b'"');
    let run = run(text, start, value::LONGEST).filter(|run| run.start == start)?;
    // `OAuth oauth_nonce="x", …`.
    let is_list = scheme.eq_ignore_ascii_case(b"oauth") && text[run.start..run.end].contains(&b'=');
    // DeepL's keys of free accounts end so.
    let is_free = text.get(run.end..run.end + 3) == Some(b":fx");
    let ends = is_free || !matches!(byte(text, run.end), b'(' | b'{' | b'$' | b':');
    (run.len() >= 8 && ends && !is_list).then_some(run)
}

/// True if there are only digits between a colon and `end`.
fn is_port(text: &[u8], colon: usize, end: usize) -> bool {
    text[colon + 1..end].iter().all(u8::is_ascii_digit)
}

fn url(text: &[u8], word: Span) -> Option<Assigned> {
    if let Some(token) = token_as_user(text, word.end) {
        return login(text, Span::new(word.start, word.start), token, token.end);
    }
    let (user, password) = userinfo(text, word.end)?;
    let scheme = text[..word.start]
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        .count();
    let raw = &text[password.start..password.end];
    if scheme == 0
        || scheme > 32
        || raw.contains(&b'$')
            && raw.contains(&b'{')
            && reference::default_of(raw).is_none()
            && !shape::is_mixed(raw)
    {
        return None;
    }
    let user_text = &text[user.start..user.end];
    let span = reference::default_of(raw)
        .map_or(password, |(from, to)| Span::new(password.start + from, password.start + to));
    let raw = &text[span.start..span.end];
    // The same twice is a manual's, except for what programs ship with: `guest:guest@`.
    if raw.eq_ignore_ascii_case(user_text) && !placeholder::is_shipped(raw) {
        return None;
    }
    let secret = percent_decoded(raw);
    let found = finish(
        text,
        JudgeInput {
            identifier: b"url password",
            kind: name::Kind::Password,
            joint: Joint::Flag,
            form: form_of(&secret),
            joined: false,
            value: &secret,
        },
        Span::new(word.start - scheme, span.end),
        span,
        Vec::new(),
    );
    // A manual's `user:password@host` is nobody's login.
    Some(found.and_then(|found| {
        let is_nobodys = found.worth == Worth::Guessable && structure::is_placeholder_login(user_text);
        if is_nobodys {
            let (name, value) = (Some(found.span), Some(found.value));
            return Err(Rejected { why: Veto::Placeholder.into(), name, value });
        }
        Ok(found)
    }))
}

/// How a password after a login is judged: what has letters in both cases and digits is one there, whatever it looks like.
fn form_of(password: &[u8]) -> Form {
    let has = |is: fn(&u8) -> bool| password.iter().any(is);
    let is_no_word = password.len() >= 8
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_digit);
    if is_no_word { Form::Login } else { Form::Inline }
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

fn basic(text: &[u8], word: Span) -> Option<Assigned> {
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
    let input = JudgeInput {
        identifier: b"basic password",
        kind: name::Kind::Password,
        joint: Joint::Flag,
        form: form_of(password),
        joined: false,
        value: password,
    };
    Some(finish(text, input, Span::new(word.start, run.end), run, vec![Decoding::Base64]))
}

fn bearer(text: &[u8], word: Span) -> Option<Assigned> {
    let run = run(text, word.end, value::LONGEST).filter(|run| run.len() < value::LONGEST)?;
    if !stands_alone(text, word.start) || run.len() < 8 {
        return None;
    }
    let token = &text[run.start..run.end];
    let input = JudgeInput {
        identifier: b"bearer token",
        kind: name::Kind::Token,
        joint: Joint::Flag,
        form: Form::Inline,
        joined: false,
        value: token,
    };
    Some(finish(text, input, Span::new(word.start, run.end), run, Vec::new()))
}

/// Vetoes and scores.
fn finish(
    text: &[u8],
    input: JudgeInput<'_>,
    span: Span,
    value: Span,
    decoded_by: Vec<Decoding>,
) -> Assigned {
    let refused = |why| Rejected { why, name: Some(span), value: Some(value) };
    let allowed = veto::allow(&text[value.start..value.end], b"", Form::Quoted)
        .and_then(|()| veto::allow(input.value, b"", Form::Quoted));
    if let Err(veto) = allowed {
        let is_guessable = input.kind == name::Kind::Password && placeholder::is_guessable(input.value);
        return is_guessable
            .then(|| Assignment {
                span,
                value,
                secret: input.value.to_vec(),
                identifier: String::from_utf8_lossy(input.identifier).into(),
                form: Form::Inline,
                score: GUESSABLE,
                worth: Worth::Guessable,
                decoded_by,
                class: Class::Chosen,
                basis: Basis::default(),
                expires: None,
            })
            .ok_or_else(|| refused(veto.into()));
    }
    let judged = judge::judge(&input).map_err(|features| refused(Rejection::Unlikely(features)))?;
    Ok(Assignment {
        span,
        value,
        secret: input.value.to_vec(),
        identifier: String::from_utf8_lossy(input.identifier).into(),
        form: Form::Inline,
        score: judged.score,
        decoded_by,
        worth: worth(judged.class),
        class: judged.class,
        basis: judged.basis,
        expires: None,
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

/// True if no letter is before the anchor, so that it is a word of its own.
fn stands_alone(text: &[u8], start: usize) -> bool {
    start == 0 || !byte(text, start - 1).is_ascii_alphanumeric()
}
