//! Values of other kinds than secrets: paths, addresses, hosts, numbers, expressions, sentences, types.
//!
//! Each is recognised by its shape alone; a value with one of these shapes is no secret under any name.

use super::kinds;
use super::line::MarkFinder;
use super::shape::{Shape, is_app_password, is_drawn_text, is_mixed, is_random};
use super::words::Words;
use crate::scan::rejection::OtherKind;

/// Single words that are values of another kind, and never secrets: types, states, protocols.
#[rustfmt::skip]
static NOT_SECRETS: Words = Words::new(&[
    "admin", "aes", "always", "array", "auto", "basic", "bearer", "body", "bool", "boolean", "button",
    "bytes", "char", "cookie", "dict", "digest", "dsa", "ecdsa", "ed25519", "email", "enum", "erforderlich", "es256",
    "file", "float", "function", "header", "hidden", "hmac", "hs256", "hs384", "hs512", "http", "https", "inherit",
    "int", "integer", "interface", "json", "jwt", "list", "localhost", "login", "long", "map", "md5",
    "necessario", "negotiate", "never", "none", "ntlm", "number", "oauth", "oauth2", "obbligatoria", "obbligatorio",
    "object", "obligatoire", "obligatoria", "obligatorio", "obligatorisk", "pakollinen", "pem", "pflichtfeld", "plain", "povinne",
    "prompt",
    "publickey", "query", "requerida", "requerido", "requis", "requise", "rs256", "rsa", "s3v2", "s3v4", "self", "session", "sha1", "sha256", "sha512", "simple",
    "ssh-agent", "str", "submit", "text", "this", "verplicht", "void", "wymagane", "x25519", "zorunlu",
]);

/// The tables whose search relies on their order.
#[cfg(test)]
pub(super) const TABLES: &[&[&str]] = &[NOT_SECRETS.list()];

/// The kind of URLs without userinfo, paths, addresses, dates, versions, numbers, regexes, types and states.
pub(super) fn kind_of(value: &[u8]) -> Option<OtherKind> {
    let marks = MarkFinder::new(value);
    let has = |mark: &[u8]| marks.has(mark);
    if NOT_SECRETS.has(value) {
        Some(OtherKind::Word)
    } else if has(b"\\u00") {
        Some(OtherKind::Markup)
    } else if has(b"://") || has(b"@tcp(") {
        // The password in a URL, and in Go's data source, has an anchor of its own.
        Some(OtherKind::Url)
    } else if is_path(value) {
        Some(OtherKind::Path)
    } else if is_address(value) {
        Some(OtherKind::Address)
    } else if is_number(value) {
        Some(OtherKind::Number)
    } else if is_regex(value) && !is_drawn_around_backslash(value) {
        Some(OtherKind::Pattern)
    } else if is_host(value) || is_host_and_port(value) {
        Some(OtherKind::Host)
    } else if is_prose(value) {
        Some(OtherKind::Sentence)
    } else if kinds::is_other_kind(value) {
        Some(OtherKind::Technical)
    } else {
        None
    }
}

/// True for file paths: `/etc/x/y`, `./x`, `~/x`, `C:\x`, `path/to/file.ext`.
fn is_path(value: &[u8]) -> bool {
    if value.starts_with(b"./") || value.starts_with(b"../") || value.starts_with(b"~/") {
        return true;
    }
    if value.len() > 2
        && value[0].is_ascii_alphabetic()
        && value[1] == b':'
        && matches!(value[2], b'\\' | b'/')
    {
        return true;
    }
    let parts: Vec<&[u8]> = value.split(|&b| b == b'/' || b == b'\\').collect();
    if parts.len() < 2 || value.contains(&b'=') || value.contains(&b'+') {
        return false;
    }
    let plain = |part: &&[u8]| {
        part.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'*' | b'$' | b'@'))
            && part.iter().filter(|b| b.is_ascii_digit()).count() * 3 <= part.len()
            && !mixes_case(part)
    };
    parts.iter().all(plain)
        && parts.iter().any(|part| part.len() > 2)
        && !is_random(value)
        && !is_drawn_around_backslash(value)
        && !(is_mixed(value)
            && (value.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'/')
                || value.iter().any(|b| matches!(b, b'*' | b'$' | b'@'))
                || is_of_three_classes(value)))
}

/// True for letters in both cases and digits, hardly a word among them, without the ending of a file.
fn is_of_three_classes(value: &[u8]) -> bool {
    let shape = Shape::of(value);
    let ending = memchr::memrchr(b'.', value).map_or(&b""[..], |dot| &value[dot + 1..]);
    let is_ending = (1..=4).contains(&ending.len()) && ending.iter().all(u8::is_ascii_lowercase);
    shape.lower.min(shape.upper).min(shape.digits) > 0
        && shape.cover() <= 20
        && !is_ending
        && value[0] != b'/'
        && !matches!(value.last(), Some(b'-' | b'/'))
        && (value.last() != Some(&b'_') || shape.words == 0)
}

/// True for letters in both cases, digits and a backslash or two, hardly a word among them: one in ten of values drawn from all
/// printing characters has a backslash, and no other mark need be beside it.
fn is_drawn_around_backslash(value: &[u8]) -> bool {
    let backslashes = value.iter().filter(|&&byte| byte == b'\\').count();
    let is_plain =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'\\' | b'_' | b'-' | b'.' | b'@');
    (1..=2).contains(&backslashes) && value.iter().all(is_plain) && {
        let shape = Shape::of(value);
        shape.lower.min(shape.upper).min(shape.digits) > 0 && shape.cover() <= 34
    }
}

/// True if capitals are in the middle of a word more often than in names.
fn mixes_case(part: &[u8]) -> bool {
    let changes =
        part.windows(2).filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()).count();
    changes * 4 > part.len()
}

/// True for e-mail addresses.
fn is_address(value: &[u8]) -> bool {
    let Some(at) = value.iter().position(|&b| b == b'@') else { return false };
    let (local, host) = (&value[..at], &value[at + 1..]);
    !local.is_empty()
        && local.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'+'))
        && host.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
        && host
            .iter()
            .rposition(|&b| b == b'.')
            .is_some_and(|dot| host.len() - dot > 2 && host[dot + 1..].iter().all(u8::is_ascii_lowercase))
}

/// True for numbers, dates, times, versions, colours and lists of bytes.
fn is_number(value: &[u8]) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let marks = value
        .iter()
        .filter(|b| {
            matches!(b, b'.' | b'-' | b':' | b'/' | b' ' | b',' | b'_' | b'T' | b'Z' | b'+' | b'v' | b'x')
        })
        .count();
    let units = value.iter().filter(|b| matches!(b, b's' | b'm' | b'h' | b'd')).count();
    digits == value.len() && digits < 6
        || digits > 0 && digits < value.len() && digits + marks == value.len()
        || digits > 0 && units == 1 && digits + units == value.len()
        || value.starts_with(b"0x") && value.len() <= 10
        || value[0] == b'#'
            && matches!(value.len(), 4 | 7 | 9)
            && value[1..].iter().all(u8::is_ascii_hexdigit)
        || is_fingerprint(value)
}

/// True for pairs of hexadecimal digits joined by colons.
fn is_fingerprint(value: &[u8]) -> bool {
    value.len() >= 11
        && value.len() % 3 == 2
        && value
            .iter()
            .enumerate()
            .all(|(at, b)| if at % 3 == 2 { *b == b':' } else { b.is_ascii_hexdigit() })
}

/// True for regexes and globs.
fn is_regex(value: &[u8]) -> bool {
    let finder = MarkFinder::new(value);
    let has = |marks: &[&[u8]]| marks.iter().any(|mark| finder.has(mark));
    has(&[b"[a-z", b"[A-Z", b"[0-9", b"(?:", b"(?i"])
        || has(&[b"\\d", b"\\w", b"\\s", b"\\b"]) && !is_drawn_beside_class(value)
        || has(&[b".*", b".+", b"[^", b"|^"]) && !is_mixed(value)
        || value[0] == b'^' && value[value.len() - 1] == b'$'
}

/// True for a random value in which a backslash and a letter are beside each other by chance: a class of a regex has a
/// quantifier after it, or the pattern has its other marks.
fn is_drawn_beside_class(value: &[u8]) -> bool {
    let is_class = |b: u8| matches!(b, b'd' | b'w' | b's' | b'b' | b'D' | b'W' | b'S');
    let is_quantified = |three: &[u8]| {
        three[0] == b'\\' && is_class(three[1]) && matches!(three[2], b'+' | b'*' | b'?' | b'{' | b']' | b'$')
    };
    let classes = value.windows(2).filter(|two| two[0] == b'\\' && is_class(two[1])).count();
    classes == 1
        && (is_mixed(value) || is_drawn_text(value))
        && !value.windows(3).any(is_quantified)
        && !(value[0] == b'^' || value.ends_with(b"$"))
}

/// True for host names with a known ending, and addresses with a port.
fn is_host(value: &[u8]) -> bool {
    const TOP: &[&str] = &[
        "com",
        "org",
        "net",
        "io",
        "local",
        "internal",
        "dev",
        "example",
        "test",
        "invalid",
        "localhost",
        "svc",
    ];
    let host = value.split(|&b| b == b':' || b == b'/').next().unwrap_or_default();
    let Some(dot) = host.iter().rposition(|&b| b == b'.') else { return false };
    TOP.iter().any(|top| &host[dot + 1..] == top.as_bytes())
        && host
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_' | b'*'))
}

/// True for a machine and its port: `pkc-4r7w9.eu-west-1.aws.confluent.cloud:9092`. Before a colon a login may be, which no
/// such ending has.
fn is_host_and_port(value: &[u8]) -> bool {
    const ENDS: [&[u8]; 12] = [
        b"cloud",
        b"com",
        b"corp",
        b"de",
        b"dev",
        b"internal",
        b"intern",
        b"io",
        b"lan",
        b"local",
        b"net",
        b"org",
    ];
    let Some(colon) = memchr::memchr(b':', value) else { return false };
    let (host, port) = (&value[..colon], &value[colon + 1..]);
    let is_part = |part: &[u8]| {
        !part.is_empty() && part.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
    };
    (2..=5).contains(&port.len())
        && port.iter().all(u8::is_ascii_digit)
        && host.split(|&b| b == b'.').count() >= 3
        && host.split(|&b| b == b'.').all(is_part)
        && host.rsplit(|&b| b == b'.').next().is_some_and(|end| ENDS.contains(&end))
}

/// True for a password that a program made in groups of four letters and digits: `1dXk fxXd Coiq FHv4 iZco QXjr`.
pub(super) fn is_in_groups(value: &[u8]) -> bool {
    is_app_password(value)
        || (19..=39).contains(&value.len())
            && value.iter().enumerate().all(|(at, b)| match at % 5 {
                4 => *b == b' ',
                _ => b.is_ascii_alphanumeric(),
            })
            && value.len() % 5 == 4
            && {
                let plain: Vec<u8> = value.iter().copied().filter(|b| *b != b' ').collect();
                is_random(&plain) || is_seed(&plain)
            }
}

/// True for the seed of one-time passwords, of which services show 16 or 32 letters and digits in groups of four.
fn is_seed(plain: &[u8]) -> bool {
    let is_of = |is: fn(&u8) -> bool| plain.iter().all(|b| is(b) || matches!(b, b'2'..=b'7'));
    matches!(plain.len(), 16 | 24 | 32)
        && (is_of(u8::is_ascii_lowercase) || is_of(u8::is_ascii_uppercase))
        && plain.iter().filter(|b| b.is_ascii_digit()).count() >= 2
        && plain.iter().any(u8::is_ascii_alphabetic)
        && Shape::of(plain).cover() <= 50
}

/// True for sentences: several words of letters with blanks between them, or one blank and a capital style.
fn is_prose(value: &[u8]) -> bool {
    let words: Vec<&[u8]> = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    if words.len() < 2 || is_in_groups(value) {
        return false;
    }
    let wordy = words
        .iter()
        .filter(|word| {
            let letters =
                word.iter().filter(|b| b.is_ascii_alphabetic() || **b >= 0x80 || **b == b'\'').count();
            letters + 1 >= word.len()
        })
        .count();
    words.len() >= 3 && wordy * 3 >= words.len() * 2
        || words.len() >= 5
        || words.iter().any(|word| {
            matches!(*word, b"=" | b"==" | b"+" | b"=>" | b"->" | b"&&" | b"||" | b"|" | b"{" | b"}")
        })
}
