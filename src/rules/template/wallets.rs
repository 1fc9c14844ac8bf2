//! Seeds and keys of wallets and chains, with their checksums.

use super::Dice;
use crate::rules::base58::{BASE58, RIPPLE, encode, encode_checked, encode_checked_in};
use crate::rules::checksum::sha256;
use crate::rules::curve;
use data_encoding::{BASE64, BASE64URL_NOPAD};

/// The first sixteen words of BIP-39's list: a phrase of these has a checksum that is one of them too.
const WORDS: [&str; 16] = [
    "abandon", "ability", "able", "about", "above", "absent", "absorb", "abstract", "absurd", "abuse",
    "access", "accident", "account", "accuse", "achieve", "acid",
];

/// Tezos: the kind, the prefix that gives its first letters, and how many bytes follow.
const TEZOS: &[(&str, &[u8], usize)] = &[
    ("edsk", &[13, 15, 58, 7], 32),
    ("edsk98", &[43, 246, 78, 7], 64),
    ("spsk", &[17, 162, 224, 201], 32),
    ("p2sk", &[16, 81, 238, 189], 32),
    ("edesk", &[7, 90, 60, 179, 41], 56),
];

/// The form `name`; `None` if it is none of these.
pub(super) fn wallet(name: &str, argument: &str, dice: &mut Dice) -> Option<String> {
    Some(match name {
        "bip39" => phrase(dice),
        "solana-keypair" => pair(dice).iter().map(u8::to_string).collect::<Vec<_>>().join(","),
        "solana-base58" => encode(&pair(dice), BASE58),
        "ed25519-pair-base64" => BASE64.encode(&pair(dice)),
        "ripple-seed" => encode_checked_in(&[&[0x21][..], &dice.bytes(16)].concat(), RIPPLE),
        "tezos" => {
            let (_, prefix, len) = TEZOS.iter().find(|(kind, ..)| *kind == argument)?;
            encode_checked(&[*prefix, &dice.bytes(*len)].concat())
        }
        "vapid-pair" => {
            let mut number = dice.bytes(32);
            number[0] = number[0] & 0x7f | 1;
            let public = curve::named("P-256")?.public(&number)?;
            format!("{} {}", BASE64URL_NOPAD.encode(&public), BASE64URL_NOPAD.encode(&number))
        }
        _ => return None,
    })
}

/// A seed and its public key.
fn pair(dice: &mut Dice) -> Vec<u8> {
    let seed = dice.bytes(32);
    let public = curve::ed25519_public(&seed).expect("a seed of 32 bytes");
    [&seed[..], &public].concat()
}

/// Twelve words (BIP-39). Of each word's 11 bits only the last four are not zero, so all words are among the first
/// sixteen. The last word is the checksum of the 128 bits before it.
fn phrase(dice: &mut Dice) -> String {
    let mut words: Vec<usize> = (0..11).map(|_| dice.below(16)).collect();
    let mut bytes = [0_u8; 16];
    for (at, word) in words.iter().enumerate() {
        for bit in 0..4 {
            let place = at * 11 + 7 + bit;
            bytes[place / 8] |= ((word >> (3 - bit) & 1) as u8) << (7 - place % 8);
        }
    }
    words.push(usize::from(sha256(&bytes)[0] >> 4));
    words.iter().map(|&word| WORDS[word]).collect::<Vec<_>>().join(" ")
}
