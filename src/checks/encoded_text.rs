//! Tokens that are base64 of readable text: Intercom, WorkOS, TeamCity, Elasticsearch.

use super::Outcome;
use super::encoded::{base64, time};
use super::ids::ulid_seconds;
use crate::model::FactKind;

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(base64(bytes)?).ok()
}

/// Intercom: `tok:`, an id in hexadecimal digits and underscores, and two numbers.
pub(super) fn intercom(secret: &[u8], _matched: &[u8]) -> Outcome {
    let sound = text(secret).is_some_and(|text| {
        let parts: Vec<&str> = text.split(':').collect();
        let id = |part: &str| {
            part.len() >= 32 && part.bytes().all(|byte| byte.is_ascii_hexdigit() || b"_-".contains(&byte))
        };
        let number = |part: &&str| part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_digit());
        parts.len() == 4 && parts[0] == "tok" && id(parts[1]) && parts[2..].iter().all(number)
    });
    Outcome::proof(sound)
}

/// WorkOS and Highnote: after `sk_live_` and similar prefixes base64 of `key_`, a ULID, `,` and the secret.
pub(super) fn workos(secret: &[u8], _matched: &[u8]) -> Outcome {
    let body = secret.splitn(3, |&byte| byte == b'_').nth(2).unwrap_or_default();
    let plain = text(body);
    let id =
        plain.as_deref().and_then(|text| text.strip_prefix("key_")).and_then(|rest| rest.split_once(','));
    match id.and_then(|(id, _)| ulid_seconds(id.as_bytes()).filter(|_| id.len() == 26)) {
        Some(seconds) => Outcome::holds(time(FactKind::Created, seconds).into_iter().collect()),
        None => Outcome::FAILS,
    }
}

/// TeamCity: three parts, the last base64 of a UUID's text.
pub(super) fn teamcity(secret: &[u8], matched: &[u8]) -> Outcome {
    let last = secret.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    match text(last) {
        Some(id) if super::shape::uuid(id.as_bytes(), matched) != Outcome::FAILS => {
            Outcome::holds(Vec::new())
        }
        _ => Outcome::FAILS,
    }
}

/// Elasticsearch: base64 of an id of 20 characters, `:` and a secret of 22.
pub(super) fn elastic(secret: &[u8], _matched: &[u8]) -> Outcome {
    let url = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let sound = text(secret).is_some_and(|text| {
        text.split_once(':').is_some_and(|(id, key)| id.len() == 20 && key.len() == 22 && url(id) && url(key))
    });
    Outcome::proof(sound)
}
