//! Keys inside other files: Tink's keysets, web push, Google's service accounts, kubeconfig.

use super::encoded::{base64, plain, time};
use super::private_key::private_key;
use super::{Outcome, Verdict};
use crate::model::{Fact, FactKind};
use crate::rules::curve;

/// A keyset of Tink's in the clear (developers.google.com/tink): which kind of key material it says it contains.
pub(super) fn tink(secret: &[u8], matched: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(matched);
    let kind =
        ["ASYMMETRIC_PRIVATE", "SYMMETRIC"].into_iter().find(|kind| text.contains(&format!("\"{kind}\"")));
    match kind {
        Some(kind) if base64(secret).is_some() => {
            let value = if kind == "SYMMETRIC" { "symmetric" } else { "private" };
            Outcome::unknown(vec![Fact::new(FactKind::Key, value)])
        }
        _ => Outcome::FAILS,
    }
}

/// The private number of web push (RFC 8292): 32 bytes of P-256. It is proved if its public key is beside it.
pub(super) fn vapid(secret: &[u8], matched: &[u8]) -> Outcome {
    let number = base64(secret).filter(|number| number.len() == 32);
    let Some(public) = number.and_then(|number| curve::named("P-256")?.public(&number)) else {
        return Outcome::FAILS;
    };
    let text = data_encoding::BASE64URL_NOPAD.encode(&public);
    if matched.windows(text.len()).any(|window| window == text.as_bytes()) {
        Outcome::holds(vec![Fact::new(FactKind::Key, "EC P-256")])
    } else {
        Outcome::UNKNOWN
    }
}

/// A service account of Google's (cloud.google.com/iam/docs/keys-create-delete): its private key, and whose it is.
pub(super) fn service_account(secret: &[u8], matched: &[u8]) -> Outcome {
    let mut outcome = private_key(secret, matched);
    let text = String::from_utf8_lossy(matched);
    let field = |name: &str| {
        let (_, rest) = text.split_once(&format!("\"{name}\""))?;
        rest.trim_start_matches([' ', ':', '\t', '\r', '\n'])
            .strip_prefix('"')?
            .split('"')
            .next()
            .map(str::to_owned)
    };
    for (key, kind) in [("project_id", FactKind::Project), ("private_key_id", FactKind::KeyId)] {
        let value = field(key).as_deref().and_then(plain);
        outcome.facts.extend(value.map(|value| Fact { kind, value }));
    }
    outcome
}

/// The client key of a kubeconfig: base64 of a private key in PEM; the certificate beside it shows until when it opens
/// the cluster.
pub(super) fn kubeconfig(secret: &[u8], matched: &[u8]) -> Outcome {
    let Some(pem) = base64(secret) else { return Outcome::FAILS };
    let mut outcome = private_key(&pem, &pem);
    if outcome.verdict == Verdict::Fails && outcome.facts.is_empty() {
        return Outcome::FAILS;
    }
    let text = String::from_utf8_lossy(matched);
    let certificate = text.split_once("client-certificate-data").and_then(|(_, rest)| {
        let rest = rest.trim_start_matches(['"', '\'', ':', ' ']);
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && !"+/=".contains(letter));
        base64(&rest.as_bytes()[..end.unwrap_or(rest.len())])
    });
    outcome
        .facts
        .extend(certificate.and_then(|pem| not_after(&pem)).and_then(|at| time(FactKind::Expires, at)));
    outcome
}

/// When a certificate in PEM expires: the second of the two dates in it (RFC 5280, section 4.1.2.5).
fn not_after(pem: &[u8]) -> Option<i64> {
    let text = String::from_utf8_lossy(pem);
    let (_, rest) = text.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END")?;
    let body: String = body.split_whitespace().collect();
    let bytes = base64(body.as_bytes())?;
    // A sequence of two times: UTCTime (0x17, 13 bytes) or GeneralizedTime (0x18, 15 bytes).
    let times = bytes.windows(17).filter_map(|window| match window {
        [0x17, 13, digits @ ..] => Some(format!("20{}", String::from_utf8_lossy(&digits[..12]))),
        [0x18, 15, digits @ ..] => Some(String::from_utf8_lossy(&digits[..14]).into_owned()),
        _ => None,
    });
    let digits =
        times.filter(|text| text.len() == 14 && text.bytes().all(|byte| byte.is_ascii_digit())).nth(1)?;
    let part = |range: std::ops::Range<usize>| &digits[range];
    let text = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0..4),
        part(4..6),
        part(6..8),
        part(8..10),
        part(10..12),
        part(12..14)
    );
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}
