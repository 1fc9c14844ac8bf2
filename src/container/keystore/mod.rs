//! Keys and stores of keys in binary form, as the armoured text that they also have: private keys in DER (PKCS#8, PKCS#1,
//! SEC 1), keystores of Java and PKCS#12, OpenPGP secret keys; and other stores of credentials ([`stores`]).
//!
//! The rules know a private key by its armour. So a key is given out in armour, with its passphrase still on it, except
//! in a store that opens with a password everybody knows: that one protects nothing, and the key's name says so.
//!
//! Sources: RFC 5208, 5915, 5958, 7292, 8017, 9580.

mod der;
mod fields;
mod java;
mod pkcs12;
mod stores;

use super::DAMAGED;
use super::walk::{At, Walk};
use data_encoding::BASE64;
use der::{INTEGER, OCTETS, OID, SEQUENCE, element};
use std::io;

/// Said of a key that one of them opens.
const OPENS: &str = "opens with a well-known password";

/// Passwords that documentation and tools use.
const KNOWN_PASSWORDS: [&str; 10] = [
    "changeit",
    "",
    "changeme",
    "password",
    "android",
    "secret",
    "123456",
    "keystore",
    "storepass",
    "keypass",
];

/// Algorithms that encrypt a key: PBES1 and PBES2 of PKCS#5, and those of PKCS#12.
const CIPHERS: [&[u8]; 2] = [b"\x2a\x86\x48\x86\xf7\x0d\x01\x05", b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01"];

/// True for the start of such a file.
pub(super) fn is_one(head: &[u8]) -> bool {
    match head {
        [0xfe, 0xed, ..] | [0xce, 0xce, ..] => {
            java::MAGIC.iter().any(|magic| head.starts_with(magic)) && java::has_version(head)
        }
        [0x30, ..] => private_key(head).is_some() || pkcs12::is_one(head),
        [0x94 | 0x95 | 0xc5, ..] => is_openpgp(head),
        [0x03 | 0x05 | b'P' | b'G' | b'k', ..] => stores::is_one(head),
        _ => false,
    }
}

/// Gives out the keys of such a file.
pub(super) fn read(walk: &mut Walk<'_>, bytes: &[u8], at: &At) -> io::Result<()> {
    let keys = keys(bytes);
    for (name, armour) in &keys.armoured {
        walk.text(name, armour.as_bytes(), at)?;
    }
    if keys.is_complete { Ok(()) } else { walk.ends(&at.path, DAMAGED) }
}

/// The keys of a file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Keys {
    /// Each with a name, in armour.
    armoured: Vec<(String, String)>,
    /// False if something in the file could not be read.
    is_complete: bool,
}

/// The keys of such a file.
fn keys(bytes: &[u8]) -> Keys {
    let one = |name: &str, armour| Keys { armoured: vec![(name.to_owned(), armour)], is_complete: true };
    match bytes {
        [0x30, ..] if pkcs12::is_one(bytes) => pkcs12::keys(bytes),
        [0x30, ..] => match private_key(bytes) {
            Some(key) if key.is_whole => one("key.pem", armoured(key.label, key.bytes)),
            _ => Keys::default(),
        },
        [0xfe | 0xce, ..] => java::keys(bytes),
        [0x03 | 0x05 | b'P' | b'G' | b'k', ..] => stores::keys(bytes),
        _ => one("key.asc", openpgp(bytes)),
    }
}

/// A private key in DER.
struct PrivateKey<'a> {
    label: &'static str,
    bytes: &'a [u8],
    is_whole: bool,
}

/// The private key that `bytes` begin with, which may be cut off after it began.
fn private_key(bytes: &[u8]) -> Option<PrivateKey<'_>> {
    let outer = element(bytes).filter(|outer| outer.tag == SEQUENCE)?;
    let own = &bytes[..bytes.len() - outer.after.len()];
    let first = element(outer.content)?;
    let second = element(first.after)?;
    let is_algorithm = |of: &der::Element<'_>| element(of.content).is_some_and(|oid| oid.tag == OID);
    let label = match (first.tag, first.content, second.tag) {
        (INTEGER, [0 | 1], SEQUENCE) => {
            let key = element(second.after).filter(|key| key.tag == OCTETS && is_algorithm(&second))?;
            // An algorithm, and a key of a possible size.
            (key.content.len() >= 16).then_some("PRIVATE KEY")?
        }
        (INTEGER, [0], INTEGER) if second.content.len() >= 63 => "RSA PRIVATE KEY",
        (INTEGER, [1], OCTETS) if (16..=66).contains(&second.content.len()) => "EC PRIVATE KEY",
        (SEQUENCE, _, OCTETS) => {
            let oid = element(first.content).filter(|oid| oid.tag == OID)?.content;
            let is_cipher = oid == java::CIPHER || CIPHERS.iter().any(|cipher| oid.starts_with(cipher));
            is_cipher.then_some("ENCRYPTED PRIVATE KEY")?
        }
        _ => return None,
    };
    Some(PrivateKey { label, bytes: own, is_whole: outer.is_whole })
}

/// True for the first packet of an OpenPGP secret key: its tag, a version that exists, a time, an algorithm.
fn is_openpgp(head: &[u8]) -> bool {
    let body = match head {
        [0x94, _, body @ ..] => body,
        [0x95, _, _, body @ ..] => body,
        [0xc5, 0..192, body @ ..] => body,
        [0xc5, 192..224, _, body @ ..] => body,
        [0xc5, 255, _, _, _, _, body @ ..] => body,
        _ => return false,
    };
    // Made between 1991 and 2106.
    matches!(body, [4..=6, 0x28..=0xff, _, _, _, 1..=3 | 16..=22 | 25..=28, ..])
}

/// The same in armour, with its checksum (RFC 9580, section 6.1).
fn openpgp(bytes: &[u8]) -> String {
    let checksum = bytes.iter().fold(0x00b7_04ce_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte) << 16, |crc, _| {
            let next = crc << 1;
            if next & 0x0100_0000 == 0 { next } else { next ^ 0x0186_4cfb }
        })
    });
    let checksum = BASE64.encode(&checksum.to_be_bytes()[1..]);
    let label = "PGP PRIVATE KEY BLOCK";
    format!("-----BEGIN {label}-----\n\n{}={checksum}\n-----END {label}-----\n", lines(bytes))
}

fn armoured(label: &str, bytes: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}-----END {label}-----\n", lines(bytes))
}

/// Base64 in lines of 64 characters.
fn lines(bytes: &[u8]) -> String {
    bytes.chunks(48).map(|chunk| BASE64.encode(chunk) + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::pkcs12::BAG;
    use super::*;
    use sha1::{Digest, Sha1};

    fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let len = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x84], &len[..], &content].concat()
    }

    /// A key in PKCS#8 whose octets are `key`.
    fn pkcs8(key: &[u8]) -> Vec<u8> {
        let ed25519 = der(SEQUENCE, &[&der(OID, &[b"\x2b\x65\x70"])]);
        der(SEQUENCE, &[&der(INTEGER, &[&[0]]), &ed25519, &der(OCTETS, &[&der(OCTETS, &[key])])])
    }

    /// What `KeyProtector` makes of a key.
    fn protected(plain: &[u8], password: &str) -> Vec<u8> {
        let password: Vec<u8> = password.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let salt = [7; 20];
        let digest = |parts: [&[u8]; 2]| Sha1::new().chain_update(parts[0]).chain_update(parts[1]).finalize();
        let mut stream = digest([&password, &salt]);
        let mut cipher = Vec::new();
        for block in plain.chunks(20) {
            cipher.extend(block.iter().zip(stream.iter()).map(|(byte, key)| byte ^ key));
            stream = digest([&password, &stream]);
        }
        let check = digest([&password, plain]);
        let algorithm = der(SEQUENCE, &[&der(OID, &[java::CIPHER]), b"\x05\x00"]);
        der(SEQUENCE, &[&algorithm, &der(OCTETS, &[&salt, &cipher, &check])])
    }

    fn java(entries: &[(&str, Option<&[u8]>)]) -> Vec<u8> {
        let text =
            |text: &str| [&u16::try_from(text.len()).unwrap().to_be_bytes()[..], text.as_bytes()].concat();
        let sized = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat();
        let certificate = [text("X.509"), sized(b"certificate")].concat();
        let mut store =
            [&java::MAGIC[0][..], &[0, 0, 0, 2], &u32::try_from(entries.len()).unwrap().to_be_bytes()]
                .concat();
        for (alias, key) in entries {
            store.extend([0, 0, 0, if key.is_some() { 1 } else { 2 }]);
            store.extend(text(alias));
            store.extend([0; 8]);
            match key {
                Some(key) => store.extend([&sized(key)[..], &[0, 0, 0, 1], &certificate].concat()),
                None => store.extend(&certificate),
            }
        }
        store.extend([9; 20]);
        store
    }

    #[test]
    fn a_key_in_der_is_given_out_in_armour() {
        let key = pkcs8(&[5; 32]);
        assert!(is_one(&key) && is_one(&key[..key.len() - 4]));
        let Keys { armoured: all, is_complete: true } = keys(&key) else { panic!("it is whole") };
        let [(name, armour)] = &all[..] else { panic!("there is one key") };
        assert_eq!(name, "key.pem");
        assert_eq!(*armour, armoured("PRIVATE KEY", &key));
        assert_eq!(keys(&key[..key.len() - 1]), Keys::default());
        // A certificate, a public key, a number.
        let algorithm = der(SEQUENCE, &[&der(OID, &[b"\x2b\x65\x70"])]);
        for other in [
            der(SEQUENCE, &[&der(SEQUENCE, &[&der(INTEGER, &[&[2]])]), &algorithm]),
            der(SEQUENCE, &[&algorithm, &der(3, &[&[0; 33]])]),
            der(SEQUENCE, &[&algorithm, &der(OCTETS, &[&[0; 33]])]),
            der(SEQUENCE, &[&der(INTEGER, &[&[5; 128]]), &der(INTEGER, &[&[3]])]),
        ] {
            assert!(!is_one(&other), "{other:02x?}");
        }
    }

    #[test]
    fn a_keystore_with_a_known_password_is_opened() {
        let key = pkcs8(&[5; 32]);
        let (weak, strong) = (protected(&key, "changeit"), protected(&key, "Vq83kd-LLx"));
        let store = java(&[("ca", None), ("weak key", Some(&weak)), ("strong", Some(&strong))]);
        assert!(is_one(&store));
        assert_eq!(
            keys(&store).armoured,
            [
                (format!("weak_key ({OPENS}).pem"), armoured("PRIVATE KEY", &key)),
                ("strong.pem".to_owned(), armoured("ENCRYPTED PRIVATE KEY", &strong)),
            ]
        );
        assert_eq!(keys(&java(&[("ca", None)])), Keys { is_complete: true, ..Keys::default() });
        assert!(keys(&store).is_complete);
        // Cut off anywhere before its checksum it lacks an entry.
        assert!((12..store.len() - 20).all(|len| !keys(&store[..len]).is_complete));
    }

    #[test]
    fn the_bags_of_a_store_give_their_keys() {
        let key = pkcs8(&[5; 32]);
        let bag = |kind: u8, value: &[u8]| der(SEQUENCE, &[BAG, &[kind], &der(0xa0, &[value])]);
        let cipher = der(SEQUENCE, &[&der(OID, &[b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"])]);
        let closed = der(SEQUENCE, &[&cipher, &der(OCTETS, &[&[8; 64]])]);
        let bags = der(OCTETS, &[&der(SEQUENCE, &[&bag(2, &closed), &bag(1, &key), &bag(3, b"x")])]);
        let data = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
        let store = der(SEQUENCE, &[&[INTEGER, 1, 3], &der(SEQUENCE, &[data, &der(0xa0, &[&bags])])]);
        assert!(is_one(&store));
        assert_eq!(
            keys(&store).armoured,
            [
                ("key 1.pem".to_owned(), armoured("ENCRYPTED PRIVATE KEY", &closed)),
                ("key 2.pem".to_owned(), armoured("PRIVATE KEY", &key)),
            ]
        );
    }

    #[test]
    fn a_store_with_a_bag_that_cannot_be_read_is_not_complete() {
        let data = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
        let store = |bag: &[u8]| der(SEQUENCE, &[&[INTEGER, 1, 3], &der(SEQUENCE, &[data, bag])]);
        let bag = |kind: u8| der(SEQUENCE, &[BAG, &[kind], &der(0xa0, &[b"x"])]);
        for (kind, is_complete) in [(1, false), (2, false), (3, true), (5, false)] {
            assert_eq!(keys(&store(&bag(kind))).is_complete, is_complete, "{kind}");
        }
        let whole = store(&bag(3));
        assert!(!keys(&whole[..whole.len() - 1]).is_complete);
    }

    #[test]
    fn an_openpgp_key_gets_the_checksum_of_its_armour() {
        // The checksum of "123456789" is published with the algorithm.
        assert!(openpgp(b"123456789").contains(&format!("={}\n", BASE64.encode(&[0x21, 0xcf, 0x02]))));
        assert!(is_one(&[0x95, 1, 0, 4, 0x5f, 0, 0, 0, 1, 8]));
        assert!(!is_one(&[0x99, 1, 0, 4, 0x5f, 0, 0, 0, 1, 8]));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_are_none(
            start in proptest::sample::select(vec![&b"\x30\x82\x01\x00\x02\x01\x00"[..], b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\x09", b"\x30\x80\x02\x01\x03\x30\x80", b"\xc5\xff"]),
            rest in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
        ) {
            let bytes = [start, &rest].concat();
            if is_one(&bytes) {
                keys(&bytes);
            }
        }
    }
}
