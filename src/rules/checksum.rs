//! The checksums that providers put into their tokens: used to make fake tokens (`template`) and to test
//! real ones (`crate::checks`).
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

/// `number` in the digits of `alphabet`, at least `width` of them, padded on the left with the first digit.
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

/// The checksum state of bech32 (BIP-173) over a human-readable part and 5-bit values; 1 if the values
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

/// SHA-256 (FIPS 180-4), for the checksums that are made of it. Not for security. These lines save the build script
/// a dependency.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    const ROUNDS: [u32; 64] = [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];
    let mut state: [u32; 8] =
        [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    padded.resize(padded.len().next_multiple_of(64), 0);
    if padded.len() - bytes.len() < 9 {
        padded.resize(padded.len() + 64, 0);
    }
    let end = padded.len();
    padded[end - 8..].copy_from_slice(&(bytes.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks_exact(64) {
        let mut words = [0_u32; 64];
        for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
            *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        for at in 16..64 {
            let (early, late) = (words[at - 15], words[at - 2]);
            let first = early.rotate_right(7) ^ early.rotate_right(18) ^ (early >> 3);
            let second = late.rotate_right(17) ^ late.rotate_right(19) ^ (late >> 10);
            words[at] = words[at - 16].wrapping_add(first).wrapping_add(words[at - 7]).wrapping_add(second);
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
        for (round, word) in ROUNDS.iter().zip(words) {
            let sum = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let choice = (e & f) ^ (!e & g);
            let first = h.wrapping_add(sum).wrapping_add(choice).wrapping_add(*round).wrapping_add(word);
            let sum = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let second = sum.wrapping_add((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e) = (g, f, e, d.wrapping_add(first));
            (d, c, b, a) = (c, b, a, first.wrapping_add(second));
        }
        for (total, word) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *total = total.wrapping_add(word);
        }
    }
    let mut digest = [0; 32];
    for (bytes, word) in digest.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    digest
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
    fn sha256_gives_the_digests_of_its_standard() {
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(&sha256(bytes));
        assert_eq!(hex(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let long = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        assert_eq!(hex(long), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
        assert_eq!(hex(&[b'a'; 1000]), "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3");
    }

    #[test]
    fn numbers_are_padded_on_the_left() {
        assert_eq!(digits(0, BASE62, 6), "000000");
        assert_eq!(digits(61, BASE62, 2), "0z");
        assert_eq!(digits(36, BASE36, 1), "10");
    }
}
