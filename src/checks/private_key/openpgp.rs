//! OpenPGP secret keys (RFC 9580 and 4880): the first packet, and the armour's CRC-24.

use super::Key;
use crate::rules::checksum::crc24;

const SECRET_KEY: u8 = 5;
const SECRET_SUBKEY: u8 = 7;

/// The key in the first packet. Its body decodes, and the checksum agrees if there is one.
pub(super) fn key(bytes: &[u8], checksum: Option<u32>) -> Option<Key> {
    let agrees = checksum.is_none_or(|sum| sum == crc24(bytes));
    let (tag, body) = packet(bytes)?;
    if tag != SECRET_KEY && tag != SECRET_SUBKEY {
        return None;
    }
    // Version 4: four bytes of time, the algorithm, public numbers, then how the rest is protected.
    let [4, _, _, _, _, algorithm, rest @ ..] = body else { return Some(Key::open("OpenPGP", agrees)) };
    let name = match algorithm {
        1..=3 => "OpenPGP RSA",
        16 => "OpenPGP Elgamal",
        17 => "OpenPGP DSA",
        18 | 19 => "OpenPGP EC",
        22 | 27 | 28 => "OpenPGP EdDSA",
        25 | 26 => "OpenPGP X25519",
        _ => "OpenPGP",
    };
    match after_public(*algorithm, rest)? {
        [0, secret @ ..] => Some(Key::open(name, agrees && ends_in_sum(secret))),
        _ => Some(Key::encrypted(name)),
    }
}

/// Secret numbers that are not protected end in the sum of their bytes.
fn ends_in_sum(secret: &[u8]) -> bool {
    let sum = |bytes: &[u8]| bytes.iter().fold(0_u16, |sum, &byte| sum.wrapping_add(u16::from(byte)));
    secret.split_last_chunk::<2>().is_some_and(|(covered, tail)| sum(covered) == u16::from_be_bytes(*tail))
}

/// The first packet's tag and body.
fn packet(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (&header, rest) = bytes.split_first()?;
    if header & 0xc0 == 0xc0 {
        let (&first, rest) = rest.split_first()?;
        let (len, rest) = match first {
            0..=191 => (usize::from(first), rest),
            192..=223 => {
                let (&second, rest) = rest.split_first()?;
                (((usize::from(first) - 192) << 8) + usize::from(second) + 192, rest)
            }
            255 => {
                let (len, rest) = rest.split_first_chunk::<4>()?;
                (u32::from_be_bytes(*len) as usize, rest)
            }
            _ => return None,
        };
        return Some((header & 0x3f, rest.get(..len)?));
    }
    if header & 0x80 == 0 {
        return None;
    }
    let width = match header & 3 {
        0 => 1,
        1 => 2,
        2 => 4,
        _ => return None,
    };
    let (len, rest) = rest.split_at_checked(width)?;
    let len = len.iter().fold(0_usize, |len, &digit| len << 8 | usize::from(digit));
    Some(((header >> 2) & 0x0f, rest.get(..len)?))
}

/// What is after the public numbers of this algorithm.
fn after_public(algorithm: u8, bytes: &[u8]) -> Option<&[u8]> {
    let curve = |bytes: &'_ [u8]| -> Option<usize> { Some(1 + usize::from(*bytes.first()?)) };
    match algorithm {
        1..=3 => numbers(bytes, 2),
        16 => numbers(bytes, 3),
        17 => numbers(bytes, 4),
        18 => {
            let rest = numbers(bytes.get(curve(bytes)?..)?, 1)?;
            rest.get(curve(rest)?..)
        }
        19 | 22 => numbers(bytes.get(curve(bytes)?..)?, 1),
        25 | 27 => bytes.get(32..),
        26 => bytes.get(56..),
        28 => bytes.get(57..),
        _ => None,
    }
}

/// What is after `count` numbers: their bits in two bytes, then their bytes.
fn numbers(mut bytes: &[u8], count: usize) -> Option<&[u8]> {
    for _ in 0..count {
        let (bits, rest) = bytes.split_first_chunk::<2>()?;
        bytes = rest.get(usize::from(u16::from_be_bytes(*bits)).div_ceil(8)..)?;
    }
    Some(bytes)
}
