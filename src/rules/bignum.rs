//! Products of large whole numbers, to test that an RSA key's primes belong to its modulus.

/// The product of two numbers, all big-endian without leading zero bytes (zero is no byte at all).
pub fn product(left: &[u8], right: &[u8]) -> Vec<u8> {
    let mut little = vec![0_u8; left.len() + right.len()];
    for (i, &a) in left.iter().rev().enumerate() {
        let mut carry = 0_u32;
        for (j, &b) in right.iter().rev().enumerate() {
            let sum = u32::from(little[i + j]) + u32::from(a) * u32::from(b) + carry;
            little[i + j] = (sum & 0xff) as u8;
            carry = sum >> 8;
        }
        little[i + right.len()] = (carry & 0xff) as u8;
    }
    while little.last() == Some(&0) {
        little.pop();
    }
    little.reverse();
    little
}

/// A big-endian number without its leading zero bytes.
pub fn trimmed(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    &number[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_carry() {
        assert_eq!(product(&[0xff, 0xff], &[0xff]), [0xfe, 0xff, 0x01]);
        assert_eq!(product(&[], &[3]), [0_u8; 0]);
        assert_eq!(trimmed(&[0, 0, 7, 0]), [7, 0]);
        for (a, b) in [(3_u64, 5_u64), (u32::MAX.into(), u32::MAX.into()), (0x1_0001, 0xffff_fff1)] {
            let expected = (a * b).to_be_bytes();
            assert_eq!(product(trimmed(&a.to_be_bytes()), trimmed(&b.to_be_bytes())), trimmed(&expected));
        }
    }
}
