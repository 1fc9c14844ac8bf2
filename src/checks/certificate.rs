//! Certificates (X.509, RFC 5280): whose public key one has, and what it says of itself. A private key whose public half is in
//! one is the key of that certificate: that is a proof, wherever the two are.
//!
//! Signatures are not verified here: that needs to know whom to trust, which `--verify` does.

use crate::rules::bignum::trimmed;
use data_encoding::BASE64;
use jiff::Timestamp;
use memchr::memmem;
use std::net::{Ipv4Addr, Ipv6Addr};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

/// How a certificate's armour begins and ends.
const ARMOUR: (&[u8], &[u8]) = (b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----");

/// The same encoded once more, as Kubernetes writes its secrets: all but the last digits, which depend on what comes next.
const ENCODED: &[u8] = b"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t";

/// The largest certificate that is read, bytes.
const LARGEST: usize = 64 << 10;

/// The most certificates of one text.
const MOST: usize = 256;

/// The most names that are kept.
const MOST_NAMES: usize = 100;

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// It in DER.
    pub(crate) der: Vec<u8>,
    /// The public half, as [`public_half`](super::public_half) gives that of a private key.
    pub(crate) half: Vec<u8>,
    /// Whose it is.
    pub(crate) subject: String,
    /// The hosts and addresses that it is for.
    pub(crate) names: Vec<String>,
    /// Who issued it.
    pub(crate) issuer: String,
    /// Whether the issuer is its subject.
    pub(crate) is_self_signed: bool,
    /// Whether it may issue others.
    pub(crate) is_authority: bool,
    /// From when to when it is valid, in seconds since 1970.
    pub(crate) valid: (i64, i64),
}

impl Certificate {
    /// Reads one in DER.
    pub(crate) fn read(der: &[u8]) -> Option<Self> {
        let (rest, read) = X509Certificate::from_der(der).ok()?;
        if der.len() > LARGEST {
            return None;
        }
        let key = read.public_key();
        let bits: &[u8] = &key.subject_public_key.data;
        let half = match key.parsed() {
            Ok(PublicKey::RSA(key)) => trimmed(key.modulus).to_vec(),
            Ok(PublicKey::DSA(number)) => trimmed(number).to_vec(),
            _ => bits.to_vec(),
        };
        let names = read.subject_alternative_name().ok().flatten();
        let names = names.iter().flat_map(|extension| &extension.value.general_names);
        let is_authority = read.basic_constraints().ok().flatten().is_some_and(|basic| basic.value.ca);
        Some(Self {
            der: der[..der.len() - rest.len()].to_vec(),
            half,
            subject: read.subject().to_string(),
            names: names.filter_map(shown).take(MOST_NAMES).collect(),
            issuer: read.issuer().to_string(),
            is_self_signed: read.subject().as_raw() == read.issuer().as_raw(),
            is_authority,
            valid: (read.validity().not_before.timestamp(), read.validity().not_after.timestamp()),
        })
    }

    /// Until when it is valid, fit to print.
    pub(crate) fn end(&self) -> String {
        Timestamp::from_second(self.valid.1).map(|time| time.to_string()).unwrap_or_default()
    }

    /// All that a text has: in armour, in armour that is encoded once more, or all of it in DER.
    pub(crate) fn all(text: &[u8]) -> Vec<Self> {
        let mut all: Vec<Self> = armoured(text);
        for at in memmem::find_iter(text, ENCODED).take(MOST) {
            let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
            let run = text[at..].iter().take(LARGEST * 2).take_while(|byte| is_digit(byte)).count();
            if let Ok(inner) = BASE64.decode(&padded(&text[at..at + run])) {
                all.extend(armoured(&inner));
            }
        }
        if text.starts_with(&[0x30]) {
            all.extend(Self::read(text));
        }
        all.truncate(MOST);
        all
    }
}

fn padded(digits: &[u8]) -> Vec<u8> {
    let mut digits = digits.to_vec();
    digits.resize(digits.len().next_multiple_of(4), b'=');
    digits
}

/// Those in armour, whose lines may be escaped, quoted or indented.
fn armoured(text: &[u8]) -> Vec<Certificate> {
    let starts = memmem::find_iter(text, ARMOUR.0).take(MOST);
    let each = starts.filter_map(|at| {
        let body = &text[at + ARMOUR.0.len()..];
        let body = &body[..memmem::find(&body[..body.len().min(LARGEST * 2)], ARMOUR.1)?];
        let mut digits = Vec::with_capacity(body.len());
        let mut bytes = body.iter().copied();
        while let Some(byte) = bytes.next() {
            match byte {
                // `\n` and its kin, as strings have them.
                b'\\' => drop(bytes.next()),
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'=' => digits.push(byte),
                _ => {}
            }
        }
        Certificate::read(&BASE64.decode(&digits).ok()?)
    });
    each.collect()
}

/// A name, as hosts are written.
fn shown(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) | GeneralName::RFC822Name(name) | GeneralName::URI(name) => {
            Some((*name).to_owned())
        }
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|bytes| Ipv4Addr::from(bytes).to_string()),
            16 => <[u8; 16]>::try_from(*bytes).ok().map(|bytes| Ipv6Addr::from(bytes).to_string()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::public_half;
    use super::*;
    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};

    #[test]
    fn a_key_and_its_certificate_have_the_same_public_half() {
        for algorithm in [&PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384, &PKCS_ED25519] {
            let (key, other) = (KeyPair::generate_for(algorithm), KeyPair::generate_for(algorithm));
            let (key, other) = (key.expect("ring makes it"), other.expect("ring makes it"));
            let mut parameters =
                CertificateParams::new(vec!["shop.acme.example".to_owned(), "10.0.0.7".to_owned()])
                    .expect("the names are some");
            parameters.not_after = rcgen::date_time_ymd(2031, 2, 3);
            let certificate = parameters.self_signed(&key).expect("it can be made");
            let pem = certificate.pem();
            let secret = key.serialize_pem();
            let escaped = format!("x = \"{}\"", pem.replace('\n', "\\n"));
            let encoded = format!("  tls.crt: {}\n  tls.key: x\n", BASE64.encode(pem.as_bytes()));
            for text in [pem.as_bytes(), escaped.as_bytes(), encoded.as_bytes(), certificate.der()] {
                let all = Certificate::all(text);
                let [read] = &all[..] else { panic!("{} certificates", all.len()) };
                assert_eq!(Some(&read.half), public_half(secret.as_bytes()).as_ref());
                assert_ne!(Some(&read.half), public_half(other.serialize_pem().as_bytes()).as_ref());
                assert_eq!(read.names, ["shop.acme.example", "10.0.0.7"]);
                assert!(read.is_self_signed && !read.is_authority);
                assert_eq!(read.valid.1, 1_927_843_200);
                assert_eq!(read.der, certificate.der().as_ref());
            }
            assert!(Certificate::all(secret.as_bytes()).is_empty());
            assert!(Certificate::all(&pem.as_bytes()[..pem.len() - 40]).is_empty());
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let text = [ARMOUR.0, BASE64.encode(&bytes).as_bytes(), ARMOUR.1].concat();
            Certificate::all(&text);
            Certificate::all(&[&[0x30, 0x82][..], &bytes].concat());
        }
    }
}
