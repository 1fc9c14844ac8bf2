//! The keys of an index, derived from its owner's key and its salt: one for each purpose.

use blake2::digest::Update;
use blake2::digest::consts::U32;
use blake2::digest::{FixedOutput, KeyInit};
use blake2::{Blake2bMac, Blake2s256, Digest};
use std::fmt;

/// Bytes of a key.
pub(super) const LENGTH: usize = 32;

/// Bytes of the hash by which a value is recognised.
pub(super) const TAG: usize = 16;

/// Bytes of an index's salt.
pub(super) const SALT: usize = 16;

/// The keys of one index.
#[derive(Clone)]
pub(super) struct Keys {
    /// What the file is encrypted with.
    pub(super) seal: [u8; LENGTH],
    head: [u8; LENGTH],
    tag: [u8; LENGTH],
}

impl fmt::Debug for Keys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Keys")
    }
}

impl Keys {
    /// Those of the index with this salt, for the owner of `key`.
    pub(super) fn derive(key: &[u8; LENGTH], salt: &[u8; SALT]) -> Self {
        let of = |purpose: &[u8]| hash(key, &[b"keydredge known 1", purpose, salt]);
        Self { seal: of(b"seal"), head: of(b"head"), tag: of(b"tag") }
    }

    /// The hash of the part of a value that announces it.
    pub(super) fn head(&self, bytes: &[u8]) -> u64 {
        // Key, bytes and length are one block, so that this is one call of the compression function.
        let mut hash = Blake2s256::new();
        Digest::update(&mut hash, self.head);
        Digest::update(&mut hash, bytes);
        Digest::update(&mut hash, [bytes.len() as u8]);
        let [a, b, c, d, e, f, g, h, ..] = hash.finalize().0;
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }

    /// The hash of a whole value.
    pub(super) fn tag(&self, bytes: &[u8]) -> [u8; TAG] {
        let mut tag = [0; TAG];
        tag.copy_from_slice(&hash(&self.tag, &[bytes])[..TAG]);
        tag
    }
}

/// A keyed hash of `parts`, each with its length before it.
fn hash(key: &[u8; LENGTH], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Blake2bMac::<U32>::new_from_slice(key).expect("a key may have 32 bytes");
    for part in parts {
        Update::update(&mut mac, &(part.len() as u64).to_le_bytes());
        Update::update(&mut mac, part);
    }
    mac.finalize_fixed().into()
}
