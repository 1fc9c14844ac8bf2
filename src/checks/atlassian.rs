//! Jira, Confluence and Bitbucket in a self-hosted data centre: base64 of an id in digits, `:` and 20 random bytes.

use super::Outcome;
use super::encoded::base64;

/// Whether it decodes to that: 33 bytes in all.
pub(super) fn data_center(secret: &[u8], _matched: &[u8]) -> Outcome {
    let body = secret.strip_prefix(b"BBDC-").unwrap_or(secret);
    let sound = base64(body).is_some_and(|bytes| {
        let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        bytes.len() == 33 && (4..=20).contains(&digits) && bytes[digits] == b':'
    });
    Outcome::proof(sound)
}
