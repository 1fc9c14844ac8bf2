//! Tokens that end in a CRC-32 of what is before it. Each provider decides which part it covers and how it is
//! written; all were verified on published samples.

use super::Outcome;
use super::encoded::is_alphanumeric;
use crate::rules::checksum::{BASE62, crc32, digits};
use data_encoding::{BASE64, HEXLOWER};

/// GitHub and npm: what follows the prefix, without its last six characters; base62
/// (github.blog, 2021-04-05 and 2021-09-23). The newer `ghs_<id>_<JWT>` has no checksum.
pub(super) fn github(secret: &[u8], _matched: &[u8]) -> Outcome {
    let Some(at) = secret.iter().position(|&byte| byte == b'_') else { return Outcome::FAILS };
    let body = &secret[at + 1..];
    if !is_alphanumeric(body) {
        return Outcome::UNKNOWN;
    }
    Outcome::proof(ends_in_base62(body))
}

/// Vercel: the body of 56 characters after `vcp_` and similar prefixes; base62.
pub(super) fn vercel(secret: &[u8], _matched: &[u8]) -> Outcome {
    Outcome::proof(secret.get(4..).is_some_and(ends_in_base62))
}

fn ends_in_base62(body: &[u8]) -> bool {
    body.split_last_chunk::<6>()
        .is_some_and(|(covered, tail)| digits(crc32(covered).into(), BASE62, 6).as_bytes() == tail)
}

/// Cloudflare: the body of 40 characters after the prefix; eight lower hexadecimal digits. Of the newest kind,
/// `cfast_`, only a made-up sample is known; there the checksum covers the prefix too.
pub(super) fn cloudflare(secret: &[u8], _matched: &[u8]) -> Outcome {
    let Some((covered, tail)) = secret.split_last_chunk::<8>() else { return Outcome::FAILS };
    let body = covered.iter().position(|&byte| byte == b'_').map_or(covered, |at| &covered[at + 1..]);
    let agrees = lower_hex(body) == *tail || secret.starts_with(b"cfast_") && lower_hex(covered) == *tail;
    Outcome::proof(agrees)
}

/// Zuplo: the 32 characters between the underscores; eight lower hexadecimal digits.
pub(super) fn zuplo(secret: &[u8], _matched: &[u8]) -> Outcome {
    let mut parts = secret.split(|&byte| byte == b'_');
    Outcome::proof(match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(covered), Some(tail), None) => lower_hex(covered) == *tail,
        _ => false,
    })
}

fn lower_hex(covered: &[u8]) -> [u8; 8] {
    let text = format!("{:08x}", crc32(covered));
    text.as_bytes().try_into().expect("32 bits are eight hexadecimal digits")
}

/// Confluent: the 54 characters after `cflt`; its bytes low first, in base64 without padding.
pub(super) fn confluent(secret: &[u8], _matched: &[u8]) -> Outcome {
    let body = secret.get(4..).and_then(<[u8]>::split_last_chunk::<6>);
    Outcome::proof(
        body.is_some_and(|(covered, tail)| {
            BASE64.encode(&crc32(covered).to_le_bytes()).as_bytes()[..6] == *tail
        }),
    )
}

/// Grafana service accounts: prefix and 32 characters, without the second underscore; bytes low first in
/// hexadecimal digits.
pub(super) fn grafana(secret: &[u8], _matched: &[u8]) -> Outcome {
    let parts = secret.split_last_chunk::<8>();
    Outcome::proof(parts.is_some_and(|(covered, tail)| {
        covered.strip_suffix(b"_").is_some_and(|covered| {
            HEXLOWER.encode(&crc32(covered).to_le_bytes()).as_bytes().eq_ignore_ascii_case(tail)
        })
    }))
}

/// Atlassian and Bitbucket: all before the last eight characters, `=` included and unescaped; upper
/// hexadecimal digits.
pub(super) fn atlassian(secret: &[u8], _matched: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(secret).replace("\\=", "=").replace("%3D", "=");
    let parts = text.as_bytes().split_last_chunk::<8>();
    Outcome::proof(parts.is_some_and(|(covered, tail)| format!("{:08X}", crc32(covered)).as_bytes() == tail))
}
