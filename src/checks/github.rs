//! GitHub's tokens without a checksum: fine-grained ones, and those of applications that contain a web token.

use super::Outcome;
use super::jwt;
use crate::model::{Fact, FactKind};

/// The letters of base32, in order.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A fine-grained token: after `github_pat_` and two digits there are seven letters of base32, 32 bits of the user's id
/// and three zero bits. Observed on published samples, not documented: it shows the user and proves nothing.
pub(super) fn fine_grained(secret: &[u8], _matched: &[u8]) -> Outcome {
    let user = || {
        let body = secret.strip_prefix(b"github_pat_")?;
        let (head, rest) = body.split_at_checked(2)?;
        if head[0] != b'1' || !head[1].is_ascii_digit() {
            return None;
        }
        let letters = rest.get(..7)?;
        let number = letters.iter().try_fold(0_u64, |number, letter| {
            Some(number << 5 | BASE32.iter().position(|known| known == letter)? as u64)
        })?;
        (number & 7 == 0).then_some(Fact { kind: FactKind::User, value: (number >> 3).to_string() })
    };
    Outcome::unknown(user().into_iter().collect())
}

/// `ghs_`, the application's id, and a web token (docs.github.com, changelog of 2026-04-24): its expiry is readable.
pub(super) fn application_jwt(secret: &[u8], matched: &[u8]) -> Outcome {
    match secret.windows(3).position(|window| window == b"eyJ") {
        Some(at) => jwt::jwt(&secret[at..], matched),
        None => Outcome::FAILS,
    }
}
