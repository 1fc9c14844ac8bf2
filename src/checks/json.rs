//! Tokens with a JSON object in base64 inside: Sentry, 1Password, Grafana, Mapbox, Snyk.

use super::Outcome;
use super::encoded::{base64, plain, time};
use crate::model::{Fact, FactKind};
use serde_json::{Map, Value};

/// Keys whose text is worth reporting: none of them grants anything.
const TOLD: &[(&str, FactKind)] = &[
    ("org", FactKind::Organization),
    ("region_url", FactKind::Host),
    ("signInAddress", FactKind::Host),
    ("h", FactKind::Host),
    ("o", FactKind::Organization),
    ("u", FactKind::User),
    ("t", FactKind::Tunnel),
];

/// Whether the part that starts with `eyJ` is a JSON object to its end.
pub(super) fn embedded(secret: &[u8], _matched: &[u8]) -> Outcome {
    let Some(at) = secret.windows(3).position(|window| window == b"eyJ") else { return Outcome::FAILS };
    let run = |others: &[u8]| {
        let rest = &secret[at..];
        let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && !others.contains(byte));
        &rest[..end.unwrap_or(rest.len())]
    };
    // An underscore may end the run (Sentry) or be a part of it (base64url): the way that gives an object is taken.
    match object(run(b"+/=")).or_else(|| object(run(b"-_="))) {
        Some(object) => Outcome::holds(facts(&object)),
        None => Outcome::FAILS,
    }
}

fn object(text: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(&base64(text)?).ok()
}

fn facts(object: &Map<String, Value>) -> Vec<Fact> {
    let texts = TOLD.iter().filter_map(|&(key, kind)| {
        let value = object.get(key).and_then(Value::as_str).and_then(plain)?;
        Some(Fact { kind, value })
    });
    // Cloudflare's `a` is the account, 32 hexadecimal digits; Mapbox's `a` is its token.
    let is_account = |text: &&str| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let account = object.get("a").and_then(Value::as_str).filter(is_account);
    let account = account.map(|text| Fact::new(FactKind::Account, text));
    let region = object.get("m").and_then(|more| more.get("r")).and_then(Value::as_str).and_then(plain);
    let region = region.map(|value| Fact { kind: FactKind::Region, value });
    let at = |key: &str, kind| {
        object.get(key).and_then(Value::as_f64).and_then(|seconds| time(kind, seconds as i64))
    };
    texts
        .chain(account)
        .chain(region)
        .chain(at("e", FactKind::Expires))
        .chain(at("iat", FactKind::Issued))
        .collect()
}
