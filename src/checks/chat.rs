//! Discord, Telegram, Slack, Stripe: tokens that contain ids and times.

use super::Outcome;
use super::encoded::{base64, time};
use crate::model::{Fact, FactKind};

/// 2011-01-01 in Unix seconds.
const OLDER_EPOCH: i64 = 1_293_840_000;

/// A Discord bot token: base64 of the bot's id (a snowflake in decimal), four bytes of time, and an HMAC of
/// 20 or 28 bytes. Reports the bot, when it was made and when the token was.
pub(super) fn discord(secret: &[u8], _matched: &[u8]) -> Outcome {
    let created = || {
        let mut parts = secret.split(|&byte| byte == b'.');
        let id = String::from_utf8(base64(parts.next()?)?).ok()?;
        let id: u64 = id.parse().ok().filter(|_| (17..=20).contains(&id.len()))?;
        let stamp = base64(parts.next()?)?;
        let hmac = base64(parts.next()?)?;
        let sound = stamp.len() == 4 && [20, 28].contains(&hmac.len()) && parts.next().is_none();
        // Older tokens count their seconds from 2011.
        let issued = stamp.iter().fold(0, |seconds, &byte| seconds << 8 | i64::from(byte));
        let issued = if issued < OLDER_EPOCH { issued + OLDER_EPOCH } else { issued };
        sound.then_some((id, ((id >> 22) + 1_420_070_400_000) / 1000, issued))
    };
    match created() {
        Some((id, seconds, issued)) => {
            let created = i64::try_from(seconds).ok().and_then(|at| time(FactKind::Created, at));
            let bot = Fact { kind: FactKind::Bot, value: id.to_string() };
            Outcome::holds([bot].into_iter().chain(created).chain(time(FactKind::Issued, issued)).collect())
        }
        None => Outcome::FAILS,
    }
}

/// A Telegram bot token: the bot's id, `:AA`, and 33 characters.
pub(super) fn telegram(secret: &[u8], _matched: &[u8]) -> Outcome {
    let Some(colon) = secret.iter().position(|&byte| byte == b':') else { return Outcome::FAILS };
    let (id, rest) = (&secret[..colon], &secret[colon + 1..]);
    let sound = (8..=10).contains(&id.len()) && id.iter().all(u8::is_ascii_digit) && id[0] != b'0';
    if !sound || rest.len() != 35 || !rest.starts_with(b"AA") {
        return Outcome::FAILS;
    }
    Outcome::unknown(vec![Fact { kind: FactKind::Bot, value: String::from_utf8_lossy(id).into_owned() }])
}

/// A Slack token: rotating ones (`xoxe…-1-`) are base64 of ids and hexadecimal digits with hyphens between; the others
/// contain ids in the clear, which prove nothing. Reports the team and the bot, user or application.
pub(super) fn slack(secret: &[u8], _matched: &[u8]) -> Outcome {
    if secret.starts_with(b"xoxe") {
        let body = secret.windows(3).position(|window| window == b"-1-").map(|at| &secret[at + 3..]);
        let Some(text) = body.and_then(base64) else { return Outcome::FAILS };
        let parts: Vec<&[u8]> = text.split(|&byte| byte == b'-').collect();
        let sound = parts.len() >= 5
            && parts.iter().all(|part| !part.is_empty() && part.iter().all(u8::is_ascii_alphanumeric));
        return if sound {
            Outcome::holds(id(FactKind::Team, parts.get(2)).into_iter().collect())
        } else {
            Outcome::FAILS
        };
    }
    let parts: Vec<&[u8]> = secret.split(|&byte| byte == b'-').collect();
    let facts = match parts.first() {
        Some(&b"xapp") => [id(FactKind::Application, parts.get(2)), None],
        Some(&b"xoxb") if parts.len() > 3 => {
            [id(FactKind::Team, parts.get(1)), id(FactKind::Bot, parts.get(2))]
        }
        Some(&b"xoxp" | &b"xoxc" | &b"xoxs") => {
            [id(FactKind::Team, parts.get(1)), id(FactKind::User, parts.get(2))]
        }
        _ => [None, None],
    };
    Outcome::unknown(facts.into_iter().flatten().collect())
}

/// The address of a Slack webhook: `T…/B…/…`, the team and the application's hook.
pub(super) fn slack_webhook(secret: &[u8], _matched: &[u8]) -> Outcome {
    let parts: Vec<&[u8]> = secret.rsplit(|&byte| byte == b'/').collect();
    Outcome::unknown(
        [id(FactKind::Team, parts.get(2)), id(FactKind::Application, parts.get(1))]
            .into_iter()
            .flatten()
            .collect(),
    )
}

/// An id in the clear: letters and digits, at most 14.
fn id(kind: FactKind, part: Option<&&[u8]>) -> Option<Fact> {
    let part =
        part.filter(|part| (6..=14).contains(&part.len()) && part.iter().all(u8::is_ascii_alphanumeric))?;
    Some(Fact { kind, value: String::from_utf8_lossy(part).into_owned() })
}

/// A key of Stripe's since 2018: `51` after its prefix, and the 14 characters of the account after `acct_1`.
pub(super) fn stripe(secret: &[u8], _matched: &[u8]) -> Outcome {
    let body = secret.splitn(3, |&byte| byte == b'_').nth(2).and_then(|body| body.strip_prefix(b"51"));
    let account = body.filter(|body| body.len() >= 60).and_then(|body| body.get(..14));
    let account = account.filter(|account| account.iter().all(u8::is_ascii_alphanumeric));
    let account = account.map(|account| format!("acct_1{}", String::from_utf8_lossy(account)));
    Outcome::unknown(account.map(|value| Fact { kind: FactKind::Account, value }).into_iter().collect())
}
