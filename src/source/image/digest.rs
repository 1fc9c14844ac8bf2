//! Digests of blobs as images name them, and readers that compute them.

use crate::model::ObjectId;
use sha2::{Digest, Sha256, Sha512};
use std::fmt;
use std::io::{self, Read};

/// The name of a blob by its content: `sha256:` or `sha512:` and hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobDigest {
    is_long: bool,
    hex: String,
}

impl BlobDigest {
    /// Reads one. `None` for another algorithm, or what is no digest.
    pub fn parse(text: &str) -> Option<Self> {
        let (algorithm, hex) = text.split_once(':')?;
        let (is_long, len) = match algorithm {
            "sha256" => (false, 64),
            "sha512" => (true, 128),
            _ => return None,
        };
        let is_hex = hex.len() == len && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_hex.then(|| Self { is_long, hex: hex.to_owned() })
    }

    /// The same as a person gives it: also without `sha256:`.
    pub fn parse_given(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        Self::parse(&text).or_else(|| Self::parse(&format!("sha256:{text}")))
    }

    /// The digest that the file `blobs/ALGORITHM/HEX` of a layout is named by.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        let (algorithm, hex) = path.strip_prefix("blobs/")?.split_once('/')?;
        Self::parse(&format!("{algorithm}:{hex}"))
    }

    /// Its digits.
    pub(super) fn hex(&self) -> &str {
        &self.hex
    }

    /// Where a layout has the blob.
    pub(super) fn path(&self) -> String {
        format!("blobs/{}/{}", self.algorithm(), self.hex)
    }

    /// The digest as the id of an object, if it has the length of one.
    pub(super) fn id(&self) -> Option<ObjectId> {
        if self.is_long { None } else { ObjectId::from_hex(&self.hex) }
    }

    /// The first digits, as tools show it.
    pub(super) fn short(&self) -> String {
        format!("{}:{:.12}", self.algorithm(), self.hex)
    }

    fn algorithm(&self) -> &'static str {
        if self.is_long { "sha512" } else { "sha256" }
    }
}

impl fmt::Display for BlobDigest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.algorithm(), self.hex)
    }
}

/// Computes whether bytes are those of a digest.
#[derive(Clone, Debug)]
pub(super) enum BlobHasher {
    Short(Sha256),
    Long(Box<Sha512>),
}

impl BlobHasher {
    /// One for the algorithm of `digest`.
    pub(super) fn of(digest: &BlobDigest) -> Self {
        if digest.is_long { Self::Long(Box::default()) } else { Self::Short(Sha256::new()) }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Short(hasher) => hasher.update(bytes),
            Self::Long(hasher) => hasher.update(bytes),
        }
    }

    /// True if the bytes so far are those of `digest`.
    pub(super) fn is(self, digest: &BlobDigest) -> bool {
        let bytes = match self {
            Self::Short(hasher) => hasher.finalize().to_vec(),
            Self::Long(hasher) => hasher.finalize().to_vec(),
        };
        data_encoding::HEXLOWER.encode(&bytes) == digest.hex
    }
}

/// True if `bytes` are those of `digest`.
pub(super) fn is_of(bytes: &[u8], digest: &BlobDigest) -> bool {
    let mut hasher = BlobHasher::of(digest);
    hasher.update(bytes);
    hasher.is(digest)
}

/// A reader that computes the digest of what it read.
pub(super) struct Hashed<'r> {
    pub(super) reader: &'r mut dyn Read,
    pub(super) hasher: Option<BlobHasher>,
}

impl Read for Hashed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&buffer[..read]);
        }
        Ok(read)
    }
}
