//! OpenSSH's own container (PROTOCOL.key): cipher, public part, private part.

use super::Key;
use super::der::{bits, is_product};
use crate::rules::bignum::trimmed;
use crate::rules::curve;

/// What every key begins with.
pub(super) const MAGIC: &[u8] = b"openssh-key-v1\0";

/// Numbers and strings one after another, lengths in four bytes.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn number(&mut self) -> Option<u32> {
        let (bytes, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*bytes))
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let len = self.number()? as usize;
        let (string, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(string)
    }
}

/// The key in the container, if that is whole.
pub(super) fn key(bytes: &[u8]) -> Option<Key> {
    let mut fields = Fields(bytes.strip_prefix(MAGIC)?);
    let cipher = fields.string()?;
    let (_kdf, _options) = (fields.string()?, fields.string()?);
    if fields.number()? != 1 {
        return None;
    }
    let whole = fields.string()?;
    let private = fields.string()?;
    let mut public = Fields(whole);
    let kind = public.string()?;
    if cipher != b"none" {
        return Some(Key { public: Some(whole.to_vec()), ..Key::encrypted(name(kind, None)) });
    }
    let mut private = Fields(private);
    let equal = private.number()? == private.number()?;
    if private.string()? != kind {
        return None;
    }
    let (sound, size) = match kind {
        b"ssh-rsa" => rsa(&mut private)?,
        b"ssh-ed25519" => {
            let (point, key) = (private.string()?, private.string()?);
            let own = key.get(..32).and_then(curve::ed25519_public);
            let belongs = own.is_some_and(|own| own == *point);
            (belongs && key.len() == 64 && key[32..] == *point && public.string()? == point, None)
        }
        _ => (!private.0.is_empty(), None),
    };
    Some(Key { public: Some(whole.to_vec()), ..Key::open(name(kind, size), equal && sound) })
}

/// n, e, d, iqmp, p, q; whether p times q is n, and how many bits that has.
fn rsa(private: &mut Fields<'_>) -> Option<(bool, Option<usize>)> {
    let n = trimmed(private.string()?);
    for _ in 0..3 {
        private.string()?;
    }
    let (p, q) = (trimmed(private.string()?), trimmed(private.string()?));
    Some((is_product(n, p, q), Some(bits(n))))
}

fn name(kind: &[u8], size: Option<usize>) -> String {
    let name = match kind {
        b"ssh-rsa" => "RSA",
        b"ssh-dss" => "DSA",
        b"ssh-ed25519" => "Ed25519",
        b"ecdsa-sha2-nistp256" => "EC P-256",
        b"ecdsa-sha2-nistp384" => "EC P-384",
        b"ecdsa-sha2-nistp521" => "EC P-521",
        _ if kind.starts_with(b"sk-") => "hardware-backed",
        _ => "SSH",
    };
    size.map_or_else(|| name.to_owned(), |bits| format!("{name} {bits}"))
}
