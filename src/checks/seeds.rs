//! Seeds and keys with a checksum of their own kind: bech32 (age, Nostr), base58 (Bitcoin), NATS, Stellar.

use super::Outcome;
use crate::rules::base58::decode_checked;
use crate::rules::checksum::{BECH32, bech32, crc16};
use data_encoding::BASE32_NOPAD;

/// The first byte of a seed, in NATS (its upper five bits) and in Stellar.
const SEED: u8 = 18 << 3;

/// Bech32 (BIP-173): a readable part, `1`, and characters whose last six are a checksum; not in mixed case.
pub(super) fn bech32_key(secret: &[u8], _matched: &[u8]) -> Outcome {
    let mixed = secret.iter().any(u8::is_ascii_lowercase) && secret.iter().any(u8::is_ascii_uppercase);
    let lower = secret.to_ascii_lowercase();
    let Some(one) = lower.iter().rposition(|&byte| byte == b'1').filter(|&at| at > 0 && !mixed) else {
        return Outcome::FAILS;
    };
    let values: Option<Vec<u8>> = lower[one + 1..]
        .iter()
        .map(|byte| BECH32.iter().position(|known| known == byte).map(|value| value as u8))
        .collect();
    Outcome::proof(values.is_some_and(|values| values.len() >= 6 && bech32(&lower[..one], &values) == 1))
}

/// Base58 whose last four bytes are a checksum: Bitcoin's private keys (33 or 34 bytes), extended keys (78).
pub(super) fn base58check(secret: &[u8], _matched: &[u8]) -> Outcome {
    Outcome::proof(decode_checked(secret).is_some_and(|bytes| [33, 34, 78].contains(&bytes.len())))
}

/// A NATS seed: base32 of a prefix of two bytes, 32 bytes, and their CRC-16, low byte first.
pub(super) fn nkey(secret: &[u8], _matched: &[u8]) -> Outcome {
    Outcome::proof(with_crc16(secret).is_some_and(|bytes| bytes.len() == 34 && bytes[0] & 0xf8 == SEED))
}

/// A Stellar seed: base32 of one byte of version, 32 bytes, and their CRC-16, low byte first.
pub(super) fn stellar(secret: &[u8], _matched: &[u8]) -> Outcome {
    Outcome::proof(with_crc16(secret).is_some_and(|bytes| bytes.len() == 33 && bytes[0] == SEED))
}

/// The bytes that `secret` encodes, without the checksum, if that agrees.
fn with_crc16(secret: &[u8]) -> Option<Vec<u8>> {
    let bytes = BASE32_NOPAD.decode(secret).ok()?;
    let (covered, &tail) = bytes.split_last_chunk::<2>()?;
    (crc16(covered) == u16::from_le_bytes(tail)).then(|| covered.to_vec())
}
