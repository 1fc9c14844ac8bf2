//! GitLab's routable tokens: `<prefix><payload>.01.<length><CRC>`. The older ones have no checksum.
//!
//! The payload is base64url of 16 random bytes, lines `key:value` joined by line feeds, and a byte with the
//! length of the lines. Payload length (two digits) and CRC-32 (seven) are in base36. Early tokens
//! lack the version `01.`.

use super::Outcome;
use super::encoded::{base64, plain};
use crate::model::{Fact, FactKind};
use crate::rules::checksum::{BASE36, crc32, digits};

/// The payload's keys that are worth reporting, and their meaning.
const KEYS: &[(&str, FactKind)] = &[
    ("c", FactKind::Cell),
    ("o", FactKind::Organization),
    ("g", FactKind::Group),
    ("p", FactKind::Project),
    ("t", FactKind::Type),
    ("u", FactKind::User),
];

/// Whether payload, length and CRC agree.
pub(super) fn routable(secret: &[u8], _matched: &[u8]) -> Outcome {
    if !secret.contains(&b'.') {
        return Outcome::UNKNOWN;
    }
    match payload(secret) {
        Some(lines) => Outcome::holds(facts(&lines)),
        None => Outcome::FAILS,
    }
}

/// The payload's lines, if all checksums agree.
fn payload(secret: &[u8]) -> Option<String> {
    let (covered, tail) = secret.split_last_chunk::<7>()?;
    if digits(crc32(covered).into(), BASE36, 7).as_bytes() != tail {
        return None;
    }
    let dot = secret.iter().position(|&byte| byte == b'.')?;
    let hyphen = secret.iter().position(|&byte| byte == b'-')?;
    let body = secret.get(hyphen + 1..dot)?;
    let payload = match body {
        [b't', digit, b'_', rest @ ..] if digit.is_ascii_digit() => rest,
        _ => body,
    };
    if covered.last_chunk::<2>()? != digits(payload.len() as u64, BASE36, 2).as_bytes() {
        return None;
    }
    let bytes = base64(payload)?;
    let (&len, rest) = bytes.split_last()?;
    let lines = rest.get(rest.len().checked_sub(usize::from(len))?..)?;
    String::from_utf8(lines.to_vec()).ok()
}

/// Whose token it is: numbers in base36, reported in decimal.
fn facts(lines: &str) -> Vec<Fact> {
    let told = lines.lines().filter_map(|line| {
        let (key, value) = line.split_once(':')?;
        let &(_, kind) = KEYS.iter().find(|(known, _)| *known == key)?;
        let value = plain(&u64::from_str_radix(value, 36).ok()?.to_string())?;
        Some(Fact { kind, value })
    });
    told.collect()
}
