//! The public key of a private number: Weierstrass curves (SEC 2, FIPS 186) and Ed25519 (RFC 8032).
//!
//! Used to test whether both halves of a key belong together, and to make examples whose halves do.

use super::field::{Field, bits, less, limbs};
use sha2::{Digest, Sha512};

/// A curve `y² = x³ + ax + b` of prime order.
#[derive(Debug)]
pub struct Curve {
    /// Its usual name.
    pub name: &'static str,
    /// Bytes of a coordinate.
    pub len: usize,
    prime: &'static str,
    /// `a` is the prime minus this: 3 or 0.
    less_a: u8,
    b: &'static str,
    x: &'static str,
    y: &'static str,
    order: &'static str,
}

/// The known curves.
pub const CURVES: &[Curve] = &[
    Curve {
        name: "P-256",
        len: 32,
        prime: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        less_a: 3,
        b: "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        x: "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        y: "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        order: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    },
    Curve {
        name: "P-384",
        len: 48,
        prime: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
        less_a: 3,
        b: "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
        x: "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
        y: "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
        order: "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    },
    Curve {
        name: "P-521",
        len: 66,
        prime: concat!(
            "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
        ),
        less_a: 3,
        b: concat!(
            "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109",
            "e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00"
        ),
        x: concat!(
            "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3d",
            "baa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66"
        ),
        y: concat!(
            "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e66",
            "2c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650"
        ),
        order: concat!(
            "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
        ),
    },
    Curve {
        name: "secp256k1",
        len: 32,
        prime: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
        less_a: 0,
        b: "07",
        x: "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
        y: "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
        order: "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
    },
];

/// The curve of this name.
pub fn named(name: &str) -> Option<&'static Curve> {
    CURVES.iter().find(|curve| curve.name == name)
}

impl Curve {
    /// True if the number is a private key: from 1 to the order minus 1.
    pub fn is_private(&self, number: &[u8]) -> bool {
        let (Some(number), Some(order)) = (limbs::<9>(number), limbs::<9>(&hex(self.order))) else {
            return false;
        };
        number.iter().any(|&limb| limb != 0) && less(&number, &order)
    }

    /// The public point of a private number in SEC 1's form: 4 and both coordinates. `None` if the number is not a
    /// private key.
    pub fn public(&self, number: &[u8]) -> Option<Vec<u8>> {
        if !self.is_private(number) {
            return None;
        }
        match self.len {
            32 => self.multiply::<4>(number),
            48 => self.multiply::<6>(number),
            _ => self.multiply::<9>(number),
        }
    }

    fn multiply<const N: usize>(&self, number: &[u8]) -> Option<Vec<u8>> {
        let field = Field::<N>::new(&hex(self.prime))?;
        let three = field.enter(&[self.less_a])?;
        let a = field.sub(&[0; N], &three);
        let b = field.enter(&hex(self.b))?;
        let b3 = field.add(&field.add(&b, &b), &b);
        let base = [field.enter(&hex(self.x))?, field.enter(&hex(self.y))?, field.one()];
        let mut point = [[0; N], field.one(), [0; N]];
        for bit in bits(number) {
            point = add(&field, &a, &b3, &point, &point);
            if bit {
                point = add(&field, &a, &b3, &point, &base);
            }
        }
        let [x, y, z] = point;
        let inverse = field.invert(&z);
        let coordinate = |of: &[u64; N]| field.bytes(&field.mul(of, &inverse), self.len);
        Some([&[4][..], &coordinate(&x), &coordinate(&y)].concat())
    }
}

type Point<const N: usize> = [[u64; N]; 3];

/// The sum of any two points in homogeneous coordinates (J. Renes, C. Costello, L. Batina, "Complete
/// addition formulas for prime order elliptic curves", 2015, algorithm 1).
fn add<const N: usize>(
    f: &Field<N>,
    a: &[u64; N],
    b3: &[u64; N],
    left: &Point<N>,
    right: &Point<N>,
) -> Point<N> {
    let ([x1, y1, z1], [x2, y2, z2]) = (left, right);
    let (xx, yy, zz) = (f.mul(x1, x2), f.mul(y1, y2), f.mul(z1, z2));
    // `(p + q)(r + s) - less`: with `less` the products of like coordinates, the mixed products remain.
    let cross = |p: &[u64; N], q: &[u64; N], r: &[u64; N], s: &[u64; N], less: &[u64; N]| {
        f.sub(&f.mul(&f.add(p, q), &f.add(r, s)), less)
    };
    let xy = cross(x1, y1, x2, y2, &f.add(&xx, &yy));
    let xz = cross(x1, z1, x2, z2, &f.add(&xx, &zz));
    let yz = cross(y1, z1, y2, z2, &f.add(&yy, &zz));
    let middle = f.add(&f.mul(b3, &zz), &f.mul(a, &xz));
    let (minus, plus) = (f.sub(&yy, &middle), f.add(&yy, &middle));
    let azz = f.mul(a, &zz);
    let slope = f.add(&f.add(&f.add(&xx, &xx), &xx), &azz);
    let rest = f.add(&f.mul(b3, &xz), &f.mul(a, &f.sub(&xx, &azz)));
    [
        f.sub(&f.mul(&xy, &minus), &f.mul(&yz, &rest)),
        f.add(&f.mul(&minus, &plus), &f.mul(&slope, &rest)),
        f.add(&f.mul(&yz, &plus), &f.mul(&xy, &slope)),
    ]
}

/// The public key of an Ed25519 seed (RFC 8032, section 5.1.5). `None` if the seed is not 32 bytes long.
pub fn ed25519_public(seed: &[u8]) -> Option<[u8; 32]> {
    if seed.len() != 32 {
        return None;
    }
    let mut prime = [0xff; 32];
    (prime[0], prime[31]) = (0x7f, 0xed);
    let field = Field::<4>::new(&prime)?;
    let of = |number: u32| field.enter(&number.to_be_bytes());
    let d = field.sub(&[0; 4], &field.mul(&of(121_665)?, &field.invert(&of(121_666)?)));
    let twice_d = field.add(&d, &d);
    let y = field.mul(&of(4)?, &field.invert(&of(5)?));
    let x = field.enter(&hex("216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51a"))?;
    let base = [x, y, field.one(), field.mul(&x, &y)];
    let digest = Sha512::digest(seed);
    let mut scalar: [u8; 32] = digest[..32].try_into().ok()?;
    scalar[0] &= 248;
    scalar[31] = scalar[31] & 127 | 64;
    scalar.reverse();
    let mut point = [[0; 4], field.one(), field.one(), [0; 4]];
    for bit in bits(&scalar) {
        point = edwards_add(&field, &twice_d, &point, &point);
        if bit {
            point = edwards_add(&field, &twice_d, &point, &base);
        }
    }
    let inverse = field.invert(&point[2]);
    let (x, y) = (field.mul(&point[0], &inverse), field.mul(&point[1], &inverse));
    let mut out: [u8; 32] = field.bytes(&y, 32).try_into().ok()?;
    out.reverse();
    out[31] |= ((field.leave(&x)[0] & 1) as u8) << 7;
    Some(out)
}

/// The sum of two points on the twisted Edwards curve, in extended coordinates (RFC 8032, section 5.1.4).
fn edwards_add(
    f: &Field<4>,
    twice_d: &[u64; 4],
    left: &[[u64; 4]; 4],
    right: &[[u64; 4]; 4],
) -> [[u64; 4]; 4] {
    let ([x1, y1, z1, t1], [x2, y2, z2, t2]) = (left, right);
    let a = f.mul(&f.sub(y1, x1), &f.sub(y2, x2));
    let b = f.mul(&f.add(y1, x1), &f.add(y2, x2));
    let c = f.mul(&f.mul(t1, t2), twice_d);
    let zz = f.mul(z1, z2);
    let d = f.add(&zz, &zz);
    let (e, g, h) = (f.sub(&b, &a), f.add(&d, &c), f.add(&b, &a));
    let d = f.sub(&d, &c);
    [f.mul(&e, &d), f.mul(&g, &h), f.mul(&d, &g), f.mul(&e, &h)]
}

/// The bytes of a hexadecimal constant of this file.
fn hex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).expect("the constants of this file are hexadecimal")
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;

    #[test]
    fn one_gives_the_base_point_and_the_order_gives_nothing() {
        for curve in CURVES {
            let base = [&[4][..], &hex(curve.x), &hex(curve.y)].concat();
            assert_eq!(curve.public(&[1]).as_deref(), Some(&base[..]), "{}", curve.name);
            assert_eq!(curve.public(&hex(curve.order)), None);
            assert_eq!(curve.public(&[0]), None);
            // The number before the order gives the negative of the base point, with the same x.
            let mut last = hex(curve.order);
            *last.last_mut().expect("an order has bytes") -= 1;
            let point = curve.public(&last).expect("it is a private key");
            assert_eq!(point[..=curve.len], base[..=curve.len], "{}", curve.name);
            assert_ne!(point, base);
        }
    }

    /// RFC 5903, section 8.1 (P-256), 8.2 (P-384): private numbers and x coordinates, in pieces.
    #[test]
    fn published_pairs_belong_together() {
        for (name, private, x) in [
            (
                "P-256",
                ["C88F01F510D9AC3F70A292DAA2316DE5", "44E9AAB8AFE84049C62A9C57862D1433"],
                "DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180",
            ),
            (
                "P-384",
                [
                    "099F3C7034D4A2C699884D73A375A67F7624EF7C6B3C0F16",
                    "0647B67414DCE655E35B538041E649EE3FAEF896783AB194",
                ],
                "667842D7D180AC2CDE6F74F37551F55755C7645C20EF73E31634FE72B4C55EE6DE3AC808ACB4BDB4C88732AEE95F41AA",
            ),
        ] {
            let private = HEXLOWER.decode(private.concat().to_lowercase().as_bytes()).expect("hexadecimal");
            let curve = named(name).expect("the curve is known");
            let point = curve.public(&private).expect("it is a private key");
            assert_eq!(HEXLOWER.encode(&point[1..=curve.len]), x.to_lowercase(), "{name}");
        }
    }

    /// RFC 8032, section 7.1, tests 1 and 2, in pieces.
    #[test]
    fn published_seeds_give_their_public_keys() {
        for (seed, public) in [
            (
                ["9d61b19deffd5a60ba844af492ec2cc4", "4449c5697b326919703bac031cae7f60"],
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            ),
            (
                ["4ccd089b28ff96da9db6c346ec114e0f", "5b8a319f35aba624da8cf6ed4fb8a6fb"],
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            ),
        ] {
            let seed = hex(&seed.concat());
            assert_eq!(HEXLOWER.encode(&ed25519_public(&seed).expect("32 bytes")), public);
        }
        assert_eq!(ed25519_public(&[0; 31]), None);
    }
}
