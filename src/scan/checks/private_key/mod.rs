//! Private keys in armour: PEM (PKCS#1, SEC 1, PKCS#8, DSA), OpenSSH, OpenPGP.
//!
//! A key that parses to its last byte, and whose parts agree where that is cheap to tell, holds. One under a
//! passphrase, cut short, or with a body of dots fails: it opens nothing as it stands.

mod armour;
mod der;
mod openpgp;
mod openssh;

use super::Outcome;
use super::Verdict;
use super::encoded::base64;
use super::putty::fingerprint;
use crate::model::Fact;
use armour::Armour;

/// What a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    /// Algorithm, and size or curve.
    name: String,
    /// Under a passphrase.
    encrypted: bool,
    /// Its parts agree.
    sound: bool,
    /// The public half as OpenSSH writes it, where that is at hand.
    public: Option<Vec<u8>>,
}

impl Key {
    fn open(name: impl Into<String>, sound: bool) -> Self {
        Self { name: name.into(), encrypted: false, sound, public: None }
    }

    fn encrypted(name: impl Into<String>) -> Self {
        Self { name: name.into(), encrypted: true, sound: false, public: None }
    }
}

/// Whether the armour holds a whole key that needs no passphrase.
pub(super) fn private_key(secret: &[u8], matched: &[u8]) -> Outcome {
    let armour = Armour::read(secret).or_else(|| Armour::read(matched));
    outcome(armour.and_then(|armour| key(&armour)))
}

/// Whether base64 without marks is a whole key in DER that needs no passphrase.
pub(super) fn der_key(secret: &[u8], _matched: &[u8]) -> Outcome {
    outcome(base64(secret).and_then(|bytes| der::any(&bytes)))
}

fn outcome(key: Option<Key>) -> Outcome {
    let Some(key) = key else { return Outcome::FAILS };
    let verdict = if key.sound { Verdict::Holds } else { Verdict::Fails };
    let encrypted = if key.encrypted { "yes" } else { "no" };
    let weak = key
        .name
        .strip_prefix("RSA ")
        .and_then(|bits| bits.parse::<u32>().ok())
        .is_some_and(|bits| bits < 1024);
    let mut facts = vec![Fact { name: "key", value: key.name }];
    facts.push(Fact { name: "encrypted", value: encrypted.to_owned() });
    facts.extend(key.public.as_deref().map(fingerprint));
    if weak {
        facts.push(Fact { name: "strength", value: "weak".to_owned() });
    }
    Outcome { verdict, facts }
}

fn key(armour: &Armour) -> Option<Key> {
    let label = armour.label.as_str();
    if armour.encrypted {
        return Some(Key::encrypted(label.split(' ').next().unwrap_or(label)));
    }
    match label {
        "RSA PRIVATE KEY" => der::rsa(&armour.bytes),
        "EC PRIVATE KEY" => der::ec(&armour.bytes),
        "DSA PRIVATE KEY" => der::dsa(&armour.bytes),
        "PRIVATE KEY" => der::pkcs8(&armour.bytes),
        "ENCRYPTED PRIVATE KEY" => der::encrypted(&armour.bytes),
        "OPENSSH PRIVATE KEY" => openssh::key(&armour.bytes),
        "PGP PRIVATE KEY BLOCK" => openpgp::key(&armour.bytes, armour.checksum),
        _ => None,
    }
}
