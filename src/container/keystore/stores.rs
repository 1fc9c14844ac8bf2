//! Stores of credentials that are known by their first bytes and stay closed: KeePass, Password Safe, keyrings of GNOME and
//! macOS. And Kerberos keytabs, which are open.
//!
//! Of a closed store a text with the digest of its file is given out, by which it is one finding wherever it is; of a keytab
//! each key.
//!
//! Sources: the formats' own documents (KeePass's KDBX 3.1 and 4, Password Safe's formatV3.txt, GNOME's keyring format); the
//! keytab format in the documentation of MIT Kerberos.

use super::Keys;
use super::fields::BigEndian;
use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest, Sha256};

/// The first bytes of stores, and what they are.
const CLOSED: [(&[u8], &str); 6] = [
    (b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5", "KEEPASS DATABASE"),
    (b"\x03\xd9\xa2\x9a\x66\xfb\x4b\xb5", "KEEPASS DATABASE"),
    (b"\x03\xd9\xa2\x9a\x65\xfb\x4b\xb5", "KEEPASS DATABASE"),
    (b"PWS3", "PASSWORD SAFE DATABASE"),
    (b"GnomeKeyring\n\r\0\n", "GNOME KEYRING"),
    (b"kych\0\x01\0\0", "MACOS KEYCHAIN"),
];

/// The shortest store, bytes: the header of any of them is longer.
const SHORTEST: usize = 64;

/// True for the start of such a store.
pub(super) fn is_one(head: &[u8]) -> bool {
    closed(head).is_some() || is_keytab(head)
}

fn closed(bytes: &[u8]) -> Option<&'static str> {
    let (_, name) = CLOSED.iter().find(|(magic, _)| bytes.starts_with(magic))?;
    // A text may begin with four letters.
    let is_text =
        bytes.iter().take(SHORTEST).all(|byte| (b' '..=b'~').contains(byte) || byte.is_ascii_whitespace());
    (bytes.len() >= SHORTEST && !is_text).then_some(name)
}

/// What is known of such a store.
pub(super) fn keys(bytes: &[u8]) -> Keys {
    let Some(name) = closed(bytes) else { return keytab(bytes) };
    let digest = BASE64.encode(&Sha256::digest(bytes));
    let text = format!("-----BEGIN {name}-----\n{digest}\n-----END {name}-----\n");
    Keys { armoured: vec![("store".to_owned(), text)], is_complete: true }
}

/// A key of a keytab, and whose it is.
struct KeytabEntry<'a> {
    principal: String,
    version: usize,
    kind: usize,
    key: &'a [u8],
}

/// True for the start of a keytab: version 2, and a first entry whose realm and names are readable.
fn is_keytab(head: &[u8]) -> bool {
    let [5, 2, rest @ ..] = head else { return false };
    let mut fields = BigEndian(rest);
    let size = fields.number(4).filter(|size| (20..=0xffff).contains(size));
    // Without the second half of the first entry nothing is certain.
    size.and_then(|size| fields.take(size)).and_then(entry).is_some()
}

fn entry(bytes: &[u8]) -> Option<KeytabEntry<'_>> {
    let mut fields = BigEndian(bytes);
    let parts = fields.number(2).filter(|parts| (1..=16).contains(parts))?;
    let readable = |text: &[u8]| {
        let is_readable = !text.is_empty() && text.iter().all(|byte| (b'!'..=b'~').contains(byte));
        is_readable.then(|| String::from_utf8_lossy(text).into_owned())
    };
    let realm = readable(fields.counted()?)?;
    let mut names = Vec::new();
    for _ in 0..parts {
        names.push(readable(fields.counted()?)?);
    }
    // The type of the name, the time.
    fields.take(8)?;
    let version = fields.number(1)?;
    let kind = fields.number(2)?;
    let key = fields.counted().filter(|key| (8..=64).contains(&key.len()))?;
    // A longer version comes last.
    let version = fields.number(4).filter(|long| *long > 0).unwrap_or(version);
    Some(KeytabEntry { principal: format!("{}@{realm}", names.join("/")), version, kind, key })
}

/// The keys of a keytab, one a line.
fn keytab(bytes: &[u8]) -> Keys {
    let mut fields = BigEndian(bytes.get(2..).unwrap_or_default());
    let (mut text, mut is_complete) = (String::new(), true);
    while !fields.0.is_empty() {
        let Some(size) = fields.number(4) else {
            is_complete = false;
            break;
        };
        // A negative size is that of a hole, which may still have the entry that was there.
        let is_hole = size > 0x7fff_ffff;
        let size = if is_hole { 0x1_0000_0000 - size } else { size };
        let Some(bytes) = fields.take(size) else {
            is_complete = false;
            break;
        };
        match entry(bytes) {
            Some(KeytabEntry { principal, version, kind, key }) => {
                let key = HEXLOWER.encode(key);
                text.push_str(&format!(
                    "kerberos-keytab {principal} kvno {version} etype {kind} key {key}\n"
                ));
            }
            None => is_complete &= is_hole || size == 0,
        }
    }
    Keys { armoured: vec![("keytab".to_owned(), text)], is_complete }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(bytes: &[u8]) -> Vec<u8> {
        [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
    }

    fn of_host(key: &[u8]) -> Vec<u8> {
        let names = [counted(b"EXAMPLE.ORG"), counted(b"host"), counted(b"www")].concat();
        let entry = [&[0, 2][..], &names, &[0, 0, 0, 1, 1, 2, 3, 4, 7, 0, 18], &counted(key)].concat();
        [&u32::try_from(entry.len()).unwrap().to_be_bytes()[..], &entry].concat()
    }

    #[test]
    fn each_key_of_a_keytab_is_a_line() {
        let (one, other) = (of_host(&[0xab; 32]), of_host(&[0xcd; 32]));
        let hole = [&0xffff_fff0_u32.to_be_bytes()[..], &[0; 16]].concat();
        let keytab = [&[5, 2][..], &one, &hole, &other].concat();
        assert!(is_one(&keytab) && !is_one(&keytab[..40]) && !is_one(b"\x05\x02\0\0\0\x40 some text"));
        let Keys { armoured, is_complete } = keys(&keytab);
        let line = |digit: &str| {
            format!("kerberos-keytab host/www@EXAMPLE.ORG kvno 7 etype 18 key {}\n", digit.repeat(32))
        };
        assert_eq!(armoured, [("keytab".to_owned(), line("ab") + &line("cd"))]);
        assert!(is_complete);
        assert!(!keys(&keytab[..keytab.len() - 1]).is_complete);
    }

    #[test]
    fn a_closed_store_is_known_by_its_bytes_and_a_text_is_none() {
        for (magic, name) in CLOSED {
            let store = [magic, &[0x83; 100]].concat();
            assert!(is_one(&store), "{name}");
            assert!(keys(&store).armoured[0].1.starts_with(&format!("-----BEGIN {name}-----\n")));
            assert!(!is_one(&store[..20]));
        }
        assert!(!is_one(format!("PWS3 {}", "is a text ".repeat(20)).as_bytes()));
    }
}
