//! The checksums that providers put into their tokens: used to make fake ones (`template`) and to test
//! real ones (`scan::checks`).
//!
//! Sources are named at each function. Nothing here knows a token's layout.

/// Digits, upper case, lower case: the base62 order of GitHub, npm, Vercel.
pub const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Digits and lower case.
pub const BASE36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// CRC-32 as in zip and zlib (IEEE 802.3).
pub fn crc32(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

/// `number` in the digits of `alphabet`, at least `width` of them, padded on the left with the first.
pub fn digits(mut number: u64, alphabet: &[u8], width: usize) -> String {
    let base = alphabet.len() as u64;
    let mut reversed = Vec::new();
    while number > 0 {
        reversed.push(alphabet[(number % base) as usize]);
        number /= base;
    }
    while reversed.len() < width {
        reversed.push(alphabet[0]);
    }
    reversed.iter().rev().map(|&byte| char::from(byte)).collect()
}

/// Marvin32 with a 64-bit seed, both halves folded into 32 bits, as SymCrypt computes it and Microsoft's
/// identifiable keys use it (github.com/microsoft/security-utilities).
pub fn marvin32(bytes: &[u8], seed: u64) -> u32 {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = seed.to_le_bytes();
    let mut low = u32::from_le_bytes([s0, s1, s2, s3]);
    let mut high = u32::from_le_bytes([s4, s5, s6, s7]);
    let mut mix = |word: u32| {
        low = low.wrapping_add(word);
        high ^= low;
        low = low.rotate_left(20).wrapping_add(high);
        high = high.rotate_left(9) ^ low;
        low = low.rotate_left(27).wrapping_add(high);
        high = high.rotate_left(19);
        low ^ high
    };
    let words = bytes.chunks_exact(4);
    let tail = words.remainder();
    for word in words {
        mix(u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    }
    let mut last = [0; 4];
    last[..tail.len()].copy_from_slice(tail);
    last[tail.len()] = 0x80;
    mix(u32::from_le_bytes(last));
    mix(0)
}

/// CRC-16/XMODEM: polynomial 0x1021, no reflection, initial value 0 (NATS nkeys, Stellar keys).
pub fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc: u16, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

/// CRC-24 of OpenPGP armour (RFC 9580, section 6.1).
pub fn crc24(bytes: &[u8]) -> u32 {
    let crc = bytes.iter().fold(0x00B7_04CE, |crc, &byte| {
        (0..8).fold(crc ^ (u32::from(byte) << 16), |crc: u32, _| {
            let shifted = crc << 1;
            if shifted & 0x0100_0000 == 0 { shifted } else { shifted ^ 0x0186_4CFB }
        })
    });
    crc & 0x00FF_FFFF
}

/// The alphabet of bech32 (BIP-173).
pub const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// The checksum state of bech32 (BIP-173) over a human-readable part and 5-bit values; 1 when the values
/// end in the right checksum.
pub fn bech32(human: &[u8], values: &[u8]) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let expanded = human.iter().map(|byte| byte >> 5).chain([0]).chain(human.iter().map(|byte| byte & 31));
    expanded.chain(values.iter().copied()).fold(1, |state: u32, value| {
        let top = state >> 25;
        let state = ((state & 0x01ff_ffff) << 5) ^ u32::from(value);
        (0..5).filter(|bit| top >> bit & 1 == 1).fold(state, |state, bit| state ^ GENERATOR[bit])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_checksum_gives_its_published_check_value() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc16(b"123456789"), 0x31C3);
        assert_eq!(crc24(b"123456789"), 0x21_CF02);
        assert_eq!(marvin32(b"", 0x004f_b61a_001b_dbcc), 0x30ed_35c1 ^ 0x00cd_3c7d);
        let values = b"2uel5l".map(|byte| BECH32.iter().position(|&c| c == byte).unwrap() as u8);
        assert_eq!(bech32(b"a", &values), 1);
    }

    #[test]
    fn numbers_are_padded_on_the_left() {
        assert_eq!(digits(0, BASE62, 6), "000000");
        assert_eq!(digits(61, BASE62, 2), "0z");
        assert_eq!(digits(36, BASE36, 1), "10");
    }
}
