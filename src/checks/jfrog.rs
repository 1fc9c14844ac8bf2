//! JFrog: reference tokens, base64 of `reftkn:<version>:<expiry>:<secret>`, and the older API keys.

use super::Outcome;
use super::encoded::{base64, time};
use crate::model::{Fact, FactKind};
use crate::rules::base58::{BASE58, decode};

/// An API key of Artifactory's, `AKCp…`: base58 of 54 bytes that begin with 01 fd e0. Observed on published samples,
/// not documented: the check can refute and proves nothing.
pub(super) fn api_key(secret: &[u8], _matched: &[u8]) -> Outcome {
    let bytes = decode(secret, BASE58);
    Outcome::possible(
        bytes.is_some_and(|bytes| (53..=54).contains(&bytes.len()) && bytes[..3] == [1, 0xfd, 0xe0]),
    )
}

/// Whether it decodes to that; its expiry in Unix seconds, if it has one.
pub(super) fn reference(secret: &[u8], _matched: &[u8]) -> Outcome {
    match expiry(secret) {
        Some(0) => Outcome::holds(vec![Fact::new(FactKind::Expires, "never")]),
        Some(seconds) => Outcome::holds(time(FactKind::Expires, seconds).into_iter().collect()),
        None => Outcome::FAILS,
    }
}

fn expiry(secret: &[u8]) -> Option<i64> {
    let text = String::from_utf8(base64(secret)?).ok()?;
    let mut parts = text.splitn(4, ':');
    let (name, version, expiry, rest) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str, len| part.len() == len && part.bytes().all(|byte| byte.is_ascii_digit());
    (name == "reftkn" && digits(version, 2) && digits(expiry, 10) && !rest.is_empty())
        .then(|| expiry.parse().ok())?
}
