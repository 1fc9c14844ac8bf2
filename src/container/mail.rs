//! Mail: the parts of a message, decoded, and the messages of a mailbox.
//!
//! Sources: RFC 5322 (headers), RFC 2045 and 2046 (parts), RFC 4155 (mbox).
//!
//! A message's own text is in its bytes, which are scanned anyway. What is not is a part in base64 or quoted-printable, and
//! words of headers in the same encodings (RFC 2047).

use super::walk::{At, Walk};
use data_encoding::{BASE64, Specification};
use memchr::memmem;
use std::io;
use std::sync::LazyLock;

/// Bytes at the start that show whether it is mail.
const HEAD: usize = 8 << 10;

/// How deep parts may be in parts.
const DEEPEST: u32 = 16;

/// How headers of mail begin: one of them is in the first lines of each.
const HEADERS: [&[u8]; 14] = [
    b"Return-Path:",
    b"Received:",
    b"Delivered-To:",
    b"MIME-Version:",
    b"Message-ID:",
    b"DKIM-Signature:",
    b"X-",
    b"Date:",
    b"From:",
    b"To:",
    b"Subject:",
    b"Content-Type:",
    b"Content-Transfer-Encoding:",
    b"Authentication-Results:",
];

/// True for mail of which something is encoded: the rest need not be opened.
pub(super) fn is_mail(bytes: &[u8]) -> bool {
    let is_box = bytes.starts_with(b"From ");
    if !is_box && !HEADERS.iter().any(|header| starts_with(bytes, header)) {
        return false;
    }
    let head = &bytes[..bytes.len().min(HEAD)];
    let (headers, _) = split(head.strip_prefix(b"From ").unwrap_or(head));
    let is_message = [&b"From:"[..], b"Date:", b"MIME-Version:", b"Message-ID:"]
        .iter()
        .filter(|name| header(headers, name).is_some())
        .count();
    is_message >= 2 || is_box && is_message > 0
}

fn starts_with(bytes: &[u8], word: &[u8]) -> bool {
    bytes.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// Headers and body: an empty line is between them.
fn split(message: &[u8]) -> (&[u8], &[u8]) {
    for end in [&b"\n\n"[..], b"\n\r\n"] {
        let other = if end.len() == 2 { &b"\n\r\n"[..] } else { b"\n\n" };
        let (at, before) = (memmem::find(message, end), memmem::find(message, other));
        if let Some(at) = at.filter(|at| before.is_none_or(|before| before > *at)) {
            return (&message[..at + 1], &message[at + end.len()..]);
        }
    }
    (message, &[])
}

/// The value of a header, with the lines that go on.
fn header(headers: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let mut value: Option<Vec<u8>> = None;
    for line in headers.split(|&byte| byte == b'\n') {
        match &mut value {
            Some(value) if line.first().is_some_and(|first| matches!(first, b' ' | b'\t')) => {
                value.push(b' ');
                value.extend_from_slice(line.trim_ascii());
            }
            Some(_) => break,
            None if starts_with(line, name) => value = Some(line[name.len()..].trim_ascii().to_vec()),
            None => {}
        }
    }
    value
}

/// A parameter of a header's value: `; boundary="x"`.
fn parameter(value: &[u8], name: &str) -> Option<Vec<u8>> {
    let lower = value.to_ascii_lowercase();
    let key = format!("{name}=");
    let mut starts = memmem::find_iter(&lower, key.as_bytes());
    let at = starts.find(|&at| at == 0 || matches!(value[at - 1], b';' | b' ' | b'\t'))? + key.len();
    let rest = &value[at..];
    let end = match rest.strip_prefix(b"\"") {
        Some(quoted) => return Some(quoted[..quoted.iter().position(|&byte| byte == b'"')?].to_vec()),
        None => rest.iter().position(|byte| b"; \t".contains(byte)).unwrap_or(rest.len()),
    };
    Some(rest[..end].to_vec())
}

/// Gives out the parts that are encoded.
pub(super) fn read(walk: &mut Walk<'_>, bytes: &[u8], at: &At) -> io::Result<()> {
    if !bytes.starts_with(b"From ") {
        return part(walk, bytes, "", 0, at);
    }
    let mut starts: Vec<usize> = vec![0];
    starts.extend(memmem::find_iter(bytes, b"\nFrom ").map(|at| at + 1));
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    for (number, (&start, end)) in starts.iter().zip(ends).enumerate() {
        if walk.is_over {
            break;
        }
        part(walk, &bytes[start..end], &format!("message {}/", number + 1), 0, at)?;
    }
    Ok(())
}

/// A message, or a part of one; `before` is the start of its name.
fn part(walk: &mut Walk<'_>, bytes: &[u8], before: &str, depth: u32, at: &At) -> io::Result<()> {
    let (headers, body) = split(bytes);
    if let Some(decoded) = words(headers) {
        walk.text(&format!("{before}headers"), &decoded, at)?;
    }
    let kind = header(headers, b"Content-Type:").unwrap_or_default();
    if depth > DEEPEST {
        return walk.ends(&at.join(before), super::TOO_DEEP);
    }
    if let Some(boundary) = parameter(&kind, "boundary").filter(|boundary| !boundary.is_empty()) {
        let mark = [b"--", boundary.as_slice()].concat();
        let is_mark = |&at: &usize| at == 0 || body[at - 1] == b'\n';
        let marks: Vec<usize> = memmem::find_iter(body, &mark).filter(is_mark).collect();
        for (number, pair) in marks.iter().zip(marks.iter().skip(1).chain([&body.len()])).enumerate() {
            let (&start, &end) = pair;
            let inner = &body[start + mark.len()..end];
            let Some(line) = inner.iter().position(|&byte| byte == b'\n') else { continue };
            if walk.is_over || inner.starts_with(b"--") {
                break;
            }
            part(walk, &inner[line + 1..], &format!("{before}part {}/", number + 1), depth + 1, at)?;
        }
        return Ok(());
    }
    let encoding = header(headers, b"Content-Transfer-Encoding:").unwrap_or_default().to_ascii_lowercase();
    let content = match encoding.as_slice() {
        b"base64" => base64(body),
        b"quoted-printable" => quoted(body),
        _ if starts_with(&kind, b"message/") => return part(walk, body, before, depth + 1, at),
        _ => return Ok(()),
    };
    let disposition = header(headers, b"Content-Disposition:").unwrap_or_default();
    let file = parameter(&disposition, "filename").or_else(|| parameter(&kind, "name"));
    let name = match file {
        Some(file) => format!("{before}{}", super::member::shown(&file)),
        None if before.is_empty() => "body".to_owned(),
        None => before.trim_end_matches('/').to_owned(),
    };
    walk.member(&name, &mut content.as_slice(), at)
}

/// Headers with their encoded words decoded; `None` if they have none. Between two of them blanks mean nothing.
fn words(headers: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut rest, mut done) = (Vec::new(), headers, 0);
    while let Some(start) = memmem::find(rest, b"=?") {
        let (before, from) = rest.split_at(start);
        let parts: Vec<&[u8]> = from[2..].splitn(4, |&byte| byte == b'?').collect();
        let decoded = match parts[..] {
            [_, [b'b' | b'B'], text, [b'=', ..]] => Some((base64(text), text.len())),
            [_, [b'q' | b'Q'], text, [b'=', ..]] => {
                let blanks: Vec<u8> =
                    text.iter().map(|&byte| if byte == b'_' { b' ' } else { byte }).collect();
                Some((quoted(&blanks), text.len()))
            }
            _ => None,
        };
        if done == 0 || decoded.is_none() || !before.trim_ascii().is_empty() {
            out.extend_from_slice(before);
        }
        match decoded {
            Some((text, len)) => {
                out.extend(text);
                rest = &from[2 + parts[0].len() + 3 + len + 2..];
                done += 1;
            }
            None => {
                out.extend_from_slice(b"=?");
                rest = &from[2..];
            }
        }
    }
    out.extend_from_slice(rest);
    (done > 0).then_some(out)
}

/// Base64 between anything else; of a damaged group what comes before it.
fn base64(body: &[u8]) -> Vec<u8> {
    static LENIENT: LazyLock<Option<data_encoding::Encoding>> = LazyLock::new(|| {
        let mut specification = Specification::new();
        specification.symbols = BASE64.specification().symbols;
        specification.check_trailing_bits = false;
        specification.encoding().ok()
    });
    let digits = body.iter().copied().filter(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte));
    let mut digits: Vec<u8> = digits.collect();
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    LENIENT.as_ref().and_then(|encoding| encoding.decode(&digits).ok()).unwrap_or_default()
}

fn quoted(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let [first, more @ ..] = rest {
        rest = more;
        if *first != b'=' {
            out.push(*first);
            continue;
        }
        let code = more.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match (code.and_then(|hex| u8::from_str_radix(hex, 16).ok()), more) {
            (Some(byte), _) => {
                out.push(byte);
                rest = &more[2..];
            }
            (None, [b'\r', b'\n', after @ ..] | [b'\n', after @ ..]) => rest = after,
            (None, _) => out.push(b'='),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_of_headers_are_decoded_and_joined() {
        let table: [(&str, Option<&str>); 7] = [
            ("Subject: =?utf-8?Q?a=3Db_c?= d\n", Some("Subject: a=b c d\n")),
            ("Subject: =?utf-8?B?YT1i?=\n =?UTF-8?q?c?=\n", Some("Subject: a=bc\n")),
            ("Subject: x =?utf-8?b?YQ==?= y =?utf-8?b?YQ?=", Some("Subject: x a y a")),
            ("Subject: =?utf-8?Q?a", None),
            ("Subject: =?utf-8?X?a?=", None),
            ("Subject: =? =?u?q?a?=", Some("Subject: =? a")),
            ("Subject: plain", None),
        ];
        for (headers, wanted) in table {
            let found = words(headers.as_bytes()).map(|text| String::from_utf8_lossy(&text).into_owned());
            assert_eq!(found.as_deref(), wanted, "{headers}");
        }
    }
}
