//! Base64 as it is found in tokens: either alphabet, with or without padding.

use crate::model::{Fact, FactKind};
use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, Encoding};

/// The bytes that `text` encodes, in either alphabet, with or without padding. Bits left over in the last
/// character must be zero.
pub(super) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let padding = text.iter().rev().take_while(|&&byte| byte == b'=').count();
    if padding > 2 || padding > 0 && !text.len().is_multiple_of(4) {
        return None;
    }
    let body = &text[..text.len() - padding];
    let url = body.iter().any(|byte| b"-_".contains(byte));
    let encoding: &Encoding = if url { &BASE64URL_NOPAD } else { &BASE64_NOPAD };
    encoding.decode(body).ok()
}

/// The bytes of `text` with its percent-encoding undone; an invalid escape stays as it is.
pub(super) fn percent(text: &[u8]) -> Vec<u8> {
    let digit =
        |byte: Option<&u8>| byte.and_then(|&byte| char::from(byte).to_digit(16)).map(|digit| digit as u8);
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        match (text[at], digit(text.get(at + 1)), digit(text.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// The date and time of Unix seconds, as a fact; `None` if they are out of a date's range.
pub(super) fn time(kind: FactKind, seconds: i64) -> Option<Fact> {
    let time = jiff::Timestamp::from_second(seconds).ok()?;
    Some(Fact { kind, value: time.to_string() })
}

/// The text, if it is plain enough to be printed as a fact: a name or host, not a sentence, not a URL
/// with a user in it.
pub(super) fn plain(text: &str) -> Option<String> {
    let fits = (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:/".contains(&byte));
    fits.then(|| text.to_owned())
}

/// True if all of `text` is letters and digits.
pub(super) fn is_alphanumeric(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_alphanumeric)
}
