//! Private keys of random numbers in a valid structure, whose halves belong together. They open nothing, but a parser
//! accepts them as keys.
//!
//! Formats: RFC 8017 appendix A (RSA), RFC 5915 (EC), RFC 5208 and 8410 (PKCS#8), RFC 8018 (encrypted),
//! OpenSSH's PROTOCOL.key.

use super::{Dice, Error};
use crate::rules::bignum::product;
use crate::rules::checksum::crc24;
use crate::rules::curve;
use crate::rules::field::Field;
use data_encoding::{BASE64, HEXUPPER};

const OID_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const OID_P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const OID_ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const OID_PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTETS: u8 = 0x04;
const NULL: u8 = 0x05;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// The key of form `pem`, `openssh` or `der` (base64 in one line) and kind `kind`.
pub(super) fn key(form: &str, kind: &str, dice: &mut Dice) -> Result<String, Error> {
    Ok(match (form, kind) {
        ("pem", "rsa") => pem("RSA PRIVATE KEY", "", &rsa(dice)),
        ("pem", "ec") => pem("EC PRIVATE KEY", "", &ec(dice)),
        ("pem", "dsa") => pem("DSA PRIVATE KEY", "", &dsa(dice)),
        ("pem", "pkcs8") => {
            let algorithm = sequence(&[tlv(OID, OID_RSA), tlv(NULL, &[])]);
            pem("PRIVATE KEY", "", &sequence(&[tlv(INTEGER, &[0]), algorithm, tlv(OCTETS, &rsa(dice))]))
        }
        ("pem", "ed25519") => {
            let seed = tlv(OCTETS, &dice.bytes(32));
            let algorithm = sequence(&[tlv(OID, OID_ED25519)]);
            pem("PRIVATE KEY", "", &sequence(&[tlv(INTEGER, &[0]), algorithm, tlv(OCTETS, &seed)]))
        }
        ("pem", "encrypted") => {
            let algorithm = sequence(&[tlv(OID, OID_PBES2), sequence(&[tlv(OCTETS, &dice.bytes(16))])]);
            pem("ENCRYPTED PRIVATE KEY", "", &sequence(&[algorithm, tlv(OCTETS, &dice.bytes(1232))]))
        }
        ("pem", "legacy-encrypted") => {
            let vector = HEXUPPER.encode(&dice.bytes(16));
            let headers = format!("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{vector}\n\n");
            pem("RSA PRIVATE KEY", &headers, &dice.bytes(1200))
        }
        ("pem", "pgp") => pgp(dice),
        ("openssh", "ed25519") => pem("OPENSSH PRIVATE KEY", "", &openssh_ed25519(dice)),
        ("openssh", "rsa") => pem("OPENSSH PRIVATE KEY", "", &openssh_rsa(dice)),
        ("openssh", "encrypted") => pem("OPENSSH PRIVATE KEY", "", &openssh_encrypted(dice)),
        ("der", "rsa" | "ec" | "dsa" | "pkcs8" | "ed25519") => {
            let armoured = key("pem", kind, dice)?;
            armoured.lines().filter(|line| !line.starts_with('-')).collect()
        }
        _ => {
            let problem = "there is no such kind of key";
            return Err(Error::Argument { form: form.to_owned(), argument: kind.to_owned(), problem });
        }
    })
}

/// The armour around `bytes`, with headers if they are not empty.
fn pem(label: &str, headers: &str, bytes: &[u8]) -> String {
    let body = BASE64.encode(bytes);
    let width = if label.starts_with("OPENSSH") { 70 } else { 64 };
    let mut out = format!("-----BEGIN {label}-----\n{headers}");
    for line in body.as_bytes().chunks(width) {
        out.extend(line.iter().map(|&byte| char::from(byte)));
        out.push('\n');
    }
    out.push_str(&format!("-----END {label}-----"));
    out
}

/// An OpenPGP secret key: version 4, RSA, not protected, with the sum of its secret numbers and the armour's
/// CRC-24 (RFC 4880, sections 5.5 and 6).
fn pgp(dice: &mut Dice) -> String {
    let number = |bytes: &[u8]| [&(bytes.len() as u16 * 8).to_be_bytes()[..], bytes].concat();
    let (p, q) = (odd(128, dice), odd(128, dice));
    let secret = [odd(256, dice), p.clone(), q.clone(), odd(128, dice)].map(|part| number(&part)).concat();
    let sum = secret.iter().fold(0_u16, |sum, &byte| sum.wrapping_add(u16::from(byte)));
    let modulus = number(&product(&p, &q));
    let head = [&[4][..], &dice.bytes(4), &[1], &modulus, &[0, 17, 1, 0, 1], &[0]].concat();
    let body = [&head[..], &secret, &sum.to_be_bytes()].concat();
    let packet = [&[0x95][..], &(body.len() as u16).to_be_bytes(), &body].concat();
    let text = pem("PGP PRIVATE KEY BLOCK", "\n", &packet);
    let check = BASE64.encode(&crc24(&packet).to_be_bytes()[1..]);
    text.replace("-----END", &format!("={check}\n-----END"))
}

/// A DER element.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = content.len();
    let mut out = vec![tag];
    match len {
        0..=0x7f => out.push(len as u8),
        0x80..=0xff => out.extend([0x81, len as u8]),
        _ => out.extend([0x82, (len >> 8) as u8, len as u8]),
    }
    out.extend(content);
    out
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(SEQUENCE, &parts.concat())
}

/// A number's bytes with the zero byte that keeps it positive.
fn positive(number: &[u8]) -> Vec<u8> {
    if number.first().is_some_and(|&byte| byte & 0x80 != 0) {
        [&[0], number].concat()
    } else {
        number.to_vec()
    }
}

fn integer(number: &[u8]) -> Vec<u8> {
    tlv(INTEGER, &positive(number))
}

/// A random odd number of `len` bytes whose two highest bits are set.
fn odd(len: usize, dice: &mut Dice) -> Vec<u8> {
    let mut number = dice.bytes(len);
    number[0] |= 0xc0;
    number[len - 1] |= 1;
    number
}

/// A key of 2048 bits whose modulus is the product of its two factors.
fn rsa(dice: &mut Dice) -> Vec<u8> {
    let (p, q) = (odd(128, dice), odd(128, dice));
    let mut parts = vec![tlv(INTEGER, &[0]), integer(&product(&p, &q)), integer(&[1, 0, 1])];
    parts.push(integer(&odd(256, dice)));
    parts.extend([integer(&p), integer(&q)]);
    parts.extend((0..3).map(|_| integer(&odd(128, dice))));
    sequence(&parts)
}

/// A key on P-256 with its point.
fn ec(dice: &mut Dice) -> Vec<u8> {
    let number = odd_below(32, dice);
    let public = curve::named("P-256").and_then(|curve| curve.public(&number));
    let point = [&[0][..], &public.expect("a number below every curve's order is a private key")].concat();
    sequence(&[
        tlv(INTEGER, &[1]),
        tlv(OCTETS, &number),
        tlv(0xa0, &tlv(OID, OID_P256)),
        tlv(0xa1, &tlv(BIT_STRING, &point)),
    ])
}

/// A random number of `len` bytes below every curve's order.
fn odd_below(len: usize, dice: &mut Dice) -> Vec<u8> {
    let mut number = dice.bytes(len);
    number[0] = number[0] & 0x7f | 1;
    number
}

/// p, q, g, y, x: y is g to the power of x; nothing else is as in a real key.
fn dsa(dice: &mut Dice) -> Vec<u8> {
    let [p, q] = [128, 20].map(|len| odd(len, dice));
    let [g, x] = [128, 20].map(|len| odd_below(len, dice));
    let field = Field::<16>::new(&p).expect("an odd modulus of 128 bytes");
    let base = field.enter(&g).expect("its first bit is not set, where the modulus's is");
    let y = field.bytes(&field.pow(&base, &x), 128);
    let y = crate::rules::bignum::trimmed(&y).to_vec();
    sequence(&[vec![tlv(INTEGER, &[0])], [p, q, g, y, x].map(|part| integer(&part)).to_vec()].concat())
}

/// A length-prefixed string of the SSH protocol.
fn string(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat()
}

/// OpenSSH's container around a public part and a private one that starts with two equal numbers.
fn openssh(cipher: &str, kdf: &str, options: &[u8], public: &[u8], private: &[u8]) -> Vec<u8> {
    [
        b"openssh-key-v1\0".to_vec(),
        string(cipher.as_bytes()),
        string(kdf.as_bytes()),
        string(options),
        1_u32.to_be_bytes().to_vec(),
        string(public),
        string(private),
    ]
    .concat()
}

/// The private part: two equal numbers, the key's fields, a comment, and padding 1, 2, 3, … to a multiple of 8 bytes.
fn private_part(fields: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let number = dice.bytes(4);
    let mut part = [number.clone(), number, fields.concat(), string(b"user@host")].concat();
    part.extend((1..=8_u8).take((8 - part.len() % 8) % 8));
    part
}

fn openssh_ed25519(dice: &mut Dice) -> Vec<u8> {
    let seed = dice.bytes(32);
    let point = curve::ed25519_public(&seed).expect("a seed of 32 bytes").to_vec();
    let kind = string(b"ssh-ed25519");
    let public = [kind.clone(), string(&point)].concat();
    let fields = [kind, string(&point), string(&[seed, point].concat())];
    openssh("none", "none", &[], &public, &private_part(&fields, dice))
}

fn openssh_rsa(dice: &mut Dice) -> Vec<u8> {
    let (p, q) = (odd(192, dice), odd(192, dice));
    let n = string(&positive(&product(&p, &q)));
    let (kind, e) = (string(b"ssh-rsa"), string(&[1, 0, 1]));
    let public = [kind.clone(), e.clone(), n.clone()].concat();
    let d = string(&positive(&odd(384, dice)));
    let inverse = string(&positive(&odd(192, dice)));
    let fields = [kind, n, e, d, inverse, string(&positive(&p)), string(&positive(&q))];
    openssh("none", "none", &[], &public, &private_part(&fields, dice))
}

fn openssh_encrypted(dice: &mut Dice) -> Vec<u8> {
    let public = [string(b"ssh-ed25519"), string(&dice.bytes(32))].concat();
    let options = [string(&dice.bytes(16)), 16_u32.to_be_bytes().to_vec()].concat();
    openssh("aes256-ctr", "bcrypt", &options, &public, &dice.bytes(144))
}
