//! AWS: what an access key id and a Bedrock key tell of their account.

use super::Outcome;
use super::encoded::base64;
use crate::model::Fact;
use data_encoding::BASE32_NOPAD;

/// An access key id: four letters and 16 characters of base32. In ids of the newer generation (the top
/// bit of the first character is set) the account stands in bits 1 to 40 after it.
pub(super) fn key_id(secret: &[u8], _matched: &[u8]) -> Outcome {
    let Some(body) = secret.get(4..).filter(|body| body.len() == 16) else { return Outcome::FAILS };
    if body.ends_with(b"EXAMPLE") {
        return Outcome::FAILS;
    }
    let Ok(bytes) = BASE32_NOPAD.decode(body) else { return Outcome::FAILS };
    let [b0, b1, b2, b3, b4, b5, ..] = bytes[..] else { return Outcome::FAILS };
    if b0 & 0x80 == 0 {
        return Outcome::UNKNOWN;
    }
    let account = u64::from_be_bytes([0, 0, b0 & 0x7f, b1, b2, b3, b4, b5]) >> 7;
    if account > 999_999_999_999 {
        return Outcome::FAILS;
    }
    Outcome::unknown(vec![Fact { name: "account", value: format!("{account:012}") }])
}

/// A long-lived Bedrock key: `ABSK` and base64 of `BedrockAPIKey-<id>-at-<account>:<secret>`.
pub(super) fn bedrock_key(secret: &[u8], _matched: &[u8]) -> Outcome {
    let account = || {
        let text = base64(secret.strip_prefix(b"ABSK")?)?;
        let name = String::from_utf8(text.split(|&byte| byte == b':').next()?.to_vec()).ok()?;
        let (_, account) = name.strip_prefix("BedrockAPIKey-")?.rsplit_once("-at-")?;
        (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then(|| account.to_owned())
    };
    match account() {
        Some(value) => Outcome::holds(vec![Fact { name: "account", value }]),
        None => Outcome::FAILS,
    }
}
