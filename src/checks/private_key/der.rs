//! Keys in DER: PKCS#1 (RFC 8017), SEC 1 (RFC 5915), PKCS#8 (RFC 5208, 5958, 8410), OpenSSL's DSA.

use super::{Key, PublicHalf};
use crate::rules::bignum::{product, trimmed};
use crate::rules::curve;
use crate::rules::field::Field;

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const CURVE: u8 = 0xa0;
const POINT: u8 = 0xa1;
const PUBLIC: u8 = 0x81;
const BIT_STRING: u8 = 0x03;

const OID_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const OID_RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
const OID_EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const OID_DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];

/// Keys whose private part is a string of octets: Ed25519 and similar.
const EDWARDS: &[(&[u8], &str, usize)] = &[
    (&[0x2b, 0x65, 0x6e], "X25519", 32),
    (&[0x2b, 0x65, 0x6f], "X448", 56),
    (&[0x2b, 0x65, 0x70], "Ed25519", 32),
    (&[0x2b, 0x65, 0x71], "Ed448", 57),
];

const CURVES: &[(&[u8], &str)] = &[
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07], "P-256"),
    (&[0x2b, 0x81, 0x04, 0x00, 0x22], "P-384"),
    (&[0x2b, 0x81, 0x04, 0x00, 0x23], "P-521"),
    (&[0x2b, 0x81, 0x04, 0x00, 0x0a], "secp256k1"),
    (&[0x2b, 0x81, 0x04, 0x00, 0x21], "P-224"),
];

/// Elements one after another: tag, length, content.
struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    /// The content of the next element, if it has this tag.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (&found, rest) = self.0.split_first()?;
        if found != tag {
            return None;
        }
        let (&first, rest) = rest.split_first()?;
        let (len, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x83 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (digits.iter().fold(0, |len, &digit| len << 8 | usize::from(digit)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(len)?;
        self.0 = rest;
        Some(content)
    }

    /// A number without its sign byte; `None` for a negative one.
    fn integer(&mut self) -> Option<&'a [u8]> {
        let number = self.take(INTEGER)?;
        (!number.is_empty() && number[0] & 0x80 == 0).then(|| trimmed(number))
    }
}

/// The elements of the sequence that fills `bytes` to the last byte.
fn sequence(bytes: &[u8]) -> Option<Elements<'_>> {
    let mut outer = Elements(bytes);
    let inner = outer.take(SEQUENCE)?;
    outer.0.is_empty().then_some(Elements(inner))
}

/// How many bits a number has.
pub(super) fn bits(number: &[u8]) -> usize {
    let number = trimmed(number);
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

/// Whether two primes give the modulus: made-up or altered keys fail this.
pub(super) fn is_product(n: &[u8], p: &[u8], q: &[u8]) -> bool {
    // No key in use has a modulus above 16,384 bits, and its product would cost more than it is worth.
    n.len() <= 2048 && p.len() <= n.len() && q.len() <= n.len() && product(p, q) == n
}

/// A key of any of the forms that are not encrypted.
pub(super) fn any(bytes: &[u8]) -> Option<Key> {
    let keys = [rsa, ec, dsa, pkcs8].map(|form| form(bytes));
    let is_sound = |key: &&Option<Key>| key.as_ref().is_some_and(|key| key.sound);
    keys.iter().find(is_sound).or_else(|| keys.iter().find(|key| key.is_some()))?.clone()
}

/// An RSA key: version, n, e, d, p, q and three numbers derived from them.
fn rsa(bytes: &[u8]) -> Option<Key> {
    let mut parts = sequence(bytes)?;
    let version = parts.integer()?;
    let (n, _e, _d) = (parts.integer()?, parts.integer()?, parts.integer()?);
    let (p, q) = (parts.integer()?, parts.integer()?);
    for _ in 0..3 {
        parts.integer()?;
    }
    let whole = version == [1] || parts.0.is_empty() && is_product(n, p, q);
    Some(Key::open(format!("RSA {}", bits(n)), whole).of_half(n))
}

/// A key on a curve: version 1, the private number, and maybe curve and public point.
fn ec(bytes: &[u8]) -> Option<Key> {
    ec_on(bytes, None)
}

fn ec_on(bytes: &[u8], curve: Option<&[u8]>) -> Option<Key> {
    let mut parts = sequence(bytes)?;
    if parts.integer()? != [1] {
        return None;
    }
    let number = parts.take(OCTETS)?;
    let stated = parts.take(CURVE).and_then(|inner| Elements(inner).take(OID));
    let name = stated
        .or(curve)
        .and_then(|oid| CURVES.iter().find(|(known, _)| *known == oid))
        .map(|(_, name)| *name);
    // A bit string begins with the count of bits that are not used: none.
    let point = parts.take(POINT).and_then(|inner| Elements(inner).take(BIT_STRING)?.strip_prefix(&[0]));
    let whole = parts.0.is_empty();
    let known = name.and_then(curve::named);
    let own = known.and_then(|curve| curve.public(number));
    let sound = whole
        && match known {
            Some(_) => own.as_ref().is_some_and(|own| point.is_none_or(|point| is_same_point(own, point))),
            None => bits(number) > 0 && number.len() <= 72,
        };
    let key = Key::open(name.map_or_else(|| "EC".to_owned(), |name| format!("EC {name}")), sound);
    Some(match own.as_deref().or(point) {
        Some(half) => key.of_half(half),
        None => key,
    })
}

/// Whether a point as it is written (whole, or its x and the sign of its y) is `own`.
fn is_same_point(own: &[u8], written: &[u8]) -> bool {
    match written.split_first() {
        Some((2 | 3, x)) => {
            own.get(1..=x.len()) == Some(x) && own.last().map(|last| last & 1) == Some(written[0] & 1)
        }
        _ => own == written,
    }
}

/// OpenSSL's form of a DSA key: version, p, q, g, y, x.
fn dsa(bytes: &[u8]) -> Option<Key> {
    let mut parts = sequence(bytes)?;
    parts.integer()?;
    let (p, q) = (parts.integer()?, parts.integer()?);
    let (g, y, x) = (parts.integer()?, parts.integer()?, parts.integer()?);
    let small = bits(q) < bits(p) && bits(x) <= bits(q).min(256);
    let sound = parts.0.is_empty() && small && (is_power::<16>(p, g, x, y) || is_power::<48>(p, g, x, y));
    Some(Key::open(format!("DSA {}", bits(p)), sound).of_half(y))
}

/// The fewest bytes of a key of an unknown algorithm.
const LEAST: usize = 16;
/// Whether `y` is `g` to the power of `x` modulo `p`, which has at most `N` limbs.
fn is_power<const N: usize>(p: &[u8], g: &[u8], x: &[u8], y: &[u8]) -> bool {
    let power = || {
        let field = Field::<N>::new(p)?;
        let base = field.enter(g)?;
        Some(field.bytes(&field.pow(&base, x), N * 8))
    };
    power().is_some_and(|power| trimmed(&power) == y)
}

/// PKCS#8: version, algorithm, and a key of that algorithm in octets.
fn pkcs8(bytes: &[u8]) -> Option<Key> {
    let mut parts = sequence(bytes)?;
    parts.integer()?;
    let mut algorithm = Elements(parts.take(SEQUENCE)?);
    let oid = algorithm.take(OID)?;
    let key = parts.take(OCTETS)?;
    match oid {
        OID_RSA | OID_RSA_PSS => rsa(key),
        OID_EC => ec_on(key, algorithm.take(OID)),
        OID_DSA => {
            let mut domain = Elements(algorithm.take(SEQUENCE)?);
            let p = domain.integer()?;
            let x = Elements(key).integer()?;
            Some(Key::open(format!("DSA {}", bits(p)), bits(x) > 0))
        }
        _ => {
            let Some((_, name, len)) = EDWARDS.iter().find(|(known, ..)| *known == oid) else {
                // Diffie-Hellman, ML-DSA and others: complete to the last byte, and its key is no filler.
                return Some(Key::open(
                    "PKCS#8",
                    key.len() >= LEAST && !key.iter().all(|byte| *byte == key[0]),
                ));
            };
            let seed = Elements(key).take(OCTETS)?;
            // Version 2 has the public key after the attributes (RFC 8410, section 7).
            parts.take(CURVE);
            let public = parts.take(PUBLIC).and_then(|key| key.strip_prefix(&[0]));
            let belongs = *name != "Ed25519"
                || public.is_none_or(|public| curve::ed25519_public(seed).is_some_and(|own| own == *public));
            let key = Key::open(*name, seed.len() == *len && bits(seed) > 0 && belongs);
            let half = (*name == "Ed25519").then(|| PublicHalf::OfSeed(seed.to_vec()));
            Some(Key { half, ..key })
        }
    }
}

/// PKCS#8 under a passphrase: algorithm and octets.
pub(super) fn encrypted(bytes: &[u8]) -> Option<Key> {
    let mut parts = sequence(bytes)?;
    Elements(parts.take(SEQUENCE)?).take(OID)?;
    parts.take(OCTETS)?;
    Some(Key::encrypted("PKCS#8"))
}
