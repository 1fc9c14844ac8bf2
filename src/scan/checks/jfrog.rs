//! JFrog reference tokens: base64 of `reftkn:<version>:<expiry>:<secret>`.

use super::Outcome;
use super::encoded::{base64, time};
use crate::model::Fact;

/// Whether it decodes to that; its expiry in Unix seconds, where it has one.
pub(super) fn reference(secret: &[u8], _matched: &[u8]) -> Outcome {
    match expiry(secret) {
        Some(0) => Outcome::holds(vec![Fact { name: "expires", value: "never".to_owned() }]),
        Some(seconds) => Outcome::holds(time("expires", seconds).into_iter().collect()),
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
