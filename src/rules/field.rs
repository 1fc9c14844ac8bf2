//! Arithmetic modulo an odd number, by Montgomery's multiplication, to derive public keys from private ones.
//!
//! Numbers are `N` limbs of 64 bits, the lowest first. Nothing here runs in constant time: the keys were found in
//! plain text.

/// A modulus, and what Montgomery's multiplication needs for it.
#[derive(Debug)]
pub struct Field<const N: usize> {
    modulus: [u64; N],
    /// The negative inverse of the lowest limb, modulo 2^64.
    inverse: u64,
    /// 1 in Montgomery's form.
    one: [u64; N],
    /// Multiplied by this, a number gets into Montgomery's form.
    square: [u64; N],
}

/// The limbs of a big-endian number; `None` if it has more.
pub fn limbs<const N: usize>(bytes: &[u8]) -> Option<[u64; N]> {
    let bytes = super::bignum::trimmed(bytes);
    if bytes.len() > N * 8 {
        return None;
    }
    let mut out = [0; N];
    for (at, &byte) in bytes.iter().rev().enumerate() {
        out[at / 8] |= u64::from(byte) << (at % 8 * 8);
    }
    Some(out)
}

/// True if `left` is less than `right`.
pub fn less<const N: usize>(left: &[u64; N], right: &[u64; N]) -> bool {
    left.iter().rev().lt(right.iter().rev())
}

impl<const N: usize> Field<N> {
    /// The field of an odd modulus; `None` for an even one, 1, or one that does not fit.
    pub fn new(modulus: &[u8]) -> Option<Self> {
        let modulus: [u64; N] = limbs(modulus)?;
        if modulus[0] & 1 == 0 || modulus[0] == 1 && modulus[1..].iter().all(|&limb| limb == 0) {
            return None;
        }
        // Newton's iteration doubles the number of correct bits: 5 at the start.
        let mut inverse = modulus[0].wrapping_mul(3) ^ 2;
        for _ in 0..4 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(modulus[0].wrapping_mul(inverse)));
        }
        let mut field = Self { modulus, inverse: inverse.wrapping_neg(), one: [0; N], square: [0; N] };
        let mut power = [0; N];
        power[0] = 1;
        for _ in 0..64 * N {
            power = field.add(&power, &power);
        }
        field.one = power;
        for _ in 0..64 * N {
            power = field.add(&power, &power);
        }
        field.square = power;
        Some(field)
    }

    /// A number below the modulus, in Montgomery's form; `None` for one that is not below it.
    pub fn enter(&self, bytes: &[u8]) -> Option<[u64; N]> {
        let number = limbs(bytes)?;
        less(&number, &self.modulus).then(|| self.mul(&number, &self.square))
    }

    /// The number itself.
    pub fn leave(&self, number: &[u64; N]) -> [u64; N] {
        let mut one = [0; N];
        one[0] = 1;
        self.mul(number, &one)
    }

    /// The number itself, big-endian, in `len` bytes.
    pub fn bytes(&self, number: &[u64; N], len: usize) -> Vec<u8> {
        let number = self.leave(number);
        (0..len).rev().map(|at| number.get(at / 8).map_or(0, |limb| (limb >> (at % 8 * 8)) as u8)).collect()
    }

    /// 1 in Montgomery's form.
    pub fn one(&self) -> [u64; N] {
        self.one
    }

    /// The sum.
    pub fn add(&self, left: &[u64; N], right: &[u64; N]) -> [u64; N] {
        let mut out = [0; N];
        let mut carry = 0;
        for at in 0..N {
            let sum = u128::from(left[at]) + u128::from(right[at]) + u128::from(carry);
            out[at] = sum as u64;
            carry = (sum >> 64) as u64;
        }
        if carry == 1 || !less(&out, &self.modulus) { minus(&out, &self.modulus).0 } else { out }
    }

    /// The difference.
    pub fn sub(&self, left: &[u64; N], right: &[u64; N]) -> [u64; N] {
        let (out, borrowed) = minus(left, right);
        if !borrowed {
            return out;
        }
        let mut carry = 0;
        std::array::from_fn(|at| {
            let sum = u128::from(out[at]) + u128::from(self.modulus[at]) + carry;
            carry = sum >> 64;
            sum as u64
        })
    }

    /// The product (CIOS: C. K. Koc, T. Acar, B. S. Kaliski, "Analyzing and Comparing Montgomery Multiplication
    /// Algorithms", 1996).
    pub fn mul(&self, left: &[u64; N], right: &[u64; N]) -> [u64; N] {
        let mut low = [0_u64; N];
        let mut top = 0_u64;
        for &digit in right {
            let mut carry = 0_u128;
            for at in 0..N {
                let sum = u128::from(low[at]) + u128::from(left[at]) * u128::from(digit) + carry;
                low[at] = sum as u64;
                carry = sum >> 64;
            }
            let sum = u128::from(top) + carry;
            let (high, over) = (sum as u64, (sum >> 64) as u64);
            let factor = low[0].wrapping_mul(self.inverse);
            let mut carry = (u128::from(low[0]) + u128::from(factor) * u128::from(self.modulus[0])) >> 64;
            for at in 1..N {
                let sum = u128::from(low[at]) + u128::from(factor) * u128::from(self.modulus[at]) + carry;
                low[at - 1] = sum as u64;
                carry = sum >> 64;
            }
            let sum = u128::from(high) + carry;
            low[N - 1] = sum as u64;
            top = over + (sum >> 64) as u64;
        }
        if top != 0 || !less(&low, &self.modulus) { minus(&low, &self.modulus).0 } else { low }
    }

    /// The power with a big-endian exponent.
    pub fn pow(&self, base: &[u64; N], exponent: &[u8]) -> [u64; N] {
        let mut out = self.one;
        for bit in bits(exponent) {
            out = self.mul(&out, &out);
            if bit {
                out = self.mul(&out, base);
            }
        }
        out
    }

    /// The inverse, if the modulus is a prime.
    pub fn invert(&self, number: &[u64; N]) -> [u64; N] {
        let mut two = [0; N];
        two[0] = 2;
        let exponent = minus(&self.modulus, &two).0;
        let bytes: Vec<u8> = exponent.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
        self.pow(number, &bytes)
    }
}

/// The bits of a big-endian number, the highest first.
pub fn bits(bytes: &[u8]) -> impl Iterator<Item = bool> + '_ {
    bytes.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1 == 1))
}

/// The difference, and whether it went below zero.
fn minus<const N: usize>(left: &[u64; N], right: &[u64; N]) -> ([u64; N], bool) {
    let mut borrow = false;
    let out = std::array::from_fn(|at| {
        let (first, one) = left[at].overflowing_sub(right[at]);
        let (second, two) = first.overflowing_sub(u64::from(borrow));
        borrow = one || two;
        second
    });
    (out, borrow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_are_as_everyone_counts_them() {
        for modulus in [3_u64, 97, 65537, 0xffff_ffff_ffff_ffc5] {
            let field = Field::<1>::new(&modulus.to_be_bytes()).expect("an odd modulus");
            for (a, b) in [(1_u64, 1), (2, 2), (modulus - 1, modulus - 1), (modulus / 2, 3 % modulus)] {
                let of = |number: u64| field.enter(&number.to_be_bytes()).expect("below the modulus");
                let (x, y) = (of(a), of(b));
                let product = u128::from(a) * u128::from(b) % u128::from(modulus);
                assert_eq!(u128::from(field.leave(&field.mul(&x, &y))[0]), product, "{a} {b} {modulus}");
                let sum = (u128::from(a) + u128::from(b)) % u128::from(modulus);
                assert_eq!(u128::from(field.leave(&field.add(&x, &y))[0]), sum);
                assert_eq!(field.add(&field.sub(&x, &y), &y), x);
                assert_eq!(field.leave(&field.mul(&x, &field.invert(&x)))[0], 1);
            }
        }
        assert!(Field::<1>::new(&[4]).is_none() && Field::<1>::new(&[1]).is_none());
        assert!(Field::<1>::new(&[7]).expect("7 is odd").enter(&[7]).is_none());
    }

    #[test]
    fn powers_of_several_limbs_obey_fermat() {
        // 2^127 - 1 and 2^521 - 1 are primes.
        let small = [&[0x7f][..], &[0xff; 15]].concat();
        let large = [&[0x01][..], &[0xff; 65]].concat();
        let field = Field::<2>::new(&small).expect("an odd modulus");
        let base = field.enter(&[3; 16]).expect("below the modulus");
        assert_eq!(field.mul(&field.invert(&base), &base), field.one());
        let field = Field::<9>::new(&large).expect("an odd modulus");
        let base = field.enter(&[5; 60]).expect("below the modulus");
        assert_eq!(field.mul(&field.invert(&base), &base), field.one());
        assert_eq!(field.bytes(&base, 66)[6..], [5; 60]);
    }
}
