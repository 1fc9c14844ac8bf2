//! An index as bytes.
//!
//! ```text
//! magic (8 bytes), salt (16), nonce (24), content and tag (16)        XChaCha20-Poly1305, bound to magic and salt
//! content: the names of entries by their values' hashes, what was refused, and the segments
//! ```

use super::keys::{Keys, SALT};
use super::names::NameBook;
use super::segment::Segment;
use super::{Error, KnownIndex, MOST_SEGMENTS, Refusal};
use crate::record::{Reader, Writer};
use blake2::{Blake2s256, Digest};
use chacha20poly1305::aead::{Aead, AeadInOut, KeyInit, Payload};
use chacha20poly1305::{Key, Tag, XChaCha20Poly1305, XNonce};

/// What a file starts with: a name and the format's number.
const MAGIC: &[u8; 8] = b"KDKNOWN\x02";

/// Bytes of a nonce.
const NONCE: usize = 24;

/// Bytes before the content.
const HEAD: usize = MAGIC.len() + SALT + NONCE;

/// The largest file that is read, in bytes.
pub(super) const LARGEST: u64 = 1 << 30;

impl KnownIndex {
    /// The largest file that is an index, in bytes.
    pub const LARGEST: u64 = LARGEST;

    /// The bytes of its file.
    ///
    /// # Errors
    /// If the system has no random bytes.
    pub fn seal(&self) -> Result<Vec<u8>, Error> {
        let mut out = Writer::default();
        self.names.write(&mut out);
        out.list(&self.refused, |out, (name, refusal)| {
            out.bytes(name.as_bytes());
            out.number(*refusal as u64);
        });
        out.list(&self.segments, |out, segment| segment.write(out));
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(Error::Random)?;
        let mut file = [&MAGIC[..], &self.salt].concat();
        let payload = Payload { msg: &out.finish(), aad: &file };
        let sealed =
            XChaCha20Poly1305::new(&Key::from(self.keys.seal)).encrypt(&XNonce::from(nonce), payload);
        file.extend(nonce);
        file.extend(sealed.expect("an index is far from the cipher's limit of 256 GiB"));
        Ok(file)
    }

    /// Reads the bytes of a file, with its owner's key. They are decrypted where they are: a copy of an index of 100,000 values
    /// takes as long as its decryption.
    ///
    /// # Errors
    /// If it is no index, or another's, or was changed.
    pub fn open(key: &[u8; 32], mut file: Vec<u8>) -> Result<Self, Error> {
        let (head, sealed) = file.split_at_mut_checked(HEAD).ok_or(Error::NotAnIndex)?;
        let bound = &head[..MAGIC.len() + SALT];
        let salt: &[u8; SALT] =
            bound.strip_prefix(MAGIC).and_then(<[u8]>::first_chunk).ok_or(Error::NotAnIndex)?;
        let nonce = head.last_chunk::<NONCE>().ok_or(Error::NotAnIndex)?;
        let (content, tag) = sealed.split_last_chunk_mut().ok_or(Error::Sealed)?;
        let keys = Keys::derive(key, salt);
        XChaCha20Poly1305::new(&Key::from(keys.seal))
            .decrypt_inout_detached(&XNonce::from(*nonce), bound, (&mut *content).into(), &Tag::from(*tag))
            .map_err(|_| Error::Sealed)?;
        let mut index = Self::of(keys, *salt);
        index.read(content).ok_or(Error::Content)?;
        // What it was sealed with is random, so that each writing of it differs.
        index.digest = Blake2s256::digest(head).into();
        Ok(index)
    }

    fn read(&mut self, content: &[u8]) -> Option<()> {
        let mut from = Reader::new(content);
        self.names = NameBook::read(&mut from)?;
        let refused =
            from.list(|from| Some((from.text()?.to_owned(), Refusal::numbered(from.number()?)?)))?;
        self.refused = refused.into_iter().collect();
        let values = self.names.len();
        self.segments = from.list(|from| Segment::read(from, values))?;
        (from.is_done() && self.segments.len() <= MOST_SEGMENTS).then_some(())
    }
}
