//! The name of a finding from run to run: 64 bits of a keyed hash of its secret.
//!
//! The key is a salt, random and public, from the baseline or the ignore file, or a fixed one if there is
//! neither. The name depends on nothing else: not on rule, path, commit or remote. A committed file of such
//! names must not let anyone confirm a guessed password cheaply, so a value that a person may have chosen
//! passes a memory-hard hash first. Whether it does depends on the value alone (see [`could_be_chosen`]):
//! if it depended on the rule, a sharper rule would rename findings.
//!
//! Every constant here is part of the file formats; changing one orphans all baselines.

use super::Error;
use crate::model::{Fingerprint, Secret};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use blake2::Blake2bMac;
use blake2::digest::consts::U8;
use blake2::digest::{FixedOutput, Update};
use rayon::prelude::*;
use std::cell::RefCell;
use std::fmt;

/// Memory (KiB) and passes of the memory-hard hash: 1 to 2 ms in a release build on the core this was measured on.
/// Ten times as much would make a scan of a tree with a hundred such findings three times as long.
const MEMORY: u32 = 8 * 1024;
const PASSES: u32 = 1;

/// What keeps the two kinds of input apart (BLAKE2's personalisation).
const RANDOM: &[u8] = b"keydredge random";
const CHOSEN: &[u8] = b"keydredge chosen";

/// The key of the fingerprints' hash: 16 bytes, public.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Salt([u8; 16]);

impl Salt {
    /// The salt if no file contains one.
    pub const FIXED: Self = Self(*b"keydredge-salt-1");

    /// A random salt.
    ///
    /// # Errors
    ///
    /// [`Error::Random`] if the system has no random bytes.
    pub fn random() -> Result<Self, Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(Error::Random)?;
        Ok(Self(bytes))
    }

    /// The salt of these bytes.
    pub(super) fn of(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The salt that 32 hexadecimal digits name.
    pub fn from_hex(hex: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Salt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// The fingerprint of `secret` under `salt`.
pub fn of(secret: &Secret, salt: &Salt) -> Fingerprint {
    let bytes = secret.expose();
    if could_be_chosen(bytes) || secret.list_len().is_some() {
        keyed_hash(&memory_hard(bytes, salt), salt, CHOSEN)
    } else {
        keyed_hash(bytes, salt, RANDOM)
    }
}

/// The fingerprints of `secrets`, in their order, computed on all threads.
pub fn of_all(secrets: &[&Secret], salt: &Salt) -> Vec<Fingerprint> {
    secrets.par_iter().with_max_len(1).map(|secret| of(secret, salt)).collect()
}

/// Whether a person may have thought of this value, or a guesser may reach it: true unless the value is
/// long and looks drawn at random. A wrong `true` costs 10 ms, a wrong `false` the memory-hard hash; so
/// in doubt a value could be chosen.
pub fn could_be_chosen(value: &[u8]) -> bool {
    if value.len() >= 64 {
        return false;
    }
    if value.len() < 20 {
        return true;
    }
    if is_key_id(value) {
        return false;
    }
    // Words change their character class at their borders only, random text at nearly every other byte.
    let changes = value.windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    let is_hex = value.iter().all(u8::is_ascii_hexdigit);
    let least_entropy = if is_hex { 3.0 } else { 3.7 };
    changes * 5 < (value.len() - 1) * 2 || entropy::shannon_entropy(value) < least_entropy
}

/// An AWS access key id, of which files list thousands: four letters, and 80 bits in base32. Words have no digits.
fn is_key_id(value: &[u8]) -> bool {
    let Some((prefix, body)) = value.split_at_checked(4) else { return false };
    let digits = body.iter().filter(|byte| byte.is_ascii_digit()).count();
    matches!(prefix, b"AKIA" | b"ASIA" | b"ABIA" | b"ACCA")
        && body.len() == 16
        && digits > 0
        && body.iter().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'))
        && entropy::shannon_entropy(body) >= 3.0
}

fn class(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    }
}

fn keyed_hash(bytes: &[u8], salt: &Salt, persona: &[u8]) -> Fingerprint {
    let mut mac = Blake2bMac::<U8>::new_with_salt_and_personal(Some(&salt.0), &[], persona)
        .expect("a key of 16 bytes and a persona of 16 bytes are within BLAKE2b's limits");
    mac.update(bytes);
    Fingerprint(u64::from_be_bytes(mac.finalize_fixed().into()))
}

fn memory_hard(bytes: &[u8], salt: &Salt) -> [u8; 32] {
    let params = Params::new(MEMORY, PASSES, 1, Some(32)).expect("the constants are within Argon2's limits");
    let mut out = [0; 32];
    MEMORY_OF_THREAD.with_borrow_mut(|memory| {
        memory.resize(params.block_count(), Block::default());
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(bytes, &salt.0, &mut out, memory)
            .expect("salt, output and memory have the lengths Argon2 asks for, and the value is short");
    });
    out
}

thread_local! {
    /// Argon2's memory, reused for each value: a fresh one costs a fault for each of its pages, more than a
    /// third of the time.
    static MEMORY_OF_THREAD: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALTS: [Salt; 2] = [Salt::FIXED, Salt([7; 16])];

    #[test]
    fn names_are_stable() {
        // These values are part of the file formats: a change here orphans every baseline.
        let random = Secret::new(*b"q7Zk2Lw9Xb4Tn6Vc1Rm8Pd3S");
        let chosen = Secret::new(*b"hunter2");
        assert!(!could_be_chosen(random.expose()) && could_be_chosen(chosen.expose()));
        assert_eq!(of(&random, &Salt::FIXED).to_string(), "1b380de52e04c759");
        assert_eq!(of(&chosen, &Salt::FIXED).to_string(), "761586b71bf05ba3");
    }

    #[test]
    fn a_name_depends_on_the_secret_and_the_salt_alone() {
        let secrets = [Secret::new(*b"hunter2"), Secret::new(*b"q7Zk2Lw9Xb4Tn6Vc1Rm8Pd3S")];
        let mut names: Vec<_> = SALTS.iter().flat_map(|salt| of_all(&secrets.each_ref(), salt)).collect();
        assert_eq!(names[1], of(&secrets[1].clone(), &SALTS[0]));
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 4);
    }

    #[test]
    fn what_a_person_may_have_chosen_is_told_from_what_a_machine_drew() {
        let chosen = [
            "hunter2",
            "correct horse battery staple",
            "CorrectHorseBattery1Staple",
            "Summer2024Summer2024!!",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "12345678901234567890123456",
            "a1a1a1a1a1a1a1a1a1a1a1a1",
            "P4ssw0rdP4ssw0rd123456",
            "AKIACORRECTHORSEBATT",
        ];
        for value in chosen {
            assert!(could_be_chosen(value.as_bytes()), "{value}");
        }
        let id = concat!("AKIA", "Q5RM7XKTVB2WNYDE");
        let drawn = ["q7Zk2Lw9Xb4Tn6Vc1Rm8Pd3S", "9f3a7c1e5b2d8f4a6c0e7b3d9a5f1c2e", id];
        for value in drawn {
            assert!(!could_be_chosen(value.as_bytes()), "{value}");
        }
        assert!(!could_be_chosen(&[b'x'; 64]));
    }

    #[test]
    fn salts_read_back() {
        let salt = Salt::random().expect("this system has random bytes");
        assert_eq!(Salt::from_hex(&salt.to_string()), Some(salt));
        assert_ne!(salt, Salt::random().expect("this system has random bytes"));
        for wrong in ["", "00", "zz", &"0".repeat(31), &"0".repeat(34)] {
            assert_eq!(Salt::from_hex(wrong), None);
        }
    }
}
