//! JSON web tokens (RFC 7519): structure, algorithm, expiry.
//!
//! A sound structure makes a token possible and proves nothing: examples in documentation have one too. Whether a token
//! has expired depends on the clock, so its expiry is only a fact here. Anyone can make a token that is signed with a
//! word that everyone knows: a fact says so.

use super::Outcome;
use super::encoded::{base64, plain, time};
use super::public::is_public;
use crate::model::{Fact, FactKind};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;

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
    facts.extend(plain(algorithm).map(|value| Fact { kind: FactKind::Algorithm, value }));
    if !encrypted {
        let claims = object(payload)?;
        let seconds = |claim: &str| claims.get(claim).and_then(Value::as_f64).map(|seconds| seconds as i64);
        facts.extend(seconds("exp").and_then(|seconds| time(FactKind::Expires, seconds)));
        let issuer = claims.get("iss").and_then(Value::as_str).and_then(plain);
        // Supabase's local set-up and its documentation, and the key that every page of a project shows.
        let is_shown = claims.get("role").and_then(Value::as_str) == Some("anon");
        if issuer.as_deref() == Some("supabase-demo") || issuer.as_deref() == Some("supabase") && is_shown {
            return None;
        }
        facts.extend(issuer.map(|value| Fact { kind: FactKind::Issuer, value }));
        for (claim, kind) in
            [("aud", FactKind::Audience), ("role", FactKind::Role), ("ref", FactKind::Project)]
        {
            let value = claims.get(claim).and_then(Value::as_str).and_then(plain);
            facts.extend(value.map(|value| Fact { kind, value }));
        }
        if algorithm == "HS256" && is_guessed(secret) {
            facts.push(Fact::new(FactKind::SignedWith, "a word that everyone knows"));
        }
    }
    Some(facts)
}

/// Words with which examples and careless servers sign.
const WORDS: &[&str] = &[
    "secret",
    "your-256-bit-secret",
    "a-string-secret-at-least-256-bits-long",
    "changeme",
    "password",
    "secretkey",
    "secret-key",
    "your-secret-key",
    "jwt-secret",
    "jwtsecret",
    "mysecret",
    "supersecret",
    "test",
    "key",
];

/// True if the token is signed with one of them (RFC 7515, HS256).
fn is_guessed(token: &[u8]) -> bool {
    let Some(dot) = token.iter().rposition(|&byte| byte == b'.') else { return false };
    let Some(signature) = base64(&token[dot + 1..]) else { return false };
    WORDS.iter().any(|word| {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(word.as_bytes()).expect("HMAC takes a key of any length");
        mac.update(&token[..dot]);
        mac.verify_slice(&signature).is_ok()
    })
}

/// The JSON object that `part` encodes.
fn object(part: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(&base64(part)?).ok()
}
