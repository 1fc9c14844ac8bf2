//! The public halves of private keys: what others publish, and what says nothing about the secret.

use data_encoding::BASE64;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;

/// How a key of OpenSSH's own form begins, decoded.
const OPENSSH: &[u8] = b"openssh-key-v1\0";

/// The public half of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublicKey {
    /// As certificates have it: a SubjectPublicKeyInfo (RFC 5280).
    Certified(Vec<u8>),
    /// As SSH has it (RFC 4253, section 6.6).
    Ssh(Vec<u8>),
}

impl PublicKey {
    /// That of a private key in PEM: of PKCS#8, PKCS#1, SEC1, or OpenSSH's own, in which it can be read even if the private half is
    /// encrypted. None for kinds that ring does not know (RSA below 2048 bits, P-521).
    pub(super) fn of(pem: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(pem).replace("\\n", "\n");
        if let Some((_, rest)) = text.split_once("-----BEGIN OPENSSH PRIVATE KEY-----") {
            let (body, _) = rest.split_once("-----END")?;
            let body: String = body.split_whitespace().collect();
            let bytes = BASE64.decode(body.as_bytes()).ok()?;
            // Cipher, derivation, its options; the number of keys; the public key.
            let (_, rest) = ssh_string(bytes.strip_prefix(OPENSSH)?)?;
            let (_, rest) = ssh_string(rest)?;
            let (_, rest) = ssh_string(rest)?;
            let (key, _) = ssh_string(rest.strip_prefix(&[0, 0, 0, 1])?)?;
            return Some(Self::Ssh(key.to_vec()));
        }
        let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).ok()?;
        let public = any_supported_type(&key).ok()?.public_key()?.as_ref().to_vec();
        Some(Self::Certified(public))
    }

    /// True if a certificate has it.
    pub(super) fn is_in(&self, certificate: &[u8]) -> bool {
        matches!(self, Self::Certified(key) if memchr::memmem::find(certificate, key).is_some())
    }

    /// It as SSH has it; none for a kind that SSH does not have.
    pub(super) fn ssh(&self) -> Option<Vec<u8>> {
        let key = match self {
            Self::Ssh(key) => return Some(key.clone()),
            Self::Certified(key) => key,
        };
        // A sequence of the algorithm (with its curve) and a string of bits, before which their unused number is: 0.
        let (_, body, _) = der(key)?;
        let (_, algorithm, rest) = der(body)?;
        let (_, bits, _) = der(rest)?;
        let bits = bits.strip_prefix(&[0])?;
        let is_of = |id: &[u8]| memchr::memmem::find(algorithm, id).is_some();
        let parts: Vec<&[u8]> = if is_of(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]) {
            let (_, numbers, _) = der(bits)?;
            let (_, modulus, rest) = der(numbers)?;
            let (_, exponent, _) = der(rest)?;
            vec![b"ssh-rsa", exponent, modulus]
        } else if is_of(&[0x2b, 0x65, 0x70]) {
            vec![b"ssh-ed25519", bits]
        } else if is_of(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]) {
            vec![b"ecdsa-sha2-nistp256", b"nistp256", bits]
        } else if is_of(&[0x2b, 0x81, 0x04, 0x00, 0x22]) {
            vec![b"ecdsa-sha2-nistp384", b"nistp384", bits]
        } else {
            return None;
        };
        let length = |part: &[u8]| u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes();
        Some(parts.into_iter().flat_map(|part| [&length(part)[..], part].concat()).collect())
    }
}

/// A string of SSH's: its length in four bytes, and what follows it.
fn ssh_string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// An element of DER: its tag, its content, and what follows it.
fn der(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, length, rest @ ..] = bytes else { return None };
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81 => (usize::from(*rest.first()?), &rest[1..]),
        0x82 => {
            let (two, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*two)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}
