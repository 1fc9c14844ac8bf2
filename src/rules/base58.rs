//! Base58 with a checksum, the format of Bitcoin's keys (BIP-13, BIP-32): bytes, then the first four
//! bytes of SHA-256 of SHA-256 of them.

use super::checksum::sha256;

/// Letters and digits without those that look alike.
pub const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// The same letters in the order of the XRP Ledger.
pub const RIPPLE: &[u8; 58] = b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";

/// The longest text that is decoded, in characters: twice an extended key.
const LONGEST: usize = 256;

/// The text of `bytes` with their checksum.
pub fn encode_checked(bytes: &[u8]) -> String {
    encode(&[bytes, &checksum(bytes)].concat(), BASE58)
}

/// The text of `bytes` with their checksum, in another alphabet.
pub fn encode_checked_in(bytes: &[u8], alphabet: &[u8; 58]) -> String {
    encode(&[bytes, &checksum(bytes)].concat(), alphabet)
}

/// The text of `bytes`, without a checksum.
pub fn encode(bytes: &[u8], alphabet: &[u8; 58]) -> String {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    let mut digits: Vec<u8> = Vec::new();
    for &byte in bytes {
        let mut carry = u32::from(byte);
        for digit in &mut digits {
            carry += u32::from(*digit) << 8;
            *digit = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            digits.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    let digits = digits.iter().rev().map(|&digit| char::from(alphabet[usize::from(digit)]));
    std::iter::repeat_n(char::from(alphabet[0]), zeros).chain(digits).collect()
}

/// The bytes of `text` without their checksum; `None` if the checksum does not agree.
pub fn decode_checked(text: &[u8]) -> Option<Vec<u8>> {
    decode_checked_in(text, BASE58)
}

/// The same in another alphabet.
pub fn decode_checked_in(text: &[u8], alphabet: &[u8; 58]) -> Option<Vec<u8>> {
    let bytes = decode(text, alphabet)?;
    let (covered, tail) = bytes.split_last_chunk::<4>()?;
    (checksum(covered) == *tail).then(|| covered.to_vec())
}

/// The bytes of `text`; `None` if it is too long or has a character that is not in the alphabet.
pub fn decode(text: &[u8], alphabet: &[u8; 58]) -> Option<Vec<u8>> {
    if text.len() > LONGEST {
        return None;
    }
    let mut bytes: Vec<u8> = Vec::new();
    for character in text {
        let mut carry = alphabet.iter().position(|known| known == character)? as u32;
        for byte in &mut bytes {
            carry += u32::from(*byte) * 58;
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
        while carry > 0 {
            bytes.push((carry & 0xff) as u8);
            carry >>= 8;
        }
    }
    bytes.extend(text.iter().take_while(|&&character| character == alphabet[0]).map(|_| 0));
    bytes.reverse();
    Some(bytes)
}

fn checksum(bytes: &[u8]) -> [u8; 4] {
    let [a, b, c, d, ..] = sha256(&sha256(bytes));
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_a_slip_is_noticed() {
        for bytes in [&b""[..], b"\0\0abc", &[0x80; 33], &[0xff; 78]] {
            let text = encode_checked(bytes);
            assert_eq!(decode_checked(text.as_bytes()).as_deref(), Some(bytes));
            let slip =
                text.replacen(['2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'a', 'b', 'c'], "z", 1);
            assert!(slip == text || decode_checked(slip.as_bytes()).is_none());
        }
        // The address of the first block (public by nature), in two pieces.
        let address = ["1A1zP1eP5QGefi2DMPT", "fTL5SLmv7DivfNa"].concat();
        assert_eq!(decode_checked(address.as_bytes()).unwrap().len(), 21);
        assert_eq!(decode_checked(b"0OIl"), None);
    }
}
