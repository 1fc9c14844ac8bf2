//! Stores of PKCS#12: whether a password that everybody knows opens them, and their keys.
//!
//! Sources: RFC 7292 (the store; appendix B for its keys), RFC 8018 (PBES2), RFC 8017 for the names of hashes.
//!
//! # Design
//!
//! A store has a checksum under its password, so that one is tried without decrypting anything. Keys are taken out of their
//! encryption by the methods that openssl, Java and Windows write: AES and triple DES. Another one leaves the key closed, and
//! its name says nevertheless that the password is known.

use super::der::{INTEGER, OCTETS, OID, SEQUENCE, element};
use super::{KNOWN_PASSWORDS, Keys, OPENS, armoured, private_key};
use aes::cipher::{Array, BlockCipherDecrypt, BlockSizeUser, KeyInit};
use hmac::{Hmac, Mac};
use memchr::memmem;
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha384, Sha512};

/// The bags of PKCS#12 that contain a private key, up to the last byte: 1 if it is open, 2 if it has a passphrase.
pub(super) const BAG: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01";

/// More rounds of a hash than this are not computed for each password that is tried; openssl makes 2,048, Java 10,000.
const MOST_ROUNDS: u64 = 100_000;

/// True for the start of a store of PKCS#12: version 3 and content that is data or signed.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    // A length may be indefinite here.
    let at = match bytes {
        [SEQUENCE, len @ 0x80..=0x84, ..] => 2 + usize::from(len & 0x7f),
        [SEQUENCE, ..] => 2,
        _ => return false,
    };
    let Some([INTEGER, 1, 3, SEQUENCE, len, rest @ ..]) = bytes.get(at..) else { return false };
    let skipped = if *len > 0x80 { usize::from(len & 0x7f) } else { 0 };
    rest.get(skipped..).is_some_and(|rest| rest.starts_with(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"))
}

/// The keys of a store. Bags of keys are in no encrypted part in what openssl, Java and Windows write.
pub(super) fn keys(bytes: &[u8]) -> Keys {
    // A store whose length is indefinite has no end that could be missing.
    let mut is_complete = element(bytes).is_none_or(|store| store.is_whole);
    let mut found = Vec::new();
    let mut password: Option<Option<Password>> = None;
    for at in memmem::find_iter(bytes, BAG) {
        let (kind, rest) = bytes[at + BAG.len()..].split_first().unwrap_or((&0, &[]));
        // Certificates, lists of revoked ones, and bags of bags.
        if matches!(kind, 3 | 4 | 6) {
            continue;
        }
        let value =
            element(rest).filter(|value| value.tag == 0xa0).and_then(|value| private_key(value.content));
        let Some(key) = value.filter(|key| key.is_whole && matches!(kind, 1 | 2)) else {
            is_complete = false;
            continue;
        };
        let name = format!("key {}", found.len() + 1);
        if *kind == 1 {
            found.push((format!("{name}.pem"), armoured(key.label, key.bytes)));
            continue;
        }
        let armour = match password.get_or_insert_with(|| known_password(bytes)) {
            None => (format!("{name}.pem"), armoured("ENCRYPTED PRIVATE KEY", key.bytes)),
            Some(password) => {
                let plain = decrypted(key.bytes, password).filter(|plain| private_key(plain).is_some());
                let armour = match plain {
                    Some(plain) => armoured("PRIVATE KEY", &plain),
                    None => armoured("ENCRYPTED PRIVATE KEY", key.bytes),
                };
                (format!("{name} ({OPENS}).pem"), armour)
            }
        };
        found.push(armour);
    }
    Keys { armoured: found, is_complete }
}

/// A password, as the two ways to derive a key take it.
struct Password {
    text: &'static str,
    /// In UTF-16, ended by a zero; a store without a password may have nothing at all.
    wide: Vec<u8>,
}

/// A hash function.
#[derive(Clone, Copy)]
enum StoreHash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl StoreHash {
    fn of(oid: &[u8]) -> Option<Self> {
        Some(match oid {
            b"\x2b\x0e\x03\x02\x1a" | b"\x2a\x86\x48\x86\xf7\x0d\x02\x07" => Self::Sha1,
            b"\x60\x86\x48\x01\x65\x03\x04\x02\x01" | b"\x2a\x86\x48\x86\xf7\x0d\x02\x09" => Self::Sha256,
            b"\x60\x86\x48\x01\x65\x03\x04\x02\x02" | b"\x2a\x86\x48\x86\xf7\x0d\x02\x0a" => Self::Sha384,
            b"\x60\x86\x48\x01\x65\x03\x04\x02\x03" | b"\x2a\x86\x48\x86\xf7\x0d\x02\x0b" => Self::Sha512,
            _ => return None,
        })
    }

    /// A key of PKCS#12 (RFC 7292, appendix B.2) for the purpose `id`.
    fn derive(self, id: u8, password: &[u8], salt: &[u8], rounds: u64, len: usize) -> Vec<u8> {
        match self {
            Self::Sha1 => derive::<Sha1>(64, id, password, salt, rounds, len),
            Self::Sha256 => derive::<Sha256>(64, id, password, salt, rounds, len),
            Self::Sha384 => derive::<Sha384>(128, id, password, salt, rounds, len),
            Self::Sha512 => derive::<Sha512>(128, id, password, salt, rounds, len),
        }
    }

    fn hmac(self, key: &[u8], text: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => hmac::<Hmac<Sha1>>(key, text),
            Self::Sha256 => hmac::<Hmac<Sha256>>(key, text),
            Self::Sha384 => hmac::<Hmac<Sha384>>(key, text),
            Self::Sha512 => hmac::<Hmac<Sha512>>(key, text),
        }
    }

    /// PBKDF2 (RFC 8018, section 5.2).
    fn stretch(self, password: &[u8], salt: &[u8], rounds: u64, len: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for number in 1_u32.. {
            if out.len() >= len {
                break;
            }
            let mut last = self.hmac(password, &[salt, &number.to_be_bytes()].concat());
            let mut block = last.clone();
            for _ in 1..rounds {
                last = self.hmac(password, &last);
                block.iter_mut().zip(&last).for_each(|(byte, other)| *byte ^= other);
            }
            out.extend(block);
        }
        out.truncate(len);
        out
    }
}

fn hmac<M: Mac + KeyInit>(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// `block` is the length of what the hash takes at a time, bytes.
fn derive<D: Digest>(block: usize, id: u8, password: &[u8], salt: &[u8], rounds: u64, len: usize) -> Vec<u8> {
    let repeated = |bytes: &[u8]| -> Vec<u8> {
        bytes.iter().copied().cycle().take(bytes.len().next_multiple_of(block)).collect()
    };
    let mut input = [repeated(salt), repeated(password)].concat();
    let mut out = Vec::new();
    while out.len() < len {
        let mut hash = D::new().chain_update(vec![id; block]).chain_update(&input).finalize();
        for _ in 1..rounds {
            hash = D::digest(&hash);
        }
        out.extend_from_slice(&hash);
        let one: Vec<u8> = hash.iter().copied().cycle().take(block).collect();
        for part in input.chunks_mut(block) {
            // The sum of both and 1, as numbers.
            let mut carry = 1_u16;
            for (byte, other) in part.iter_mut().zip(&one).rev() {
                carry += u16::from(*byte) + u16::from(*other);
                *byte = carry as u8;
                carry >>= 8;
            }
        }
    }
    out.truncate(len);
    out
}

/// A number that is not negative.
fn number(bytes: &[u8]) -> Option<u64> {
    let content = element(bytes).filter(|number| number.tag == INTEGER)?.content;
    (content.len() <= 8).then(|| content.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// The password that everybody knows under which the checksum of the store holds.
fn known_password(store: &[u8]) -> Option<Password> {
    let version = element(element(store)?.content)?;
    let safe = element(version.after)?;
    let mac = element(safe.after).filter(|mac| mac.tag == SEQUENCE)?;
    let explicit = element(element(safe.content)?.after)?;
    let content =
        element(explicit.content).filter(|content| content.tag == OCTETS && content.is_whole)?.content;
    let info = element(mac.content)?;
    let algorithm = element(info.content)?;
    let hash = StoreHash::of(element(algorithm.content)?.content)?;
    let digest = element(algorithm.after)?.content;
    let salt = element(info.after)?;
    let rounds = if salt.after.is_empty() { 1 } else { number(salt.after)? };
    if !(1..=MOST_ROUNDS).contains(&rounds) || salt.content.len() > 1024 {
        return None;
    }
    let wide =
        |text: &str| -> Vec<u8> { format!("{text}\0").encode_utf16().flat_map(u16::to_be_bytes).collect() };
    let without = std::iter::once(("", Vec::new()));
    let mut tried = without.chain(KNOWN_PASSWORDS.iter().map(|text| (*text, wide(text))));
    let (text, wide) = tried.find(|(_, wide)| {
        let key = hash.derive(3, wide, salt.content, rounds, digest.len().min(64));
        hash.hmac(&key, content) == digest
    })?;
    Some(Password { text, wide })
}

/// The key without its encryption, if that is of a known method.
fn decrypted(key: &[u8], password: &Password) -> Option<Vec<u8>> {
    let algorithm = element(element(key)?.content)?;
    let cipher = element(algorithm.after).filter(|octets| octets.tag == OCTETS)?.content;
    let oid = element(algorithm.content).filter(|oid| oid.tag == OID)?;
    let parameters = element(oid.after)?.content;
    match oid.content {
        // PBES2.
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d" => {
            let derivation = element(parameters)?;
            let scheme = element(derivation.after)?.content;
            let settings = element(element(derivation.content)?.after)?.content;
            let salt = element(settings)?;
            let rounds = number(salt.after)?;
            // The length of the key may be between the rounds and the function.
            let mut rest = element(salt.after)?.after;
            if element(rest).is_some_and(|next| next.tag == INTEGER) {
                rest = element(rest)?.after;
            }
            let hash = match element(rest).filter(|function| function.tag == SEQUENCE) {
                Some(function) => StoreHash::of(element(function.content)?.content)?,
                None => StoreHash::Sha1,
            };
            let name = element(scheme)?;
            let start = element(name.after)?.content;
            let len = match name.content {
                b"\x60\x86\x48\x01\x65\x03\x04\x01\x02" => 16,
                b"\x60\x86\x48\x01\x65\x03\x04\x01\x16" | b"\x2a\x86\x48\x86\xf7\x0d\x03\x07" => 24,
                b"\x60\x86\x48\x01\x65\x03\x04\x01\x2a" => 32,
                _ => return None,
            };
            if !(1..=MOST_ROUNDS * 10).contains(&rounds) {
                return None;
            }
            let secret = hash.stretch(password.text.as_bytes(), salt.content, rounds, len);
            match (len, name.content.first()) {
                (16, _) => cbc::<aes::Aes128>(&secret, start, cipher),
                (24, Some(0x60)) => cbc::<aes::Aes192>(&secret, start, cipher),
                (24, _) => cbc::<des::TdesEde3>(&secret, start, cipher),
                _ => cbc::<aes::Aes256>(&secret, start, cipher),
            }
        }
        // SHA-1 and triple DES with three keys.
        b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x03" => {
            let salt = element(parameters)?;
            let rounds = number(salt.after).filter(|rounds| (1..=MOST_ROUNDS * 10).contains(rounds))?;
            let of = |id, len| StoreHash::Sha1.derive(id, &password.wide, salt.content, rounds, len);
            cbc::<des::TdesEde3>(&of(1, 24), &of(2, 8), cipher)
        }
        _ => None,
    }
}

/// Decrypts blocks in a chain, and takes the padding away.
fn cbc<C: BlockCipherDecrypt + KeyInit + BlockSizeUser>(
    key: &[u8],
    start: &[u8],
    text: &[u8],
) -> Option<Vec<u8>> {
    let cipher = C::new_from_slice(key).ok()?;
    let size = C::block_size();
    if start.len() != size || text.is_empty() || !text.len().is_multiple_of(size) {
        return None;
    }
    let mut before = start;
    let mut plain = Vec::with_capacity(text.len());
    for block in text.chunks_exact(size) {
        let mut out = Array::try_from(block).ok()?;
        cipher.decrypt_block(&mut out);
        plain.extend(out.iter().zip(before).map(|(byte, before)| byte ^ before));
        before = block;
    }
    let padding = usize::from(*plain.last()?);
    let (key, rest) = plain.split_at_checked(plain.len().checked_sub(padding)?)?;
    let is_sound = (1..=size).contains(&padding) && rest.iter().all(|byte| usize::from(*byte) == padding);
    is_sound.then(|| key.to_vec())
}
