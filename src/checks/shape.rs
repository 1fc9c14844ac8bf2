//! Shapes without a checksum: impossible values, and markers at fixed places.

use super::Outcome;
use super::encoded::{base64 as decode, time};
use crate::model::FactKind;

/// Bytes in base64: decodes, and is not only hexadecimal digits, which are more likely a hash.
pub(super) fn base64(secret: &[u8], _matched: &[u8]) -> Outcome {
    let hex_alone = secret.iter().all(u8::is_ascii_hexdigit);
    Outcome::possible(decode(secret).is_some() && !hex_alone)
}

/// Bytes in hexadecimal digits of one case, not only decimal digits.
pub(super) fn hex(secret: &[u8], _matched: &[u8]) -> Outcome {
    let mixed = secret.iter().any(u8::is_ascii_lowercase) && secret.iter().any(u8::is_ascii_uppercase);
    let sound = secret.len().is_multiple_of(2)
        && secret.iter().all(u8::is_ascii_hexdigit)
        && secret.iter().any(u8::is_ascii_alphabetic);
    Outcome::possible(sound && !mixed)
}

/// A UUID (RFC 9562), maybe after a prefix: version 1 to 8, the variant of the standard. Versions 1, 6 and 7 show when
/// it was made.
pub(super) fn uuid(secret: &[u8], _matched: &[u8]) -> Outcome {
    let secret = &secret[secret.len().saturating_sub(36)..];
    let sound = secret.len() == 36
        && secret.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            14 => (b'1'..=b'8').contains(byte),
            19 => b"89abAB".contains(byte),
            _ => byte.is_ascii_hexdigit(),
        });
    if !sound {
        return Outcome::FAILS;
    }
    let digits: String = secret.iter().filter(|&&byte| byte != b'-').map(|&byte| char::from(byte)).collect();
    let number = |text: &str| i64::from_str_radix(text, 16).ok();
    // Hundreds of nanoseconds since 1582-10-15, in two orders, or milliseconds since 1970.
    let seconds = match secret[14] {
        b'1' => number(&format!("{}{}{}", &digits[13..16], &digits[8..12], &digits[..8])).map(since_1582),
        b'6' => number(&format!("{}{}", &digits[..12], &digits[13..16])).map(since_1582),
        b'7' => number(&digits[..12]).map(|milliseconds| milliseconds / 1000),
        _ => None,
    };
    let created = seconds
        .filter(|seconds| (0..4_102_444_800).contains(seconds))
        .and_then(|at| time(FactKind::Created, at));
    Outcome::unknown(created.into_iter().collect())
}

/// Unix seconds of a count from the start of the Gregorian calendar.
fn since_1582(count: i64) -> i64 {
    count / 10_000_000 - 12_219_292_800
}

/// User and password of HTTP's basic scheme in base64 (also Docker's `auth`, npm's `_auth`).
pub(super) fn basic_auth(secret: &[u8], _matched: &[u8]) -> Outcome {
    let sound = decode(secret).and_then(|bytes| String::from_utf8(bytes).ok()).is_some_and(|text| {
        let split = text.split_once(':');
        split.is_some_and(|(_, password)| !password.is_empty()) && !text.chars().any(char::is_control)
    });
    Outcome::possible(sound)
}

/// Hugging Face: the body consists of letters.
pub(super) fn huggingface(secret: &[u8], _matched: &[u8]) -> Outcome {
    let body = secret.rsplit(|&byte| byte == b'_').next().unwrap_or(secret);
    Outcome::possible(body.iter().all(u8::is_ascii_alphabetic))
}

/// OpenAI: base64 of `OpenAI` exactly in the middle, between two halves of one length. Groq: base64 of `XgroqX` after
/// 20 characters of the body.
pub(super) fn openai(secret: &[u8], _matched: &[u8]) -> Outcome {
    if let Some(body) = secret.strip_prefix(b"gsk_") {
        return Outcome::proof(body.get(20..28) == Some(b"WGdyb3FY"));
    }
    let Some(at) = secret.windows(8).position(|window| window == b"T3BlbkFJ") else { return Outcome::FAILS };
    let after = secret.len() - at - 8;
    let body = [&b"sk-proj-"[..], b"sk-svcacct-", b"sk-admin-", b"sk-"]
        .iter()
        .find_map(|prefix| secret.strip_prefix(*prefix))
        .unwrap_or(secret);
    let before = (body.len()).checked_sub(after + 8);
    Outcome::proof(before == Some(after) && [20, 58, 74].contains(&after))
}
