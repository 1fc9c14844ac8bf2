//! Keystores of Java.
//!
//! Sources: the class `JavaKeyStore` of OpenJDK for the layout, `KeyProtector` for the cipher.

use super::der::{OCTETS, element};
use super::fields::BigEndian;
use super::{KNOWN_PASSWORDS, Keys, OPENS, armoured};
use sha1::{Digest, Sha1};

/// The first bytes of a keystore of Java, before its version: of the usual kind, and of JCE's.
pub(super) const MAGIC: [[u8; 4]; 2] = [[0xfe, 0xed, 0xfe, 0xed], [0xce, 0xce, 0xce, 0xce]];

/// The cipher of keys in a usual keystore of Java: 1.3.6.1.4.1.42.2.17.1.1.
pub(super) const CIPHER: &[u8] = b"\x2b\x06\x01\x04\x01\x2a\x02\x11\x01\x01";

/// True if a version that exists, and a number of entries that is possible, come after a keystore's first bytes.
pub(super) fn has_version(head: &[u8]) -> bool {
    matches!(head.get(4..12), Some([0, 0, 0, 1 | 2, 0, 0, ..]))
}

/// The keys of a keystore of Java.
pub(super) fn keys(bytes: &[u8]) -> Keys {
    let mut found = Vec::new();
    // After magic number and version.
    let mut fields = BigEndian(bytes.get(8..).unwrap_or_default());
    for _ in 0..fields.number(4).unwrap_or_default() {
        // Cut off, or of a kind that only Java reads: a key of a cipher, serialised.
        let Some(entry) = java_entry(&mut fields) else {
            return Keys { armoured: found, is_complete: false };
        };
        if let Some(key) = entry.key {
            let alias: String = String::from_utf8_lossy(entry.alias)
                .chars()
                .take(64)
                .map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' })
                .collect();
            found.push(match opened(key) {
                Some(plain) => (format!("{alias} ({OPENS}).pem"), armoured("PRIVATE KEY", &plain)),
                None => (format!("{alias}.pem"), armoured("ENCRYPTED PRIVATE KEY", key)),
            });
        }
    }
    Keys { armoured: found, is_complete: true }
}

/// An entry of a keystore of Java.
struct JavaEntry<'a> {
    alias: &'a [u8],
    /// The key under its password; none if the entry is a certificate.
    key: Option<&'a [u8]>,
}

fn java_entry<'a>(fields: &mut BigEndian<'a>) -> Option<JavaEntry<'a>> {
    let kind = fields.number(4)?;
    let alias = fields.counted()?;
    fields.take(8)?;
    let certificate = |fields: &mut BigEndian<'a>| {
        fields.counted()?;
        let len = fields.number(4)?;
        fields.take(len)
    };
    match kind {
        1 => {
            let len = fields.number(4)?;
            let key = fields.take(len)?;
            for _ in 0..fields.number(4)? {
                certificate(fields)?;
            }
            Some(JavaEntry { alias, key: Some(key) })
        }
        2 => certificate(fields).map(|_| JavaEntry { alias, key: None }),
        _ => None,
    }
}

/// The key without its protection, if a password that everybody knows opens it.
fn opened(key: &[u8]) -> Option<Vec<u8>> {
    let outer = element(key)?;
    let algorithm = element(outer.content)?;
    let oid = element(algorithm.content)?;
    if oid.content != CIPHER {
        return None;
    }
    let protected = element(algorithm.after).filter(|octets| octets.tag == OCTETS)?.content;
    let (salt, rest) = protected.split_at_checked(20)?;
    let (cipher, check) = rest.split_at_checked(rest.len().checked_sub(20)?)?;
    KNOWN_PASSWORDS.iter().find_map(|password| {
        let password: Vec<u8> = password.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let digest = |parts: [&[u8]; 2]| Sha1::new().chain_update(parts[0]).chain_update(parts[1]).finalize();
        let mut stream = digest([&password, salt]);
        let mut plain = Vec::with_capacity(cipher.len());
        for block in cipher.chunks(20) {
            plain.extend(block.iter().zip(stream.iter()).map(|(byte, key)| byte ^ key));
            stream = digest([&password, &stream]);
        }
        (digest([&password, &plain])[..] == *check).then_some(plain)
    })
}
