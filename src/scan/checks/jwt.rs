//! JSON web tokens (RFC 7519): structure, algorithm, expiry.
//!
//! A sound structure is possible, not proved: examples in documentation have one too. Whether a token
//! has expired depends on the clock, so that its expiry is a fact here and nothing more.

use super::Outcome;
use super::encoded::{base64, plain, time};
use super::public::is_public;
use crate::model::Fact;
use serde_json::{Map, Value};

/// Three parts; two are JSON objects; the first names an algorithm that signs; the third signs.
pub(super) fn jwt(secret: &[u8], _matched: &[u8]) -> Outcome {
    match facts(secret) {
        Some(facts) => Outcome::unknown(facts),
        None => Outcome::FAILS,
    }
}

fn facts(secret: &[u8]) -> Option<Vec<Fact>> {
    let mut parts = secret.split(|&byte| byte == b'.');
    let header = object(parts.next()?)?;
    let payload = parts.next()?;
    let signature = parts.next()?;
    let encrypted = header.contains_key("enc");
    let algorithm = header.get("alg")?.as_str()?;
    if signature.is_empty() || is_public(signature) || algorithm.eq_ignore_ascii_case("none") {
        return None;
    }
    let mut facts = Vec::new();
    facts.extend(plain(algorithm).map(|value| Fact { name: "algorithm", value }));
    if !encrypted {
        let claims = object(payload)?;
        let seconds = |claim: &str| claims.get(claim).and_then(Value::as_f64).map(|seconds| seconds as i64);
        facts.extend(seconds("exp").and_then(|seconds| time("expires", seconds)));
        let issuer = claims.get("iss").and_then(Value::as_str).and_then(plain);
        // Supabase's local set-up and its documentation.
        if issuer.as_deref() == Some("supabase-demo") {
            return None;
        }
        facts.extend(issuer.map(|value| Fact { name: "issuer", value }));
    }
    Some(facts)
}

/// The JSON object that `part` encodes.
fn object(part: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(&base64(part)?).ok()
}
