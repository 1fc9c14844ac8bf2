//! Private keys in armour: PEM (PKCS#1, SEC 1, PKCS#8, DSA), OpenSSH, OpenPGP; PEM's keys also without armour.
//!
//! The check holds if a key parses to its last byte and its parts agree, as far as that is cheap to test. It fails if
//! the key has a passphrase, is cut short or has a body of dots: as it is, such a key opens nothing. If the body is
//! that of a whole key except for a slip, a fact says so: anyone who has the correct key knows where this one is used.

mod armour;
mod der;
mod openpgp;
mod openssh;
mod runs;

use super::Outcome;
use super::Verdict;
use super::encoded::base64;
use super::putty::fingerprint;
use crate::model::{Fact, FactKind};
use armour::Armour;
pub(crate) use runs::body;

/// What a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    /// Algorithm, and size or curve.
    name: String,
    /// Under a passphrase.
    encrypted: bool,
    /// Its parts agree.
    sound: bool,
    /// The public half in OpenSSH's form, if it is known.
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

/// Whether the armour contains a whole key that needs no passphrase.
pub(super) fn private_key(secret: &[u8], matched: &[u8]) -> Outcome {
    // The match has the lines with the marks before each of them; the secret is the text after those were removed.
    let armours = [Armour::read(secret), Armour::read(matched)];
    if armours.iter().all(Option::is_none) {
        return outcome(base64(secret).and_then(|bytes| der::any(&bytes)).filter(|key| key.sound), false);
    }
    let is_full = armours.iter().flatten().any(|armour| armour.is_full);
    let mut keys: Vec<Key> = armours.iter().flatten().filter_map(key).collect();
    if !keys.iter().any(|key| key.sound || key.encrypted) {
        let whole = Armour::of_runs(matched).iter().filter_map(key).find(|key| key.sound || key.encrypted);
        keys.extend(whole);
    }
    let first = |is: fn(&Key) -> bool| keys.iter().position(is);
    let sound = first(|key| key.sound).or_else(|| first(|key| key.encrypted)).unwrap_or_default();
    let key = (!keys.is_empty()).then(|| keys.swap_remove(sound));
    outcome(key, is_full)
}

/// The outcome for a key; `is_full` if its armour has both ends and a whole body.
fn outcome(key: Option<Key>, is_full: bool) -> Outcome {
    let damaged = Fact::damaged;
    let Some(key) = key else {
        return Outcome { facts: is_full.then(damaged).into_iter().collect(), ..Outcome::FAILS };
    };
    let verdict = if key.sound { Verdict::Holds } else { Verdict::Fails };
    let weak = key
        .name
        .strip_prefix("RSA ")
        .and_then(|bits| bits.parse::<u32>().ok())
        .is_some_and(|bits| bits < 1024);
    let mut facts = vec![Fact { kind: FactKind::Key, value: key.name }];
    facts.push(Fact::encrypted(key.encrypted));
    facts.extend(key.public.as_deref().map(fingerprint));
    facts.extend((is_full && !key.sound && !key.encrypted).then(damaged));
    if weak {
        facts.push(Fact::new(FactKind::Strength, "weak"));
    }
    Outcome { verdict, facts }
}

fn key(armour: &Armour) -> Option<Key> {
    let label = armour.label.as_str();
    if armour.encrypted {
        return Some(Key::encrypted(label.split(' ').next().unwrap_or(label)));
    }
    let bytes = armour.bytes.as_slice();
    match label {
        "ENCRYPTED PRIVATE KEY" => der::encrypted(bytes),
        "PGP PRIVATE KEY BLOCK" => openpgp::key(bytes, armour.checksum),
        _ if bytes.starts_with(openssh::MAGIC) => openssh::key(bytes),
        // Programs that read a key use its body, whatever the label says.
        _ => der::any(bytes),
    }
}
