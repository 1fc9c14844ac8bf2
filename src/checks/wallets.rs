//! Keys and seeds of wallets: Ed25519 pairs (Solana and others), the XRP Ledger, Tezos, secp256k1, seed phrases.

use super::Outcome;
use super::encoded::base64;
use crate::model::Fact;
use crate::rules::base58::{BASE58, RIPPLE, decode, decode_checked, decode_checked_in};
use crate::rules::curve;
use bip39::{Language, Mnemonic};

/// A seed and its public key, 64 bytes: as numbers separated by commas, in base58, or in base64. The second half must
/// be the public key of the first (RFC 8032).
pub(super) fn ed25519_pair(secret: &[u8], _matched: &[u8]) -> Outcome {
    let bytes =
        if secret.contains(&b',') { numbers(secret) } else { base64(secret).filter(|b| b.len() == 64) };
    let bytes = bytes.or_else(|| decode(secret, BASE58)).filter(|bytes| bytes.len() == 64);
    let sound = bytes
        .is_some_and(|bytes| curve::ed25519_public(&bytes[..32]).is_some_and(|public| public == bytes[32..]));
    Outcome::proof(sound)
}

/// Numbers of one byte each, separated by commas and blanks.
fn numbers(text: &[u8]) -> Option<Vec<u8>> {
    std::str::from_utf8(text).ok()?.split(',').map(|number| number.trim().parse::<u8>().ok()).collect()
}

/// A seed of the XRP Ledger (xrpl.org, "base58 encodings"): version 0x21, or three bytes for Ed25519, and 16 bytes.
pub(super) fn ripple(secret: &[u8], _matched: &[u8]) -> Outcome {
    let sound = decode_checked_in(secret, RIPPLE).is_some_and(|bytes| {
        bytes.len() == 17 && bytes[0] == 0x21 || bytes.len() == 19 && bytes[..3] == [0x01, 0xe1, 0x4b]
    });
    Outcome::proof(sound)
}

/// A key of Tezos's: a prefix that gives its first letters, and the key; `edesk` has a passphrase.
pub(super) fn tezos(secret: &[u8], _matched: &[u8]) -> Outcome {
    const KINDS: &[(&[u8], usize)] = &[
        (&[13, 15, 58, 7], 32),
        (&[43, 246, 78, 7], 64),
        (&[17, 162, 224, 201], 32),
        (&[16, 81, 238, 189], 32),
        (&[7, 90, 60, 179, 41], 56),
    ];
    let sound = decode_checked(secret).is_some_and(|bytes| {
        KINDS.iter().any(|(prefix, len)| bytes.strip_prefix(*prefix).is_some_and(|key| key.len() == *len))
    });
    let encrypted = secret.starts_with(b"edesk");
    if sound { Outcome::holds(vec![Fact::encrypted(encrypted)]) } else { Outcome::FAILS }
}

/// A private number of secp256k1 in hexadecimal digits: not zero, and below the curve's order.
pub(super) fn secp256k1(secret: &[u8], _matched: &[u8]) -> Outcome {
    let digits = secret.strip_prefix(b"0x").unwrap_or(secret).to_ascii_lowercase();
    let number = data_encoding::HEXLOWER.decode(&digits).ok();
    let curve = curve::named("secp256k1");
    Outcome::possible(number.zip(curve).is_some_and(|(number, curve)| curve.is_private(&number)))
}

/// A seed phrase of 12 to 24 words of the English list, whose last bits are a checksum (BIP-39). Of 12 words drawn at
/// random one phrase in 16 has the right one.
pub(super) fn phrase(secret: &[u8], _matched: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(secret);
    let words: Vec<&str> = text.split_whitespace().collect();
    // The same word again and again: the example of every wallet's documentation.
    let is_example = words.windows(2).filter(|pair| pair[0] == pair[1]).count() + 2 >= words.len();
    let sound = !is_example && Mnemonic::parse_in_normalized(Language::English, &words.join(" ")).is_ok();
    Outcome::proof(sound)
}
