//! Discord, Telegram, Slack: tokens that hold ids and times.

use super::Outcome;
use super::encoded::{base64, time};

/// A Discord bot token: base64 of the bot's id (a snowflake in decimal), four bytes of time, and an HMAC of
/// 20 or 28 bytes. Tells when the bot was made.
pub(super) fn discord(secret: &[u8], _matched: &[u8]) -> Outcome {
    let created = || {
        let mut parts = secret.split(|&byte| byte == b'.');
        let id = String::from_utf8(base64(parts.next()?)?).ok()?;
        let id: u64 = id.parse().ok().filter(|_| (17..=20).contains(&id.len()))?;
        let stamp = base64(parts.next()?)?;
        let hmac = base64(parts.next()?)?;
        let sound = stamp.len() == 4 && [20, 28].contains(&hmac.len()) && parts.next().is_none();
        sound.then_some(((id >> 22) + 1_420_070_400_000) / 1000)
    };
    match created() {
        Some(seconds) => Outcome::holds(
            i64::try_from(seconds).ok().and_then(|at| time("created", at)).into_iter().collect(),
        ),
        None => Outcome::FAILS,
    }
}

/// A Telegram bot token: the bot's id, `:AA`, and 33 characters.
pub(super) fn telegram(secret: &[u8], _matched: &[u8]) -> Outcome {
    let Some(colon) = secret.iter().position(|&byte| byte == b':') else { return Outcome::FAILS };
    let (id, rest) = (&secret[..colon], &secret[colon + 1..]);
    let sound = (8..=10).contains(&id.len()) && id.iter().all(u8::is_ascii_digit) && id[0] != b'0';
    Outcome::possible(sound && rest.len() == 35 && rest.starts_with(b"AA"))
}

/// A Slack token: rotating ones (`xoxe…-1-`) are base64 of ids and hexadecimal digits with hyphens
/// between; the others hold ids in the clear, which prove nothing.
pub(super) fn slack(secret: &[u8], _matched: &[u8]) -> Outcome {
    if !secret.starts_with(b"xoxe") {
        return Outcome::UNKNOWN;
    }
    let body = secret.windows(3).position(|window| window == b"-1-").map(|at| &secret[at + 3..]);
    let sound = body.and_then(base64).is_some_and(|text| {
        let parts: Vec<&[u8]> = text.split(|&byte| byte == b'-').collect();
        parts.len() >= 5
            && parts.iter().all(|part| !part.is_empty() && part.iter().all(u8::is_ascii_alphanumeric))
    });
    Outcome::proof(sound)
}
