//! NuGet's keys: 20 characters of lower base32 that encode `v4` and ten bytes, none of them zero, and 26
//! that encode 16 bytes.

use super::Outcome;
use data_encoding::BASE32_NOPAD;

/// Whether both parts decode to that.
pub(super) fn key(secret: &[u8], _matched: &[u8]) -> Outcome {
    if secret.len() != 46 || secret.iter().any(u8::is_ascii_uppercase) {
        return Outcome::FAILS;
    }
    let upper = secret.to_ascii_uppercase();
    let (head, tail) = upper.split_at(20);
    let head_fits = BASE32_NOPAD
        .decode(head)
        .is_ok_and(|bytes| bytes.strip_prefix(b"v4").is_some_and(|rest| !rest.contains(&0)));
    Outcome::proof(head_fits && BASE32_NOPAD.decode(tail).is_ok())
}
