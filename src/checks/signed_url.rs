//! Signed URLs: when they expire, what they allow, who signed them. A signature cannot be tested without its key.

use super::Outcome;
use super::aws;
use super::encoded::{base64, percent, plain, time};
use crate::model::{Fact, FactKind};
use serde_json::Value;

/// The value of a parameter in a query, its percent-encoding undone.
fn parameter(matched: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(matched).replace("&amp;", "&").replace("\\u0026", "&");
    let found = text.split(['?', '&', ';']).find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.ends_with(name).then_some(value).filter(|_| key.len() == name.len() || !key.contains('='))
    })?;
    let value: String = found.chars().take_while(|character| !"\"'<> \\\r\n".contains(*character)).collect();
    String::from_utf8(percent(value.as_bytes())).ok()
}

/// A shared access signature of Azure's (learn.microsoft.com, "Create a service SAS"): `se` is its expiry, `sp` its
/// rights, and `sig` has 32 bytes.
pub(super) fn azure_sas(secret: &[u8], matched: &[u8]) -> Outcome {
    if base64(&percent(secret)).is_none_or(|bytes| bytes.len() != 32) {
        return Outcome::FAILS;
    }
    let expires =
        parameter(matched, "se").and_then(|text| seconds(&text)).and_then(|at| time(FactKind::Expires, at));
    let right = |text: String| text.bytes().all(|byte| byte.is_ascii_lowercase()).then_some(text);
    let rights = parameter(matched, "sp").and_then(right).filter(|text| (1..=16).contains(&text.len()));
    let rights = rights.map(|value| Fact { kind: FactKind::Rights, value });
    Outcome::unknown(expires.into_iter().chain(rights).collect())
}

/// A URL signed by Amazon's version 4 (docs.aws.amazon.com, "Authenticating requests: query parameters"): it
/// expires `X-Amz-Expires` seconds after `X-Amz-Date`.
pub(super) fn aws_presigned(_secret: &[u8], matched: &[u8]) -> Outcome {
    let credential = parameter(matched, "X-Amz-Credential");
    let id = credential.as_deref().and_then(|credential| credential.split('/').next());
    let mut facts = id.map_or_else(Vec::new, |id| aws::key_id(id.as_bytes(), b"").facts);
    facts.extend(lifetime(matched, "X-Amz-Date", "X-Amz-Expires"));
    Outcome::unknown(facts)
}

/// A signed URL of Google Cloud's storage or of CloudFront: its expiry in seconds from a date, in Unix seconds, or
/// in a policy.
pub(super) fn signed(_secret: &[u8], matched: &[u8]) -> Outcome {
    let epoch =
        || parameter(matched, "Expires")?.parse::<i64>().ok().and_then(|at| time(FactKind::Expires, at));
    let policy = || {
        // CloudFront writes `+`, `=` and `/` as `-`, `_` and `~`.
        let text = parameter(matched, "Policy")?.replace('-', "+").replace('_', "=").replace('~', "/");
        let policy: Value = serde_json::from_slice(&base64(text.as_bytes())?).ok()?;
        let condition = &policy["Statement"][0]["Condition"]["DateLessThan"]["AWS:EpochTime"];
        condition.as_i64().and_then(|at| time(FactKind::Expires, at))
    };
    let expires = lifetime(matched, "X-Goog-Date", "X-Goog-Expires").or_else(epoch).or_else(policy);
    let account = parameter(matched, "GoogleAccessId")
        .or_else(|| parameter(matched, "X-Goog-Credential"))
        .and_then(|text| plain(text.split(['/', '@']).next()?))
        .map(|value| Fact { kind: FactKind::Account, value });
    Outcome::unknown(expires.into_iter().chain(account).collect())
}

/// A long URL of Bedrock's, base64 after its prefix (docs.aws.amazon.com, "Amazon Bedrock API keys"): a URL
/// signed by version 4.
pub(super) fn bedrock_short(secret: &[u8], _matched: &[u8]) -> Outcome {
    let address = secret.strip_prefix(b"bedrock-api-key-").and_then(base64);
    match address {
        Some(address) if address.starts_with(b"bedrock.amazonaws.com") => {
            let facts = aws_presigned(b"", &address).facts;
            if facts.is_empty() { Outcome::FAILS } else { Outcome::holds(facts) }
        }
        _ => Outcome::FAILS,
    }
}

/// When a URL expires that is valid for `lives` seconds from a date `20260101T000000Z`.
fn lifetime(matched: &[u8], date: &str, lives: &str) -> Option<Fact> {
    let date = parameter(matched, date)?;
    let lives: i64 = parameter(matched, lives)?.parse().ok()?;
    let digits: String = date.chars().filter(char::is_ascii_digit).collect();
    if digits.len() != 14 {
        return None;
    }
    let text = format!(
        "{}-{}-{}T{}:{}:{}Z",
        &digits[..4],
        &digits[4..6],
        &digits[6..8],
        &digits[8..10],
        &digits[10..12],
        &digits[12..]
    );
    time(FactKind::Expires, seconds(&text)?.checked_add(lives)?)
}

/// The Unix seconds of a date as Azure writes it, with or without a time.
fn seconds(text: &str) -> Option<i64> {
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    whole.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}
